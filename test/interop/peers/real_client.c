/* The real C client as a test peer: one command from the command line, or many from standard
 * input with `script`. README.md lists the commands. Each ends with one line, `ok ...` or
 * `error ...`; the process exits with 0 only if every command was ok. */
#include "client.h"

#include <inttypes.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COMMON_OPTIONS \
    "dir: timeout-ms: connect-timeout-ms: driver-timeout-ms: client-name: invoker "

/* ---- failing and waiting ---- */

static char reason[1024];

bool fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    return false;
}

bool fail_aeron(const char *doing) {
    fail("%s: (%d) %s", doing, aeron_errcode(), aeron_errmsg());
    for (char *at = reason; *at != '\0'; at++) {
        *at = *at == '\n' ? ' ' : *at;
    }
    return false;
}

const char *failure(void) {
    return reason;
}

int64_t deadline_after(int64_t duration_ns) {
    return aeron_nano_clock() + duration_ns;
}

bool wait_turn(peer_t *peer, int64_t deadline_ns, const char *waiting_for) {
    if (aeron_nano_clock() > deadline_ns) {
        return fail("timed out waiting for %s", waiting_for);
    }
    if (aeron_is_closed(peer->aeron)) {
        return fail("the client was closed while waiting for %s", waiting_for);
    }
    if (peer->is_invoker && aeron_main_do_work(peer->aeron) < 0) {
        return fail_aeron("running the client");
    }
    static unsigned turns;
    if (++turns % 64 != 0) {
        sched_yield();
    } else { /* the cores are few and shared */
        nanosleep(&(const struct timespec){.tv_nsec = 50000}, NULL);
    }
    return true;
}

/* Never fails on time: for commands that wait for the other side of a pipe. */
static void wait_for_end_of_input(void) {
    char buffer[256];
    while (read(STDIN_FILENO, buffer, sizeof(buffer)) > 0) {
    }
}

static bool linger(peer_t *peer, int64_t duration_ns) {
    const int64_t until = deadline_after(duration_ns);
    while (aeron_nano_clock() < until) {
        if (!wait_turn(peer, INT64_MAX, "the end of the linger time")) {
            return false;
        }
        const struct timespec pause = {.tv_nsec = 1000000};
        nanosleep(&pause, NULL);
    }
    return true;
}

/* ---- connection ---- */

static void on_error(void *clientd, int code, const char *message) {
    atomic_fetch_add(&((peer_t *)clientd)->error_count, 1);
    fprintf(stderr, "client error %d: %s\n", code, message);
}

static bool open_peer(peer_t *peer, const options_t *options) {
    peer->is_invoker = option_flag(options, "invoker");
    if (aeron_context_init(&peer->context) < 0) {
        return fail_aeron("reading the AERON_* settings");
    }
    const char *dir = option_text(options, "dir", NULL);
    const int64_t driver_timeout = option_number(options, "driver-timeout-ms", 10000);
    if ((dir != NULL && aeron_context_set_dir(peer->context, dir) < 0) ||
        aeron_context_set_client_name(
            peer->context, option_text(options, "client-name", "real_client")) < 0 ||
        aeron_context_set_driver_timeout_ms(peer->context, (uint64_t)driver_timeout) < 0 ||
        aeron_context_set_use_conductor_agent_invoker(peer->context, peer->is_invoker) < 0 ||
        aeron_context_set_error_handler(peer->context, on_error, peer) < 0) {
        return fail_aeron("setting up the client");
    }
    if (aeron_init(&peer->aeron, peer->context) < 0 || aeron_start(peer->aeron) < 0) {
        return fail_aeron("connecting to the driver");
    }
    return true;
}

static bool close_peer(peer_t *peer) {
    if (peer->aeron != NULL && aeron_close(peer->aeron) < 0) {
        return fail_aeron("closing the client");
    }
    return aeron_context_close(peer->context) == 0 || fail_aeron("closing the context");
}

/* ---- whole runs: pub, sub, echo, ping ---- */

static bool wait_connected(stream_out_t *out, bool expected) {
    const int64_t deadline = deadline_after(out->peer->connect_timeout_ns);
    while (is_publication_connected(out) != expected) {
        if (!wait_turn(out->peer, deadline,
                expected ? "a subscriber" : "the last subscriber to go")) {
            return false;
        }
    }
    return true;
}

