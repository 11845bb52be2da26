/* The receiving side of real_client: polls in every way the API has and checks each message. */
#include "client.h"

#include <stdlib.h>
#include <string.h>

static stream_in_t *ins[MAX_NAMED];

stream_in_t *find_subscription(const char *name) {
    for (int i = 0; i < MAX_NAMED; i++) {
        if (ins[i] != NULL && strcmp(ins[i]->name, name) == 0) {
            return ins[i];
        }
    }
    return NULL;
}

static void on_image(void *clientd, aeron_subscription_t *subscription, aeron_image_t *image) {
    (void)subscription;
    (void)image;
    atomic_fetch_add(&((stream_in_t *)clientd)->images_seen, 1);
}

static void on_image_gone(void *clientd, aeron_subscription_t *subscription, aeron_image_t *image) {
    (void)subscription;
    (void)image;
    atomic_fetch_add(&((stream_in_t *)clientd)->images_gone, 1);
}

/* Several publishers share one session (`--mixed`): then a source is a publisher, not a session. */
static bool is_mixed;

static source_t *source_of(stream_in_t *in, int32_t session_id) {
    for (int i = 0; i < in->source_count; i++) {
        if (in->sources[i].session_id == session_id) {
            return &in->sources[i];
        }
    }
    if (in->source_count == MAX_SOURCES) {
        fail("more than %d sessions", MAX_SOURCES);
        return NULL;
    }
    source_t *source = &in->sources[in->source_count++];
    memset(source, 0, sizeof(*source));
    source->session_id = session_id;
    return source;
}

static bool check_order(const stream_in_t *in, source_t *source, payload_t got) {
    if (!source->is_known) {
        source->is_known = true;
        source->publisher = got.publisher;
        source->first = source->next = in->may_join_late || in->may_skip ? got.sequence : 0;
    }
    if (in->may_skip && got.sequence > source->next) {
        source->next = got.sequence;
    }
    if (got.publisher != source->publisher || got.sequence != source->next) {
        return fail("session %d: publisher %u sequence %llu came, not publisher %u sequence %llu",
            source->session_id, got.publisher, (unsigned long long)got.sequence,
            source->publisher, (unsigned long long)source->next);
    }
    return true;
}

static void take(stream_in_t *in, int32_t session_id, const uint8_t *message, size_t length) {
    payload_t got;
    char reason[256];
    const bool is_sound = payload_read(message, length, &got, reason, sizeof(reason));
    source_t *source =
        source_of(in, is_mixed && is_sound ? (int32_t)got.publisher : session_id);
    if (in->is_failed || source == NULL) {
        in->is_failed = true;
        return;
    }
    if (!is_sound) {
        in->is_failed = !fail("session %d: %s (expected sequence %llu)", session_id, reason,
            (unsigned long long)source->next);
        return;
    }
    if (!check_order(in, source, got)) {
        in->is_failed = true;
        return;
    }
    source->next++;
    source->received++;
    source->bytes += length;
    source->digest = payload_digest(source->digest, got);
    in->received++;
    in->bytes += length;
}

static bool is_checking_reserved;

static void on_message(
    void *clientd, const uint8_t *message, size_t length, aeron_header_t *header) {
    stream_in_t *in = clientd;
    aeron_header_values_t values;
    aeron_header_values(header, &values);
    take(in, values.frame.session_id, message, length);
    const bool is_whole = (values.frame.flags & 0xc0) == 0xc0;
    if (is_checking_reserved && is_whole && !in->is_failed &&
        values.frame.reserved_value != (int64_t)payload_load(message + 8, 8)) {
        in->is_failed = !fail("session %d: reserved value %lld beside sequence %llu",
            values.frame.session_id, (long long)values.frame.reserved_value,
            (unsigned long long)payload_load(message + 8, 8));
    }
}

/* Aborts a quarter of the calls, so that messages come again, and uses every other action. */
static aeron_controlled_fragment_handler_action_t on_controlled_message(
    void *clientd, const uint8_t *message, size_t length, aeron_header_t *header) {
    stream_in_t *in = clientd;
    const uint64_t draw = payload_mix(in->draws += PAYLOAD_GAMMA) % 8;
    if (draw < 2 && !in->is_failed) {
        in->aborts++;
        return AERON_ACTION_ABORT;
    }
    on_message(clientd, message, length, header);
    return draw < 4 ? AERON_ACTION_BREAK : draw < 6 ? AERON_ACTION_COMMIT : AERON_ACTION_CONTINUE;
}

