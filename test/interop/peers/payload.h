/* The content of every message that the peers exchange: PAYLOAD.md is the specification.
 * Nothing here depends on Aeron, so that any C or C++ program can include it. */
#ifndef TERN_PEERS_PAYLOAD_H
#define TERN_PEERS_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PAYLOAD_MAGIC UINT32_C(0x4e524554) /* "TERN" in memory */
#define PAYLOAD_HEADER_LENGTH 20
#define PAYLOAD_GAMMA UINT64_C(0x9e3779b97f4a7c15)

typedef struct {
    uint32_t publisher;
    uint64_t sequence;
    uint32_t length; /* of the whole message */
} payload_t;

static inline void payload_store(uint8_t *at, uint64_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

static inline uint64_t payload_load(const uint8_t *at, size_t bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
        value |= (uint64_t)at[i] << (8 * i);
    }
    return value;
}

/* Spreads 64 bits over 64 bits, one to one. */
static inline uint64_t payload_mix(uint64_t z) {
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline uint64_t payload_base(payload_t p) {
    return payload_mix(p.sequence + payload_mix((uint64_t)p.publisher << 32 | p.length));
}

/* The eight bytes at body offset 8 * index, as a little-endian number. */
static inline uint64_t payload_word(uint64_t base, uint64_t index) {
    return payload_mix(base + (index + 1) * PAYLOAD_GAMMA);
}

/* Needs length >= PAYLOAD_HEADER_LENGTH and that many bytes at `message`. */
static inline void payload_write(uint8_t *message, payload_t p) {
    payload_store(message, PAYLOAD_MAGIC, 4);
    payload_store(message + 4, p.publisher, 4);
    payload_store(message + 8, p.sequence, 8);
    payload_store(message + 16, p.length, 4);
    const uint64_t base = payload_base(p);
    uint64_t index = 0;
    for (size_t at = PAYLOAD_HEADER_LENGTH; at < p.length; at += 8) {
        const size_t rest = p.length - at;
        payload_store(message + at, payload_word(base, index++), rest < 8 ? rest : 8);
    }
}

/* Reads the header and checks every byte of the body. On a fault returns false with the reason. */
static inline bool payload_read(
    const uint8_t *message, size_t length, payload_t *out, char *reason, size_t reason_size) {
    if (length < PAYLOAD_HEADER_LENGTH) {
        snprintf(reason, reason_size, "message of %zu bytes is shorter than its header", length);
        return false;
    }
    out->publisher = (uint32_t)payload_load(message + 4, 4);
    out->sequence = payload_load(message + 8, 8);
    out->length = (uint32_t)payload_load(message + 16, 4);
    const uint32_t magic = (uint32_t)payload_load(message, 4);
    if (magic != PAYLOAD_MAGIC || out->length != length) {
        snprintf(reason, reason_size,
            "message of %zu bytes has magic 0x%08x (not 0x%08x) and length field %u", length,
            magic, PAYLOAD_MAGIC, out->length);
        return false;
    }
    const uint64_t base = payload_base(*out);
    for (size_t at = PAYLOAD_HEADER_LENGTH, index = 0; at < length; at += 8, index++) {
        const size_t bytes = length - at < 8 ? length - at : 8;
        uint8_t expected[8];
        payload_store(expected, payload_word(base, index), bytes);
        if (memcmp(expected, message + at, bytes) != 0) {
            snprintf(reason, reason_size,
                "publisher %u sequence %llu of %zu bytes is damaged between offsets %zu and %zu",
                out->publisher, (unsigned long long)out->sequence, length, at, at + bytes - 1);
            return false;
        }
    }
    return true;
}

/* Folds a message into the digest of its stream; both ends print it. It starts at 0. */
static inline uint64_t payload_digest(uint64_t digest, payload_t p) {
    return payload_mix(digest + payload_base(p));
}

#endif
