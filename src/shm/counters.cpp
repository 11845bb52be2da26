#include "tern/shm/counters.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "tern/base/assert.hpp"

namespace tern {

namespace {

constexpr std::int64_t kInUse = std::numeric_limits<std::int64_t>::max();

}  // namespace

CountersReader::CountersReader(Bytes metadata, Bytes values)
    : metadata_(metadata.data()),
      values_(values.data()),
      max_id_(static_cast<std::int32_t>(std::min(metadata.size() / sizeof(CounterMetadata),
                                                 values.size() / sizeof(CounterValue))) -
              1) {}

CounterState CountersReader::state(std::int32_t id) const {
    // sync[counter-state] acquire: type, key and label of an allocated counter are complete.
    return in_range(id) ? static_cast<CounterState>(metadata(id).state.load_acquire())
                        : CounterState::unused;
}

std::string_view CountersReader::label(std::int32_t id) const {
    if (!in_range(id)) {
        return {};
    }
    const CounterMetadata& record = metadata(id);
    // sync[counter-label] acquire: that many bytes have been written.
    const auto length = std::clamp<std::int32_t>(record.label_length.load_acquire(), 0,
                                                 static_cast<std::int32_t>(kMaxCounterLabelLength));
    return {record.label, static_cast<std::size_t>(length)};
}

// A counter may be freed, and its id given to another, while it is being copied. Freeing first
// changes the state; giving the id away first clears the registration id, and sets the new one last
// of all. So a copy is of one allocation if registration id and state, read in that order, are the
// same before and after.
std::optional<CounterView> CountersReader::find(std::int32_t id) const {
    const std::int64_t registration = registration_id(id);
    if (state(id) != CounterState::allocated) {
        return std::nullopt;
    }
    const CounterMetadata& record = metadata(id);
    std::optional<CounterView> view{std::in_place};
    view->id = id;
    view->registration_id = registration;
    view->type_id = type_id(id);
    racy_copy(view->key.data(), record.key, kMaxCounterKeyLength);
    const std::string_view text = label(id);
    view->label.length_ = text.size();
    racy_copy(reinterpret_cast<std::byte*>(view->label.text_),
              reinterpret_cast<const std::byte*>(text.data()), text.size());
    view->value = value(id);
    view->owner_id = owner_id(id);
    view->reference_id = reference_id(id);
    // sync[counter-reuse] acquire: what was copied was there before this look at the state.
    acquire_fence();
    if (state(id) != CounterState::allocated || registration_id(id) != registration) {
        return std::nullopt;
    }
    return view;
}

std::int32_t CountersReader::find_by_registration(std::int32_t type,
                                                  std::int64_t registration) const {
    for (std::int32_t id = 0; id <= max_id_; ++id) {
        const CounterState found = state(id);
        if (found == CounterState::unused) {
            break;
        }
        if (found == CounterState::allocated && type_id(id) == type &&
            registration_id(id) == registration) {
            return id;
        }
    }
    return kNullCounterId;
}

std::int64_t CountersReader::value(std::int32_t id) const {
    return in_range(id) ? values(id).value.load_acquire() : 0;
}

std::int64_t CountersReader::registration_id(std::int32_t id) const {
    return in_range(id) ? values(id).registration_id.load_acquire() : 0;
}

std::int64_t CountersReader::owner_id(std::int32_t id) const {
    return in_range(id) ? values(id).owner_id.load_relaxed() : 0;
}

std::int64_t CountersReader::reference_id(std::int32_t id) const {
    return in_range(id) ? values(id).reference_id.load_relaxed() : 0;
}

std::int64_t CountersReader::free_for_reuse_deadline_ms(std::int32_t id) const {
    return in_range(id) ? metadata(id).free_for_reuse_deadline_ms.load_relaxed() : 0;
}

std::int32_t CountersReader::type_id(std::int32_t id) const {
    return in_range(id) ? metadata(id).type_id.load_relaxed() : 0;
}

Counter CountersReader::counter(std::int32_t id) const {
    return in_range(id) ? Counter{values(id).value} : Counter{};
}

void CountersReader::append_to_label(std::int32_t id, std::string_view text) const {
    if (!in_range(id)) {
        return;
    }
    CounterMetadata& record = metadata(id);
    const std::size_t length = label(id).size();
    const std::size_t added = std::min(text.size(), kMaxCounterLabelLength - length);
    racy_copy(reinterpret_cast<std::byte*>(record.label) + length, bytes_of(text).data(), added);
    // sync[counter-label] release
    record.label_length.store_release(static_cast<std::int32_t>(length + added));
}

CountersManager::CountersManager(Bytes metadata, Bytes values, Millis cool_down)
    : CountersReader(metadata, values), cool_down_(cool_down) {}

std::int32_t CountersManager::next_id(Millis epoch_now) {
    const auto ready =
        std::find_if(free_list_.begin(), free_list_.end(),
                     [epoch_now](const Freed& freed) { return epoch_now >= freed.deadline; });
    if (ready == free_list_.end()) {
        return high_water_mark_ < max_id() ? ++high_water_mark_ : kNullCounterId;
    }
    const std::int32_t id = ready->id;
    free_list_.erase(ready);
    CounterValue& record = values(id);
    record.registration_id.store_release(0);
    // sync[counter-reuse] release: whoever sees what is written from here on sees that too.
    release_fence();
    record.owner_id.store_relaxed(0);
    record.reference_id.store_relaxed(0);
    record.value.store_release(0);
    return id;
}

Result<std::int32_t> CountersManager::allocate(const Spec& spec, Millis epoch_now) {
    const std::int32_t id = next_id(epoch_now);
    if (id == kNullCounterId) {
        return Error{ErrorCode::generic_error,
                     "Max counter id (" + std::to_string(max_id()) +
                         ") exceeded, raise aeron.counters.buffer.length. Unable to allocate "
                         "counter: type: " + std::to_string(spec.type_id) +
                         ", label: " + std::string{spec.label}};
    }
    CounterMetadata& record = metadata(id);
    record.type_id.store_relaxed(spec.type_id);
    record.free_for_reuse_deadline_ms.store_relaxed(kInUse);
    std::array<std::byte, kMaxCounterKeyLength> key{};
    std::copy_n(spec.key.begin(), std::min(spec.key.size(), key.size()), key.begin());
    racy_copy(record.key, key.data(), key.size());
    set_label(id, spec.label);
    // sync[counter-state] release
    record.state.store_release(static_cast<std::int32_t>(CounterState::allocated));
    CounterValue& value = values(id);
    value.owner_id.store_relaxed(spec.owner_id);
    value.reference_id.store_relaxed(spec.reference_id);
    value.value.store_release(spec.value);
    value.registration_id.store_release(spec.registration_id);
    return id;
}

void CountersManager::free(std::int32_t id, Millis epoch_now) {
    if (state(id) != CounterState::allocated) {
        return;
    }
    CounterMetadata& record = metadata(id);
    record.state.store_release(static_cast<std::int32_t>(CounterState::reclaimed));
    // sync[counter-reuse] release: whoever sees what is written from here on sees the state too.
    release_fence();
    racy_copy(record.key, std::array<std::byte, kMaxCounterKeyLength>{}.data(),
              kMaxCounterKeyLength);
    const Millis deadline = epoch_now + cool_down_;
    record.free_for_reuse_deadline_ms.store_relaxed(deadline.count());
    free_list_.push_back({id, deadline});
}

void CountersManager::set_label(std::int32_t id, std::string_view label) {
    TERN_ASSERT(in_range(id));
    CounterMetadata& record = metadata(id);
    const std::size_t length = std::min(label.size(), kMaxCounterLabelLength);
    racy_copy(reinterpret_cast<std::byte*>(record.label), bytes_of(label).data(), length);
    // sync[counter-label] release
    record.label_length.store_release(static_cast<std::int32_t>(length));
}

void CountersManager::set_reference_id(std::int32_t id, std::int64_t reference_id) {
    TERN_ASSERT(in_range(id));
    values(id).reference_id.store_relaxed(reference_id);
}

}  // namespace tern
