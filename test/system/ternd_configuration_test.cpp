/// Settings of ternd from the environment, -D options and properties files, and what it says of bad
/// ones.

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "system/ternd_process.hpp"

namespace tern::test {
namespace {

/// The dump of a driver that was started and stopped again.
std::string dump_of(const std::string& directory, std::vector<std::string> arguments,
                    std::map<std::string, std::string> environment) {
    arguments.push_back("--print-config");
    Ternd ternd{directory, arguments, std::move(environment)};
    ternd.wait_until_ready();
    EXPECT_EQ(ternd.stop(SIGTERM), kCleanEnd) << ternd.process().errors();
    return ternd.process().output();
}

bool has_line(const std::string& text, const std::string& line) {
    return text.find("    " + line + "\n") != text.npos;
}

TEST(TerndConfiguration, comes_from_variables_defines_and_files_each_over_the_one_before) {
    TempDir temp;
    std::ofstream{temp / "one"}
        << "aeron.max.resend=3\naeron.mtu.length=128\naeron.ipc.mtu.length=\n";
    std::ofstream{temp / "two"} << "# the last word\naeron.max.resend = 4\n";
    const std::map<std::string, std::string> environment{{"AERON_MAX_RESEND", "1"},
                                                         {"AERON_IPC_MTU_LENGTH", "64"},
                                                         {"AERON_TERM_BUFFER_LENGTH", "128k"}};
    const std::string dump =
        dump_of(temp / "aeron", {temp / "one", "-Daeron.max.resend=2", temp / "two"}, environment);
    EXPECT_TRUE(has_line(dump, "aeron_dir=" + temp / "aeron")) << dump;
    EXPECT_TRUE(has_line(dump, "max_resend=4")) << dump;
    EXPECT_TRUE(has_line(dump, "mtu_length=128")) << dump;
    EXPECT_TRUE(has_line(dump, "ipc_mtu_length=1408")) << dump;  // emptied: the default again
    EXPECT_TRUE(has_line(dump, "term_buffer_length=131072")) << dump;
    EXPECT_EQ(dump.find("aeron_driver_context_t {\n"), 0u);
}

TEST(TerndConfiguration, warns_of_bad_values_and_of_mistyped_names_and_starts) {
    TempDir temp;
    Ternd ternd{temp / "aeron",
                {"-Daeron.max.resend=1000", "-Daeron.mtu.lenght=64", temp / "missing"},
                {{"AERON_THREADING_MODE", "shared"}}};
    ternd.wait_until_ready();
    EXPECT_EQ(ternd.stop(SIGTERM), kCleanEnd);
    const std::string errors = ternd.process().errors();
    for (const std::string line :
         {"WARNING: AERON_THREADING_MODE=shared is invalid, using default",
          "WARNING: AERON_MAX_RESEND=1000 is out of range: allowed is 1 to 256, using 256",
          "did you mean aeron.mtu.length?", "WARNING: there is no properties file "}) {
        EXPECT_NE(errors.find(line), errors.npos) << line << "\nin\n" << errors;
    }
}

TEST(TerndConfiguration, refuses_settings_that_cannot_work_and_names_the_remedy) {
    struct Case {
        std::string define, fault;
    };
    const Case cases[] = {
        {"aeron.term.buffer.length=100k",
         "term length not a power of 2: length=102400: set aeron.term.buffer.length to a power of "
         "two"},
        {"aeron.mtu.length=1400",
         "mtuLength must be a multiple of FRAME_ALIGNMENT: mtuLength=1400"},
        {"aeron.client.liveness.timeout=1ms",
         "client_liveness_timeout_ns=1000000 <= timer_interval_ns=20000000"},
        {"aeron.sender.idle.strategy=lazy", "could not find idle strategy object lazy"},
        {"aeron.sender.wildcard.port.range=5 4",
         "low port should be less than or equal to high port"},
        {"tern.file.access=me", "TERN_FILE_ACCESS=me"},
        {"aeron.conductor.cpu.affinity=9x", "AERON_CONDUCTOR_CPU_AFFINITY=9x is invalid"},
    };
    for (const Case& c : cases) {
        TempDir temp;
        std::vector<std::string> arguments = small_driver_arguments(temp / "aeron");
        arguments.push_back("-D" + c.define);
        arguments.push_back("-Dtern.config.strict=true");
        const Finished finished = run_ternd(arguments);
        EXPECT_EQ(finished.ended.exit_code, 1) << c.define;
        EXPECT_NE(finished.errors.find(c.fault), std::string::npos) << finished.errors;
        EXPECT_EQ(finished.output, "");
        EXPECT_FALSE(exists(temp / "aeron"));
    }
}

TEST(TerndConfiguration, refuses_a_properties_file_that_is_malformed) {
    TempDir temp;
    std::ofstream{temp / "bad"} << "aeron.max.resend=3\nnonsense\n";
    const Finished finished = run_ternd({"--dir=" + temp / "aeron", temp / "bad"});
    EXPECT_EQ(finished.ended.exit_code, 1);
    EXPECT_NE(finished.errors.find("properties file line 2 malformed"), std::string::npos)
        << finished.errors;
}

}  // namespace
}  // namespace tern::test
