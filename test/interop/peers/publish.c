/* The sending side of real_client. */
#include "client.h"

#include <stdlib.h>
#include <string.h>

static stream_out_t *outs[MAX_NAMED];
static bool is_marking_reserved; /* --reserved: the reserved value is the sequence */

stream_out_t *find_publication(const char *name) {
    for (int i = 0; i < MAX_NAMED; i++) {
        if (outs[i] != NULL && strcmp(outs[i]->name, name) == 0) {
            return outs[i];
        }
    }
    return NULL;
}

static bool add_shared(stream_out_t *out, const char *channel, int32_t stream_id) {
    aeron_async_add_publication_t *async = NULL;
    if (aeron_async_add_publication(&async, out->peer->aeron, channel, stream_id) < 0) {
        return fail_aeron("adding a publication");
    }
    const int64_t deadline = deadline_after(out->peer->connect_timeout_ns);
    int done = 0;
    while ((done = aeron_async_add_publication_poll(&out->shared, async)) == 0) {
        if (!wait_turn(out->peer, deadline, "the driver to add a publication")) {
            return false;
        }
    }
    return done > 0 || fail_aeron("adding a publication");
}

static bool add_exclusive(stream_out_t *out, const char *channel, int32_t stream_id) {
    aeron_async_add_exclusive_publication_t *async = NULL;
    if (aeron_async_add_exclusive_publication(
            &async, out->peer->aeron, channel, stream_id) < 0) {
        return fail_aeron("adding an exclusive publication");
    }
    const int64_t deadline = deadline_after(out->peer->connect_timeout_ns);
    int done = 0;
    while ((done = aeron_async_add_exclusive_publication_poll(&out->exclusive, async)) == 0) {
        if (!wait_turn(out->peer, deadline, "the driver to add an exclusive publication")) {
            return false;
        }
    }
    return done > 0 || fail_aeron("adding an exclusive publication");
}

stream_out_t *add_publication(peer_t *peer, const char *name, const char *channel,
    int32_t stream_id, bool is_exclusive) {
    int slot = 0;
    while (slot < MAX_NAMED && outs[slot] != NULL) {
        slot++;
    }
    if (slot == MAX_NAMED || find_publication(name) != NULL) {
        fail("publication \"%s\" is there already, or %d others are", name, MAX_NAMED);
        return NULL;
    }
    stream_out_t *out = calloc(1, sizeof(*out));
    snprintf(out->name, sizeof(out->name), "%s", name);
    out->peer = peer;
    out->publisher = 1;
    if (!(is_exclusive ? add_exclusive(out, channel, stream_id)
                       : add_shared(out, channel, stream_id))) {
        free(out);
        return NULL;
    }
    if (is_exclusive) {
        aeron_exclusive_publication_constants(out->exclusive, &out->constants);
    } else {
        aeron_publication_constants(out->shared, &out->constants);
    }
    return outs[slot] = out;
}

bool is_publication_connected(const stream_out_t *out) {
    return out->shared != NULL ? aeron_publication_is_connected(out->shared)
                               : aeron_exclusive_publication_is_connected(out->exclusive);
}

static int64_t sequence_as_reserved_value(void *clientd, uint8_t *frame, size_t length) {
    (void)frame;
    (void)length;
    return is_marking_reserved ? (int64_t)((const stream_out_t *)clientd)->next_sequence : 0;
}

int64_t offer_once(stream_out_t *out, const uint8_t *message, size_t length) {
    return out->shared != NULL
        ? aeron_publication_offer(
              out->shared, message, length, sequence_as_reserved_value, out)
        : aeron_exclusive_publication_offer(
              out->exclusive, message, length, sequence_as_reserved_value, out);
}

/* In three pieces, the middle one empty when the message is short. */
static int64_t offer_vector(stream_out_t *out, uint8_t *message, size_t length) {
    const size_t a = length < 7 ? length : 7, b = (length - a) / 2;
    aeron_iovec_t pieces[3] = {{message, a}, {message + a, b}, {message + a + b, length - a - b}};
    return out->shared != NULL
        ? aeron_publication_offerv(out->shared, pieces, 3, sequence_as_reserved_value, out)
        : aeron_exclusive_publication_offerv(
              out->exclusive, pieces, 3, sequence_as_reserved_value, out);
}

