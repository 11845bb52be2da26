#include "system/bad_input/on_tmpfs.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "support/child_process.hpp"
#include "support/temp_dir.hpp"

namespace tern::test {
namespace {

constexpr const char* kVariable = "TERN_TEST_TMPFS";

}  // namespace

OnTmpfs::OnTmpfs(const std::string& size) {
    if (const char* const path = std::getenv(kVariable)) {
        path_ = path;
        return;
    }
    const TempDir temp;
    const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    const Finished finished = run({
        .argv = {"unshare", ::geteuid() == 0 ? "-m" : "-rm", "sh", "-c",
                 "mount -t tmpfs -o size=" + size + " none '" + temp.path() + "' && exec \"$@\"",
                 "sh", std::filesystem::read_symlink("/proc/self/exe").string(),
                 std::string{"--gtest_filter="} + test->test_suite_name() + "." + test->name()},
        .env = {{kVariable, temp.path()}},
    });
    EXPECT_EQ(finished.ended, (ChildProcess::Ended{.exit_code = 0, .signal = 0}))
        << finished.output << finished.errors;
}

std::uint64_t OnTmpfs::free() const { return std::filesystem::space(path_).available; }

void OnTmpfs::fill(std::uint64_t but) const {
    const int file = ::open((path_ + "/ballast").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    // The driver may take blocks between the look and the allocation, which then does nothing.
    for (std::uint64_t available = free(); available > but; available = free()) {
        const off_t taken = ::lseek(file, 0, SEEK_END);
        const int error = ::posix_fallocate(file, taken, static_cast<off_t>(available - but));
        if (error != 0 && error != ENOSPC) {
            ADD_FAILURE() << "cannot fill the disk: errno " << error;
            break;
        }
    }
    ::close(file);
}

void OnTmpfs::make_room() const { std::filesystem::remove(path_ + "/ballast"); }

}  // namespace tern::test