static void print_sent(const stream_out_t *out) {
    printf("ok sent count=%" PRIu64 " bytes=%" PRIu64 " position=%" PRId64
           " session=%d retries=%" PRIu64 " digest=%016" PRIx64 "\n",
        out->next_sequence, out->bytes, out->position, out->constants.session_id, out->retries,
        out->digest);
}

static void print_publication(const char *word, const stream_out_t *out) {
    const aeron_publication_constants_t *c = &out->constants;
    printf("%s pub session=%d registration=%lld original=%lld stream=%d term_length=%zu "
           "max_payload=%zu max_message=%zu initial_term=%d limit_counter=%d status_counter=%d\n",
        word, c->session_id, (long long)c->registration_id, (long long)c->original_registration_id,
        c->stream_id, c->term_buffer_length, c->max_payload_length, c->max_message_length,
        c->initial_term_id, c->publication_limit_counter_id, c->channel_status_indicator_id);
}

static bool run_pub(peer_t *peer, const options_t *options) {
    stream_out_t *out = add_publication(peer, "pub", option_word(options, 1),
        (int32_t)option_word_number(options, 2), option_flag(options, "exclusive"));
    if (out == NULL) {
        return false;
    }
    print_publication("ready", out);
    if ((!option_flag(options, "no-wait") && !wait_connected(out, true)) ||
        !send_messages(out, options)) {
        return false;
    }
    if (option_flag(options, "hold")) {
        puts("holding");
        wait_for_end_of_input();
    }
    if (!linger(peer, option_number(options, "linger-ms", 0) * 1000000)) {
        return false;
    }
    print_sent(out);
    return close_publication(out, option_flag(options, "revoke"));
}

static bool print_registered(const char *word, stream_in_t *in) {
    aeron_subscription_constants_t c;
    char uri[1024] = "";
    if (aeron_subscription_constants(in->subscription, &c) < 0 ||
        aeron_subscription_try_resolve_channel_endpoint_port(
            in->subscription, uri, sizeof(uri)) < 0) {
        return fail_aeron("asking a subscription");
    }
    printf("%s sub registration=%lld stream=%d status_counter=%d channel=%s\n", word,
        (long long)c.registration_id, c.stream_id, c.channel_status_indicator_id, uri);
    return true;
}

static void print_received(stream_in_t *in) {
    print_sources(in);
    printf("ok received count=%" PRIu64 " bytes=%" PRIu64 " images=%d gone=%d aborts=%" PRIu64
           "\n",
        in->received, in->bytes, atomic_load(&in->images_seen), atomic_load(&in->images_gone),
        in->aborts);
}

static bool run_sub(peer_t *peer, const options_t *options) {
    stream_in_t *in = add_subscription(
        peer, "sub", option_word(options, 1), (int32_t)option_word_number(options, 2));
    if (in == NULL || !print_registered("ready", in) || !receive_messages(in, options)) {
        return false;
    }
    if (option_flag(options, "hold")) {
        puts("holding");
        wait_for_end_of_input();
    }
    if (!linger(peer, option_number(options, "linger-ms", 0) * 1000000)) {
        return false;
    }
    print_received(in);
    return close_subscription(in);
}

typedef struct {
    stream_out_t *out;
    int64_t echoed;
    bool is_failed;
} echo_t;

static void on_echo(void *clientd, const uint8_t *message, size_t length, aeron_header_t *header) {
    echo_t *echo = clientd;
    const int64_t deadline = deadline_after(echo->out->peer->timeout_ns);
    (void)header;
    while (!echo->is_failed) {
        const int64_t result = offer_once(echo->out, message, length);
        if (result > 0) {
            echo->echoed++;
            return;
        }
        echo->is_failed = result < AERON_PUBLICATION_ADMIN_ACTION
            ? !fail("echoing message %lld: result %lld", (long long)echo->echoed, (long long)result)
            : !wait_turn(echo->out->peer, deadline, "room for an echo");
    }
}