static int64_t claim(stream_out_t *out, const uint8_t *message, size_t length, bool is_aborted) {
    aeron_buffer_claim_t claim = {0};
    const int64_t position = out->shared != NULL
        ? aeron_publication_try_claim(out->shared, length, &claim)
        : aeron_exclusive_publication_try_claim(out->exclusive, length, &claim);
    if (position <= 0) {
        return position;
    }
    if (is_aborted) {
        aeron_buffer_claim_abort(&claim);
        return position;
    }
    memcpy(claim.data, message, length);
    if (is_marking_reserved) {
        payload_store(claim.frame_header + 24, out->next_sequence, 8);
    }
    aeron_buffer_claim_commit(&claim);
    return position;
}

typedef struct {
    const char *spec; /* --sizes: numbers and low-high ranges, divided by commas, taken in turn */
    const char *at;
    uint64_t draws;
} sizes_t;

static bool next_size(sizes_t *sizes, size_t *size) {
    if (*sizes->at == '\0') {
        sizes->at = sizes->spec;
    }
    char item[64];
    const size_t length = strcspn(sizes->at, ",");
    snprintf(item, sizeof(item), "%.*s", (int)length, sizes->at);
    sizes->at += length + (sizes->at[length] == ',' ? 1 : 0);
    char *dash = strchr(item, '-');
    if (dash != NULL) {
        *dash = '\0';
    }
    int64_t low = 0, high = 0;
    if (!parse_number(item, &low) || !parse_number(dash != NULL ? dash + 1 : item, &high) ||
        low < PAYLOAD_HEADER_LENGTH || high < low) {
        return fail("--sizes=%s: give sizes such as 20,1k,32-4096, each at least %d",
            sizes->spec, PAYLOAD_HEADER_LENGTH);
    }
    const uint64_t draw = high > low ? payload_mix(sizes->draws += PAYLOAD_GAMMA) : 0;
    *size = (size_t)(low + (int64_t)(draw % (uint64_t)(high - low + 1)));
    return true;
}

static const char *name_of_result(int64_t result) {
    switch (result) {
        case AERON_PUBLICATION_NOT_CONNECTED: return "not connected";
        case AERON_PUBLICATION_BACK_PRESSURED: return "back pressure";
        case AERON_PUBLICATION_ADMIN_ACTION: return "admin action";
        case AERON_PUBLICATION_CLOSED: return "the publication is closed";
        case AERON_PUBLICATION_MAX_POSITION_EXCEEDED: return "the last term is full";
        default: return "error";
    }
}

typedef int64_t (*attempt_t)(stream_out_t *out, uint8_t *message, size_t length);

static int64_t attempt_offer(stream_out_t *out, uint8_t *message, size_t length) {
    return offer_once(out, message, length);
}

static int64_t attempt_claim(stream_out_t *out, uint8_t *message, size_t length) {
    return length <= out->constants.max_payload_length ? claim(out, message, length, false)
                                                       : offer_once(out, message, length);
}

static int64_t attempt_abort(stream_out_t *out, uint8_t *message, size_t length) {
    const size_t most = out->constants.max_payload_length;
    return claim(out, message, length < most ? length : most, true);
}

/* Tries until it is in, and says so if nothing moves. */
static bool persist(stream_out_t *out, attempt_t attempt, uint8_t *message, size_t length) {
    const int64_t deadline = deadline_after(out->peer->timeout_ns);
    for (;;) {
        const int64_t result = attempt(out, message, length);
        if (result > 0) {
            out->position = result;
            return true;
        }
        if (result == AERON_PUBLICATION_ERROR) {
            return fail_aeron("offering a message");
        }
        if (result == AERON_PUBLICATION_CLOSED ||
            result == AERON_PUBLICATION_MAX_POSITION_EXCEEDED) {
            return fail("offering sequence %llu: %s",
                (unsigned long long)out->next_sequence, name_of_result(result));
        }
        out->retries++;
        char waiting_for[128];
        snprintf(waiting_for, sizeof(waiting_for), "room for sequence %llu (the last answer: %s)",
            (unsigned long long)out->next_sequence, name_of_result(result));
        if (!wait_turn(out->peer, deadline, waiting_for)) {
            return false;
        }
    }
}

static bool keep_rate(peer_t *peer, int64_t start_ns, int64_t rate, int64_t sent) {
    const int64_t due = rate > 0 ? start_ns + sent * INT64_C(1000000000) / rate : 0;
    while (rate > 0 && aeron_nano_clock() < due) {
        if (!wait_turn(peer, INT64_MAX, "the next message's time")) {
            return false;
        }
    }
    return true;
}

