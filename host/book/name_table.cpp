#include "host/book/name_table.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

#include <xxhash.h>

#include "host/book/slot_window.hpp"
#include "host/memory/huge_pages.hpp"

namespace plimsoll {

namespace {

std::uint64_t hash_of(std::string_view name) { return XXH3_64bits(name.data(), name.size()); }
std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32U); }

}  // namespace

std::uint64_t name_table::store(std::string_view name) {
  const std::uint64_t start = chars_.size();
  const auto size = static_cast<std::uint32_t>(name.size());
  chars_.append({reinterpret_cast<const char*>(&size), sizeof size});
  chars_.append(name);
  return start;
}

std::uint32_t name_table::lower_bound(std::string_view name) const {
  std::uint32_t low = 0;
  for (std::uint32_t high = size(); low < high;) {
    const std::uint32_t middle = low + (high - low) / 2;
    if ((*this)[middle] < name) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::uint32_t name_table::find(std::string_view name) const {
  if (slots_.empty()) {
    const std::uint32_t id = lower_bound(name);
    return id < size() && (*this)[id] == name ? id : no_id;
  }
  const std::uint64_t hash = hash_of(name);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const slot one = slots_[at];
    if (one.id == no_id || (one.tag == tag_of(hash) && (*this)[one.id] == name)) { return one.id; }
  }
}

std::uint64_t name_table::prefetch(std::string_view name) const {
  const std::uint64_t hash = hash_of(name);
  if (!slots_.empty()) { __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]); }
  return hash;
}

std::uint32_t name_table::guess(std::uint64_t hash) const {
  if (slots_.empty()) { return no_id; }
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const slot one = slots_[at];
    if (one.id != no_id && one.tag != tag_of(hash)) { continue; }
    if (one.id != no_id) { __builtin_prefetch(&starts_[one.id]); }
    return one.id;
  }
}

// ------------------------------------------------------------------------------------------------- index

void name_table::index() {
  std::uint32_t names = 0;
  for (std::uint32_t id = 0; id < size(); ++id) { names += is_vacant(id) ? 0 : 1; }
  const std::size_t slots = std::bit_ceil(2 * std::size_t{names} + 2);
  slots_.clear();
  reserve_on_huge_pages(slots_, slots);
  slots_.assign(slots, {0, no_id});
  entered_ = 0;
  // A few at a time, so that the slots of the later ones are prefetched.
  std::array<std::uint32_t, 32> ids;
  std::array<std::uint64_t, 32> hashes;
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t id = 0; id < size();) {
    std::size_t count = 0;
    for (; id < size() && count < ids.size(); ++id) {
      if (is_vacant(id)) { continue; }
      ids[count] = id;
      hashes[count] = prefetch((*this)[id]);
      ++count;
    }
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t at = hashes[i] & mask;
      while (slots_[at].id != no_id) { at = (at + 1) & mask; }
      slots_[at] = {tag_of(hashes[i]), ids[i]};
    }
    entered_ += static_cast<std::uint32_t>(count);
  }
}

void name_table::enter(std::string_view name, std::uint32_t id) {
  if (slots_.empty()) { return; }
  const std::uint64_t hash = hash_of(name);
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].id != no_id) { at = (at + 1) & mask; }
  slots_[at] = {tag_of(hash), id};
  ++entered_;
}

/// Notes that the name now at `to` had the id `from`.
void name_table::renumber(std::uint32_t from, std::uint32_t to) {
  if (slots_.empty()) { return; }
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash_of((*this)[to]) & mask;
  while (slots_[at].id != from) { at = (at + 1) & mask; }
  slots_[at].id = to;
}

// ------------------------------------------------------------------------------------------- vacant ids

