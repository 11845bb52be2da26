/// Which counters belong together. A publication's carry its registration id, an image's its
/// correlation id, a subscriber's refers to either. An image belongs to a publication of the same
/// driver where session id and stream id are the same and nothing in the two channels speaks
/// against it: channels need not be equal (a subscriber may name a wildcard port, or a control
/// address only), and ids may be chosen alike for both directions of a conversation.

#include "tern/cli/stream_report.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <tuple>

#include "tern/cli/driver_files.hpp"

namespace tern::cli {
namespace {

// Spec counters.md, section 7.
enum CounterTypeId : std::int32_t {
    kSystem = 0,
    kPublisherLimit = 1,
    kSenderPosition = 2,
    kReceiverHighWaterMark = 3,
    kSubscriberPosition = 4,
    kReceiverPosition = 5,
    kSendChannel = 6,
    kReceiveChannel = 7,
    kSenderLimit = 9,
    kCongestionControl = 10,
    kClientHeartbeat = 11,
    kPublisherPosition = 12,
    kSenderStops = 13,
    kLocalAddress = 14,
    kReceivers = 17,
    kDestinations = 18,
    kNaksReceived = 19,
    kNaksSent = 20,
    kFirstApplicationType = 1000,
};

/// The value of `key=` in a channel's text; empty where it has none.
std::string_view parameter_of(std::string_view channel, std::string_view key) {
    for (std::size_t at = channel.find(key); at != channel.npos; at = channel.find(key, at + 1)) {
        const bool begins = at > 0 && (channel[at - 1] == '?' || channel[at - 1] == '|');
        const std::string_view rest = channel.substr(at + key.size());
        if (begins && rest.starts_with('=')) {
            return rest.substr(1, rest.find('|') == rest.npos ? rest.npos : rest.find('|') - 1);
        }
    }
    return {};
}

std::string_view port_of(std::string_view address) {
    const std::size_t colon = address.rfind(':');
    const std::string_view port =
        colon == address.npos ? std::string_view{} : address.substr(colon + 1);
    return port == "0" ? std::string_view{} : port;
}

/// Whether both name a port, and another one. Names of one host are too many to be compared.
bool contradict(std::string_view one, std::string_view other) {
    for (const std::string_view key : {"endpoint", "control"}) {
        const std::string_view port = port_of(parameter_of(one, key));
        const std::string_view other_port = port_of(parameter_of(other, key));
        if (!port.empty() && !other_port.empty() && port != other_port) return true;
    }
    return false;
}

/// Collects what the counters say, then joins it.
class Sorter {
  public:
    Sorter(const CounterLook& before, Millis now) : before_(before), now_(now) {}

    void add(const CounterView& counter) {
        switch (counter.type_id) {
            case kSystem: report_.system.emplace_back(counter, read(counter)); return;
            case kSubscriberPosition: add_subscriber(counter); return;
            case kReceiverHighWaterMark: image(counter).received = read(counter); return;
            case kReceiverPosition: image(counter).rebuilt = read(counter); return;
            case kNaksSent: image(counter).naks_sent = read(counter); return;
            case kCongestionControl: add_congestion_control(counter); return;
            case kSendChannel:
            case kReceiveChannel: add_channel(counter); return;
            case kLocalAddress: add_address(counter); return;
            case kClientHeartbeat: add_client(counter); return;
            case kDestinations: destinations_[counter.registration_id] = counter.value; return;
            default: break;
        }
        if (!add_to_publication(counter) && counter.type_id >= kFirstApplicationType) {
            ++counters_of_[counter.owner_id];
        }
    }

    DriverReport finish() {
        join_publications();
        join_images();
        join_subscribers();
        find_closed();
        for (StreamReport& stream : report_.streams) {
            count_behind(stream);
            stream.wait = wait_of(stream);
        }
        std::ranges::sort(report_.streams, {}, [](const StreamReport& stream) {
            return std::tie(stream.channel, stream.stream_id, stream.session_id);
        });
        finish_channels();
        finish_clients();
        return std::move(report_);
    }

