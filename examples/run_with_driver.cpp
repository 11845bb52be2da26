// Runs a program with a driver of its own: run_with_driver <program> [arguments]. For trying the
// examples, and for the tests that run them. Its exit status is the program's.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include <tern/embedded_driver.hpp>

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: run_with_driver <program> [arguments]\n");
        return 2;
    }
    try {
        const tern::EmbeddedDriver driver;
        const pid_t child = fork();
        if (child == 0) {
            setenv("AERON_DIR", driver.directory().c_str(), 1);
            execv(argv[1], argv + 1);
            std::perror(argv[1]);
            _exit(127);
        }
        int status = 0;
        if (child < 0 || waitpid(child, &status, 0) != child) {
            std::perror("run_with_driver");
            return 1;
        }
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "run_with_driver: %s\n", error.what());
        return 1;
    }
}
