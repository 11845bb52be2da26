/* What the parts of real_client share: the connection, named publications and subscriptions, and
 * how a command fails. One thread runs everything here; callbacks of the client's conductor touch
 * only the atomic fields. */
#ifndef TERN_PEERS_CLIENT_H
#define TERN_PEERS_CLIENT_H

#include <aeronc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "payload.h"

#define MAX_NAMED 64
#define MAX_SOURCES 256
#define MAX_PUBLICATION_ERRORS 16

/* An error frame that came for one of our publications. */
typedef struct {
    int64_t registration_id, receiver_id;
    int32_t session_id, stream_id, error_code;
    char text[256];
} publication_error_t;

typedef struct {
    aeron_context_t *context;
    aeron_t *aeron;
    bool is_invoker; /* no conductor thread: whoever waits runs the client's duty cycle */
    int64_t timeout_ns; /* without progress */
    int64_t connect_timeout_ns;
    atomic_int error_count; /* reported to the error handler */
    publication_error_t publication_errors[MAX_PUBLICATION_ERRORS];
    atomic_int publication_error_count; /* those that are complete; more are dropped */
} peer_t;

/* Every command and helper returns false after noting its reason here; the caller prints it. */
bool fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool fail_aeron(const char *doing); /* with Aeron's own error code and text */
const char *failure(void);

/* One turn of a waiting loop: runs the client where it has no thread and lets others run.
 * Returns false, with a reason, at `deadline_ns` or when the client has died. */
bool wait_turn(peer_t *peer, int64_t deadline_ns, const char *waiting_for);
int64_t deadline_after(int64_t duration_ns);

/* ---- publications ---- */

typedef struct {
    char name[64];
    peer_t *peer;
    aeron_publication_t *shared; /* exactly one of the two is there */
    aeron_exclusive_publication_t *exclusive;
    aeron_publication_constants_t constants;
    uint32_t publisher;
    uint64_t next_sequence;
    uint64_t digest;
    uint64_t bytes;
    uint64_t retries; /* offers answered by back pressure or an admin action */
    int64_t position; /* after the last message */
} stream_out_t;

stream_out_t *add_publication(peer_t *peer, const char *name, const char *channel,
    int32_t stream_id, bool is_exclusive);
stream_out_t *find_publication(const char *name);
bool is_publication_connected(const stream_out_t *out);
/* One attempt, no waiting: a position or one of Aeron's negative results. */
int64_t offer_once(stream_out_t *out, const uint8_t *message, size_t length);
/* Sends what the options ask for: --count --sizes --seed --claim --vector --abort-every --rate. */
bool send_messages(stream_out_t *out, const options_t *options);
bool change_destination(stream_out_t *out, const char *verb, const char *argument,
    int64_t *registration_id);
bool close_publication(stream_out_t *out, bool revoke);

/* ---- subscriptions ---- */

typedef struct {
    uint32_t publisher;
    int32_t session_id;
    uint64_t first, next; /* sequences: of the first message seen, expected next */
    uint64_t received;
    uint64_t bytes;
    uint64_t digest;
    uint8_t *partial; /* of the block poll, which gets bare frames */
    size_t partial_length;
    bool is_known; /* a first message gave the publisher */
} source_t;

typedef struct {
    char name[64];
    peer_t *peer;
    aeron_subscription_t *subscription;
    aeron_fragment_assembler_t *assembler;
    aeron_controlled_fragment_assembler_t *controlled;
    atomic_int images_seen, images_gone;
    source_t sources[MAX_SOURCES]; /* one for each session */
    int source_count;
    uint64_t received, bytes;
    uint64_t draws; /* state of the generator that picks controlled actions */
    uint64_t aborts;
    bool may_join_late, may_skip, is_failed;
} stream_in_t;

stream_in_t *add_subscription(
    peer_t *peer, const char *name, const char *channel, int32_t stream_id);
stream_in_t *find_subscription(const char *name);
/* Receives and checks: --count --until-eos --publishers --poll --limit --slow-us --join --gaps. */
bool receive_messages(stream_in_t *in, const options_t *options);
bool change_source(stream_in_t *in, const char *verb, const char *uri);
bool close_subscription(stream_in_t *in);
void print_sources(const stream_in_t *in);
void print_images(const stream_in_t *in);

#define SEND_OPTIONS \
    "publisher: count: sizes: seed: first: claim vector abort-every: rate: reserved "
#define RECEIVE_OPTIONS \
    "count: until-eos publishers: poll: limit: slow-us: join gaps reserved mixed seed: "

/* ---- a look inside ---- */

bool print_counters(aeron_counters_reader_t *reader, const options_t *options);
bool find_counter(peer_t *peer, const options_t *options);
bool print_cnc(const char *dir);
bool print_errors(const char *dir);
bool print_losses(const char *dir);

#endif
