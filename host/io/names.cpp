#include "host/io/names.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_reduce.h>
#include <oneapi/tbb/parallel_sort.h>
#include <xxhash.h>

#include "host/io/text.hpp"
#include "host/text/near_name.hpp"

namespace plimsoll::io {

namespace {

constexpr int shard_bits = 6;
constexpr std::size_t shard_count = std::size_t{1} << shard_bits;

std::uint64_t hash_of(std::string_view name) { return XXH3_64bits(name.data(), name.size()); }
std::size_t shard_of(std::uint64_t hash) { return static_cast<std::size_t>(hash >> (64 - shard_bits)); }

/// A distinct name, prepared for sorting: its bytes after the common prefix of all names, as two big-endian words.
/// Names have no NUL, so padding with zeros keeps the order.
struct sort_key {
  std::uint64_t high;
  std::uint64_t low;
  std::string_view name;
  std::uint32_t number;  ///< In order of discovery.
};

constexpr std::size_t key_bytes = 16;

std::uint64_t big_endian_word(const char* bytes, std::size_t count) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, std::min<std::size_t>(count, sizeof word));
  return std::endian::native == std::endian::little ? __builtin_bswap64(word) : word;
}

sort_key make_key(std::string_view name, std::size_t prefix, std::uint32_t number) {
  const std::string_view rest = name.substr(prefix);
  return {big_endian_word(rest.data(), rest.size()),
          rest.size() > 8 ? big_endian_word(rest.data() + 8, rest.size() - 8) : 0, name, number};
}

std::size_t shared_prefix(std::string_view a, std::string_view b) {
  const auto end =
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size())), b.begin());
  return static_cast<std::size_t>(end.first - a.begin());
}

}  // namespace

name_index::name_index(std::vector<std::string_view> names) : names_(std::move(names)) {
  slots_.assign(std::bit_ceil(2 * names_.size() + 2), no_id);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t id = 0; id < names_.size(); ++id) {
    std::size_t at = hash_of(names_[id]) & mask;
    while (slots_[at] != no_id) { at = (at + 1) & mask; }
    slots_[at] = id;
  }
}

std::uint32_t name_index::find(std::string_view name) const {
  if (slots_.empty()) { return no_id; }
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash_of(name) & mask; slots_[at] != no_id; at = (at + 1) & mask) {
    if (names_[slots_[at]] == name) { return slots_[at]; }
  }
  return no_id;
}

namespace {

/// In lower case, and without what stands between words.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (std::string_view("-_/:. ").find(c) == std::string_view::npos) {
      out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
  }
  return out;
}

}  // namespace

std::string name_index::meant(std::string_view name) const {
  constexpr std::size_t names_max = 32;  // Each is held against every name; more are seldom shown.
  if (names_.empty()) { return ""; }
  const std::lock_guard held(meant_->lock);
  const auto known = meant_->texts.find(name);
  if (known != meant_->texts.end()) { return known->second; }
  if (meant_->texts.size() == names_max) { return ""; }
  const std::string wanted = plain(name);
  const auto same =
      std::find_if(names_.begin(), names_.end(), [&](std::string_view one) { return plain(one) == wanted; });
  const std::string near = same != names_.end() ? std::string(*same) : nearest_name(name, names_);
  return meant_->texts.emplace(name, near.empty() ? "" : "; did you mean \"" + shown(near) + "\"?").first->second;
}

struct account_numbering::block {
  /// A distinct name.
  struct entry {
    std::uint64_t hash;
    std::string_view name;
  };

  std::vector<std::uint32_t> codes;                    ///< Per row: an entry until `finish`, then an id.
  std::vector<entry> entries;                          ///< Grouped by shard.
  std::array<std::uint32_t, shard_count + 1> first{};  ///< Entries of a shard.
  std::vector<std::uint32_t> numbers;                  ///< Per entry: its number within its shard, later its id.
};

account_numbering::account_numbering() = default;
account_numbering::~account_numbering() = default;

std::size_t account_numbering::reserve_blocks(std::size_t count) {
  const std::size_t first = blocks_.size();
  for (std::size_t i = 0; i < count; ++i) { blocks_.push_back(std::make_unique<block>()); }
  return first;
}

std::vector<account_numbering::bad_name> account_numbering::add(std::size_t number,
                                                                std::span<const std::string_view> names) {
  block& out = *blocks_[number];
  out.codes.resize(names.size());
  std::vector<block::entry> found;
  std::vector<std::uint32_t> slots(std::bit_ceil(2 * names.size() + 2), no_id);
  const std::size_t mask = slots.size() - 1;
  std::string_view last;
  std::uint32_t last_code = no_id;
  for (std::size_t row = 0; row < names.size(); ++row) {
    // Rows of one account often follow each other.
    if (row > 0 && names[row] == last) {
      out.codes[row] = last_code;
      continue;
    }
    last = names[row];
    const std::uint64_t hash = hash_of(last);
    std::size_t at = hash & mask;
    while (slots[at] != no_id && (found[slots[at]].hash != hash || found[slots[at]].name != last)) {
      at = (at + 1) & mask;
    }
    if (slots[at] == no_id) {
      slots[at] = static_cast<std::uint32_t>(found.size());
      found.push_back({hash, last});
    }
    last_code = slots[at];
    out.codes[row] = last_code;
  }

  // Check each distinct name once, and group the good ones by shard.
  std::vector<const char*> faults(found.size(), nullptr);
  bool any_bad = false;
  for (std::size_t i = 0; i < found.size(); ++i) {
    faults[i] = fault_of_name(found[i].name);
    if (faults[i] == nullptr && is_system_account(found[i].name)) { faults[i] = "is the name of a system account"; }
    any_bad = any_bad || faults[i] != nullptr;
    if (faults[i] == nullptr) { ++out.first[shard_of(found[i].hash) + 1]; }
  }
  for (std::size_t shard = 0; shard < shard_count; ++shard) { out.first[shard + 1] += out.first[shard]; }
  out.entries.resize(out.first[shard_count]);
  std::array<std::uint32_t, shard_count> next{};
  std::copy_n(out.first.begin(), shard_count, next.begin());
  std::vector<std::uint32_t> moved(found.size(), no_id);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (faults[i] != nullptr) { continue; }
    moved[i] = next[shard_of(found[i].hash)]++;
    out.entries[moved[i]] = found[i];
  }
  std::vector<bad_name> bad;
  for (std::size_t row = 0; row < names.size(); ++row) {
    if (any_bad && faults[out.codes[row]] != nullptr) {
      bad.push_back({static_cast<std::uint32_t>(row), faults[out.codes[row]]});
    }
    out.codes[row] = moved[out.codes[row]];
  }
  return bad;
}

