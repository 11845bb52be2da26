#include "tern/runtime/driver_options.hpp"

#include <gtest/gtest.h>

#include "tern/shm/testing/memory_file_system.hpp"

namespace tern::runtime {
namespace {

using Lines = std::vector<std::string>;

std::string fault(const Lines& arguments) {
    auto options = parse_driver_options(arguments);
    return options ? "accepted" : options.error().text;
}

TEST(DriverOptions, are_defines_and_files_in_their_order) {
    auto options = parse_driver_options(
        {"-Daeron.dir=/a", "one.properties", "-D", "aeron.mtu.length=64", "two"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->defines, (Lines{"aeron.dir=/a", "aeron.mtu.length=64"}));
    EXPECT_EQ(options->files, (Lines{"one.properties", "two"}));
    EXPECT_EQ(options->action, DriverOptions::Action::run);
}

TEST(DriverOptions, have_short_words_for_common_settings) {
    auto options =
        parse_driver_options({"--dir=/a", "--dir", "/b", "--threading=SHARED", "--print-config",
                              "--delete-on-start", "--delete-on-shutdown"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->defines,
              (Lines{"aeron.dir=/a", "aeron.dir=/b", "aeron.threading.mode=SHARED",
                     "aeron.print.configuration=true", "aeron.dir.delete.on.start=true",
                     "aeron.dir.delete.on.shutdown=true"}));
}

TEST(DriverOptions, ask_for_help_or_the_version) {
    for (auto text : {"-h", "--help", "-?"}) {
        EXPECT_EQ(parse_driver_options({text})->action, DriverOptions::Action::help);
    }
    for (auto text : {"-v", "--version"}) {
        EXPECT_EQ(parse_driver_options({text})->action, DriverOptions::Action::version);
    }
}

TEST(DriverOptions, say_what_is_wrong) {
    EXPECT_EQ(fault({"--dri=/a"}), "unknown option --dri=/a");
    EXPECT_EQ(fault({"-x"}), "unknown option -x");
    EXPECT_EQ(fault({"--dir"}), "--dir needs a value");
    EXPECT_EQ(fault({"--dir="}), "--dir needs a value");
    EXPECT_EQ(fault({"--threading", "SHRAED"}),
              "--threading SHRAED is none of DEDICATED, SHARED_NETWORK, SHARED, INVOKER");
    EXPECT_EQ(fault({"-D"}), "-D needs name=value");
    EXPECT_EQ(fault({"-Daeron.dir"}).find("malformed define: aeron.dir"), 0u);
}

// driver-config.md 2.1: environment, then -D, then files.
TEST(DriverOptions, are_overridden_by_files_and_override_the_environment) {
    MemoryFileSystem files;
    ASSERT_TRUE(files.write_text("/p", "aeron.max.resend=3\n"));
    const std::map<std::string, std::string> environment{{"AERON_MAX_RESEND", "1"},
                                                         {"AERON_MTU_LENGTH", "64"}};
    const auto resend = [&](const Lines& arguments) {
        return load_driver_settings(*parse_driver_options(arguments), environment, files)
            ->settings.max_resend;
    };
    EXPECT_EQ(resend({}), 1u);
    EXPECT_EQ(resend({"-Daeron.max.resend=2"}), 2u);
    EXPECT_EQ(resend({"/p", "-Daeron.max.resend=2"}), 3u);
}

TEST(DriverOptions, suggest_only_a_setting_that_is_near) {
    MemoryFileSystem files;
    const auto warning = [&](const std::string& define) {
        return load_driver_settings(*parse_driver_options({define}), {}, files)->warnings.at(0);
    };
    EXPECT_NE(warning("-Daeron.dri=/a").find("did you mean aeron.dir?"), std::string::npos);
    EXPECT_EQ(warning("-Daeron.foo=1").find("did you mean"), std::string::npos);
}

TEST(DriverOptions, warn_of_a_file_that_is_not_there) {
    MemoryFileSystem files;
    auto loaded = load_driver_settings(*parse_driver_options({"/missing"}), {}, files);
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->warnings, (Lines{"WARNING: there is no properties file /missing"}));
}

TEST(DriverOptions, name_the_file_that_cannot_be_read) {
    MemoryFileSystem files;
    ASSERT_TRUE(files.write_text("/p", "nonsense\n"));
    auto loaded = load_driver_settings(*parse_driver_options({"/p"}), {}, files);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(
        loaded.error().text.find("loading properties from /p: properties file line 1 malformed"),
        0u)
        << loaded.error().text;
}

TEST(DriverHelp, documents_every_exit_status) {
    const std::string help = driver_help("ternd");
    for (auto text :
         {"Usage: ternd", "Exit status", "\n  0  ", "\n  1  ", "\n  2  ", "tern.file.access"}) {
        EXPECT_NE(help.find(text), std::string::npos) << text;
    }
}

}  // namespace
}  // namespace tern::runtime
