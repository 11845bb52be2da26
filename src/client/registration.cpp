#include "tern/client/registration.hpp"

namespace tern::client {

std::string_view name_of(RequestKind kind) {
    switch (kind) {
        case RequestKind::publication: return "publication";
        case RequestKind::exclusive_publication: return "exclusive_publication";
        case RequestKind::subscription: return "subscription";
        case RequestKind::counter: return "counter";
        case RequestKind::static_counter: return "static_counter";
        case RequestKind::destination: return "destination";
        case RequestKind::next_session_id: return "unknown";  // so named in Aeron's texts
        case RequestKind::reject_image: return "reject_image";
    }
    return "unknown";
}

}  // namespace tern::client