/* echo IN-CHANNEL IN-STREAM OUT-CHANNEL OUT-STREAM: sends back whole messages as they come. */
static bool run_echo(peer_t *peer, const options_t *options) {
    aeron_fragment_assembler_t *assembler = NULL;
    echo_t echo = {0};
    stream_in_t *in = add_subscription(
        peer, "in", option_word(options, 1), (int32_t)option_word_number(options, 2));
    if (in == NULL) {
        return false;
    }
    echo.out = add_publication(peer, "out", option_word(options, 3),
        (int32_t)option_word_number(options, 4), option_flag(options, "exclusive"));
    if (echo.out == NULL || aeron_fragment_assembler_create(&assembler, on_echo, &echo) < 0) {
        return false;
    }
    puts("ready echo");
    const int64_t wanted = option_number(options, "count", INT64_MAX);
    int64_t deadline = deadline_after(peer->timeout_ns);
    while (echo.echoed < wanted && !echo.is_failed) {
        const int work = aeron_subscription_poll(
            in->subscription, aeron_fragment_assembler_handler, assembler, 10);
        if (work < 0) {
            return fail_aeron("polling");
        }
        if (work > 0) {
            deadline = deadline_after(peer->timeout_ns);
        } else if (wanted == INT64_MAX && atomic_load(&in->images_gone) > 0 &&
            atomic_load(&in->images_gone) == atomic_load(&in->images_seen)) {
            break; /* whoever we answered has gone */
        } else if (!wait_turn(peer, deadline, "a message to echo")) {
            return false;
        }
    }
    aeron_fragment_assembler_delete(assembler);
    if (echo.is_failed || !linger(peer, option_number(options, "linger-ms", 0) * 1000000)) {
        return false;
    }
    printf("ok echoed count=%lld\n", (long long)echo.echoed);
    return close_publication(echo.out, false) && close_subscription(in);
}

static options_t one_message(const options_t *options) {
    options_t one = *options;
    one.names[one.option_count] = "count";
    one.values[one.option_count++] = "1";
    return one;
}

/* ping OUT-CHANNEL OUT-STREAM IN-CHANNEL IN-STREAM: each message must come back before the next. */
static bool run_ping(peer_t *peer, const options_t *options) {
    stream_in_t *in = add_subscription(
        peer, "in", option_word(options, 3), (int32_t)option_word_number(options, 4));
    stream_out_t *out = in == NULL ? NULL
        : add_publication(peer, "out", option_word(options, 1),
              (int32_t)option_word_number(options, 2), option_flag(options, "exclusive"));
    if (out == NULL || options->option_count == OPTIONS_MAX) {
        return false;
    }
    puts("ready ping");
    if (!wait_connected(out, true)) {
        return false;
    }
    const options_t one = one_message(options);
    const int64_t count = option_number(options, "count", 1);
    int64_t best = INT64_MAX, sum = 0;
    for (int64_t i = 0; i < count; i++) {
        const int64_t start = aeron_nano_clock();
        if (!send_messages(out, &one) || !receive_messages(in, &one)) {
            return false;
        }
        const int64_t taken = aeron_nano_clock() - start;
        best = taken < best ? taken : best;
        sum += taken;
    }
    printf("ok pinged count=%lld rtt_min_ns=%lld rtt_mean_ns=%lld digest=%016" PRIx64 "\n",
        (long long)count, (long long)best, (long long)(count > 0 ? sum / count : 0), out->digest);
    return close_publication(out, false) && close_subscription(in);
}

/* ---- single steps, on named things ---- */

static stream_out_t *named_publication(const options_t *options) {
    stream_out_t *out = find_publication(option_word(options, 1));
    if (out == NULL) {
        fail("no publication is called \"%s\"; add it with add-pub", option_word(options, 1));
    }
    return out;
}

static stream_in_t *named_subscription(const options_t *options) {
    stream_in_t *in = find_subscription(option_word(options, 1));
    if (in == NULL) {
        fail("no subscription is called \"%s\"; add it with add-sub", option_word(options, 1));
    }
    return in;
}

