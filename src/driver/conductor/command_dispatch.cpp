#include "tern/driver/conductor/command_dispatch.hpp"

#include <optional>
#include <variant>

namespace tern::driver {

CommandDispatch::CommandDispatch(ConductorParts& parts, ManyToOneRing& ring)
    : parts_(parts),
      ring_(ring),
      subscriptions_(parts),
      publications_(parts, subscriptions_),
      counters_(parts),
      destinations_(parts, subscriptions_),
      rejection_(parts) {}

int CommandDispatch::do_work() {
    if (parts_.resolver.is_busy()) return parts_.resolver.resume();
    if (publications_.is_busy()) return publications_.resume();
    if (is_held_up()) return 0;
    const ManyToOneRing::ReadOutcome read =
        ring_.read([this](std::int32_t type, ConstBytes body) { on_message(type, body); }, 1);
    if (read.damaged) {
        parts_.errors.report(ErrorCode::malformed_command,
                             "to-driver ring is damaged: a record's length cannot be, "
                             "the commands behind it are lost");
    }
    return read.messages;
}

// An agent that stands still is not given more and more to do: clients wait in their ring (7.2).
bool CommandDispatch::is_held_up() const {
    return parts_.sender_queues.commands.waiting() > 0 ||
           parts_.receiver_queues.commands.waiting() > 0;
}

void CommandDispatch::on_message(std::int32_t type, ConstBytes body) {
    Result<protocol::Command> command = protocol::decode_command(type, body);
    if (!command) return on_unintelligible(type, body, command.error());
    std::visit(
        [this](const auto& understood) {
            if (const Result<void> obeyed = obey(understood); !obeyed) {
                parts_.events.failure(understood.header.correlation_id, obeyed.error());
            }
        },
        *command);
}

void CommandDispatch::on_unintelligible(std::int32_t type, ConstBytes body, const Error& fault) {
    const std::optional<protocol::CorrelatedHeader> header = protocol::peek_header(body);
    const bool is_answered =
        type != static_cast<std::int32_t>(protocol::CommandType::terminate_driver);
    if (header && is_answered) {
        parts_.events.failure(header->correlation_id, fault);
    } else {
        parts_.errors.report(fault);
    }
}

Result<void> CommandDispatch::obey(const protocol::AddPublication& command) {
    return publications_.add(command);
}

Result<void> CommandDispatch::obey(const protocol::RemovePublication& command) {
    return publications_.remove(command);
}

Result<void> CommandDispatch::obey(const protocol::AddSubscription& command) {
    return subscriptions_.add(command);
}

Result<void> CommandDispatch::obey(const protocol::RemoveSubscription& command) {
    return subscriptions_.remove(command);
}

Result<void> CommandDispatch::obey(const protocol::RejectImage& command) {
    return rejection_.reject(command);
}

Result<void> CommandDispatch::obey(const protocol::DestinationCommand& command) {
    return destinations_.apply(command);
}

Result<void> CommandDispatch::obey(const protocol::RemoveDestinationById& command) {
    return destinations_.remove_by_id(command);
}

Result<void> CommandDispatch::obey(const protocol::AddCounter& command) {
    return counters_.add(command);
}

Result<void> CommandDispatch::obey(const protocol::AddStaticCounter& command) {
    return counters_.add_static(command);
}

Result<void> CommandDispatch::obey(const protocol::RemoveCounter& command) {
    return counters_.remove(command);
}

Result<void> CommandDispatch::obey(const protocol::ClientKeepalive& command) {
    parts_.clients.keep_alive(command.header.client_id);
    return {};
}

Result<void> CommandDispatch::obey(const protocol::ClientClose& command) {
    parts_.clients.close(command.header.client_id);
    return {};
}

// Never answered, whatever comes of it.
Result<void> CommandDispatch::obey(const protocol::TerminateDriver& command) {
    const bool is_accepted = parts_.hooks.termination_validator
                                 ? parts_.hooks.termination_validator(command.token)
                                 : parts_.settings.termination_validator == "allow";
    if (is_accepted && parts_.hooks.termination_hook) parts_.hooks.termination_hook();
    return {};
}

Result<void> CommandDispatch::obey(const protocol::GetNextAvailableSessionId& command) {
    const std::int32_t next = parts_.session_ids.allocate([&](std::int32_t id) {
        return parts_.publications.is_session_known(command.stream_id, id) ||
               parts_.network_publications.is_session_known(command.stream_id, id);
    });
    parts_.events.send(protocol::NextAvailableSessionId{
        .correlation_id = command.header.correlation_id, .next_session_id = next});
    return {};
}

}  // namespace tern::driver
