// Maps names to dense ids: a small index for assets and instruments, a parallel one for millions of accounts.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/book/book.hpp"

namespace plimsoll::io {

/// Finds the index of a name among a few names, which must outlive this object and be distinct.
class name_index {
 public:
  name_index() = default;
  /// Ids are indices into `names`.
  explicit name_index(std::vector<std::string_view> names);

  /// Id of the name, or no_id.
  [[nodiscard]] std::uint32_t find(std::string_view name) const;
  [[nodiscard]] bool contains(std::string_view name) const { return find(name) != no_id; }
  /// For a refusal of `name`, which is not here: "; did you mean "X"?" with the name that is the same but for case and
  /// signs, else with the nearest one. Blank where none is near, and for all but the first few names that were asked
  /// for. From any thread.
  [[nodiscard]] std::string meant(std::string_view name) const;

 private:
  struct meant_names {
    std::mutex lock;
    std::map<std::string, std::string, std::less<>> texts;  ///< By name that was asked for.
  };

  std::vector<std::string_view> names_;
  std::vector<std::uint32_t> slots_;  ///< Open addressing; no_id in a free slot.
  std::shared_ptr<meant_names> meant_ = std::make_shared<meant_names>();
};

/// Gives every distinct name of many blocks of rows an id in bytewise order, independent of the order of rows and of
/// threads.
class account_numbering {
 public:
  account_numbering();
  ~account_numbering();
  account_numbering(const account_numbering&) = delete;
  account_numbering& operator=(const account_numbering&) = delete;

  /// Reserves `count` more blocks; returns the number of the first. Must not run while blocks are added.
  [[nodiscard]] std::size_t reserve_blocks(std::size_t count);

  /// Adds the names of block `block`, one per row; the texts must stay alive until `finish` returns. Blocks may be
  /// added from several threads. Returns the rows whose name is not valid for an account, with the reasons; these rows
  /// have no id.
  struct bad_name {
    std::uint32_t row;
    const char* fault;
  };
  [[nodiscard]] std::vector<bad_name> add(std::size_t block, std::span<const std::string_view> names);

  /// Returns all distinct valid names, sorted; `ids` may be called from then on.
  [[nodiscard]] name_table finish();

  /// The ids of a block's rows; no_id if the name is not valid.
  [[nodiscard]] std::span<const std::uint32_t> ids(std::size_t block) const;

 private:
  struct block;
  std::vector<std::unique_ptr<block>> blocks_;
};

}  // namespace plimsoll::io
