// What a client asks of the driver, and what it makes of the answers (spec control-protocol.md
// 18.7, 18.9, 22).

#include <gtest/gtest.h>

#include "tern/client/testing/fake_driver.hpp"

namespace tern::client {
namespace {

using namespace std::chrono_literals;
using testing::FakeDriver;

TEST(ClientConnect, refuses_at_once_where_there_is_no_driver) {
    FakeDriver driver;
    ClientSettings settings = driver.settings();
    settings.dir = "/nowhere";

    const auto client = Client::connect(settings, driver.environment(), 0s);

    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().code, ErrorCode::driver_timeout);
    EXPECT_NE(client.error().text.find("/nowhere/cnc.dat"), std::string::npos)
        << client.error().text;
}

TEST(ClientConnect, refuses_a_driver_whose_heartbeat_is_too_old) {
    FakeDriver driver;
    driver.clock.advance(10'001ms);

    const auto client = Client::connect(driver.settings(), driver.environment(), 0s);

    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().code, ErrorCode::driver_timeout);
}

TEST(ClientConnect, waits_for_a_driver_where_it_is_told_to) {
    FakeDriver driver;
    driver.clock.advance(1min);
    const Nanos begin = driver.clock.now();
    driver.on_pause = [&] {
        if (driver.clock.now() > begin + 2s) driver.beat();
    };

    EXPECT_TRUE(Client::connect(driver.settings(), driver.environment(), 5s));
    EXPECT_GT(driver.clock.now(), begin + 2s);
}

TEST(ClientConnect, refuses_a_driver_of_another_major_version) {
    FakeDriver driver;
    auto* version = reinterpret_cast<std::int32_t*>(driver.cnc->mapping()->bytes().data());
    *version = semantic_version(1, 0, 0);

    const auto client = Client::connect(driver.settings(), driver.environment(), 5s);

    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(client.error().text.find("CnC version not compatible: app=0.2.0 file=1.0.0"),
              std::string::npos);
}

TEST(ClientConnect, needs_a_keepalive_shorter_than_the_drivers_time_out) {
    FakeDriver driver;
    ClientSettings settings = driver.settings();
    settings.keepalive_interval = 10s;

    const auto client = Client::connect(settings, driver.environment(), 0s);

    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().code, ErrorCode::invalid_argument);
}

TEST(ClientRequests, add_a_publication) {
    FakeDriver driver;
    std::vector<std::string> seen;
    ClientSettings settings = driver.settings();
    settings.on_new_publication = [&](std::string_view channel, std::int32_t stream_id,
                                      std::int32_t session_id, std::int64_t id) {
        seen.push_back(std::string(channel) + " " + std::to_string(stream_id) + " " +
                       std::to_string(session_id) + " " + std::to_string(id));
    };
    auto client = driver.connect(settings);

    const auto request = *client->async_add_publication("aeron:ipc?alias=x", 1001);
    const auto command = driver.command().as<protocol::AddPublication>();
    EXPECT_EQ(command.header.client_id, client->client_id());
    EXPECT_EQ(command.header.correlation_id, request.registration_id());
    EXPECT_EQ(command.channel, "aeron:ipc?alias=x");
    EXPECT_EQ(command.stream_id, 1001);
    EXPECT_FALSE(command.is_exclusive);
    EXPECT_EQ(*request.poll(), nullptr);

    const std::int64_t id = request.registration_id();
    const auto made = driver.make_publication(id, 4096);
    driver.send(driver.ready(id, id, made.limit_id));
    client->do_work();

    const std::shared_ptr<Publication> publication = *request.poll();
    ASSERT_NE(publication, nullptr);
    EXPECT_EQ(publication->registration_id(), id);
    EXPECT_EQ(publication->session_id(), FakeDriver::kSession);
    EXPECT_EQ(publication->channel(), "aeron:ipc?alias=x");
    EXPECT_EQ(publication->position_limit(), 4096);
    EXPECT_EQ(publication->channel_status(), kChannelErrored) << "IPC has no status";
    EXPECT_TRUE(publication->is_connected());
    EXPECT_EQ(publication->max_payload_length(), 1376);
    EXPECT_EQ(publication->max_message_length(), 8192);
    EXPECT_EQ(seen, std::vector<std::string>{"aeron:ipc?alias=x 1001 77 " + std::to_string(id)});
    EXPECT_EQ(publication->offer(bytes_of("hello")).position(), 64);
}

