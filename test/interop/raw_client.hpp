#pragma once

/// A client without a client library: it writes commands into the ring of a running driver and
/// notes every event in words in which ids, sessions and paths have names that do not depend on the
/// run. So the same conversation with two drivers gives two transcripts that can be compared.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tern/platform/os_file_system.hpp"
#include "tern/platform/system_clock.hpp"
#include "tern/protocol/command.hpp"
#include "tern/protocol/event.hpp"
#include "tern/shm/broadcast.hpp"
#include "tern/shm/cnc_file.hpp"
#include "tern/shm/counters.hpp"
#include "tern/shm/many_to_one_ring.hpp"

namespace tern::test {

class Conversation {
  public:
    /// Connects to the driver of `directory`; throws where there is none.
    explicit Conversation(const std::string& directory);

    /// From now on the transcript names counters by their label only: the order in which a driver
    /// allocates them is no contract.
    void forget_counter_ids() { names_counters_by_id_ = false; }

    /// A fresh client id, with a name in the transcript.
    std::int64_t new_client();
    std::int64_t new_id() { return ring_.next_correlation_id(); }

    /// Sends a command and notes it; then waits until the driver has answered all commands so far,
    /// and this one, which may need to look up names or make files before it has an answer.
    template <typename Message>
    void send(const Message& command) {
        send_only(command);
        settle();
        if (command.header.correlation_id >= 0) wait_for_answer(command.header.correlation_id);
    }
    template <typename Message>
    void send_only(const Message& command) {
        std::vector<std::byte> body(protocol::encoded_length(command));
        protocol::encode(command, body);
        send_raw(static_cast<std::int32_t>(command.type()), body);
    }
    void send_raw(std::int32_t type, const std::vector<std::byte>& body);
    void settle();

    std::int64_t add_publication(std::int64_t client, const std::string& channel,
                                 std::int32_t stream, bool exclusive = false);
    void remove_publication(std::int64_t client, std::int64_t registration_id, bool revoke = false);
    std::int64_t add_subscription(std::int64_t client, const std::string& channel,
                                  std::int32_t stream);
    void remove_subscription(std::int64_t client, std::int64_t registration_id);
    std::int64_t add_counter(std::int64_t client, std::int32_t type, const std::string& key,
                             const std::string& label);
    std::int64_t change_destination(std::int64_t client, protocol::DestinationAction action,
                                    std::int64_t registration_id, const std::string& channel);
    /// The image of the latest available-image event, for commands about it.
    std::int64_t last_image() const { return last_image_; }
    void close_client(std::int64_t client);

    /// Notes events until one of this kind has been noted since the last command; called again, one
    /// more of them.
    void wait_for(protocol::EventType type);
    /// Keeps a client alive while something else is waited for, as its library would.
    void keep_alive(std::int64_t client);

    /// Notes every allocated counter but the system counters: id, type, normalised label and key.
    void note_counters(bool with_values);
    /// Notes what the network's counters are: label, key, owner, and the value of those that tell a
    /// status. In the order of their text: ids are no part of it.
    void note_network_counters();
    /// Waits until so many counters of a type are there; notes nothing.
    void wait_for_counters(std::int32_t type, std::size_t count);
    /// Notes the system counters: id, label, and nothing that moves.
    void note_system_counters();
    /// Notes the log metadata of a stream named in an event; of an image without how many
    /// transports it has, which the receiver keeps up to date in its own time.
    void note_log(std::size_t index, bool is_image = false);

    void note(const std::string& line) { transcript_.push_back(line); }
    const std::vector<std::string>& transcript() const { return transcript_; }
    CountersReader counters() const { return counters_; }

  private:
    bool note_next_event();
    void wait_for_answer(std::int64_t correlation_id);
    std::string describe_key(const CounterView& view);
    std::string name(std::int64_t id);
    std::string session(std::int32_t id);
    std::string counter(std::int32_t id);
    std::string file(std::string_view path);
    std::string normalised(std::string_view text);
    std::string describe(const protocol::Event& event);

    platform::OsFileSystem              files_;
    platform::SystemClock               clock_;
    CncFile                             cnc_;
    ManyToOneRing                       ring_;
    BroadcastReceiver                   receiver_;
    CountersReader                      counters_;
    std::map<std::int64_t, std::string> names_;
    std::map<std::int32_t, std::string> sessions_;
    std::vector<std::string>            logs_;
    std::vector<std::string>            transcript_;
    std::optional<std::int64_t>         marker_;        // its answer ends settle()
    bool                                marker_seen_ = false;
    std::map<std::int32_t, int>         seen_;          // by event type: since the last command
    std::set<std::int64_t>              answered_;      // correlation ids
    std::int64_t                        last_image_ = -1;
    bool                                names_counters_by_id_ = true;
};

}  // namespace tern::test
