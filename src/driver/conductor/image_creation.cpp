#include "tern/driver/conductor/image_creation.hpp"

#include <string>
#include <utility>

#include "tern/base/coverage_mark.hpp"
#include "tern/driver/conductor/network_image_factory.hpp"

namespace tern::driver {

// The receiver forgets everything about an endpoint that closes.
void ImageCreation::on_setup(const CreateImage& event) {
    const std::shared_ptr<ReceiveChannel> channel = parts_.receive_channels.find(event.endpoint);
    if (channel == nullptr) return;
    if (!start(event, channel)) refuse(event);
}

bool ImageCreation::start(const CreateImage& event,
                          const std::shared_ptr<ReceiveChannel>& channel) {
    const protocol::Setup& setup = event.setup;
    const std::vector<SubscriptionLink*> links =
        links_of_session(*channel, setup.stream_id, setup.session_id);
    if (links.empty() || channel->find(event.destination) == nullptr) return false;
    if (const Result<void> valid = check_setup(parts_, setup, *channel); !valid) {
        report_refusal(valid.error());
        return false;
    }
    if (in_the_making_ >= kMaxInTheMaking) {
        TERN_MARK(too_many_images_in_the_making);
        return false;
    }
    const std::int64_t id = parts_.to_driver.next_correlation_id();
    LogStorage::Request request = image_log_request(parts_, id, setup, *channel, links);
    const Pending pending{
        .event = event, .channel = channel, .registration_id = id, .is_sparse = request.is_sparse};
    const bool is_taken = parts_.storage.make(
        std::move(request), [this, pending](Result<std::shared_ptr<Mapping>> file) {
            --in_the_making_;
            on_log_made(pending, std::move(file));
        });
    if (is_taken) ++in_the_making_;
    return is_taken;
}

// Meanwhile subscriptions, the socket and the endpoint itself may have gone.
void ImageCreation::on_log_made(const Pending& pending, Result<std::shared_ptr<Mapping>> file) {
    const std::shared_ptr<ReceiveChannel> channel = pending.channel.lock();
    const bool is_wanted = channel != nullptr && !channel->is_closing && !is_abandoned_;
    if (is_wanted && file) {
        const Result<bool> created = create(pending, *channel, *file);
        if (created && *created) return;
        if (!created) report(created.error());
    }
    if (file) {
        parts_.storage.remove(*std::move(file));
    } else {
        report(file.error());
    }
    if (is_wanted) refuse(pending.event);
}

// False where nobody wants it any more.
Result<bool> ImageCreation::create(const Pending& pending, ReceiveChannel& channel,
                                   const std::shared_ptr<Mapping>& file) {
    const protocol::Setup& setup = pending.event.setup;
    const std::vector<SubscriptionLink*> links =
        links_of_session(channel, setup.stream_id, setup.session_id);
    if (links.empty() || channel.find(pending.event.destination) == nullptr) {
        TERN_MARK(image_is_not_wanted_any_more);
        return false;
    }
    if (is_served(channel, setup)) return false;
    Result<std::unique_ptr<NetworkImage>> made =
        make_network_image(parts_,
                           {.registration_id = pending.registration_id,
                            .event = pending.event,
                            .channel = channel,
                            .links = links,
                            .is_sparse = pending.is_sparse},
                           file);
    if (!made) return std::move(made).error();
    if (!link(**made, links)) {
        free_counters(parts_.counters, (*made)->counters());
        return false;
    }
    parts_.images.for_each_of_session(&channel, setup.stream_id, setup.session_id,
                                      [](NetworkImage& older) { older.silence(); });
    NetworkImage& image = parts_.images.add(*std::move(made));
    parts_.receive_channels.add_image(channel);
    parts_.receiver_queues.commands.put(AddReceiverImage{.image = image.receiver_half()});
    return true;
}

// The receiver asks twice where interest is lost and comes back while a log is in the making.
bool ImageCreation::is_served(const ReceiveChannel& channel, const protocol::Setup& setup) const {
    bool is_served = false;
    parts_.images.for_each_of_session(
        &channel, setup.stream_id, setup.session_id,
        [&](const NetworkImage& image) { is_served |= image.is_live(); });
    return is_served;
}

bool ImageCreation::link(NetworkImage& image, const std::vector<SubscriptionLink*>& links) {
    for (SubscriptionLink* link : links) {
        if (const Result<void> linked = parts_.linker.link(*link, image); !linked) {
            report(linked.error());
        }
    }
    return image.subscribers().has_working();
}

void ImageCreation::refuse(const CreateImage& event) {
    parts_.receiver_queues.commands.put(ImageNotCreated{.endpoint = event.endpoint,
                                                        .stream_id = event.setup.stream_id,
                                                        .session_id = event.setup.session_id});
}

// What comes in from the network may be wrong thousands of times a second.
void ImageCreation::report(const Error& error) {
    if (reports_.allows(parts_.time.now)) parts_.errors.report(error);
}

// Each text has a session id that a stranger may have made up, and the error log keeps them all.
void ImageCreation::report_refusal(const Error& error) {
    if (refusals_told_ == kMaxRefusalsTold || !reports_.allows(parts_.time.now)) return;
    parts_.errors.report(error);
    if (++refusals_told_ < kMaxRefusalsTold) return;
    parts_.errors.report(
        {ErrorCode::generic_error, "further SETUPs that are refused are not reported: there were " +
                                       std::to_string(kMaxRefusalsTold)});
}

}  // namespace tern::driver