TEST(ClientRequests, add_an_exclusive_publication) {
    FakeDriver driver;
    auto client = driver.connect();

    const auto request = *client->async_add_exclusive_publication("aeron:ipc", 1001);
    EXPECT_TRUE(driver.command().as<protocol::AddPublication>().is_exclusive);
    const std::int64_t id = request.registration_id();
    driver.send(driver.ready(id, id, driver.make_publication(id, 4096, true).limit_id, true));
    client->do_work();

    const std::shared_ptr<ExclusivePublication> publication = *request.poll();
    ASSERT_NE(publication, nullptr);
    EXPECT_EQ(publication->offer(bytes_of("hello")).position(), 64);
    EXPECT_EQ(publication->append_padding(100).position(), 64 + 160);
    EXPECT_EQ(publication->position(), 224);
}

TEST(ClientRequests, fail_with_the_code_and_text_of_the_driver) {
    FakeDriver driver;
    auto client = driver.connect();

    const auto request = *client->async_add_publication("aeron:xyz", 1001);
    driver.send(protocol::CommandError{request.registration_id(), 1, "bad channel"});
    client->do_work();

    const auto answer = request.poll();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::invalid_channel);
    EXPECT_EQ(answer.error().text, "bad channel");
    EXPECT_FALSE(client->is_closed());
}

TEST(ClientRequests, time_out_without_an_answer_and_give_back_what_comes_too_late) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto request = *client->async_add_publication("aeron:ipc", 1001);
    const std::int64_t id = request.registration_id();
    driver.commands();

    for (int i = 0; i < 101; ++i) {
        driver.clock.advance(100ms);
        driver.beat();
        client->do_work();
    }
    const auto answer = request.poll();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::driver_timeout);
    EXPECT_EQ(answer.error().text, "async_add_publication no response from media driver");

    driver.send(driver.ready(id, id, driver.make_publication(id).limit_id));
    client->do_work();
    const auto removal = driver.command().as<protocol::RemovePublication>();
    EXPECT_EQ(removal.registration_id, id);
    EXPECT_FALSE(removal.revoke);
}

TEST(ClientRequests, take_a_publication_back_whose_log_cannot_be_mapped) {
    FakeDriver driver;
    std::vector<Error> errors;
    ClientSettings settings = driver.settings();
    settings.on_error = [&](const Error& error) { errors.push_back(error); };
    auto client = driver.connect(settings);
    const auto request = *client->async_add_publication("aeron:ipc", 1001);
    const std::int64_t id = request.registration_id();
    driver.commands();

    driver.send(driver.ready(id, id, driver.allocate(1, id)));  // there is no log of that name
    client->do_work();

    const auto answer = request.poll();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::generic_error);
    EXPECT_EQ(answer.error().text.rfind("failed to add publication", 0), 0u) << answer.error().text;
    const auto removal = driver.command().as<protocol::RemovePublication>();
    EXPECT_EQ(removal.registration_id, id);
    EXPECT_FALSE(removal.revoke);
    EXPECT_EQ(errors.size(), 1u);
}

TEST(ClientRequests, take_a_publication_back_whose_limit_counter_cannot_be) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto request = *client->async_add_publication("aeron:ipc", 1001);
    const std::int64_t id = request.registration_id();
    driver.make_publication(id);
    driver.commands();

    driver.send(driver.ready(id, id, 1'000'000));
    client->do_work();

    EXPECT_FALSE(request.poll());
    EXPECT_TRUE(driver.command().is<protocol::RemovePublication>());
}

