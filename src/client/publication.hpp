#pragma once

/// Publication and ExclusivePublication: the sending ends of a stream.
///
/// A Publication may be used by any number of threads; all of this client and other clients that
/// add the same channel and stream share its log. An ExclusivePublication has a log of its own and
/// is used by one thread at a time, which makes it quicker. Offers never block, lock or allocate;
/// after the end of the client or of the driver they answer `closed` and touch memory that is still
/// mapped.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "tern/client/client_object.hpp"
#include "tern/logbuffer/buffer_claim.hpp"
#include "tern/logbuffer/concurrent_appender.hpp"
#include "tern/logbuffer/exclusive_appender.hpp"

namespace tern::client {

/// What a driver said of a publication that it made for us.
struct PublicationSetup {
    std::string channel;
    std::int32_t stream_id;
    std::int32_t session_id;
    std::int64_t original_registration_id;  // of the publication itself, which others may share
    std::int32_t limit_counter_id;
    std::int32_t channel_status_id;  // kNullCounterId for IPC
    Counter limit;
    LogBuffers log;
};

/// The parts that do not depend on how messages are appended.
class PublicationBase : public ClientObject {
  public:
    const std::string& channel() const { return about_.channel; }
    std::int32_t stream_id() const { return about_.stream_id; }
    std::int32_t session_id() const { return about_.session_id; }
    std::int64_t original_registration_id() const { return about_.original_registration_id; }
    bool is_original() const { return about_.original_registration_id == registration_id(); }
    std::int32_t initial_term_id() const { return about_.log.initial_term_id(); }
    std::int32_t term_buffer_length() const { return about_.log.term_length(); }
    int position_bits_to_shift() const { return about_.log.geometry().bits(); }
    std::int32_t limit_counter_id() const { return about_.limit_counter_id; }
    std::int32_t channel_status_id() const { return about_.channel_status_id; }
    std::int32_t max_payload_length() const { return about_.log.mtu_length() - kDataHeaderLength; }
    std::int32_t max_message_length() const {
        return tern::max_message_length(about_.log.term_length());
    }
    Position max_possible_position() const { return about_.log.geometry().max_position(); }

    /// Whether subscribers are there now.
    bool is_connected() const { return !is_closed() && about_.log.is_connected(); }
    /// Up to where messages may be offered at present; the code of OfferStatus::closed where it is
    /// closed.
    Position position_limit() const {
        return is_closed() ? static_cast<Position>(OfferStatus::closed) : about_.limit.get();
    }
    /// kChannelActive and so on; kChannelErrored for a closed publication and for IPC, which has
    /// none.
    std::int64_t channel_status() const { return status_of(about_.channel_status_id); }
    /// Local addresses of the channel's sockets; empty for IPC.
    std::vector<std::string> local_socket_addresses() const {
        return local_addresses_of(about_.channel_status_id);
    }

  protected:
    PublicationBase(ObjectSetup object, PublicationSetup about)
        : ClientObject(std::move(object)), about_(std::move(about)) {}
    ~PublicationBase() = default;

    const PublicationSetup& about() const { return about_; }
    Position limit() const { return about_.limit.get(); }  // sync[publisher-limit] acquire

  private:
    const PublicationSetup about_;
};

/// Sending itself, the same for both kinds of appender.
template <typename Appender>
class OfferingPublication : public PublicationBase {
  public:
    /// Sends one message, fragmented where it is longer than max_payload_length(). `supplier(frame,
    /// length)` gives the reserved value of each frame. `error`: longer than max_message_length().
    // hot:
    template <ReservedValueSupplier Supplier = NoReservedValue>
    OfferResult offer(ConstBytes message, Supplier&& supplier = {}) {
        if (is_closed()) [[unlikely]]
            return OfferStatus::closed;
        return appender_.offer(message, limit(), supplier);
    }
    /// The same for a message in parts; empty parts are allowed.
    // hot:
    template <ReservedValueSupplier Supplier = NoReservedValue>
    OfferResult offer(std::span<const ConstBytes> parts, Supplier&& supplier = {}) {
        if (is_closed()) [[unlikely]]
            return OfferStatus::closed;
        return appender_.offer(parts, limit(), supplier);
    }
    /// The same for any source (logbuffer/message_source.hpp).
    // hot:
    template <typename Source, ReservedValueSupplier Supplier = NoReservedValue>
    OfferResult offer_from(Source source, Supplier&& supplier = {}) {
        if (is_closed()) [[unlikely]]
            return OfferStatus::closed;
        return appender_.offer_from(source, limit(), supplier);
    }
    /// Claims one frame of `length` payload bytes, at most max_payload_length(), to be written in
    /// place and then committed or aborted: until then the stream stands still at it. `claim` needs
    /// this publication's log: keep the publication for as long as it is open.
    // hot:
    OfferResult try_claim(std::size_t length, BufferClaim& claim) {
        if (length > static_cast<std::size_t>(appender_.max_payload_length())) [[unlikely]]
            return OfferStatus::error;
        if (is_closed()) [[unlikely]]
            return OfferStatus::closed;
        return appender_.try_claim(length, limit(), claim);
    }
    /// Where the next frame goes (of a shared publication: claims of others included); the code of
    /// OfferStatus::closed where it is closed.
    Position position() const {
        return is_closed() ? static_cast<Position>(OfferStatus::closed) : appender_.position();
    }

  protected:
    OfferingPublication(ObjectSetup object, PublicationSetup setup)
        : PublicationBase(std::move(object), std::move(setup)),
          appender_(about().log, about().session_id, about().stream_id) {}
    ~OfferingPublication() = default;

    Appender appender_;
};

/// Any number of threads.
class Publication final : public OfferingPublication<ConcurrentAppender> {
  public:
    Publication(ObjectSetup object, PublicationSetup setup)
        : OfferingPublication(std::move(object), std::move(setup)) {}
};

/// One sending thread at a time.
class ExclusivePublication final : public OfferingPublication<ExclusiveAppender> {
  public:
    ExclusivePublication(ObjectSetup object, PublicationSetup setup)
        : OfferingPublication(std::move(object), std::move(setup)) {}

    /// Appends complete frames as they are: for exactly the next position, of this session, stream
    /// and term. `error` where they are not, or where they do not fit into the rest of the term.
    OfferResult offer_block(ConstBytes frames) {
        if (is_closed()) [[unlikely]]
            return OfferStatus::closed;
        return appender_.offer_block(frames, limit());
    }
    /// Appends a frame of `length` payload bytes (at most max_message_length()) that subscribers
    /// skip.
    OfferResult append_padding(std::size_t length) {
        if (length > static_cast<std::size_t>(appender_.max_message_length())) [[unlikely]]
            return OfferStatus::error;
        if (is_closed()) [[unlikely]]
            return OfferStatus::closed;
        return appender_.append_padding(length, limit());
    }

    /// Closes it and withdraws what subscribers have not read yet.
    bool revoke(Notification on_closed = {}) { return request_close(true, std::move(on_closed)); }
    /// A later close() revokes.
    void revoke_on_close() { revoke_on_close_.store(true, std::memory_order_relaxed); }
    /// As ClientObject's, minding revoke_on_close().
    bool close(Notification on_closed = {}) {
        return request_close(revoke_on_close_.load(std::memory_order_relaxed),
                             std::move(on_closed));
    }

  private:
    std::atomic<bool> revoke_on_close_{false};
};

}  // namespace tern::client
