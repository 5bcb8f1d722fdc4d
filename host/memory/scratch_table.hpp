// A hash table for work that is repeated. It reuses its memory and is cleared in constant time. A few entries are
// searched one by one, without hashing.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plimsoll/units.hpp"

namespace plimsoll {

/// Entries are in the order of insertion. Pointers are valid until the next insertion.
template <std::unsigned_integral Key, class Value>
class scratch_table {
 public:
  struct entry {
    Key key;
    Value value;
  };

  void clear() { entries_.clear(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::span<entry> entries() { return entries_; }
  [[nodiscard]] std::span<const entry> entries() const { return entries_; }

  [[nodiscard]] Value* find(const Key& key) {
    const std::uint32_t at = place_of(key);
    return at == no_id ? nullptr : &entries_[at].value;
  }
  [[nodiscard]] const Value* find(const Key& key) const {
    const std::uint32_t at = place_of(key);
    return at == no_id ? nullptr : &entries_[at].value;
  }

  struct placed {
    Value& value;
    bool is_new;
  };
  /// The key's value; `fresh` if the key is new.
  placed try_emplace(const Key& key, const Value& fresh = {}) {
    if (const std::uint32_t at = place_of(key); at != no_id) { return {entries_[at].value, false}; }
    entries_.push_back({key, fresh});
    if (entries_.size() > few) { enter(); }
    return {entries_.back().value, true};
  }

 private:
  static constexpr std::size_t few = 8;  ///< Up to so many entries are searched one by one.

  static std::size_t hash(std::uint64_t key) {
    key = (key ^ (key >> 32U)) * 0x9e3779b97f4a7c15ULL;
    return key ^ (key >> 29U);
  }

  [[nodiscard]] std::uint32_t place_of(const Key& key) const {
    if (entries_.size() <= few) {
      for (std::uint32_t i = 0; i < entries_.size(); ++i) {
        if (entries_[i].key == key) { return i; }
      }
      return no_id;
    }
    for (std::size_t at = hash(key) & mask_;; at = (at + 1) & mask_) {
      if (slots_[at] == no_id || entries_[slots_[at]].key == key) { return slots_[at]; }
    }
  }

  void enter(std::uint32_t number) {
    std::size_t at = hash(entries_[number].key) & mask_;
    while (slots_[at] != no_id) { at = (at + 1) & mask_; }
    slots_[at] = number;
  }

  /// Enters the last entry, or all entries if the slots are too few or belong to an earlier use.
  void enter() {
    const std::size_t count = entries_.size();
    if (count > few + 1 && 2 * count <= mask_) { return enter(static_cast<std::uint32_t>(count - 1)); }
    mask_ = std::bit_ceil(4 * count) - 1;
    if (slots_.size() <= mask_) { slots_.resize(mask_ + 1); }
    std::fill_n(slots_.begin(), mask_ + 1, no_id);
    for (std::uint32_t i = 0; i < count; ++i) { enter(i); }
  }

  std::vector<entry> entries_;
  std::vector<std::uint32_t> slots_;  ///< Open addressing over the first `mask_` + 1; no_id if free.
  std::size_t mask_ = 0;
};

}  // namespace plimsoll
