#include "tern/driver/sender/send_destinations.hpp"

#include <algorithm>
#include <utility>

#include "tern/base/coverage_mark.hpp"
#include "tern/base/dense_map.hpp"

namespace tern::driver {
namespace {

// Nothing can be sent there, or it would go to many; no receiver answers from such an address.
bool is_odd_source(const SocketAddress& source) {
    return source.port == 0 || source.ip.is_any() || source.ip.is_multicast() ||
           source.ip == IpAddress::ipv4(255, 255, 255, 255);
}

template <typename Map, typename Key, typename Entry>
void erase_from(Map& map, const Key& key, const Entry* entry) {
    const auto [first, last] = map.equal_range(key);
    const auto found =
        std::find_if(first, last, [&](const auto& pair) { return pair.second == entry; });
    if (found != last) map.erase(found);
}

}  // namespace

// hot:
std::int64_t length_of(std::span<const ConstBytes> datagrams, std::size_t count) {
    std::int64_t length = 0;
    for (const ConstBytes& datagram : datagrams.first(count)) {
        length += static_cast<std::int64_t>(datagram.size());
    }
    return length;
}

std::size_t SendDestinations::Hash::operator()(const ReceiverKey& key) const {
    return mix_bits(static_cast<std::uint64_t>(key.receiver_id) ^ std::uint64_t{key.port} << 48);
}

std::size_t SendDestinations::Hash::operator()(const SocketAddress& address) const {
    const auto low = load_plain<std::uint64_t>(address.ip.bytes().data());
    const auto high = load_plain<std::uint64_t>(address.ip.bytes().data() + 8);
    return mix_bits(mix_bits(low ^ std::uint64_t{address.port} << 48) ^ high);
}

SendDestinations::SendDestinations(bool is_manual, Counter count)
    : is_manual_(is_manual), count_(count) {}

void SendDestinations::add(SendDestination destination, Nanos now) {
    insert(std::move(destination), std::nullopt, now);
}

void SendDestinations::remove(const SocketAddress& address) {
    const auto found = std::ranges::find_if(
        entries_, [&](const auto& entry) { return entry->destination.address == address; });
    if (found != entries_.end()) erase(**found);
}

void SendDestinations::remove(std::int64_t registration_id) {
    const auto found = std::ranges::find_if(entries_, [&](const auto& entry) {
        return entry->destination.registration_id == registration_id;
    });
    if (found != entries_.end()) erase(**found);
}

// hot: memory is taken only for a receiver that was not known.
bool SendDestinations::on_status_message(const SocketAddress& source, std::int64_t receiver_id,
                                         Nanos now) {
    bool is_known = false;
    const auto [first, last] = by_receiver_.equal_range({receiver_id, source.port});
    for (auto found = first; found != last; ++found) {
        found->second->last_active = now;
        is_known = true;
    }
    if (!is_manual_) {
        if (is_known || is_odd_source(source)) return true;
        if (entries_.size() == kMaxDynamic) {
            TERN_MARK(destination_table_full);
            return false;
        }
        insert({.address = source}, receiver_id, now);
        return true;
    }
    for (auto found = by_address_.find(source); found != by_address_.end();
         found = by_address_.find(source)) {
        Entry& entry = *found->second;
        by_address_.erase(found);
        entry.receiver_id = receiver_id;
        entry.last_active = now;
        link(entry);
    }
    return true;
}

std::int64_t SendDestinations::registration_id_of(const SocketAddress& source,
                                                  std::int64_t receiver_id) const {
    if (const auto found = by_receiver_.find({receiver_id, source.port});
        found != by_receiver_.end()) {
        return found->second->destination.registration_id;
    }
    const auto found = by_address_.find(source);
    return found == by_address_.end() ? -1 : found->second->destination.registration_id;
}

bool SendDestinations::on_resolved(const std::string& endpoint, const SocketAddress& address) {
    bool is_changed = false;
    for (const std::unique_ptr<Entry>& entry : entries_) {
        if (entry->destination.endpoint != endpoint || entry->destination.address == address) {
            continue;
        }
        unlink(*entry);
        entry->destination.address = address;
        entry->receiver_id.reset();
        entry->is_failing = false;
        link(*entry);
        is_changed = true;
    }
    return is_changed;
}

void SendDestinations::insert(SendDestination destination, std::optional<std::int64_t> receiver_id,
                              Nanos now) {
    entries_.push_back(
        std::make_unique<Entry>(Entry{std::move(destination), receiver_id, now, entries_.size()}));
    link(*entries_.back());
    if (!is_manual_) next_expiry_ = std::min(next_expiry_, now + kTimeout);
    count_.set(static_cast<std::int64_t>(entries_.size()));
}

void SendDestinations::erase(Entry& entry) {
    unlink(entry);
    const std::size_t slot = entry.slot;
    if (slot + 1 != entries_.size()) {
        entries_[slot] = std::move(entries_.back());
        entries_[slot]->slot = slot;
    }
    entries_.pop_back();
    count_.set(static_cast<std::int64_t>(entries_.size()));
}

void SendDestinations::link(Entry& entry) {
    if (!entry.destination.address) return;
    if (entry.receiver_id) {
        by_receiver_.emplace(ReceiverKey{*entry.receiver_id, entry.destination.address->port},
                             &entry);
    } else {
        by_address_.emplace(*entry.destination.address, &entry);
    }
}

void SendDestinations::unlink(Entry& entry) {
    if (!entry.destination.address) return;
    if (entry.receiver_id) {
        erase_from(by_receiver_, ReceiverKey{*entry.receiver_id, entry.destination.address->port},
                   &entry);
    } else {
        erase_from(by_address_, *entry.destination.address, &entry);
    }
}

void SendDestinations::drop_silent(Nanos now) {
    next_expiry_ = kNever;
    for (std::size_t i = entries_.size(); i-- > 0;) {
        const Nanos expiry = entries_[i]->last_active + kTimeout;
        if (now > expiry) {
            TERN_MARK(destination_expired);
            erase(*entries_[i]);
        } else {
            next_expiry_ = std::min(next_expiry_, expiry);
        }
    }
}

}  // namespace tern::driver
