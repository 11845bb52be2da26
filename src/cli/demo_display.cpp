#include "tern/cli/demo_display.hpp"

#include <algorithm>

namespace tern::cli {
namespace {

double per_second(const Json& tally, const char* what) {
    return tally.at(what).get<double>() / std::max(1e-9, tally.at("seconds").get<double>());
}

std::string messages_text(double messages) { return grouped(static_cast<std::int64_t>(messages)); }

std::string latency_text(const Json& tally, const char* key) {
    return duration_text(Nanos{tally.at("latency").at(key).get<std::int64_t>()});
}

constexpr std::size_t kNameWidth = 24;

std::string columns(std::string name, const std::string& messages, const std::string& bytes,
                    const std::string& p50, const std::string& p99, const std::string& p99_9) {
    name.resize(std::max(name.size(), kNameWidth), ' ');
    return name + right(messages, 11) + right(bytes, 12) + right(p50, 13) + right(p99, 11) +
           right(p99_9, 11);
}

std::string heading() {
    return styled(Look::faint,
                  columns("", "messages/s", "bytes/s", "latency p50", "p99", "p99.9")) +
           "\n";
}

std::string row(const std::string& name, const Json& tally) {
    return columns(name, messages_text(per_second(tally, "messages")),
                   bytes_text(per_second(tally, "bytes")), latency_text(tally, "p50_ns"),
                   latency_text(tally, "p99_ns"), latency_text(tally, "p99_9_ns"));
}

std::string phase_name(double rate) {
    return rate > 0 ? messages_text(rate) + " messages/s" : "as fast as they go";
}

}  // namespace

void DemoDisplay::begin_round(const DemoRound& round) {
    if (is_quiet_) return;
    print("\n" + styled(Look::bold, round.name) + "  " + round.channel + "\n" + heading());
}

void DemoDisplay::begin_phase(double rate) { phase_ = "  " + phase_name(rate); }

void DemoDisplay::show(const Json& interval) {
    if (!is_quiet_) show_line(interval, is_styled() ? "" : "\n");
}

void DemoDisplay::end_phase(const Json& total) {
    if (is_quiet_) return;
    if (!is_styled()) phase_ += ", all";
    show_line(total, "\n");
}

void DemoDisplay::show_line(const Json& tally, const char* after) {
    print((is_styled() ? "\r\x1b[K" : "") + row(phase_, tally) + after);
}

void DemoDisplay::skip(const DemoRound& round) {
    if (is_quiet_) return;
    print("\n" + styled(Look::bold, round.name) + "  " + round.channel +
          "\n  left out: " + round.skipped + "\n");
}

/// The rate of the first half and the latency of the second: a full queue's latency says nothing.
void DemoDisplay::summarise(const std::vector<DemoRound>& rounds) {
    if (is_quiet_) return;
    std::int64_t messages = 0;
    double steady = 0;
    std::string text;
    for (const DemoRound& round : rounds) {
        if (!round.skipped.empty()) {
            text += "  " + round.name + ": left out\n";
            continue;
        }
        for (const DemoRound::Phase& phase : round.phases) {
            messages += phase.total.at("messages").get<std::int64_t>();
        }
        const Json& fast = round.phases.front().total;
        const Json& even = round.phases.back().total;
        steady = round.phases.back().rate;
        text += columns("  " + round.name, messages_text(per_second(fast, "messages")),
                        bytes_text(per_second(fast, "bytes")), latency_text(even, "p50_ns"),
                        latency_text(even, "p99_ns"), latency_text(even, "p99_9_ns")) +
                "\n";
    }
    print("\n" + styled(Look::bold, "Summary") + ": throughput as fast as they go, latency at " +
          messages_text(steady) + " messages/s\n" + heading() + text + "  " +
          styled(Look::good,
                 "all " + grouped(messages) + " messages arrived, once, in order and whole") +
          "\n");
}

Json json_of_demo(std::uint64_t size, const std::vector<DemoRound>& rounds) {
    Json json{{"size", size}, {"rounds", Json::array()}};
    for (const DemoRound& round : rounds) {
        Json one{{"transport", round.transport}, {"channel", round.channel}};
        if (!round.skipped.empty()) one["skipped"] = round.skipped;
        one["phases"] = Json::array();
        for (const DemoRound::Phase& phase : round.phases) {
            Json half{{"rate", phase.rate}};
            half.update(phase.total);
            half["messages_per_second"] = per_second(phase.total, "messages");
            half["bytes_per_second"] = per_second(phase.total, "bytes");
            half["back_pressured"] = phase.sent.at("back_pressured");
            one["phases"].push_back(std::move(half));
        }
        json["rounds"].push_back(std::move(one));
    }
    return json;
}

}  // namespace tern::cli
