#pragma once

/// A small file system of its own for one test.

#include <cstdint>
#include <string>

namespace tern::test {

/// Runs the test that calls it once more, as a process in a mount namespace where a fresh tmpfs of
/// that size ("48m") is mounted; it ends with that process. There path() says where.
class OnTmpfs {
  public:
    explicit OnTmpfs(const std::string& size);
    /// False: it ran there, and passed or has failed this one too. Nothing is left to do.
    bool is_here() const { return !path_.empty(); }
    const std::string& path() const { return path_; }

    /// Bytes that are free.
    std::uint64_t free() const;
    /// Takes all but so many bytes of it.
    void fill(std::uint64_t but) const;
    /// Gives them back.
    void make_room() const;

  private:
    std::string path_;
};

}  // namespace tern::test
