#include "tern/driver/conductor/channel_defaults.hpp"

namespace tern::driver {

// Settings were validated: lengths fit 32 bits.
uri::PublicationDefaults ipc_publication_defaults(const Settings& settings) {
    return {.mtu_length = static_cast<std::int32_t>(settings.ipc_mtu_length),
            .term_length = static_cast<std::int32_t>(settings.ipc_term_buffer_length),
            .window_length = static_cast<std::int32_t>(settings.ipc_publication_window_length),
            .max_resend = 0,  // the log tells what the channel says, as with Aeron's C driver
            .linger_timeout = settings.publication_linger_timeout,
            .is_sparse = settings.sparse_term_buffers,
            .spies_simulate_connection = settings.spies_simulate_connection,
            .untethered_window_limit_timeout = settings.untethered_window_limit_timeout,
            .untethered_linger_timeout = settings.untethered_linger_timeout,
            .untethered_resting_timeout = settings.untethered_resting_timeout};
}

uri::PublicationDefaults network_publication_defaults(const Settings& settings) {
    uri::PublicationDefaults defaults = ipc_publication_defaults(settings);
    defaults.mtu_length = static_cast<std::int32_t>(settings.mtu_length);
    defaults.term_length = static_cast<std::int32_t>(settings.term_buffer_length);
    defaults.window_length = static_cast<std::int32_t>(settings.publication_window_length);
    return defaults;
}

uri::SubscriptionDefaults subscription_defaults(const Settings& settings) {
    return {.is_reliable = settings.reliable_stream,
            .is_sparse = settings.sparse_term_buffers,
            .is_tethered = settings.tether_subscriptions,
            .rejoins = settings.rejoin_stream,
            .group = static_cast<uri::TriState>(settings.receiver_group_consideration),
            .receiver_window_length = settings.initial_window_length,
            .group_tag = settings.receiver_group_tag,
            .untethered_window_limit_timeout = settings.untethered_window_limit_timeout,
            .untethered_linger_timeout = settings.untethered_linger_timeout,
            .untethered_resting_timeout = settings.untethered_resting_timeout};
}

}  // namespace tern::driver
