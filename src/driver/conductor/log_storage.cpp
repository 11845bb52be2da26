#include "tern/driver/conductor/log_storage.hpp"

#include <optional>
#include <utility>

namespace tern::driver {
namespace {

using MappedFile = Result<std::shared_ptr<Mapping>>;

// What the executor's thread found; the conductor thread reads it once the task is complete.
struct Outcome {
    std::optional<MappedFile> file;
    std::optional<Error> warning;
};

struct SpaceRules {
    bool is_checked;
    std::uint64_t warning_threshold;
    std::string directory;
};

// nullopt where the file may be made.
std::optional<Error> check_space(FileSystem& files, const SpaceRules& rules, std::uint64_t length,
                                 std::optional<Error>& warning) {
    if (!rules.is_checked) return std::nullopt;
    const std::uint64_t usable = files.usable_space(rules.directory);
    const std::string found = " usable=" + std::to_string(usable) + " in " + rules.directory;
    if (usable < length) {
        return Error{
            ErrorCode::storage_space,
            "insufficient usable storage for new log of length=" + std::to_string(length) + found};
    }
    if (usable <= rules.warning_threshold) {
        warning =
            Error{ErrorCode::storage_space, "WARNING: space is running low: threshold=" +
                                                std::to_string(rules.warning_threshold) + found};
    }
    return std::nullopt;
}

Result<void> reserve_all(Mapping& file, const std::vector<FileRange>& ranges) {
    for (const FileRange& range : ranges) {
        if (Result<void> reserved = file.reserve(range.offset, range.length); !reserved) {
            return reserved;
        }
    }
    return {};
}

void make_file(FileSystem& files, const SpaceRules& rules, const LogStorage::Request& request,
               Outcome& outcome) {
    if (std::optional<Error> refused = check_space(files, rules, request.length, outcome.warning)) {
        outcome.file = MappedFile(*std::move(refused));
        return;
    }
    const Blocks blocks = request.is_sparse ? Blocks::sparse : Blocks::reserved;
    MappedFile file = files.create(request.path, request.length, blocks);
    if (file && request.is_sparse) {
        if (Result<void> reserved = reserve_all(**file, request.reserve); !reserved) {
            file = MappedFile(std::move(reserved).error());
            (void)files.remove_file(request.path);  // the first error is the one to report
        }
    }
    outcome.file = std::move(file);
}

}  // namespace

LogStorage::LogStorage(const Settings& settings, std::string directory, FileSystem& files,
                       Executor& executor, SystemCounters& counters, ErrorSink& errors)
    : settings_(settings),
      directory_(std::move(directory)),
      files_(files),
      executor_(executor),
      counters_(counters),
      errors_(errors) {}

bool LogStorage::make(Request request, Made made) {
    const auto outcome = std::make_shared<Outcome>();
    const SpaceRules rules{
        .is_checked = settings_.perform_storage_checks,
        .warning_threshold = static_cast<std::uint64_t>(settings_.low_storage_warning_threshold),
        .directory = directory_};
    return executor_.submit([&files = files_, rules, request = std::move(request),
                             outcome] { make_file(files, rules, request, *outcome); },
                            [this, outcome, made = std::move(made)] {
                                if (outcome->warning) errors_.report(*outcome->warning);
                                if (*outcome->file) {
                                    const std::size_t length =
                                        outcome->file->value()->bytes().size();
                                    counters_[SystemCounter::bytes_currently_mapped].add(
                                        static_cast<std::int64_t>(length));
                                }
                                made(*std::move(outcome->file));
                            });
}

bool LogStorage::reserve(std::shared_ptr<Mapping> file, std::vector<FileRange> ranges,
                         Reserved reserved) {
    const auto outcome = std::make_shared<Result<void>>();
    return executor_.submit(
        [file = std::move(file), ranges = std::move(ranges), outcome] {
            *outcome = reserve_all(*file, ranges);
        },
        [outcome, reserved = std::move(reserved)] { reserved(std::move(*outcome)); });
}

void LogStorage::remove(std::shared_ptr<Mapping> file) {
    std::string path = file->path();
    doomed_.push_back({std::move(file), std::move(path)});
}

int LogStorage::submit_removals() {
    int count = 0;
    while (count < static_cast<int>(settings_.resource_free_limit) && !doomed_.empty() &&
           submit_removal(doomed_.front())) {
        doomed_.pop_front();
        ++count;
    }
    return count;
}

bool LogStorage::submit_removal(Doomed& doomed) {
    struct Removal {
        Doomed doomed;
        std::uint64_t unmapped = 0;
        Result<void> result;
    };
    const auto removal = std::make_shared<Removal>();
    removal->doomed = std::move(doomed);  // the last owner unmaps: the executor's thread
    const bool is_taken = executor_.submit(
        [&files = files_, removal] {
            if (removal->doomed.file) {
                removal->unmapped = removal->doomed.file->bytes().size();
                removal->doomed.file.reset();
            }
            removal->result = files.remove_file(removal->doomed.path);
        },
        [this, removal] {
            counters_[SystemCounter::bytes_currently_mapped].add(
                -static_cast<std::int64_t>(removal->unmapped));
            if (removal->result) return;
            counters_[SystemCounter::free_fails].increment();
            errors_.report(removal->result.error());
            failed_.push_back({nullptr, removal->doomed.path});
        });
    if (!is_taken) doomed = std::move(removal->doomed);
    return is_taken;
}

void LogStorage::on_timer() {
    for (Doomed& again : failed_) {
        doomed_.push_back(std::move(again));
    }
    failed_.clear();
}

void LogStorage::remove_now() {
    on_timer();
    for (Doomed& doomed : doomed_) {
        doomed.file.reset();
        if (Result<void> removed = files_.remove_file(doomed.path); !removed) {
            counters_[SystemCounter::free_fails].increment();
            errors_.report(removed.error());
        }
    }
    doomed_.clear();
}

}  // namespace tern::driver
