#pragma once

/// Makes, grows and deletes the log files of publications and images. All of that is slow, so it
/// happens on the executor; what it came to is handed over on the conductor thread, whenever that
/// polls the executor. What is asked for is done in the order of asking.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tern/base/error.hpp"
#include "tern/base/executor.hpp"
#include "tern/driver/error_sink.hpp"
#include "tern/driver/settings.hpp"
#include "tern/driver/system_counters.hpp"
#include "tern/shm/file_system.hpp"

namespace tern::driver {

/// A piece of a file, in bytes.
struct FileRange {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    bool operator==(const FileRange&) const = default;
};

class LogStorage {
  public:
    struct Request {
        std::string path;
        std::uint64_t length = 0;
        bool is_sparse = true;
        std::vector<FileRange> reserve;  // of a sparse file: what is written from the beginning
    };
    using Made = std::function<void(Result<std::shared_ptr<Mapping>>)>;
    using Reserved = std::function<void(Result<void>)>;

    /// `directory` is the one whose free space counts. All references outlive the storage, which
    /// itself outlives what it submitted.
    LogStorage(const Settings& settings, std::string directory, FileSystem& files,
               Executor& executor, SystemCounters& counters, ErrorSink& errors);

    /// Checks the free space, makes the file and reserves its first blocks; `made` gets the mapping
    /// or the reason. Nothing of a file that failed is left. False: the executor takes no more now,
    /// ask again.
    [[nodiscard]] bool make(Request request, Made made);
    /// Puts blocks under pieces of a sparse file. False: ask again.
    [[nodiscard]] bool reserve(std::shared_ptr<Mapping> file, std::vector<FileRange> ranges,
                               Reserved reserved);
    /// Unmaps and deletes a file some time later. A deletion that fails is counted and tried again
    /// in the next timer pass, until it succeeds.
    void remove(std::shared_ptr<Mapping> file);

    /// Sends at most `resource_free_limit` deletions to the executor; how many.
    int submit_removals();
    void on_timer();
    /// For the end of the driver, once the executor has nothing left: deletes what still waits.
    void remove_now();

  private:
    struct Doomed {
        std::shared_ptr<Mapping> file;  // none where only the deletion has to be tried again
        std::string path;
    };
    bool submit_removal(Doomed& doomed);

    const Settings& settings_;
    std::string directory_;
    FileSystem& files_;
    Executor& executor_;
    SystemCounters& counters_;
    ErrorSink& errors_;
    std::deque<Doomed> doomed_;
    std::deque<Doomed> failed_;  // wait for the next timer pass
};

}  // namespace tern::driver
