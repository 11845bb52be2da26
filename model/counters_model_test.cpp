// Counters: the driver allocates, frees and gives the id away again, and dies at any step; a reader
// that copies a counter meanwhile gets all of one allocation, or nothing.

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "explorer.hpp"
#include "tern/shm/counters.hpp"

namespace tern::model {
namespace {

struct SharedBytes {
    alignas(8) std::byte metadata[sizeof(CounterMetadata)] = {};
    alignas(8) std::byte values[sizeof(CounterValue)] = {};
    std::int64_t fault = 0;
    std::int64_t found = 0;
};

struct CountersWorld {
    std::unique_ptr<SharedBytes> bytes = std::make_unique<SharedBytes>();
    CountersManager manager{Bytes{bytes->metadata}, Bytes{bytes->values}, Millis{0}};

    CountersWorld() { allocate(1); }
    ConstBytes shared() const { return std::as_bytes(std::span{bytes.get(), 1}); }

    /// Counter n: everything in it says n.
    void allocate(std::int64_t n) {
        std::array<std::int64_t, 14> key;
        key.fill(n);
        const std::string_view labels[] = {"", "label one", "label number two"};
        const auto id = manager.allocate({.type_id = static_cast<std::int32_t>(n),
                                          .key = std::as_bytes(std::span{key}),
                                          .label = labels[n],
                                          .registration_id = 100 + n,
                                          .owner_id = n,
                                          .reference_id = n,
                                          .value = n},
                                         Millis{1});
        if (!id || *id != 0) { bytes->fault = -1; }
    }
    void find() {
        const std::optional<CounterView> view = manager.find(0);
        if (!view) { return; }
        const std::int64_t n = view->type_id;
        bytes->found = n;
        const bool is_settled = view->registration_id != 0;
        for (std::size_t i = 0; i < kMaxCounterKeyLength; i += 8) {
            if (load_plain<std::int64_t>(view->key.data() + i) != n) { bytes->fault = 100 + n; }
        }
        if (!(view->label == (n == 1 ? "label one" : "label number two"))) {
            bytes->fault = 200 + n;
        }
        if (is_settled && (view->registration_id != 100 + n || view->value != n ||
                           view->owner_id != n || view->reference_id != n)) {
            bytes->fault = 300 + n;
        }
    }
    void find_by_registration(std::int64_t n) {
        const std::int32_t id = manager.find_by_registration(static_cast<std::int32_t>(n), 100 + n);
        if (id == 0) {
            bytes->found = n;
            if (manager.value(0) != n) {  // its value is there when its registration is
                bytes->fault = 400 + n;
            }
        }
    }
    std::string check() const {
        return bytes->fault == 0 ? "" : "a mixed counter: fault " + std::to_string(bytes->fault);
    }
};

Report explore(std::function<void(CountersWorld&)> driver,
               std::function<void(CountersWorld&)> reader, bool (&found)[3]) {
    Explorer<CountersWorld> explorer;
    explorer.add_mortal("driver", std::move(driver));
    explorer.add("reader", std::move(reader));
    explorer.always([](const CountersWorld& world) { return world.check(); });
    explorer.at_end([&found](CountersWorld& world) {
        found[world.bytes->found] = true;
        return std::string{};
    });
    return explorer.run();
}

TEST(CountersModel, a_copy_is_of_one_allocation) {
    bool found[3] = {};
    const Report report = explore(
        [](CountersWorld& world) {
            world.manager.free(0, Millis{1});
            world.allocate(2);
        },
        [](CountersWorld& world) { world.find(); }, found);
    EXPECT_EQ(report.violation, "");
    EXPECT_GT(report.states, 5'000U);
    EXPECT_GT(report.ends_after_a_death, 0U);
    EXPECT_TRUE(found[0] && found[1] && found[2]);  // nothing, the first and the second
}

TEST(CountersModel, a_counter_found_by_its_registration_has_its_value) {
    bool found[3] = {};
    const Report report = explore(
        [](CountersWorld& world) {
            world.manager.free(0, Millis{1});
            world.allocate(2);
        },
        [](CountersWorld& world) { world.find_by_registration(2); }, found);
    EXPECT_EQ(report.violation, "");
    EXPECT_TRUE(found[0] && found[2]);
}

TEST(CountersModel, no_increment_is_lost) {
    Explorer<CountersWorld> explorer;
    const auto add = [](CountersWorld& world) {
        world.manager.counter(0).increment();
        world.manager.counter(0).increment();
    };
    explorer.add("a", add);
    explorer.add("b", add);
    explorer.at_end([](CountersWorld& world) {
        return world.manager.value(0) == 5 ? std::string{} : std::string{"an increment was lost"};
    });
    EXPECT_EQ(explorer.run().violation, "");
}

TEST(CountersModel, a_high_water_mark_never_goes_back) {
    Explorer<CountersWorld> explorer;
    explorer.add("owner", [](CountersWorld& world) {
        for (const std::int64_t proposed : {3, 2, 5, 4}) {
            world.manager.counter(0).propose_max(proposed);
        }
    });
    explorer.add("reader", [](CountersWorld& world) {
        std::int64_t last = 0;
        for (int i = 0; i < 3; ++i) {
            const std::int64_t seen = world.manager.value(0);
            world.bytes->fault = seen < last ? 500 : world.bytes->fault;
            last = seen;
        }
    });
    explorer.always([](const CountersWorld& world) { return world.check(); });
    explorer.at_end([](CountersWorld& world) {
        return world.manager.value(0) == 5 ? std::string{} : std::string{"not the highest"};
    });
    EXPECT_EQ(explorer.run().violation, "");
}

}  // namespace
}  // namespace tern::model
