/* The single steps of real_client, on publications and subscriptions that have a name. */
#ifndef TERN_PEER_STEPS_H
#define TERN_PEER_STEPS_H

#include "client.h"

/* Each is a command: prints `ok ...` and returns true, or leaves a reason in failure(). */
bool step_add_pub(peer_t *peer, const options_t *options);
bool step_add_sub(peer_t *peer, const options_t *options);
bool step_connected(peer_t *peer, const options_t *options);
bool step_send(peer_t *peer, const options_t *options);
bool step_offer(peer_t *peer, const options_t *options);
bool step_receive(peer_t *peer, const options_t *options);
bool step_images(peer_t *peer, const options_t *options);
bool step_reject(peer_t *peer, const options_t *options);
bool step_status(peer_t *peer, const options_t *options);
bool step_publication_errors(peer_t *peer, const options_t *options);
bool step_destination(peer_t *peer, const options_t *options);
bool step_close(peer_t *peer, const options_t *options);
bool step_add_counter(peer_t *peer, const options_t *options);
bool step_set_counter(peer_t *peer, const options_t *options);
bool step_counters(peer_t *peer, const options_t *options);
bool step_session_id(peer_t *peer, const options_t *options);
bool step_client(peer_t *peer, const options_t *options);
bool step_cnc(peer_t *peer, const options_t *options);
bool step_errors(peer_t *peer, const options_t *options);
bool step_losses(peer_t *peer, const options_t *options);
bool step_terminate(peer_t *peer, const options_t *options);

/* Shared with the commands of real_client.c, which defines them. */
void wait_for_end_of_input(void);
bool wait_connected(stream_out_t *out, bool expected);
void print_sent(const stream_out_t *out);
void print_publication(const char *word, const stream_out_t *out);
bool print_registered(const char *word, stream_in_t *in);
void print_received(stream_in_t *in);

#endif
