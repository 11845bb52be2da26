/// The outcome of all examples of channel-uri.md, section 21. `FreshDriver` applies this layer's
/// functions in the order in which a driver does; whoever writes a driver can read it off here.

#include <gtest/gtest.h>

#include <deque>

#include "tern/uri/channel_examples_for_test.hpp"
#include "tern/uri/endpoint_sharing.hpp"
#include "tern/uri/fake_network_for_test.hpp"
#include "tern/uri/flow_control_params.hpp"
#include "tern/uri/response_channels.hpp"

namespace tern::uri {
namespace {

constexpr std::int32_t kStreamId = 1001;

class FreshDriver {
  public:
    Result<void> apply(const Step& step) {
        switch (step.kind) {
            case kPublication: return add_publication(step.channel, false);
            case kExclusive: return add_publication(step.channel, true);
            case kSubscription: return add_subscription(step.channel);
            case kSendDestination: return add_send_destination(step.channel);
            case kReceiveDestination: return add_receive_destination(step.channel);
        }
        return {};
    }

  private:
    struct Publication {
        ChannelUri                uri;
        std::optional<UdpChannel> endpoint;   // none for IPC
        PublicationParams         params;
        bool                      is_exclusive;
    };
    struct Subscription {
        ChannelUri                uri;
        std::optional<UdpChannel> endpoint;   // none for IPC and spies
        SubscriptionParams        params;
    };

    Result<void> add_publication(const std::string& text, bool is_exclusive) {
        Result<ChannelUri> uri = parse_publication_channel(text);
        if (!uri) return std::move(uri).error();
        std::optional<UdpChannel> channel;
        if (!uri->is_ipc()) {
            Result<UdpChannel> resolved = UdpChannel::resolve(*uri, network_, suffixes_);
            if (!resolved) return std::move(resolved).error();
            channel = *std::move(resolved);
        }
        Result<PublicationParams> params = PublicationParams::parse(
            *uri, PublicationDefaults{}, [](std::int64_t) { return std::nullopt; });
        if (!params) return std::move(params).error();
        if (channel) {
            Result<void> checked = check_network_publication(*channel, *params);
            if (!checked) return checked;
        }
        Publication requested{*uri, std::move(channel), *params, is_exclusive};
        if (Publication* existing = find_shared(requested)) {
            return check_can_join(about(*existing), *params);
        }
        return create(std::move(requested));
    }

