#include "interop/differential.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <vector>

#include <gtest/gtest.h>

#include "support/child_process.hpp"
#include "support/temp_dir.hpp"

namespace tern::test {

namespace {

/// One driver process in a directory of its own.
class Driver {
  public:
    Driver(const std::string& program, const std::map<std::string, std::string>& settings)
        : process_({.argv = {program}, .env = environment(settings)}) {
        EXPECT_TRUE(process_.read_until("ready")) << process_.output() << process_.errors();
    }
    ~Driver() {
        process_.signal(SIGTERM);
        process_.wait();
    }
    std::string directory() const { return directory_ / "aeron"; }

  private:
    std::map<std::string, std::string> environment(
        const std::map<std::string, std::string>& settings) const {
        std::map<std::string, std::string> all{
            {"AERON_DIR", directory()},
            {"AERON_THREADING_MODE", "SHARED"},
            {"AERON_TIMER_INTERVAL", "10ms"},
            // Long, so that no client times out on a busy machine where that is not the subject.
            {"AERON_CLIENT_LIVENESS_TIMEOUT", "30s"},
            {"AERON_PUBLICATION_UNBLOCK_TIMEOUT", "60s"},
            {"AERON_PUBLICATION_LINGER_TIMEOUT", "50ms"},
            {"AERON_IPC_TERM_BUFFER_LENGTH", "65536"},
            {"AERON_TERM_BUFFER_LENGTH", "65536"}};
        for (const auto& [name, value] : settings) { all[name] = value; }
        return all;
    }

    TempDir directory_;
    ChildProcess process_;
};

std::vector<std::string> transcript_with(const std::string& program, const Dialogue& dialogue) {
    Driver driver{program, dialogue.settings};
    Conversation conversation{driver.directory()};
    try {
        dialogue.talk(conversation);
    } catch (const std::exception& failure) {
        conversation.note(std::string{"failed: "} + failure.what());
        ADD_FAILURE() << program << ": " << failure.what();
    }
    return conversation.transcript();
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) { text += line + "\n"; }
    return text;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Dialogue& dialogue) {
    return out << dialogue.name;
}

void expect_same_transcripts(const Dialogue& dialogue) {
    const char* other = std::getenv("TERN_OTHER_DRIVER");
    const auto real = transcript_with(TERN_REAL_DRIVER, dialogue);
    const auto ours = transcript_with(other != nullptr ? other : TERN_TERND, dialogue);
    for (std::size_t i = 0; i < std::max(real.size(), ours.size()); ++i) {
        const std::string a = i < real.size() ? real[i] : "(nothing)";
        const std::string b = i < ours.size() ? ours[i] : "(nothing)";
        if (a != b) {
            FAIL() << "line " << i << "\n  real: " << a << "\n  ours: " << b << "\n\nreal:\n"
                   << joined(real) << "\nours:\n"
                   << joined(ours);
        }
    }
}

}  // namespace tern::test
