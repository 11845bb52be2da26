#include "tern/platform/signals.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "tern/platform/testing/in_child.hpp"

namespace tern::platform {
namespace {

TEST(StopSignals, ask_for_the_end_instead_of_ending_the_process) {
    for (const int signal : {SIGINT, SIGTERM}) {
        EXPECT_EQ(in_child([signal] {
                      catch_stop_signals();
                      if (stop_signal() != 0) return 1;
                      std::raise(signal);
                      wait_for_stop();
                      return stop_signal() == signal ? 0 : 2;
                  }),
                  0);
    }
}

TEST(StopSignals, end_the_process_the_second_time) {
    EXPECT_EQ(in_child([] {
                  catch_stop_signals();
                  std::raise(SIGINT);
                  std::raise(SIGTERM);
                  return 0;
              }),
              1000 + SIGTERM);
}

TEST(StopSignals, may_be_replaced_by_a_request_of_another_thread) {
    EXPECT_EQ(in_child([] {
                  catch_stop_signals();
                  std::thread other{[] { request_stop(-1); }};
                  wait_for_stop();
                  other.join();
                  return stop_signal() == -1 ? 0 : 1;
              }),
              0);
}

TEST(StopSignals, make_a_broken_pipe_an_error_of_the_write) {
    EXPECT_EQ(in_child([] {
                  catch_stop_signals();
                  int ends[2];
                  if (::pipe(ends) != 0) return 1;
                  ::close(ends[0]);
                  return ::write(ends[1], "x", 1) == -1 && errno == EPIPE ? 0 : 2;
              }),
              0);
}

}  // namespace
}  // namespace tern::platform
