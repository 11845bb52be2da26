#pragma once

/// For tests: files that live in the memory of the process, on a disk of a chosen size. Several
/// mappings of one file share one address, so the thread sanitizer sees both sides of what two
/// roles exchange. Blocks are counted as a file system would: a sparse file takes none until they
/// are reserved, and `written_without_blocks` finds bytes that would have ended in SIGBUS on a disk
/// that is full. May be used from several threads.

#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tern/shm/file_system.hpp"

namespace tern {

class MemoryFileSystem final : public FileSystem {
  public:
    static constexpr std::uint64_t kBlock = 4096;

    explicit MemoryFileSystem(std::uint64_t capacity = std::uint64_t{1} << 40)
        : disk_(std::make_shared<Disk>()) {
        disk_->capacity = capacity;
    }

    void set_capacity(std::uint64_t bytes) {
        std::scoped_lock lock(disk_->mutex);
        disk_->capacity = bytes;
    }
    std::uint64_t used() const {
        std::scoped_lock lock(disk_->mutex);
        return disk_->used;
    }
    /// The next `count` calls of remove_file fail.
    void fail_removals(int count) {
        std::scoped_lock lock(disk_->mutex);
        failing_removals_ = count;
    }
    /// The next `count` calls of create fail with this error.
    void fail_creations(int count, Error error) {
        std::scoped_lock lock(disk_->mutex);
        failing_creations_ = count;
        creation_error_ = std::move(error);
    }
    /// Whoever holds a lock has died without giving it back.
    void break_locks() {
        std::scoped_lock lock(disk_->mutex);
        locks_.clear();
    }
    /// Gives the memory of all files back; nobody may touch a mapping any more. For mappings whose
    /// owners died without giving them back.
    void drop_contents() {
        std::scoped_lock lock(disk_->mutex);
        for (const std::weak_ptr<File>& weak : disk_->all) {
            if (const std::shared_ptr<File> file = weak.lock()) file->data.reset();
        }
    }
    std::vector<std::string> file_names() const {
        std::scoped_lock lock(disk_->mutex);
        std::vector<std::string> names;
        for (const auto& [name, file] : files_)
            names.push_back(name);
        return names;
    }
    /// Paths of files (deleted ones that are still mapped included) with a non-zero byte in a block
    /// never reserved.
    std::vector<std::string> written_without_blocks() const {
        std::scoped_lock lock(disk_->mutex);
        std::vector<std::string> faults;
        for (const std::weak_ptr<File>& weak : disk_->all) {
            const std::shared_ptr<File> file = weak.lock();
            if (file && file->has_byte_outside_blocks()) faults.push_back(file->path);
        }
        return faults;
    }

    Result<std::shared_ptr<Mapping>> create(const std::string& path, std::uint64_t length,
                                            Blocks blocks) override {
        std::scoped_lock lock(disk_->mutex);
        if (failing_creations_ > 0) {
            --failing_creations_;
            return creation_error_;
        }
        if (files_.contains(path)) return Error{ErrorCode::generic_error, "file exists: " + path};
        auto file = std::make_shared<File>(path, length, disk_);
        if (blocks == Blocks::reserved) {
            if (Result<void> taken = file->take_blocks(0, length); !taken)
                return std::move(taken).error();
        }
        disk_->all.push_back(file);
        files_[path] = file;
        return std::shared_ptr<Mapping>(std::make_shared<MemoryMapping>(std::move(file)));
    }
    Result<std::shared_ptr<Mapping>> open(const std::string& path, MapMode) override {
        std::scoped_lock lock(disk_->mutex);
        const auto found = files_.find(path);
        if (found == files_.end()) return Error{ErrorCode::generic_error, "no such file: " + path};
        return std::shared_ptr<Mapping>(std::make_shared<MemoryMapping>(found->second));
    }
    Result<void> check_ownership(const std::string&) override { return {}; }
    bool exists(const std::string& path) override {
        std::scoped_lock lock(disk_->mutex);
        return files_.contains(path) || directories_.contains(path);
    }
    std::uint64_t file_length(const std::string& path) override {
        std::scoped_lock lock(disk_->mutex);
        const auto found = files_.find(path);
        return found == files_.end() ? 0 : found->second->length;
    }
    Result<void> make_directories(const std::string& path) override {
        std::scoped_lock lock(disk_->mutex);
        directories_.insert(path);
        return {};
    }
    Result<void> remove_file(const std::string& path) override {
        std::scoped_lock lock(disk_->mutex);
        if (failing_removals_ > 0) {
            --failing_removals_;
            return Error{ErrorCode::generic_error, "cannot remove " + path};
        }
        files_.erase(path);
        return {};
    }
    Result<void> remove_tree(const std::string& path) override {
        std::scoped_lock lock(disk_->mutex);
        std::erase_if(files_,
                      [&](const auto& entry) { return entry.first.starts_with(path + "/"); });
        std::erase_if(directories_, [&](const auto& name) {
            return name == path || name.starts_with(path + "/");
        });
        return {};
    }
    Result<std::string> read_text(const std::string& path, std::uint64_t limit) override {
        std::scoped_lock lock(disk_->mutex);
        const auto found = files_.find(path);
        if (found == files_.end() || found->second->length > limit) {
            return Error{ErrorCode::generic_error, "cannot read " + path};
        }
        const auto* text = reinterpret_cast<const char*>(found->second->data.get());
        return std::string(text, found->second->length);
    }
    Result<void> write_text(const std::string& path, const std::string& text) override {
        Result<std::shared_ptr<Mapping>> file = create(path, text.size(), Blocks::reserved);
        if (!file) return std::move(file).error();
        std::memcpy((*file)->bytes().data(), text.data(), text.size());
        return {};
    }
    std::uint64_t usable_space(const std::string&) override {
        std::scoped_lock lock(disk_->mutex);
        return disk_->free();
    }
    std::shared_ptr<void> try_lock(const std::string& directory) override {
        std::scoped_lock lock(disk_->mutex);
        if (!locks_[directory].expired()) return nullptr;
        const auto held = std::make_shared<int>(0);
        locks_[directory] = held;
        return held;
    }

