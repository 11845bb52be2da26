#pragma once

/// How the conductor calls a handler of the application: what it throws goes to the error handler.
/// For the conductor's .cpp files only.

#include <exception>
#include <string>
#include <utility>

#include "tern/client/client_conductor.hpp"

namespace tern::client {

template <typename Handler, typename... Args>
void ClientConductor::call(const Handler& handler, Args&&... args) {
    try {
        handler(std::forward<Args>(args)...);
    } catch (const std::exception& thrown) {
        report({ErrorCode::generic_error, std::string("exception in a handler: ") + thrown.what()});
    } catch (...) { report({ErrorCode::generic_error, "exception in a handler"}); }
}

}  // namespace tern::client