TEST(ClientRequests, share_the_log_of_a_publication_that_was_added_twice) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto first = driver.add_publication(*client);
    const auto request = *client->async_add_publication("aeron:ipc", FakeDriver::kStream);
    driver.send(driver.ready(request.registration_id(), first->registration_id(),
                             first->limit_counter_id()));
    client->do_work();
    driver.commands();

    const auto second = *request.poll();
    ASSERT_NE(second, nullptr);
    EXPECT_EQ(second->original_registration_id(), first->registration_id());
    EXPECT_FALSE(second->is_original());
    EXPECT_EQ(first->offer(bytes_of("a")).position(), 64);
    EXPECT_EQ(second->offer(bytes_of("b")).position(), 128);

    // A destination belongs to the publication itself, not to the add that shares it.
    const auto added = *client->async_add_destination(*second, "aeron:udp?endpoint=localhost:1");
    const auto command = driver.command().as<protocol::DestinationCommand>();
    EXPECT_EQ(command.action, protocol::DestinationAction::add_send);
    EXPECT_EQ(command.registration_id, first->registration_id());
    driver.send(protocol::OperationSuccess{added.registration_id()});
    client->do_work();
    EXPECT_TRUE(*added.poll());

    ASSERT_TRUE(client->async_remove_destination(*second, added.registration_id()));
    const auto removal = driver.command().as<protocol::RemoveDestinationById>();
    EXPECT_EQ(removal.publication_registration_id, first->registration_id());
    EXPECT_EQ(removal.destination_registration_id, added.registration_id());

    second->close();
    EXPECT_EQ(driver.command().as<protocol::RemovePublication>().registration_id,
              request.registration_id());
    EXPECT_EQ(second->offer(bytes_of("c")).status(), OfferStatus::closed);
    EXPECT_TRUE(first->offer(bytes_of("d")).ok());
}

TEST(ClientRequests, add_and_remove_destinations_of_a_subscription) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto subscription = driver.add_subscription(*client);

    ASSERT_TRUE(client->async_add_destination(*subscription, "aeron:ipc"));
    auto command = driver.command().as<protocol::DestinationCommand>();
    EXPECT_EQ(command.action, protocol::DestinationAction::add_receive);
    EXPECT_EQ(command.registration_id, subscription->registration_id());

    const auto removed = *client->async_remove_destination(*subscription, "aeron:ipc");
    command = driver.command().as<protocol::DestinationCommand>();
    EXPECT_EQ(command.action, protocol::DestinationAction::remove_receive);
    driver.send(protocol::CommandError{removed.registration_id(), 2, "unknown subscription"});
    client->do_work();
    const auto answer = removed.poll();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::unknown_subscription);
}

TEST(ClientRequests, add_a_counter_and_remove_it) {
    FakeDriver driver;
    auto client = driver.connect();
    const std::int64_t key = 42;
    const auto request =
        *client->async_add_counter(1003, std::as_bytes(std::span(&key, 1)), "my counter");
    const auto received = driver.command();
    const auto command = received.as<protocol::AddCounter>();
    EXPECT_EQ(command.counter_type_id, 1003);
    EXPECT_EQ(command.label, "my counter");
    EXPECT_EQ(load_plain<std::int64_t>(command.key.data()), 42);

    const std::int32_t id = driver.allocate(1003, request.registration_id(), "my counter");
    driver.send(protocol::CounterReady{request.registration_id(), id});
    client->do_work();

    const std::shared_ptr<ClientCounter> counter = *request.poll();
    ASSERT_NE(counter, nullptr);
    EXPECT_EQ(counter->id(), id);
    EXPECT_EQ(counter->label(), "my counter");
    counter->set(5);
    EXPECT_EQ(counter->add(2), 5);
    EXPECT_EQ(client->counters().value(id), 7);

    bool notified = false;
    EXPECT_TRUE(counter->close([&] { notified = true; }));
    EXPECT_TRUE(notified);
    EXPECT_EQ(driver.command().as<protocol::RemoveCounter>().registration_id,
              request.registration_id());
    counter->set(1);
    EXPECT_EQ(client->counters().value(id), 7) << "the id may be somebody else's by now";
    EXPECT_FALSE(counter->close());
}

TEST(ClientRequests, add_a_static_counter_whose_close_the_driver_does_not_hear_of) {
    FakeDriver driver;
    int announced = 0;
    ClientSettings settings = driver.settings();
    settings.on_available_counter = [&](const CountersReader&, std::int64_t, std::int32_t) {
        ++announced;
    };
    auto client = driver.connect(settings);
    const auto request = *client->async_add_static_counter(1004, {}, "static", 99);
    EXPECT_EQ(driver.command().as<protocol::AddStaticCounter>().registration_id, 99);

    driver.send(protocol::StaticCounter{request.registration_id(), driver.allocate(1004, 99)});
    client->do_work();

    const std::shared_ptr<ClientCounter> counter = *request.poll();
    ASSERT_NE(counter, nullptr);
    EXPECT_EQ(counter->counter_registration_id(), 99);
    EXPECT_TRUE(counter->is_static());
    EXPECT_EQ(announced, 0);
    counter->close();
    EXPECT_TRUE(driver.commands().empty());
}

