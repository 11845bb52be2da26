#pragma once

/// Takes whole messages out of a subscription, one after another, from whichever publisher has one.
/// A message in one frame is not copied: it stays where it is in the log, and is consumed when the
/// next one is asked for; longer ones are put together in a buffer that is kept. The thread that
/// polls the subscription; nothing else may poll it meanwhile.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "tern/client/subscription.hpp"
#include "tern/logbuffer/fragment_assembler.hpp"

namespace tern {

/// A whole message. `buffer` is valid until the next one is asked for.
struct Message {
    std::span<const std::byte> buffer;
    std::int64_t position = 0;    // of the stream, after the message
    std::int32_t session_id = 0;  // of its publisher
    std::int32_t stream_id = 0;
    std::int64_t reserved_value = 0;  // what the publisher put into its first frame; 0 by default

    std::string_view text() const { return text_of(buffer); }
};

}  // namespace tern

namespace tern::client {

class MessageReader {
  public:
    explicit MessageReader(std::shared_ptr<Subscription> subscription)
        : subscription_(std::move(subscription)) {}
    ~MessageReader() { release(); }
    MessageReader(const MessageReader&) = delete;
    MessageReader& operator=(const MessageReader&) = delete;

    const std::shared_ptr<Subscription>& subscription() const { return subscription_; }

    /// The next message, or null where there is none now. What was handed out before is consumed
    /// first.
    // hot:
    const Message* poll() {
        release();
        has_message_ = false;
        subscription_->visit([this](const Images& images) { read(images); });
        return has_message_ ? &message_ : nullptr;
    }

    /// Consumes the message that was handed out last: its memory belongs to the publisher again.
    // hot:
    void release() {
        if (!is_held_) return;
        is_held_ = false;
        image_->controlled_poll(
            [](ConstBytes, const FragmentHeader&) { return ControlledAction::break_; }, 1);
    }

  private:
    static constexpr int kMessagesInARow = 16;  // from one image, before the others get their turn

    struct Delegate {
        MessageReader* reader;
        ControlledAction operator()(ConstBytes message, const FragmentHeader& header) const {
            reader->set(message, header);
            return ControlledAction::break_;
        }
    };

    // hot:
    void read(const Images& images) {
        const std::size_t count = images.size();
        if (subscription_->list_version() != list_version_) [[unlikely]]
            note_images(images);
        if (count == 0) return;
        if (in_a_row_ >= kMessagesInARow) {
            in_a_row_ = 0;
            ++first_;
        }
        if (first_ >= count) first_ = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (read(images[first_])) {
                ++in_a_row_;
                return;
            }
            in_a_row_ = 0;
            if (++first_ == count) first_ = 0;
        }
    }

    // hot:
    bool read(const std::shared_ptr<Image>& image) {
        read_term(image);
        // A poll ends with the term, whose last frame may be padding: the message is in the next.
        if (!has_message_ && is_at_begin_of_term(*image)) read_term(image);
        return has_message_;
    }

    static bool is_at_begin_of_term(const Image& image) {
        return (image.position() & (image.term_buffer_length() - 1)) == 0;
    }

    // hot:
    void read_term(const std::shared_ptr<Image>& image) {
        image->controlled_poll(
            [this](ConstBytes payload, const FragmentHeader& header) {
                if ((header.flags() & kUnfragmented) != kUnfragmented)
                    return assembler_(payload, header);
                set(payload, header);
                is_held_ = true;
                return ControlledAction::abort;  // stays in the log until it is released
            },
            std::numeric_limits<int>::max());
        if (is_held_ && image_ != image) image_ = image;
    }

    void set(ConstBytes buffer, const FragmentHeader& header) {
        message_ = {buffer, header.position(), header.session_id(), header.stream_id(),
                    header.reserved_value()};
        has_message_ = true;
    }

    // Halves of messages whose image is gone will never be whole.
    void note_images(const Images& images) {
        std::vector<std::int32_t> sessions;
        for (const auto& image : images) sessions.push_back(image->session_id());
        for (const std::int32_t session : sessions_) {
            if (std::find(sessions.begin(), sessions.end(), session) == sessions.end())
                assembler_.erase_session(session);
        }
        sessions_ = std::move(sessions);
        list_version_ = subscription_->list_version();
    }

    const std::shared_ptr<Subscription> subscription_;
    ControlledFragmentAssembler<Delegate> assembler_{Delegate{this}};
    Message message_;
    bool has_message_ = false;
    bool is_held_ = false;  // message_ lies in the log of image_, not consumed
    std::shared_ptr<Image> image_;
    std::size_t first_ = 0;  // the image to begin with
    int in_a_row_ = 0;
    std::uint64_t list_version_ = 0;
    std::vector<std::int32_t> sessions_;
};

}  // namespace tern::client
