/* Throughput and round trip of the real C client on whatever driver AERON_DIR names.
 *
 *   real_bench throughput --mode offer|claim|block --length L --subs K --seconds S [--exclusive 1]
 *       question: how many messages a second pass from one publisher to each of K subscribers
 *   real_bench rtt --length L --messages N [--exclusive 1] [--rate R]
 *       question: how long a message and its answer take; with --rate they are due on a schedule
 *       and measured from when they were due, so that a stall counts against us
 *
 * Also: --channel aeron:ipc, --reply-channel (for rtt; else the same), --stream 1001, --warmup 1
 * (seconds, or for rtt thousands of messages), --idle spin|yield|sleep, --fragment-limit 10. Each
 * end has a thread and a client of its own, with the default conductor. --role says which end this
 * process is, where the ends are on two drivers: both (default), pub or sub, ping or pong; pub and
 * pong run until they are killed.
 *
 * Prints a line of JSON {"event": "ready"} when its subscriptions are there, {"event": "begin"} and
 * {"event": "end"} around what is measured, and one with the result at the end. */
#include <aeronc.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "options.h"

#define MAX_SUBS 16
#define FRAME_HEADER 32
#define CACHE_LINE 128
#define START_TIMEOUT_NS INT64_C(20000000000)

_Noreturn static void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("error ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

_Noreturn static void die_aeron(const char *doing) {
    die("%s: (%d) %s", doing, aeron_errcode(), aeron_errmsg());
}

/* ---- configuration and the two ends ---- */

static struct {
    const char *channel, *reply_channel, *mode, *role;
    int32_t stream;
    bool is_exclusive;
    size_t length;
    int subs;
    double seconds, warmup;
    int64_t messages, rate;
    size_t fragment_limit;
    const char *idle;
} config;

static atomic_bool is_stopping;

static bool has_role(const char *role) {
    return strcmp(config.role, "both") == 0 || strcmp(config.role, role) == 0;
}

/* For whoever watches, and takes the drivers' times meanwhile. */
static void tell(const char *event) {
    printf("{\"event\": \"%s\"}\n", event);
    fflush(stdout);
}

static void idle(void) {
    if (config.idle[0] == 'y') {
        sched_yield();
    } else if (config.idle[0] == 's' && config.idle[1] == 'l') {
        nanosleep(&(const struct timespec){.tv_nsec = 1000}, NULL);
    } else {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
}

typedef struct {
    aeron_context_t *context;
    aeron_t *aeron;
} end_t;

static end_t open_end(const char *name) {
    end_t end = {0};
    if (aeron_context_init(&end.context) < 0 ||
        aeron_context_set_client_name(end.context, name) < 0 ||
        aeron_init(&end.aeron, end.context) < 0 || aeron_start(end.aeron) < 0) {
        die_aeron("connecting to the driver");
    }
    return end;
}

static void close_end(end_t end) {
    aeron_close(end.aeron);
    aeron_context_close(end.context);
}

typedef struct {
    aeron_publication_t *shared;
    aeron_exclusive_publication_t *exclusive;
    aeron_publication_constants_t constants;
} out_t;

static out_t add_out(aeron_t *aeron, const char *channel, int32_t stream) {
    out_t out = {0};
    int done = 0;
    if (config.is_exclusive) {
        aeron_async_add_exclusive_publication_t *async = NULL;
        done = aeron_async_add_exclusive_publication(&async, aeron, channel, stream);
        while (done == 0) {
            done = aeron_async_add_exclusive_publication_poll(&out.exclusive, async);
        }
    } else {
        aeron_async_add_publication_t *async = NULL;
        done = aeron_async_add_publication(&async, aeron, channel, stream);
        while (done == 0) {
            done = aeron_async_add_publication_poll(&out.shared, async);
        }
    }
    if (done < 0) {
        die_aeron("adding a publication");
    }
    if (config.is_exclusive) {
        aeron_exclusive_publication_constants(out.exclusive, &out.constants);
    } else {
        aeron_publication_constants(out.shared, &out.constants);
    }
    return out;
}

static void wait_connected(const out_t *out) {
    const int64_t deadline = aeron_nano_clock() + START_TIMEOUT_NS;
    while (!(out->shared != NULL ? aeron_publication_is_connected(out->shared)
                                 : aeron_exclusive_publication_is_connected(out->exclusive))) {
        if (aeron_nano_clock() > deadline) {
            die("no subscriber connected within 20 s");
        }
        sched_yield();
    }
}

static aeron_subscription_t *add_in(aeron_t *aeron, const char *channel, int32_t stream) {
    aeron_async_add_subscription_t *async = NULL;
    aeron_subscription_t *in = NULL;
    int done = aeron_async_add_subscription(
        &async, aeron, channel, stream, NULL, NULL, NULL, NULL);
    while (done == 0) {
        done = aeron_async_add_subscription_poll(&in, async);
    }
    if (done < 0) {
        die_aeron("adding a subscription");
    }
    return in;
}

/* Anything but "not now" ends the run. */
static bool is_in(int64_t result) {
    if (result == AERON_PUBLICATION_ERROR) {
        die_aeron("offering");
    }
    if (result == AERON_PUBLICATION_CLOSED || result == AERON_PUBLICATION_MAX_POSITION_EXCEEDED) {
        die("offering: result %" PRId64, result);
    }
    return result > 0;
}

static bool offer(out_t *out, const uint8_t *message, size_t length) {
    return is_in(out->shared != NULL
            ? aeron_publication_offer(out->shared, message, length, NULL, NULL)
            : aeron_exclusive_publication_offer(out->exclusive, message, length, NULL, NULL));
}

static bool claim(out_t *out, const uint8_t *message, size_t length) {
    aeron_buffer_claim_t claim;
    if (!is_in(out->shared != NULL
                ? aeron_publication_try_claim(out->shared, length, &claim)
                : aeron_exclusive_publication_try_claim(out->exclusive, length, &claim))) {
        return false;
    }
    memcpy(claim.data, message, length);
    aeron_buffer_claim_commit(&claim);
    return true;
}

/* ---- blocks: ready-made frames for one term, appended with a single copy ---- */

static void store_le(uint8_t *at, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

typedef struct {
    uint8_t *frames;
    size_t frame_stride;
    int count; /* that fit into a block of at most 64 KiB */
} block_t;

static block_t make_block(const out_t *out) {
    block_t block = {.frame_stride = (config.length + FRAME_HEADER + 31) / 32 * 32};
    if (config.length > out->constants.max_payload_length) {
        die("--mode=block takes unfragmented messages: --length up to %zu",
            out->constants.max_payload_length);
    }
    block.count = (int)(64 * 1024 / block.frame_stride);
    block.count = block.count > 0 ? block.count : 1;
    block.frames = calloc((size_t)block.count, block.frame_stride);
    for (int i = 0; i < block.count; i++) {
        uint8_t *frame = block.frames + (size_t)i * block.frame_stride;
        store_le(frame, config.length + FRAME_HEADER, 4);
        frame[5] = 0xc0; /* a whole message */
        store_le(frame + 6, 1, 2); /* data */
        store_le(frame + 12, (uint32_t)out->constants.session_id, 4);
        store_le(frame + 16, (uint32_t)out->constants.stream_id, 4);
    }
    return block;
}

/* Offers as many messages as fit before the end of the term; returns how many went in. */
static int offer_block(out_t *out, block_t *block) {
    const int64_t term_length = (int64_t)out->constants.term_buffer_length;
    const int64_t position = aeron_exclusive_publication_position(out->exclusive);
    const int64_t offset = position & (term_length - 1);
    const int32_t term_id = out->constants.initial_term_id +
        (int32_t)(position >> out->constants.position_bits_to_shift);
    int64_t count = (term_length - offset) / (int64_t)block->frame_stride;
    if (count == 0) { /* the rest of the term is too short: an offer turns it into padding */
        return offer(out, block->frames + FRAME_HEADER, config.length) ? 1 : 0;
    }
    count = count < block->count ? count : block->count;
    for (int64_t i = 0; i < count; i++) {
        uint8_t *frame = block->frames + (size_t)i * block->frame_stride;
        store_le(frame + 8, (uint64_t)(offset + i * (int64_t)block->frame_stride), 4);
        store_le(frame + 20, (uint32_t)term_id, 4);
    }
    const int64_t result = aeron_exclusive_publication_offer_block(
        out->exclusive, block->frames, (size_t)count * block->frame_stride);
    return is_in(result) ? (int)count : 0;
}

/* ---- throughput ---- */

typedef struct {
    _Alignas(CACHE_LINE) atomic_uint_fast64_t messages; /* the subscriber's own thread */
    uint64_t bytes;
    atomic_bool is_ready;
} subscriber_t;

static subscriber_t subscribers[MAX_SUBS];
static _Alignas(CACHE_LINE) atomic_uint_fast64_t published;

static void on_counted_message(
    void *clientd, const uint8_t *buffer, size_t length, aeron_header_t *header) {
    subscriber_t *self = clientd;
    (void)buffer;
    (void)header;
    self->bytes += length;
    atomic_store_explicit(&self->messages,
        atomic_load_explicit(&self->messages, memory_order_relaxed) + 1, memory_order_relaxed);
}

static void *run_subscriber(void *argument) {
    subscriber_t *self = argument;
    const end_t end = open_end("bench-sub");
    aeron_subscription_t *in = add_in(end.aeron, config.channel, config.stream);
    aeron_fragment_assembler_t *assembler = NULL;
    aeron_fragment_assembler_create(&assembler, on_counted_message, self);
    atomic_store(&self->is_ready, true);
    while (!atomic_load_explicit(&is_stopping, memory_order_relaxed)) {
        const int work = aeron_subscription_poll(
            in, aeron_fragment_assembler_handler, assembler, config.fragment_limit);
        if (work < 0) {
            die_aeron("polling");
        }
        if (work == 0) {
            idle();
        }
    }
    close_end(end);
    aeron_fragment_assembler_delete(assembler);
    return NULL;
}

static void *run_publisher(void *argument) {
    (void)argument;
    const end_t end = open_end("bench-pub");
    out_t out = add_out(end.aeron, config.channel, config.stream);
    uint8_t *message = calloc(1, config.length > 0 ? config.length : 1);
    const bool is_block = strcmp(config.mode, "block") == 0;
    const bool is_claim = strcmp(config.mode, "claim") == 0;
    if (is_claim && config.length > out.constants.max_payload_length) {
        die("--mode=claim takes unfragmented messages: --length up to %zu",
            out.constants.max_payload_length);
    }
    block_t block = is_block ? make_block(&out) : (block_t){0};
    wait_connected(&out);
    uint64_t sent = 0;
    while (!atomic_load_explicit(&is_stopping, memory_order_relaxed)) {
        const int count = is_block ? offer_block(&out, &block)
            : is_claim             ? claim(&out, message, config.length)
                                   : offer(&out, message, config.length);
        if (count > 0) {
            sent += (uint64_t)count;
            atomic_store_explicit(&published, sent, memory_order_relaxed);
        } else {
            idle();
        }
    }
    close_end(end);
    free(message);
    free(block.frames);
    return NULL;
}

static void sleep_seconds(double seconds) {
    struct timespec left = {.tv_sec = (time_t)seconds,
        .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) != 0) {
    }
}

typedef struct {
    int64_t at_ns;
    uint64_t published, received[MAX_SUBS];
} sample_t;

static sample_t take_sample(void) {
    sample_t sample = {.published = atomic_load_explicit(&published, memory_order_relaxed)};
    for (int i = 0; i < config.subs; i++) {
        sample.received[i] =
            atomic_load_explicit(&subscribers[i].messages, memory_order_relaxed);
    }
    sample.at_ns = aeron_nano_clock();
    return sample;
}

static void print_throughput(const sample_t *from, const sample_t *to) {
    const double seconds = (double)(to->at_ns - from->at_ns) / 1e9;
    double slowest = -1;
    printf("{\"bench\": \"throughput\", \"peer\": \"aeron-c %s\", \"channel\": \"%s\", "
           "\"mode\": \"%s\", \"exclusive\": %s, \"length\": %zu, \"subs\": %d, \"idle\": \"%s\", "
           "\"seconds\": %.3f, \"published_per_s\": %.0f, \"received_per_s\": [",
        aeron_version_text(), config.channel, config.mode, config.is_exclusive ? "true" : "false",
        config.length, config.subs, config.idle, seconds,
        (double)(to->published - from->published) / seconds);
    for (int i = 0; i < config.subs; i++) {
        const double rate = (double)(to->received[i] - from->received[i]) / seconds;
        slowest = slowest < 0 || rate < slowest ? rate : slowest;
        printf("%s%.0f", i > 0 ? ", " : "", rate);
    }
    printf("], \"messages_per_s\": %.0f, \"bytes_per_s\": %.0f}\n", slowest,
        slowest * (double)config.length);
}

static int run_throughput(void) {
    pthread_t threads[MAX_SUBS + 1];
    if (strcmp(config.mode, "block") == 0 && !config.is_exclusive) {
        die("--mode=block needs --exclusive 1");
    }
    if (!has_role("sub")) {
        run_publisher(NULL);
        return 0;
    }
    for (int i = 0; i < config.subs; i++) {
        pthread_create(&threads[i], NULL, run_subscriber, &subscribers[i]);
        while (!atomic_load(&subscribers[i].is_ready)) {
            sched_yield();
        }
    }
    tell("ready");
    const int ends = config.subs + (has_role("pub") ? 1 : 0);
    if (has_role("pub")) {
        pthread_create(&threads[config.subs], NULL, run_publisher, NULL);
    }
    const int64_t deadline = aeron_nano_clock() + START_TIMEOUT_NS;
    for (int i = 0; i < config.subs; i++) {
        while (atomic_load(&subscribers[i].messages) == 0) {
            if (aeron_nano_clock() > deadline) {
                die("subscriber %d got nothing within 20 s", i);
            }
            sleep_seconds(0.001);
        }
    }
    sleep_seconds(config.warmup);
    tell("begin");
    const sample_t from = take_sample();
    sleep_seconds(config.seconds);
    const sample_t to = take_sample();
    tell("end");
    atomic_store(&is_stopping, true);
    for (int i = 0; i < ends; i++) {
        pthread_join(threads[i], NULL);
    }
    print_throughput(&from, &to);
    return 0;
}

/* ---- round trip ---- */

static atomic_bool is_pong_ready;

static void on_ping(void *clientd, const uint8_t *buffer, size_t length, aeron_header_t *header) {
    (void)header;
    while (!offer(clientd, buffer, length) && !atomic_load(&is_stopping)) {
        idle();
    }
}

static void *run_pong(void *argument) {
    (void)argument;
    const end_t end = open_end("bench-pong");
    aeron_subscription_t *in = add_in(end.aeron, config.channel, config.stream);
    out_t out = add_out(end.aeron, config.reply_channel, config.stream + 1);
    aeron_fragment_assembler_t *assembler = NULL;
    aeron_fragment_assembler_create(&assembler, on_ping, &out);
    atomic_store(&is_pong_ready, true);
    while (!atomic_load_explicit(&is_stopping, memory_order_relaxed)) {
        if (aeron_subscription_poll(
                in, aeron_fragment_assembler_handler, assembler, config.fragment_limit) == 0) {
            idle();
        }
    }
    close_end(end);
    aeron_fragment_assembler_delete(assembler);
    return NULL;
}

static int64_t answered;

/* Echoes of something older are passed over: a driver lets a new subscription drain what a closed
 * publication of an earlier run still holds, and pong answers that too. */
static void on_pong(void *clientd, const uint8_t *buffer, size_t length, aeron_header_t *header) {
    (void)clientd;
    (void)length;
    (void)header;
    int64_t number = 0;
    memcpy(&number, buffer, sizeof(number));
    answered = number > answered ? number : answered;
}

static int compare_times(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Nearest rank: the smallest value that at least this share of all do not exceed. */
static int64_t percentile(const int64_t *sorted, int64_t count, double share) {
    int64_t rank = (int64_t)(share * (double)count + 0.999999);
    rank = rank < 1 ? 1 : rank > count ? count : rank;
    return sorted[rank - 1];
}

static void print_rtt(int64_t *times, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        sum += (double)times[i];
    }
    qsort(times, (size_t)count, sizeof(times[0]), compare_times);
    printf("{\"bench\": \"rtt\", \"peer\": \"aeron-c %s\", \"channel\": \"%s\", "
           "\"exclusive\": %s, \"length\": %zu, \"messages\": %" PRId64 ", \"rate\": %" PRId64
           ", \"idle\": \"%s\", \"min_ns\": %" PRId64 ", \"mean_ns\": %.0f, \"p50_ns\": %" PRId64
           ", \"p90_ns\": %" PRId64 ", \"p99_ns\": %" PRId64 ", \"p99_9_ns\": %" PRId64
           ", \"max_ns\": %" PRId64 "}\n",
        aeron_version_text(), config.channel, config.is_exclusive ? "true" : "false",
        config.length, count, config.rate, config.idle, times[0], sum / (double)count,
        percentile(times, count, 0.50), percentile(times, count, 0.90),
        percentile(times, count, 0.99), percentile(times, count, 0.999), times[count - 1]);
}

/* Sends one message and waits for it; returns the time since it was sent, or was due. */
static int64_t round_trip(out_t *out, aeron_subscription_t *in,
    aeron_fragment_assembler_t *assembler, uint8_t *message, int64_t number, int64_t due_ns) {
    while (due_ns > 0 && aeron_nano_clock() < due_ns) {
        idle();
    }
    const int64_t start = due_ns > 0 ? due_ns : aeron_nano_clock();
    memcpy(message, &number, sizeof(number));
    while (!offer(out, message, config.length)) {
        idle();
    }
    const int64_t give_up = start + START_TIMEOUT_NS;
    for (int64_t turns = 1; answered != number; turns++) {
        if (aeron_subscription_poll(
                in, aeron_fragment_assembler_handler, assembler, config.fragment_limit) > 0) {
            continue;
        }
        if (turns % 4096 == 0 && aeron_nano_clock() > give_up) {
            die("message %" PRId64 " did not come back within 20 s", number);
        }
        idle();
    }
    return aeron_nano_clock() - start;
}

static int run_rtt(void) {
    pthread_t pong;
    if (config.length < sizeof(int64_t) || config.messages < 1) {
        die("rtt needs --length of at least 8 and --messages of at least 1");
    }
    const bool has_pong = has_role("pong");
    if (has_pong) {
        pthread_create(&pong, NULL, run_pong, NULL);
        while (!atomic_load(&is_pong_ready)) {
            sched_yield();
        }
        tell("ready");
    }
    if (!has_role("ping")) {
        pthread_join(pong, NULL);
        return 0;
    }
    const end_t end = open_end("bench-ping");
    aeron_subscription_t *in = add_in(end.aeron, config.reply_channel, config.stream + 1);
    out_t out = add_out(end.aeron, config.channel, config.stream);
    aeron_fragment_assembler_t *assembler = NULL;
    aeron_fragment_assembler_create(&assembler, on_pong, NULL);
    wait_connected(&out);
    while (!aeron_subscription_is_connected(in)) {
        sched_yield();
    }
    uint8_t *message = calloc(1, config.length);
    int64_t *times = calloc((size_t)config.messages, sizeof(int64_t));
    const int64_t warmup = (int64_t)(config.warmup * 1000);
    int64_t number = 0;
    while (number < warmup) {
        round_trip(&out, in, assembler, message, ++number, 0);
    }
    tell("begin");
    const int64_t start = aeron_nano_clock();
    for (int64_t i = 0; i < config.messages; i++) {
        const int64_t due = config.rate > 0 ? start + i * INT64_C(1000000000) / config.rate : 0;
        times[i] = round_trip(&out, in, assembler, message, ++number, due);
    }
    tell("end");
    atomic_store(&is_stopping, true);
    if (has_pong) {
        pthread_join(pong, NULL);
    }
    close_end(end);
    aeron_fragment_assembler_delete(assembler);
    print_rtt(times, config.messages);
    free(times);
    free(message);
    return 0;
}

static void read_config(const options_t *options) {
    config.channel = option_text(options, "channel", "aeron:ipc");
    config.reply_channel = option_text(options, "reply-channel", config.channel);
    config.mode = option_text(options, "mode", "offer");
    config.role = option_text(options, "role", "both");
    config.stream = (int32_t)option_number(options, "stream", 1001);
    config.is_exclusive = option_number(options, "exclusive", 0) != 0;
    config.length = (size_t)option_number(options, "length", 32);
    config.subs = (int)option_number(options, "subs", 1);
    config.seconds = atof(option_text(options, "seconds", "3"));
    config.warmup = atof(option_text(options, "warmup", "1"));
    config.messages = option_number(options, "messages", 100000);
    config.rate = option_number(options, "rate", 0);
    config.fragment_limit = (size_t)option_number(options, "fragment-limit", 10);
    config.idle = option_text(options, "idle", "spin");
    if (config.subs < 1 || config.subs > MAX_SUBS ||
        strstr(" offer claim block ", config.mode) == NULL ||
        strstr(" spin yield sleep ", config.idle) == NULL ||
        strstr(" both pub sub ping pong ", config.role) == NULL) {
        die("--subs is 1 to %d, --mode offer, claim or block, --idle spin, yield or sleep, "
            "--role both, pub, sub, ping or pong",
            MAX_SUBS);
    }
}

int main(int argc, char **argv) {
    options_t options;
    char problem[700];
    if (!options_parse(&options, argc - 1, argv + 1,
            "mode: exclusive: length: subs: seconds: messages: channel: reply-channel: stream: "
            "warmup: idle: fragment-limit: rate: role: ",
            problem, sizeof(problem))) {
        die("%s", problem);
    }
    read_config(&options);
    if (strcmp(option_word(&options, 0), "throughput") == 0) {
        return run_throughput();
    }
    if (strcmp(option_word(&options, 0), "rtt") == 0) {
        return run_rtt();
    }
    die("usage: real_bench throughput|rtt [--option value]...; its source lists them");
}
