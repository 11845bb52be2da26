#include "tern/client/client.hpp"

namespace tern::client {
namespace {

constexpr std::size_t kMaxTokenLength = 4096;

Error refusal(std::string text) { return {ErrorCode::invalid_argument, std::move(text)}; }

}  // namespace

Result<bool> request_driver_termination(FileSystem& files, const std::string& directory,
                                        ConstBytes token) {
    if (token.size() > kMaxTokenLength)
        return refusal("Token too long: " + std::to_string(token.size()));
    const std::string path = directory + "/" + kCncFileName;
    if (!files.exists(path)) return refusal("Invalid file length: " + path + " does not exist");
    if (files.file_length(path) <= static_cast<std::uint64_t>(kCncHeaderLength)) return false;
    Result<std::shared_ptr<Mapping>> mapping = files.open(path, MapMode::read_write);
    if (!mapping) return std::move(mapping).error();

    const std::int32_t version = cnc_version_of(**mapping);
    if (version == 0) return refusal("Aeron CnC not initialised");
    if (version_major(version) != version_major(kCncVersion)) {
        return refusal("Aeron CnC version does not match: client=" + version_text(kCncVersion) +
                       ", file=" + version_text(version));
    }
    if (version_minor(version) < version_minor(kCncVersion)) {
        return refusal("Driver version insufficient: client=" + version_text(kCncVersion) +
                       ", file=" + version_text(version));
    }
    Result<CncFile> cnc = CncFile::over(*std::move(mapping));
    if (!cnc) return refusal("Aeron CnC file length not sufficient: " + cnc.error().text);

    ManyToOneRing ring(cnc->to_driver());
    DriverProxy driver(ring, ring.next_correlation_id());
    const protocol::TerminateDriver command{driver.header(driver.next_correlation_id()), token};
    if (const std::size_t length = encoded_length(command);
        length > static_cast<std::size_t>(ring.max_payload_length())) {
        return refusal("Token length (" + std::to_string(token.size()) +
                       ") > max message length (" + std::to_string(ring.max_payload_length()) +
                       ")");
    }
    if (!driver.send(command)) {
        return Error{ErrorCode::buffer_full, "Unable to write to driver ring buffer"};
    }
    return true;
}

}  // namespace tern::client
