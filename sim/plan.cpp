#include "plan.hpp"

#include <algorithm>

namespace tern::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::int32_t kFirstStream = 1001;
constexpr int kFirstPort = 40100;

driver::Settings draw_settings(Dice& dice) {
    driver::Settings settings = quick_settings();
    settings.threading_mode =
        dice.one_of({driver::ThreadingMode::dedicated, driver::ThreadingMode::shared_network,
                     driver::ThreadingMode::shared});
    settings.term_buffer_length = dice.one_of({64, 64, 128, 256}) * 1024;
    settings.ipc_term_buffer_length = dice.one_of({64, 64, 128}) * 1024;
    settings.mtu_length = dice.one_of({1408, 1408, 576, 4096, 8192});
    settings.initial_window_length = dice.one_of({128, 32, 16}) * 1024;
    settings.max_messages_per_send = static_cast<std::uint32_t>(dice.between(1, 8));
    settings.sender_io_vector_capacity = 8;
    settings.receiver_io_vector_capacity = static_cast<std::uint32_t>(dice.between(1, 16));
    settings.sparse_term_buffers = dice.chance(0.7);
    settings.image_liveness_timeout = dice.between(1s, 4s);
    settings.publication_connection_timeout = dice.between(1s, 4s);
    settings.publication_linger_timeout = dice.between(200ms, 3s);
    settings.retransmit_unicast_delay = dice.chance(0.2) ? Nanos{1ms} : Nanos{0};
    if (dice.chance(0.1)) settings.stream_session_limit = 4;
    if (dice.chance(0.3)) settings.cubic_measure_rtt = true;
    if (dice.chance(0.2)) settings.congestion_control_supplier = "cubic";
    return settings;
}

