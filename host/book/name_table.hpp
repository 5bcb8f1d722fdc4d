// Many names in one block of memory. An id is a name's index in the table.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "host/book/name_chars.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// Sorted bytewise if the function that takes the table requires it. A sorted table may have vacant ids for new names.
/// A vacant id has the name before it, so that a binary search meets the name's own id first.
class name_table {
 public:
  [[nodiscard]] std::string_view operator[](std::uint32_t id) const {
    const char* const at = chars_.data() + starts_[id];
    std::uint32_t size;
    std::memcpy(&size, at, sizeof size);
    return {at + sizeof size, size};
  }
  /// Vacant ids included.
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(starts_.size()); }
  void append(std::string_view name) { starts_.push_back(store(name)); }
  void reserve(std::size_t names, std::size_t chars) {
    starts_.reserve(names);
    chars_.reserve(chars + names * sizeof(std::uint32_t));
  }

  /// Id of a name in a sorted table, or no_id.
  [[nodiscard]] std::uint32_t find(std::string_view name) const;

  /// Builds a hash index: from now on `find` takes one step instead of a search.
  void index();
  void drop_index() { slots_ = {}; }

  /// Number of vacant ids of an indexed table.
  [[nodiscard]] std::uint32_t vacant() const { return size() - entered_; }
  [[nodiscard]] bool is_vacant(std::uint32_t id) const { return id != 0 && starts_[id] == starts_[id - 1]; }
  /// Lays out a vacant id after each `block` names (0: none), and `run` more in front of the place of `before`, or
  /// after the first name. Returns the new id of each old one; a vacant id gets that of its name.
  std::vector<std::uint32_t> spread(std::uint32_t block, std::uint32_t run = 0, std::string_view before = {});

  /// The ids that moved for a new name: [first, last) moved by `by`.
  struct opened {
    std::uint32_t id;
    std::uint32_t first;
    std::uint32_t last;
    int by;
  };
  /// Inserts a new name into a sorted table: into the nearest vacant id, or at the end. Nothing happens if no id within
  /// `shift_limit` is vacant.
  [[nodiscard]] std::optional<opened> open(std::string_view name, std::uint32_t shift_limit = 1024);

  /// Ids [first, first + id_of.size()) have new values; a vacant id has that of its name.
  struct moved {
    std::uint32_t first = 0;
    std::vector<std::uint32_t> id_of;
  };
  /// Moves vacant ids of an indexed table to the place of `name`, from a window of `width` ids or more. Nothing happens
  /// if the whole table has too few.
  [[nodiscard]] std::optional<moved> make_room(std::string_view name, std::uint32_t width);

  /// Prefetch the memory that `find` will read, step by step.
  [[nodiscard]] std::uint64_t prefetch(std::string_view name) const;  ///< Returns the hash for `guess`.
  [[nodiscard]] std::uint32_t guess(std::uint64_t hash) const;  ///< Probably the name's id; or no_id. Needs an index.
  /// Always inlined: g++ treats a function that only prefetches as having no effect and drops the call.
  [[gnu::always_inline]] void prefetch_name(std::uint32_t id) const { __builtin_prefetch(chars_.data() + starts_[id]); }

  /// Keeps the characters of all present names.
  [[nodiscard]] kept_chars keep() const { return chars_.keep(); }

  [[nodiscard]] std::uint64_t bytes() const {
    return starts_.size() * sizeof starts_[0] + chars_.size() + slots_.size() * sizeof(slot);
  }

 private:
  /// A slot of the index, which uses open addressing.
  struct slot {
    std::uint32_t tag;
    std::uint32_t id;  ///< no_id: free.
  };

  std::uint64_t store(std::string_view name);
  [[nodiscard]] std::uint32_t lower_bound(std::string_view name) const;
  void enter(std::string_view name, std::uint32_t id);
  void renumber(std::uint32_t from, std::uint32_t to);

  name_chars chars_;                   ///< For each name: its size in 4 bytes, then its characters.
  std::vector<std::uint64_t> starts_;  ///< Into `chars_`.
  std::vector<slot> slots_;
  std::uint32_t entered_ = 0;
};

}  // namespace plimsoll