static bool step_add_pub(peer_t *peer, const options_t *options) {
    const stream_out_t *out = add_publication(peer, option_word(options, 1),
        option_word(options, 2), (int32_t)option_word_number(options, 3),
        option_flag(options, "exclusive"));
    if (out != NULL) {
        print_publication("ok", out);
    }
    return out != NULL;
}

static bool step_add_sub(peer_t *peer, const options_t *options) {
    stream_in_t *in = add_subscription(peer, option_word(options, 1), option_word(options, 2),
        (int32_t)option_word_number(options, 3));
    return in != NULL && print_registered("ok", in);
}

static bool step_connected(peer_t *peer, const options_t *options) {
    (void)peer;
    stream_out_t *out = named_publication(options);
    if (out == NULL || !wait_connected(out, !option_flag(options, "not"))) {
        return false;
    }
    puts("ok");
    return true;
}

static bool step_send(peer_t *peer, const options_t *options) {
    (void)peer;
    stream_out_t *out = named_publication(options);
    if (out == NULL || !send_messages(out, options)) {
        return false;
    }
    print_sent(out);
    return true;
}

/* One attempt, whatever comes of it: for tests of back pressure and its like. */
static bool step_offer(peer_t *peer, const options_t *options) {
    (void)peer;
    stream_out_t *out = named_publication(options);
    const int64_t size = option_number(options, "size", 64);
    if (out == NULL || size < PAYLOAD_HEADER_LENGTH) {
        return out != NULL && fail("--size=%lld is less than a message's header: %d",
                                  (long long)size, PAYLOAD_HEADER_LENGTH);
    }
    const payload_t payload = {out->publisher, out->next_sequence, (uint32_t)size};
    uint8_t *message = malloc((size_t)size);
    payload_write(message, payload);
    const int64_t result = offer_once(out, message, (size_t)size);
    free(message);
    if (result > 0) {
        out->next_sequence++;
        out->bytes += (uint64_t)size;
        out->digest = payload_digest(out->digest, payload);
        out->position = result;
    }
    printf("ok result=%lld\n", (long long)result);
    return true;
}

static bool step_receive(peer_t *peer, const options_t *options) {
    (void)peer;
    stream_in_t *in = named_subscription(options);
    if (in == NULL || !receive_messages(in, options)) {
        return false;
    }
    print_received(in);
    return true;
}

/* Waits until exactly --count images are there, if it is given. */
static bool step_images(peer_t *peer, const options_t *options) {
    stream_in_t *in = named_subscription(options);
    if (in == NULL) {
        return false;
    }
    const int64_t wanted = option_number(options, "count", -1);
    const int64_t deadline = deadline_after(peer->timeout_ns);
    while (wanted >= 0 && aeron_subscription_image_count(in->subscription) != wanted) {
        if (!wait_turn(peer, deadline, "that number of images")) {
            return false;
        }
    }
    print_images(in);
    printf("ok images=%d seen=%d gone=%d\n", aeron_subscription_image_count(in->subscription),
        atomic_load(&in->images_seen), atomic_load(&in->images_gone));
    return true;
}

static bool step_reject(peer_t *peer, const options_t *options) {
    (void)peer;
    stream_in_t *in = named_subscription(options);
    if (in == NULL) {
        return false;
    }
    const int32_t session_id = (int32_t)option_word_number(options, 2);
    aeron_image_t *image =
        aeron_subscription_image_by_session_id(in->subscription, session_id);
    if (image == NULL) {
        return fail("no image has the session %d", session_id);
    }
    const int result = aeron_image_reject(image, option_word(options, 3));
    aeron_image_release(image);
    if (result < 0) {
        return fail_aeron("rejecting an image");
    }
    puts("ok");
    return true;
}

