#pragma once

/// Sends messages one after another, waiting where the stream cannot take one yet: for a subscriber
/// to come, for back pressure to go. Stops waiting when a signal asks for the end.

#include <cstdint>
#include <span>
#include <string>

#include "tern/cli/command.hpp"
#include "tern/publication.hpp"

namespace tern::cli {

class PacedSender {
  public:
    struct Limits {
        Nanos for_subscriber;  // how long to wait for the first one
        Nanos for_room;        // how long a message may wait once there was one
    };
    /// All of them outlive this. `hint` says how to start a subscriber.
    PacedSender(const Context& context, ExclusivePublication& publication, Limits limits,
                std::string hint);

    /// False where a signal asked for the end. Throws CommandError, tern::Exception.
    bool wait_for_subscriber();
    bool send(std::span<const std::byte> message);
    /// Throws what send() would where the stream has ended, as with its driver: for whoever has
    /// nothing to send at the moment.
    void check_open() const;

    std::uint64_t messages() const { return messages_; }
    std::uint64_t bytes() const { return bytes_; }
    /// How often a message had to wait.
    std::uint64_t back_pressured() const { return back_pressured_; }

  private:
    bool send_late(std::span<const std::byte> message);
    [[noreturn]] void give_up(OfferStatus status) const;

    const Context& context_;
    ExclusivePublication& publication_;
    Limits limits_;
    std::string hint_;
    std::uint64_t messages_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t back_pressured_ = 0;
};

/// When the next of evenly spaced events is due. Falling behind is made up for, not forgotten.
class Schedule {
  public:
    /// Events a second; 0: as fast as can be.
    Schedule(double per_second, Nanos start);

    bool is_paced() const { return period_ > 0; }
    /// When event `number` (from 0) is due; the start where nothing is paced.
    Nanos due(std::uint64_t number) const;

  private:
    double period_;  // ns; 0: not paced
    Nanos start_;
};

/// Waits for a point of the monotonic clock: sleeps where it is far, and looks all the time where
/// it is near. False where a signal asked for the end.
bool wait_until(Nanos when);

/// Nanoseconds of the monotonic clock: comparable between the processes of one machine.
Nanos monotonic_now();

}  // namespace tern::cli
