#include "tern/driver/directory.hpp"

#include <algorithm>
#include <optional>

#include "tern/base/value_parser.hpp"
#include "tern/driver/saved_errors.hpp"
#include "tern/shm/many_to_one_ring.hpp"

// Aeron has no lock, so two drivers that start in the same instant can both find the directory free
// and delete each other's files. Ours hold a lock on its parent while they look and make the files;
// from then on the file itself, whose version is still 0, makes the next one wait for what comes of
// it.

namespace tern::driver {
namespace {

constexpr Nanos kPoll = Millis{1};

Error refused(std::string text) { return {ErrorCode::generic_error, std::move(text)}; }

std::string parent_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == path.npos || slash == 0 ? "/" : path.substr(0, slash);
}

class Preparation {
  public:
    Preparation(const Settings& settings, FileSystem& files, Clock& clock,
                const std::function<void(Nanos)>& wait, const Notice& notice, std::int64_t pid,
                const std::function<bool()>& is_given_up)
        : settings_(settings),
          files_(files),
          clock_(clock),
          wait_(wait),
          notice_(notice),
          pid_(pid),
          is_given_up_(is_given_up) {}

    Result<PreparedDirectory> run() {
        if (auto made = files_.make_directories(parent_of(directory())); !made) {
            return std::move(made).error();
        }
        const std::shared_ptr<void> lock = lock_parent();
        if (gives_up()) return given_up();
        if (auto ours = files_.check_ownership(directory()); !ours) return std::move(ours).error();
        if (files_.exists(directory())) {
            if (auto gone = remove_old(); !gone) return std::move(gone).error();
        }
        return make_fresh();
    }

  private:
    const std::string& directory() const { return settings_.directory; }
    void say(const std::string& line) const {
        if (notice_) notice_(line);
    }

    bool gives_up() const { return is_given_up_ && is_given_up_(); }
    static Error given_up() { return refused("the start was given up"); }

    /// A moment later; false where there is no use in another look.
    bool wait_before(Nanos deadline) {
        if (clock_.now() >= deadline || gives_up()) return false;
        wait_(kPoll);
        return true;
    }

    std::shared_ptr<void> lock_parent() {
        const Nanos deadline = clock_.now() + settings_.driver_timeout;
        std::shared_ptr<void> lock = files_.try_lock(parent_of(directory()));
        while (lock == nullptr && wait_before(deadline)) {
            lock = files_.try_lock(parent_of(directory()));
        }
        if (lock == nullptr && !gives_up()) {
            say("WARNING: " + parent_of(directory()) +
                " is locked by another process for more than " +
                std::to_string(settings_.driver_timeout.count()) +
                " ms; starting without the lock");
        }
        return lock;
    }

    Result<void> remove_old() {
        if (settings_.warn_if_directory_exists) say("WARNING: " + directory() + " exists");
        if (!settings_.delete_directory_on_start) {
            if (auto retired = retire_old_driver(); !retired) return retired;
        }
        return files_.remove_tree(directory());
    }

    /// Success where no driver is at work in the directory; then the errors of the last one are
    /// saved.
    Result<void> retire_old_driver() {
        const std::string path = directory() + "/" + kCncFileName;
        if (!files_.exists(path)) return {};
        if (files_.file_length(path) <= static_cast<std::uint64_t>(kCncHeaderLength)) return {};
        auto mapping = files_.open(path, MapMode::read_only);
        if (!mapping) return std::move(mapping).error();
        const DriverPresence presence = wait_until_clear(**mapping);
        if (gives_up()) return given_up();
        const bool dated = presence.state == DriverPresence::State::active ||
                           presence.state == DriverPresence::State::none;
        if (settings_.warn_if_directory_exists) {
            if (!presence.note.empty()) {
                say("INFO: " + presence.note);
            } else if (dated) {
                say("INFO: Aeron driver heartbeat is " +
                    std::to_string(presence.heartbeat_age.count()) + " ms old");
            }
        }
        if (presence.state == DriverPresence::State::active) {
            return refused("Active media driver detected: " + path + ": " + remedy(*mapping) +
                           ", or set aeron.dir to another directory");
        }
        if (presence.state == DriverPresence::State::other_major) {
            return refused(presence.note + ": " + path +
                           " may be in use by a driver of another version: stop it and remove " +
                           directory() + ", or set aeron.dir to another directory");
        }
        if (auto old = CncFile::over(*mapping); old && old->version() != 0) save_errors(*old);
        return {};
    }

    /// What to do about an active driver. One that was just killed can not be stopped any more.
    std::string remedy(const std::shared_ptr<Mapping>& mapping) {
        const auto cnc = CncFile::over(mapping);
        if (!cnc || cnc->layout().pid <= 0) return "stop that driver";
        const std::string pid = std::to_string(cnc->layout().pid);
        if (!files_.exists("/proc/self") || files_.exists("/proc/" + pid)) {
            return "stop that driver, pid " + pid;
        }
        return "there is no process " + pid +
               " here any more, but its driver counts as alive until its heartbeat is " +
               format_duration(settings_.driver_timeout) + " old: start again then";
    }

    DriverPresence look(const Mapping& cnc) {
        return look_for_driver(cnc, clock_.epoch_now(), settings_.driver_timeout);
    }

