/* Steps of a script: each does one thing to a publication, a subscription or a counter. */
#include "steps.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

bool step_add_pub(peer_t *peer, const options_t *options) {
    const stream_out_t *out = add_publication(peer, option_word(options, 1),
        option_word(options, 2), (int32_t)option_word_number(options, 3),
        option_flag(options, "exclusive"));
    if (out != NULL) {
        print_publication("ok", out);
    }
    return out != NULL;
}

bool step_add_sub(peer_t *peer, const options_t *options) {
    stream_in_t *in = add_subscription(peer, option_word(options, 1), option_word(options, 2),
        (int32_t)option_word_number(options, 3));
    return in != NULL && print_registered("ok", in);
}

bool step_connected(peer_t *peer, const options_t *options) {
    (void)peer;
    stream_out_t *out = named_publication(options);
    if (out == NULL || !wait_connected(out, !option_flag(options, "not"))) {
        return false;
    }
    puts("ok");
    return true;
}

bool step_send(peer_t *peer, const options_t *options) {
    (void)peer;
    stream_out_t *out = named_publication(options);
    if (out == NULL || !send_messages(out, options)) {
        return false;
    }
    print_sent(out);
    return true;
}

/* One attempt, whatever comes of it: for tests of back pressure and its like. */
bool step_offer(peer_t *peer, const options_t *options) {
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

bool step_receive(peer_t *peer, const options_t *options) {
    (void)peer;
    stream_in_t *in = named_subscription(options);
    if (in == NULL || !receive_messages(in, options)) {
        return false;
    }
    print_received(in);
    return true;
}

/* Waits until exactly --count images are there, if it is given. */
bool step_images(peer_t *peer, const options_t *options) {
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

bool step_reject(peer_t *peer, const options_t *options) {
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

/* Waits until --count error frames have come for publications of this client, and prints all. */
bool step_publication_errors(peer_t *peer, const options_t *options) {
    const int64_t deadline = deadline_after(peer->timeout_ns);
    while (atomic_load(&peer->publication_error_count) < option_number(options, "count", 1)) {
        if (!wait_turn(peer, deadline, "an error frame")) {
            return false;
        }
    }
    const int count = atomic_load(&peer->publication_error_count);
    for (int i = 0; i < count; i++) {
        const publication_error_t *e = &peer->publication_errors[i];
        printf("publication_error registration=%" PRId64 " session=%d stream=%d receiver=%" PRId64
               " code=%d text=%s\n",
            e->registration_id, e->session_id, e->stream_id, e->receiver_id, e->error_code,
            e->text);
    }
    printf("ok publication_errors=%d\n", count);
    return true;
}

bool step_status(peer_t *peer, const options_t *options) {
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
bool step_destination(peer_t *peer, const options_t *options) {
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

bool step_close(peer_t *peer, const options_t *options) {
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
bool step_add_counter(peer_t *peer, const options_t *options) {
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

bool step_set_counter(peer_t *peer, const options_t *options) {
    int64_t *value = aeron_counters_reader_addr(
        aeron_counters_reader(peer->aeron), (int32_t)option_word_number(options, 1));
    __atomic_store_n(value, option_word_number(options, 2), __ATOMIC_RELEASE);
    puts("ok");
    return true;
}

bool step_counters(peer_t *peer, const options_t *options) {
    return print_counters(aeron_counters_reader(peer->aeron), options);
}

bool step_session_id(peer_t *peer, const options_t *options) {
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

bool step_client(peer_t *peer, const options_t *options) {
    (void)options;
    printf("ok id=%lld version=%s errors=%d dir=%s\n", (long long)aeron_client_id(peer->aeron),
        aeron_version_text(), atomic_load(&peer->error_count),
        aeron_context_get_dir(peer->context));
    return true;
}

bool step_cnc(peer_t *peer, const options_t *options) {
    (void)options;
    return print_cnc(aeron_context_get_dir(peer->context));
}

bool step_errors(peer_t *peer, const options_t *options) {
    (void)options;
    return print_errors(aeron_context_get_dir(peer->context));
}

bool step_losses(peer_t *peer, const options_t *options) {
    (void)options;
    return print_losses(aeron_context_get_dir(peer->context));
}

bool step_terminate(peer_t *peer, const options_t *options) {
    const char *token = option_text(options, "token", "");
    const int result = aeron_context_request_driver_termination(
        aeron_context_get_dir(peer->context), (const uint8_t *)token, strlen(token));
    if (result < 0) {
        return fail_aeron("asking the driver to terminate");
    }
    printf("ok result=%d\n", result);
    return true;
}
