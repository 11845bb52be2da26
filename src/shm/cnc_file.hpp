#pragma once

/// cnc.dat (spec shared-memory.md 3): the header, and where its five sections lie. What another
/// process wrote is checked once, here; after that the sections may be used without looking back.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tern/base/bytes.hpp"
#include "tern/base/clock.hpp"
#include "tern/base/error.hpp"
#include "tern/base/shared_word.hpp"
#include "tern/shm/file_system.hpp"

namespace tern {

inline constexpr std::int64_t kCncHeaderLength = 128;
inline constexpr const char*  kCncFileName = "cnc.dat";

/// major << 16 | minor << 8 | patch, one byte each.
constexpr std::int32_t semantic_version(int major, int minor, int patch) {
    return (major << 16) | (minor << 8) | patch;
}
constexpr int version_major(std::int32_t version) { return (version >> 16) & 0xFF; }
constexpr int version_minor(std::int32_t version) { return (version >> 8) & 0xFF; }
std::string version_text(std::int32_t version);   // "0.2.0"
inline constexpr std::int32_t kCncVersion = semantic_version(0, 2, 0);

#pragma pack(push, 4)
struct CncHeader {
    SharedWord<std::int32_t> version;  //  0: driver, last of all; 0 until ready
    std::int32_t             to_driver_buffer_length;          //  4: with the ring's trailer
    std::int32_t             to_clients_buffer_length;         //  8: with the broadcast's trailer
    std::int32_t             counters_metadata_buffer_length;  // 12: four times the values
    std::int32_t             counters_values_buffer_length;    // 16
    std::int32_t             error_log_buffer_length;          // 20
    std::int64_t             client_liveness_timeout_ns;       // 24
    std::int64_t             start_timestamp_ms;               // 32
    std::int64_t             pid;                              // 40
    std::int32_t             file_page_size;                   // 48
};
#pragma pack(pop)
static_assert(sizeof(CncHeader) == 52 && offsetof(CncHeader, pid) == 40);

/// The header's fields but the version: what a driver decides when it makes the file.
struct CncLayout {
    std::int32_t to_driver_buffer_length = (1 << 20) + 768;
    std::int32_t to_clients_buffer_length = (1 << 20) + 128;
    std::int32_t counters_metadata_buffer_length = 4 * (8 << 20);
    std::int32_t counters_values_buffer_length = 8 << 20;
    std::int32_t error_log_buffer_length = 4 << 20;
    Nanos        client_liveness_timeout{std::chrono::seconds{10}};
    Millis       start_timestamp{0};
    std::int64_t pid = 0;
    std::int32_t file_page_size = 4096;

    std::int64_t sections_length() const;
    std::int64_t file_length() const;   // aligned to the page size; may exceed what a file may have
};

/// A mapped cnc.dat whose lengths were checked against the mapping. Copies share the mapping.
class CncFile {
  public:
    /// Writes all of the header but the version into a fresh, zeroed file.
    static CncFile initialise(std::shared_ptr<Mapping> mapping, const CncLayout& layout);
    /// From here on others may use the file. Everything in it must be initialised.
    void publish_version();

    /// Lengths are copied once and checked; an error names what does not fit. The version is not
    /// judged.
    static Result<CncFile> over(std::shared_ptr<Mapping> mapping);

    std::int32_t version() const { return header().version.load_acquire(); }
    const CncLayout& layout() const { return layout_; }

    /// Data and trailer of each section.
    Bytes to_driver() const { return section(0); }
    Bytes to_clients() const { return section(1); }
    Bytes counters_metadata() const { return section(2); }
    Bytes counters_values() const { return section(3); }
    Bytes error_log() const { return section(4); }

    std::int64_t consumer_heartbeat_ms() const;
    const std::shared_ptr<Mapping>& mapping() const { return mapping_; }

  private:
    CncFile(std::shared_ptr<Mapping> mapping, const CncLayout& layout);
    CncHeader& header() const;
    Bytes section(int index) const;

    std::shared_ptr<Mapping> mapping_;
    CncLayout                layout_;
};

/// Reads the version of a mapped file that may be too short to have one (then 0).
std::int32_t cnc_version_of(const Mapping& mapping);

/// Whether a driver is at work in the directory of a file that some driver made (spec 2.5).
struct DriverPresence {
    enum class State { none, initialising, active, other_major } state = State::none;
    Millis      heartbeat_age{0};   // of an active or dead driver
    std::string note;               // what was found, for a log; may be empty
};
/// Looks once. `initialising`: the version is still 0, look again until the driver time-out has
/// passed and then take it for none.
DriverPresence look_for_driver(const Mapping& cnc, Millis epoch_now, Millis driver_timeout);

}  // namespace tern
