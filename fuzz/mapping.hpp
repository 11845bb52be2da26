#pragma once

/// A file as somebody left it, in a heap block of exactly its size.

#include <string>
#include <utility>

#include "target.hpp"
#include "tern/shm/file_system.hpp"

namespace tern::fuzz {

class FuzzMapping final : public Mapping {
  public:
    explicit FuzzMapping(Memory memory)
        : Mapping("/fuzzed", memory.bytes()), memory_(std::move(memory)) {}
    Result<void> reserve(std::uint64_t, std::uint64_t) override { return {}; }
    void flush() override {}

  private:
    Memory memory_;
};

inline std::shared_ptr<Mapping> file_of(std::size_t length, ConstBytes content) {
    return std::make_shared<FuzzMapping>(Memory{length, content});
}

}  // namespace tern::fuzz