TEST(ClientRequests, reject_an_image_and_hear_of_it) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto subscription = driver.add_subscription(*client);
    driver.add_image(*client, *subscription, 500, FakeDriver::kSession, 64);

    const auto request = *client->async_reject_image(*subscription->image_at(0), "no thanks");
    const auto received = driver.command();
    const auto command = received.as<protocol::RejectImage>();
    EXPECT_EQ(command.header.client_id, client->client_id());
    EXPECT_EQ(command.header.correlation_id, request.registration_id());
    EXPECT_EQ(command.image_correlation_id, 500);
    EXPECT_EQ(command.position, 64);
    EXPECT_EQ(command.reason, "no thanks");
    driver.send(protocol::OperationSuccess{request.registration_id()});
    client->do_work();
    EXPECT_TRUE(*request.poll());

    EXPECT_FALSE(client->async_reject_image(*subscription->image_at(0), std::string(1024, 'x')));
}

TEST(ClientRequests, ask_for_the_next_session_id_where_the_driver_knows_the_command) {
    FakeDriver driver;
    for (std::int32_t id = 0; id < 43; ++id) driver.allocate(0, id);
    driver.allocate(0, 43, "Control protocol version", {}, 1 << 16);
    auto client = driver.connect();

    const auto request = *client->async_next_session_id(1001);
    EXPECT_EQ(driver.command().as<protocol::GetNextAvailableSessionId>().stream_id, 1001);
    driver.send(protocol::NextAvailableSessionId{request->id(), -12});
    client->do_work();

    ASSERT_EQ(request->status(), Registration::Status::registered);
    EXPECT_EQ(std::get<std::int32_t>(request->outcome()), -12);
}

TEST(ClientRequests, make_up_a_session_id_where_an_older_driver_would_not_know_the_command) {
    FakeDriver driver;  // without counter 43
    auto client = driver.connect();

    const auto request = *client->async_next_session_id(1001);

    EXPECT_EQ(request->status(), Registration::Status::registered);
    EXPECT_TRUE(driver.commands().empty());
}

TEST(ClientRequests, fail_where_the_drivers_ring_is_full) {
    FakeDriver driver;
    std::vector<Error> errors;
    ClientSettings settings = driver.settings();
    settings.on_error = [&](const Error& error) { errors.push_back(error); };
    auto client = driver.connect(settings);
    const auto publication = driver.add_publication(*client);
    while (driver.ring->write(1, {}) == RingResult::ok) {}

    const auto request = *client->async_add_publication("aeron:ipc", 1001);

    const auto answer = request.poll();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::driver_buffer_full);
    EXPECT_EQ(answer.error().text.rfind("failed to send command to the driver: msg_type_id=1", 0),
              0u);
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].code, ErrorCode::driver_buffer_full);
    EXPECT_FALSE(client->is_closed());

    // A close does not fail for that: the driver is told when there is room again.
    bool notified = false;
    EXPECT_TRUE(publication->close([&] { notified = true; }));
    EXPECT_TRUE(notified);
    while (driver.ring->size() > 0) driver.ring->read([](std::int32_t, ConstBytes) {});
    driver.clock.advance(20ms);
    client->do_work();
    EXPECT_EQ(driver.command().as<protocol::RemovePublication>().registration_id,
              publication->registration_id());
}

TEST(ClientRequests, refuse_a_channel_that_no_command_has_room_for) {
    FakeDriver driver;
    auto client = driver.connect();

    const auto request = *client->async_add_publication(std::string(10'000, 'x'), 1001);

    const auto answer = request.poll();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(driver.commands().empty());
}

TEST(ClientRequests, cancel_sends_the_removal_behind_the_add) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto request = *client->async_add_subscription("aeron:ipc", 1001);

    bool removed = false;
    EXPECT_TRUE(client->remove(RequestKind::subscription, request.registration_id(),
                               [&] { removed = true; }));

    EXPECT_TRUE(removed);
    const auto commands = driver.commands();
    ASSERT_EQ(commands.size(), 2u);
    EXPECT_TRUE(commands[0].is<protocol::AddSubscription>());
    EXPECT_EQ(commands[1].as<protocol::RemoveSubscription>().registration_id,
              request.registration_id());
    EXPECT_FALSE(request.poll());
    driver.send(protocol::SubscriptionReady{request.registration_id(), -1});
    client->do_work();
    EXPECT_TRUE(driver.commands().empty()) << "the removal was sent already";
}

TEST(ClientRequests, removing_an_unknown_id_only_notifies) {
    FakeDriver driver;
    auto client = driver.connect();
    int removed = 0;
    EXPECT_TRUE(client->remove(RequestKind::publication, 12345, [&] { ++removed; }));
    EXPECT_EQ(removed, 1);
    EXPECT_TRUE(driver.commands().empty());
}

TEST(ClientRequests, removing_by_id_needs_the_right_kind) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto publication = driver.add_publication(*client);
    client->remove(RequestKind::subscription, publication->registration_id());
    EXPECT_FALSE(publication->is_closed());
    client->remove(RequestKind::publication, publication->registration_id());
    EXPECT_TRUE(publication->is_closed());
    EXPECT_TRUE(driver.command().is<protocol::RemovePublication>());
}

