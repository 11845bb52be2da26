/// cnc.dat as a client, an operator's tool or a starting driver finds it, and what lies in its
/// sections. Input: the file.

#include "mapping.hpp"
#include "tern/shm/broadcast.hpp"
#include "tern/shm/cnc_file.hpp"
#include "tern/shm/counters.hpp"
#include "tern/shm/distinct_error_log.hpp"
#include "tern/shm/many_to_one_ring.hpp"

namespace tern::fuzz {
namespace {

void read_sections(const CncFile& cnc) {
    for (const Bytes section : {cnc.to_driver(), cnc.to_clients(), cnc.counters_metadata(),
                                cnc.counters_values(), cnc.error_log()}) {
        touch(section);
    }
    (void)cnc.consumer_heartbeat_ms();
    CountersReader{cnc.counters_metadata(), cnc.counters_values()}.for_each(
        [](const CounterView& view) { touch(std::string_view{view.label}); });
    read_error_log(cnc.error_log(), [](const ErrorObservation& error) { touch(error.text); });
    const auto touch_payload = [](std::int32_t, ConstBytes payload) { touch(payload); };
    BroadcastReceiver receiver{cnc.to_clients()};
    for (int i = 0; i < 8; ++i) receiver.receive(touch_payload);
    ManyToOneRing{cnc.to_driver()}.read(touch_payload);
}

}  // namespace

void run(ConstBytes bytes) {
    const std::shared_ptr<Mapping> file = file_of(bytes.size(), bytes);
    (void)version_text(cnc_version_of(*file));
    (void)look_for_driver(*file, Millis{1'700'000'000'000}, Millis{10'000});
    const auto cnc = CncFile::over(file);
    if (!cnc) {
        TERN_ASSERT(!cnc.error().text.empty());
        return;
    }
    read_sections(*cnc);
}

}  // namespace tern::fuzz
