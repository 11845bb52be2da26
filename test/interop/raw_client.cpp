#include "interop/raw_client.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <type_traits>

#include "support/child_process.hpp"
#include "tern/shm/cnc_connector.hpp"

namespace tern::test {

using namespace protocol;

namespace {

using namespace std::chrono_literals;

CncFile connect(platform::OsFileSystem& files, platform::SystemClock& clock,
                const std::string& directory) {
    CncConnector connector{files, directory, 10s, clock.now() + 10s};
    for (;;) {
        const CncConnector::Step step = connector.try_step(clock.now(), clock.epoch_now());
        if (const auto* connected = std::get_if<CncConnector::Connected>(&step)) {
            return connected->cnc;
        }
        if (const auto* error = std::get_if<Error>(&step)) {
            throw std::runtime_error(error->text);
        }
        std::this_thread::yield();
    }
}

/// Ids begin high, so that no other number of a transcript is taken for one.
constexpr int kUnusedIds = 500'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Ports that the operating system chooses, and no others, begin here by Linux' default.
constexpr long long kFirstChosenPort = 32768;

/// The command that an event answers; nothing for those that come by themselves.
std::optional<std::int64_t> answered_by(const Event& event) {
    return std::visit(
        [](const auto& e) -> std::optional<std::int64_t> {
            using E = std::decay_t<decltype(e)>;
            if constexpr (std::is_same_v<E, CommandError>) {
                return e.offending_correlation_id;
            } else if constexpr (std::is_same_v<E, OperationSuccess> ||
                                 std::is_same_v<E, PublicationReady> ||
                                 std::is_same_v<E, SubscriptionReady> ||
                                 std::is_same_v<E, StaticCounter>) {
                return e.correlation_id;
            } else if constexpr (std::is_same_v<E, CounterReady>) {
                return e.registration_id;
            } else {
                return std::nullopt;
            }
        },
        event);
}

}  // namespace

Conversation::Conversation(const std::string& directory)
    : cnc_(connect(files_, clock_, directory)),
      ring_(cnc_.to_driver()),
      receiver_(cnc_.to_clients()),
      counters_(cnc_.counters_metadata(), cnc_.counters_values()) {
    for (int i = 0; i < kUnusedIds; ++i) new_id();
}

std::int64_t Conversation::new_client() {
    const std::int64_t id = new_id();
    names_[id] = "client" + std::to_string(names_.size());
    return id;
}

std::string Conversation::name(std::int64_t id) {
    if (id <= 0) {
        return std::to_string(id);
    }
    const auto [found, fresh] = names_.try_emplace(id, "id" + std::to_string(names_.size()));
    return found->second;
}

std::string Conversation::session(std::int32_t id) {
    const auto [found, fresh] =
        sessions_.try_emplace(id, "session" + std::to_string(sessions_.size()));
    return found->second;
}

std::string Conversation::counter(std::int32_t id) {
    if (id < 0) {
        return std::to_string(id);
    }
    const std::optional<CounterView> view = counters_.find(id);
    return (names_counters_by_id_ ? "#" + std::to_string(id) + " " : "") +
           (view ? "'" + normalised(view->label) + "'" : "(gone)");
}

std::string Conversation::file(std::string_view path) {
    if (std::find(logs_.begin(), logs_.end(), path) == logs_.end()) {
        logs_.emplace_back(path);
    }
    const std::size_t slash = path.rfind('/', path.rfind('/') - 1);
    return normalised(path.substr(slash + 1));
}

/// Numbers that are known ids or sessions become their names.
std::string Conversation::normalised(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i;
        if (text[i] == '-' && i + 1 < text.size() && is_digit(text[i + 1])) {
            ++end;
        }
        while (end < text.size() && is_digit(text[end])) {
            ++end;
        }
        if (end == i) {
            out += text[i++];
            continue;
        }
        const std::string number{text.substr(i, end - i)};
        const bool may_be_port = i > 1 && text[i - 1] == ':' && text[i - 2] != ' ';
        i = end;
        const long long value = number.size() < 19 ? std::stoll(number) : 0;
        const auto session_found = sessions_.find(static_cast<std::int32_t>(value));
        const auto name_found = names_.find(value);
        const bool may_be_session = value > 10'000 || value < 0;
        if (may_be_port && value >= kFirstChosenPort && value < 65536) {
            out += "(port)";
        } else if (may_be_session && session_found != sessions_.end()) {
            out += session_found->second;
        } else if (name_found != names_.end()) {
            out += name_found->second;
        } else {
            out += number;
        }
    }
    return out;
}

