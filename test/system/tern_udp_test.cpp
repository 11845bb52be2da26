/// tern pub, sub, ping, pong and stat over UDP, on loopback.

#include <gtest/gtest.h>

#include <unistd.h>

#include <csignal>

#include "support/wait_until.hpp"
#include "system/tern_process.hpp"

namespace tern::test {
namespace {

constexpr const char* kAnyPort = "aeron:udp?endpoint=127.0.0.1:0";

class TernUdp : public TernOnDriver {
  protected:
    /// With what it has to say on its standard output.
    ChildProcess::Options talking(std::vector<std::string> arguments) const {
        ChildProcess::Options options = tern_options(here(std::move(arguments)));
        options.stderr_to_stdout = true;
        return options;
    }
    /// The channel that a line such as "listening on CHANNEL stream 1001" names.
    static std::string channel_in(ChildProcess& process, const std::string& before) {
        const auto line = process.read_until(before);
        if (!line) {
            ADD_FAILURE() << process.output();
            return "";
        }
        const std::size_t begin = line->find(before) + before.size();
        return line->substr(begin, line->find(" stream ") - begin);
    }
    nlohmann::json streams() const {
        return parse_json(run_here({"stat", "--json"}).output).at("streams");
    }
};

TEST_F(TernUdp, a_subscriber_may_leave_the_port_to_the_driver) {
    ChildProcess sub{talking({"sub", "--channel", kAnyPort, "--exit-at-end"})};
    const std::string channel = channel_in(sub, "listening on ");
    EXPECT_TRUE(channel.starts_with("aeron:udp?endpoint=127.0.0.1:")) << channel;
    EXPECT_FALSE(channel.ends_with(":0"));
    const Finished pub = run_here({"pub", "--channel", channel, "--wait", "60", "hello", "world"});
    EXPECT_EQ(pub.ended, kCleanEnd) << pub.errors;
    EXPECT_EQ(sub.read_line(), "hello");
    EXPECT_EQ(sub.read_line(), "world");
    EXPECT_EQ(sub.wait(), kCleanEnd) << sub.output();
}

TEST_F(TernUdp, carries_a_message_of_many_packets) {
    ChildProcess sub{talking({"sub", "--channel", kAnyPort, "-n", "3", "--format", "count"})};
    const std::string channel = channel_in(sub, "listening on ");
    const Finished pub = run_here({"pub", "--channel", channel, "--wait", "60", "--timeout", "60",
                                   "--size", "1m", "--count", "3"});
    EXPECT_EQ(pub.ended, kCleanEnd) << pub.errors;
    EXPECT_EQ(sub.wait(), kCleanEnd) << sub.output();
    EXPECT_TRUE(has(sub.output(), "3 messages, 3.146 MB in all")) << sub.output();
}

TEST_F(TernUdp, all_members_of_a_group_get_what_is_sent_to_it) {
    const std::string channel =
        "aeron:udp?endpoint=224.20.30.41:" + std::to_string(20'000 + ::getpid() % 10'000) +
        "|interface=127.0.0.1";
    // Two subscriptions of one driver share its socket.
    ChildProcess one{tern_options(here({"sub", "--channel", channel, "-n", "1"}))};
    ChildProcess other{tern_options(here({"sub", "--channel", channel, "-n", "1"}))};
    ASSERT_TRUE(wait_until([&] {
        const auto json = parse_json(run_here({"stat", "--json"}).output);
        return json.at("clients").size() == 2 && json.at("channels").size() == 1;
    }));
    const Finished pub = run_here({"pub", "--channel", channel, "--wait", "60", "to all"});
    EXPECT_EQ(pub.ended, kCleanEnd) << pub.errors;
    EXPECT_EQ(one.read_line(), "to all");
    EXPECT_EQ(other.read_line(), "to all");
}

TEST_F(TernUdp, a_spy_sees_what_this_driver_sends) {
    ChildProcess sub{talking({"sub", "--channel", kAnyPort, "-n", "1"})};
    const std::string channel = channel_in(sub, "listening on ");
    ChildProcess spy{tern_options(here({"sub", "--channel", "aeron-spy:" + channel, "-n", "1"}))};
    ASSERT_TRUE(wait_until([&] {
        return parse_json(run_here({"stat", "--json"}).output).at("clients").size() == 2;
    }));
    ChildProcess pub{tern_options(here({"pub", "--channel", channel, "--wait", "60", "secret"}))};
    EXPECT_EQ(spy.read_line(), "secret");
    EXPECT_EQ(sub.read_line(), "secret");
    EXPECT_EQ(pub.wait(), kCleanEnd) << pub.errors();
}

TEST_F(TernUdp, measures_round_trips) {
    // Not a channel's port, but one that is free now.
    ChildProcess holder{talking({"sub", "--channel", kAnyPort})};
    const std::string answers = channel_in(holder, "listening on ");
    holder.signal(SIGINT);
    EXPECT_EQ(holder.wait(), kCleanEnd);
    ChildProcess pong{talking({"pong", "--channel", kAnyPort, "--pong-channel", answers})};
    const auto line = pong.read_until("answering ");
    ASSERT_TRUE(line) << pong.output();
    const std::string channel = line->substr(10, line->find(" stream ") - 10);
    EXPECT_TRUE(has(*line, "tern ping --dir " + directory_ + " --channel '" + channel +
                               "' --pong-channel '" + answers + "'"))
        << *line;
    const Finished ping =
        run_here({"ping", "--channel", channel, "--pong-channel", answers, "--count", "100",
                  "--warm-up", "10", "--wait", "60", "--timeout", "60", "--json"});
    ASSERT_EQ(ping.ended, kCleanEnd) << ping.errors;
    EXPECT_EQ(parse_json(ping.output).at("round_trip").at("count"), 100);
}

TEST_F(TernUdp, stat_shows_both_ends_and_what_they_wait_for) {
    const std::string channel = "aeron:udp?endpoint=127.0.0.1:9";  // nobody is there
    ChildProcess lonely{tern_options(here({"pub", "--channel", channel, "--wait", "600", "x"}))};
    ASSERT_TRUE(wait_until([&] { return streams().size() == 1; }));
    EXPECT_EQ(streams()[0].at("waits_for"), "connection");
    lonely.signal(SIGINT);
    lonely.wait();

    ChildProcess sub{talking({"sub", "--channel", kAnyPort, "--stream", "7"})};
    ChildProcess pub{
        tern_options(here({"pub", "--channel", channel_in(sub, "listening on "), "--stream", "7",
                           "--wait", "60", "--size", "100", "--rate", "100"}))};
    nlohmann::json stream;
    EXPECT_TRUE(wait_until([&] {
        for (const auto& one : streams()) {
            if (one.at("stream_id") == 7 && one.at("subscribers").size() == 1) stream = one;
        }
        return !stream.is_null() && !stream.at("publication").is_null() &&
               stream.at("images").size() == 1;
    })) << stream;
    EXPECT_TRUE(stream.at("publication").contains("sender_position")) << stream;
}

TEST_F(TernUdp, says_what_is_wrong_with_a_channel) {
    struct Case {
        std::vector<std::string> arguments;
        std::string answer;
    };
    const std::vector<Case> cases{
        {{"sub", "--channel", "aeron:udp?endpoint=127.0.0.1"}, "127.0.0.1"},
        {{"sub", "--channel", "aeron:udp?endpoint=no-such-host.invalid:7"}, "no-such-host.invalid"},
        {{"sub", "--channel", "aeron:udp"}, "aeron:udp"},
        {{"pub", "--channel", "aeron:udp?endpoint=127.0.0.1:0", "x"}, "127.0.0.1:0"},
        {{"pub", "--channel", "aeron-spy:aeron:udp?endpoint=127.0.0.1:7", "x"}, "spy"},
    };
    for (const Case& c : cases) {
        const Finished finished = run_here(c.arguments);
        EXPECT_EQ(finished.ended.exit_code, 1) << c.answer << finished.output;
        EXPECT_TRUE(has(finished.errors, c.answer)) << finished.errors;
    }
}

}  // namespace
}  // namespace tern::test
