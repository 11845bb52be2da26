#include "tern/platform/thread.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

#include <chrono>
#include <csignal>
#include <future>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "tern/platform/system_clock.hpp"
#include "tern/platform/thread_executor.hpp"

namespace tern::platform {
namespace {

constexpr std::chrono::seconds kLongEnough{60};

std::string name_of_current_thread() {
    char name[16] = {};
    pthread_getname_np(pthread_self(), name, sizeof name);
    return name;
}

/// Waits on a future that some thread must fill; a broken one fails the test instead of hanging it.
template <typename T>
T expect_value(std::future<T>& future) {
    if (future.wait_for(kLongEnough) != std::future_status::ready) {
        ADD_FAILURE() << "nothing came";
        return T{};
    }
    return future.get();
}

class CountingAgent final : public Agent {
  public:
    int do_work(Nanos) override {
        const int cycle = ++cycles;
        if (cycle == 1 && throws) throw std::runtime_error("no memory");
        if (cycle == 3) third_cycle.set_value(name_of_current_thread());
        return cycle % 2;
    }
    Nanos next_deadline() const override { return kNever; }
    std::string_view role_name() const override { return "[conductor, sender, receiver]"; }
    void on_close() override { closed_by = std::this_thread::get_id(); }

    std::atomic<int> cycles{0};
    bool throws = false;
    std::promise<std::string> third_cycle;
    std::thread::id closed_by;
};

TEST(AgentThread, runs_an_agent_under_its_name_until_it_is_stopped) {
    SystemClock clock;
    CountingAgent agent;
    std::string started_role;
    AgentThread thread{
        agent, clock, {.on_start = [&](std::string_view role) { started_role = role; }}};
    ASSERT_TRUE(thread.start());
    auto third = agent.third_cycle.get_future();
    EXPECT_EQ(expect_value(third), "[conductor, sen");  // what fits into 15 bytes
    thread.stop();
    EXPECT_EQ(started_role, agent.role_name());
    EXPECT_NE(agent.closed_by, std::thread::id{});
    EXPECT_NE(agent.closed_by, std::this_thread::get_id());
    const int cycles = agent.cycles;
    thread.stop();  // idempotent
    EXPECT_EQ(agent.cycles, cycles);
}

TEST(AgentThread, reports_an_exception_of_a_duty_cycle_and_goes_on) {
    SystemClock clock;
    CountingAgent agent;
    agent.throws = true;
    std::string reported;
    AgentThread thread{
        agent, clock, {.on_error = [&](const Error& error) { reported = error.text; }}};
    ASSERT_TRUE(thread.start());
    auto third = agent.third_cycle.get_future();
    expect_value(third);
    thread.stop();
    EXPECT_NE(reported.find("no memory"), std::string::npos) << reported;
}

int first_allowed_cpu() {
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) return cpu;
    }
    return -1;
}

TEST(AgentThread, is_bound_to_its_processor) {
    SystemClock clock;
    CountingAgent agent;
    const int cpu = first_allowed_cpu();
    std::promise<int> counted;
    AgentThread::Options options{.cpu = cpu, .on_start = [&](std::string_view) {
                                     cpu_set_t set;
                                     CPU_ZERO(&set);
                                     sched_getaffinity(0, sizeof set, &set);
                                     counted.set_value(CPU_COUNT(&set) * 1000 + sched_getcpu());
                                 }};
    AgentThread thread{agent, clock, std::move(options)};
    ASSERT_TRUE(thread.start());
    auto count = counted.get_future();
    EXPECT_EQ(expect_value(count), 1000 + cpu);
    thread.stop();
}

TEST(AgentThread, goes_on_unbound_where_there_is_no_such_processor) {
    SystemClock clock;
    CountingAgent agent;
    std::string reported;
    AgentThread thread{agent, clock, {.cpu = CPU_SETSIZE - 1, .on_error = [&](const Error& error) {
                                          reported = error.text;
                                      }}};
    ASSERT_TRUE(thread.start());
    auto third = agent.third_cycle.get_future();
    expect_value(third);
    thread.stop();
    EXPECT_EQ(reported.find("failed to set thread affinity name=[conductor, sender, receiver], "
                            "cpu_affinity_no=1023"),
              0u)
        << reported;
    EXPECT_NE(reported.find("\nWARNING: unable to apply affinity"), std::string::npos);
}