  private:
    Reading read(const CounterView& counter) const { return reading_of(counter, before_, now_); }

    /// Session, stream and channel, for whoever has no channel yet.
    template <typename Part>
    static void name(Part& part, const CounterView& counter) {
        const CounterKey key = key_of(counter);
        part.session_id = key.session_id.value_or(0);
        part.stream_id = key.stream_id.value_or(0);
        part.channel = whole_channel_of(counter);
    }

    bool add_to_publication(const CounterView& counter) {
        const std::optional<Reading> reading = read(counter);
        std::optional<Reading> PublicationReport::*field = nullptr;
        switch (counter.type_id) {
            case kPublisherPosition: field = &PublicationReport::position; break;
            case kPublisherLimit: field = &PublicationReport::limit; break;
            case kSenderPosition: field = &PublicationReport::sender_position; break;
            case kSenderLimit: field = &PublicationReport::sender_limit; break;
            case kSenderStops: field = &PublicationReport::sender_stops; break;
            case kNaksReceived: field = &PublicationReport::naks_received; break;
            case kReceivers: receivers_[counter.registration_id] = counter.value; return true;
            default: return false;
        }
        PublicationReport& publication = publications_[counter.registration_id];
        if (publication.channel.empty()) name(publication, counter);
        publication.registration_id = counter.registration_id;
        publication.client_id = counter.owner_id;
        publication.*field = reading;
        if (counter.type_id == kPublisherPosition) {
            const std::string_view label = counter.label;
            publication.is_exclusive = label.starts_with("pub-pos (exclusive)");
        }
        return true;
    }

    ImageReport& image(const CounterView& counter) {
        ImageReport& found = images_[counter.registration_id];
        if (found.channel.empty()) name(found, counter);
        found.correlation_id = counter.registration_id;
        return found;
    }

    void add_congestion_control(const CounterView& counter) {
        const std::string_view label = counter.label;
        if (label.starts_with("rcv-cc-cubic-wnd")) image(counter).window = counter.value;
        if (label.starts_with("rcv-cc-cubic-rtt")) image(counter).round_trip_ns = counter.value;
    }

    void add_subscriber(const CounterView& counter) {
        SubscriberReport subscriber;
        name(subscriber, counter);
        subscriber.registration_id = counter.registration_id;
        subscriber.client_id = counter.owner_id;
        subscriber.reads = counter.reference_id;
        subscriber.position = read(counter);
        subscriber.is_spy = subscriber.channel.starts_with("aeron-spy:");
        subscribers_.push_back(std::move(subscriber));
    }

    void add_channel(const CounterView& counter) {
        report_.channels.push_back({.counter_id = counter.id,
                                    .channel = whole_channel_of(counter),
                                    .sends = counter.type_id == kSendChannel,
                                    .status = counter.value});
    }

    void add_address(const CounterView& counter) {
        constexpr std::size_t kAddressLength = 4, kAddress = 8;
        const auto length = load_plain<std::int32_t>(counter.key.data() + kAddressLength);
        if (length <= 0 || static_cast<std::size_t>(length) > counter.key.size() - kAddress) return;
        const ConstBytes text = ConstBytes{counter.key}.subspan(kAddress);
        addresses_.emplace(load_plain<std::int32_t>(counter.key.data()),
                           text_of(text.first(static_cast<std::size_t>(length))));
    }

    /// "client-heartbeat: id=1 name=demo version=1.2.3 commit=0123456789"
    void add_client(const CounterView& counter) {
        const std::string_view label = counter.label;
        ClientReport client{.id = load_plain<std::int64_t>(counter.key.data())};
        if (counter.value > 0) {  // the driver sets 0 for one that has closed
            client.heartbeat_age = now_ - Millis{std::min(counter.value, now_.count())};
        }
        const std::size_t name = label.find(" name="), version = label.rfind(" version=");
        if (name != label.npos && version != label.npos && version >= name + 6) {
            client.name = label.substr(name + 6, version - name - 6);
            const std::string_view rest = label.substr(version + 9);
            client.version = rest.substr(0, rest.find(' '));
        }
        report_.clients.push_back(std::move(client));
    }