void Conversation::send_raw(std::int32_t type, const std::vector<std::byte>& body) {
    seen_.clear();
    note("> " + std::string{name_of(static_cast<CommandType>(type))} + " " +
         std::to_string(body.size()) + " bytes");
    if (ring_.write(type, body) != RingResult::ok) {
        throw std::runtime_error("the driver's ring is full");
    }
}

void Conversation::settle() {
    // Commands are executed in order, so the answer to this one follows all events of those before.
    const std::int64_t id = new_id();
    marker_ = id;
    marker_seen_ = false;
    const GetNextAvailableSessionId command{{new_id(), id}, -77};
    std::vector<std::byte> body(encoded_length(command));
    encode(command, body);
    ring_.write(static_cast<std::int32_t>(command.type()), body);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!marker_seen_) {
        if (!note_next_event()) {
            if (std::chrono::steady_clock::now() > deadline) {
                throw std::runtime_error("the driver does not answer");
            }
            std::this_thread::yield();
        }
    }
}

void Conversation::wait_for(EventType type) {
    int&       unclaimed = seen_[static_cast<std::int32_t>(type)];
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (unclaimed == 0) {
        if (!note_next_event()) {
            if (std::chrono::steady_clock::now() > deadline) {
                throw std::runtime_error("no event " + std::string{name_of(type)});
            }
            std::this_thread::yield();
        }
    }
    --unclaimed;
}

void Conversation::wait_for_answer(std::int64_t correlation_id) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!answered_.contains(correlation_id)) {
        if (!note_next_event()) {
            if (std::chrono::steady_clock::now() > deadline) {
                throw std::runtime_error("no answer to " + name(correlation_id));
            }
            std::this_thread::yield();
        }
    }
}

bool Conversation::note_next_event() {
    const auto outcome = receiver_.receive([this](std::int32_t type, ConstBytes body) {
        const Result<Event> event = decode_event(type, body);
        if (!event) {
            note("< " + event.error().text);
            return;
        }
        if (const auto* next = std::get_if<NextAvailableSessionId>(&*event);
            next != nullptr && marker_ == next->correlation_id) {
            marker_seen_ = true;
            return;
        }
        ++seen_[type];
        if (const auto id = answered_by(*event)) answered_.insert(*id);
        if (const auto* image = std::get_if<AvailableImage>(&*event)) {
            last_image_ = image->correlation_id;
        }
        note("< " + std::string{name_of(static_cast<EventType>(type))} + " " + describe(*event));
    });
    if (outcome == BroadcastReceiver::Outcome::lapped) {
        throw std::runtime_error("lapped by the driver's events");
    }
    return outcome == BroadcastReceiver::Outcome::message;
}

std::string Conversation::describe(const Event& event) {
    return std::visit(
        [this](const auto& e) -> std::string {
            using E = std::decay_t<decltype(e)>;
            if constexpr (std::is_same_v<E, CommandError>) {
                return name(e.offending_correlation_id) + " code " +
                       std::to_string(static_cast<int>(e.error_code));
            } else if constexpr (std::is_same_v<E, OperationSuccess>) {
                return name(e.correlation_id);
            } else if constexpr (std::is_same_v<E, ClientTimeout>) {
                return name(e.client_id);
            } else if constexpr (std::is_same_v<E, NextAvailableSessionId>) {
                return name(e.correlation_id);
            } else if constexpr (std::is_same_v<E, PublicationReady>) {
                const std::string who = name(e.correlation_id) + " of " + name(e.registration_id);
                const std::string where =
                    session(e.session_id) + " stream " + std::to_string(e.stream_id);
                return who + " " + where + " limit " + counter(e.position_limit_counter_id) +
                       " status " + counter(e.channel_status_indicator_id) + " log " +
                       file(e.log_file_name);
            } else if constexpr (std::is_same_v<E, PublicationError>) {
                return name(e.registration_id) + " destination " +
                       name(e.destination_registration_id) + " " + session(e.session_id) +
                       " stream " + std::to_string(e.stream_id) + " receiver " +
                       (e.receiver_id == -1 ? "-1" : "drawn at random") + " tag " +
                       std::to_string(e.group_tag) + " code " +
                       std::to_string(e.error_code) + " '" + std::string{e.message} + "'";
            } else if constexpr (std::is_same_v<E, SubscriptionReady>) {
                return name(e.correlation_id) + " status " + counter(e.channel_status_indicator_id);
            } else if constexpr (std::is_same_v<E, AvailableImage>) {
                return name(e.correlation_id) + " " + session(e.session_id) + " stream " +
                       std::to_string(e.stream_id) + " for " +
                       name(e.subscription_registration_id) + " position " +
                       counter(e.subscriber_position_counter_id) + " log " + file(e.log_file_name) +
                       " from " + normalised(e.source_identity);
            } else if constexpr (std::is_same_v<E, UnavailableImage>) {
                return name(e.correlation_id) + " for " + name(e.subscription_registration_id) +
                       " stream " + std::to_string(e.stream_id);
            } else if constexpr (std::is_same_v<E, StaticCounter>) {
                return name(e.correlation_id) + " " + counter(e.counter_id);
            } else if constexpr (std::is_same_v<E, UnavailableCounter>) {
                // Not its label, which the driver erases at about the same time.
                return name(e.registration_id) +
                       (names_counters_by_id_ ? " #" + std::to_string(e.counter_id) : "");
            } else {
                return name(e.registration_id) + " " + counter(e.counter_id);
            }
        },
        event);
}