/// Polls as a conductor would, until that many completions have come.
int poll_until(Executor& executor, int count) {
    const auto deadline = std::chrono::steady_clock::now() + kLongEnough;
    int polled = 0;
    while (polled < count && std::chrono::steady_clock::now() < deadline) {
        polled += executor.poll(2);
        std::this_thread::yield();
    }
    return polled;
}

TEST(Threads, take_no_signals_of_the_process_but_those_of_a_fault) {
    const auto mask_now = [] {
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        return mask;
    };
    sigset_t there;
    start_thread([&] { there = mask_now(); }).join();
    for (const int signal : {SIGINT, SIGTERM, SIGALRM, SIGUSR1, SIGCHLD})
        EXPECT_EQ(sigismember(&there, signal), 1) << signal;
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL})
        EXPECT_EQ(sigismember(&there, fault), 0) << fault;
    const sigset_t here = mask_now();
    EXPECT_EQ(sigismember(&here, SIGTERM), 0) << "the creator is left as it was";
}

TEST(ThreadExecutor, runs_tasks_elsewhere_and_completes_them_in_order_where_it_is_polled) {
    ThreadExecutor executor{{.name = "helper"}};
    std::vector<int> completed;
    std::thread::id ran_on;
    std::string ran_as;
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(executor.submit(
            [&] {
                ran_on = std::this_thread::get_id();
                ran_as = name_of_current_thread();
            },
            [&completed, i, here = std::this_thread::get_id()] {
                EXPECT_EQ(std::this_thread::get_id(), here);
                completed.push_back(i);
            }));
    }
    EXPECT_EQ(poll_until(executor, 100), 100);
    EXPECT_EQ(executor.pending(), 0u);
    ASSERT_EQ(completed.size(), 100u);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(completed[i], i);
    EXPECT_NE(ran_on, std::this_thread::get_id());
    EXPECT_EQ(ran_as, "helper");
    EXPECT_EQ(executor.poll(5), 0);
}

TEST(ThreadExecutor, takes_no_more_than_its_capacity) {
    ThreadExecutor executor{{.capacity = 2}};
    std::promise<void> release;
    std::shared_future<void> released = release.get_future().share();
    int completed = 0;
    ASSERT_TRUE(executor.submit([released] { released.wait(); }, [&] { ++completed; }));
    ASSERT_TRUE(executor.submit([] {}, [&] { ++completed; }));
    EXPECT_FALSE(executor.submit([] {}, [&] { ++completed; }));
    release.set_value();
    EXPECT_EQ(poll_until(executor, 2), 2);
    EXPECT_TRUE(executor.submit([] {}, [&] { ++completed; }));
    executor.run_all();
    EXPECT_EQ(executor.poll(), 1);
    EXPECT_EQ(completed, 3);
}

TEST(ThreadExecutor, lets_a_completion_submit_again) {
    ThreadExecutor executor{{}};
    bool second = false;
    ASSERT_TRUE(executor.submit([] {}, [&] { executor.submit([] {}, [&] { second = true; }); }));
    EXPECT_EQ(poll_until(executor, 2), 2);
    EXPECT_TRUE(second);
}

TEST(ThreadExecutor, runs_what_was_submitted_before_it_ends) {
    std::atomic<int> ran{0};
    {
        ThreadExecutor executor{{}};
        for (int i = 0; i < 50; ++i) ASSERT_TRUE(executor.submit([&] { ++ran; }, [] { FAIL(); }));
    }
    EXPECT_EQ(ran, 50);
}

TEST(SystemClock, moves_on_and_knows_the_date) {
    SystemClock clock;
    const Nanos before = clock.now();
    EXPECT_GE(clock.now(), before);
    EXPECT_GT(clock.epoch_now(), Millis{1'700'000'000'000});
}

TEST(SystemRandom, differs_from_one_to_the_next) {
    EXPECT_NE(system_random().next(), system_random().next());
}

}  // namespace
}  // namespace tern::platform