name_table account_numbering::finish() {
  // Shard by shard: number the distinct names in order of discovery.
  std::array<std::vector<std::string_view>, shard_count> distinct;
  for (const auto& one : blocks_) { one->numbers.resize(one->entries.size()); }
  oneapi::tbb::parallel_for(std::size_t{0}, shard_count, [&](std::size_t shard) {
    std::size_t entries = 0;
    for (const auto& one : blocks_) { entries += one->first[shard + 1] - one->first[shard]; }
    std::vector<std::uint32_t> slots(std::bit_ceil(2 * entries + 2), no_id);
    const std::size_t mask = slots.size() - 1;
    std::vector<std::uint64_t> hashes;
    std::vector<std::string_view>& names = distinct[shard];
    for (const auto& one : blocks_) {
      for (std::uint32_t i = one->first[shard]; i < one->first[shard + 1]; ++i) {
        const block::entry& wanted = one->entries[i];
        std::size_t at = wanted.hash & mask;
        while (slots[at] != no_id && (hashes[slots[at]] != wanted.hash || names[slots[at]] != wanted.name)) {
          at = (at + 1) & mask;
        }
        if (slots[at] == no_id) {
          slots[at] = static_cast<std::uint32_t>(names.size());
          names.push_back(wanted.name);
          hashes.push_back(wanted.hash);
        }
        one->numbers[i] = slots[at];
      }
    }
  });

  // Sort all names.
  std::array<std::uint32_t, shard_count + 1> base{};
  for (std::size_t shard = 0; shard < shard_count; ++shard) {
    base[shard + 1] = base[shard] + static_cast<std::uint32_t>(distinct[shard].size());
  }
  std::string_view sample;
  for (const auto& names : distinct) {
    if (!names.empty()) { sample = names.front(); }
  }
  using range = oneapi::tbb::blocked_range<std::size_t>;
  const std::size_t prefix = oneapi::tbb::parallel_reduce(
      range(0, shard_count), sample.size(),
      [&](const range& shards, std::size_t length) {
        for (std::size_t shard = shards.begin(); shard < shards.end(); ++shard) {
          for (const std::string_view name : distinct[shard]) {
            length = std::min(length, shared_prefix(name.substr(0, length), sample));
          }
        }
        return length;
      },
      [](std::size_t a, std::size_t b) { return std::min(a, b); });
  std::vector<sort_key> keys(base[shard_count]);
  oneapi::tbb::parallel_for(std::size_t{0}, shard_count, [&](std::size_t shard) {
    for (std::uint32_t i = 0; i < distinct[shard].size(); ++i) {
      keys[base[shard] + i] = make_key(distinct[shard][i], prefix, base[shard] + i);
    }
  });
  oneapi::tbb::parallel_sort(keys.begin(), keys.end(), [prefix](const sort_key& a, const sort_key& b) {
    if (a.high != b.high) { return a.high < b.high; }
    if (a.low != b.low) { return a.low < b.low; }
    if (a.name.size() <= prefix + key_bytes || b.name.size() <= prefix + key_bytes) {
      return a.name.size() < b.name.size();
    }
    return a.name.substr(prefix + key_bytes) < b.name.substr(prefix + key_bytes);
  });

  // An id is the index in that order. Copy the ids back to entries and rows.
  std::vector<std::uint32_t> id_of(keys.size());
  oneapi::tbb::parallel_for(range(0, keys.size()), [&](const range& places) {
    for (std::size_t place = places.begin(); place < places.end(); ++place) {
      id_of[keys[place].number] = static_cast<std::uint32_t>(place);
    }
  });
  oneapi::tbb::parallel_for(std::size_t{0}, blocks_.size(), [&](std::size_t number) {
    block& one = *blocks_[number];
    for (std::size_t shard = 0; shard < shard_count; ++shard) {
      for (std::uint32_t i = one.first[shard]; i < one.first[shard + 1]; ++i) {
        one.numbers[i] = id_of[base[shard] + one.numbers[i]];
      }
    }
    for (std::uint32_t& code : one.codes) {
      if (code != no_id) { code = one.numbers[code]; }
    }
    one.entries = {};
    one.numbers = {};
  });
  name_table table;
  std::size_t chars = 0;
  for (const sort_key& key : keys) { chars += key.name.size(); }
  table.reserve(keys.size(), chars);
  for (const sort_key& key : keys) { table.append(key.name); }
  return table;
}

std::span<const std::uint32_t> account_numbering::ids(std::size_t number) const { return blocks_[number]->codes; }

}  // namespace plimsoll::io
