#include "tern/shm/cnc_file.hpp"

#include "tern/base/assert.hpp"
#include "tern/shm/broadcast.hpp"
#include "tern/shm/many_to_one_ring.hpp"

namespace tern {

std::string version_text(std::int32_t version) {
    return std::to_string(version_major(version)) + "." + std::to_string(version_minor(version)) +
           "." + std::to_string(version & 0xFF);
}

std::int64_t CncLayout::sections_length() const {
    return std::int64_t{to_driver_buffer_length} + to_clients_buffer_length +
           counters_metadata_buffer_length + counters_values_buffer_length +
           error_log_buffer_length;
}

std::int64_t CncLayout::file_length() const {
    return align(kCncHeaderLength + sections_length(), std::int64_t{file_page_size});
}

CncFile::CncFile(std::shared_ptr<Mapping> mapping, const CncLayout& layout)
    : mapping_(std::move(mapping)), layout_(layout) {}

CncHeader& CncFile::header() const {
    return *reinterpret_cast<CncHeader*>(mapping_->bytes().data());
}

CncFile CncFile::initialise(std::shared_ptr<Mapping> mapping, const CncLayout& layout) {
    TERN_ASSERT(static_cast<std::int64_t>(mapping->bytes().size()) >=
                kCncHeaderLength + layout.sections_length());
    CncFile file{std::move(mapping), layout};
    CncHeader& header = file.header();
    header.to_driver_buffer_length = layout.to_driver_buffer_length;
    header.to_clients_buffer_length = layout.to_clients_buffer_length;
    header.counters_metadata_buffer_length = layout.counters_metadata_buffer_length;
    header.counters_values_buffer_length = layout.counters_values_buffer_length;
    header.error_log_buffer_length = layout.error_log_buffer_length;
    header.client_liveness_timeout_ns = layout.client_liveness_timeout.count();
    header.start_timestamp_ms = layout.start_timestamp.count();
    header.pid = layout.pid;
    header.file_page_size = layout.file_page_size;
    return file;
}

void CncFile::publish_version() {
    // sync[cnc-version] release: the whole file is initialised.
    header().version.store_release(kCncVersion);
}

std::int32_t cnc_version_of(const Mapping& mapping) {
    if (static_cast<std::int64_t>(mapping.bytes().size()) <= kCncHeaderLength) {
        return 0;
    }
    // sync[cnc-version] acquire
    return reinterpret_cast<const CncHeader*>(mapping.bytes().data())->version.load_acquire();
}

Result<CncFile> CncFile::over(std::shared_ptr<Mapping> mapping) {
    const auto file_length = static_cast<std::int64_t>(mapping->bytes().size());
    const auto fault = [&mapping](const std::string& what) {
        return Error{ErrorCode::generic_error,
                     "CnC file " + mapping->path() + " is damaged: " + what};
    };
    if (file_length <= kCncHeaderLength) {
        return fault("it has " + std::to_string(file_length) + " bytes, no more than a header");
    }
    const std::byte* at = mapping->bytes().data();
    const auto length_at = [at](std::size_t offset) {
        return load_plain<std::int32_t>(at + offset);
    };
    CncLayout layout{
        .to_driver_buffer_length = length_at(offsetof(CncHeader, to_driver_buffer_length)),
        .to_clients_buffer_length = length_at(offsetof(CncHeader, to_clients_buffer_length)),
        .counters_metadata_buffer_length =
            length_at(offsetof(CncHeader, counters_metadata_buffer_length)),
        .counters_values_buffer_length =
            length_at(offsetof(CncHeader, counters_values_buffer_length)),
        .error_log_buffer_length = length_at(offsetof(CncHeader, error_log_buffer_length)),
        .client_liveness_timeout =
            Nanos{load_plain<std::int64_t>(at + offsetof(CncHeader, client_liveness_timeout_ns))},
        .start_timestamp =
            Millis{load_plain<std::int64_t>(at + offsetof(CncHeader, start_timestamp_ms))},
        .pid = load_plain<std::int64_t>(at + offsetof(CncHeader, pid)),
        .file_page_size = length_at(offsetof(CncHeader, file_page_size)),
    };
    if (layout.file_page_size == 0) {
        layout.file_page_size = 4096;   // an older driver
    }
    if (!ManyToOneRing::is_valid_length(layout.to_driver_buffer_length)) {
        return fault("to-driver buffer length " + std::to_string(layout.to_driver_buffer_length));
    }
    if (!is_valid_broadcast_length(layout.to_clients_buffer_length)) {
        return fault("to-clients buffer length " + std::to_string(layout.to_clients_buffer_length));
    }
    if (layout.counters_metadata_buffer_length < 0 || layout.counters_values_buffer_length < 0 ||
        layout.error_log_buffer_length < 0 || layout.counters_metadata_buffer_length % 8 != 0 ||
        layout.counters_values_buffer_length % 8 != 0) {
        return fault("a section length is negative or not a multiple of 8");
    }
    if (file_length < kCncHeaderLength + layout.sections_length()) {
        return fault("it has " + std::to_string(file_length) + " bytes, its header needs " +
                     std::to_string(kCncHeaderLength + layout.sections_length()));
    }
    return CncFile{std::move(mapping), layout};
}

Bytes CncFile::section(int index) const {
    const std::int32_t lengths[] = {
        layout_.to_driver_buffer_length, layout_.to_clients_buffer_length,
        layout_.counters_metadata_buffer_length, layout_.counters_values_buffer_length,
        layout_.error_log_buffer_length};
    std::size_t offset = kCncHeaderLength;
    for (int i = 0; i < index; ++i) {
        offset += static_cast<std::size_t>(lengths[i]);
    }
    return mapping_->bytes().subspan(offset, static_cast<std::size_t>(lengths[index]));
}

std::int64_t CncFile::consumer_heartbeat_ms() const {
    return ManyToOneRing{to_driver()}.consumer_heartbeat_ms();
}

DriverPresence look_for_driver(const Mapping& cnc, Millis epoch_now, Millis driver_timeout) {
    using State = DriverPresence::State;
    const Bytes bytes = cnc.bytes();
    if (static_cast<std::int64_t>(bytes.size()) <= kCncHeaderLength) {
        return {State::none, Millis{0}, "CnC file is created but holds no more than a header"};
    }
    const std::int32_t version = cnc_version_of(cnc);
    if (version == 0) {
        return {State::initialising, Millis{0}, "CnC file is created but not initialised"};
    }
    if (version_major(version) != version_major(kCncVersion)) {
        return {State::other_major, Millis{0},
                "CnC version not compatible: app=" + version_text(kCncVersion) +
                    " file=" + version_text(version)};
    }
    const auto ring_length = load_plain<std::int32_t>(
        bytes.data() + offsetof(CncHeader, to_driver_buffer_length));
    if (!ManyToOneRing::is_valid_length(ring_length) ||
        static_cast<std::int64_t>(bytes.size()) < kCncHeaderLength + ring_length) {
        return {State::none, Millis{0},
                "CnC file is cut short or its to-driver buffer length is wrong"};
    }
    const ManyToOneRing ring{
        bytes.subspan(kCncHeaderLength, static_cast<std::size_t>(ring_length))};
    // In unsigned arithmetic: a heartbeat of garbage must not overflow.
    const Millis age{
        static_cast<std::int64_t>(static_cast<std::uint64_t>(epoch_now.count()) -
                                  static_cast<std::uint64_t>(ring.consumer_heartbeat_ms()))};
    return {age <= driver_timeout ? State::active : State::none, age,
            "Aeron driver heartbeat is " + std::to_string(age.count()) + " ms old"};
}

}  // namespace tern
