/* The real C client as a test peer: one command from the command line, or many from standard
 * input with `script`. README.md lists the commands. Each ends with one line, `ok ...` or
 * `error ...`; the process exits with 0 only if every command was ok. */
#include "steps.h"

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
void wait_for_end_of_input(void) {
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

static void on_publication_error(void *clientd, aeron_publication_error_values_t *values) {
    peer_t *peer = clientd;
    const int count = atomic_load(&peer->publication_error_count);
    if (count == MAX_PUBLICATION_ERRORS) {
        return;
    }
    publication_error_t *error = &peer->publication_errors[count];
    error->registration_id = values->registration_id;
    error->receiver_id = values->receiver_id;
    error->session_id = values->session_id;
    error->stream_id = values->stream_id;
    error->error_code = values->error_code;
    snprintf(error->text, sizeof(error->text), "%.*s", (int)values->error_message_length,
        (const char *)values->error_message);
    atomic_store(&peer->publication_error_count, count + 1);
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
        aeron_context_set_error_handler(peer->context, on_error, peer) < 0 ||
        aeron_context_set_publication_error_frame_handler(
            peer->context, on_publication_error, peer) < 0) {
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

bool wait_connected(stream_out_t *out, bool expected) {
    const int64_t deadline = deadline_after(out->peer->connect_timeout_ns);
    while (is_publication_connected(out) != expected) {
        if (!wait_turn(out->peer, deadline,
                expected ? "a subscriber" : "the last subscriber to go")) {
            return false;
        }
    }
    return true;
}

void print_sent(const stream_out_t *out) {
    printf("ok sent count=%" PRIu64 " bytes=%" PRIu64 " position=%" PRId64
           " session=%d retries=%" PRIu64 " digest=%016" PRIx64 "\n",
        out->next_sequence, out->bytes, out->position, out->constants.session_id, out->retries,
        out->digest);
}

void print_publication(const char *word, const stream_out_t *out) {
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

bool print_registered(const char *word, stream_in_t *in) {
    aeron_subscription_constants_t c;
    char uri[1024] = "";
    if (aeron_subscription_constants(in->subscription, &c) < 0) {
        return fail_aeron("asking a subscription");
    }
    if (strncmp(c.channel, "aeron-spy:", 10) == 0) { /* of which the call below knows nothing */
        snprintf(uri, sizeof(uri), "%s", c.channel);
    } else if (aeron_subscription_try_resolve_channel_endpoint_port(
                   in->subscription, uri, sizeof(uri)) < 0) {
        return fail_aeron("asking a subscription");
    }
    printf("%s sub registration=%lld stream=%d status_counter=%d channel=%s\n", word,
        (long long)c.registration_id, c.stream_id, c.channel_status_indicator_id, uri);
    return true;
}

void print_received(stream_in_t *in) {
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
    {"pub-errors", 0, "count: ", step_publication_errors, ""},
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
