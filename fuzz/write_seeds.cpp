/// Writes the seeds of each corpus: the golden vectors and examples of the specification, and small
/// files as a driver leaves them.
///
///   fuzz_seeds fuzz/corpus

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include "tern/logbuffer/testing/test_log.hpp"
#include "tern/protocol/golden_messages_for_test.hpp"
#include "tern/protocol/network_vectors_for_test.hpp"
#include "tern/shm/broadcast.hpp"
#include "tern/shm/cnc_file.hpp"
#include "tern/shm/counters.hpp"
#include "tern/shm/distinct_error_log.hpp"
#include "tern/shm/loss_report.hpp"
#include "tern/shm/many_to_one_ring.hpp"
#include "tern/shm/testing/memory.hpp"
#include "tern/uri/channel_examples_for_test.hpp"

namespace tern {
namespace {

using Seed = std::vector<std::byte>;
using testing::Memory;

void append(Seed& seed, ConstBytes bytes) { seed.insert(seed.end(), bytes.begin(), bytes.end()); }
Seed with_prefix(std::initializer_list<int> prefix, ConstBytes bytes) {
    Seed seed(prefix.size() + bytes.size());
    std::ranges::transform(prefix, seed.begin(), [](int b) { return static_cast<std::byte>(b); });
    std::ranges::copy(bytes, seed.begin() + static_cast<std::ptrdiff_t>(prefix.size()));
    return seed;
}
Seed seed_of(ConstBytes bytes) { return {bytes.begin(), bytes.end()}; }

class Corpora {
  public:
    explicit Corpora(std::filesystem::path root) : root_(std::move(root)) {}

    void add(const std::string& target, const Seed& seed) {
        const std::string name = "seed_" + std::to_string(100 + written_[target]++);
        const auto folder = root_ / target;
        std::filesystem::create_directories(folder);
        std::ofstream out{folder / name, std::ios::binary};
        out.write(reinterpret_cast<const char*>(seed.data()),
                  static_cast<std::streamsize>(seed.size()));
    }
    void add(const std::string& target, std::string_view text) {
        add(target, seed_of(bytes_of(text)));
    }

