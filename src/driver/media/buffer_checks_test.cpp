#include "tern/driver/media/buffer_checks.hpp"

#include <gtest/gtest.h>

namespace tern::driver {
namespace {

// As Linux has them out of the box.
constexpr SocketBufferLimits kLinux{.default_send = 212'992,
                                    .default_receive = 212'992,
                                    .max_send = 425'984,
                                    .max_receive = 425'984,
                                    .min_send = 4608,
                                    .min_receive = 2304};

std::vector<std::string> warnings(const Settings& settings) {
    return check_socket_buffers(kLinux, settings).value();
}
std::string fault(const SocketBufferLimits& limits, const Settings& settings) {
    const auto checked = check_socket_buffers(limits, settings);
    if (checked) return "none";
    EXPECT_EQ(checked.error().code, ErrorCode::generic_error);
    return checked.error().text;
}

TEST(BufferChecks, the_defaults_fit) { EXPECT_TRUE(warnings({}).empty()); }

TEST(BufferChecks, warn_of_lengths_that_the_system_does_not_grant) {
    Settings settings;
    settings.socket_send_buffer_length = 2'000'000;
    settings.socket_receive_buffer_length = 4'194'304;
    const auto said = warnings(settings);
    ASSERT_EQ(said.size(), 2U);
    EXPECT_EQ(said[0],
              "WARNING: Could not get desired SO_SNDBUF, adjust OS buffer to match "
              "AERON_SOCKET_SO_SNDBUF: attempted=2000000, actual=425984");
    EXPECT_EQ(said[1],
              "WARNING: Could not get desired SO_RCVBUF, adjust OS buffer to match "
              "AERON_SOCKET_SO_RCVBUF: attempted=4194304, actual=425984");
}

TEST(BufferChecks, refuse_a_datagram_that_the_send_buffer_cannot_hold) {
    Settings settings;
    settings.mtu_length = 65504;
    settings.socket_send_buffer_length = 16'384;  // reported as twice that
    EXPECT_EQ(fault(kLinux, settings),
              "MTU greater than socket SO_SNDBUF, adjust AERON_SOCKET_SO_SNDBUF to match MTU: "
              "mtuLength=65504, SO_SNDBUF=32768");
    settings.socket_send_buffer_length = 32'752;
    EXPECT_EQ(fault(kLinux, settings), "none");
    settings.socket_send_buffer_length = 1024;
    settings.mtu_length = 1408;
    EXPECT_EQ(fault(kLinux, settings), "none");  // less than 4608 is not to be had
}

TEST(BufferChecks, refuse_a_window_that_the_receive_buffer_cannot_hold) {
    Settings settings;
    settings.initial_window_length = 1'000'000;
    EXPECT_EQ(fault(kLinux, settings),
              "Window length greater than socket SO_RCVBUF, increase "
              "AERON_RCV_INITIAL_WINDOW_LENGTH to match window: windowLength=1000000, "
              "SO_RCVBUF=262144");
    settings.initial_window_length = 300'000;
    settings.socket_receive_buffer_length = 0;
    EXPECT_EQ(fault(kLinux, settings),
              "Window length greater than socket SO_RCVBUF, increase "
              "AERON_RCV_INITIAL_WINDOW_LENGTH to match window: windowLength=300000, "
              "SO_RCVBUF=212992");
}

TEST(BufferChecks, say_nothing_of_what_is_not_known) {
    Settings settings;
    settings.initial_window_length = 2'000'000'000;
    settings.socket_receive_buffer_length = 2'000'000'000;
    EXPECT_EQ(fault({}, settings), "none");
}

}  // namespace
}  // namespace tern::driver
