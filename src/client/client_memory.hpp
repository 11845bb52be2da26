#pragma once

/// The driver's CnC file as one client uses it. Everything that an application can hold
/// (publications, subscriptions, images, counters) shares it, so it stays mapped for as long as any
/// of them exists.

#include <utility>

#include "tern/shm/cnc_file.hpp"
#include "tern/shm/counters.hpp"
#include "tern/shm/many_to_one_ring.hpp"

namespace tern::client {

struct ClientMemory {
    explicit ClientMemory(CncFile file)
        : cnc(std::move(file)),
          ring(cnc.to_driver()),
          counters(cnc.counters_metadata(), cnc.counters_values()) {}

    CncFile cnc;
    ManyToOneRing ring;
    CountersReader counters;
};

}  // namespace tern::client
