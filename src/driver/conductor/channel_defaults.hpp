#pragma once

/// What the driver's settings say where a channel says nothing.

#include "tern/driver/settings.hpp"
#include "tern/uri/publication_params.hpp"
#include "tern/uri/subscription_params.hpp"

namespace tern::driver {

uri::PublicationDefaults ipc_publication_defaults(const Settings& settings);
uri::PublicationDefaults network_publication_defaults(const Settings& settings);
uri::SubscriptionDefaults subscription_defaults(const Settings& settings);

}  // namespace tern::driver
