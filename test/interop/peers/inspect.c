/* Counters, the CnC file, the error log and the loss report, as the real library reads them. */
#include "client.h"

#include <string.h>

typedef struct {
    const options_t *options;
    aeron_counters_reader_t *reader;
    int64_t type; /* -1: any */
    const char *label; /* part of it */
    bool is_searching;
    int64_t registration_id; /* -1: any */
    int64_t at_least;
    int32_t found_id;
    int count;
} look_t;

static bool contains(const char *text, size_t length, const char *part) {
    return *part == '\0' || memmem(text, length, part, strlen(part)) != NULL;
}

static void print_counter(look_t *look, int64_t value, int32_t id, int32_t type_id,
    const uint8_t *key, size_t key_length, const char *label, size_t label_length) {
    int64_t registration = -1, owner = -1, reference = -1;
    aeron_counters_reader_counter_registration_id(look->reader, id, &registration);
    aeron_counters_reader_counter_owner_id(look->reader, id, &owner);
    aeron_counters_reader_counter_reference_id(look->reader, id, &reference);
    printf("counter id=%d type=%d value=%lld registration=%lld owner=%lld reference=%lld ", id,
        type_id, (long long)value, (long long)registration, (long long)owner,
        (long long)reference);
    if (look->options != NULL && option_flag(look->options, "keys")) {
        printf("key=");
        for (size_t i = 0; i < key_length; i++) {
            printf("%02x", key[i]);
        }
        printf(" ");
    }
    printf("label=\"%.*s\"\n", (int)label_length, label);
}

static void on_counter(int64_t value, int32_t id, int32_t type_id, const uint8_t *key,
    size_t key_length, const char *label, size_t label_length, void *clientd) {
    look_t *look = clientd;
    int64_t registration = -1;
    aeron_counters_reader_counter_registration_id(look->reader, id, &registration);
    if ((look->type != -1 && look->type != type_id) ||
        !contains(label, label_length, look->label) ||
        (look->registration_id != -1 && look->registration_id != registration) ||
        value < look->at_least || (look->is_searching && look->found_id != -1)) {
        return;
    }
    look->count++;
    look->found_id = id;
    print_counter(look, value, id, type_id, key, key_length, label, label_length);
}

static look_t look_for(aeron_counters_reader_t *reader, const options_t *options) {
    return (look_t){
        .options = options, .reader = reader, .type = option_number(options, "type", -1),
        .label = option_text(options, "label", ""),
        .registration_id = option_number(options, "registration", -1),
        .at_least = option_number(options, "at-least", INT64_MIN), .found_id = -1};
}

bool print_counters(aeron_counters_reader_t *reader, const options_t *options) {
    look_t look = look_for(reader, options);
    aeron_counters_reader_foreach_counter(reader, on_counter, &look);
    printf("ok counters=%d\n", look.count);
    return true;
}

bool find_counter(peer_t *peer, const options_t *options) {
    look_t look = look_for(aeron_counters_reader(peer->aeron), options);
    look.is_searching = true;
    const int64_t deadline = deadline_after(peer->timeout_ns);
    for (;;) {
        aeron_counters_reader_foreach_counter(look.reader, on_counter, &look);
        if (look.found_id != -1) {
            printf("ok id=%d\n", look.found_id);
            return true;
        }
        if (!wait_turn(peer, deadline, "a counter such as that")) {
            return false;
        }
    }
}

static aeron_cnc_t *open_cnc(const char *dir) {
    aeron_cnc_t *cnc = NULL;
    if (aeron_cnc_init(&cnc, dir, 5000) < 0) {
        fail_aeron("mapping the CnC file");
        return NULL;
    }
    return cnc;
}

bool print_cnc(const char *dir) {
    aeron_cnc_t *cnc = open_cnc(dir);
    aeron_cnc_constants_t c;
    if (cnc == NULL) {
        return false;
    }
    if (aeron_cnc_constants(cnc, &c) < 0) {
        aeron_cnc_close(cnc);
        return fail_aeron("reading the CnC file");
    }
    printf("ok version=%d to_driver=%d to_clients=%d metadata=%d values=%d errors=%d "
           "client_liveness_ns=%lld started_ms=%lld pid=%lld page=%d heartbeat_age_ms=%lld\n",
        c.cnc_version, c.to_driver_buffer_length, c.to_clients_buffer_length,
        c.counter_metadata_buffer_length, c.counter_values_buffer_length,
        c.error_log_buffer_length, (long long)c.client_liveness_timeout,
        (long long)c.start_timestamp, (long long)c.pid, c.file_page_size,
        (long long)(aeron_epoch_clock() - aeron_cnc_to_driver_heartbeat(cnc)));
    aeron_cnc_close(cnc);
    return true;
}

static void on_error_entry(int32_t observations, int64_t first_ms, int64_t last_ms,
    const char *error, size_t length, void *clientd) {
    (void)clientd;
    printf("observed count=%d first_ms=%lld last_ms=%lld text=\"", observations,
        (long long)first_ms, (long long)last_ms);
    for (size_t i = 0; i < length; i++) {
        putchar(error[i] == '\n' || error[i] == '\r' ? ' ' : error[i]);
    }
    puts("\"");
}

bool print_errors(const char *dir) {
    aeron_cnc_t *cnc = open_cnc(dir);
    if (cnc == NULL) {
        return false;
    }
    printf("ok errors=%zu\n", aeron_cnc_error_log_read(cnc, on_error_entry, NULL, 0));
    aeron_cnc_close(cnc);
    return true;
}

static void on_loss_entry(void *clientd, int64_t observations, int64_t bytes, int64_t first_ms,
    int64_t last_ms, int32_t session_id, int32_t stream_id, const char *channel,
    int32_t channel_length, const char *source, int32_t source_length) {
    (void)clientd;
    printf("loss count=%lld bytes=%lld first_ms=%lld last_ms=%lld session=%d stream=%d "
           "channel=%.*s source=%.*s\n",
        (long long)observations, (long long)bytes, (long long)first_ms, (long long)last_ms,
        session_id, stream_id, channel_length, channel, source_length, source);
}

bool print_losses(const char *dir) {
    aeron_cnc_t *cnc = open_cnc(dir);
    if (cnc == NULL) {
        return false;
    }
    const int entries = aeron_cnc_loss_reporter_read(cnc, on_loss_entry, NULL);
    aeron_cnc_close(cnc);
    if (entries < 0) {
        return fail_aeron("reading the loss report");
    }
    printf("ok losses=%d\n", entries);
    return true;
}
