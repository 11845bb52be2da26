#include "tern/driver/sender/flow_control.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "tern/driver/sender/group_flow_control.hpp"
#include "tern/uri/flow_control_params.hpp"

namespace tern::driver {
namespace {

constexpr std::int32_t kGroupWindowMultiple = 4;

struct Supplier {
    std::string_view alias;
    std::string_view symbol;
    FlowControlStrategy strategy;
};
constexpr Supplier kSuppliers[] = {
    {"unicast_max", "aeron_unicast_flow_control_strategy_supplier",
     FlowControlStrategy::unicast_max},
    {"multicast_max", "aeron_max_multicast_flow_control_strategy_supplier",
     FlowControlStrategy::multicast_max},
    {"multicast_min", "aeron_min_flow_control_strategy_supplier", FlowControlStrategy::min},
    {"multicast_tagged", "aeron_tagged_flow_control_strategy_supplier",
     FlowControlStrategy::tagged},
};

Result<FlowControlStrategy> strategy_of(const std::string& supplier) {
    for (const Supplier& known : kSuppliers) {
        if (supplier == known.alias || supplier == known.symbol) return known.strategy;
    }
    return Error{ErrorCode::generic_error,
                 "unknown flow control supplier: " + supplier +
                     " (unicast_max, multicast_max, multicast_min or multicast_tagged)"};
}

FlowControlStrategy strategy_of(uri::FlowControlStrategy named) {
    switch (named) {
        case uri::FlowControlStrategy::max: return FlowControlStrategy::multicast_max;
        case uri::FlowControlStrategy::min: return FlowControlStrategy::min;
        case uri::FlowControlStrategy::tagged: return FlowControlStrategy::tagged;
    }
    return FlowControlStrategy::multicast_max;
}

/// The fastest receiver sets the pace.
class MaxFlowControl final : public FlowControl {
  public:
    // hot:
    Position on_status_message(const protocol::StatusMessage& message, Position position,
                               Position limit, Nanos /*now*/) override {
        return std::max(limit, position + message.window);
    }
    Position on_idle(Position limit, bool /*is_end_of_stream*/, Nanos /*now*/) override {
        return limit;
    }
    Position on_elicited_setup(Position limit, Nanos /*now*/) override { return limit; }
    void on_setup_triggered(const protocol::StatusMessage& /*message*/) override {}
    void on_error(const protocol::ErrorFrame& /*error*/, Nanos /*now*/) override {}
    bool has_required_receivers() const override { return true; }
};

}  // namespace

Result<FlowControlConfig> flow_control_config(const uri::UdpChannel& channel,
                                              const Settings& settings) {
    FlowControlConfig config{.receiver_timeout = settings.flow_control_receiver_timeout,
                             .group_tag = settings.flow_control_group_tag,
                             .group_min_size = settings.flow_control_group_min_size};
    if (!channel.has_group_semantics()) {
        Result<FlowControlStrategy> strategy = strategy_of(settings.unicast_flow_control_supplier);
        if (!strategy) return std::move(strategy).error();
        config.strategy = *strategy;
        return config;
    }
    config.retransmit_window_multiple = kGroupWindowMultiple;
    Result<std::optional<uri::FlowControlParams>> params =
        uri::FlowControlParams::parse(channel.uri);
    if (!params) return std::move(params).error();
    if (!params->has_value()) {
        Result<FlowControlStrategy> strategy =
            strategy_of(settings.multicast_flow_control_supplier);
        if (!strategy) return std::move(strategy).error();
        config.strategy = *strategy;
        return config;
    }
    const uri::FlowControlParams& given = **params;
    config.strategy = strategy_of(given.strategy);
    config.receiver_timeout = given.receiver_timeout.value_or(config.receiver_timeout);
    config.group_tag = given.group_tag.value_or(config.group_tag);
    config.group_min_size = given.min_group_size.value_or(config.group_min_size);
    config.retransmit_window_multiple =
        given.retransmit_window_multiple.value_or(config.retransmit_window_multiple);
    return config;
}

std::unique_ptr<FlowControl> make_flow_control(const FlowControlConfig& config, Counter receivers) {
    if (config.counts_receivers()) return std::make_unique<GroupFlowControl>(config, receivers);
    return std::make_unique<MaxFlowControl>();
}

}  // namespace tern::driver
