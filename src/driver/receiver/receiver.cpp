#include "tern/driver/receiver/receiver.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "tern/base/dense_map.hpp"
#include "tern/driver/receiver/receiver_context.hpp"

namespace tern::driver {
namespace {

constexpr int kMaxCommands = 16;  // in one pass over the slow work
constexpr std::size_t kDatagramCapacity = 64 * 1024;

std::uint64_t key_of(const void* object) { return reinterpret_cast<std::uintptr_t>(object); }

}  // namespace

struct Receiver::State {
    /// A destination is polled with the endpoint that it belongs to.
    struct Polled {
        ReceiveEndpoint* endpoint;
        ReceiveDestination* destination;
    };

    State(const DriverContext& driver, DriverMemory& memory, Network& network,
          ReceiverQueues& receiver_queues)
        : context(driver),
          queues(receiver_queues),
          errors(memory.error_log, memory.system_counters[SystemCounter::errors], time),
          parts{driver.settings, memory.system_counters, errors, queues.events, network, time,
                reports},
          poller(network.make_poller(driver.settings.poller_iteration_threshold)),
          arrivals(std::max<std::size_t>(1, driver.settings.receiver_io_vector_capacity),
                   kDatagramCapacity),
          max_cycle_time(memory.system_counters[SystemCounter::receiver_max_cycle_time]),
          slow_cycles(
              memory.system_counters[SystemCounter::receiver_cycle_time_threshold_exceeded]),
          bytes_received(memory.system_counters[SystemCounter::bytes_received]) {}

    void begin_cycle(Nanos now);
    int receive();
    int read(Polled& polled);
    bool is_slow_work_due(int received);
    int do_slow_work();
    int answer();
    int obey_commands();
    void check_names();

    void obey(AddReceiveEndpoint& command);
    void obey(RemoveReceiveEndpoint& command);
    void obey(AddReceiveDestination& command);
    void obey(RemoveReceiveDestination& command);
    void obey(AddInterest& command);
    void obey(RemoveInterest& command);
    void obey(AddReceiverImage& command);
    void obey(ImageNotCreated& command);
    void obey(RemoveReceiverImage& command);
    void obey(RemoveCoolDown& command);
    void obey(RejectReceiverImage& command);
    void obey(RequestSetup& command);
    void obey(ControlAddressResolved& command);

    const DriverContext& context;
    ReceiverQueues& queues;
    CachedTime time;
    ErrorSink errors;
    ReportCap reports;
    ReceiverContext parts;
    std::unique_ptr<SocketPoller> poller;
    ReceiveBatch arrivals;
    // By address.
    DenseMap<std::uint64_t, ReceiveEndpoint*> endpoints;
    DenseMap<std::uint64_t, ReceiverImage*> images;
    DenseMap<std::uint64_t, std::unique_ptr<Polled>> polled_destinations;

    Counter max_cycle_time;
    Counter slow_cycles;
    Counter bytes_received;

