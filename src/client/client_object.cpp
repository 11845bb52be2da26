#include "tern/client/client_object.hpp"

#include "tern/client/client_conductor.hpp"

namespace tern::client {
namespace {

constexpr std::int32_t kLocalSocketAddressTypeId = 14;

#pragma pack(push, 4)
struct LocalSocketAddressKey {
    std::int32_t channel_status_id;  //  0
    std::int32_t address_length;     //  4: set after the address by some drivers
    char address[104];               //  8
};
#pragma pack(pop)
static_assert(sizeof(LocalSocketAddressKey) == kMaxCounterKeyLength);

}  // namespace

bool ClientObject::request_close(bool revoke, Notification on_closed) {
    if (closed_.exchange(true, std::memory_order_acq_rel)) { return false; }
    return setup_.queue->push(
        {[kind = setup_.kind, id = setup_.registration_id, revoke, done = std::move(on_closed)](
             ClientConductor& conductor) { conductor.remove(kind, id, revoke, done); },
         nullptr});
}

std::int64_t ClientObject::status_of(std::int32_t indicator_id) const {
    if (is_closed() || memory().counters.state(indicator_id) != CounterState::allocated) {
        return kChannelErrored;
    }
    return memory().counters.value(indicator_id);
}

std::vector<std::string> ClientObject::local_addresses_of(std::int32_t indicator_id) const {
    if (is_closed()) { return {}; }
    return local_socket_addresses(memory().counters, indicator_id);
}

std::vector<std::string> local_socket_addresses(const CountersReader& counters,
                                                std::int32_t status_indicator_id) {
    std::vector<std::string> addresses;
    if (counters.state(status_indicator_id) != CounterState::allocated ||
        counters.value(status_indicator_id) != kChannelActive) {
        return addresses;
    }
    counters.for_each([&](const CounterView& counter) {
        if (counter.type_id != kLocalSocketAddressTypeId || counter.value != kChannelActive) {
            return;
        }
        const auto key = load_plain<LocalSocketAddressKey>(counter.key.data());
        if (key.channel_status_id == status_indicator_id && key.address_length > 0 &&
            key.address_length <= static_cast<std::int32_t>(sizeof key.address)) {
            addresses.emplace_back(key.address, static_cast<std::size_t>(key.address_length));
        }
    });
    return addresses;
}

}  // namespace tern::client