static bool step_status(peer_t *peer, const options_t *options) {
    (void)peer;
    char text[8][AERON_CLIENT_MAX_LOCAL_ADDRESS_STR_LEN] = {""};
    aeron_iovec_t addresses[8];
    for (int i = 0; i < 8; i++) {
        addresses[i] = (aeron_iovec_t){(uint8_t *)text[i], sizeof(text[i])};
    }
    const stream_out_t *out = find_publication(option_word(options, 1));
    const stream_in_t *in = find_subscription(option_word(options, 1));
    if (out == NULL && in == NULL) {
        return fail("nothing is called \"%s\"", option_word(options, 1));
    }
    const int count = in != NULL
        ? aeron_subscription_local_sockaddrs(in->subscription, addresses, 8)
        : out->shared != NULL ? aeron_publication_local_sockaddrs(out->shared, addresses, 8)
                              : aeron_exclusive_publication_local_sockaddrs(
                                    out->exclusive, addresses, 8);
    const int64_t status = in != NULL ? aeron_subscription_channel_status(in->subscription)
        : out->shared != NULL        ? aeron_publication_channel_status(out->shared)
                              : aeron_exclusive_publication_channel_status(out->exclusive);
    if (count < 0) {
        return fail_aeron("asking for local addresses");
    }
    printf("ok status=%lld connected=%d addresses=", (long long)status,
        in != NULL ? aeron_subscription_is_connected(in->subscription)
                   : is_publication_connected(out));
    for (int i = 0; i < count && i < 8; i++) {
        printf("%s%s", i > 0 ? "," : "", text[i]);
    }
    puts("");
    return true;
}

/* destination NAME add|remove|remove-id ARGUMENT, of a publication or a subscription. */
static bool step_destination(peer_t *peer, const options_t *options) {
    (void)peer;
    const char *verb = option_word(options, 2);
    stream_out_t *out = find_publication(option_word(options, 1));
    stream_in_t *in = find_subscription(option_word(options, 1));
    int64_t registration_id = -1;
    if (out == NULL && in == NULL) {
        return fail("nothing is called \"%s\"", option_word(options, 1));
    }
    if (strstr(" add remove remove-id ", verb) == NULL || (in != NULL && verb[6] == '-')) {
        return fail("destination NAME add|remove URI; of a publication also remove-id ID");
    }
    if (!(out != NULL ? change_destination(out, verb, option_word(options, 3), &registration_id)
                      : change_source(in, verb, option_word(options, 3)))) {
        return false;
    }
    printf("ok registration=%lld\n", (long long)registration_id);
    return true;
}

static bool step_close(peer_t *peer, const options_t *options) {
    (void)peer;
    stream_out_t *out = find_publication(option_word(options, 1));
    stream_in_t *in = find_subscription(option_word(options, 1));
    if (out == NULL && in == NULL) {
        return fail("nothing is called \"%s\"", option_word(options, 1));
    }
    if (!(out != NULL ? close_publication(out, option_flag(options, "revoke"))
                      : close_subscription(in))) {
        return false;
    }
    puts("ok");
    return true;
}

/* ---- counters and the rest ---- */

static size_t bytes_of_hex(const char *hex, uint8_t *out, size_t max) {
    size_t count = 0;
    unsigned byte = 0;
    while (count < max && sscanf(hex + 2 * count, "%2x", &byte) == 1) {
        out[count++] = (uint8_t)byte;
    }
    return count;
}

/* The counter lives as long as the client. In a script `set-counter ID VALUE` writes it later. */
static bool step_add_counter(peer_t *peer, const options_t *options) {
    uint8_t key[112];
    const size_t key_length = bytes_of_hex(option_text(options, "key", ""), key, sizeof(key));
    const char *label = option_text(options, "label", "a counter of real_client");
    const int32_t type = (int32_t)option_number(options, "type", 1001);
    aeron_async_add_counter_t *async = NULL;
    aeron_counter_t *counter = NULL;
    const int started = option_flag(options, "static")
        ? aeron_async_add_static_counter(&async, peer->aeron, type, key, key_length, label,
              strlen(label), option_number(options, "static", 0))
        : aeron_async_add_counter(
              &async, peer->aeron, type, key, key_length, label, strlen(label));
    if (started < 0) {
        return fail_aeron("adding a counter");
    }
    const int64_t deadline = deadline_after(peer->connect_timeout_ns);
    int done = 0;
    while ((done = aeron_async_add_counter_poll(&counter, async)) == 0) {
        if (!wait_turn(peer, deadline, "the driver to add a counter")) {
            return false;
        }
    }
    aeron_counter_constants_t constants;
    if (done < 0 || aeron_counter_constants(counter, &constants) < 0) {
        return fail_aeron("adding a counter");
    }
    if (option_flag(options, "value")) {
        __atomic_store_n(aeron_counter_addr(counter), option_number(options, "value", 0),
            __ATOMIC_RELEASE);
    }
    if (option_flag(options, "hold")) {
        printf("ready counter id=%d\n", constants.counter_id);
        wait_for_end_of_input();
    }
    printf("ok id=%d registration=%lld\n", constants.counter_id,
        (long long)constants.registration_id);
    return true;
}

