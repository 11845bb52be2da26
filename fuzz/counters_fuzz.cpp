/// Counters that any client can write to, as readers and as the driver's own manager see them.
///
/// Input: what the manager does (8 bytes), how many values there are (1 byte), value records,
/// metadata records.

#include "target.hpp"
#include "tern/shm/counters.hpp"

namespace tern::fuzz {
namespace {

constexpr std::size_t kMost = 6;

void read_everything(const CountersReader& counters) {
    counters.for_each([&](const CounterView& view) {
        TERN_ASSERT(view.id >= 0 && view.id <= counters.max_id());
        touch(std::string_view{view.label});
    });
    for (std::int32_t id : {-1, 0, 1, counters.max_id(), counters.max_id() + 1, INT32_MAX}) {
        (void)counters.find(id);
        touch(counters.label(id));
        (void)counters.value(id);
        (void)counters.type_id(id);
        (void)counters.free_for_reuse_deadline_ms(id);
        if (Counter counter = counters.counter(id); counter.valid()) (void)counter.get();
    }
    (void)counters.find_by_registration(1, 2);
    counters.append_to_label(0, " and more");
    counters.append_to_label(counters.max_id() + 1, " and more");
}

}  // namespace

void run(ConstBytes bytes) {
    Input input{bytes};
    Input steps{input.take_bytes(8)};
    const std::size_t count = input.below(kMost + 1);
    const ConstBytes values = input.take_bytes(count * sizeof(CounterValue));
    const Memory value_memory{count * sizeof(CounterValue), values};
    const Memory metadata_memory{input.rest().size(), input.rest()};

    read_everything(CountersReader{metadata_memory.bytes(), value_memory.bytes()});
    CountersManager manager{metadata_memory.bytes(), value_memory.bytes(), Millis{1}};
    for (std::int64_t now = 0; !steps.is_empty(); ++now) {
        const auto step = steps.take<std::uint8_t>();
        if (step % 2 == 0) {
            const auto id = manager.allocate(
                {.type_id = step, .key = bytes, .label = text_of(bytes)}, Millis{now});
            if (id) manager.set_reference_id(*id, now);
        } else {
            manager.free(step / 2 - 1, Millis{now});
        }
    }
    read_everything(manager);
}

}  // namespace tern::fuzz
