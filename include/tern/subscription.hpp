#pragma once

/// Subscription: receives messages. Closed by its destructor. Made by a Context, or by
/// subscriber().
///
/// Two ways to read, not to be mixed at the same moment, and both for one thread at a time:
///   * whole messages, one by one: a range-for, take(), poll();
///   * fragments, with a handler that is called for each: poll(handler, limit) and its relatives.

#include <chrono>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tern/client/message_reader.hpp"
#include "tern/image.hpp"

namespace tern {

namespace detail {
class Session;
}

class Subscription {
  public:
    Subscription(std::shared_ptr<client::Subscription> core,
                 std::shared_ptr<detail::Session> session);
    Subscription(Subscription&&) noexcept;
    Subscription& operator=(Subscription&&) noexcept;
    ~Subscription();

    /// Messages of all publishers, as they come; `for (const tern::Message& message :
    /// subscription)`. Waits for each. Ends when the subscription or its context is closed; throws
    /// DriverTimeout where the driver died, ClientTimeout or ServiceTimeout where this client did.
    /// A message is valid for its iteration only.
    class Iterator {
      public:
        using value_type = Message;
        using difference_type = std::ptrdiff_t;
        using iterator_concept = std::input_iterator_tag;

        explicit Iterator(Subscription& subscription) : subscription_(&subscription) { ++*this; }
        Iterator(Iterator&& other) noexcept
            : subscription_(std::exchange(other.subscription_, nullptr)),
              message_(other.message_) {}
        Iterator& operator=(Iterator&& other) noexcept {
            std::swap(subscription_, other.subscription_);
            std::swap(message_, other.message_);
            return *this;
        }
        /// The message of a loop that was left is consumed.
        ~Iterator() {
            if (subscription_ != nullptr) subscription_->reader_->release();
        }
        const Message& operator*() const { return *message_; }
        Iterator& operator++() {
            message_ = subscription_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const Iterator& at, std::default_sentinel_t) {
            return at.message_ == nullptr;
        }

      private:
        Subscription* subscription_;
        const Message* message_ = nullptr;
    };
    Iterator begin() { return Iterator(*this); }
    std::default_sentinel_t end() const { return {}; }

    /// Waits for one message. Throws as the range-for does, and ContextClosed where that would end.
    /// Valid until the next take() or poll().
    Message take();
    /// The same for at most so long; nullopt where no message came.
    std::optional<Message> take_for(std::chrono::nanoseconds at_most);
    /// The next message where there is one; never waits. Valid until the next take() or poll().
    std::optional<Message> poll() {
        const Message* const message = reader_->poll();
        return message != nullptr ? std::optional(*message) : std::nullopt;
    }

    /// Calls `handler(ConstBytes, const FragmentHeader&)` for at most `limit` fragments that are
    /// there, and returns how many there were. Wrap the handler into a FragmentAssembler to get
    /// whole messages.
    // hot:
    template <typename Handler>
    int poll(Handler&& handler, int limit) {
        return core_->poll(handler, limit);
    }
    /// The handler answers with a ControlledAction.
    // hot:
    template <typename Handler>
    int controlled_poll(Handler&& handler, int limit) {
        return core_->controlled_poll(handler, limit);
    }
    /// `handler(const Block&)` for each image; bytes in all.
    template <typename Handler>
    std::int64_t block_poll(Handler&& handler, std::int32_t length_limit) {
        return core_->block_poll(handler, length_limit);
    }
    template <typename Handler>
    std::int64_t raw_block_poll(Handler&& handler, std::int32_t length_limit) {
        return core_->raw_block_poll(handler, length_limit);
    }

    bool is_connected() const { return core_->is_connected(); }
    bool is_closed() const { return core_ == nullptr || core_->is_closed(); }
    const std::string& channel() const { return core_->channel(); }
    std::int32_t stream_id() const { return core_->stream_id(); }
    std::int64_t registration_id() const { return core_->registration_id(); }
    int image_count() const { return core_->image_count(); }
    std::vector<std::shared_ptr<Image>> images() const { return core_->images(); }
    std::shared_ptr<Image> image_by_session_id(std::int32_t id) const {
        return core_->image_by_session_id(id);
    }
    std::int64_t channel_status() const { return core_->channel_status(); }
    std::vector<std::string> local_socket_addresses() const {
        return core_->local_socket_addresses();
    }
    /// The channel with the port that a wildcard port (":0") became; nullopt while that is not
    /// known.
    std::optional<std::string> channel_with_resolved_port() const;

    /// Of a channel with control-mode=manual. Wait for the driver; throw RegistrationError,
    /// DriverTimeout.
    void add_destination(std::string_view channel);
    void remove_destination(std::string_view channel);
    /// Ends an image of this subscription for everybody; its publisher is told why. At most 1023
    /// bytes.
    void reject(const Image& image, std::string_view reason);

    /// Any thread; a second call does nothing. Ends a range-for.
    void close();

    const std::shared_ptr<client::Subscription>& core() const { return core_; }
    const std::shared_ptr<detail::Session>& session() const { return session_; }

  private:
    /// The next message; waits for it. Null where the subscription or the context was closed.
    const Message* next();
    const Message* next_until(std::chrono::nanoseconds deadline);

    std::shared_ptr<client::Subscription> core_;
    std::shared_ptr<detail::Session> session_;
    std::unique_ptr<client::MessageReader> reader_;
};

}  // namespace tern
