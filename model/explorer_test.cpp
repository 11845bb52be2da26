// The explorer itself: does it find what is known to be wrong, and no more?

#include "explorer.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tern/base/shared_word.hpp"

namespace tern::model {
namespace {

struct TwoWords {
    SharedWord<std::int64_t> words[2] = {};
    ConstBytes shared() const { return std::as_bytes(std::span{words}); }
    std::int64_t value(int index) const { return words[index].load_relaxed(); }
};

void add_one_in_two_steps(TwoWords& world) {
    const std::int64_t before = world.words[0].load_acquire();
    world.words[0].store_release(before + 1);
}

std::string expect_two(TwoWords& world) {
    return world.value(0) == 2 ? "" : "count is " + std::to_string(world.value(0));
}

TEST(Explorer, finds_a_lost_update_and_tells_the_steps) {
    Explorer<TwoWords> explorer;
    explorer.add("a", add_one_in_two_steps);
    explorer.add("b", add_one_in_two_steps);
    explorer.at_end(expect_two);
    const Report report = explorer.run();
    EXPECT_EQ(report.violation.substr(0, 11), "count is 1,");
    EXPECT_NE(report.violation.find("a: load at 0"), std::string::npos) << report.violation;
    EXPECT_NE(report.violation.find("b: store at 0"), std::string::npos) << report.violation;
}

TEST(Explorer, is_content_with_an_atomic_update) {
    Explorer<TwoWords> explorer;
    const auto add = [](TwoWords& world) { world.words[0].fetch_add(1); };
    explorer.add("a", add);
    explorer.add("b", add);
    explorer.at_end(expect_two);
    const Report report = explorer.run();
    EXPECT_EQ(report.violation, "");
    EXPECT_EQ(report.states,
              5U);  // start, a, b, a then b, b then a: they have seen different counts
    EXPECT_EQ(report.ends, 2U);
}

TEST(Explorer, counts_every_interleaving_that_a_thread_can_notice) {
    Explorer<TwoWords> explorer;
    // Each thread writes three times where the other does not look: (3 + 1) * (3 + 1) states.
    const auto write = [](int index) {
        return [index](TwoWords& world) {
            for (int i = 1; i <= 3; ++i) { world.words[index].store_release(i); }
        };
    };
    explorer.add("a", write(0));
    explorer.add("b", write(1));
    EXPECT_EQ(explorer.run().states, 16U);
}

TEST(Explorer, takes_threads_for_equal_that_say_they_have_forgotten_what_they_read) {
    Explorer<TwoWords> explorer;
    const auto add = [](TwoWords& world) {
        world.words[0].fetch_add(1);
        summarise(1);
    };
    explorer.add("a", add);
    explorer.add("b", add);
    const Report report = explorer.run();
    EXPECT_EQ(report.states, 4U);
    EXPECT_EQ(report.ends, 1U);
}

TEST(Explorer, lets_a_mortal_thread_die_before_each_of_its_steps) {
    Explorer<TwoWords> explorer;
    explorer.add_mortal("mortal", [](TwoWords& world) {
        world.words[0].store_release(1);
        world.words[1].store_release(1);
        world.words[0].store_release(0);
    });
    std::vector<std::string> ends;
    explorer.at_end([&ends](TwoWords& world) {
        ends.push_back(std::to_string(world.value(0)) + std::to_string(world.value(1)) +
                       (is_dead(0) ? " dead" : ""));
        return std::string{};
    });
    const Report report = explorer.run();
    std::sort(ends.begin(), ends.end());
    EXPECT_EQ(ends, (std::vector<std::string>{"00 dead", "01", "10 dead", "11 dead"}));
    EXPECT_EQ(report.ends_after_a_death, 3U);
}

TEST(Explorer, kills_no_more_threads_than_it_may) {
    Explorer<TwoWords> explorer{{.deaths = 1}};
    explorer.add_mortal("a", add_one_in_two_steps);
    explorer.add_mortal("b", add_one_in_two_steps);
    explorer.at_end([](TwoWords&) {
        return is_dead(0) && is_dead(1) ? std::string{"both died"} : std::string{};
    });
    EXPECT_EQ(explorer.run().violation, "");
}

TEST(Explorer, finds_a_thread_that_waits_for_a_dead_one) {
    const auto explore = [](bool mortal) {
        Explorer<TwoWords> explorer;
        const auto tell = [](TwoWords& world) { world.words[0].store_release(1); };
        if (mortal) {
            explorer.add_mortal("tells", tell);
        } else {
            explorer.add("tells", tell);
        }
        explorer.add("waits", [](TwoWords& world) {
            await([&world] { return world.words[0].load_acquire() == 1; });
        });
        return explorer.run().violation;
    };
    EXPECT_EQ(explore(false), "");
    EXPECT_EQ(explore(true).substr(0, 13), "a thread wait");
}

TEST(Explorer, asks_in_every_state) {
    Explorer<TwoWords> explorer;
    explorer.add("a", [](TwoWords& world) {
        world.words[0].store_release(1);
        world.words[0].store_release(0);
    });
    explorer.always([](const TwoWords& world) {
        return world.value(0) == 1 ? std::string{"it is one"} : std::string{};
    });
    EXPECT_EQ(explorer.run().violation.substr(0, 9), "it is one");
}

TEST(Explorer, says_when_a_model_is_too_large) {
    Explorer<TwoWords> explorer{{.states = 10}};
    explorer.add("a", [](TwoWords& world) {
        for (int i = 0; i < 100; ++i) { world.words[0].store_release(i); }
    });
    EXPECT_EQ(explorer.run().violation.substr(0, 11), "more states");
}

}  // namespace
}  // namespace tern::model
