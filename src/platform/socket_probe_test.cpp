#include "tern/platform/socket_probe.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace tern::platform {
namespace {

std::int32_t kernel_setting(const char* name) {
    std::ifstream file(std::string("/proc/sys/net/core/") + name);
    std::int32_t value = 0;
    return file >> value ? value : 0;
}

TEST(SocketProbe, finds_what_the_kernel_is_set_to) {
    const driver::SocketBufferDefaults found = probe_socket_buffers();
    EXPECT_GT(found.send, 0);
    EXPECT_GT(found.receive, 0);
    // Not to be seen in every network namespace.
    if (const std::int32_t send = kernel_setting("wmem_default")) {
        EXPECT_EQ(found.send, send);
    }
    if (const std::int32_t receive = kernel_setting("rmem_default")) {
        EXPECT_EQ(found.receive, receive);
    }
}

}  // namespace
}  // namespace tern::platform
