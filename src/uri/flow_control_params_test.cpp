#include "tern/uri/flow_control_params.hpp"

#include <gtest/gtest.h>

namespace tern::uri {
namespace {

Result<std::optional<FlowControlParams>> parse_flow_control(std::string_view fc) {
    return FlowControlParams::parse(*ChannelUri::parse("aeron:udp?fc=" + std::string{fc}));
}

std::string fault_of(std::string_view fc) {
    const auto params = parse_flow_control(fc);
    EXPECT_FALSE(params) << fc;
    EXPECT_EQ(params.error().code, ErrorCode::generic_error);
    return params.error().text;
}

TEST(FlowControlParams, are_absent_without_the_key) {
    const auto params = FlowControlParams::parse(*ChannelUri::parse("aeron:udp?endpoint=a:1"));
    ASSERT_TRUE(params);
    EXPECT_EQ(*params, std::nullopt);
}

TEST(FlowControlParams, read_every_option) {
    const FlowControlParams tagged = **parse_flow_control("tagged,g:101/3,t:5s,rrwm:6");
    EXPECT_EQ(tagged.strategy, FlowControlStrategy::tagged);
    EXPECT_EQ(tagged.group_tag, 101);
    EXPECT_EQ(tagged.min_group_size, 3);
    EXPECT_EQ(tagged.receiver_timeout, Nanos{5'000'000'000});
    EXPECT_EQ(tagged.retransmit_window_multiple, 6);

    const FlowControlParams min = **parse_flow_control("min,g:/2");
    EXPECT_EQ(min.strategy, FlowControlStrategy::min);
    EXPECT_EQ(min.group_tag, std::nullopt);
    EXPECT_EQ(min.min_group_size, 2);

    const FlowControlParams max = **parse_flow_control("max");
    EXPECT_EQ(max.strategy, FlowControlStrategy::max);
    EXPECT_EQ(max.receiver_timeout, std::nullopt);
    EXPECT_EQ((**parse_flow_control("max,rrwm:1")).retransmit_window_multiple, 1);
    EXPECT_EQ((**parse_flow_control("tagged,g:-7")).group_tag, -7);
}

TEST(FlowControlParams, name_what_is_wrong) {
    EXPECT_EQ(fault_of("mean"),
              "Invalid flow control strategy name: mean from URI: aeron:udp?fc=mean");
    EXPECT_EQ(fault_of(","), "No flow control strategy name specified, URI: aeron:udp?fc=,");
    EXPECT_EQ(fault_of("max,t:5s"),
              "Flow control options - unrecognised option, field: t:5s, options: max,t:5s");
    EXPECT_EQ(fault_of("min,x"),
              "Flow control options - unrecognised option, field: x, options: min,x");
    EXPECT_EQ(fault_of("min,"),
              "Flow control options - unrecognised option, field: , options: min,");
    EXPECT_EQ(fault_of("min,g:x"),
              "Flow control options - invalid group, field: g:x, options: min,g:x");
    EXPECT_EQ(fault_of("tagged,g:"),
              "Flow control options - invalid group, field: g:, options: tagged,g:");
    EXPECT_EQ(fault_of("min,g:,t:5s"),
              "Flow control options - invalid group, field: g:, options: min,g:,t:5s");
    EXPECT_EQ(fault_of("tagged,g:/"), "Group count invalid, field: g:/, options: tagged,g:/");
    EXPECT_EQ(fault_of("min,g:1/x"), "Group count invalid, field: g:1/x, options: min,g:1/x");
    EXPECT_EQ(fault_of("min,g:1/-1"), "Group count invalid, field: g:1/-1, options: min,g:1/-1");
    EXPECT_EQ(fault_of("min,t:5x"),
              "Flow control options - invalid timeout, field: t:5x, options: min,t:5x");
    EXPECT_EQ(fault_of("max,rrwm:0"),
              "Flow control options - invalid flow control retransmit receiver window multiple, "
              "field: rrwm:0, options: max,rrwm:0");
    EXPECT_TRUE(fault_of("tagged,g:" + std::string(64, '1'))
                    .starts_with("Flow control options - number field too long (found 64, max "
                                 "63)"));
}

}  // namespace
}  // namespace tern::uri
