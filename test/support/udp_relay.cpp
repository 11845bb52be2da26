// Stands between a sender of datagrams and their receiver, as a router that translates addresses
// would, and disturbs what passes in both directions:
//
//   udp_relay --listen 10.0.0.2:40001 --to 10.0.0.2:40002 --disturbance delay-us=500,seed=7
//
// Whoever sends to the first address gets a socket of its own towards the second one; what comes
// back there goes to that sender. Disturbances: `delay-us` for all, up to `jitter-us` more for each
// (so that datagrams overtake each other), `double` and `lose` per cent of them; what happens is
// drawn from `seed`. Prints `ready`, runs until SIGTERM.

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::microseconds;

sockaddr_in address_of(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (colon == std::string::npos ||
        inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1) {
        throw std::invalid_argument(text + ": give an address such as 10.0.0.2:40001");
    }
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(text.substr(colon + 1))));
    return address;
}

const sockaddr* generic(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

/// Order for a map: a sender is its address and port.
struct BySource {
    bool operator()(const sockaddr_in& a, const sockaddr_in& b) const {
        return std::pair{a.sin_addr.s_addr, a.sin_port} < std::pair{b.sin_addr.s_addr, b.sin_port};
    }
};

struct Disturbance {
    std::map<std::string, unsigned> numbers{
        {"delay-us", 0}, {"jitter-us", 0}, {"double", 0}, {"lose", 0}, {"seed", 1}};

    explicit Disturbance(const std::string& text) {
        std::istringstream items{text};
        for (std::string item; std::getline(items, item, ',');) {
            const std::size_t equals = item.find('=');
            const auto found = numbers.find(item.substr(0, equals));
            if (equals == std::string::npos || found == numbers.end()) {
                throw std::invalid_argument(item + ": no such disturbance");
            }
            found->second = static_cast<unsigned>(std::stoul(item.substr(equals + 1)));
        }
    }
    unsigned operator[](const std::string& name) const { return numbers.at(name); }
};

int new_socket() {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) throw std::runtime_error(std::string{"socket: "} + std::strerror(errno));
    const int size = 4 << 20;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    return fd;
}

class Relay {
  public:
    Relay(const sockaddr_in& listen, const sockaddr_in& to, const Disturbance& disturbance)
        : to_(to), disturbance_(disturbance), random_(disturbance["seed"]), entry_(new_socket()) {
        if (bind(entry_, generic(listen), sizeof listen) != 0) {
            throw std::runtime_error(std::string{"bind: "} + std::strerror(errno));
        }
    }

    [[noreturn]] void run() {
        for (;;) {
            std::vector<pollfd> waiting{{entry_, POLLIN, 0}};
            for (const auto& [source, fd] : exits_) waiting.push_back({fd, POLLIN, 0});
            const timespec limit = until_next();
            ppoll(waiting.data(), waiting.size(), &limit, nullptr);
            take_from_entry();
            for (const auto& [source, fd] : exits_) take_answers(source, fd);
            send_due();
        }
    }

  private:
    struct Parcel {
        Steady::time_point due;
        std::uint64_t number;  // first come, first served among equals
        int fd;
        sockaddr_in to;
        std::shared_ptr<std::string> content;
        bool operator>(const Parcel& other) const {
            return std::pair{due, number} > std::pair{other.due, other.number};
        }
    };

    timespec until_next() const {
        if (parcels_.empty()) return {1, 0};
        const auto left = parcels_.top().due - Steady::now();
        const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
        return {0, nanos > 0 ? static_cast<long>(nanos % 1'000'000'000) : 0};
    }

    void take_from_entry() {
        sockaddr_in source{};
        socklen_t length = sizeof source;
        for (;;) {
            const ssize_t n = recvfrom(entry_, buffer_, sizeof buffer_, 0,
                                       reinterpret_cast<sockaddr*>(&source), &length);
            if (n < 0) return;
            const auto [exit, is_new] = exits_.try_emplace(source, -1);
            if (is_new) exit->second = new_socket();
            disturb(exit->second, to_, static_cast<std::size_t>(n));
        }
    }

    void take_answers(const sockaddr_in& source, int fd) {
        for (;;) {
            const ssize_t n = recv(fd, buffer_, sizeof buffer_, 0);
            if (n < 0) return;
            disturb(entry_, source, static_cast<std::size_t>(n));
        }
    }

    bool happens(const char* what) { return random_() % 100 < disturbance_[what]; }

    void disturb(int fd, const sockaddr_in& to, std::size_t length) {
        if (happens("lose")) return;
        const auto content = std::make_shared<std::string>(buffer_, length);
        for (int copies = happens("double") ? 2 : 1; copies > 0; --copies) {
            const auto jitter = random_() % (disturbance_["jitter-us"] + 1);
            const auto due = Steady::now() + microseconds{disturbance_["delay-us"] + jitter};
            parcels_.push({due, next_number_++, fd, to, content});
        }
    }

    void send_due() {
        while (!parcels_.empty() && parcels_.top().due <= Steady::now()) {
            const Parcel& next = parcels_.top();
            sendto(next.fd, next.content->data(), next.content->size(), 0, generic(next.to),
                   sizeof next.to);
            parcels_.pop();
        }
    }

    sockaddr_in to_;
    Disturbance disturbance_;
    std::mt19937 random_;
    int entry_;
    std::map<sockaddr_in, int, BySource> exits_;  // by source: its socket towards `to_`
    std::priority_queue<Parcel, std::vector<Parcel>, std::greater<>> parcels_;
    std::uint64_t next_number_ = 0;
    char buffer_[65536];
};

}  // namespace

int main(int argc, char** argv) {
    std::map<std::string, std::string> options{
        {"--listen", ""}, {"--to", ""}, {"--disturbance", ""}};
    try {
        for (int i = 1; i + 1 < argc; i += 2) options.at(argv[i]) = argv[i + 1];
        auto relay =
            std::make_unique<Relay>(address_of(options["--listen"]), address_of(options["--to"]),
                                    Disturbance{options["--disturbance"]});
        std::puts("ready");
        std::fflush(stdout);
        relay->run();
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "udp_relay: %s\n", failure.what());
        return 1;
    }
}
