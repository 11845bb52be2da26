/* Command lines of the peers, from argv or a line: `command word... --name value --flag`. */
#ifndef TERN_PEERS_OPTIONS_H
#define TERN_PEERS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_MAX 64

typedef struct {
    const char *words[OPTIONS_MAX]; /* not options, in order; the first is the command */
    int word_count;
    const char *names[OPTIONS_MAX];
    const char *values[OPTIONS_MAX]; /* "" for a flag */
    int option_count;
} options_t;

/* `accepted` lists names divided by spaces; one that takes a value ends in `:`. Points into argv.
 * On a fault returns false, with what would have been right in `reason`. */
bool options_parse(options_t *options, int argc, char **argv, const char *accepted,
    char *reason, size_t reason_size);

/* Divides a line at blanks, in place; "double quotes" hold a word together. Returns the count. */
int options_split(char *line, char **argv, int max);

bool option_flag(const options_t *options, const char *name);
const char *option_text(const options_t *options, const char *name, const char *otherwise);
/* Accepts 10, -1, 0x10, 64k, 1m; ends the program with a message at anything else. */
int64_t option_number(const options_t *options, const char *name, int64_t otherwise);
/* The word at that place as a number, "" or 0 if there is none. */
const char *option_word(const options_t *options, int index);
int64_t option_word_number(const options_t *options, int index);

bool parse_number(const char *text, int64_t *value);

#endif
