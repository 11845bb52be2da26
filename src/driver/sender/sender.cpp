#include "tern/driver/sender/sender.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "tern/base/coverage_mark.hpp"
#include "tern/base/dense_map.hpp"

namespace tern::driver {
namespace {

constexpr int kMaxCommands = 16;  // in one pass over the slow work
constexpr std::size_t kReceiveCapacity = 4;
// What arrives here is short (an error text at most), but a socket may hand up several as one.
constexpr std::size_t kDatagramCapacity = 64 * 1024;

std::uint64_t key_of(const void* object) { return reinterpret_cast<std::uintptr_t>(object); }

template <typename T>
using Registry = DenseMap<std::uint64_t, T*>;  // by address

}  // namespace

struct Sender::State {
    State(const DriverContext& driver, DriverMemory& driver_memory, Network& network,
          SenderQueues& sender_queues)
        : context(driver),
          queues(sender_queues),
          errors(driver_memory.error_log, driver_memory.system_counters[SystemCounter::errors],
                 time),
          parts{driver.settings,
                driver_memory.system_counters,
                errors,
                queues.events,
                network,
                time,
                batch},
          poller(network.make_poller(driver.settings.poller_iteration_threshold)),
          max_cycle_time(driver_memory.system_counters[SystemCounter::sender_max_cycle_time]),
          slow_cycles(
              driver_memory.system_counters[SystemCounter::sender_cycle_time_threshold_exceeded]),
          bytes_sent(driver_memory.system_counters[SystemCounter::bytes_sent]),
          short_sends(driver_memory.system_counters[SystemCounter::short_sends]) {}

    void begin_cycle(Nanos now);
    std::int64_t send();
    bool is_slow_work_due(std::int64_t sent, std::int64_t short_sends_before);
    int do_slow_work();
    int obey_commands();
    int poll_sockets();
    void check_names();

    void obey(AddSendEndpoint& command);
    void obey(RemoveSendEndpoint& command);
    void obey(AddSenderPublication& command);
    void obey(RemoveSenderPublication& command);
    void obey(AddSendDestination& command);
    void obey(RemoveSendDestination& command);
    void obey(SendAddressResolved& command);

    const DriverContext& context;
    SenderQueues& queues;
    CachedTime time;
    ErrorSink errors;
    DatagramBatch batch;
    SenderContext parts;
    std::unique_ptr<SocketPoller> poller;
    ReceiveBatch arrivals{kReceiveCapacity, kDatagramCapacity};
    Registry<SenderPublication> publications;
    Registry<SendEndpoint> endpoints;

    Counter max_cycle_time;
    Counter slow_cycles;
    Counter bytes_sent;
    Counter short_sends;