static bool step_set_counter(peer_t *peer, const options_t *options) {
    int64_t *value = aeron_counters_reader_addr(
        aeron_counters_reader(peer->aeron), (int32_t)option_word_number(options, 1));
    __atomic_store_n(value, option_word_number(options, 2), __ATOMIC_RELEASE);
    puts("ok");
    return true;
}

static bool step_counters(peer_t *peer, const options_t *options) {
    return print_counters(aeron_counters_reader(peer->aeron), options);
}

static bool step_session_id(peer_t *peer, const options_t *options) {
    aeron_async_get_next_available_session_id_t *async = NULL;
    int32_t session_id = 0;
    if (aeron_async_next_session_id(
            &async, peer->aeron, (int32_t)option_word_number(options, 1)) < 0) {
        return fail_aeron("asking for a session id");
    }
    const int64_t deadline = deadline_after(peer->connect_timeout_ns);
    int done = 0;
    while ((done = aeron_async_next_session_id_poll(&session_id, async)) == 0) {
        if (!wait_turn(peer, deadline, "a session id")) {
            return false;
        }
    }
    if (done < 0) {
        return fail_aeron("asking for a session id");
    }
    printf("ok session=%d\n", session_id);
    return true;
}

static bool step_client(peer_t *peer, const options_t *options) {
    (void)options;
    printf("ok id=%lld version=%s errors=%d dir=%s\n", (long long)aeron_client_id(peer->aeron),
        aeron_version_text(), atomic_load(&peer->error_count),
        aeron_context_get_dir(peer->context));
    return true;
}

static bool step_cnc(peer_t *peer, const options_t *options) {
    (void)options;
    return print_cnc(aeron_context_get_dir(peer->context));
}

static bool step_errors(peer_t *peer, const options_t *options) {
    (void)options;
    return print_errors(aeron_context_get_dir(peer->context));
}

static bool step_losses(peer_t *peer, const options_t *options) {
    (void)options;
    return print_losses(aeron_context_get_dir(peer->context));
}

static bool step_terminate(peer_t *peer, const options_t *options) {
    const char *token = option_text(options, "token", "");
    const int result = aeron_context_request_driver_termination(
        aeron_context_get_dir(peer->context), (const uint8_t *)token, strlen(token));
    if (result < 0) {
        return fail_aeron("asking the driver to terminate");
    }
    printf("ok result=%d\n", result);
    return true;
}

/* ---- the list of commands ---- */

static bool run_script(peer_t *peer, const options_t *options);

typedef struct {
    const char *name;
    int words; /* after the name, at least */
    const char *options;
    bool (*run)(peer_t *peer, const options_t *options);
    const char *usage;
} command_t;

