#include "system/ternd_process.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

#include "tern/platform/environment.hpp"
#include "tern/platform/os_file_system.hpp"

namespace tern::test {
namespace {

ChildProcess::Options options_for(std::vector<std::string> arguments,
                                  std::map<std::string, std::string> environment) {
    return program_options(TERN_TERND, std::move(arguments), std::move(environment));
}

std::vector<std::string> with(std::vector<std::string> some, const std::vector<std::string>& more) {
    some.insert(some.end(), more.begin(), more.end());
    return some;
}

}  // namespace

ChildProcess::Options program_options(const std::string& program,
                                      std::vector<std::string> arguments,
                                      std::map<std::string, std::string> environment) {
    ChildProcess::Options options{.env = std::move(environment)};
    options.argv = {program};
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
    for (const auto& [name, value] : platform::environment()) {
        if (name.starts_with("AERON_") || name.starts_with("TERN_"))
            options.unset_env.push_back(name);
    }
    return options;
}

std::vector<std::string> small_driver_arguments(const std::string& directory) {
    return {"--dir=" + directory, "-Daeron.counters.buffer.length=1m",
            "-Daeron.timer.interval=20ms"};
}

Ternd::Ternd(const std::string& directory, std::vector<std::string> arguments,
             std::map<std::string, std::string> environment)
    : process_(options_for(with(small_driver_arguments(directory), arguments),
                           std::move(environment))) {}

std::string Ternd::wait_until_ready() {
    auto line = process_.read_until("is ready");
    if (!line) {
        ADD_FAILURE() << "ternd did not get ready: " << process_.output() << process_.errors();
        return {};
    }
    return *line;
}

ChildProcess::Ended Ternd::stop(int signal) {
    process_.signal(signal);
    return process_.wait();
}

Finished run_ternd(std::vector<std::string> arguments,
                   std::map<std::string, std::string> environment) {
    return run(options_for(std::move(arguments), std::move(environment)));
}

CncFile open_cnc(const std::string& directory) {
    platform::OsFileSystem files;
    auto mapping = files.open(directory + "/cnc.dat", MapMode::read_write);
    if (!mapping) throw std::runtime_error(mapping.error().text);
    auto cnc = CncFile::over(*mapping);
    if (!cnc) throw std::runtime_error(cnc.error().text);
    return *cnc;
}

bool exists(const std::string& path) {
    return std::filesystem::exists(std::filesystem::symlink_status(path));
}

}  // namespace tern::test