std::int64_t Conversation::add_publication(std::int64_t client, const std::string& channel,
                                           std::int32_t stream, bool exclusive) {
    const std::int64_t id = new_id();
    note("publication " + name(id) + " on " + channel);
    send(AddPublication{{client, id}, stream, channel, exclusive});
    return id;
}

void Conversation::remove_publication(std::int64_t client, std::int64_t registration_id,
                                      bool revoke) {
    send(RemovePublication{{client, new_id()}, registration_id, revoke});
}

std::int64_t Conversation::add_subscription(std::int64_t client, const std::string& channel,
                                            std::int32_t stream) {
    const std::int64_t id = new_id();
    note("subscription " + name(id) + " on " + channel);
    send(AddSubscription{{client, id}, stream, channel});
    return id;
}

void Conversation::remove_subscription(std::int64_t client, std::int64_t registration_id) {
    send(RemoveSubscription{{client, new_id()}, registration_id});
}

std::int64_t Conversation::add_counter(std::int64_t client, std::int32_t type,
                                       const std::string& key, const std::string& label) {
    const std::int64_t id = new_id();
    send(AddCounter{{client, id}, type, bytes_of(key), label});
    return id;
}

void Conversation::close_client(std::int64_t client) { send(ClientClose{{client, -1}}); }

void Conversation::keep_alive(std::int64_t client) {
    send_only(ClientKeepalive{{client, new_id()}});
}

void Conversation::note_counters(bool with_values) {
    counters_.for_each([this, with_values](const CounterView& view) {
        if (view.type_id == 0) {
            return;
        }
        std::string line = "counter #" + std::to_string(view.id) + " type " +
                           std::to_string(view.type_id) + " '" + normalised(view.label) +
                           "' registration " + name(view.registration_id) + " owner " +
                           name(view.owner_id);
        if (with_values && view.type_id != 11) {
            line += " value " + std::to_string(view.value);
        }
        note(line);
    });
}

std::int64_t Conversation::change_destination(std::int64_t client, DestinationAction action,
                                              std::int64_t registration_id,
                                              const std::string& channel) {
    const std::int64_t id = new_id();
    note("destination " + name(id) + " of " + name(registration_id) + " " + channel);
    send(DestinationCommand{{client, id}, action, registration_id, channel});
    return id;
}

/// The key in words, by its layout (spec counters.md, 4); nothing behind its used length.
std::string Conversation::describe_key(const CounterView& view) {
    const std::byte* at = view.key.data();
    const auto i32 = [at](std::size_t offset) { return load_plain<std::int32_t>(at + offset); };
    const auto text = [&](std::size_t length_at, int limit) {
        const int length = std::clamp(i32(length_at), 0, limit);
        return normalised({reinterpret_cast<const char*>(at) + length_at + 4,
                           static_cast<std::size_t>(length)});
    };
    switch (view.type_id) {
        case 6:
        case 7:
        case 18: return "channel " + text(0, 108);
        case 11: return "client " + name(load_plain<std::int64_t>(at));
        case 14: return "address " + text(4, 103);
        default:
            return "registration " + name(load_plain<std::int64_t>(at)) + " " + session(i32(8)) +
                   " stream " + std::to_string(i32(12)) + " channel " + text(16, 92);
    }
}

