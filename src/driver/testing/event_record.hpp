#pragma once

/// For tests: an event that was broadcast, kept with its bytes, readable as a line of text.

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include "tern/base/assert.hpp"
#include "tern/base/bytes.hpp"
#include "tern/protocol/event.hpp"

namespace tern::driver {

class EventRecord {
  public:
    EventRecord(std::int32_t type, ConstBytes body)
        : type_(type), body_(body.begin(), body.end()) {}

    std::int32_t type() const { return type_; }
    const std::vector<std::byte>& body() const { return body_; }
    template <typename Event>
    bool is() const {
        return std::holds_alternative<Event>(decoded());
    }
    /// Text points into the record.
    template <typename Event>
    Event as() const {
        TERN_ASSERT(is<Event>());
        return std::get<Event>(decoded());
    }
    /// "PUBLICATION_READY 4 4": the name without its ON_, then ids that a test can foresee.
    std::string text() const {
        return std::visit([](const auto& event) { return describe(event); }, decoded());
    }

  private:
    protocol::Event decoded() const { return protocol::decode_event(type_, body_).value(); }

    static std::string ids(std::string name, std::initializer_list<std::int64_t> numbers) {
        for (const std::int64_t number : numbers)
            name += " " + std::to_string(number);
        return name;
    }
    static std::string describe(const protocol::CommandError& event) {
        return ids("ERROR", {event.offending_correlation_id, event.error_code});
    }
    static std::string describe(const protocol::OperationSuccess& event) {
        return ids("OPERATION_SUCCESS", {event.correlation_id});
    }
    static std::string describe(const protocol::ClientTimeout& event) {
        return ids("CLIENT_TIMEOUT", {event.client_id});
    }
    static std::string describe(const protocol::NextAvailableSessionId& event) {
        return ids("NEXT_AVAILABLE_SESSION_ID", {event.correlation_id, event.next_session_id});
    }
    static std::string describe(const protocol::PublicationReady& event) {
        return ids(event.is_exclusive ? "EXCLUSIVE_PUBLICATION_READY" : "PUBLICATION_READY",
                   {event.correlation_id, event.registration_id});
    }
    static std::string describe(const protocol::PublicationError& event) {
        return ids("PUBLICATION_ERROR", {event.registration_id, event.error_code});
    }
    static std::string describe(const protocol::SubscriptionReady& event) {
        return ids("SUBSCRIPTION_READY", {event.correlation_id, event.channel_status_indicator_id});
    }
    static std::string describe(const protocol::AvailableImage& event) {
        return ids("AVAILABLE_IMAGE", {event.correlation_id, event.subscription_registration_id});
    }
    static std::string describe(const protocol::UnavailableImage& event) {
        return ids("UNAVAILABLE_IMAGE",
                   {event.correlation_id, event.subscription_registration_id, event.stream_id});
    }
    static std::string describe(const protocol::CounterReady& event) {
        return ids("COUNTER_READY", {event.registration_id});
    }
    static std::string describe(const protocol::UnavailableCounter& event) {
        return ids("UNAVAILABLE_COUNTER", {event.registration_id});
    }
    static std::string describe(const protocol::StaticCounter& event) {
        return ids("STATIC_COUNTER", {event.correlation_id});
    }

    std::int32_t type_;
    std::vector<std::byte> body_;
};

class Events : public std::vector<EventRecord> {
  public:
    std::vector<std::string> texts() const {
        std::vector<std::string> lines;
        for (const EventRecord& event : *this)
            lines.push_back(event.text());
        return lines;
    }
    /// The only one of its type; a test that expects another number fails here.
    template <typename Event>
    Event only() const {
        TERN_ASSERT(count<Event>() == 1);
        return first<Event>();
    }
    template <typename Event>
    Event first() const {
        const auto found =
            std::ranges::find_if(*this, [](const EventRecord& event) { return event.is<Event>(); });
        TERN_ASSERT(found != end());
        return found->template as<Event>();
    }
    template <typename Event>
    std::ptrdiff_t count() const {
        return std::ranges::count_if(*this,
                                     [](const EventRecord& event) { return event.is<Event>(); });
    }
};

}  // namespace tern::driver
