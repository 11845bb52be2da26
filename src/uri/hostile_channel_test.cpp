/// Channels that nobody meant: mutated and random texts against everything that reads them. What is
/// accepted has to hold what its types promise.

#include <gtest/gtest.h>

#include <random>

#include "tern/base/bytes.hpp"
#include "tern/uri/channel_examples_for_test.hpp"
#include "tern/uri/channel_uri_builder.hpp"
#include "tern/uri/fake_network_for_test.hpp"
#include "tern/uri/flow_control_params.hpp"
#include "tern/uri/subscription_params.hpp"
#include "tern/uri/udp_channel.hpp"
#include "tern/uri/uri_keys.hpp"
#include "tern/uri/uri_limits.hpp"

namespace tern::uri {
namespace {

std::vector<std::string> seeds() {
    std::vector<std::string> texts;
    for (const auto* examples :
         {&examples_21_1(), &examples_21_2(), &examples_21_3(), &examples_21_4(),
          &examples_21_5(), &examples_21_6(), &examples_21_7(), &examples_21_8()}) {
        for (const Example& example : *examples) {
            for (const Step& step : example.steps) {
                if (step.channel.size() < 500) texts.push_back(step.channel);
            }
        }
    }
    return texts;
}

class Mutator {
  public:
    explicit Mutator(std::uint32_t seed) : random_(seed), seeds_(seeds()) {}

    std::string next() {
        std::string text = seeds_[below(seeds_.size())];
        for (std::size_t changes = below(6); changes > 0; --changes) change(text);
        return text;
    }

  private:
    std::size_t below(std::size_t n) { return random_() % n; }

    void change(std::string& text) {
        static constexpr std::string_view kTelling = "=|?:,/[]{}%-+0x9kKmMgGst \t\n";
        static constexpr std::string_view kNumbers[] = {
            "-1", "0", "2147483648", "9223372036854775807", "9223372036854775808g", "0x7f", "017",
            "-9223372036854775808", "65536", "tag:3", "prototype", "reserved"};
        const std::size_t at = below(text.size() + 1);
        switch (below(6)) {
            case 0: text.insert(at, 1, static_cast<char>(random_())); break;
            case 1: text.insert(at, 1, kTelling[below(kTelling.size())]); break;
            case 2: text.insert(at, kNumbers[below(std::size(kNumbers))]); break;
            case 3: text.erase(at, below(8)); break;
            case 4: text.append("|").append(parameter()); break;
            default: text = text.substr(0, at) + seeds_[below(seeds_.size())]; break;
        }
    }

    std::string parameter() {
        const std::string& other = seeds_[below(seeds_.size())];
        const std::size_t from = other.find_first_of("?|");
        return from == std::string::npos ? other : other.substr(from + 1);
    }

    std::mt19937             random_;
    std::vector<std::string> seeds_;
};

void expect_sound(const PublicationParams& params) {
    EXPECT_EQ(mtu_fault(params.mtu_length), std::nullopt);
    EXPECT_EQ(term_length_fault(params.term_length), std::nullopt);
    EXPECT_GT(params.window_length, 0);
    EXPECT_LE(params.window_length, params.term_length / 2);
    EXPECT_TRUE(params.max_resend >= 1 && params.max_resend <= kMaxResendLimit);
    EXPECT_GE(params.linger_timeout, Nanos::zero());
    EXPECT_GE(params.untethered.linger, Nanos::zero());
    EXPECT_GE(params.response_correlation_id, kPrototypeResponse);
    EXPECT_NE(params.entity_tag, kNoTag);
    if (!params.start) return;
    EXPECT_TRUE(params.start->term_offset >= 0 && params.start->term_offset % 32 == 0);
    EXPECT_GE(position_of(*params.start, params.term_length), 0);
}

void expect_sound(const SubscriptionParams& params) {
    EXPECT_GE(params.receiver_window_length, 0);
    EXPECT_GE(params.untethered.window_limit, Nanos::zero());
    EXPECT_GE(params.nak_delay.value_or(Nanos::zero()), Nanos::zero());
}

void expect_sound(const UdpChannel& channel) {
    EXPECT_TRUE(channel.canonical_form.starts_with("UDP-"));
    EXPECT_EQ(channel.is_multicast, channel.remote_data.ip.is_multicast());
    EXPECT_GE(channel.socket.send_buffer, 0);
    EXPECT_GE(channel.socket.receive_buffer, 0);
    EXPECT_LE(channel.socket.traffic_class.value_or(0), 255);
    EXPECT_NE(channel.tag, kNoTag);
}

/// A channel that is parsed, and put together again, means what it meant.
void expect_survives_the_builder(const ChannelUri& channel) {
    const auto text = ChannelUriBuilder::from(channel).build();
    if (!text) return;   // what no client should send, such as half of a start position
    const auto again = ChannelUri::parse(*text);
    ASSERT_TRUE(again) << *text;
    EXPECT_EQ(again->is_spy(), channel.is_spy());
    EXPECT_EQ(again->media(), channel.media());
    for (const auto& parameter : channel.parameters()) {
        EXPECT_EQ(again->get(parameter.key), channel.get(parameter.key));
    }
}

/// How many texts got through to each reader, so that a mutator which only makes rubbish shows.
struct Reached {
    int publications = 0;
    int subscriptions = 0;
    int udp_channels = 0;
};

void read_everything(const std::string& text, Reached& reached) {
    FakeNetwork      network;
    WildcardSuffixes suffixes;
    const std::vector<char> exact(text.begin(), text.end());   // no terminator behind it
    const std::string_view  view{exact.data(), exact.size()};
    (void)parse_send_destination(view);
    (void)parse_receive_destination(view);
    const Result<ChannelUri> channel = ChannelUri::parse(view);
    if (!channel) {
        EXPECT_FALSE(channel.error().text.empty());
        return;
    }
    expect_survives_the_builder(*channel);
    (void)FlowControlParams::parse(*channel);
    const auto publication = PublicationParams::parse(
        *channel, {}, [](std::int64_t) { return TaggedPublication{1, 1408, 65536}; });
    if (publication) expect_sound(*publication), ++reached.publications;
    const auto subscription = SubscriptionParams::parse(*channel, {});
    if (subscription) expect_sound(*subscription), ++reached.subscriptions;
    const auto udp = UdpChannel::resolve(*channel, network, suffixes);
    if (udp) expect_sound(*udp), ++reached.udp_channels;
}

class HostileChannel : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(HostileChannel, is_refused_or_sound) {
    Mutator mutator{GetParam()};
    Reached reached;
    for (int round = 0; round < 10'000; ++round) {
        const std::string text = mutator.next();
        read_everything(text, reached);
        if (HasFailure()) FAIL() << "seed " << GetParam() << " round " << round << ": " << text;
    }
    EXPECT_GT(reached.publications, 500);
    EXPECT_GT(reached.subscriptions, 500);
    EXPECT_GT(reached.udp_channels, 500);
}

INSTANTIATE_TEST_SUITE_P(Seeds, HostileChannel, ::testing::Range(1u, 7u));

TEST(RandomChannel, of_any_bytes_is_refused_or_sound) {
    std::mt19937 random{7};
    Reached reached;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = round % 2 == 0 ? "aeron:udp?" : "";
        for (std::size_t length = random() % 200; length > 0; --length) {
            text += static_cast<char>(random());
        }
        read_everything(text, reached);
        ASSERT_FALSE(::testing::Test::HasFailure()) << "round " << round;
    }
}

}  // namespace
}  // namespace tern::uri
