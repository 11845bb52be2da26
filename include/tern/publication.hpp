#pragma once

/// Publication and ExclusivePublication: send messages. A handle is closed by its destructor;
/// moving it moves the stream's end along. Made by a Context, or by publisher().

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tern/client/publication.hpp"
#include "tern/offer_result.hpp"

namespace tern {

namespace detail {
class Session;
/// Passes the time between two tries of an offer; false once `deadline` has passed.
class Patience {
  public:
    Patience(Session& session, std::chrono::nanoseconds at_most);
    bool wait();

  private:
    Session& session_;
    std::chrono::nanoseconds deadline_;
    std::chrono::nanoseconds pause_;
    int tries_ = 0;
};
}  // namespace detail

/// What is the same for both kinds. `Core` is the class of the full API behind the handle
/// (src/client), where each call is described.
template <typename Core>
class BasicPublication {
  public:
    BasicPublication(BasicPublication&&) noexcept = default;
    BasicPublication& operator=(BasicPublication&& other) noexcept {
        if (this != &other) {
            close();
            core_ = std::move(other.core_);
            session_ = std::move(other.session_);
        }
        return *this;
    }
    ~BasicPublication() { close(); }

    /// Sends one message of any length up to max_message_length(). Never waits.
    // hot:
    template <ReservedValueSupplier Supplier = NoReservedValue>
    OfferResult offer(std::span<const std::byte> message, Supplier&& supplier = {}) {
        return core_->offer(message, supplier);
    }
    /// The same for text.
    OfferResult offer(std::string_view text) { return core_->offer(bytes_of(text)); }
    /// The same for a message in parts.
    // hot:
    template <ReservedValueSupplier Supplier = NoReservedValue>
    OfferResult offer(std::span<const ConstBytes> parts, Supplier&& supplier = {}) {
        return core_->offer(parts, supplier);
    }
    /// Offers again and again until the message is sent or `at_most` has passed: through back
    /// pressure, rotations and while no subscriber is there. The last result; `closed`,
    /// `max_position_exceeded` and `error` end it at once.
    template <typename MessageBytes>
    OfferResult offer_for(const MessageBytes& message, std::chrono::nanoseconds at_most) {
        detail::Patience patience(*session_, at_most);
        while (true) {
            const OfferResult result = offer(message);
            const bool may_change = result == OfferStatus::back_pressured ||
                                    result == OfferStatus::admin_action ||
                                    result == OfferStatus::not_connected;
            if (!may_change || !patience.wait()) return result;
        }
    }
    /// Claims a frame of `length` bytes, at most max_payload_length(), to be filled in place:
    /// commit or abort it.
    // hot:
    OfferResult try_claim(std::size_t length, BufferClaim& claim) {
        return core_->try_claim(length, claim);
    }

    bool is_connected() const { return core_->is_connected(); }
    bool is_closed() const { return core_ == nullptr || core_->is_closed(); }
    Position position() const { return core_->position(); }
    Position position_limit() const { return core_->position_limit(); }
    const std::string& channel() const { return core_->channel(); }
    std::int32_t stream_id() const { return core_->stream_id(); }
    std::int32_t session_id() const { return core_->session_id(); }
    std::int64_t registration_id() const { return core_->registration_id(); }
    std::int32_t max_payload_length() const { return core_->max_payload_length(); }
    std::int32_t max_message_length() const { return core_->max_message_length(); }
    std::int32_t term_buffer_length() const { return core_->term_buffer_length(); }
    std::int64_t channel_status() const { return core_->channel_status(); }
    std::vector<std::string> local_socket_addresses() const {
        return core_->local_socket_addresses();
    }

    /// Of a channel with control-mode=manual. Wait for the driver; throw RegistrationError,
    /// DriverTimeout.
    std::int64_t add_destination(std::string_view channel);  // the id to remove it by
    void remove_destination(std::string_view channel);
    void remove_destination(std::int64_t id);

    /// Any thread; a second call does nothing. Offers answer `closed` from now on.
    void close() {
        if (core_) core_->close();
    }

    /// The object of the full API; outlives the handle for whoever keeps it.
    const std::shared_ptr<Core>& core() const { return core_; }

  protected:
    BasicPublication(std::shared_ptr<Core> core, std::shared_ptr<detail::Session> session)
        : core_(std::move(core)), session_(std::move(session)) {}

    std::shared_ptr<Core> core_;
    std::shared_ptr<detail::Session> session_;
};

/// Any number of threads may send on one.
class Publication : public BasicPublication<client::Publication> {
  public:
    Publication(std::shared_ptr<client::Publication> core, std::shared_ptr<detail::Session> session)
        : BasicPublication(std::move(core), std::move(session)) {}
};

/// One thread at a time: quicker, and with a log that nobody shares.
class ExclusivePublication : public BasicPublication<client::ExclusivePublication> {
  public:
    ExclusivePublication(std::shared_ptr<client::ExclusivePublication> core,
                         std::shared_ptr<detail::Session> session)
        : BasicPublication(std::move(core), std::move(session)) {}

    /// Appends complete frames made for exactly the next position.
    OfferResult offer_block(std::span<const std::byte> frames) {
        return core_->offer_block(frames);
    }
    /// Appends a frame that subscribers skip.
    OfferResult append_padding(std::size_t length) { return core_->append_padding(length); }
    /// Closes it and withdraws what was not read yet.
    void revoke() { core_->revoke(); }
    void revoke_on_close() { core_->revoke_on_close(); }
};

}  // namespace tern
