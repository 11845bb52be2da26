#include "tern/driver/conductor/channel_resolver.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "tern/uri/endpoint_text.hpp"
#include "tern/uri/interface_search.hpp"

namespace tern::driver {
namespace {

Result<SocketAddress> find_address(const std::string& endpoint, uri::HostNetwork& network) {
    Result<uri::EndpointText> parsed = uri::parse_endpoint(endpoint);
    if (!parsed) return std::move(parsed).error();
    Result<IpAddress> ip = uri::resolve_host(parsed->host, parsed->is_bracketed, network);
    if (!ip) return std::move(ip).error();
    return SocketAddress{*ip, parsed->port};
}

}  // namespace

/// Measures how long names take.
class ChannelResolver::TimedNetwork final : public uri::HostNetwork {
  public:
    TimedNetwork(uri::HostNetwork& network, Clock& clock, Nanos threshold, Timing& timing)
        : network_(network), clock_(clock), threshold_(threshold), timing_(timing) {}

    Result<IpAddress> resolve(std::string_view host) override {
        const Nanos before = clock_.now();
        Result<IpAddress> found = network_.resolve(host);
        const Nanos taken = clock_.now() - before;
        timing_.longest = std::max(timing_.longest, taken);
        if (taken > threshold_) ++timing_.slow;
        return found;
    }
    std::vector<uri::NetworkInterface> interfaces() override { return network_.interfaces(); }

  private:
    uri::HostNetwork& network_;
    Clock& clock_;
    Nanos threshold_;
    Timing& timing_;
};

ChannelResolver::ChannelResolver(uri::HostNetwork& network, Clock& clock, Executor& executor,
                                 const Settings& settings, SystemCounters& counters)
    : network_(network),
      clock_(clock),
      executor_(executor),
      threshold_(settings.name_resolver_threshold),
      counters_(counters),
      suffixes_(std::make_shared<uri::WildcardSuffixes>()) {}

void ChannelResolver::resolve(ChannelUri channel, ChannelFound then) {
    const auto found = std::make_shared<std::optional<Result<uri::UdpChannel>>>();
    const auto work = std::make_shared<Work>();
    work->find = [suffixes = suffixes_, channel = std::move(channel),
                  found](uri::HostNetwork& network) {
        found->emplace(uri::UdpChannel::resolve(channel, network, *suffixes));
    };
    work->finish = [found, then = std::move(then)] { then(*std::move(*found)); };
    start(work);
}

void ChannelResolver::resolve_destination(ChannelUri channel, ChannelFound then) {
    const auto found = std::make_shared<std::optional<Result<uri::UdpChannel>>>();
    const auto work = std::make_shared<Work>();
    work->find = [channel = std::move(channel), found](uri::HostNetwork& network) {
        found->emplace(uri::UdpChannel::resolve_destination(channel, network));
    };
    work->finish = [found, then = std::move(then)] { then(*std::move(*found)); };
    start(work);
}

void ChannelResolver::resolve_address(std::string endpoint, AddressFound then) {
    const auto found = std::make_shared<std::optional<Result<SocketAddress>>>();
    const auto work = std::make_shared<Work>();
    work->find = [endpoint = std::move(endpoint), found](uri::HostNetwork& network) {
        found->emplace(find_address(endpoint, network));
    };
    work->finish = [found, then = std::move(then)] { then(*std::move(*found)); };
    start(work);
}

void ChannelResolver::resolve_again(const void* asker, std::string endpoint, AddressFound then) {
    const std::pair key{asker, endpoint};
    if (asked_again_.contains(key)) return;
    const auto found = std::make_shared<std::optional<Result<SocketAddress>>>();
    const auto work = std::make_shared<Work>();
    work->find = [endpoint = std::move(endpoint), found](uri::HostNetwork& network) {
        found->emplace(find_address(endpoint, network));
    };
    const bool is_taken = submit(work, [this, key, found, then = std::move(then)] {
        asked_again_.erase(key);
        then(*std::move(*found));
    });
    if (is_taken) asked_again_.insert(key);
}

void ChannelResolver::start(std::shared_ptr<Work> work) {
    pending_ = std::move(work);
    resume();
}

int ChannelResolver::resume() {
    if (pending_ == nullptr || pending_->is_submitted) return 0;
    // The command may be abandoned before its addresses are there.
    pending_->is_submitted = submit(pending_, [this, waiting = std::weak_ptr<Work>(pending_)] {
        const std::shared_ptr<Work> work = waiting.lock();
        if (work == nullptr || work != pending_) return;
        pending_.reset();
        work->finish();
    });
    return pending_->is_submitted ? 1 : 0;
}

bool ChannelResolver::submit(const std::shared_ptr<Work>& work, std::function<void()> completion) {
    return executor_.submit(
        [this, work] {
            TimedNetwork network(network_, clock_, threshold_, work->timing);
            work->find(network);
        },
        [this, work, completion = std::move(completion)] {
            count(work->timing);
            completion();
        });
}

void ChannelResolver::count(const Timing& timing) {
    counters_[SystemCounter::name_resolver_max_time].propose_max(timing.longest.count());
    if (timing.slow > 0) {
        counters_[SystemCounter::name_resolver_time_threshold_exceeded].add(timing.slow);
    }
}

}  // namespace tern::driver
