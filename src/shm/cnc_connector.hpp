#pragma once

/// How a client finds its driver (spec shared-memory.md 2.7): one non-blocking step after another,
/// until the file is there, initialised, whole, and its driver alive. The caller waits in between
/// as it likes.

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "tern/base/clock.hpp"
#include "tern/base/error.hpp"
#include "tern/shm/cnc_file.hpp"
#include "tern/shm/file_system.hpp"

namespace tern {

class CncConnector {
  public:
    struct Wait {
        Nanos duration;   // worth waiting before the next step
    };
    struct Connected {
        CncFile cnc;
    };
    using Step = std::variant<Wait, Connected, Error>;

    /// `directory` is the Aeron directory; a heartbeat older than `driver_timeout` is a dead
    /// driver's. Steps at or after `deadline` decide; with `deadline` = now the first one does.
    CncConnector(FileSystem& files, std::string directory, Nanos driver_timeout, Nanos deadline);

    Step try_step(Nanos now, Millis epoch_now);

  private:
    Step not_yet(Nanos now, Nanos wait, ErrorCode code, const std::string& text);
    Step open_file(Nanos now);
    Step check_file(Nanos now);
    Step check_heartbeat(Nanos now, Millis epoch_now);
    std::string no_heartbeat() const;

    FileSystem&              files_;
    std::string              file_;
    Nanos                    driver_timeout_;
    Nanos                    deadline_;
    std::shared_ptr<Mapping> mapping_;   // opened, not yet known to be whole
    std::optional<CncFile>   cnc_;       // whole; only the heartbeat is missing
};

}  // namespace tern
