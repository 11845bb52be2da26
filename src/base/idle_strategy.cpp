#include "tern/base/idle_strategy.hpp"

#include <algorithm>
#include <array>
#include <thread>

#include "tern/base/value_parser.hpp"

namespace tern {
namespace {

struct Name {
    std::string_view name;
    std::string_view symbol;  // Aeron's C symbol, which a setting may also give
    IdleKind kind;
};

// Of two names for one strategy the first is the one that we print.
constexpr std::array kNames{
    Name{"backoff", "aeron_idle_strategy_backoff", IdleKind::backoff},
    Name{"sleep-ns", "aeron_idle_strategy_sleeping", IdleKind::sleeping},
    Name{"sleeping", "aeron_idle_strategy_sleeping", IdleKind::sleeping},
    Name{"yield", "aeron_idle_strategy_yielding", IdleKind::yielding},
    Name{"spin", "aeron_idle_strategy_busy_spinning", IdleKind::busy_spinning},
    Name{"noop", "aeron_idle_strategy_noop", IdleKind::noop},
};

Error invalid(std::string text) { return {ErrorCode::generic_error, std::move(text)}; }

constexpr std::size_t kLongestBackoffField = 16;

/// A park time: like any duration, save that "ns" cannot be written.
std::optional<Nanos> parse_park(std::string_view text) {
    if (text.size() > kLongestBackoffField || text.find_first_of("nN") != text.npos)
        return std::nullopt;
    return parse_duration(text);
}

std::optional<std::int64_t> parse_count(std::string_view text) {
    if (text.size() > kLongestBackoffField) return std::nullopt;
    auto value = parse_int64(text);
    return value && *value >= 0 ? value : std::nullopt;
}

Result<IdleOptions> parse_backoff(std::string_view args) {
    std::array<std::string_view, 4> fields;
    std::size_t found = 0;
    for (std::string_view rest = args;; ++found) {
        const std::size_t dash = rest.find('-');
        if (found < fields.size()) fields[found] = rest.substr(0, dash);
        if (dash == rest.npos) {
            ++found;
            break;
        }
        rest.remove_prefix(dash + 1);
    }
    if (found != fields.size()) {
        return invalid("init args malformed, 4 values required, found: " + std::to_string(found) +
                       " for args: " + std::string{args} +
                       " (expected maxSpins-maxYields-minPark-maxPark, such as 10-20-1us-1ms)");
    }
    const auto spins = parse_count(fields[0]);
    if (!spins) return invalid("max spins not parseable: " + std::string{fields[0]});
    const auto yields = parse_count(fields[1]);
    if (!yields) return invalid("max yields not parseable: " + std::string{fields[1]});
    const auto min_park = parse_park(fields[2]);
    if (!min_park) return invalid("min park period ns not parseable: " + std::string{fields[2]});
    const auto max_park = parse_park(fields[3]);
    if (!max_park) return invalid("max park period ns not parseable: " + std::string{fields[3]});
    return IdleOptions{.kind = IdleKind::backoff,
                       .max_spins = *spins,
                       .max_yields = *yields,
                       .min_park = *min_park,
                       .max_park = *max_park};
}

std::string park_text(Nanos period) {
    const std::int64_t ns = period.count();
    if (ns > 0 && ns % 1'000'000'000 == 0) return std::to_string(ns / 1'000'000'000) + "s";
    if (ns > 0 && ns % 1'000'000 == 0) return std::to_string(ns / 1'000'000) + "ms";
    if (ns > 0 && ns % 1'000 == 0) return std::to_string(ns / 1'000) + "us";
    return std::to_string(ns);
}

}  // namespace

Result<IdleOptions> parse_idle_strategy(std::string_view name, std::string_view init_args) {
    const auto found = std::find_if(kNames.begin(), kNames.end(), [name](const Name& known) {
        return known.name == name || known.symbol == name;
    });
    if (found == kNames.end()) {
        return invalid("could not find idle strategy object " + std::string{name} +
                       ": use backoff, sleep-ns, yield, spin or noop");
    }
    IdleOptions options{.kind = found->kind};
    if (init_args.empty()) return options;
    if (found->kind == IdleKind::backoff) return parse_backoff(init_args);
    if (found->kind == IdleKind::sleeping) {
        const auto period = parse_duration(init_args);
        if (!period) {
            return invalid("sleep period not parseable: " + std::string{init_args} +
                           " (expected a duration such as 1ms)");
        }
        options.sleep = *period;
    }
    return options;
}

std::string_view idle_strategy_name(IdleKind kind) {
    return std::find_if(kNames.begin(), kNames.end(),
                        [kind](const Name& known) { return known.kind == kind; })
        ->name;
}

std::string idle_strategy_arguments(const IdleOptions& options) {
    switch (options.kind) {
        case IdleKind::backoff:
            return std::to_string(options.max_spins) + "-" + std::to_string(options.max_yields) +
                   "-" + park_text(options.min_park) + "-" + park_text(options.max_park);
        case IdleKind::sleeping: return park_text(options.sleep);
        default: return {};
    }
}

void yield_thread() { std::this_thread::yield(); }

void sleep_thread(Nanos period) { std::this_thread::sleep_for(period); }

void BackoffIdle::idle_once() {
    switch (state_) {
        case State::not_idle:
            ++spins_;
            state_ = State::spinning;
            break;
        case State::spinning:
            pause_cpu();
            if (++spins_ > max_spins_) {
                yields_ = 0;
                state_ = State::yielding;
            }
            break;
        case State::yielding:
            if (++yields_ > max_yields_) {
                park_ = min_park_;
                state_ = State::parking;
            } else {
                yield_thread();
            }
            break;
        case State::parking:
            sleep_thread(park_);
            park_ = park_ < max_park_ / 2 ? park_ * 2 : max_park_;
            break;
    }
}

IdleStrategy::Any IdleStrategy::make(const IdleOptions& options) {
    switch (options.kind) {
        case IdleKind::sleeping: return SleepingIdle{options.sleep};
        case IdleKind::yielding: return YieldingIdle{};
        case IdleKind::busy_spinning: return BusySpinIdle{};
        case IdleKind::noop: return NoopIdle{};
        case IdleKind::backoff: break;
    }
    return BackoffIdle{options};
}

IdleStrategy::IdleStrategy(const IdleOptions& options) : strategy_(make(options)) {}

}  // namespace tern