    void join_publications() {
        for (auto& [id, publication] : publications_) {
            if (const auto found = receivers_.find(id); found != receivers_.end()) {
                publication.receivers = found->second;
            }
            if (const auto found = destinations_.find(id); found != destinations_.end()) {
                publication.destinations = found->second;
            }
            StreamReport& stream = new_stream(publication);
            stream_of_[id] = report_.streams.size() - 1;
            stream.publication = std::move(publication);
        }
    }

    void join_images() {
        for (auto& [id, image] : images_) {
            std::optional<std::size_t> found;
            for (auto [at, end] = by_ids_.equal_range({image.session_id, image.stream_id});
                 at != end && !found; ++at) {
                const StreamReport& stream = report_.streams[at->second];
                const bool could_be = !stream.publication || stream.publication->is_network();
                if (could_be && !contradict(stream.channel, image.channel)) found = at->second;
            }
            if (!found) {
                new_stream(image);
                found = report_.streams.size() - 1;
            }
            stream_of_[id] = *found;
            report_.streams[*found].images.push_back(std::move(image));
        }
    }

    void join_subscribers() {
        for (SubscriberReport& subscriber : subscribers_) {
            const auto found = stream_of_.find(subscriber.reads);
            const std::size_t index =
                found != stream_of_.end() ? found->second : report_.streams.size();
            if (found == stream_of_.end()) {  // what it reads has just been freed
                new_stream(subscriber);
                stream_of_[subscriber.reads] = index;
            }
            report_.streams[index].subscribers.push_back(std::move(subscriber));
        }
    }

    /// Those whose clients are gone.
    void find_closed() {
        std::set<std::int64_t> open;
        for (const ClientReport& client : report_.clients) {
            if (client.heartbeat_age) open.insert(client.id);
        }
        for (StreamReport& stream : report_.streams) {
            if (!stream.publication) continue;
            PublicationReport& publication = *stream.publication;
            const bool has_owner = publication.client_id > 0;
            publication.is_closed =
                publication.is_exclusive && has_owner && !open.contains(publication.client_id);
        }
    }

    template <typename Part>
    StreamReport& new_stream(const Part& part) {
        by_ids_.emplace(std::pair{part.session_id, part.stream_id}, report_.streams.size());
        return report_.streams.emplace_back(StreamReport{
            .session_id = part.session_id, .stream_id = part.stream_id, .channel = part.channel});
    }

    /// Readable is what the sender has sent for spies, what is complete of an image, and all that
    /// was published for subscribers of the same memory.
    static void count_behind(StreamReport& stream) {
        for (SubscriberReport& subscriber : stream.subscribers) {
            std::optional<Reading> end;
            if (stream.publication && stream.publication->registration_id == subscriber.reads) {
                end = stream.publication->is_network() ? stream.publication->sender_position
                                                       : stream.publication->position;
            }
            for (const ImageReport& image : stream.images) {
                if (image.correlation_id == subscriber.reads) end = image.rebuilt;
            }
            if (end) subscriber.behind = distance(subscriber.position.value, end->value);
        }
    }

    static std::int64_t distance(std::int64_t from, std::int64_t to) {
        std::int64_t bytes = 0;  // whatever two foreign numbers are
        return __builtin_sub_overflow(to, from, &bytes) ? 0 : std::max<std::int64_t>(0, bytes);
    }

    void finish_channels() {
        for (ChannelReport& channel : report_.channels) {
            for (auto [at, end] = addresses_.equal_range(channel.counter_id); at != end; ++at) {
                channel.addresses.push_back(at->second);
            }
        }
    }

    void finish_clients() {
        std::map<std::int64_t, ClientReport*> by_id;
        for (ClientReport& client : report_.clients) by_id[client.id] = &client;
        for (const StreamReport& stream : report_.streams) {
            if (stream.publication) {
                const auto found = by_id.find(stream.publication->client_id);
                if (found != by_id.end()) ++found->second->publications;
            }
            for (const SubscriberReport& subscriber : stream.subscribers) {
                const auto found = by_id.find(subscriber.client_id);
                if (found != by_id.end()) ++found->second->images;
            }
        }
        for (const auto& [owner, count] : counters_of_) {
            if (const auto found = by_id.find(owner); found != by_id.end()) {
                found->second->counters = count;
            }
        }
    }

