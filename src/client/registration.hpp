#pragma once

/// A request on its way to the driver and back: AWAITING, then REGISTERED or FAILED (spec
/// control-protocol.md 18.7). The conductor writes it, one application thread polls it.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "tern/base/clock.hpp"
#include "tern/base/error.hpp"

namespace tern::client {

class Publication;
class ExclusivePublication;
class Subscription;
class ClientCounter;

enum class RequestKind {
    publication,
    exclusive_publication,
    subscription,
    counter,
    static_counter,
    destination,
    next_session_id,
    reject_image,
};
/// "publication", "exclusive_publication", ...: as in Aeron's error texts.
std::string_view name_of(RequestKind kind);

class Registration {
  public:
    enum class Status { awaiting, registered, failed };
    using Outcome =
        std::variant<std::monostate, std::shared_ptr<Publication>,
                     std::shared_ptr<ExclusivePublication>, std::shared_ptr<Subscription>,
                     std::shared_ptr<ClientCounter>, std::int32_t>;

    Registration(RequestKind kind, std::int64_t id) : kind_(kind), id_(id) {}

    RequestKind kind() const { return kind_; }
    /// The correlation id of the request. For what is added it is the registration id, also before
    /// it exists.
    std::int64_t id() const { return id_; }
    /// sync[registration] acquire: what was registered, or the error, is complete.
    Status status() const { return status_.load(std::memory_order_acquire); }
    /// Once the status is `registered`.
    const Outcome& outcome() const { return outcome_; }
    /// Once the status is `failed`. A refusal of the driver has the driver's code.
    const Error& error() const { return error_; }

    /// For the conductor; once.
    void succeed(Outcome outcome = {}) {
        outcome_ = std::move(outcome);
        status_.store(Status::registered, std::memory_order_release);  // sync[registration] release
    }
    void fail(Error error) {
        error_ = std::move(error);
        status_.store(Status::failed, std::memory_order_release);  // sync[registration] release
    }

    Nanos deadline = kNever;  // conductor only: when it gives up waiting

  private:
    const RequestKind kind_;
    const std::int64_t id_;
    std::atomic<Status> status_{Status::awaiting};
    Outcome outcome_;
    Error error_;
};

/// A handle of an asynchronous request: cheap to copy, polled by one thread at a time. Dropping it
/// does not take the request back; Client::cancel does.
template <typename T>
class AsyncRequest {
  public:
    AsyncRequest() = default;
    explicit AsyncRequest(std::shared_ptr<Registration> registration)
        : registration_(std::move(registration)) {}

    std::int64_t registration_id() const { return registration_->id(); }
    bool is_done() const { return registration_->status() != Registration::Status::awaiting; }
    /// A null pointer while there is no answer. May be asked again after the answer.
    Result<std::shared_ptr<T>> poll() const {
        switch (registration_->status()) {
            case Registration::Status::awaiting: return std::shared_ptr<T>();
            case Registration::Status::registered:
                return std::get<std::shared_ptr<T>>(registration_->outcome());
            case Registration::Status::failed: break;
        }
        return registration_->error();
    }
    const std::shared_ptr<Registration>& registration() const { return registration_; }

  private:
    std::shared_ptr<Registration> registration_;
};

/// The same for requests that make no object: destinations, rejections.
template <>
class AsyncRequest<void> {
  public:
    AsyncRequest() = default;
    explicit AsyncRequest(std::shared_ptr<Registration> registration)
        : registration_(std::move(registration)) {}

    /// For a destination that was added: the id to remove it by.
    std::int64_t registration_id() const { return registration_->id(); }
    bool is_done() const { return registration_->status() != Registration::Status::awaiting; }
    /// True once it was done, false while there is no answer.
    Result<bool> poll() const {
        switch (registration_->status()) {
            case Registration::Status::awaiting: return false;
            case Registration::Status::registered: return true;
            case Registration::Status::failed: break;
        }
        return registration_->error();
    }
    const std::shared_ptr<Registration>& registration() const { return registration_; }

  private:
    std::shared_ptr<Registration> registration_;
};

}  // namespace tern::client
