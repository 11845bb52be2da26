#include "tern/shm/cnc_connector.hpp"

// A directory is deleted and made anew whenever a driver starts. So a file that is too short, not
// initialised, or whose driver is dead is given up and opened again: what is mapped may be the old
// inode.

namespace tern {

namespace {

using namespace std::chrono_literals;

constexpr Nanos kWaitForFile = 16ms;
constexpr Nanos kWaitForContent = 1ms;
constexpr Nanos kWaitForNewDriver = 100ms;
constexpr const char* kSameVersion = ": use a driver and clients of one version";

}  // namespace

CncConnector::CncConnector(FileSystem& files, std::string directory, Nanos driver_timeout,
                           Nanos deadline)
    : files_(files),
      file_(std::move(directory) + "/" + kCncFileName),
      driver_timeout_(driver_timeout),
      deadline_(deadline) {}

CncConnector::Step CncConnector::not_yet(Nanos now, Nanos wait, ErrorCode code,
                                         const std::string& text) {
    if (now >= deadline_) {
        return Error{code, text};
    }
    return Wait{wait};
}

std::string CncConnector::no_heartbeat() const {
    return "no driver heartbeat detected after: " +
           std::to_string(std::chrono::duration_cast<Millis>(driver_timeout_).count()) +
           "ms: is the driver of " + file_ + " running?";
}

CncConnector::Step CncConnector::try_step(Nanos now, Millis epoch_now) {
    if (!mapping_) {
        const Step opened = open_file(now);
        if (!mapping_) {
            return opened;
        }
    }
    if (!cnc_) {
        const Step checked = check_file(now);
        if (!cnc_) {
            return checked;
        }
    }
    return check_heartbeat(now, epoch_now);
}

CncConnector::Step CncConnector::open_file(Nanos now) {
    // Past the deadline only what was in the way is of interest: nothing there, or not for us.
    if (files_.file_length(file_) <= static_cast<std::uint64_t>(kCncHeaderLength) &&
        now < deadline_) {
        return Wait{kWaitForFile};
    }
    Result<std::shared_ptr<Mapping>> opened = files_.open(file_, MapMode::read_write);
    if (!opened || opened.value()->bytes().size() <= static_cast<std::size_t>(kCncHeaderLength)) {
        // Gone again, or not yet ours to open: a driver that is starting.
        return not_yet(now, kWaitForFile, ErrorCode::driver_timeout,
                       "CnC file not created: " + file_ + ": " +
                           (opened ? "it is too short" : opened.error().text) +
                           ": start a driver (ternd), or name its directory in AERON_DIR");
    }
    mapping_ = std::move(opened).value();
    return Wait{Nanos{0}};
}

CncConnector::Step CncConnector::check_file(Nanos now) {
    if (static_cast<std::int64_t>(mapping_->bytes().size()) <= kCncHeaderLength) {
        mapping_.reset();   // it shrank between the look at its length and the mapping
        return not_yet(now, kWaitForContent, ErrorCode::driver_timeout,
                       "CnC file is created but not populated: " + file_);
    }
    const std::int32_t version = cnc_version_of(*mapping_);
    if (version == 0) {
        mapping_.reset();
        return not_yet(now, kWaitForContent, ErrorCode::client_timeout,
                       "CnC file is created but not initialised: " + file_);
    }
    if (version_major(version) != version_major(kCncVersion)) {
        return Error{ErrorCode::invalid_argument,
                     "CnC version not compatible: app=" + version_text(kCncVersion) +
                         " file=" + version_text(version) + ": " + file_ + kSameVersion};
    }
    if (version_minor(version) < version_minor(kCncVersion)) {
        return Error{ErrorCode::invalid_argument,
                     "CnC version not compatible: driverVersion=" + version_text(version) +
                         " insufficient for clientVersion=" + version_text(kCncVersion) + ": " +
                         file_ + kSameVersion};
    }
    Result<CncFile> whole = CncFile::over(mapping_);
    if (!whole) {
        mapping_.reset();
        return not_yet(now, kWaitForContent, ErrorCode::driver_timeout, whole.error().text);
    }
    cnc_ = std::move(whole).value();
    return Wait{Nanos{0}};
}

CncConnector::Step CncConnector::check_heartbeat(Nanos now, Millis epoch_now) {
    const std::int64_t heartbeat = cnc_->consumer_heartbeat_ms();
    if (heartbeat == 0) {
        return not_yet(now, kWaitForContent, ErrorCode::driver_timeout, no_heartbeat());
    }
    if (heartbeat < (epoch_now - std::chrono::duration_cast<Millis>(driver_timeout_)).count()) {
        cnc_.reset();
        mapping_.reset();
        return not_yet(now, kWaitForNewDriver, ErrorCode::driver_timeout, no_heartbeat());
    }
    return Connected{*cnc_};
}

}  // namespace tern