    const CounterLook& before_;
    Millis now_;
    DriverReport report_;
    std::map<std::int64_t, PublicationReport> publications_;
    std::map<std::int64_t, ImageReport> images_;
    std::vector<SubscriberReport> subscribers_;
    std::map<std::int64_t, std::int64_t> receivers_, destinations_;  // by registration id
    std::multimap<std::int32_t, std::string> addresses_;             // by channel status counter
    std::map<std::int64_t, int> counters_of_;                        // by owner
    std::map<std::int64_t, std::size_t> stream_of_;  // index, by registration or correlation id
    std::multimap<std::pair<std::int32_t, std::int32_t>, std::size_t> by_ids_;
};

}  // namespace

CounterLook::CounterLook(std::span<const CounterView> counters, std::optional<Millis> at)
    : at_(at) {
    for (const CounterView& counter : counters) {
        seen_[counter.id] = {counter.type_id, counter.registration_id, counter.value};
    }
}

std::optional<std::int64_t> CounterLook::value_of(const CounterView& counter) const {
    const auto found = seen_.find(counter.id);
    const bool is_same = found != seen_.end() && found->second.type_id == counter.type_id &&
                         found->second.registration_id == counter.registration_id;
    return is_same ? std::optional(found->second.value) : std::nullopt;
}

Reading reading_of(const CounterView& counter, const CounterLook& before, Millis now) {
    Reading reading{.value = counter.value};
    const std::optional<std::int64_t> last = before.value_of(counter);
    if (!last) return reading;
    reading.stands_still = *last == counter.value;
    if (before.at() && now > *before.at()) {
        const double change = static_cast<double>(counter.value) - static_cast<double>(*last);
        reading.per_second = change / std::chrono::duration<double>(now - *before.at()).count();
    }
    return reading;
}

DriverReport report_of(std::span<const CounterView> counters, const CounterLook& before,
                       Millis now) {
    Sorter sorter(before, now);
    for (const CounterView& counter : counters) sorter.add(counter);
    return sorter.finish();
}

std::string whole_channel_of(const CounterView& counter) {
    const std::string_view in_key = key_of(counter).channel.value_or(std::string_view{});
    std::string_view label = counter.label;
    label = label.substr(0, label.find('\0'));
    const std::size_t begin = in_key.empty() ? label.npos : label.find(in_key);
    if (begin == label.npos) return std::string{in_key};
    std::string_view channel = label.substr(begin);
    if (counter.type_id == kSubscriberPosition) channel = channel.substr(0, channel.rfind(" @"));
    const bool has_address = counter.type_id == kSendChannel || counter.type_id == kReceiveChannel;
    if (has_address) channel = channel.substr(0, channel.rfind(' '));
    return std::string{channel.size() < in_key.size() ? in_key : channel};
}

std::string system_counter_name(std::string_view label) {
    label = label.substr(0, label.find(':'));
    label = label.substr(0, label.find(','));
    std::string name;
    for (const char letter : label) {
        const auto byte = static_cast<unsigned char>(letter);
        if (std::isalnum(byte) != 0) {
            name += static_cast<char>(std::tolower(byte));
        } else if (!name.empty() && name.back() != '_') {
            name += '_';
        }
    }
    return name;
}

const ClientReport* DriverReport::client(std::int64_t client_id) const {
    const auto found = std::ranges::find(clients, client_id, &ClientReport::id);
    return found == clients.end() ? nullptr : &*found;
}

std::string DriverReport::client_text(std::int64_t client_id) const {
    const ClientReport* found = client(client_id);
    const bool has_name = found != nullptr && !found->name.empty();
    return has_name ? "'" + found->name + "'" : "client " + std::to_string(client_id);
}

}  // namespace tern::cli