    bool is_first_cycle = true;
    Nanos epoch_read_at{0};
    std::size_t first_publication = 0;  // whose turn it is to send first
    std::uint32_t cycles_since_slow_work = 0;
    Nanos slow_work_deadline{0};
    Nanos next_name_check{0};
};

Sender::Sender(const DriverContext& context, DriverMemory& memory, Network& network,
               SenderQueues& queues)
    : state_(std::make_unique<State>(context, memory, network, queues)) {}

Sender::~Sender() = default;

std::string_view Sender::role_name() const {
    return state_->context.settings.thread_naming == ThreadNaming::classic ? "sender"
                                                                           : "aeron-md-snd";
}

// hot: all publications in every cycle; commands, answers and names when there is time.
int Sender::do_work(Nanos now) {
    State& state = *state_;
    state.begin_cycle(now);
    const std::int64_t short_sends_before = state.short_sends.get();
    const std::int64_t sent = state.send();
    int work = static_cast<int>(std::min<std::int64_t>(sent, std::numeric_limits<int>::max() / 2));
    if (state.is_slow_work_due(sent, short_sends_before)) work += state.do_slow_work();
    return work + state.queues.events.flush();
}

Nanos Sender::next_deadline() const {
    const State& state = *state_;
    Nanos due = state.slow_work_deadline + Nanos{1};
    for (const auto& entry : state.publications.entries()) {
        due = std::min(due, entry.value->next_deadline());
    }
    return due;
}

void Sender::State::begin_cycle(Nanos now) {
    if (is_first_cycle) {
        is_first_cycle = false;
        time = {.now = now, .epoch = context.clock.epoch_now()};
        epoch_read_at = now;
        next_name_check = now + context.settings.re_resolution_check_interval;
        return;
    }
    const Nanos cycle = now - time.now;
    max_cycle_time.propose_max(cycle.count());
    if (cycle > context.settings.sender_cycle_threshold) slow_cycles.increment();
    time.now = now;
    if (now - epoch_read_at >= Millis{1}) {
        time.epoch = context.clock.epoch_now();
        epoch_read_at = now;
    }
}

// hot:
std::int64_t Sender::State::send() {
    const auto all = publications.entries();
    if (all.empty()) return 0;
    if (first_publication >= all.size()) first_publication = 0;
    std::int64_t bytes = 0;
    for (std::size_t i = first_publication; i < all.size(); ++i) bytes += all[i].value->send(parts);
    for (std::size_t i = 0; i < first_publication; ++i) bytes += all[i].value->send(parts);
    ++first_publication;
    if (bytes > 0) bytes_sent.add(bytes);
    return bytes;
}

// hot:
bool Sender::State::is_slow_work_due(std::int64_t sent, std::int64_t short_sends_before) {
    ++cycles_since_slow_work;
    return sent == 0 || cycles_since_slow_work >= context.settings.send_to_status_poll_ratio ||
           time.now > slow_work_deadline || short_sends.get() > short_sends_before;
}

int Sender::State::do_slow_work() {
    int work = obey_commands();
    work += poll_sockets();
    cycles_since_slow_work = 0;
    slow_work_deadline = time.now + context.settings.status_message_timeout / 2;
    const Nanos interval = context.settings.re_resolution_check_interval;
    if (interval > Nanos{0} && time.now >= next_name_check) {
        next_name_check = time.now + interval;
        check_names();
    }
    return work;
}

int Sender::State::obey_commands() {
    int commands = 0;
    while (commands < kMaxCommands) {
        std::optional<SenderCommand> command = queues.commands.take();
        if (!command) break;
        std::visit([this](auto& order) { obey(order); }, *command);
        ++commands;
    }
    return commands;
}

// hot:
int Sender::State::poll_sockets() {
    int datagrams = 0;
    for (void* const token : poller->poll()) {
        datagrams += static_cast<SendEndpoint*>(token)->poll(arrivals, parts);
    }
    return datagrams;
}

void Sender::State::check_names() {
    for (const auto& entry : endpoints.entries()) entry.value->check_names(parts);
}

void Sender::State::obey(AddSendEndpoint& command) {
    endpoints.add(key_of(command.endpoint), command.endpoint);
    poller->add(command.endpoint->control_socket(), command.endpoint);
}

void Sender::State::obey(RemoveSendEndpoint& command) {
    poller->remove(command.endpoint->control_socket());
    endpoints.remove(key_of(command.endpoint));
    queues.events.put(SendEndpointReleased{command.endpoint});
}

void Sender::State::obey(AddSenderPublication& command) {
    publications.add(key_of(command.publication), command.publication);
    command.publication->endpoint().add(*command.publication);
}

void Sender::State::obey(RemoveSenderPublication& command) {
    publications.remove(key_of(command.publication));
    command.publication->endpoint().remove(*command.publication);
    queues.events.put(SenderPublicationReleased{command.publication});
}

void Sender::State::obey(AddSendDestination& command) {
    command.endpoint->add_destination(std::move(command.destination), time.now);
}

void Sender::State::obey(RemoveSendDestination& command) {
    std::visit([&](const auto& which) { command.endpoint->remove_destination(which); },
               command.which);
}

// The endpoint may be gone since its name was asked for.
void Sender::State::obey(SendAddressResolved& command) {
    if (endpoints.find(key_of(command.endpoint)) == nullptr) {
        TERN_MARK(send_address_of_a_removed_endpoint);
        return;
    }
    command.endpoint->on_resolved(command.name, command.address, parts);
}

}  // namespace tern::driver
