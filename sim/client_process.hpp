#pragma once

/// A process with a client in it: connects when a driver is there, and again when it was lost. What
/// it does with its client is for those who derive.

#include <memory>
#include <string>

#include "findings.hpp"
#include "host.hpp"
#include "schedule.hpp"
#include "tern/client/client.hpp"

namespace tern::sim {

struct ProcessSetup {
    std::string name;
    Host* host = nullptr;
    std::string directory;
    Millis driver_timeout{10'000};
    Nanos keepalive_interval{500'000'000};
};

class ClientProcess : public Party {
  public:
    ClientProcess(const ProcessSetup& setup, Trace& trace, Dice dice);
    ~ClientProcess() override;

    int run(Nanos now) final;
    Nanos next_deadline() const override;

    Host& host() const override { return *setup_.host; }
    bool is_connected() const { return client_ != nullptr; }
    /// Closes all it has and ends: an orderly exit.
    void close();
    /// It has died, perhaps in the middle of its work.
    virtual void on_death() {}

  protected:
    /// A client is there; nothing of an earlier one exists any more.
    virtual void on_connected(client::Client& client) = 0;
    /// One turn of the application; how much was done.
    virtual int work(client::Client& client, Nanos now) = 0;
    /// Everything made by the client is about to go.
    virtual void on_lost() = 0;

    /// Of an application that does not want any more what it asked for.
    template <typename T>
    void cancel(const client::AsyncRequest<T>& request) {
        if (client_ && request.registration()) client_->cancel(*request.registration());
    }

    /// Null while there is none.
    client::Client* client() { return client_.get(); }
    Dice& dice() { return dice_; }
    Trace& trace() { return trace_; }

  private:
    void try_to_connect(Nanos now);

    ProcessSetup setup_;
    Trace& trace_;
    Dice dice_;
    SeededRandom random_;
    std::unique_ptr<client::Client> client_;
    Nanos next_try_{0};
    bool is_closing_ = false;
};

}  // namespace tern::sim