TEST(ClientRequests, revoke_says_so_to_the_driver) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto first = driver.add_exclusive_publication(*client);
    EXPECT_TRUE(first->revoke());
    EXPECT_TRUE(driver.command().as<protocol::RemovePublication>().revoke);
    EXPECT_TRUE(first->is_closed());

    const auto second = driver.add_exclusive_publication(*client);
    second->revoke_on_close();
    second->close();
    EXPECT_TRUE(driver.command().as<protocol::RemovePublication>().revoke);

    const auto third = driver.add_exclusive_publication(*client);
    third->close();
    EXPECT_FALSE(driver.command().as<protocol::RemovePublication>().revoke);
}

TEST(ClientRequests, waiting_drives_the_conductor_and_ends_with_the_answer) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto request = *client->async_add_subscription("aeron:ipc", 1001);
    int pauses = 0;
    driver.on_pause = [&] {
        if (++pauses == 3) driver.send(protocol::SubscriptionReady{request.registration_id(), -1});
    };

    const auto subscription = client->await(request);

    ASSERT_TRUE(subscription);
    EXPECT_EQ((*subscription)->registration_id(), request.registration_id());
}

TEST(ClientRequests, waiting_ends_with_the_driver_time_out) {
    FakeDriver driver;
    auto client = driver.connect();
    driver.on_pause = [&] { driver.beat(); };

    const auto answer = client->await(*client->async_add_subscription("aeron:ipc", 1001));

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::driver_timeout);
}

TEST(ClientRequests, pre_touching_a_log_changes_nothing_in_it) {
    FakeDriver driver;
    ClientSettings settings = driver.settings();
    settings.pre_touch = true;
    auto client = driver.connect(settings);
    const auto request = *client->async_add_publication("aeron:ipc", FakeDriver::kStream);
    const std::int64_t id = request.registration_id();
    const auto made = driver.make_publication(id);
    ASSERT_TRUE(FakeDriver::appender_of(made.log).offer(bytes_of("before"), 4096).ok());
    const auto bytes = made.log.file()->bytes();
    const std::vector<std::byte> before(bytes.begin(), bytes.end());

    driver.send(driver.ready(id, id, made.limit_id));
    client->do_work();

    ASSERT_NE(*request.poll(), nullptr);
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), before.begin()));
}

TEST(DriverTermination, writes_the_token_for_the_driver) {
    FakeDriver driver;
    const auto sent =
        request_driver_termination(driver.files, FakeDriver::kDir, bytes_of("secret"));
    ASSERT_TRUE(sent);
    EXPECT_TRUE(*sent);
    const auto received = driver.command();
    EXPECT_EQ(text_of(received.as<protocol::TerminateDriver>().token), "secret");
}

TEST(DriverTermination, says_what_is_wrong) {
    FakeDriver driver;
    EXPECT_FALSE(request_driver_termination(driver.files, "/nowhere", {}));
    const std::vector<std::byte> token(4097);
    const auto long_token = request_driver_termination(driver.files, FakeDriver::kDir, token);
    ASSERT_FALSE(long_token);
    EXPECT_EQ(long_token.error().text, "Token too long: 4097");
    ASSERT_TRUE(driver.files.create("/short/cnc.dat", 128, Blocks::reserved));
    const auto shorter = request_driver_termination(driver.files, "/short", {});
    ASSERT_TRUE(shorter);
    EXPECT_FALSE(*shorter);
}

}  // namespace
}  // namespace tern::client
