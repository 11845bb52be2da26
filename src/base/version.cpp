#include "tern/base/version.hpp"

namespace tern {

std::string_view version_text() {
    return TERN_VERSION_TEXT;
}

std::int32_t version_number() {
    return compose_version(TERN_VERSION_NUMBERS);
}

std::string_view revision_text() {
    return TERN_REVISION;
}

}  // namespace tern
