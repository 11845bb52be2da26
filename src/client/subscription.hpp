#pragma once

/// The receiving end of a channel and stream: any number of images, polled together.
///
/// The conductor replaces the list of images as a whole; the thread that polls takes the newest
/// list without a lock and says which one it took, so that older ones, and the images that only
/// they hold, can go. An application that stops polling therefore keeps images that ended in the
/// meantime until it gives the subscription up.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tern/client/client_object.hpp"
#include "tern/client/image.hpp"

namespace tern::client {

using Images = std::vector<std::shared_ptr<Image>>;

struct SubscriptionSetup {
    std::string channel;
    std::int32_t stream_id;
    std::int32_t channel_status_id;  // kNullCounterId for IPC and spies
    ImageHandler on_available_image;
    ImageHandler on_unavailable_image;
};

class Subscription final : public ClientObject {
  public:
    Subscription(ObjectSetup object, SubscriptionSetup about);
    ~Subscription() = default;

    const std::string& channel() const { return about_.channel; }
    std::int32_t stream_id() const { return about_.stream_id; }
    std::int32_t channel_status_id() const { return about_.channel_status_id; }
    std::int64_t channel_status() const { return status_of(about_.channel_status_id); }
    /// Addresses of the channel's sockets; empty for IPC and spies and until they are bound.
    std::vector<std::string> local_socket_addresses() const {
        return local_addresses_of(about_.channel_status_id);
    }

    /// Polls the images in turn, beginning with another one in each call, for at most
    /// `fragment_limit` fragments in all; returns how many there were. One thread at a time, and
    /// not from its own handler (that one gets 0).
    // hot:
    template <typename Handler>
    int poll(Handler&& handler, int fragment_limit) {
        return poll_in_turn(fragment_limit,
                            [&](Image& image, int limit) { return image.poll(handler, limit); });
    }
    // hot:
    template <typename Handler>
    int controlled_poll(Handler&& handler, int fragment_limit) {
        return poll_in_turn(fragment_limit, [&](Image& image, int limit) {
            return image.controlled_poll(handler, limit);
        });
    }
    /// Polls every image with the whole limit; bytes in all. `handler(const Block&)`.
    template <typename Handler>
    std::int64_t block_poll(Handler&& handler, std::int32_t length_limit) {
        std::int64_t bytes = 0;
        visit([&](const Images& images) {
            for (const auto& image : images) bytes += image->block_poll(handler, length_limit);
        });
        return bytes;
    }
    /// `handler(const RawBlock&)`.
    template <typename Handler>
    std::int64_t raw_block_poll(Handler&& handler, std::int32_t length_limit) {
        std::int64_t bytes = 0;
        visit([&](const Images& images) {
            for (const auto& image : images) bytes += image->raw_block_poll(handler, length_limit);
        });
        return bytes;
    }
    /// Calls `visitor(const Images&)` on the thread that polls, without lock and reference
    /// counting. The list is valid during the call; nothing happens within a poll of this
    /// subscription.
    template <typename Visitor>
    void visit(Visitor&& visitor) {
        if (const Polling polling(*this); polling) visitor(polling.images());
    }

    /// Changes whenever the list does; for the thread that polls, within a visit.
    std::uint64_t list_version() const { return last_taken_; }

    /// The rest is for any thread.

    /// Some image is there.
    bool is_connected() const { return !is_closed() && image_count() > 0; }
    /// Keeps its last value when the client ends.
    int image_count() const {
        return image_count_.load(std::memory_order_acquire);
    }  // sync[image-count] acquire
    /// The images at this moment.
    Images images() const;
    /// Null where there is none.
    std::shared_ptr<Image> image_by_session_id(std::int32_t session_id) const;
    std::shared_ptr<Image> image_at(std::size_t index) const;

    /// For the conductor's thread from here on.

    const ImageHandler& on_available_image() const { return about_.on_available_image; }
    const ImageHandler& on_unavailable_image() const { return about_.on_unavailable_image; }
    void add_image(std::shared_ptr<Image> image);
    /// Takes an image out of the list and closes it; null where there is none with that id.
    std::shared_ptr<Image> remove_image(std::int64_t correlation_id);
    /// Takes all images out and closes them.
    Images remove_images();
    /// Closes all images and leaves them where they are: the client has ended.
    void close_images();
    /// Gives up lists that the polling thread has done with.
    void reclaim();

  private:
    struct ImageList {
        std::uint64_t version;
        Images images;
    };

    // What the polling thread holds while it polls.
    class Polling {
      public:
        explicit Polling(Subscription& of) : subscription_(of), taken_(!of.is_polling_) {
            if (taken_) {
                of.is_polling_ = true;
                list_ = &of.take_list();
            }
        }
        ~Polling() {
            if (taken_) subscription_.is_polling_ = false;
        }
        Polling(const Polling&) = delete;
        Polling& operator=(const Polling&) = delete;
        explicit operator bool() const { return taken_; }
        const Images& images() const { return list_->images; }

      private:
        Subscription& subscription_;
        const bool taken_;
        const ImageList* list_ = nullptr;
    };

    const ImageList& take_list() {
        // sync[image-list] acquire: the list behind the pointer and its images are complete.
        const ImageList* const list = current_.load(std::memory_order_acquire);
        if (list->version != last_taken_) {
            last_taken_ = list->version;
            // sync[image-list-taken] release: nothing of an older list is touched any more.
            taken_.store(list->version, std::memory_order_release);
        }
        return *list;
    }

    // hot:
    template <typename Poll>
    int poll_in_turn(int limit, Poll&& poll_image) {
        const Polling polling(*this);
        if (!polling) return 0;
        const Images& images = polling.images();
        const std::size_t count = images.size();
        if (count == 0) return 0;
        std::size_t first = next_first_++;
        if (first >= count) {
            first = 0;
            next_first_ = 1;
        }
        int fragments = 0;
        for (std::size_t i = first; i < count && fragments < limit; ++i) {
            fragments += poll_image(*images[i], limit - fragments);
        }
        for (std::size_t i = 0; i < first && fragments < limit; ++i) {
            fragments += poll_image(*images[i], limit - fragments);
        }
        return fragments;
    }

    void publish(Images images);

    const SubscriptionSetup about_;

    alignas(kFalseSharingRange) std::atomic<const ImageList*> current_{
        nullptr};               // conductor; polling thread
    mutable std::mutex mutex_;  // of the next: conductor; any thread but a poll
    std::shared_ptr<const ImageList> newest_;
    std::vector<std::shared_ptr<const ImageList>>
        replaced_;  // conductor: may be in use by the polling thread
    std::atomic<int> image_count_{0};

    alignas(kFalseSharingRange) std::atomic<std::uint64_t> taken_{0};  // polling thread; conductor
    std::uint64_t last_taken_ = 0;                                     // polling thread
    std::size_t next_first_ = 0;                                       // polling thread
    bool is_polling_ = false;                                          // polling thread
};

}  // namespace tern::client