    /// Two states have to be watched: a driver that starts, and one whose heartbeat lies in the
    /// future. That one is alive, or died before the wall clock was set back: it would count as
    /// active for all the time that the clock has to catch up.
    DriverPresence wait_until_clear(const Mapping& cnc) {
        const Nanos deadline = clock_.now() + settings_.driver_timeout;
        DriverPresence presence = look(cnc);
        const std::string patience = format_duration(settings_.driver_timeout);
        if (presence.state == DriverPresence::State::initialising) {
            say("INFO: " + cnc.path() + " is unfinished: waiting up to " + patience +
                " for whoever makes it");
        }
        while (presence.state == DriverPresence::State::initialising && wait_before(deadline)) {
            presence = look(cnc);
        }
        if (presence.state != DriverPresence::State::active || presence.heartbeat_age >= Millis{0})
            return presence;
        const Millis first = clock_.epoch_now() - presence.heartbeat_age;
        say("INFO: the heartbeat in " + cnc.path() +
            " is ahead of the clock: watching it for up to " + patience);
        while (wait_before(deadline)) {
            presence = look(cnc);
            if (presence.state != DriverPresence::State::active) return presence;
            if (clock_.epoch_now() - presence.heartbeat_age != first) return presence;
        }
        presence.state = DriverPresence::State::none;
        presence.note = "the heartbeat of the last driver is " +
                        std::to_string(-presence.heartbeat_age.count()) +
                        " ms ahead of the clock and has stood still for " +
                        std::to_string(settings_.driver_timeout.count()) +
                        " ms: taken for dead, and the clock for set back";
        return presence;
    }

    void save_errors(const CncFile& old) {
        const SavedErrors errors = describe_errors(old.error_log());
        if (errors.distinct == 0) return;
        std::string date = date_text(clock_.epoch_now());
        std::replace(date.begin(), date.end(), ':', '-');
        const std::string file = directory() + "-" + date + "-error.log";
        if (auto written = files_.write_text(file, errors.text); !written) {
            say("ERROR: Failed to save existing errors to: " + file);
            say(written.error().text);
            say("Dumping errors here:");
            say(errors.text);
            return;
        }
        say("WARNING: Existing errors saved to: " + file);
    }

    Result<PreparedDirectory> make_fresh() {
        for (const char* part : {"", "/publications", "/images"}) {
            if (auto made = files_.make_directories(directory() + part); !made) {
                return std::move(made).error();
            }
        }
        // Somebody may have put one of his own there since we looked.
        if (auto ours = files_.check_ownership(directory()); !ours) return std::move(ours).error();
        const CncLayout layout = layout_of_settings();
        auto cnc =
            files_.create(directory() + "/" + kCncFileName,
                          static_cast<std::uint64_t>(layout.file_length()), Blocks::reserved);
        if (!cnc) return std::move(cnc).error();
        const auto report_length = static_cast<std::uint64_t>(
            align(settings_.loss_report_buffer_length, settings_.file_page_size));
        auto report =
            files_.create(directory() + "/loss-report.dat", report_length, Blocks::reserved);
        if (!report) return std::move(report).error();
        return PreparedDirectory{directory(), CncFile::initialise(*std::move(cnc), layout),
                                 *std::move(report)};
    }

    CncLayout layout_of_settings() {
        const auto narrow = [](std::int64_t length) { return static_cast<std::int32_t>(length); };
        return {
            .to_driver_buffer_length = narrow(settings_.to_driver_buffer_length),
            .to_clients_buffer_length = narrow(settings_.to_clients_buffer_length),
            .counters_metadata_buffer_length = narrow(4 * settings_.counters_values_buffer_length),
            .counters_values_buffer_length = narrow(settings_.counters_values_buffer_length),
            .error_log_buffer_length = narrow(settings_.error_buffer_length),
            .client_liveness_timeout = settings_.client_liveness_timeout,
            .start_timestamp = clock_.epoch_now(),
            .pid = pid_,
            .file_page_size = narrow(settings_.file_page_size),
        };
    }

    const Settings& settings_;
    FileSystem& files_;
    Clock& clock_;
    const std::function<void(Nanos)>& wait_;
    const Notice& notice_;
    std::int64_t pid_;
    const std::function<bool()>& is_given_up_;
};

}  // namespace

Result<PreparedDirectory> prepare_directory(const Settings& settings, FileSystem& files,
                                            Clock& clock, const std::function<void(Nanos)>& wait,
                                            const Notice& notice, std::int64_t pid,
                                            const std::function<bool()>& is_given_up) {
    auto prepared = Preparation{settings, files, clock, wait, notice, pid, is_given_up}.run();
    if (prepared) return prepared;
    Error error = std::move(prepared).error();
    error.text += " (could not recreate aeron dir: " + settings.directory + ")";
    return error;
}

void publish(PreparedDirectory& directory, Clock& clock) {
    ManyToOneRing{directory.cnc.to_driver()}.set_consumer_heartbeat_ms(clock.epoch_now().count());
    directory.cnc.publish_version();
    directory.cnc.mapping()->flush();
}

Result<void> close_directory(PreparedDirectory directory, const Settings& settings,
                             FileSystem& files) {
    directory.cnc.mapping()->flush();
    directory.loss_report->flush();
    if (!settings.delete_directory_on_shutdown) return {};
    return files.remove_tree(directory.path);
}

}  // namespace tern::driver
