#include "tern/platform/os_file_system.hpp"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tern/platform/testing/in_child.hpp"

namespace tern::platform {
namespace {

namespace fs = std::filesystem;

class TempDir {
  public:
    TempDir() {
        std::string name = "/dev/shm/tern-unit-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    ~TempDir() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

unsigned rights_of(const std::string& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777;
}

std::uint64_t blocks_of(const std::string& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

TEST(OsFileSystem, makes_files_that_read_as_zeros_and_can_be_opened_again) {
    TempDir dir;
    OsFileSystem files;
    auto made = files.create(dir / "a", 10'000, Blocks::sparse);
    ASSERT_TRUE(made) << made.error().text;
    EXPECT_EQ((*made)->bytes().size(), 10'000u);
    EXPECT_EQ((*made)->path(), dir / "a");
    for (std::byte byte : (*made)->bytes()) ASSERT_EQ(byte, std::byte{0});
    (*made)->bytes()[9'999] = std::byte{7};

    auto opened = files.open(dir / "a", MapMode::read_only);
    ASSERT_TRUE(opened) << opened.error().text;
    EXPECT_EQ((*opened)->bytes()[9'999], std::byte{7});
    EXPECT_EQ(files.file_length(dir / "a"), 10'000u);
}

TEST(OsFileSystem, makes_no_file_where_one_exists) {
    TempDir dir;
    OsFileSystem files;
    ASSERT_TRUE(files.create(dir / "a", 4096, Blocks::sparse));
    auto again = files.create(dir / "a", 4096, Blocks::sparse);
    ASSERT_FALSE(again);
    EXPECT_NE(again.error().text.find(dir / "a"), std::string::npos);
    fs::create_symlink(dir / "nowhere", dir / "link");
    EXPECT_FALSE(files.create(dir / "link", 4096, Blocks::sparse));
    EXPECT_FALSE(files.exists(dir / "nowhere"));
}

TEST(OsFileSystem, takes_blocks_for_reserved_files_only) {
    TempDir dir;
    OsFileSystem files;
    ASSERT_TRUE(files.create(dir / "sparse", 1 << 20, Blocks::sparse));
    ASSERT_TRUE(files.create(dir / "reserved", 1 << 20, Blocks::reserved));
    EXPECT_EQ(blocks_of(dir / "sparse"), 0u);
    EXPECT_EQ(blocks_of(dir / "reserved"), 1u << 20);
}

TEST(OsFileSystem, reserves_blocks_of_a_file_in_use_and_keeps_what_is_written) {
    TempDir dir;
    OsFileSystem files;
    auto made = files.create(dir / "a", 1 << 20, Blocks::sparse);
    ASSERT_TRUE(made);
    (*made)->bytes()[70'000] = std::byte{5};
    ASSERT_TRUE((*made)->reserve(65'536, 131'072));
    EXPECT_EQ((*made)->bytes()[70'000], std::byte{5});
    EXPECT_EQ(blocks_of(dir / "a"), 131'072u);
    EXPECT_EQ(files.file_length(dir / "a"), 1u << 20);
    EXPECT_FALSE((*made)->reserve(0, (1 << 20) + 1));
    EXPECT_FALSE((*made)->reserve(UINT64_MAX, 2));
    EXPECT_TRUE((*made)->reserve(1 << 20, 0));
}

TEST(OsFileSystem, never_reserves_blocks_of_another_file_of_the_same_name) {
    TempDir dir;
    OsFileSystem files;
    auto old = files.create(dir / "a", 1 << 20, Blocks::sparse);
    ASSERT_TRUE(old);
    ASSERT_TRUE(files.remove_file(dir / "a"));
    EXPECT_FALSE((*old)->reserve(0, 4096));
    ASSERT_TRUE(files.create(dir / "a", 1 << 20, Blocks::sparse));
    EXPECT_FALSE((*old)->reserve(0, 4096));
    EXPECT_EQ(blocks_of(dir / "a"), 0u);
}

TEST(OsFileSystem, gives_files_and_directories_the_rights_of_their_access) {
    struct Expected {
        FileAccess access;
        unsigned file, directory;
    };
    // Whatever the umask is, save for `all`.
    const mode_t before = ::umask(0027);
    for (auto [access, file, directory] :
         {Expected{FileAccess::owner, 0600, 0700}, Expected{FileAccess::group, 0660, 0770},
          Expected{FileAccess::all, 0640, 0750}}) {
        TempDir dir;
        OsFileSystem files{access};
        ASSERT_TRUE(files.make_directories(dir / "x/y"));
        EXPECT_EQ(rights_of(dir / "x"), directory);
        EXPECT_EQ(rights_of(dir / "x/y"), directory);
        ASSERT_TRUE(files.create(dir / "x/y/z", 4096, Blocks::sparse));
        EXPECT_EQ(rights_of(dir / "x/y/z"), file);
        ASSERT_TRUE(files.write_text(dir / "x/t", "text"));
        EXPECT_EQ(rights_of(dir / "x/t"), file);
    }
    ::umask(before);
}

TEST(OsFileSystem, leaves_directories_that_exist_as_they_are) {
    TempDir dir;
    OsFileSystem files;
    ::chmod(dir.path().c_str(), 0755);
    ASSERT_TRUE(files.make_directories(dir.path()));
    EXPECT_EQ(rights_of(dir.path()), 0755u);
    ASSERT_TRUE(files.write_text(dir / "file", "x"));
    EXPECT_FALSE(files.make_directories(dir / "file"));
    EXPECT_FALSE(files.make_directories(dir / "file/below"));
}

TEST(OsFileSystem, deletes_a_tree_and_follows_no_link_out_of_it) {
    TempDir dir;
    OsFileSystem files;
    ASSERT_TRUE(files.make_directories(dir / "tree/a/b"));
    ASSERT_TRUE(files.make_directories(dir / "outside"));
    ASSERT_TRUE(files.write_text(dir / "outside/kept", "kept"));
    ASSERT_TRUE(files.write_text(dir / "tree/a/b/file", "x"));
    fs::create_directory_symlink(dir / "outside", dir / "tree/a/link");
    fs::create_symlink(dir / "outside/kept", dir / "tree/link");

    ASSERT_TRUE(files.remove_tree(dir / "tree"));
    EXPECT_FALSE(files.exists(dir / "tree"));
    EXPECT_TRUE(files.exists(dir / "outside/kept"));
    ASSERT_TRUE(files.remove_tree(dir / "tree"));  // gone already

    fs::create_directory_symlink(dir / "outside", dir / "link");
    ASSERT_TRUE(files.remove_tree(dir / "link"));
    EXPECT_FALSE(files.exists(dir / "link"));
    EXPECT_TRUE(files.exists(dir / "outside/kept"));
}

TEST(OsFileSystem, says_what_stands_in_the_way_of_opening) {
    TempDir dir;
    OsFileSystem files;
    EXPECT_NE(files.open(dir / "none", MapMode::read_only).error().text.find(dir / "none"),
              std::string::npos);
    ASSERT_TRUE(files.write_text(dir / "empty", ""));
    EXPECT_NE(files.open(dir / "empty", MapMode::read_only).error().text.find("it is empty"),
              std::string::npos);
    EXPECT_NE(files.open(dir.path(), MapMode::read_only).error().text.find("it is not a file"),
              std::string::npos);
    ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
    EXPECT_FALSE(files.open(dir / "pipe", MapMode::read_only));  // and does not wait for a writer
}

TEST(OsFileSystem, reads_text_up_to_a_limit) {
    TempDir dir;
    OsFileSystem files;
    ASSERT_TRUE(files.write_text(dir / "t", std::string(50'000, 'x')));
    EXPECT_EQ(*files.read_text(dir / "t", 50'000), std::string(50'000, 'x'));
    EXPECT_FALSE(files.read_text(dir / "t", 49'999));
    EXPECT_FALSE(files.read_text(dir / "none", 10));
    EXPECT_FALSE(files.write_text(dir / "t", "again"));
}

TEST(OsFileSystem, lets_one_at_a_time_lock_a_directory) {
    TempDir dir;
    OsFileSystem files;
    auto first = files.try_lock(dir.path());
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(files.try_lock(dir.path()), nullptr);
    EXPECT_EQ(in_child([&] { return files.try_lock(dir.path()) == nullptr ? 0 : 1; }), 0);
    first.reset();
    EXPECT_NE(files.try_lock(dir.path()), nullptr);
}

TEST(OsFileSystem, approves_of_directories_of_our_own_and_of_none) {
    TempDir dir;
    OsFileSystem files;
    EXPECT_TRUE(files.check_ownership(dir.path()));
    EXPECT_TRUE(files.check_ownership(dir / "none"));
    fs::create_directory_symlink(dir.path(), dir / "link");
    EXPECT_NE(files.check_ownership(dir / "link").error().text.find("is a symbolic link"),
              std::string::npos);
    ASSERT_TRUE(files.write_text(dir / "file", "x"));
    EXPECT_NE(files.check_ownership(dir / "file").error().text.find("is not a directory"),
              std::string::npos);
}

// The rest needs another user, or a file system of its own.

constexpr uid_t kOther = 54321;

TEST(OsFileSystem, refuses_a_directory_of_another_user_and_says_whose_it_is) {
    if (!may_be_another_user()) GTEST_SKIP() << "only root can become another user";
    TempDir dir;
    ::chmod(dir.path().c_str(), 0755);
    const auto answer = [&] {
        auto checked = OsFileSystem{}.check_ownership(dir.path());
        if (checked) return 1;
        const std::string& text = checked.error().text;
        const bool says_whose =
            text.find("belongs to user ") != text.npos && text.find("uid 54321") != text.npos;
        return says_whose && text.find("aeron.dir") != text.npos ? 0 : 2;
    };
    EXPECT_EQ(in_child_as(kOther, answer), 0);
}

TEST(OsFileSystem, keeps_other_users_out_of_the_files_of_their_owner) {
    if (!may_be_another_user()) GTEST_SKIP() << "only root can become another user";
    TempDir dir;
    ::chmod(dir.path().c_str(), 0755);
    OsFileSystem files;
    ASSERT_TRUE(files.make_directories(dir / "private"));
    ASSERT_TRUE(files.create(dir / "private/a", 4096, Blocks::sparse));
    ASSERT_TRUE(files.create(dir / "b", 4096, Blocks::sparse));
    EXPECT_EQ(in_child_as(kOther,
                          [&] {
                              OsFileSystem theirs;
                              const bool kept_out =
                                  !theirs.open(dir / "private/a", MapMode::read_only) &&
                                  !theirs.open(dir / "b", MapMode::read_only) &&
                                  !theirs.remove_tree(dir / "private") &&
                                  !theirs.remove_file(dir / "b");
                              return kept_out ? 0 : 1;
                          }),
              0);
    EXPECT_TRUE(files.exists(dir / "private/a"));
}

/// On a tmpfs of 1 MiB that nobody else sees.
TEST(OsFileSystem, answers_with_free_and_needed_bytes_on_a_full_file_system_and_never_faults) {
    TempDir dir;
    const auto on_small_disk = [&]() -> int {
        OsFileSystem files;
        auto log = files.create(dir / "log", 4 << 20, Blocks::sparse);
        if (!log) return 1;
        if (!(*log)->reserve(0, 512 << 10)) return 2;
        std::memset((*log)->bytes().data(), 1, 512 << 10);
        auto more = (*log)->reserve(512 << 10, 1 << 20);
        if (more || more.error().code != ErrorCode::storage_space) return 3;
        const std::string needed =
            "needed=1048576 free=" + std::to_string(files.usable_space(dir.path()));
        if (more.error().text.find(needed) == std::string::npos) return 4;
        auto reserved = files.create(dir / "reserved", 768 << 10, Blocks::reserved);
        if (reserved || reserved.error().code != ErrorCode::storage_space) return 5;
        if (files.exists(dir / "reserved")) return 6;
        auto text = files.write_text(dir / "text", std::string(1 << 20, 'x'));
        if (text || text.error().code != ErrorCode::storage_space || files.exists(dir / "text"))
            return 7;
        // What was reserved before is still good, and room that comes back can be used.
        std::memset((*log)->bytes().data(), 2, 512 << 10);
        auto small = files.create(dir / "small", 256 << 10, Blocks::reserved);
        return small ? 0 : 8;
    };
    EXPECT_EQ(in_child_on_tmpfs(dir.path(), "size=1m", on_small_disk), 0);
}

TEST(OsFileSystem, empties_a_mount_point_that_it_cannot_remove) {
    TempDir dir;
    const auto on_mount = [&]() -> int {
        OsFileSystem files;
        if (!files.write_text(dir / "a", "x")) return 1;
        if (!files.remove_tree(dir.path())) return 2;
        return files.exists(dir / "a") ? 3 : 0;
    };
    EXPECT_EQ(in_child_on_tmpfs(dir.path(), "size=1m", on_mount), 0);
}

}  // namespace
}  // namespace tern::platform