/* A block is frames as they lie in the term: 32 bytes of header each, at multiples of 32. */
static void on_block(
    void *clientd, const uint8_t *block, size_t length, int32_t session_id, int32_t term_id) {
    stream_in_t *in = clientd;
    source_t *source = source_of(in, session_id);
    (void)term_id;
    for (size_t at = 0; source != NULL && at + 32 <= length && !in->is_failed;) {
        const size_t frame = payload_load(block + at, 4);
        const uint8_t flags = block[at + 5];
        const uint16_t type = (uint16_t)payload_load(block + at + 6, 2);
        if (frame < 32 || at + frame > length) {
            in->is_failed = !fail("session %d: a frame of %zu bytes at %zu in a block of %zu",
                session_id, frame, at, length);
            return;
        }
        if (type == 1) {
            if ((flags & 0x80) != 0) {
                source->partial_length = 0;
            }
            source->partial = realloc(source->partial, source->partial_length + frame);
            memcpy(source->partial + source->partial_length, block + at + 32, frame - 32);
            source->partial_length += frame - 32;
            if ((flags & 0x40) != 0) {
                take(in, session_id, source->partial, source->partial_length);
            }
        }
        at += (frame + 31) / 32 * 32;
    }
}

stream_in_t *add_subscription(
    peer_t *peer, const char *name, const char *channel, int32_t stream_id) {
    int slot = 0;
    while (slot < MAX_NAMED && ins[slot] != NULL) {
        slot++;
    }
    if (slot == MAX_NAMED || find_subscription(name) != NULL) {
        fail("subscription \"%s\" is there already, or %d others are", name, MAX_NAMED);
        return NULL;
    }
    stream_in_t *in = calloc(1, sizeof(*in));
    snprintf(in->name, sizeof(in->name), "%s", name);
    in->peer = peer;
    aeron_async_add_subscription_t *async = NULL;
    if (aeron_fragment_assembler_create(&in->assembler, on_message, in) < 0 ||
        aeron_controlled_fragment_assembler_create(
            &in->controlled, on_controlled_message, in) < 0 ||
        aeron_async_add_subscription(&async, peer->aeron, channel, stream_id, on_image, in,
            on_image_gone, in) < 0) {
        fail_aeron("adding a subscription");
        return NULL; /* `in` is left: callbacks may still come */
    }
    const int64_t deadline = deadline_after(peer->connect_timeout_ns);
    int done = 0;
    while ((done = aeron_async_add_subscription_poll(&in->subscription, async)) == 0) {
        if (!wait_turn(peer, deadline, "the driver to add a subscription")) {
            return NULL;
        }
    }
    if (done < 0) {
        fail_aeron("adding a subscription");
        return NULL;
    }
    return ins[slot] = in;
}

/* Polls each image on its own, through `--poll` image, bounded or block. */
static int poll_images(stream_in_t *in, const char *how, size_t limit) {
    int work = 0;
    const int count = aeron_subscription_image_count(in->subscription);
    for (int i = 0; i < count && !in->is_failed; i++) {
        aeron_image_t *image = aeron_subscription_image_at_index(in->subscription, (size_t)i);
        if (image == NULL) {
            continue;
        }
        int result = 0;
        if (strcmp(how, "block") == 0) {
            result = aeron_image_block_poll(image, on_block, in, 64 * 1024);
        } else if (strcmp(how, "bounded") == 0) {
            result = aeron_image_bounded_poll(image, aeron_fragment_assembler_handler,
                in->assembler, aeron_image_position(image) + 4096, limit);
        } else {
            result = aeron_image_poll(
                image, aeron_fragment_assembler_handler, in->assembler, limit);
        }
        aeron_image_release(image);
        if (result < 0) {
            in->is_failed = !fail_aeron("polling an image");
        } else {
            work += result;
        }
    }
    return work;
}

static int poll_once(stream_in_t *in, const char *how, size_t limit) {
    int result = 0;
    if (strcmp(how, "fragment") == 0) {
        result = aeron_subscription_poll(
            in->subscription, aeron_fragment_assembler_handler, in->assembler, limit);
    } else if (strcmp(how, "controlled") == 0) {
        const uint64_t aborts = in->aborts;
        result = aeron_subscription_controlled_poll(
            in->subscription, aeron_controlled_fragment_assembler_handler, in->controlled, limit);
        if (result == 0 && in->aborts != aborts) {
            result = 1;
        }
    } else {
        result = poll_images(in, how, limit);
    }
    if (result < 0) {
        in->is_failed = !fail_aeron("polling a subscription");
    }
    return result;
}

/* Whether `publishers` images have come, and each is gone or read to its end. The images that went
 * are counted first: one that goes in between is missed this time, not counted twice. */
static bool is_all_ended(stream_in_t *in, int publishers) {
    int ended = atomic_load(&in->images_gone);
    const int count = aeron_subscription_image_count(in->subscription);
    bool is_any_open = false;
    for (int i = 0; i < count; i++) {
        aeron_image_t *image = aeron_subscription_image_at_index(in->subscription, (size_t)i);
        if (image == NULL) {
            continue;
        }
        if (aeron_image_is_end_of_stream(image)) {
            ended++;
        } else {
            is_any_open = true;
        }
        aeron_image_release(image);
    }
    return ended >= publishers && !is_any_open;
}

