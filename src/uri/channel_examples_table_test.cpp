#include "tern/uri/channel_examples_for_test.hpp"

namespace tern::uri {
namespace {

const std::string kE = "aeron:udp?endpoint=localhost:4040";
const std::string kD = "aeron:udp?endpoint=localhost:4041";

std::string of_length(std::size_t length) {
    std::string channel = "aeron:ipc?alias=";
    channel.resize(length, 'x');
    return channel;
}

}  // namespace

// 21.1 Scheme and syntax
const std::vector<Example>& examples_21_1() {
    static const std::vector<Example> kExamples{
        {1, {{kPublication, "aeron:ipc"}}},
        {2, {{kPublication, "aeron:ipc?"}}},
        {3, {{kPublication, "aeron:ipcx"}}, 1, "invalid URI scheme or transport"},
        {4, {{kPublication, "aeron:udp"}}, 1, "invalid URI scheme or transport"},
        {5, {{kPublication, "aeron:udp?"}}, 1,
         "URIs for UDP must specify endpoint, control, tags, or control-mode=manual/response"},
        {6, {{kPublication, "aeron:UDP?endpoint=localhost:4040"}}, 1,
         "invalid URI scheme or transport"},
        {7, {{kPublication, "Aeron:udp?endpoint=localhost:4040"}}, 1,
         "invalid URI scheme or transport"},
        {8, {{kPublication, "udp://localhost:4040"}}, 1, "invalid URI scheme or transport"},
        {9, {{kPublication, ""}}, 1, "invalid URI scheme or transport"},
        {10, {{kPublication, kE}}},
        {11, {{kPublication, kE + "|"}}},
        {12, {{kPublication, kE + "|foo"}}},
        {13, {{kPublication, "aeron:udp?foo|endpoint=localhost:4040"}}, 1, "invalid end of key"},
        {14, {{kPublication, kE + "||mtu=1408"}}, 1, "invalid end of key"},
        {15, {{kPublication, "aeron:udp?=x|endpoint=localhost:4040"}}, 1, "empty key not allowed"},
        {16, {{kPublication, "aeron:udp?mtu=|endpoint=localhost:4040"}}, 1,
         "empty value not allowed"},
        {17, {{kPublication, "aeron:udp?endpoint="}}, 1, "empty value not allowed"},
        {18, {{kPublication, "aeron:udp?Endpoint=localhost:4040"}}, 1,
         "URIs for UDP must specify endpoint, control, tags, or control-mode=manual/response"},
        {19, {{kPublication, kE + "|foo=bar"}}},
        {20, {{kPublication, kE + "|alias=a=b?c:d"}}},
        {21, {{kPublication, of_length(4095)}}},
        {22, {{kPublication, of_length(4096)}}, 1,
         "URI length (4096) exceeds max supported length (4095)"},
        {23, {{kPublication, kE + "|mtu=1408|mtu=4096"}}},
        {24, {{kPublication, kE + "|endpoint=localhost:4041"}}},
    };
    return kExamples;
}

// 21.2 Values
const std::vector<Example>& examples_21_2() {
    static const std::vector<Example> kExamples{
        {25, {{kPublication, "aeron:ipc?term-length=64k"}}},
        {26, {{kPublication, "aeron:ipc?term-length=64K"}}},
        {27, {{kPublication, "aeron:ipc?term-length=65535"}}, 11,
         "term length less than min length of 65536: length=65535"},
        {28, {{kPublication, "aeron:ipc?term-length=100000"}}, 11,
         "term length not a power of 2: length=100000"},
        {29, {{kPublication, "aeron:ipc?term-length=2g"}}, 11,
         "term length greater than max length of 1073741824: length=2147483648"},
        {30, {{kPublication, "aeron:ipc?term-length=-1"}}, 11,
         "could not parse term-length=-1 in URI"},
        {31, {{kPublication, "aeron:ipc?term-length=64q"}}, 11,
         "could not parse term-length=64q in URI"},
        {32, {{kPublication, "aeron:ipc?mtu=32"}}, 11,
         "mtuLength must be a > HEADER_LENGTH and <= MAX_UDP_PAYLOAD_LENGTH: mtuLength=32"},
        {33, {{kPublication, "aeron:ipc?mtu=64"}}},
        {34, {{kPublication, "aeron:ipc?mtu=100"}}, 11,
         "mtuLength must be a multiple of FRAME_ALIGNMENT: mtuLength=100"},
        {35, {{kPublication, "aeron:ipc?mtu=65504"}}},
        {36, {{kPublication, "aeron:ipc?mtu=65536"}}, 11,
         "mtuLength must be a > HEADER_LENGTH and <= MAX_UDP_PAYLOAD_LENGTH: mtuLength=65536"},
        {37, {{kPublication, "aeron:ipc?mtu=65504|term-length=64k"}}},
        {38, {{kPublication, "aeron:ipc?sparse=true"}}},
        {39, {{kPublication, "aeron:ipc|sparse=true"}}, 1, "invalid URI scheme or transport"},
        {40, {{kPublication, "aeron:ipc?sparse=TRUE"}}, 11,
         "could not parse sparse=TRUE as bool from URI"},
        {41, {{kPublication, "aeron:ipc?eos=1"}}, 11, "could not parse eos=1 as bool from URI"},
        {42, {{kPublication, "aeron:ipc?linger=5s"}}},
        {43, {{kPublication, "aeron:ipc?linger=0"}}},
        {44, {{kPublication, "aeron:ipc?linger=-5s"}}, 11, "could not parse linger=-5s in URI"},
        {45, {{kPublication, "aeron:ipc?linger=5h"}}, 11, "could not parse linger=5h in URI"},
        {46, {{kPublication, "aeron:ipc?session-id=0x10"}}},
        {47, {{kPublication, "aeron:ipc?session-id=4294967296"}}, 11,
         "could not parse session-id=4294967296 as int32_t in URI: Numerical result out of range"},
        {48, {{kPublication, "aeron:ipc?session-id=abc"}}, 11,
         "could not parse session-id=abc as int32_t in URI"},
        {49, {{kPublication, kE + "|max-resend=0"}}, 11,
         "invalid max-resend=0, must be > 0 and <= 256"},
        {50, {{kPublication, kE + "|max-resend=257"}}, 11,
         "invalid max-resend=257, must be > 0 and <= 256"},
        {51, {{kPublication, kE + "|pub-wnd=8m"}}},
        {52, {{kPublication, kE + "|pub-wnd=9m"}}, 11,
         "pub-wnd=9437184 must not exceed half the term-length=16777216"},
        {53, {{kPublication, kE + "|pub-wnd=1024"}}, 11,
         "pub-wnd=1024 cannot be less than the mtu=1408"},
        {54, {{kPublication, kE + "|ttl=abc"}}},
        {55, {{kPublication, kE + "|so-sndbuf=0"}}},
        {56, {{kPublication, kE + "|so-sndbuf=1024"}}, 11,
         "MTU greater than SO_SNDBUF for channel: mtu=1408 so-sndbuf=1024"},
        {57, {{kPublication, kE + "|ats=true"}}, 11,
         "ATS is not enabled and thus ats=true not allowed"},
        {58, {{kPublication, "aeron:ipc?endpoint=localhost:1|control=foo|ttl=7"}}},
    };
    return kExamples;
}

// 21.3 Position and session
const std::vector<Example>& examples_21_3() {
    static const std::vector<Example> kExamples{
        {59, {{kPublication, "aeron:ipc?term-length=64k|init-term-id=7|term-id=9|term-offset=64"}}},
        {60, {{kPublication, "aeron:ipc?term-length=64k|init-term-id=7|term-id=9"
         "|term-offset=65536"}}},
        {61, {{kPublication, "aeron:ipc?term-length=64k|init-term-id=7|term-id=9"
         "|term-offset=65568"}}, 11,
         "Param term-offset=65568 > term-length=65536"},
        {62, {{kPublication, "aeron:ipc?term-length=64k|init-term-id=7|term-id=9"
         "|term-offset=65"}}, 11,
         "Param term-offset=65 must be multiple of FRAME_ALIGNMENT"},
        {63, {{kPublication, "aeron:ipc?init-term-id=7|term-id=9"}}, 11,
         "params: init-term-id term-id term-offset must be used as a complete set"},
        {64, {{kPublication, "aeron:ipc?init-term-id=9|term-id=7|term-offset=0"}}, 11,
         "Param difference greater than 2^31 - 1: init-term-id=9 term-offset=7"},
        {65, {{kPublication, "aeron:ipc?term-length=64k|init-term-id=2147483647"
         "|term-id=-2147483648|term-offset=0"}}},
        {66, {{kExclusive, "aeron:ipc?term-length=64k|init-term-id=-5|term-id=-3"
         "|term-offset=4096"}}},
        {67, {{kPublication, "aeron:ipc?session-id=7"},
          {kPublication, "aeron:ipc?session-id=8"}}, 11,
         "existing publication has different 'session-id': existing=7 requested=8"},
        {68, {{kPublication, "aeron:ipc?session-id=7"}, {kExclusive, "aeron:ipc?session-id=7"}}, 1,
         "existing publication has clashing sessionId=7 for streamId=1001"},
        {69, {{kPublication, "aeron:ipc"}, {kPublication, "aeron:ipc?mtu=4096"}}, 11,
         "existing publication has different 'mtu': existing=1408 requested=4096"},
    };
    return kExamples;
}

// 21.4 Endpoint, control, modes
const std::vector<Example>& examples_21_4() {
    static const std::vector<Example> kExamples{
        {70, {{kPublication, "aeron:udp?endpoint=localhost"}}, 11, "port invalid: ''"},
        {71, {{kPublication, "aeron:udp?endpoint=localhost:"}}, 11, "port invalid: localhost:"},
        {72, {{kPublication, "aeron:udp?endpoint=localhost:65536"}}, 11,
         "port out of range: '65536'"},
        {73, {{kPublication, "aeron:udp?endpoint=:4040"}}, 9, "Unable to resolve host=():"},
        {74, {{kPublication, "aeron:udp?endpoint=no.such.host.invalid:4040"}}, 9,
         "Unable to resolve host=(no.such.host.invalid):"},
        {75, {{kPublication, "aeron:udp?endpoint=[::1]:4040"}}},
        {76, {{kPublication, "aeron:udp?endpoint=[::1:4040"}}, 9, "Unable to resolve host=([::1):"},
        {77, {{kPublication, "aeron:udp?endpoint=localhost:0"}}, 11,
         "endpoint has port=0 for publication"},
        {78, {{kSubscription, "aeron:udp?endpoint=localhost:0"}}},
        {79, {{kPublication, "aeron:udp?control-mode=manual|endpoint=localhost:0"}}},
        {80, {{kPublication, "aeron:udp?control-mode=manual"}}},
        {81, {{kPublication, "aeron:udp?control-mode=dynamic"}}, 1,
         "explicit control expected with dynamic control mode"},
        {82, {{kPublication, "aeron:udp?control=localhost:4040|control-mode=dynamic"}}},
        {83, {{kPublication, "aeron:udp?control=localhost:0|control-mode=dynamic"}}},
        {84, {{kPublication, "aeron:udp?control=localhost:4040"}}, 11,
         "'control' parameter requires that either 'endpoint' or 'control-mode' is specified"},
        {85, {{kPublication, "aeron:udp?control=localhost:4040|endpoint=localhost:4041"}}},
        {86, {{kSubscription, "aeron:udp?control=localhost:0|endpoint=localhost:4041"}}, 11,
         "control has port=0 for subscription"},
        {87, {{kSubscription, "aeron:udp?control=localhost:4040|endpoint=localhost:0"}}},
        {88, {{kSubscription, "aeron:udp?control-mode=manual"}}},
        {89, {{kPublication, "aeron:udp?interface=localhost"}}, 1,
         "URIs for UDP must specify endpoint, control, tags, or control-mode=manual/response"},
        {90, {{kPublication, "aeron:udp?endpoint=224.0.1.1:4040|interface=localhost"}}},
        {91, {{kPublication, "aeron:udp?endpoint=224.0.1.2:4040|interface=localhost"}}, 11,
         "Multicast data address must be odd"},
        {92, {{kPublication, kE + "|interface=127.0.0.0/8"}}},
        {93, {{kPublication, kE + "|interface=127.0.0.1/33"}}, 11, "prefixlen out of range: 33"},
        {94, {{kPublication, kE + "|interface=192.0.2.77"}}, 11,
         "could not find matching interface='192.0.2.77'"},
        {95, {{kPublication, kE + "|interface={lo}"}}},
        {96, {{kPublication, kE + "|interface={nope}"}}, 11, "unknown interface nope"},
        {97, {{kPublication, kE + "|interface={}"}}, 11, "name length 0 out of bounds"},
    };
    return kExamples;
}

// 21.5 Tags
const std::vector<Example>& examples_21_5() {
    static const std::vector<Example> kExamples{
        {98, {{kPublication, "aeron:udp?tags=7"}}, 11,
         "URI must have explicit control, endpoint, or be manual control-mode when original"},
        {99, {{kSubscription, "aeron:udp?tags=7"}}},
        {100, {{kPublication, kE + "|tags=7"}, {kPublication, "aeron:udp?tags=7"}}},
        {101, {{kPublication, kE + "|tags=7"}, {kPublication, kD + "|tags=7"}}, 11,
         "matching tag 7 has mismatched endpoint or control"},
        {102, {{kPublication, kE + "|tags=,7"}}},
        {103, {{kPublication, kE + "|tags=7,"}}},
        {104, {{kPublication, kE + "|tags=7,8,9"}}, 11, "Entity tag invalid: 8,9"},
        {105, {{kPublication, kE + "|tags=abc"}}, 1, "could not parse channel tag string: abc"},
        {106, {{kPublication, kE + "|tags=-1"}}, 1, "could not parse channel tag string: -1"},
        {107, {{kPublication, kE + "|tags=1,-1"}}},
        {108, {{kPublication, kE + "|session-id=tag:5"}}, 11,
         "session-id=tag:5 must reference a network publication"},
        {109, {{kSubscription, kE + "|session-id=tag:5"}}, 11,
         "could not parse session-id=tag:5 as int32_t in URI"},
    };
    return kExamples;
}

// 21.6 Spies, subscriptions, destinations
const std::vector<Example>& examples_21_6() {
    static const std::vector<Example> kExamples{
        {110, {{kSubscription, "aeron-spy:aeron:udp?endpoint=localhost:4040"}}},
        {111, {{kPublication, "aeron-spy:aeron:udp?endpoint=localhost:4040"}}, 1,
         "invalid URI scheme or transport"},
        {112, {{kSubscription, "aeron-spy:aeron:ipc"}}, 1, "UDP channels must use UDP URIs"},
        {113, {{kSubscription, kE + "|reliable=no"}}, 11,
         "could not parse reliable=no as bool from URI"},
        {114, {{kSubscription, kE + "|group=maybe"}}},
        {115, {{kSubscription, kE + "|cc=nonsense"}}},
        {116, {{kSubscription, kE + "|gtag=abc"}}, 11,
         "could not parse gtag=abc as int64_t in URI"},
        {117, {{kSubscription, kE + "|reliable=true"}, {kSubscription, kE + "|reliable=false"}}, 11,
         "option conflicts with existing subscription: reliable=false"},
        {118, {{kSubscription, kE + "|rcv-wnd=64m"}}, 11,
         "Initial window greater than SO_RCVBUF for channel"},
        {119, {{kSubscription, kE + "|media-rcv-ts-offset=0|channel-rcv-ts-offset=4"}}, 11,
         "media-rcv-ts-offset and channel-rcv-ts-offset overlap"},
        {120, {{kSubscription, kE + "|channel-rcv-ts-offset=8x"}}, 11,
         "Invalid media-rcv-ts-offset: 8x"},
        {121, {{kSubscription, kE + "|channel-rcv-ts-offset=reserved"}}},
        {122, {{kSendDestination, kD}}},
        {123, {{kSendDestination, "aeron:udp?endpoint=localhost:0"}}, 11,
         "endpoint has port=0 for send destination"},
        {124, {{kSendDestination, "aeron:udp?control=localhost:4041"}}, 11,
         "incorrect URI format for destination"},
        {125, {{kSendDestination, "aeron:ipc"}}, 11, "incorrect URI format for destination"},
        {126, {{kSendDestination, "aeron-spy:aeron:udp?endpoint=localhost:4041"}}, 1,
         "Aeron spies are invalid as send destinations"},
        {127, {{kSendDestination, kD + "|mtu=1408"}}, 1,
         "destinations must not contain the key: mtu"},
        {128, {{kSendDestination, kD + "|control-mode=response"}}, 1,
         "destinations may not specify control-mode=response"},
        {129, {{kSendDestination, "aeron:udp?endpoint=no.such.host.invalid:4041"}}},
        {130, {{kPublication, kE}, {kSendDestination, kD}}, 11,
         "channel does not allow manual control of destinations"},
        {131, {{kReceiveDestination, kD}}},
        {132, {{kReceiveDestination, "aeron:udp?endpoint=localhost:0"}}},
        {133, {{kReceiveDestination, "aeron:ipc"}}},
        {134, {{kReceiveDestination, "aeron-spy:aeron:udp?endpoint=localhost:4041"}}},
        {135, {{kReceiveDestination, kD + "|rcv-wnd=64k"}}, 1,
         "destinations must not contain the key: rcv-wnd"},
        {136, {{kSubscription, kE}, {kReceiveDestination, kD}}, 1,
         "channel does not allow manual control"},
    };
    return kExamples;
}

// 21.7 Flow control and response
const std::vector<Example>& examples_21_7() {
    static const std::vector<Example> kExamples{
        {137, {{kPublication, kE + "|fc=nonsense"}}},
        {138, {{kPublication, "aeron:udp?endpoint=224.0.1.1:4040|interface=localhost"
         "|fc=nonsense"}}, 11,
         "Invalid flow control strategy name: nonsense"},
        {139, {{kPublication, "aeron:udp?endpoint=224.0.1.1:4040|interface=localhost"
         "|fc=min,t:3s,g:/2"}}},
        {140, {{kPublication, "aeron:udp?control=localhost:4040|control-mode=dynamic"
         "|fc=tagged,g:123/3"}}},
        {141, {{kPublication, "aeron:udp?control=localhost:4040|control-mode=dynamic"
         "|fc=max,g:1"}}, 11,
         "Flow control options - unrecognised option"},
        {142, {{kPublication, "aeron:udp?control=localhost:4040|control-mode=dynamic|fc=,g:1"}}, 11,
         "No flow control strategy name specified"},
        {143, {{kPublication, "aeron:udp?control-mode=response|control=localhost:4040"}}, 11,
         "control-mode=response was specified, but no response-correlation-id set"},
        {144, {{kPublication, "aeron:udp?control-mode=response|control=localhost:4040"
         "|response-correlation-id=99"}}, 11,
         "image.correlationId=99 not found"},
        {145, {{kPublication, "aeron:udp?control-mode=response|control=localhost:4040"
         "|response-correlation-id=prototype"}}},
        {146, {{kPublication, kE + "|response-correlation-id=99"}}, 11,
         "unable to find response subscription for response-correlation-id=99"},
        {147, {{kPublication, kE + "|response-correlation-id=-2"}}, 11,
         "invalid response-correlation-id, must be a number greater than or equal to -1, or "
         "'prototype'"},
    };
    return kExamples;
}

// 21.8 Since 1.54
const std::vector<Example>& examples_21_8() {
    static const std::vector<Example> kExamples{
        {148, {{kPublication, kE + "|foo="}}, 1, "empty value not allowed"},
        {149, {{kPublication, kE + "|tags="}}, 1, "empty value not allowed"},
        {150, {{kPublication, kE + "|mtux=4096"}}},
        {151, {{kPublication, kE + "|so-tos=0x2e"}}},
        {152, {{kPublication, kE + "|so-tos=256"}}, 11,
         "so-tos must be between 0 and 255 inclusive: 256"},
        {153, {{kPublication, kE + "|so-tos=-1"}}, 11,
         "so-tos must be between 0 and 255 inclusive: -1"},
        {154, {{kPublication, kE + "|so-tos=1k"}}, 11,
         "could not parse so-tos=1k as int32_t in URI"},
        {155, {{kPublication, kE + "|so-tos=46"}, {kPublication, kE + "|so-tos=40"}}, 11,
         "so-tos=40 does not match existing value of 46: existingChannel="},
        {156, {{kPublication, kE + "|so-tos=46"}, {kPublication, kE}}},
        {157, {{kPublication, kE}, {kPublication, kE + "|so-tos=40"}}, 11,
         "so-tos=40 does not match existing value of OS default:"},
        {158, {{kSubscription, kE + "|so-tos=46"}, {kSubscription, kE + "|so-tos=0"}}, 11,
         "so-tos=0 does not match existing value of 46:"},
        {159, {{kSendDestination, kD + "|so-tos=5"}}, 1,
         "destinations must not contain the key: so-tos"},
        {159, {{kReceiveDestination, kD + "|so-tos=5"}}, 1,
         "destinations must not contain the key: so-tos"},
        {160, {{kPublication, "aeron:ipc?so-tos=999"}}},
    };
    return kExamples;
}

}  // namespace tern::uri
