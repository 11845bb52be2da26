#include "tern/platform/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <limits>
#include <system_error>

// Why blocks are reserved by fallocate: a store to a page of a sparse file on a full tmpfs has no
// way to fail but SIGBUS. fallocate takes the pages first, or says that there is no room. Where a
// file system has no fallocate, a new file is filled by posix_fallocate; a file in use is not,
// because that would write zeros under its writers.

namespace tern::platform {
namespace {

bool means_no_room(int error_number) {
    return error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
}

int allocate(int file, int mode, std::uint64_t offset, std::uint64_t length) {
    int result = 0;
    do {
        result = ::fallocate(file, mode, static_cast<off_t>(offset), static_cast<off_t>(length));
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

class OsMapping final : public Mapping {
  public:
    OsMapping(std::string path, Bytes bytes, const struct stat& identity)
        : Mapping(std::move(path), bytes),
          device_(identity.st_dev),
          inode_(identity.st_ino) {}
    ~OsMapping() override { ::munmap(bytes().data(), bytes().size()); }

    Result<void> reserve(std::uint64_t offset, std::uint64_t length) override;
    void flush() override { ::msync(bytes().data(), bytes().size(), MS_SYNC); }

  private:
    dev_t device_;  // with the inode: the file that is mapped, to know it again by
    ino_t inode_;
};

Result<void> OsMapping::reserve(std::uint64_t offset, std::uint64_t length) {
    if (offset > bytes().size() || length > bytes().size() - offset) {
        return Error{ErrorCode::generic_error, "cannot reserve bytes " + std::to_string(offset) +
                                                   " to " + std::to_string(offset + length) +
                                                   " of " + path() + ": it is only " +
                                                   std::to_string(bytes().size()) + " bytes long"};
    }
    if (length == 0) return {};
    // Opened again for the moment: a driver with thousands of logs must not need as many open
    // files.
    FileDescriptor file{::open(path().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    if (!file) return system_error("cannot reserve blocks of", path(), errno);
    struct stat status{};
    if (::fstat(file.get(), &status) != 0)
        return system_error("cannot reserve blocks of", path(), errno);
    if (status.st_dev != device_ || status.st_ino != inode_) {
        return Error{ErrorCode::generic_error,
                     "cannot reserve blocks of " + path() + ": another file has taken its name"};
    }
    const int failed = allocate(file.get(), FALLOC_FL_KEEP_SIZE, offset, length);
    if (failed == 0) return {};
    if (means_no_room(failed)) return no_room(path(), length);
    if (failed == EOPNOTSUPP) {
        return Error{
            ErrorCode::not_supported,
            "the file system of " + path() +
                " cannot reserve blocks of a file in use: set "
                "aeron.term.buffer.sparse.file=false, or aeron.dir to a directory on tmpfs"};
    }
    return system_error("cannot reserve blocks of", path(), failed);
}

Result<std::shared_ptr<Mapping>> map(const FileDescriptor& file, const std::string& path,
                                     const struct stat& status, MapMode mode, int flags) {
    const auto length = static_cast<std::size_t>(status.st_size);
    const int protection = mode == MapMode::read_only ? PROT_READ : PROT_READ | PROT_WRITE;
    void* at = ::mmap(nullptr, length, protection, MAP_SHARED | flags, file.get(), 0);
    if (at == MAP_FAILED) return system_error("cannot map", path, errno);
    return std::shared_ptr<Mapping>{
        std::make_shared<OsMapping>(path, Bytes{static_cast<std::byte*>(at), length}, status)};
}

/// Sets length and takes blocks; errno, or 0.
int fill(int file, std::uint64_t length) {
    const int failed = allocate(file, 0, 0, length);
    return failed == EOPNOTSUPP ? ::posix_fallocate(file, 0, static_cast<off_t>(length)) : failed;
}

}  // namespace

Error system_error(std::string_view doing, const std::string& path, int error_number) {
    const ErrorCode code =
        means_no_room(error_number) ? ErrorCode::storage_space : ErrorCode::generic_error;
    return {code,
            std::string{doing} + " " + path + ": " + std::generic_category().message(error_number)};
}

Error no_room(const std::string& path, std::uint64_t needed) {
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == path.npos || slash == 0 ? "/" : path.substr(0, slash);
    return {
        ErrorCode::storage_space,
        "no room for " + path + ": needed=" + std::to_string(needed) +
            " free=" + std::to_string(usable_space_at(directory)) + " bytes in " + directory +
            ": free some space there, use shorter terms, or put aeron.dir on a larger file system"};
}

std::uint64_t usable_space_at(const std::string& path) {
    struct statvfs status{};
    if (::statvfs(path.c_str(), &status) != 0) return 0;
    // A file system without limits (tmpfs with size=0) has no blocks at all.
    if (status.f_blocks == 0)
        return static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

Result<std::shared_ptr<Mapping>> map_new_file(const FileDescriptor& file, const std::string& path,
                                              std::uint64_t length, Blocks blocks) {
    if (length == 0 || length > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) {
        return Error{ErrorCode::generic_error, "cannot make " + path + " with a length of " +
                                                   std::to_string(length) + " bytes"};
    }
    if (blocks == Blocks::reserved) {
        const int failed = fill(file.get(), length);
        if (means_no_room(failed)) return no_room(path, length);
        if (failed != 0) return system_error("cannot reserve blocks of", path, failed);
    } else if (::ftruncate(file.get(), static_cast<off_t>(length)) != 0) {
        return system_error("cannot set the length of", path, errno);
    }
    struct stat status{};
    if (::fstat(file.get(), &status) != 0)
        return system_error("cannot read the length of", path, errno);
#ifdef MAP_POPULATE
    const int touch = blocks == Blocks::reserved ? MAP_POPULATE : 0;
#else
    const int touch = 0;
#endif
    return map(file, path, status, MapMode::read_write, touch);
}

Result<std::shared_ptr<Mapping>> map_existing_file(const FileDescriptor& file,
                                                   const std::string& path, MapMode mode) {
    struct stat status{};
    if (::fstat(file.get(), &status) != 0)
        return system_error("cannot read the length of", path, errno);
    if (!S_ISREG(status.st_mode))
        return Error{ErrorCode::generic_error, "cannot map " + path + ": it is not a file"};
    if (status.st_size == 0)
        return Error{ErrorCode::generic_error, "cannot map " + path + ": it is empty"};
    return map(file, path, status, mode, 0);
}

}  // namespace tern::platform