std::vector<std::uint32_t> name_table::spread(std::uint32_t block, std::uint32_t run, std::string_view before) {
  const std::uint32_t at = run == 0 ? no_id : lower_bound(before);
  std::vector<std::uint32_t> id_of(size());
  std::vector<std::uint64_t> starts;
  reserve_on_huge_pages(starts, size() + (block == 0 ? 0 : size() / block) + run);
  std::uint32_t names = 0;
  const auto leave = [&](std::uint32_t count) {
    if (!starts.empty()) { starts.insert(starts.end(), count, starts.back()); }
  };
  for (std::uint32_t id = 0; id < size(); ++id) {
    if (is_vacant(id)) {
      id_of[id] = id_of[id - 1];
      continue;
    }
    if (id >= at && !starts.empty()) {
      leave(run);
      run = 0;
    }
    id_of[id] = static_cast<std::uint32_t>(starts.size());
    starts.push_back(starts_[id]);
    if (block != 0 && ++names % block == 0) { leave(1); }
  }
  starts_ = std::move(starts);
  if (block != 0) { chars_.reserve(chars_.size() + chars_.size() / block); }
  for (slot& one : slots_) {
    if (one.id != no_id) { one.id = id_of[one.id]; }
  }
  return id_of;
}

std::optional<name_table::opened> name_table::open(std::string_view name, std::uint32_t shift_limit) {
  const std::uint32_t at = lower_bound(name);
  assert(at == size() || (*this)[at] != name);
  opened out{at, at, at, 1};
  std::uint32_t vacant_last = at;  // After the vacant ids that follow the new one.
  if (at != 0 && is_vacant(at - 1)) {
    // The first of a run of vacant ids, so that names inserted in rising order find the next one free.
    out.id = out.first = out.last = lower_bound((*this)[at - 1]) + 1;
  } else if (at != size()) {
    // `at` holds a name and `at - 1` was checked above, so neither is vacant.
    for (std::uint32_t distance = 1;; ++distance) {
      if (distance == shift_limit) { return std::nullopt; }
      if (at + distance == size() || is_vacant(at + distance)) {
        out.last = at + distance;
        break;
      }
      if (distance < at && is_vacant(at - 1 - distance)) {
        out = {at - 1, at - distance, at, -1};
        break;
      }
    }
  }
  const std::uint64_t start = store(name);
  if (out.last == size()) { starts_.push_back(start); }
  const auto begin = starts_.begin();
  if (out.by > 0) {
    std::move_backward(begin + out.first, begin + out.last, begin + out.last + 1);
    for (std::uint32_t id = out.last; id > out.first; --id) { renumber(id - 1, id); }
  } else {
    std::move(begin + out.first, begin + out.last, begin + out.first - 1);
    for (std::uint32_t id = out.first; id < out.last; ++id) { renumber(id, id - 1); }
  }
  starts_[out.id] = start;
  for (std::uint32_t id = out.id + 1; id < vacant_last; ++id) { starts_[id] = start; }
  enter(name, out.id);
  if (4 * std::size_t{entered_} > 3 * slots_.size() && !slots_.empty()) { index(); }
  return out;
}

std::optional<name_table::moved> name_table::make_room(std::string_view name, std::uint32_t width) {
  slot_window window;
  if (!enough_vacant(vacant(), size()) ||
      !window.find(lower_bound(name), size(), width, vacant(), widest_window(size()),
                   [&](std::uint32_t id) { return is_vacant(id); })) {
    return std::nullopt;
  }
  const std::vector<std::uint32_t>& taken = window.taken();
  moved out{window.first(), std::vector<std::uint32_t>(window.last() - window.first())};
  for (std::size_t i = 0; i < taken.size(); ++i) {
    const std::uint32_t next = i + 1 < taken.size() ? taken[i + 1] : window.last();
    for (std::uint32_t id = taken[i]; id < next; ++id) { out.id_of[id - window.first()] = window.slot(i); }
  }
  window.move(starts_);
  window.for_vacant([&](std::uint32_t id) { starts_[id] = starts_[id - 1]; });
  // In an order in which no two names have the same id while one of them is searched.
  for (std::size_t i = taken.size(); i-- > 0;) {
    if (window.slot(i) > taken[i]) { renumber(taken[i], window.slot(i)); }
  }
  for (std::size_t i = 0; i < taken.size(); ++i) {
    if (window.slot(i) < taken[i]) { renumber(taken[i], window.slot(i)); }
  }
  return out;
}

}  // namespace plimsoll
