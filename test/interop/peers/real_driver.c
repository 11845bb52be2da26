/* The real C media driver as a process: configured by AERON_* variables alone, prints "ready" once
 * clients may connect, runs until SIGTERM, SIGINT or a client's request to terminate, and then
 * prints "stopped". AERON_DRIVER_TERMINATION_VALIDATOR=allow lets clients stop it. */
#include <aeronc.h> /* first: aeronmd.h relies on its includes */
#include <aeronmd.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

static atomic_bool is_stopping;

static void on_signal(int number) {
    (void)number;
    atomic_store(&is_stopping, true);
}

static void on_termination(void *clientd) {
    (void)clientd;
    atomic_store(&is_stopping, true);
}

static int fail(const char *doing) {
    printf("error %s: (%d) %s\n", doing, aeron_errcode(), aeron_errmsg());
    return 1;
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);

    aeron_driver_context_t *context = NULL;
    aeron_driver_t *driver = NULL;
    if (aeron_driver_context_init(&context) < 0) {
        return fail("reading the AERON_* settings");
    }
    if (aeron_driver_context_set_driver_termination_hook(context, on_termination, NULL) < 0 ||
        aeron_driver_init(&driver, context) < 0) {
        return fail("creating the driver");
    }
    if (aeron_driver_start(driver, true) < 0) {
        return fail("starting the driver");
    }
    printf("ready dir=%s\n", aeron_driver_context_get_dir(context));
    while (!atomic_load(&is_stopping)) {
        aeron_driver_main_idle_strategy(driver, aeron_driver_main_do_work(driver));
    }
    if (aeron_driver_close(driver) < 0 || aeron_driver_context_close(context) < 0) {
        return fail("closing the driver");
    }
    puts("stopped");
    return 0;
}