  private:
    struct File;
    struct Disk {
        mutable std::recursive_mutex mutex;  // a file may die in the middle of a call that holds it
        std::uint64_t capacity = 0;
        std::uint64_t used = 0;
        std::vector<std::weak_ptr<File>> all;
        std::uint64_t free() const { return capacity > used ? capacity - used : 0; }
    };

    struct Free {
        void operator()(void* memory) const { std::free(memory); }
    };

    struct File {
        File(std::string name, std::uint64_t bytes, std::shared_ptr<Disk> on)
            : path(std::move(name)),
              length(bytes),
              disk(std::move(on)),
              data(static_cast<std::byte*>(std::calloc(bytes == 0 ? 1 : bytes, 1))),
              has_block((bytes + kBlock - 1) / kBlock, false) {
            TERN_ASSERT(data != nullptr);
        }
        ~File() {
            std::scoped_lock lock(disk->mutex);
            for (const bool taken : has_block)
                disk->used -= taken ? kBlock : 0;
        }
        Result<void> take_blocks(std::uint64_t offset, std::uint64_t count) {
            TERN_ASSERT(offset + count <= length);
            const std::uint64_t first = offset / kBlock;
            const std::uint64_t end = (offset + count + kBlock - 1) / kBlock;
            std::uint64_t needed = 0;
            for (std::uint64_t i = first; i < end; ++i)
                needed += has_block[i] ? 0 : kBlock;
            if (needed > disk->free()) {
                return Error{ErrorCode::storage_space,
                             "no room for " + path + ": free=" + std::to_string(disk->free()) +
                                 " needed=" + std::to_string(needed)};
            }
            disk->used += needed;
            for (std::uint64_t i = first; i < end; ++i)
                has_block[i] = true;
            return {};
        }
        bool has_byte_outside_blocks() const {
            for (std::uint64_t i = 0; i < length; ++i) {
                if (i % kBlock == 0 && has_block[i / kBlock]) {
                    i += kBlock - 1;
                } else if (data.get()[i] != std::byte{0}) {
                    return true;
                }
            }
            return false;
        }

        std::string path;
        std::uint64_t length;
        std::shared_ptr<Disk> disk;
        std::unique_ptr<std::byte, Free> data;
        std::vector<bool> has_block;
    };

    class MemoryMapping final : public Mapping {
      public:
        explicit MemoryMapping(std::shared_ptr<File> file)
            : Mapping(file->path, Bytes(file->data.get(), file->length)), file_(std::move(file)) {}
        Result<void> reserve(std::uint64_t offset, std::uint64_t length) override {
            std::scoped_lock lock(file_->disk->mutex);
            return file_->take_blocks(offset, length);
        }
        void flush() override {}

      private:
        std::shared_ptr<File> file_;
    };

    std::shared_ptr<Disk> disk_;
    std::map<std::string, std::shared_ptr<File>> files_;
    std::set<std::string> directories_;
    std::map<std::string, std::weak_ptr<void>> locks_;
    int failing_removals_ = 0;
    int failing_creations_ = 0;
    Error creation_error_;
};

}  // namespace tern
