#pragma once

/// For tests: a piece of code in a child process, as another user (only root may) or on a file
/// system of its own (others than root get it through a user namespace).

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>

namespace tern::platform {

/// The exit status of `body`'s answer in a child; 1000 plus the signal where one ended it.
inline int in_child(const std::function<int()>& body) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child) return -1;
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Statuses of a child that could not be set up; none of them is an answer that a test expects.
inline constexpr int kNoNamespace = 200;
inline constexpr int kNoMount = 201;
inline constexpr int kNoUser = 202;

/// In namespaces of its own, where it may mount; the mounts end with it.
inline bool enter_namespaces() {
    const uid_t user = ::getuid();
    const gid_t group = ::getgid();
    if (user == 0)
        return ::unshare(CLONE_NEWNS) == 0 &&
               ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream{"/proc/self/setgroups"} << "deny";
    std::ofstream{"/proc/self/uid_map"} << "0 " << user << " 1";
    std::ofstream{"/proc/self/gid_map"} << "0 " << group << " 1";
    return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

/// With a fresh tmpfs at `path`; `options` such as "size=1m".
inline int in_child_on_tmpfs(const std::string& path, const std::string& options,
                             const std::function<int()>& body) {
    return in_child([&]() -> int {
        if (!enter_namespaces()) return kNoNamespace;
        if (::mount("none", path.c_str(), "tmpfs", 0, options.c_str()) != 0) return kNoMount;
        return body();
    });
}

/// As another user, without a group of ours. Only root can do that.
inline bool may_be_another_user() { return ::geteuid() == 0; }
inline int in_child_as(uid_t user, const std::function<int()>& body) {
    return in_child([&]() -> int {
        if (::setgroups(0, nullptr) != 0 || ::setresgid(user, user, user) != 0 ||
            ::setresuid(user, user, user) != 0) {
            return kNoUser;
        }
        return body();
    });
}

}  // namespace tern::platform