    bool is_first_cycle = true;
    Nanos epoch_read_at{0};
    std::uint32_t cycles_since_slow_work = 0;
    Nanos slow_work_deadline{0};
    Nanos next_name_check{0};
};

Receiver::Receiver(const DriverContext& context, DriverMemory& memory, Network& network,
                   ReceiverQueues& queues)
    : state_(std::make_unique<State>(context, memory, network, queues)) {}

Receiver::~Receiver() = default;

std::string_view Receiver::role_name() const {
    return state_->context.settings.thread_naming == ThreadNaming::classic ? "receiver"
                                                                           : "aeron-md-rcv";
}

// hot: sockets in every cycle, and status messages that are due; the rest when there is time. An
// answer to data that was just read goes out only after all of it was inserted.
int Receiver::do_work(Nanos now) {
    State& state = *state_;
    state.begin_cycle(now);
    const int received = state.receive();
    int work = received;
    if (state.is_slow_work_due(received)) {
        work += state.do_slow_work();
    } else {
        work += state.answer();
    }
    return work + state.queues.events.flush();
}

Nanos Receiver::next_deadline() const {
    const State& state = *state_;
    Nanos due = state.slow_work_deadline;
    for (const auto& entry : state.images.entries())
        due = std::min(due, entry.value->next_deadline());
    for (const auto& entry : state.endpoints.entries())
        due = std::min(due, entry.value->next_deadline());
    return due;
}

void Receiver::State::begin_cycle(Nanos now) {
    if (is_first_cycle) {
        is_first_cycle = false;
        time = {.now = now, .epoch = context.clock.epoch_now()};
        epoch_read_at = now;
        next_name_check = now + context.settings.re_resolution_check_interval;
        return;
    }
    const Nanos cycle = now - time.now;
    max_cycle_time.propose_max(cycle.count());
    if (cycle > context.settings.receiver_cycle_threshold) slow_cycles.increment();
    time.now = now;
    if (now - epoch_read_at >= Millis{1}) {
        time.epoch = context.clock.epoch_now();
        epoch_read_at = now;
    }
}

// hot:
int Receiver::State::receive() {
    int received = 0;
    for (void* const token : poller->poll()) received += read(*static_cast<Polled*>(token));
    return received;
}

// hot: while batches come back full, a few times.
int Receiver::State::read(Polled& polled) {
    int received = 0;
    for (int i = 0; i < context.settings.poller_socket_poll_limit; ++i) {
        const int count = polled.destination->socket().receive(arrivals);
        if (count < 0) {
            if (reports.allows(time.now)) {
                errors.report(ErrorCode::generic_error,
                              "cannot receive on " +
                                  polled.destination->socket().local_address().text() + ": errno " +
                                  std::to_string(-count) +
                                  ": channel=" + polled.destination->channel().uri.text());
            }
            break;
        }
        if (count == 0) break;
        received += count;
        bytes_received.add(
            polled.endpoint->on_arrivals(arrivals.received(), *polled.destination, parts));
        if (static_cast<std::size_t>(count) < arrivals.capacity()) break;
    }
    return received;
}

bool Receiver::State::is_slow_work_due(int received) {
    return received == 0 ||
           ++cycles_since_slow_work >= context.settings.receiver_poll_to_slow_work_ratio ||
           time.now >= slow_work_deadline;
}

int Receiver::State::do_slow_work() {
    int work = obey_commands();
    work += answer();
    for (const auto& entry : endpoints.entries()) work += entry.value->do_timers(parts);
    cycles_since_slow_work = 0;
    slow_work_deadline = time.now + context.settings.status_message_timeout / 2;
    check_names();
    return work;
}

// hot:
int Receiver::State::answer() {
    int sent = 0;
    for (const auto& entry : images.entries()) sent += entry.value->send_pending(parts);
    return sent;
}

int Receiver::State::obey_commands() {
    int count = 0;
    for (; count < kMaxCommands; ++count) {
        std::optional<ReceiverCommand> command = queues.commands.take();
        if (!command) break;
        std::visit([this](auto& which) { obey(which); }, *command);
    }
    return count;
}

void Receiver::State::check_names() {
    const Nanos interval = context.settings.re_resolution_check_interval;
    if (interval <= Nanos{0} || time.now < next_name_check) return;
    next_name_check = time.now + interval;
    for (const auto& entry : endpoints.entries()) entry.value->check_names(parts);
}

void Receiver::State::obey(AddReceiveEndpoint& command) {
    endpoints.add(key_of(command.endpoint), command.endpoint);
}

void Receiver::State::obey(RemoveReceiveEndpoint& command) {
    while (!command.endpoint->destinations().empty()) {
        RemoveReceiveDestination first{command.endpoint, command.endpoint->destinations().front()};
        obey(first);
    }
    endpoints.remove(key_of(command.endpoint));
    queues.events.put(ReceiveEndpointReleased{command.endpoint});
}

void Receiver::State::obey(AddReceiveDestination& command) {
    auto polled = std::make_unique<Polled>(Polled{command.endpoint, command.destination});
    poller->add(command.destination->socket(), polled.get());
    polled_destinations.add(key_of(command.destination), std::move(polled));
    command.endpoint->add_destination(*command.destination, parts);
}

void Receiver::State::obey(RemoveReceiveDestination& command) {
    if (!command.endpoint->remove_destination(*command.destination, parts)) return;
    poller->remove(command.destination->socket());
    polled_destinations.remove(key_of(command.destination));
    queues.events.put(ReceiveDestinationReleased{command.endpoint, command.destination});
}

void Receiver::State::obey(AddInterest& command) {
    command.endpoint->add_interest(command.stream_id, command.session_id, parts);
}

void Receiver::State::obey(RemoveInterest& command) {
    command.endpoint->remove_interest(command.stream_id, command.session_id);
}

void Receiver::State::obey(AddReceiverImage& command) {
    images.add(key_of(command.image), command.image);
    command.image->endpoint().add_image(*command.image, parts);
}

void Receiver::State::obey(ImageNotCreated& command) {
    command.endpoint->dispatcher().image_not_created(command.stream_id, command.session_id);
}

void Receiver::State::obey(RemoveReceiverImage& command) {
    images.remove(key_of(command.image));
    command.image->endpoint().remove_image(*command.image, command.image->is_end_of_stream());
    queues.events.put(ReceiverImageReleased{command.image});
}

void Receiver::State::obey(RemoveCoolDown& command) {
    command.endpoint->dispatcher().remove_cool_down(command.stream_id, command.session_id);
}

void Receiver::State::obey(RejectReceiverImage& command) {
    if (images.find(key_of(command.image)) != nullptr)
        command.image->reject(std::move(command.reason));
}

void Receiver::State::obey(RequestSetup& command) {
    command.endpoint->ask_sources_for_setup(command.stream_id, command.session_id, parts);
}

void Receiver::State::obey(ControlAddressResolved& command) {
    command.endpoint->on_control_address_resolved(*command.destination, command.address, parts);
}

}  // namespace tern::driver
