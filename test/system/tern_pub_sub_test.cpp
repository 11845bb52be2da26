/// tern pub and tern sub, with a driver as a user would start it.

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>

#include "system/tern_process.hpp"

namespace tern::test {
namespace {

class TernPubSub : public TernOnDriver {
  protected:
    /// What a subscriber with these options prints of what a publisher with those sends. Both have
    /// to succeed.
    std::string exchange(std::vector<std::string> sub, std::vector<std::string> pub,
                         const std::string& input = "") {
        sub.insert(sub.begin(), "sub");
        pub.insert(pub.begin(), "pub");
        pub.insert(pub.end(), {"--wait", "60", "--timeout", "60"});
        ChildProcess subscriber{tern_options(here(sub))};
        const Finished published = run_here(pub, input);
        EXPECT_EQ(published.ended, kCleanEnd) << published.errors;
        published_ = published.output;
        EXPECT_EQ(subscriber.wait(), kCleanEnd) << subscriber.errors();
        return subscriber.output();
    }

    std::string published_;  // what the publisher printed
};

TEST_F(TernPubSub, carries_arguments_as_lines) {
    EXPECT_EQ(exchange({"-n", "3"}, {"hello", "world", "two words"}), "hello\nworld\ntwo words\n");
}

TEST_F(TernPubSub, carries_lines_of_standard_input_until_the_publisher_has_gone) {
    EXPECT_EQ(exchange({"--exit-at-end"}, {}, "one\n\nthree"), "one\n\nthree\n");
}

TEST_F(TernPubSub, carries_a_file_by_lines_or_whole) {
    const std::string path = temp_ / "text";
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += std::to_string(i) + "\n";  // many fragments
    std::ofstream{path} << text;
    EXPECT_EQ(exchange({"--exit-at-end"}, {"--file", path}), text);
    EXPECT_EQ(exchange({"-n", "1", "--format", "raw"}, {"--file", path, "--whole"}), text);
    EXPECT_EQ(exchange({"-n", "2"}, {"--file", path, "--count", "2"}), "0\n1\n");
}

TEST_F(TernPubSub, shows_bytes_in_hexadecimal) {
    const std::string shown = exchange({"-n", "1", "--format", "hex"}, {"0123456789abcdef~\x01"});
    EXPECT_TRUE(has(shown,
                    "  00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  "
                    "0123456789abcdef\n"))
        << shown;
    EXPECT_TRUE(has(shown, "  00000010  7e 01 ")) << shown;
    EXPECT_TRUE(has(shown, " ~.\n")) << shown;
    EXPECT_TRUE(has(shown, ", 18 bytes\n")) << shown;
}

TEST_F(TernPubSub, shows_messages_as_json_lines) {
    const std::string shown =
        exchange({"-n", "2", "--json", "--stream", "7"}, {"a \"b\"", "\xff\x01", "--stream", "7"});
    const std::size_t end = shown.find('\n');
    ASSERT_NE(end, shown.npos);
    const auto text = parse_json(shown.substr(0, end));
    EXPECT_EQ(text.at("text"), "a \"b\"");
    EXPECT_EQ(text.at("length"), 5);
    EXPECT_EQ(text.at("stream_id"), 7);
    EXPECT_EQ(text.at("position"), 64);
    const auto bytes = parse_json(shown.substr(end + 1));
    EXPECT_EQ(bytes.at("hex"), "ff01");
    EXPECT_FALSE(bytes.contains("text"));
    EXPECT_EQ(bytes.at("session_id"), text.at("session_id"));
}

TEST_F(TernPubSub, generates_messages_and_counts_them) {
    const std::string counted =
        exchange({"--format", "count", "--exit-at-end"}, {"--size", "1k", "--count", "5000"});
    EXPECT_TRUE(has(counted, "5,000 messages, 5.120 MB in all\n")) << counted;
}

TEST_F(TernPubSub, generated_messages_begin_with_their_number) {
    const std::string shown =
        exchange({"-n", "3", "--format", "hex", "--json"}, {"--size", "10", "--count", "3"});
    for (const std::string number : {"00", "01", "02"}) {
        EXPECT_TRUE(has(shown, "\"hex\":\"" + number + "000000000000000000\"")) << shown;
    }
}

TEST_F(TernPubSub, sends_at_a_rate_and_says_how_it_went) {
    const std::string counted =
        exchange({"--format", "count", "--json", "-n", "100"},
                 {"--size", "100", "--count", "100", "--rate", "200", "--json"});
    const auto total = parse_json(counted.substr(counted.rfind("{")));
    EXPECT_EQ(total.at("messages"), 100);
    EXPECT_EQ(total.at("bytes"), 10'000);
    EXPECT_EQ(total.at("is_total"), true);
    const auto sent = parse_json(published_);
    EXPECT_EQ(sent.at("messages"), 100);
    EXPECT_EQ(sent.at("bytes"), 10'000);
    EXPECT_GE(sent.at("seconds"), 99.0 / 200);  // no message leaves before it is due
}

TEST_F(TernPubSub, says_what_to_do_where_the_other_side_is_missing) {
    const Finished pub = run_here({"pub", "hello", "--wait", "0.01"});
    EXPECT_EQ(pub.ended.exit_code, 1);
    EXPECT_TRUE(has(pub.errors,
                    "nobody subscribes to aeron:ipc stream 1001; start one with: "
                    "tern sub --dir " +
                        directory_))
        << pub.errors;
    const Finished sub = run_here({"sub", "--timeout", "0.01"});
    EXPECT_EQ(sub.ended.exit_code, 1);
    EXPECT_TRUE(has(sub.errors, "send one with: tern pub --dir " + directory_ + " hello"))
        << sub.errors;
}

TEST_F(TernPubSub, a_publisher_gives_up_on_a_subscriber_that_does_not_read) {
    ChildProcess subscriber{tern_options(here({"sub", "--format", "count"}))};
    ChildProcess publisher{
        tern_options(here({"pub", "--size", "64k", "--wait", "60", "--timeout", "2"}))};
    // Both are at work, and then one of them is not any more.
    ASSERT_TRUE(subscriber.read_until(" msgs, ")) << subscriber.errors();
    subscriber.signal(SIGSTOP);
    EXPECT_EQ(publisher.wait().exit_code, 1);
    EXPECT_TRUE(has(publisher.errors(), "does not read")) << publisher.errors();
    EXPECT_TRUE(publisher.errors().starts_with("sent ")) << publisher.errors();
    subscriber.signal(SIGCONT);
}

TEST_F(TernPubSub, refuses_a_message_that_is_too_long_for_the_stream) {
    ChildProcess subscriber{tern_options(here({"sub", "--channel", "aeron:ipc"}))};
    const Finished pub = run_here(
        {"pub", "--size", "16k", "--channel", "aeron:ipc?term-length=64k", "--wait", "60"});
    EXPECT_EQ(pub.ended.exit_code, 1);
    EXPECT_TRUE(has(pub.errors, "a message is longer than 8192 bytes")) << pub.errors;
    EXPECT_TRUE(has(pub.errors, "use longer terms")) << pub.errors;
}

TEST_F(TernPubSub, passes_on_why_the_driver_refuses_a_channel) {
    const Finished mistyped = run_here({"pub", "--channel", "aeron:icp", "x"});
    EXPECT_EQ(mistyped.ended.exit_code, 1);
    EXPECT_TRUE(has(mistyped.errors, "aeron:icp; use for example --channel aeron:ipc"))
        << mistyped.errors;
    const Finished missing = run_here({"pub", "--file", temp_ / "missing"});
    EXPECT_EQ(missing.ended.exit_code, 1);
    EXPECT_TRUE(has(missing.errors, "name a file that can be read")) << missing.errors;
}

TEST_F(TernPubSub, ends_well_at_a_signal) {
    ChildProcess sub{tern_options(here({"sub"}))};
    ASSERT_EQ(run_here({"pub", "hello", "--wait", "60"}).ended, kCleanEnd);
    ASSERT_EQ(sub.read_line(), "hello");  // seen at once, though it is a pipe
    sub.signal(SIGINT);
    EXPECT_EQ(sub.wait(), kCleanEnd) << sub.errors();
}

TEST_F(TernPubSub, says_that_it_was_stopped_while_it_waited_for_the_other_side) {
    for (const std::string command : {"pub", "ping"}) {
        ChildProcess waiting{tern_options(here({command, "--wait", "600"}))};
        // It is connected, and so it catches signals.
        const std::string name = "name=tern " + command;
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        while (!has(run_here({"stat", "--all"}).output, name)) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << waiting.errors();
        }
        waiting.signal(SIGINT);
        EXPECT_EQ(waiting.wait().exit_code, 1);
        EXPECT_TRUE(has(waiting.errors(), "tern " + command + ": stopped before "))
            << waiting.errors();
    }
}

TEST_F(TernPubSub, ends_with_status_3_when_the_driver_goes) {
    ChildProcess sub{tern_options(here({"sub"}))};
    ASSERT_EQ(run_here({"pub", "hello", "--wait", "60"}).ended, kCleanEnd);
    ASSERT_EQ(sub.read_line(), "hello");
    EXPECT_EQ(driver_.stop(SIGTERM), kCleanEnd);
    EXPECT_EQ(sub.wait().exit_code, 3) << sub.errors();
    EXPECT_TRUE(has(sub.errors(), "tern sub: the driver in " + directory_ + " was stopped\n"))
        << sub.errors();
}

TEST_F(TernPubSub, says_how_to_start_the_driver_again_when_it_dies) {
    ChildProcess sub{program_options(TERN_TERN, here({"sub"}), {{"AERON_DRIVER_TIMEOUT", "2000"}})};
    ASSERT_EQ(run_here({"pub", "hello", "--wait", "60"}).ended, kCleanEnd);
    ASSERT_EQ(sub.read_line(), "hello");
    EXPECT_EQ(driver_.stop(SIGKILL).signal, SIGKILL);
    EXPECT_EQ(sub.wait().exit_code, 3) << sub.errors();
    EXPECT_TRUE(has(sub.errors(), "the driver in " + directory_ + " died (no heartbeat: age="))
        << sub.errors();
    EXPECT_TRUE(has(sub.errors(), "start it again with: tern driver --dir " + directory_))
        << sub.errors();
}

TEST_F(TernPubSub, a_publisher_without_input_ends_with_status_3_when_the_driver_goes) {
    ChildProcess sub{tern_options(here({"sub"}))};
    ChildProcess pub{tern_options(here({"pub", "--wait", "60", "--json"}))};
    pub.send_line("hello");
    ASSERT_EQ(sub.read_line(), "hello");
    EXPECT_EQ(driver_.stop(SIGTERM), kCleanEnd);
    EXPECT_EQ(pub.wait().exit_code, 3) << pub.errors();
    EXPECT_NE(pub.errors(), "");
    EXPECT_EQ(parse_json(pub.output()).at("messages"), 1);
}

}  // namespace
}  // namespace tern::test