static const command_t commands[] = {
    {"pub", 2, SEND_OPTIONS "exclusive no-wait hold linger-ms: revoke ", run_pub,
        "CHANNEL STREAM"},
    {"sub", 2, RECEIVE_OPTIONS "hold linger-ms: ", run_sub, "CHANNEL STREAM"},
    {"echo", 4, "count: exclusive linger-ms: ", run_echo,
        "IN-CHANNEL IN-STREAM OUT-CHANNEL OUT-STREAM"},
    {"ping", 4, SEND_OPTIONS RECEIVE_OPTIONS "exclusive ", run_ping,
        "OUT-CHANNEL OUT-STREAM IN-CHANNEL IN-STREAM"},
    {"counters", 0, "type: label: registration: at-least: keys ", step_counters, ""},
    {"find-counter", 0, "type: label: registration: at-least: keys ", find_counter, ""},
    {"add-counter", 0, "type: label: key: value: static: hold ", step_add_counter, ""},
    {"session-id", 1, "", step_session_id, "STREAM"},
    {"client", 0, "", step_client, ""},
    {"cnc", 0, "", step_cnc, ""},
    {"errors", 0, "", step_errors, ""},
    {"losses", 0, "", step_losses, ""},
    {"terminate", 0, "token: ", step_terminate, ""},
    {"script", 0, "", run_script, "< LINES"},
    {"add-pub", 3, "exclusive ", step_add_pub, "NAME CHANNEL STREAM"},
    {"add-sub", 3, "", step_add_sub, "NAME CHANNEL STREAM"},
    {"connected", 1, "not ", step_connected, "PUB"},
    {"send", 1, SEND_OPTIONS, step_send, "PUB"},
    {"offer", 1, "size: ", step_offer, "PUB"},
    {"receive", 1, RECEIVE_OPTIONS, step_receive, "SUB"},
    {"images", 1, "count: ", step_images, "SUB"},
    {"reject", 3, "", step_reject, "SUB SESSION REASON"},
    {"status", 1, "", step_status, "PUB|SUB"},
    {"destination", 3, "", step_destination, "PUB|SUB add|remove|remove-id URI|ID"},
    {"set-counter", 2, "", step_set_counter, "ID VALUE"},
    {"close", 1, "revoke ", step_close, "PUB|SUB"},
};

static const command_t *find_command(const char *name) {
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

/* Finds the command and reads its options; anything wrong ends up in failure(). */
static const command_t *read_command(options_t *options, int argc, char **argv) {
    const command_t *command = find_command(argv[0]);
    char accepted[512], problem[700];
    if (command == NULL) {
        fail("unknown command \"%s\"; `real_client` alone lists them", argv[0]);
        return NULL;
    }
    snprintf(accepted, sizeof(accepted), "%s" COMMON_OPTIONS, command->options);
    if (!options_parse(options, argc, argv, accepted, problem, sizeof(problem))) {
        fail("%s: %s", command->name, problem);
        return NULL;
    }
    if (options->word_count - 1 < command->words) {
        fail("usage: %s %s", command->name, command->usage);
        return NULL;
    }
    return command;
}

static bool run_command(peer_t *peer, const command_t *command, const options_t *options) {
    peer->timeout_ns = option_number(options, "timeout-ms", 20000) * 1000000;
    peer->connect_timeout_ns = option_number(options, "connect-timeout-ms", 10000) * 1000000;
    const bool is_ok = command->run(peer, options);
    if (!is_ok) {
        printf("error %s\n", failure());
    }
    return is_ok;
}

/* One command a line; empty lines and those that begin with # are skipped, `quit` ends it. */
static bool run_script(peer_t *peer, const options_t *options) {
    (void)options;
    char line[4096];
    int failures = 0;
    while (fgets(line, sizeof(line), stdin) != NULL) {
        char *argv[OPTIONS_MAX];
        const int argc = options_split(line, argv, OPTIONS_MAX);
        if (argc == 0 || argv[0][0] == '#') {
            continue;
        }
        if (strcmp(argv[0], "quit") == 0) {
            break;
        }
        options_t step;
        const command_t *command = read_command(&step, argc, argv);
        if (command == NULL) {
            printf("error %s\n", failure());
        }
        failures += command == NULL || !run_command(peer, command, &step) ? 1 : 0;
    }
    if (failures > 0) {
        return fail("%d commands of the script failed", failures);
    }
    puts("ok script");
    return true;
}

static int usage(void) {
    puts("usage: real_client COMMAND WORDS... [--option value]...; commands and their options:");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        printf("  %s %s  [%s]\n", commands[i].name, commands[i].usage, commands[i].options);
    }
    puts("  all of them: " COMMON_OPTIONS);
    return 2;
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    static peer_t peer;
    options_t options;
    if (argc < 2) {
        return usage();
    }
    const command_t *command = read_command(&options, argc - 1, argv + 1);
    if (command == NULL || !open_peer(&peer, &options)) {
        printf("error %s\n", failure());
        return 1;
    }
    const bool is_ok = run_command(&peer, command, &options);
    if (!close_peer(&peer)) {
        printf("error %s\n", failure());
        return 1;
    }
    return is_ok ? 0 : 1;
}
