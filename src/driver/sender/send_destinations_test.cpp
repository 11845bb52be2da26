#include "tern/driver/sender/send_destinations.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tern/base/coverage_mark.hpp"
#include "tern/driver/testing/fake_socket.hpp"

namespace tern::driver {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Nanos kBegin = seconds{10};

SocketAddress at(std::uint8_t host, std::uint16_t port) {
    return {IpAddress::ipv4(10, 0, 0, host), port};
}

/// Takes everything, but for destinations that fail or are full.
class PickySocket final : public UdpSocket {
  public:
    std::map<std::string, SendOutcome> outcomes;  // by address; others take all
    std::vector<std::string> to;

    SendOutcome send(std::span<const ConstBytes>) override { return {}; }
    SendOutcome send_to(const SocketAddress& address,
                        std::span<const ConstBytes> datagrams) override {
        to.push_back(address.text());
        const auto found = outcomes.find(address.text());
        return found == outcomes.end() ? SendOutcome{datagrams.size(), 0} : found->second;
    }
    int receive(ReceiveBatch&) override { return 0; }
    Result<void> connect(const SocketAddress&) override { return {}; }
    SocketAddress local_address() const override { return {}; }
    std::int32_t send_buffer_length() const override { return 0; }
    std::int32_t receive_buffer_length() const override { return 0; }
    std::uint8_t multicast_ttl() const override { return 0; }
};

class SendDestinationsTest : public ::testing::TestWithParam<bool> {
  protected:
    SendResult send(Nanos now = kBegin) {
        socket.to.clear();
        failures.clear();
        const ConstBytes datagrams[] = {bytes, ConstBytes(bytes).first(40)};
        return destinations.send(socket, datagrams, now, [&](const SocketAddress& to, int error) {
            failures.push_back(to.text() + " " + std::to_string(error));
        });
    }
    void add(std::int64_t id, std::uint8_t host, std::uint16_t port, std::string endpoint = "") {
        destinations.add({id, std::move(endpoint), at(host, port)}, kBegin);
    }
    std::set<std::string> reached() { return {socket.to.begin(), socket.to.end()}; }
    std::int64_t count() const { return Counter(word).get(); }
    std::vector<std::string> asked_for(Nanos now) {
        std::vector<std::string> names;
        destinations.for_each_silent(now, [&](const std::string& name, const SocketAddress& is) {
            names.push_back(name + "=" + is.text());
        });
        return names;
    }

