#include "received_checker.hpp"

#include <optional>

namespace tern::sim {

MessageName ReceivedChecker::on_message(ConstBytes message, Position end) {
    const std::optional<MessageName> name = read_message(message);
    if (!name) fail("bytes that nobody wrote", end);
    if (end <= last_end_) fail("a message behind what was read already", end);
    const Ledger::Entry* entry = ledger_.find(stream_, end);
    if (entry == nullptr && ledger_.resolve(stream_, *name, end))
        entry = ledger_.find(stream_, end);
    if (entry == nullptr) fail("a message that was not published there", end);
    if (entry->name != *name) fail("a message that was published elsewhere", end);
    if (is_reliable_) check_nothing_missing(end);
    last_end_ = end;
    is_first_ = false;
    return *name;
}

// A message of several frames whose first ones lie before the join position is rightly left out.
void ReceivedChecker::check_nothing_missing(Position end) const {
    const Ledger::Entry* before = ledger_.before(stream_, end);
    if (before == nullptr || before->end == last_end_) return;
    if (before->end < last_end_) return;
    if (is_first_ && before->begin < join_position_) return;
    fail("a message is missing, which ends at " + std::to_string(before->end), end);
}

void ReceivedChecker::fail(const std::string& what, Position end) const {
    throw Violation(who_ + ": " + what + ": position " + std::to_string(end) + ", stream " +
                    std::to_string(stream_.stream_id) + ", session " +
                    std::to_string(stream_.session_id) + ", joined at " +
                    std::to_string(join_position_) + ", read up to " + std::to_string(last_end_));
}

}  // namespace tern::sim