bool send_messages(stream_out_t *out, const options_t *options) {
    sizes_t sizes = {.spec = option_text(options, "sizes", "64"), .at = "",
        .draws = (uint64_t)option_number(options, "seed", 1)};
    const int64_t count = option_number(options, "count", 1);
    const int64_t abort_every = option_number(options, "abort-every", 0);
    const attempt_t attempt = option_flag(options, "claim") ? attempt_claim
        : option_flag(options, "vector")                    ? offer_vector
                                                            : attempt_offer;
    is_marking_reserved = option_flag(options, "reserved");
    out->publisher = (uint32_t)option_number(options, "publisher", out->publisher);
    out->next_sequence = (uint64_t)option_number(options, "first", (int64_t)out->next_sequence);
    const int64_t start = aeron_nano_clock();
    uint8_t *message = malloc(out->constants.max_message_length);
    bool is_good = true;
    for (int64_t i = 0; is_good && i < count; i++) {
        size_t size = 0;
        is_good = next_size(&sizes, &size);
        if (is_good && size > out->constants.max_message_length) {
            is_good = fail("a message of %zu bytes is longer than this publication takes: %zu",
                size, out->constants.max_message_length);
        }
        const payload_t payload = {out->publisher, out->next_sequence, (uint32_t)size};
        if (is_good) {
            payload_write(message, payload);
            is_good = keep_rate(out->peer, start, option_number(options, "rate", 0), i);
        }
        if (is_good && abort_every > 0 && i % abort_every == 0) {
            is_good = persist(out, attempt_abort, message, size);
        }
        is_good = is_good && persist(out, attempt, message, size);
        if (is_good) {
            out->digest = payload_digest(out->digest, payload);
            out->bytes += size;
            out->next_sequence++;
        }
    }
    free(message);
    return is_good;
}

static int destination_command(
    stream_out_t *out, const char *verb, const char *argument, aeron_async_destination_t **async) {
    aeron_t *aeron = out->peer->aeron;
    if (strcmp(verb, "add") == 0) {
        return out->shared != NULL
            ? aeron_publication_async_add_destination(async, aeron, out->shared, argument)
            : aeron_exclusive_publication_async_add_destination(
                  async, aeron, out->exclusive, argument);
    }
    if (strcmp(verb, "remove") == 0) {
        return out->shared != NULL
            ? aeron_publication_async_remove_destination(async, aeron, out->shared, argument)
            : aeron_exclusive_publication_async_remove_destination(
                  async, aeron, out->exclusive, argument);
    }
    const int64_t id = strtoll(argument, NULL, 0);
    return out->shared != NULL
        ? aeron_publication_async_remove_destination_by_id(async, aeron, out->shared, id)
        : aeron_exclusive_publication_async_remove_destination_by_id(
              async, aeron, out->exclusive, id);
}

bool change_destination(stream_out_t *out, const char *verb, const char *argument,
    int64_t *registration_id) {
    aeron_async_destination_t *async = NULL;
    if (destination_command(out, verb, argument, &async) < 0) {
        return fail_aeron("changing a destination");
    }
    *registration_id = aeron_async_destination_get_registration_id(async);
    const int64_t deadline = deadline_after(out->peer->connect_timeout_ns);
    int done = 0;
    while ((done = out->shared != NULL
                ? aeron_publication_async_destination_poll(async)
                : aeron_exclusive_publication_async_destination_poll(async)) == 0) {
        if (!wait_turn(out->peer, deadline, "the driver to change a destination")) {
            return false;
        }
    }
    return done > 0 || fail_aeron("changing a destination");
}

static void on_closed(void *clientd) {
    atomic_store((atomic_bool *)clientd, true);
}

bool close_publication(stream_out_t *out, bool revoke) {
    static atomic_bool is_closed;
    atomic_store(&is_closed, false);
    const int result = out->shared != NULL
        ? aeron_publication_close(out->shared, on_closed, &is_closed)
        : revoke ? aeron_exclusive_publication_revoke(out->exclusive, on_closed, &is_closed)
                 : aeron_exclusive_publication_close(out->exclusive, on_closed, &is_closed);
    if (result < 0) {
        return fail_aeron("closing a publication");
    }
    const int64_t deadline = deadline_after(out->peer->timeout_ns);
    while (!atomic_load(&is_closed)) {
        if (!wait_turn(out->peer, deadline, "the client to close a publication")) {
            return false;
        }
    }
    for (int i = 0; i < MAX_NAMED; i++) {
        if (outs[i] == out) {
            outs[i] = NULL;
        }
    }
    free(out);
    return true;
}
