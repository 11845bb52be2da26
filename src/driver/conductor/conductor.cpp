#include "tern/driver/conductor/conductor.hpp"

#include <algorithm>
#include <utility>

#include "tern/driver/conductor/network_image_factory.hpp"

namespace tern::driver {
namespace {

constexpr std::int64_t kClosedHeartbeat = -1;
constexpr int kMaxCompletions = 16;  // of each executor, in one duty cycle

}  // namespace

Conductor::Conductor(const DriverContext& context, DriverMemory& memory, Network& network,
                     SenderQueues& sender_queues, ReceiverQueues& receiver_queues)
    : context_(context),
      memory_(memory),
      parts_(context, memory, network, sender_queues, receiver_queues),
      commands_(parts_, memory.to_driver),
      sender_events_(parts_, commands_.publications().network()),
      responses_(parts_),
      image_creation_(parts_),
      receiver_events_(parts_, image_creation_),
      ring_watch_(context.settings.client_liveness_timeout),
      max_cycle_time_(memory.system_counters[SystemCounter::conductor_max_cycle_time]),
      slow_cycles_(memory.system_counters[SystemCounter::conductor_cycle_time_threshold_exceeded]) {
    parts_.responses = &responses_;
}

std::string_view Conductor::role_name() const {
    return context_.settings.thread_naming == ThreadNaming::classic ? "conductor" : "aeron-md-cnd";
}

Nanos Conductor::next_deadline() const {
    return std::min(next_timer_, parts_.images.next_deadline());
}

// hot: images and publications are tracked in every cycle; the rest is commands and timers.
int Conductor::do_work(Nanos now) {
    begin_cycle(now);
    int work = 0;
    if (now >= next_timer_) work += on_timer();
    work += context_.executor.poll(kMaxCompletions) + context_.names.poll(kMaxCompletions);
    work += commands_.do_work();
    work += sender_events_.do_work();
    work += receiver_events_.do_work();
    work += parts_.storage.submit_removals();
    work += track_images();
    work += track_publications();
    work += parts_.sender_queues.commands.flush() + parts_.receiver_queues.commands.flush();
    return work;
}

void Conductor::begin_cycle(Nanos now) {
    if (is_first_cycle_) {
        is_first_cycle_ = false;
        parts_.time = {.now = now, .epoch = context_.clock.epoch_now()};
        epoch_read_at_ = now;
        next_timer_ = now;
        return;
    }
    const Nanos cycle = now - parts_.time.now;
    max_cycle_time_.propose_max(cycle.count());
    if (cycle > context_.settings.conductor_cycle_threshold) slow_cycles_.increment();
    parts_.time.now = now;
    if (now - epoch_read_at_ >= Millis{1}) {
        parts_.time.epoch = context_.clock.epoch_now();
        epoch_read_at_ = now;
    }
}

int Conductor::on_timer() {
    memory_.to_driver.set_consumer_heartbeat_ms(parts_.time.epoch.count());
    end_expired_clients();
    run_publication_timers();
    run_network_publication_timers();
    run_image_timers();
    parts_.storage.on_timer();
    if (ring_watch_.check(memory_.to_driver, parts_.time.now)) {
        memory_.system_counters[SystemCounter::unblocked_commands].increment();
    }
    next_timer_ = parts_.time.now + context_.settings.timer_interval;
    return 1;
}

void Conductor::end_expired_clients() {
    for (Client* client : parts_.clients.expired()) {
        if (!client->is_closed_by_command) {
            memory_.system_counters[SystemCounter::client_timeouts].increment();
            parts_.events.send(protocol::ClientTimeout{.client_id = client->id});
        }
        parts_.events.send(protocol::UnavailableCounter{
            .registration_id = client->id, .counter_id = client->heartbeat_counter_id});
        commands_.publications().end_all(*client);
        commands_.counters().end_all(*client);
        commands_.subscriptions().end_all(*client);
        parts_.clients.remove(client->id);
    }
}

// From the end: the ones behind a publication that is taken out have had their turn.
void Conductor::run_publication_timers() {
    for (std::size_t i = parts_.publications.all().size(); i-- > 0;) {
        IpcPublication& publication = *parts_.publications.all()[i];
        switch (publication.on_timer(parts_.linker, parts_.system, parts_.time.now)) {
            case IpcPublication::Outcome::goes_on: break;
            case IpcPublication::Outcome::cool_down_over:
                if (Result<void> linked = commands_.subscriptions().link_all_to(publication);
                    !linked) {
                    parts_.errors.report(linked.error());
                }
                break;
            case IpcPublication::Outcome::ended:
                commands_.publications().dispose(parts_.publications.take(i));
                break;
        }
    }
}

void Conductor::run_network_publication_timers() {
    for (const std::unique_ptr<NetworkPublication>& publication :
         parts_.network_publications.all()) {
        const NetworkPublication::Outcome outcome =
            publication->on_timer(parts_.linker, parts_.system, parts_.time.now);
        if (outcome == NetworkPublication::Outcome::goes_on) continue;
        parts_.sender_queues.commands.put(
            RemoveSenderPublication{.publication = publication->sender_half()});
    }
}

// From the end: the last one, which takes the place of one that is taken out, has had its turn.
void Conductor::run_image_timers() {
    for (std::size_t i = parts_.images.all().size(); i-- > 0;) {
        NetworkImage& image = *parts_.images.all()[i];
        switch (image.on_timer(parts_.linker, parts_.time.now)) {
            case NetworkImage::Outcome::goes_on: break;
            case NetworkImage::Outcome::lingers: end_receiving(image); break;
            case NetworkImage::Outcome::ended: dispose(parts_.images.take(i)); break;
        }
    }
}

// The receiver puts a session that did not come to its end into cool-down; where its subscriptions
// want it again, that is over at once.
void Conductor::end_receiving(NetworkImage& image) {
    HandOver<ReceiverCommand>& commands = parts_.receiver_queues.commands;
    const LocalStream::Identity& identity = image.identity();
    parts_.images.leave_channel(image);
    ReceiveChannel& channel = image.leave_channel();
    commands.put(RemoveReceiverImage{.image = image.receiver_half()});
    parts_.linker.announce_unavailable_to_all(image);
    if (image.may_rejoin()) {
        commands.put(RemoveCoolDown{.endpoint = channel.endpoint.get(),
                                    .stream_id = identity.stream_id,
                                    .session_id = identity.session_id});
    }
    parts_.receive_channels.drop_image(channel);
}

void Conductor::dispose(std::unique_ptr<NetworkImage> image) {
    parts_.linker.unlink_all(*image);
    free_counters(parts_.counters, image->counters());
    std::shared_ptr<Mapping> file = image->log().file();
    image.reset();
    parts_.storage.remove(std::move(file));
}

// hot:
int Conductor::track_images() {
    int work = 0;
    for (const std::unique_ptr<NetworkImage>& image : parts_.images.all()) {
        work += image->track(parts_.time.now, parts_.time.epoch);
        if (image->blocks_due() != 0) reserve_blocks(parts_.images, *image);
    }
    return work;
}

// hot:
int Conductor::track_publications() {
    int work = 0;
    for (const std::unique_ptr<NetworkPublication>& publication :
         parts_.network_publications.all()) {
        work += publication->track(parts_.time.now);
        if (publication->blocks_due() != 0) {
            reserve_blocks(parts_.network_publications, *publication);
        }
    }
    for (const std::unique_ptr<IpcPublication>& publication : parts_.publications.all()) {
        work += publication->track(parts_.time.now);
        if (publication->blocks_due() != 0) reserve_blocks(parts_.publications, *publication);
    }
    return work;
}

// The publication may have ended before its blocks are there.
template <typename Publications, typename Publication>
void Conductor::reserve_blocks(Publications& publications, Publication& publication) {
    const Position to = publication.blocks_due();
    const std::int64_t id = publication.identity().registration_id;
    const Nanos retry_after = context_.settings.timer_interval;
    const bool is_taken = parts_.storage.reserve(
        publication.log().file(), publication.request_blocks(to),
        [this, to, id, retry_after, &publications](const Result<void>& reserved) {
            if (!reserved) parts_.errors.report(reserved.error());
            Publication* waiting = publications.find(id);
            if (waiting == nullptr) return;
            if (reserved) {
                waiting->blocks_reserved(to);
            } else {
                waiting->blocks_refused(parts_.time.now + retry_after);
            }
        });
    if (!is_taken) publication.blocks_not_requested();
}

void Conductor::on_close() {
    commands_.publications().abandon();
    image_creation_.abandon();
    parts_.resolver.abandon();
    for (Executor* executor : {&context_.names, &context_.executor}) {
        executor->run_all();
        while (executor->pending() > 0) executor->poll(kMaxCompletions);
    }
    while (!parts_.publications.all().empty()) {
        std::unique_ptr<IpcPublication> publication =
            parts_.publications.take(parts_.publications.all().size() - 1);
        parts_.linker.unlink_all(*publication);
        commands_.publications().dispose(std::move(publication));
    }
    while (!parts_.network_publications.all().empty()) {
        std::unique_ptr<NetworkPublication> publication =
            parts_.network_publications.take(*parts_.network_publications.all().back());
        parts_.linker.unlink_all(*publication);
        commands_.publications().network().dispose(std::move(publication));
    }
    while (!parts_.images.all().empty())
        dispose(parts_.images.take(parts_.images.all().size() - 1));
    parts_.send_channels.free_all();
    parts_.receive_channels.free_all();
    parts_.storage.remove_now();
    memory_.system_counters.free_all(memory_.counters, parts_.time.epoch);
    memory_.to_driver.set_consumer_heartbeat_ms(kClosedHeartbeat);
}

}  // namespace tern::driver
