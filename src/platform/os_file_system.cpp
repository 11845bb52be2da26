#include "tern/platform/os_file_system.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "tern/platform/mapped_file.hpp"

namespace tern::platform {
namespace {

struct Rights {
    mode_t file;
    mode_t directory;
    bool exact;  // also where the umask would take some away
};

Rights rights_of(FileAccess access) {
    switch (access) {
        case FileAccess::owner: return {0600, 0700, true};
        case FileAccess::group: return {0660, 0770, true};
        case FileAccess::all: break;
    }
    return {0666, 0777, false};
}

/// "bob (uid 1001)"
std::string name_of_user(uid_t id) {
    std::vector<char> buffer(16 * 1024);
    passwd entry{};
    passwd* found = nullptr;
    const bool known =
        getpwuid_r(id, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
    return (known ? std::string{found->pw_name} + " (uid " : "(uid ") + std::to_string(id) + ")";
}

Result<FileDescriptor> create_file(const std::string& path, const Rights& rights) {
    FileDescriptor file{
        ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, rights.file)};
    if (!file) return system_error("cannot make", path, errno);
    if (rights.exact && ::fchmod(file.get(), rights.file) != 0) {
        const int failed = errno;
        ::unlink(path.c_str());
        return system_error("cannot set the rights of", path, failed);
    }
    return file;
}

/// Removes what is in an open directory; the first thing that went wrong, as errno, or 0.
int remove_entries(FileDescriptor directory) {
    DIR* stream = ::fdopendir(directory.get());
    if (stream == nullptr) return errno;
    const int at = directory.release();  // closedir closes it
    int failed = 0;
    while (dirent* entry = ::readdir(stream)) {
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        if (::unlinkat(at, entry->d_name, 0) == 0 || errno == ENOENT) continue;
        // Linux answers EISDIR for a directory, others EPERM. A link to one has been unlinked
        // above.
        FileDescriptor inner{
            ::openat(at, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
        int why = inner ? remove_entries(std::move(inner)) : errno;
        if (why == 0 && ::unlinkat(at, entry->d_name, AT_REMOVEDIR) != 0 && errno != ENOENT)
            why = errno;
        if (why != 0 && failed == 0) failed = why;
    }
    ::closedir(stream);
    return failed;
}

Result<void> make_directory(const std::string& path, const Rights& rights) {
    if (::mkdir(path.c_str(), rights.directory) == 0) {
        if (rights.exact && ::chmod(path.c_str(), rights.directory) != 0) {
            return system_error("cannot set the rights of", path, errno);
        }
        return {};
    }
    const int failed = errno;
    struct stat status{};
    if (failed == EEXIST && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
        return {};
    return system_error("cannot make the directory", path, failed);
}

}  // namespace

Result<std::shared_ptr<Mapping>> OsFileSystem::create(const std::string& path, std::uint64_t length,
                                                      Blocks blocks) {
    auto file = create_file(path, rights_of(access_));
    if (!file) return std::move(file).error();
    auto mapping = map_new_file(*file, path, length, blocks);
    if (!mapping) ::unlink(path.c_str());
    return mapping;
}

Result<std::shared_ptr<Mapping>> OsFileSystem::open(const std::string& path, MapMode mode) {
    // Non-blocking, so that a pipe in the place of the file does not hold us up.
    const int flags = (mode == MapMode::read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK;
    FileDescriptor file{::open(path.c_str(), flags)};
    if (!file) return system_error("cannot open", path, errno);
    return map_existing_file(file, path, mode);
}

Result<void> OsFileSystem::check_ownership(const std::string& directory) {
    struct stat status{};
    if (::lstat(directory.c_str(), &status) != 0) {
        if (errno == ENOENT) return {};
        return system_error("cannot look at", directory, errno);
    }
    if (S_ISLNK(status.st_mode)) {
        return Error{
            ErrorCode::generic_error,
            directory + " is a symbolic link: set aeron.dir to the directory that it points to"};
    }
    if (!S_ISDIR(status.st_mode)) {
        return Error{
            ErrorCode::generic_error,
            directory + " is not a directory: set aeron.dir to another path, or remove that file"};
    }
    if (status.st_uid != ::geteuid()) {
        return Error{ErrorCode::generic_error,
                     directory + " belongs to user " + name_of_user(status.st_uid) +
                         " and we are user " + name_of_user(::geteuid()) +
                         ": run as that user, or set aeron.dir to a directory of your own"};
    }
    return {};
}

bool OsFileSystem::exists(const std::string& path) {
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0;
}

bool OsFileSystem::is_forbidden(const std::string& path, MapMode mode) const {
    const int wanted = mode == MapMode::read_only ? R_OK : R_OK | W_OK;
    return ::faccessat(AT_FDCWD, path.c_str(), wanted, AT_EACCESS) != 0 && errno == EACCES;
}

std::uint64_t OsFileSystem::file_length(const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
    return static_cast<std::uint64_t>(status.st_size);
}

Result<void> OsFileSystem::make_directories(const std::string& path) {
    for (std::size_t slash = path.find('/', 1); slash != path.npos;
         slash = path.find('/', slash + 1)) {
        const std::string parent = path.substr(0, slash);
        struct stat status{};
        if (::stat(parent.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) continue;
        if (auto made = make_directory(parent, rights_of(access_)); !made) return made;
    }
    return make_directory(path, rights_of(access_));
}

Result<void> OsFileSystem::remove_file(const std::string& path) {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
    return system_error("cannot delete", path, errno);
}

Result<void> OsFileSystem::remove_tree(const std::string& path) {
    FileDescriptor top{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!top) {
        // Not a directory, or a link: the name goes, what it points to stays.
        if (errno == ENOENT) return {};
        if (errno == ENOTDIR || errno == ELOOP) return remove_file(path);
        return system_error("cannot delete", path, errno);
    }
    if (const int failed = remove_entries(std::move(top)); failed != 0) {
        return system_error("cannot delete all in", path, failed);
    }
    if (::rmdir(path.c_str()) == 0 || errno == ENOENT || errno == EBUSY) return {};
    return system_error("cannot delete", path, errno);
}

Result<std::string> OsFileSystem::read_text(const std::string& path, std::uint64_t limit) {
    FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file) return system_error("cannot open", path, errno);
    std::string text;
    char part[16 * 1024];
    while (true) {
        const ssize_t count = ::read(file.get(), part, sizeof part);
        if (count == 0) return text;
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error("cannot read", path, errno);
        text.append(part, static_cast<std::size_t>(count));
        if (text.size() > limit) {
            return Error{ErrorCode::generic_error, "cannot read " + path + ": it is longer than " +
                                                       std::to_string(limit) + " bytes"};
        }
    }
}

Result<void> OsFileSystem::write_text(const std::string& path, const std::string& text) {
    auto file = create_file(path, rights_of(access_));
    if (!file) return std::move(file).error();
    std::size_t written = 0;
    while (written < text.size()) {
        const ssize_t count = ::write(file->get(), text.data() + written, text.size() - written);
        if (count > 0) {
            written += static_cast<std::size_t>(count);
        } else if (errno != EINTR) {
            const int failed = errno;
            ::unlink(path.c_str());
            if (failed == ENOSPC) return no_room(path, text.size());
            return system_error("cannot write", path, failed);
        }
    }
    return {};
}

std::uint64_t OsFileSystem::usable_space(const std::string& directory) {
    return usable_space_at(directory);
}

std::shared_ptr<void> OsFileSystem::try_lock(const std::string& directory) {
    auto held = std::make_shared<FileDescriptor>(
        ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (*held && ::flock(held->get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        return nullptr;
    }
    return held;
}

}  // namespace tern::platform