  private:
    std::filesystem::path root_;
    std::map<std::string, int> written_;
};

void add_frames(Corpora& corpora) {
    using namespace protocol::vectors;  // NOLINT
    for (std::string_view vector : kAll) {
        const bool is_resolution = vector == kV22 || vector == kV23;
        if (is_resolution) corpora.add("resolution_frame", bytes(vector));
        corpora.add("network_datagram", with_prefix({0}, bytes(vector)));
    }
    corpora.add("resolution_frame", changed(kV23, 0x38, "07 00"));
    corpora.add("resolution_frame", changed(kV23, 0x20, "03"));
    corpora.add("network_datagram", with_prefix({0}, changed(kV8, 0x40, "80 00 00 00")));
    corpora.add("network_datagram", with_prefix({0}, changed(kV19, 0x24, "00 04 00 00")));
    corpora.add("network_datagram", with_prefix({14}, changed(kV7, 0x46, "00")));
}

void add_messages(Corpora& corpora) {
    for (const auto& golden : protocol::golden_commands()) {
        corpora.add("client_command", with_prefix({golden.type}, protocol::from_hex(golden.body)));
    }
    for (const auto& golden : protocol::golden_events()) {
        corpora.add("driver_event",
                    with_prefix({golden.type & 0xFF}, protocol::from_hex(golden.body)));
    }
}

/// Of each kind of channel a few: all of them would be hundreds of files.
void add_channels(Corpora& corpora) {
    using namespace uri;  // NOLINT
    int number = 0;
    for (const auto* examples :
         {&examples_21_1(), &examples_21_2(), &examples_21_3(), &examples_21_4(), &examples_21_5(),
          &examples_21_6(), &examples_21_7(), &examples_21_8()}) {
        for (const Example& example : *examples) {
            for (const Step& step : example.steps) {
                if (step.channel.size() > 300) continue;
                const bool is_destination =
                    step.kind == kSendDestination || step.kind == kReceiveDestination;
                if (is_destination) corpora.add("destination_uri", step.channel);
                if (!is_destination && ++number % 4 == 0) corpora.add("channel_uri", step.channel);
            }
        }
    }
    corpora.add("channel_uri",
                "aeron:udp?endpoint=224.0.1.1:40456|interface=192.168.0.0/24|fc=tagged,g:101/3,"
                "t:5s|ttl=4|tags=1,2|alias=a|mtu=1408|term-length=64k|so-sndbuf=2m|rcv-wnd=128k|"
                "nak-delay=100us|channel-snd-ts-offset=reserved|response-correlation-id=7");
    corpora.add("channel_uri",
                "aeron-spy:aeron:udp?control=[::1]:40456|control-mode=dynamic|init-term-id=-7|"
                "term-id=0x7|term-offset=64|session-id=tag:3|untethered-window-limit-timeout=5s");
}

void add_texts(Corpora& corpora) {
    for (const char* text :
         {"aeron.dir=/dev/shm/x\naeron.term.buffer.length=64k\n",
          "# comment\naeron.mtu.length: 8192\naeron.threading.mode=SHARED\n",
          "aeron.conductor.idle.strategy=backoff\naeron.conductor.idle.strategy.init.args=1 2 3 4",
          "AERON_IMAGE_LIVENESS_TIMEOUT=500\naeron.socket.so_rcvbuf=\n\naeron.socket.so_sndbuf=2m",
          "aeron.flow.control.group.tag=-1\naeron.receiver.group.consideration=INFER\n",
          "tern.file.access=group\ntern.config.strict=true\naeron.no.such.setting=1\n",
          "aeron.driver.resolver.bootstrap.neighbor=a:1,b:2\naeron.rcv.port.range=100 200\n",
          "aeron.ipc.term.buffer.length=1g\naeron.conductor.cpu.affinity.mask=0x3\r\n"}) {
        corpora.add("settings", text);
    }
    for (const char* text :
         {"64k", "1g", "18446744073709551615", "5s", "200ms", "1us", "9223372036854775807ns",
          "-0x8000000000000000", "017", "true", "off", "127.0.0.1", "::ffff:1.2.3.4", "fe80::1%2",
          "[::1]:40456", "localhost:0", "192.168.0.0/24", "[fe80::]:0/10", "{eth0}"}) {
        corpora.add("value_text", text);
    }
}

void fill_counters(Bytes metadata, Bytes values) {
    CountersManager counters{metadata, values, Millis{1000}};
    const std::byte key[8]{std::byte{7}};
    for (const char* label : {"Bytes sent", "snd-pos: 1 2 3 aeron:ipc", "gone"}) {
        (void)counters.allocate({.type_id = 1, .key = key, .label = label, .value = 5}, Millis{0});
    }
    counters.free(2, Millis{1});
}

void fill_error_log(Bytes bytes) {
    DistinctErrorLog log{bytes};
    log.record(ErrorCode::generic_error, "no such thing", Millis{1});
    log.record(ErrorCode::invalid_channel, "another", Millis{2});
    log.record(ErrorCode::generic_error, "no such thing", Millis{3});
}

void fill_broadcast(Bytes bytes, int messages) {
    BroadcastTransmitter transmitter{bytes};
    for (int i = 0; i < messages; ++i) transmitter.transmit(0x0F04, bytes_of("operation"));
}

void fill_ring(Bytes bytes, int messages) {
    ManyToOneRing ring{bytes};
    for (int i = 0; i < messages; ++i) {
        (void)ring.write(1, bytes_of("a command"));
        ring.read([](std::int32_t, ConstBytes) {}, i % 3 == 0 ? 1 : 0);
    }
    (void)ring.try_claim(2, 10);
}

void add_memory(Corpora& corpora) {
    Memory metadata{4 * sizeof(CounterMetadata)};
    Memory values{4 * sizeof(CounterValue)};
    fill_counters(metadata.bytes(), values.bytes());
    Seed counters = with_prefix({0, 1, 3, 2, 5, 7, 0, 0, 4}, values.bytes());
    append(counters, metadata.bytes());
    corpora.add("counters", counters);
    corpora.add("counters", with_prefix({0, 2, 4, 1, 0, 0, 0, 0, 2}, Memory{1300}.bytes()));

    Memory errors{512};
    fill_error_log(errors.bytes());
    corpora.add("error_log", seed_of(errors.bytes()));
    corpora.add("error_log", seed_of(errors.bytes().first(50)));

    Memory losses{512};
    LossReport report{losses.bytes()};
    const auto entry =
        report.create(64, Millis{1}, 7, 1001, "aeron:udp?endpoint=a:1", "10.0.0.1:2");
    report.observe(*entry, 32, Millis{2});
    (void)report.create(1, Millis{3}, 8, 1002, "aeron:ipc", "");
    corpora.add("loss_report", seed_of(losses.bytes()));

    for (int bits = 0; bits < 4; ++bits) {
        Memory ring{(std::size_t{64} << bits) + sizeof(RingTrailer)};
        fill_ring(ring.bytes(), 5 * bits);
        corpora.add("ring",
                    with_prefix({3 + bits, 6, 0, 0, 1, 9, 2, 20, 3, 5, 5, 1, 6, 0}, ring.bytes()));
        Memory broadcast{(std::size_t{64} << bits) + sizeof(BroadcastTrailer)};
        fill_broadcast(broadcast.bytes(), 3 * bits);
        corpora.add("broadcast", with_prefix({bits, 5, 1, 140, 1, 200, 3}, broadcast.bytes()));
    }
}

void add_cnc_file(Corpora& corpora) {
    const CncLayout layout{.to_driver_buffer_length = 256 + 768,
                           .to_clients_buffer_length = 256 + 128,
                           .counters_metadata_buffer_length = 4 * sizeof(CounterMetadata),
                           .counters_values_buffer_length = 4 * sizeof(CounterValue),
                           .error_log_buffer_length = 512,
                           .pid = 42};
    MemoryFileSystem files;
    const auto length = static_cast<std::uint64_t>(kCncHeaderLength + layout.sections_length());
    const auto mapping = files.create("/cnc.dat", length, Blocks::sparse).value();
    CncFile cnc = CncFile::initialise(mapping, layout);
    corpora.add("cnc_file", seed_of(mapping->bytes()));
    fill_ring(cnc.to_driver(), 4);
    ManyToOneRing{cnc.to_driver()}.set_consumer_heartbeat_ms(1'700'000'000'000);
    fill_broadcast(cnc.to_clients(), 4);
    fill_counters(cnc.counters_metadata(), cnc.counters_values());
    fill_error_log(cnc.error_log());
    cnc.publish_version();
    corpora.add("cnc_file", seed_of(mapping->bytes()));
    corpora.add("cnc_file", seed_of(mapping->bytes().first(200)));
}

void add_log(Corpora& corpora, const testing::TestLog& log, int from) {
    const Bytes file = log.log.file()->bytes();
    Seed seed =
        with_prefix({0, from, 0, 0, 1, 2, 3, 4, 5, 6, 7}, file.last(kLogMetadataLength).first(512));
    append(seed, file.first(1024));
    corpora.add("log_buffers", seed);
}

void add_logs(Corpora& corpora) {
    testing::TestLog log;
    add_log(corpora, log, 0);
    log.put_frame(0, 0, 64);
    log.put_frame(0, 64, 100);
    log.put_frame(0, 192, 64, kPaddingFrame);
    log.put_frame(0, 320, 65536 - 320, kPaddingFrame);
    add_log(corpora, log, 0);
    add_log(corpora, log, 2);

    // A message of three fragments and a claim that nobody committed.
    testing::TestLog fragmented;
    constexpr int kFlags[] = {kBeginFragment, 0, kEndFragment};
    for (std::int32_t i = 0; i < 3; ++i) {
        fragmented.put_frame(0, i * 128, 128);
        fragmented.log.term(0)[i * 128 + 5] = static_cast<std::byte>(kFlags[i]);
    }
    fragmented.put_frame(0, 384, -64);
    add_log(corpora, fragmented, 0);
}

/// A step of the endpoint targets that a datagram follows.
void arrives(Seed& seed, int step, const Seed& datagram) {
    append(seed, with_prefix({step, static_cast<int>(datagram.size())}, datagram));
}
void does(Seed& seed, std::initializer_list<int> steps) { append(seed, with_prefix(steps, {})); }

template <typename Frame>
Seed encoded_frame(const Frame& frame) {
    Seed bytes(protocol::ErrorFrame::kMaxLength);
    bytes.resize(encode(frame, bytes));
    return bytes;
}

void add_receive_endpoint(Corpora& corpora) {
    using namespace protocol::vectors;                     // NOLINT
    const Seed setup = changed(kV9, 0x08, "00 00 00 00");  // from the first byte of its stream
    Seed stream;
    arrives(stream, 0, setup);
    for (std::string_view vector : {kV7, kV2, kV3, kV17}) arrives(stream, 3, bytes(vector));
    does(stream, {6, 20, 92});
    corpora.add("receive_endpoint", stream);
    Seed ended = stream;
    arrives(ended, 0, bytes(kV4));
    does(ended, {197, 28, 39});
    corpora.add("receive_endpoint", ended);
    Seed refused = stream;
    does(refused, {31, 12, 20});
    arrives(refused, 0, bytes(kV1));
    corpora.add("receive_endpoint", refused);

    Seed disorder;  // data before its SETUP, a gap, the end of a term, garbage
    arrives(disorder, 0, bytes(kV7));
    arrives(disorder, 0, setup);
    arrives(disorder, 3, bytes(kV2));
    arrives(disorder, 3, bytes(kV8));
    arrives(disorder, 3, changed(kV7, 0x46, "02"));
    arrives(disorder, 3, bytes(kV6));
    does(disorder, {12, 6, 7, 15, 23});
    corpora.add("receive_endpoint", disorder);
    Seed merged;
    arrives(merged, 0, setup);
    arrives(merged, 195, bytes(kV7));
    corpora.add("receive_endpoint", merged);
}

void add_send_endpoint(Corpora& corpora) {
    protocol::StatusMessage status{.session_id = testing::kTestSession,
                                   .stream_id = testing::kTestStream,
                                   .term_id = 7,
                                   .window = 32768,
                                   .receiver_id = 99};
    for (int which : {0, 1}) {
        if (which == 1) status.group_tag = -2;
        Seed connected;
        arrives(connected, which, encoded_frame(status));
        does(connected, {6 + which, 0x46 + which, 0x58 + which, 0x1a + which});
        corpora.add("send_endpoint", connected);

        Seed lossy = connected;
        arrives(lossy, which,
                encoded_frame(protocol::Nak{.session_id = status.session_id,
                                            .stream_id = status.stream_id,
                                            .term_id = 7,
                                            .term_offset = 32,
                                            .length = 64}));
        does(lossy, {0x1a + which, 0x2e + which, 0x1a + which, 0xce + which});
        corpora.add("send_endpoint", lossy);

        Seed talk = connected;
        protocol::StatusMessage asks = status;
        asks.elicits_setup = true;
        arrives(talk, which, encoded_frame(asks));
        arrives(talk, which,
                encoded_frame(protocol::RttMeasurement{.is_request = true,
                                                       .session_id = status.session_id,
                                                       .stream_id = status.stream_id,
                                                       .receiver_id = 99}));
        arrives(talk, which,
                encoded_frame(protocol::ErrorFrame{.session_id = status.session_id,
                                                   .stream_id = status.stream_id,
                                                   .receiver_id = 99,
                                                   .error_code = 13,
                                                   .text = "go away"}));
        arrives(talk, which,
                encoded_frame(protocol::ResponseSetup{.session_id = status.session_id,
                                                      .stream_id = status.stream_id,
                                                      .response_session_id = 5}));
        does(talk, {0x8c + which, 0xcc + which});
        corpora.add("send_endpoint", talk);
    }
}

}  // namespace
}  // namespace tern

int main(int count, char** arguments) {
    if (count != 2) {
        std::fprintf(stderr, "usage: fuzz_seeds CORPUS-FOLDER\n");
        return 2;
    }
    tern::Corpora corpora{arguments[1]};
    tern::add_frames(corpora);
    tern::add_messages(corpora);
    tern::add_channels(corpora);
    tern::add_texts(corpora);
    tern::add_memory(corpora);
    tern::add_cnc_file(corpora);
    tern::add_logs(corpora);
    tern::add_receive_endpoint(corpora);
    tern::add_send_endpoint(corpora);
    return 0;
}