PublisherPlan draw_publisher(Dice& dice, std::int32_t stream_id) {
    PublisherPlan plan;
    plan.stream_id = stream_id;
    plan.is_exclusive = dice.chance(0.5);
    plan.longest_message = static_cast<std::size_t>(dice.one_of({200, 1'300, 4'000, 7'900}));
    plan.large_share = dice.one_of({0.0, 0.1, 0.5});
    plan.claim_share = dice.one_of({0.0, 0.3, 0.9});
    plan.interval = dice.one_of({Nanos{20us}, Nanos{200us}, Nanos{2ms}, Nanos{20ms}});
    return plan;
}

SubscriberPlan draw_subscriber(Dice& dice, std::int32_t stream_id) {
    SubscriberPlan plan;
    plan.stream_id = stream_id;
    plan.laziness = dice.one_of({0.0, 0.0, 0.5, 0.95});
    return plan;
}

/// Draws one stream after another.
class StreamDrawer {
  public:
    StreamDrawer(Plan& plan, Dice& dice) : plan_(plan), dice_(dice) {}

    void draw(int index) {
        stream_id_ = kFirstStream + index;
        port_ = kFirstPort + 10 * index;
        from_ = dice_.below(plan_.hosts.size());
        to_ = dice_.below(plan_.hosts.size());
        stream_ = {};
        uses_names_ = dice_.chance(0.25);
        switch (dice_.below(10)) {
            case 0:
            case 1: ipc(); break;
            case 2:
            case 3: unicast(); break;
            case 4: multicast(); break;
            case 5: dynamic_destinations(); break;
            case 6: manual_destinations(); break;
            case 7: doubled(); break;
            case 8: one_session(); break;
            default: several_sources(); break;
        }
        plan_.streams.push_back(std::move(stream_));
    }

  private:
    std::string place(std::size_t host) const {
        return uses_names_ ? "host" + std::to_string(host) : address_of(host);
    }
    std::string port(int offset = 0) const { return std::to_string(port_ + offset); }
    std::string common() {
        std::string params;
        if (dice_.chance(0.3)) params += "|linger=200ms";
        if (dice_.chance(0.2)) params += "|eos=false";
        if (dice_.chance(0.1)) params += "|max-resend=1";
        return params;
    }
    std::string receiving() {
        std::string params;
        if (dice_.chance(0.2)) params += "|rcv-wnd=16k";
        if (dice_.chance(0.15)) params += "|cc=cubic";
        if (dice_.chance(0.1)) params += "|nak-delay=2ms";
        return params;
    }

    /// Among receivers that all count, one whose window is less than half of another's may never be
    /// let in (spec wire-protocol.md 4.9.2).
    std::string receiving_with(const std::string& flow_control) {
        return hurries_with(flow_control) ? "|rcv-wnd=16k" : receiving();
    }
    void free_cubic_receivers(const std::string& flow_control) {
        for (PlannedSubscriber& subscriber : stream_.subscribers) {
            if (hurries_with(flow_control) &&
                plan_.hosts[subscriber.host].congestion_control_supplier == "cubic")
                subscriber.must_get_all = false;
        }
    }

    void publish(std::size_t host, const std::string& channel, int count = 1) {
        for (int i = 0; i < count; ++i) {
            PlannedPublisher publisher{host, draw_publisher(dice_, stream_id_)};
            publisher.plan.channel = channel;
            stream_.publishers.push_back(std::move(publisher));
        }
    }
    void subscribe(std::size_t host, std::string channel, bool may_be_special = true) {
        PlannedSubscriber subscriber{host, draw_subscriber(dice_, stream_id_)};
        if (may_be_special && dice_.chance(0.1)) {
            channel += (channel.find('?') == channel.npos ? "?" : "|");
            channel += "tether=false";
            subscriber.must_get_all = false;
        }
        subscriber.plan.channel = std::move(channel);
        stream_.subscribers.push_back(std::move(subscriber));
    }
    static bool hurries_with(const std::string& flow_control) {
        return flow_control.find("fc=min") != flow_control.npos ||
               flow_control.find("fc=tagged") != flow_control.npos;
    }
    /// Where the fastest receiver sets the pace, a slow one falls out of what can be repaired, and
    /// rightly so (spec wire-protocol.md 4.11): then nobody hurries.
    void hurry_only_with(const std::string& flow_control) {
        if (hurries_with(flow_control)) return;
        for (PlannedPublisher& publisher : stream_.publishers) {
            publisher.plan.interval = std::max(publisher.plan.interval, Nanos{2ms});
            publisher.plan.longest_message =
                std::min<std::size_t>(1'300, publisher.plan.longest_message);
        }
    }
    void make_unreliable() {
        for (PlannedSubscriber& subscriber : stream_.subscribers) {
            subscriber.plan.channel += "|reliable=false";
            subscriber.plan.is_reliable = false;
            subscriber.must_get_all = false;
        }
    }

    void ipc() {
        stream_.kind = "ipc";
        publish(from_, "aeron:ipc", static_cast<int>(dice_.between(1, 3)));
        for (std::int64_t i = dice_.between(1, 3); i > 0; --i) subscribe(from_, "aeron:ipc");
    }
    void unicast() {
        stream_.kind = "unicast";
        const std::string channel = "aeron:udp?endpoint=" + place(to_) + ":" + port();
        std::string sending = channel + common();
        const bool has_spy = dice_.chance(0.3);
        if (has_spy && dice_.chance(0.4)) sending += "|ssc=true";
        publish(from_, sending, static_cast<int>(dice_.between(1, 2)));
        const std::string reading = channel + receiving();
        for (std::int64_t i = dice_.between(1, 2); i > 0; --i) subscribe(to_, reading);
        if (has_spy) subscribe(from_, "aeron-spy:" + channel, false);
        if (dice_.chance(0.15)) make_unreliable();
    }
    void multicast() {
        stream_.kind = "multicast";
        const std::string channel =
            "aeron:udp?endpoint=224.20.30.39:" + port() + "|interface=10.0.0.0/24";
        const std::string reach = dice_.chance(0.2) ? "|ttl=4" : "";
        static const char* const kControls[] = {"", "|fc=max", "|fc=min,t:2s",
                                                "|fc=tagged,g:7,t:2s"};
        const std::string control = kControls[dice_.below(4)];
        publish(from_, channel + reach + control + common());
        hurry_only_with(control);
        const bool is_tagged = control.find("tagged") != control.npos;
        const std::string reading =
            channel + (is_tagged ? "|gtag=7" : "") + receiving_with(control);
        for (std::size_t host = 0; host < plan_.hosts.size(); ++host) subscribe(host, reading);
        free_cubic_receivers(control);
    }
    void dynamic_destinations() {
        stream_.kind = "dynamic multi-destination";
        const std::string control = "control=" + place(from_) + ":" + port();
        const std::string flow_control = dice_.chance(0.5) ? "|fc=min,t:2s" : "";
        publish(from_, "aeron:udp?" + control + "|control-mode=dynamic" + flow_control);
        hurry_only_with(flow_control);
        int offset = 1;
        for (std::size_t host = 0; host < plan_.hosts.size(); ++host) {
            subscribe(host, "aeron:udp?endpoint=" + address_of(host) + ":" + port(offset++) + "|" +
                                control + receiving_with(flow_control));
        }
        free_cubic_receivers(flow_control);
    }
    void manual_destinations() {
        stream_.kind = "manual multi-destination";
        const std::string flow_control = dice_.chance(0.5) ? "|fc=min,t:2s" : "";
        publish(from_, "aeron:udp?control-mode=manual" + flow_control);
        hurry_only_with(flow_control);
        int offset = 1;
        for (std::size_t host = 0; host < plan_.hosts.size(); ++host) {
            const std::string channel = "aeron:udp?endpoint=" + place(host) + ":" + port(offset++);
            stream_.publishers[0].plan.destinations.push_back(channel);
            subscribe(host, channel + receiving_with(flow_control));
        }
        free_cubic_receivers(flow_control);
    }
    void several_sources() {
        stream_.kind = "manual multi-destination subscription";
        PlannedSubscriber subscriber{to_, draw_subscriber(dice_, stream_id_)};
        subscriber.plan.channel = "aeron:udp?control-mode=manual";
        for (std::size_t host = 0; host < plan_.hosts.size(); ++host) {
            const std::string channel =
                "aeron:udp?endpoint=" + address_of(to_) + ":" + port(static_cast<int>(host) + 1);
            subscriber.plan.destinations.push_back(channel);
            publish(host, channel);
        }
        stream_.subscribers.push_back(std::move(subscriber));
    }

    /// Two publications, of which one is wanted.
    void one_session() {
        stream_.kind = "one session of two";
        const std::string channel = "aeron:udp?endpoint=" + place(to_) + ":" + port();
        publish(from_, channel + "|session-id=77");
        publish(from_, channel + "|session-id=78");
        stream_.publishers.back().is_wanted = false;
        // Shared ones would be one publication, of one session.
        for (PlannedPublisher& publisher : stream_.publishers) publisher.plan.is_exclusive = true;
        subscribe(to_, channel + "|session-id=77" + receiving());
    }
    /// Two ways for one stream to one subscriber.
    void doubled() {
        stream_.kind = "two ways";
        publish(from_, "aeron:udp?control-mode=manual");
        hurry_only_with("");
        PlannedSubscriber subscriber{to_, draw_subscriber(dice_, stream_id_)};
        subscriber.plan.channel = "aeron:udp?control-mode=manual";
        for (int way = 1; way <= 2; ++way) {
            const std::string channel = "aeron:udp?endpoint=" + place(to_) + ":" + port(way);
            stream_.publishers[0].plan.destinations.push_back(channel);
            subscriber.plan.destinations.push_back(channel);
        }
        stream_.subscribers.push_back(std::move(subscriber));
    }

    Plan& plan_;
    Dice& dice_;
    PlannedStream stream_;
    bool uses_names_ = false;
    std::int32_t stream_id_ = 0;
    int port_ = 0;
    std::size_t from_ = 0;
    std::size_t to_ = 0;
};

LinkFaults draw_faults(Dice& dice) {
    LinkFaults faults;
    faults.loss = dice.one_of({0.0, 0.001, 0.01, 0.05, 0.2});
    if (dice.chance(0.2)) faults.burst_start = 0.002;
    if (dice.chance(0.2)) faults.control_loss = 0.3;
    if (dice.chance(0.3)) faults.duplication = 0.02;
    if (dice.chance(0.3)) faults.reordering = 0.02;
    if (dice.chance(0.2)) faults.failed_sends = dice.one_of({0.01, 0.1});
    faults.delay_low = dice.one_of({Nanos{5us}, Nanos{50us}, Nanos{1ms}});
    faults.delay_high = faults.delay_low + dice.between(0us, 50us);
    faults.reordering_delay = dice.between(100us, 5ms);
    if (dice.chance(0.15)) faults.bytes_per_second = dice.between(500'000, 20'000'000);
    return faults;
}

/// How much is written until a death: nothing any more, or what a duty cycle or many of them write.
std::int64_t draw_writes(Dice& dice) {
    const std::int64_t most = dice.one_of({0, 10, 100, 1'000, 10'000});
    return most == 0 ? 0 : dice.between(1, most);
}

PlannedEvent draw_event(Dice& dice, Nanos chaos) {
    PlannedEvent event;
    event.at = dice.between(Nanos{100ms}, chaos);
    event.whom = dice.next();
    event.what = dice.one_of(
        {Happening::driver_crashes, Happening::driver_restarts, Happening::publisher_crashes,
         Happening::publisher_reopens, Happening::publisher_revokes, Happening::subscriber_crashes,
         Happening::subscriber_reopens, Happening::party_pauses, Happening::party_pauses,
         Happening::wall_clock_jumps, Happening::link_is_cut, Happening::link_is_cut,
         Happening::link_changes, Happening::link_changes, Happening::name_changes,
         Happening::image_is_rejected, Happening::destination_goes, Happening::disk_is_full});
    switch (event.what) {
        case Happening::party_pauses:
            event.duration =
                dice.chance(0.2) ? dice.between(Nanos{1s}, 6s) : dice.between(Nanos{100us}, 500ms);
            break;
        case Happening::wall_clock_jumps: event.amount = dice.between(-3'600'000, 3'600'000); break;
        case Happening::link_changes: event.faults = draw_faults(dice); break;
        case Happening::driver_crashes:
        case Happening::driver_restarts:
        case Happening::publisher_crashes:
        case Happening::subscriber_crashes:
            event.duration = dice.between(Nanos{1ms}, 4s);
            event.amount = draw_writes(dice);
            break;
        default: event.duration = dice.between(Nanos{1ms}, 4s); break;
    }
    return event;
}

}  // namespace

std::string address_of(std::size_t host) { return "10.0.0." + std::to_string(host + 1); }

driver::Settings quick_settings() {
    driver::Settings settings;
    settings.directory = kDirectory;
    settings.term_buffer_length = 64 * 1024;
    settings.ipc_term_buffer_length = 64 * 1024;
    settings.counters_values_buffer_length = 128 * 1024;
    settings.loss_report_buffer_length = 64 * 1024;
    settings.error_buffer_length = 256 * 1024;
    settings.driver_timeout = Millis{2'000};
    settings.client_liveness_timeout = 3s;
    settings.publication_unblock_timeout = 4s;
    settings.untethered_window_limit_timeout = 1'500ms;
    settings.untethered_resting_timeout = 2s;
    settings.re_resolution_check_interval = 500ms;
    return settings;
}

Plan draw_plan(std::uint64_t seed) {
    Dice dice(seed);
    Plan plan;
    plan.seed = seed;
    plan.pace.longest_idle = dice.one_of({Nanos{50us}, Nanos{200us}, Nanos{1ms}, Nanos{1ms}});
    plan.pace.busy_high = dice.one_of({Nanos{1us}, Nanos{3us}, Nanos{20us}});
    for (std::int64_t hosts = dice.between(1, 3); hosts > 0; --hosts)
        plan.hosts.push_back(draw_settings(dice));
    StreamDrawer drawer(plan, dice);
    const auto streams = static_cast<int>(dice.between(1, 3));
    for (int i = 0; i < streams; ++i) drawer.draw(i);
    if (dice.chance(0.1)) {
        const std::size_t responder = dice.below(plan.hosts.size());
        const std::string address = address_of(responder);
        plan.responses.push_back({.requester_host = dice.below(plan.hosts.size()),
                                  .responder_host = responder,
                                  .request_endpoint = address + ":40090",
                                  .response_control = address + ":40091",
                                  .patience = 5s});
    }
    plan.faults = draw_faults(dice);
    plan.chaos = dice.between(Nanos{500ms}, dice.one_of({Nanos{1s}, Nanos{2s}, Nanos{8s}}));
    for (std::int64_t events = dice.between(0, 8); events > 0; --events)
        plan.events.push_back(draw_event(dice, plan.chaos));
    std::ranges::stable_sort(plan.events, {}, &PlannedEvent::at);
    if (dice.chance(0.3)) {
        plan.stranger.interval = dice.one_of({Nanos{100us}, Nanos{1ms}, Nanos{10ms}});
        plan.stranger.flood_share = dice.one_of({0.0, 0.01});
    }
    plan.messages_in_chaos = static_cast<std::uint64_t>(dice.one_of({200, 1'000, 3'000}));
    plan.messages_at_end = static_cast<std::uint64_t>(dice.between(20, 300));
    plan.is_quiet_while_healing = dice.chance(0.5);
    return plan;
}

}  // namespace tern::sim