bool receive_messages(stream_in_t *in, const options_t *options) {
    const char *how = option_text(options, "poll", "fragment");
    if (strstr(" fragment controlled image bounded block ", how) == NULL) {
        return fail("--poll=%s: give fragment, controlled, image, bounded or block", how);
    }
    const bool until_eos = option_flag(options, "until-eos");
    const uint64_t wanted = in->received +
        (uint64_t)option_number(options, "count", until_eos ? INT32_MAX : 1);
    const int publishers = (int)option_number(options, "publishers", 1);
    const size_t limit = (size_t)option_number(options, "limit", 10);
    const int64_t slow_ns = option_number(options, "slow-us", 0) * 1000;
    in->may_join_late = option_flag(options, "join");
    in->may_skip = option_flag(options, "gaps");
    in->draws = (uint64_t)option_number(options, "seed", 1);
    is_checking_reserved = option_flag(options, "reserved");
    is_mixed = option_flag(options, "mixed");
    int64_t deadline = deadline_after(in->peer->timeout_ns);
    int64_t next_poll = 0;
    while (in->received < wanted && !in->is_failed) {
        /* Asked before the poll: what an ended image still holds is read after the answer. */
        const bool was_ended = until_eos && is_all_ended(in, publishers);
        const int work = aeron_nano_clock() < next_poll ? 0 : poll_once(in, how, limit);
        if (work > 0) {
            deadline = deadline_after(in->peer->timeout_ns);
            next_poll = slow_ns > 0 ? aeron_nano_clock() + slow_ns : 0;
            continue;
        }
        if (was_ended && next_poll <= aeron_nano_clock()) {
            break;
        }
        char waiting_for[160];
        snprintf(waiting_for, sizeof(waiting_for), "message %llu (%d images came, %d went)",
            (unsigned long long)in->received + 1, atomic_load(&in->images_seen),
            atomic_load(&in->images_gone));
        if (!wait_turn(in->peer, deadline, waiting_for)) {
            return false;
        }
    }
    if (!in->is_failed && in->received > wanted) {
        return fail("%llu messages came, %llu were expected", (unsigned long long)in->received,
            (unsigned long long)wanted);
    }
    return !in->is_failed;
}

bool change_source(stream_in_t *in, const char *verb, const char *uri) {
    aeron_async_destination_t *async = NULL;
    const int result = strcmp(verb, "add") == 0
        ? aeron_subscription_async_add_destination(
              &async, in->peer->aeron, in->subscription, uri)
        : aeron_subscription_async_remove_destination(
              &async, in->peer->aeron, in->subscription, uri);
    if (result < 0) {
        return fail_aeron("changing a destination");
    }
    const int64_t deadline = deadline_after(in->peer->connect_timeout_ns);
    int done = 0;
    while ((done = aeron_subscription_async_destination_poll(async)) == 0) {
        if (!wait_turn(in->peer, deadline, "the driver to change a destination")) {
            return false;
        }
    }
    return done > 0 || fail_aeron("changing a destination");
}

void print_sources(const stream_in_t *in) {
    for (int i = 0; i < in->source_count; i++) {
        const source_t *s = &in->sources[i];
        printf("publisher id=%u session=%d first=%llu count=%llu bytes=%llu digest=%016llx\n",
            s->publisher, s->session_id, (unsigned long long)s->first,
            (unsigned long long)s->received, (unsigned long long)s->bytes,
            (unsigned long long)s->digest);
    }
}

void print_images(const stream_in_t *in) {
    const int count = aeron_subscription_image_count(in->subscription);
    for (int i = 0; i < count; i++) {
        aeron_image_t *image = aeron_subscription_image_at_index(in->subscription, (size_t)i);
        aeron_image_constants_t c;
        if (image == NULL || aeron_image_constants(image, &c) < 0) {
            continue;
        }
        printf("image session=%d correlation=%lld source=%s joined=%lld position=%lld "
               "term_length=%zu mtu=%zu initial_term=%d eos=%d transports=%d revoked=%d\n",
            c.session_id, (long long)c.correlation_id, c.source_identity,
            (long long)c.join_position, (long long)aeron_image_position(image),
            c.term_buffer_length, c.mtu_length, c.initial_term_id,
            aeron_image_is_end_of_stream(image), aeron_image_active_transport_count(image),
            aeron_image_is_publication_revoked(image));
        aeron_image_release(image);
    }
}

static void on_closed(void *clientd) {
    atomic_store((atomic_bool *)clientd, true);
}

/* The struct is kept: image callbacks may come until the client closes. */
bool close_subscription(stream_in_t *in) {
    static atomic_bool is_closed;
    atomic_store(&is_closed, false);
    if (aeron_subscription_close(in->subscription, on_closed, &is_closed) < 0) {
        return fail_aeron("closing a subscription");
    }
    const int64_t deadline = deadline_after(in->peer->timeout_ns);
    while (!atomic_load(&is_closed)) {
        if (!wait_turn(in->peer, deadline, "the client to close a subscription")) {
            return false;
        }
    }
    for (int i = 0; i < MAX_NAMED; i++) {
        if (ins[i] == in) {
            ins[i] = NULL;
        }
    }
    aeron_fragment_assembler_delete(in->assembler);
    aeron_controlled_fragment_assembler_delete(in->controlled);
    return true;
}
