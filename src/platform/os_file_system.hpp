#pragma once

/// FileSystem on POSIX. Files and directories that it makes get the rights that `FileAccess` says,
/// whatever the umask is (save for `all`, where the umask counts, as in Aeron). No state but that:
/// any thread may use it.

#include "tern/shm/file_system.hpp"

namespace tern::platform {

class OsFileSystem final : public FileSystem {
  public:
    explicit OsFileSystem(FileAccess access = FileAccess::owner) : access_(access) {}

    Result<std::shared_ptr<Mapping>> create(const std::string& path, std::uint64_t length,
                                            Blocks) override;
    Result<std::shared_ptr<Mapping>> open(const std::string& path, MapMode) override;
    Result<void> check_ownership(const std::string& directory) override;
    bool exists(const std::string& path) override;
    std::uint64_t file_length(const std::string& path) override;
    Result<void> make_directories(const std::string& path) override;
    Result<void> remove_file(const std::string& path) override;
    Result<void> remove_tree(const std::string& path) override;
    Result<std::string> read_text(const std::string& path, std::uint64_t limit) override;
    Result<void> write_text(const std::string& path, const std::string& text) override;
    std::uint64_t usable_space(const std::string& directory) override;
    std::shared_ptr<void> try_lock(const std::string& directory) override;

    /// Whether it is for lack of rights, to the file or to a directory on the way, that our user
    /// cannot open it.
    bool is_forbidden(const std::string& path, MapMode) const;

  private:
    FileAccess access_;
};

}  // namespace tern::platform
