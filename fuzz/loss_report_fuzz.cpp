/// The loss report of a driver that may be gone, or may have been anything. Input: the report.

#include "target.hpp"
#include "tern/shm/loss_report.hpp"

namespace tern::fuzz {

void run(ConstBytes bytes) {
    const Memory report{bytes.size(), bytes};
    std::size_t entries = 0;
    read_loss_report(report.bytes(), [&entries](const LossObservation& loss) {
        ++entries;
        TERN_ASSERT(loss.observation_count > 0);
        touch(loss.channel);
        touch(loss.source);
    });
    TERN_ASSERT(entries * sizeof(LossReportEntry) <= bytes.size());
}

}  // namespace tern::fuzz
