#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 0: not accepted, 1: a flag, 2: takes a value. */
static int kind_of(const char *accepted, const char *name, size_t length) {
    for (const char *at = accepted; *at != '\0';) {
        at += strspn(at, " ");
        const size_t word = strcspn(at, " ");
        const bool has_value = word > 0 && at[word - 1] == ':';
        if (word - (has_value ? 1 : 0) == length && strncmp(at, name, length) == 0) {
            return has_value ? 2 : 1;
        }
        at += word;
    }
    return 0;
}

bool options_parse(options_t *options, int argc, char **argv, const char *accepted,
    char *reason, size_t reason_size) {
    memset(options, 0, sizeof(*options));
    for (int i = 0; i < argc; i++) {
        if (options->word_count == OPTIONS_MAX || options->option_count == OPTIONS_MAX) {
            snprintf(reason, reason_size, "more than %d words", OPTIONS_MAX);
            return false;
        }
        if (strncmp(argv[i], "--", 2) != 0) {
            options->words[options->word_count++] = argv[i];
            continue;
        }
        char *name = argv[i] + 2;
        char *equals = strchr(name, '=');
        const size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
        const int kind = kind_of(accepted, name, length);
        if (kind == 0 || (kind == 1 && equals != NULL) ||
            (kind == 2 && equals == NULL && i + 1 == argc)) {
            snprintf(reason, reason_size, "option --%s is %s; options here (`:` takes a value): %s",
                name, kind == 0 ? "not known" : kind == 1 ? "a flag" : "missing its value",
                accepted);
            return false;
        }
        const char *value = "";
        if (equals != NULL) {
            *equals = '\0';
            value = equals + 1;
        } else if (kind == 2) {
            value = argv[++i];
        }
        options->names[options->option_count] = name;
        options->values[options->option_count++] = value;
    }
    return true;
}

int options_split(char *line, char **argv, int max) {
    int count = 0;
    char *out = line;
    for (char *at = line; count < max;) {
        at += strspn(at, " \t\r\n");
        if (*at == '\0') {
            break;
        }
        argv[count++] = out;
        bool quoted = false;
        for (; *at != '\0' && (quoted || strchr(" \t\r\n", *at) == NULL); at++) {
            if (*at == '"') {
                quoted = !quoted;
            } else {
                *out++ = *at;
            }
        }
        const bool last = *at == '\0';
        *out++ = '\0';
        if (last) {
            break;
        }
        at++;
    }
    return count;
}

static const char *find(const options_t *options, const char *name) {
    for (int i = options->option_count - 1; i >= 0; i--) {
        if (strcmp(options->names[i], name) == 0) {
            return options->values[i];
        }
    }
    return NULL;
}

bool option_flag(const options_t *options, const char *name) {
    return find(options, name) != NULL;
}

const char *option_text(const options_t *options, const char *name, const char *otherwise) {
    const char *value = find(options, name);
    return value != NULL ? value : otherwise;
}

bool parse_number(const char *text, int64_t *value) {
    char *end = NULL;
    errno = 0;
    const long long number = strtoll(text, &end, 0);
    int64_t unit = 1;
    if (end == text || errno != 0) {
        return false;
    }
    if (*end == 'k' || *end == 'K') {
        unit = 1024;
        end++;
    } else if (*end == 'm' || *end == 'M') {
        unit = 1024 * 1024;
        end++;
    }
    *value = number * unit;
    return *end == '\0';
}

static int64_t number_or_exit(const char *what, const char *text) {
    int64_t value = 0;
    if (!parse_number(text, &value)) {
        printf("error %s is \"%s\": give a number such as 10, -1, 0x10, 64k or 1m\n", what, text);
        exit(2);
    }
    return value;
}

int64_t option_number(const options_t *options, const char *name, int64_t otherwise) {
    const char *text = find(options, name);
    return text != NULL ? number_or_exit(name, text) : otherwise;
}

const char *option_word(const options_t *options, int index) {
    return index < options->word_count ? options->words[index] : "";
}

int64_t option_word_number(const options_t *options, int index) {
    return index < options->word_count ? number_or_exit("argument", options->words[index]) : 0;
}
