#include "tern/platform/child_program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "tern/platform/mapped_file.hpp"

extern char** environ;

namespace tern::platform {

Result<std::unique_ptr<ChildProgram>> ChildProgram::start(const std::vector<std::string>& argv) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("starting", argv.at(0), errno);
    FileDescriptor ours{ends[0]};
    const FileDescriptor theirs{ends[1]};

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDOUT_FILENO);
    std::vector<char*> words;
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    pid_t pid = -1;
    const int failed = ::posix_spawn(&pid, words[0], &actions, nullptr, words.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) return system_error("starting", argv[0], failed);
    return std::unique_ptr<ChildProgram>(new ChildProgram(pid, std::move(ours)));
}

ChildProgram::~ChildProgram() {
    if (ended_) return;
    ::kill(pid_, SIGKILL);
    wait();
}

void ChildProgram::ask_to_stop() {
    if (!ended_) ::kill(pid_, SIGTERM);
}

int ChildProgram::wait() {
    int status = 0;
    while (!ended_) {
        const pid_t found = ::waitpid(pid_, &status, 0);
        if (found < 0 && errno == EINTR) continue;
        ended_ = true;
        status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    return status_;
}

std::string own_program() {
    std::string path(4096, '\0');
    const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
    path.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return path;
}

bool stop_with_parent(std::int64_t parent_pid) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    return ::getppid() == parent_pid;
}

}  // namespace tern::platform