    Result<void> check_network_publication(UdpChannel& channel, const PublicationParams& params) {
        auto checked = check_publication_addresses(channel);
        if (checked) checked = check_response_publication(params);
        if (!checked) return checked;
        const std::int64_t id = params.response_correlation_id;
        if (params.is_response && id >= 0) return response_image_not_found(id);
        if (!params.is_response && id >= 0) return response_subscription_not_found(id);
        Result<bool> shared = join_send_endpoint(channel);
        if (!shared) return std::move(shared).error();
        if (!*shared) checked = check_can_be_first_of_tag(channel);
        if (checked) checked = check_authenticated_transport(channel);
        if (checked) {
            checked = check_mtu_fits_send_buffer(
                params.mtu_length,
                {.channel = channel.socket.send_buffer, .os_default = 212'992});
        }
        return checked;
    }

    /// True where `channel` shares an endpoint, whose channel it then becomes.
    Result<bool> join_send_endpoint(UdpChannel& channel) {
        for (const Publication& publication : publications_) {
            if (!publication.endpoint) continue;
            const UdpChannel& old = *publication.endpoint;
            Result<bool> tagged = matches_by_tag(channel, {old, old.remote_data, old.local});
            if (!tagged) return tagged;
            if (!*tagged && !matches_by_canonical_form(channel, old)) continue;
            auto allowed = check_can_share_send_endpoint(channel, old, SocketDefaults{});
            if (!allowed) return std::move(allowed).error();
            channel = old;
            return true;
        }
        return false;
    }

    bool is_on_same_endpoint(const Publication& a, const Publication& b) {
        if (!a.endpoint || !b.endpoint) return !a.endpoint && !b.endpoint;
        return a.endpoint->canonical_form == b.endpoint->canonical_form;
    }

    Publication* find_shared(const Publication& requested) {
        for (Publication& existing : publications_) {
            if (!requested.is_exclusive && !existing.is_exclusive &&
                is_on_same_endpoint(existing, requested)) {
                return &existing;
            }
        }
        return nullptr;
    }

    static ExistingPublication about(const Publication& publication) {
        return {.session_id = publication.params.session_id.value_or(0),
                .mtu_length = publication.params.mtu_length,
                .term_length = publication.params.term_length,
                .start = publication.params.start.value_or(StartPosition{})};
    }

    Result<void> create(Publication requested) {
        for (const Publication& existing : publications_) {
            if (requested.params.session_id && is_on_same_endpoint(existing, requested) &&
                existing.params.session_id == requested.params.session_id) {
                return session_clash(*requested.params.session_id, kStreamId, requested.uri);
            }
        }
        if (requested.endpoint && requested.endpoint->has_group_semantics()) {
            auto flow_control = FlowControlParams::parse(requested.uri);
            if (!flow_control) return std::move(flow_control).error();
        }
        publications_.push_back(std::move(requested));
        return {};
    }

    Result<void> add_subscription(const std::string& text) {
        Result<ChannelUri> uri = parse_subscription_channel(text);
        if (!uri) return std::move(uri).error();
        std::optional<UdpChannel> channel;
        if (!uri->is_ipc()) {
            Result<UdpChannel> resolved = UdpChannel::resolve(*uri, network_, suffixes_);
            if (!resolved) return std::move(resolved).error();
            channel = *std::move(resolved);
        }
        Result<SubscriptionParams> params =
            SubscriptionParams::parse(*uri, SubscriptionDefaults{});
        if (!params) return std::move(params).error();
        if (uri->is_ipc() || uri->is_spy()) channel.reset();
        if (channel) {
            auto checked = check_network_subscription(*uri, *channel, *params);
            if (!checked) return checked;
        }
        subscriptions_.push_back({*uri, std::move(channel), *params});
        return {};
    }

    Result<void> check_network_subscription(const ChannelUri& uri, const UdpChannel& channel,
                                            const SubscriptionParams& params) {
        const SocketDefaults defaults{.receive_buffer = 128 * 1024};
        auto checked = check_subscription_addresses(channel);
        if (checked) checked = check_authenticated_transport(channel);
        for (const Subscription& old : subscriptions_) {
            if (!old.endpoint || !matches_by_canonical_form(channel, *old.endpoint)) continue;
            if (checked) checked = check_same_receive_timestamps(channel, *old.endpoint);
            if (checked) checked = check_subscriptions_agree(params, uri, old.params, old.uri);
            if (checked) {
                checked = check_can_share_receive_sockets(channel, *old.endpoint, defaults);
            }
        }
        if (!checked) return checked;
        return check_window_fits_receive_buffer(params.receiver_window_length,
                                                {.channel = channel.socket.receive_buffer,
                                                 .context = defaults.receive_buffer},
                                                channel, nullptr);
    }

    Result<void> add_send_destination(const std::string& text) {
        if (publications_.empty()) {
            auto added = add_publication("aeron:udp?control-mode=manual", false);
            if (!added) return added;
        }
        auto checked = check_takes_send_destinations(publications_.back().uri, 5);
        if (!checked) return checked;
        Result<ChannelUri> destination = parse_send_destination(text);
        if (!destination) return std::move(destination).error();
        return {};
    }

    Result<void> add_receive_destination(const std::string& text) {
        if (subscriptions_.empty()) {
            auto added = add_subscription("aeron:udp?control-mode=manual");
            if (!added) return added;
        }
        auto checked = check_takes_receive_destinations(subscriptions_.back().uri);
        if (!checked) return checked;
        Result<ChannelUri> destination = parse_receive_destination(text);
        if (!destination) return std::move(destination).error();
        if (destination->is_ipc()) return {};
        auto resolved = UdpChannel::resolve_destination(*destination, network_);
        if (!resolved) return std::move(resolved).error();
        return {};
    }

    FakeNetwork              network_;
    WildcardSuffixes         suffixes_;
    std::deque<Publication>  publications_;
    std::deque<Subscription> subscriptions_;
};

void expect_outcome(const Example& example) {
    SCOPED_TRACE("example " + std::to_string(example.number));
    FreshDriver driver;
    for (std::size_t i = 0; i + 1 < example.steps.size(); ++i) {
        const Result<void> before = driver.apply(example.steps[i]);
        ASSERT_TRUE(before) << before.error().text;
    }
    const Result<void> outcome = driver.apply(example.steps.back());
    if (example.code == 0) {
        ASSERT_TRUE(outcome) << outcome.error().text;
        return;
    }
    ASSERT_FALSE(outcome);
    EXPECT_EQ(static_cast<int>(outcome.error().code), example.code) << outcome.error().text;
    EXPECT_NE(outcome.error().text.find(example.text), std::string::npos)
        << outcome.error().text << "\nshould contain\n" << example.text;
}

TEST(ChannelExamples, 1_to_24_scheme_and_syntax) {
    ASSERT_EQ(examples_21_1().size(), 24u);
    for (const Example& example : examples_21_1()) expect_outcome(example);
}

TEST(ChannelExamples, 25_to_58_values) {
    ASSERT_EQ(examples_21_2().size(), 34u);
    for (const Example& example : examples_21_2()) expect_outcome(example);
}

TEST(ChannelExamples, 59_to_69_position_and_session) {
    ASSERT_EQ(examples_21_3().size(), 11u);
    for (const Example& example : examples_21_3()) expect_outcome(example);
}

TEST(ChannelExamples, 70_to_97_endpoint_control_modes) {
    ASSERT_EQ(examples_21_4().size(), 28u);
    for (const Example& example : examples_21_4()) expect_outcome(example);
}

TEST(ChannelExamples, 98_to_109_tags) {
    ASSERT_EQ(examples_21_5().size(), 12u);
    for (const Example& example : examples_21_5()) expect_outcome(example);
}

TEST(ChannelExamples, 110_to_136_spies_subscriptions_destinations) {
    ASSERT_EQ(examples_21_6().size(), 27u);
    for (const Example& example : examples_21_6()) expect_outcome(example);
}

TEST(ChannelExamples, 137_to_147_flow_control_and_response) {
    ASSERT_EQ(examples_21_7().size(), 11u);
    for (const Example& example : examples_21_7()) expect_outcome(example);
}

TEST(ChannelExamples, 148_to_160_since_1_54) {
    ASSERT_EQ(examples_21_8().size(), 14u);
    for (const Example& example : examples_21_8()) expect_outcome(example);
}

}  // namespace
}  // namespace tern::uri