    std::byte bytes[64] = {};
    PickySocket socket;
    std::vector<std::string> failures;
    mutable SharedWord<std::int64_t> word{};
    SendDestinations destinations{true, Counter(word)};
};

class DynamicDestinations : public SendDestinationsTest {
  protected:
    DynamicDestinations() { destinations = SendDestinations(false, Counter(word)); }
};
class ManualDestinations : public SendDestinationsTest {};

TEST_F(DynamicDestinations, are_made_by_status_messages_and_known_by_receiver_and_port) {
    EXPECT_EQ(send().accepted, 2U);  // into the void
    EXPECT_TRUE(destinations.on_status_message(at(1, 5000), 7, kBegin));
    destinations.on_status_message(at(2, 5000), 7, kBegin);  // another way of the same
    destinations.on_status_message(at(1, 5001), 7, kBegin);  // another port
    destinations.on_status_message(at(1, 5000), 8, kBegin);  // another receiver
    EXPECT_EQ(count(), 3);
    const SendResult result = send();
    EXPECT_EQ(result.accepted, 2U);
    EXPECT_EQ(result.bytes, 3 * 104);
    EXPECT_EQ(reached(), (std::set<std::string>{"10.0.0.1:5000", "10.0.0.1:5001"}));
}

TEST_F(DynamicDestinations, are_dropped_after_5_s_of_silence_when_something_is_sent) {
    destinations.on_status_message(at(1, 5000), 7, kBegin);
    destinations.on_status_message(at(2, 5000), 8, kBegin);
    destinations.on_status_message(at(2, 5000), 8, kBegin + milliseconds{1});
    send(kBegin + seconds{5});
    EXPECT_EQ(socket.to.size(), 2U);
    send(kBegin + seconds{5} + Nanos{1});
    EXPECT_EQ(socket.to, std::vector<std::string>{"10.0.0.2:5000"});
    EXPECT_EQ(count(), 1);
    destinations.on_status_message(at(1, 5000), 7, kBegin + seconds{6});
    send(kBegin + seconds{6});
    EXPECT_EQ(count(), 1);
    EXPECT_EQ(socket.to, std::vector<std::string>{"10.0.0.1:5000"});
}

TEST_F(DynamicDestinations, have_a_bound_and_no_odd_addresses) {
    CoverageMark::forget_all();
    destinations.on_status_message(at(1, 0), 1, kBegin);
    destinations.on_status_message({IpAddress::ipv4(224, 0, 1, 1), 5000}, 1, kBegin);
    destinations.on_status_message({IpAddress::ipv4(255, 255, 255, 255), 5000}, 1, kBegin);
    EXPECT_EQ(count(), 0);
    for (std::int64_t id = 0; id < 20'000; ++id) {
        EXPECT_EQ(destinations.on_status_message(at(1, 5000), id, kBegin),
                  id < static_cast<std::int64_t>(SendDestinations::kMaxDynamic));
    }
    EXPECT_EQ(count(), static_cast<std::int64_t>(SendDestinations::kMaxDynamic));
    EXPECT_TRUE(CoverageMark::was_reached("destination_table_full"));
    send(kBegin + seconds{6});
    EXPECT_EQ(count(), 0);
    EXPECT_EQ(destinations.registration_id_of(at(1, 5000), 3), -1);
}

TEST_F(ManualDestinations, begin_with_another_one_at_each_send) {
    add(1, 1, 5000);
    add(2, 2, 5000);
    add(3, 3, 5000);
    std::set<std::string> firsts;
    for (int i = 0; i < 3; ++i) {
        send();
        EXPECT_EQ(socket.to.size(), 3U);
        firsts.insert(socket.to[0]);
    }
    EXPECT_EQ(firsts.size(), 3U);
}

TEST_F(ManualDestinations, learn_the_receiver_id_from_the_first_answer_by_address) {
    add(1, 1, 5000);
    add(2, 2, 5000);
    EXPECT_EQ(destinations.registration_id_of(at(2, 5000), 77), 2);
    destinations.on_status_message(at(3, 5000), 70, kBegin);  // of none
    destinations.on_status_message(at(1, 5001), 71, kBegin);
    EXPECT_EQ(count(), 2);
    destinations.on_status_message(at(1, 5000), 71, kBegin);
    EXPECT_EQ(destinations.registration_id_of(at(9, 5000), 71), 1);  // the IP is not compared
    EXPECT_EQ(destinations.registration_id_of(at(1, 5001), 71), -1);
    EXPECT_EQ(destinations.registration_id_of(at(1, 5000), 72), -1);  // another receiver there
    EXPECT_EQ(destinations.registration_id_of(at(2, 5000), 72), 2);
}

TEST_F(ManualDestinations, stay_until_they_are_removed_by_address_or_id) {
    add(1, 1, 5000);
    add(2, 1, 5000);
    add(3, 3, 5000);
    send(kBegin + seconds{60});
    EXPECT_EQ(socket.to.size(), 3U);  // the same address twice
    destinations.remove(at(1, 5000));
    EXPECT_EQ(count(), 2);
    destinations.remove(3);
    destinations.remove(3);
    destinations.remove(at(7, 5000));
    EXPECT_EQ(count(), 1);
    send();
    EXPECT_EQ(socket.to, std::vector<std::string>{"10.0.0.1:5000"});
    EXPECT_NE(destinations.registration_id_of(at(1, 5000), 9), -1);
    destinations.remove(at(1, 5000));
    EXPECT_EQ(destinations.registration_id_of(at(1, 5000), 9), -1);
}

TEST_F(ManualDestinations, wait_for_their_name_and_follow_it) {
    destinations.add({1, "far:5000", std::nullopt}, kBegin);
    destinations.add({2, "near:5000", at(2, 5000)}, kBegin);
    destinations.add({3, "", at(3, 5000)}, kBegin);
    send();
    EXPECT_EQ(reached(), (std::set<std::string>{"10.0.0.2:5000", "10.0.0.3:5000"}));
    EXPECT_TRUE(asked_for(kBegin + seconds{5}).empty());
    destinations.on_status_message(at(2, 5000), 7, kBegin + seconds{1});
    EXPECT_EQ(asked_for(kBegin + seconds{5} + Nanos{1}),
              std::vector<std::string>{"far:5000=0.0.0.0:0"});
    EXPECT_EQ(asked_for(kBegin + seconds{6} + Nanos{1}),
              std::vector<std::string>{"near:5000=10.0.0.2:5000"});
    EXPECT_TRUE(asked_for(kBegin + seconds{7}).empty());

    EXPECT_TRUE(destinations.on_resolved("far:5000", at(8, 5000)));
    EXPECT_FALSE(destinations.on_resolved("far:5000", at(8, 5000)));
    EXPECT_FALSE(destinations.on_resolved("elsewhere:5000", at(9, 5000)));
    EXPECT_TRUE(destinations.on_resolved("near:5000", at(4, 5000)));
    send();
    EXPECT_EQ(reached(),
              (std::set<std::string>{"10.0.0.8:5000", "10.0.0.4:5000", "10.0.0.3:5000"}));
    EXPECT_EQ(destinations.registration_id_of(at(4, 5000), 99), 2);  // its receiver is another
}

TEST_F(ManualDestinations, a_full_buffer_loses_the_datagram_there_only) {
    add(1, 1, 5000);
    add(2, 2, 5000);
    socket.outcomes["10.0.0.1:5000"] = {1, 0};
    const SendResult result = send();
    EXPECT_EQ(result.accepted, 2U);
    EXPECT_EQ(result.system_error, 0);
    EXPECT_EQ(result.bytes, 104 + 64);
}

TEST_F(ManualDestinations, a_hard_error_repeats_the_send_once_but_does_not_stop_the_others) {
    add(1, 1, 5000);
    add(2, 2, 5000);
    socket.outcomes["10.0.0.1:5000"] = {0, 101};
    SendResult result = send();
    EXPECT_EQ(result.accepted, 0U);
    EXPECT_EQ(result.system_error, 101);
    EXPECT_EQ(result.bytes, 104);
    EXPECT_EQ(socket.to.size(), 2U);
    EXPECT_EQ(failures, std::vector<std::string>{"10.0.0.1:5000 101"});
    result = send();
    EXPECT_EQ(result.accepted, 2U);
    EXPECT_EQ(failures.size(), 1U);
    socket.outcomes.clear();
    EXPECT_EQ(send().accepted, 2U);
    socket.outcomes["10.0.0.1:5000"] = {0, 101};
    EXPECT_EQ(send().accepted, 0U);
}

}  // namespace
}  // namespace tern::driver