void Conversation::note_network_counters() {
    std::vector<std::string> lines;
    counters_.for_each([this, &lines](const CounterView& view) {
        if (view.type_id == 0 || view.type_id == 15 || view.type_id == 16) {
            return;
        }
        std::string label = normalised(view.label);
        if (view.type_id == 14) {   // "name: <id of another counter> address"
            label.erase(label.find(':'), label.rfind(' ') - label.find(':'));
        }
        std::string line = "counter type " + std::to_string(view.type_id) + " '" + label +
                           "' key " + describe_key(view) + " registration " +
                           name(view.registration_id) + " owner " + name(view.owner_id) +
                           " reference " + name(view.reference_id);
        if (view.type_id == 6 || view.type_id == 7 || view.type_id == 14) {
            line += " value " + std::to_string(view.value);
        }
        lines.push_back(line);
    });
    std::sort(lines.begin(), lines.end());
    for (const std::string& line : lines) {
        note(line);
    }
}

void Conversation::wait_for_counters(std::int32_t type, std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        std::size_t found = 0;
        counters_.for_each([&](const CounterView& view) { found += view.type_id == type ? 1 : 0; });
        if (found == count) {
            return;
        }
        if (std::chrono::steady_clock::now() > deadline) {
            throw std::runtime_error(std::to_string(found) + " counters of type " +
                                     std::to_string(type));
        }
        std::this_thread::yield();
    }
}

void Conversation::note_system_counters() {
    counters_.for_each([this](const CounterView& view) {
        if (view.type_id == 0) {
            std::string label{view.label};
            label.resize(std::min(label.size(),
                                  label.find(" - ")));  // names and versions of the driver follow
            label.resize(std::min(label.size(), label.find(": ")));
            note("system counter #" + std::to_string(view.id) + " '" + label + "' registration " +
                 std::to_string(view.registration_id) + " owner " + std::to_string(view.owner_id));
        }
    });
}

void Conversation::note_log(std::size_t index, bool is_image) {
    const auto mapping = files_.open(logs_.at(index), MapMode::read_only);
    if (!mapping) {
        note("log " + std::to_string(index) + " gone");
        return;
    }
    const Bytes bytes = (*mapping)->bytes();
    const std::byte* at = bytes.data() + bytes.size() - 4096;
    note("log " + std::to_string(index) + " of " + std::to_string(bytes.size()) + " bytes");
    const auto i32 = [at](std::size_t offset) { return load_plain<std::int32_t>(at + offset); };
    const auto i64 = [at](std::size_t offset) { return load_plain<std::int64_t>(at + offset); };
    const std::int32_t initial = i32(264);
    for (std::size_t partition = 0; partition < 3; ++partition) {
        const std::int64_t raw = i64(partition * 8);
        if (raw == 0) {
            note("  tail unused");   // that of an image
            continue;
        }
        note("  tail " + std::to_string(static_cast<std::int32_t>(raw >> 32) - initial) + ":" +
             std::to_string(raw & 0xFFFFFFFF));
    }
    for (const std::size_t offset :
         {24U, 136U, 140U, 268U, 272U, 276U, 280U, 284U, 288U, 292U, 304U, 316U}) {
        if (offset == 140 && is_image) {
            continue;
        }
        note("  i32 at " + std::to_string(offset) + ": " + std::to_string(i32(offset)));
    }
    note("  registration " + name(i64(256)));
    for (const std::size_t offset : {128U, 448U, 456U, 464U, 472U, 480U, 500U}) {
        note("  i64 at " + std::to_string(offset) + ": " + std::to_string(i64(offset)));
    }
    for (std::size_t offset = 488; offset < 498; ++offset) {
        note("  u8 at " + std::to_string(offset) + ": " +
             std::to_string(static_cast<int>(at[offset])));
    }
    note("  header " + std::to_string(i32(320)) + " " + std::to_string(i32(324)) + " " +
         session(i32(332)) + " " + std::to_string(i32(336)) + " term " +
         std::to_string(i32(340) - initial));
    const bool rest_is_zero =
        std::all_of(at + 508, at + 4096, [](std::byte b) { return b == std::byte{0}; });
    note(std::string{"  rest "} + (rest_is_zero ? "zero" : "not zero"));
}

}  // namespace tern::test
