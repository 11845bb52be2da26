#include "tern/uri/param_reader.hpp"

#include <limits>

#include "tern/base/value_parser.hpp"
#include "tern/uri/number_text.hpp"

namespace tern::uri {

void ParamReader::fail(ErrorCode code, std::string message) {
    if (!fault_) fault_ = Error{code, std::move(message)};
}

void ParamReader::fail_value(std::string_view key, std::string_view value, std::string_view rest) {
    fail("could not parse " + std::string{key} + "=" + std::string{value} + std::string{rest});
}

Error ParamReader::error() const {
    TERN_ASSERT(fault_.has_value());
    const std::string suffix = "channel=" + channel_.text();
    if (fault_->text.ends_with(suffix)) return *fault_;
    return {fault_->code, fault_->text + ", " + suffix};
}

void ParamReader::size(std::string_view key, std::int64_t& value) {
    const auto text = get(key);
    if (!text) return;
    if (const auto parsed = parse_size(*text)) {
        value = static_cast<std::int64_t>(*parsed);
    } else {
        fail_value(key, *text, " in URI");
    }
}

void ParamReader::duration(std::string_view key, Nanos& value) {
    std::optional<Nanos> parsed;
    duration(key, parsed);
    if (parsed) value = *parsed;
}

void ParamReader::duration(std::string_view key, std::optional<Nanos>& value) {
    const auto text = get(key);
    if (!text) return;
    if (const auto parsed = parse_duration(*text)) {
        value = parsed;
    } else {
        fail_value(key, *text, " in URI");
    }
}

void ParamReader::boolean(std::string_view key, bool& value) {
    const auto text = get(key);
    if (!text) return;
    if (*text == "true" || *text == "false") {
        value = *text == "true";
    } else {
        fail_value(key, *text, " as bool from URI");
    }
}

void ParamReader::int32(std::string_view key, std::int32_t& value) {
    std::optional<std::int32_t> parsed;
    int32(key, parsed);
    if (parsed) value = *parsed;
}

void ParamReader::int32(std::string_view key, std::optional<std::int32_t>& value) {
    const auto text = get(key);
    if (!text) return;
    if (const auto parsed = parse_int32(*text)) {
        value = parsed;
    } else {
        fail_value(key, *text, " as int32_t in URI: " + std::string{reason_of(*text)});
    }
}

void ParamReader::int64(std::string_view key, std::optional<std::int64_t>& value) {
    const auto text = get(key);
    if (!text) return;
    if (const auto parsed = parse_int64(*text)) {
        value = parsed;
    } else {
        fail_value(key, *text, " as int64_t in URI: " + std::string{reason_of(*text)});
    }
}

}  // namespace tern::uri
