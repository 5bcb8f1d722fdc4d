// Names to dense ids: a small index for assets and instruments, a parallel one for millions of accounts.
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

/// Finds the place of a name among a few; names must outlive it and be distinct.
class name_index {
 public:
  name_index() = default;
  /// Ids are places in `names`.
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
  std::vector<std::uint32_t> slots_;  ///< Open addressing; no_id where free.
  std::shared_ptr<meant_names> meant_ = std::make_shared<meant_names>();
};

/// Gives every distinct name of many blocks of rows an id in bytewise order, whatever the order and the threads.
class account_numbering {
 public:
  account_numbering();
  ~account_numbering();
  account_numbering(const account_numbering&) = delete;
  account_numbering& operator=(const account_numbering&) = delete;

  /// Makes room for `count` more blocks; the first one's number comes back. Not while blocks are added.
  [[nodiscard]] std::size_t reserve_blocks(std::size_t count);

  /// Block `block` has these names, a row each; the texts must stay alive until `finish` returns. Blocks may be added
  /// from several threads. Rows whose name is no good as an account's come back, with why, and have no id.
  struct bad_name {
    std::uint32_t row;
    const char* fault;
  };
  [[nodiscard]] std::vector<bad_name> add(std::size_t block, std::span<const std::string_view> names);

  /// All distinct good names, sorted; `ids` works from then on.
  [[nodiscard]] name_table finish();

  /// The ids of a block's rows; no_id where the name is no good.
  [[nodiscard]] std::span<const std::uint32_t> ids(std::size_t block) const;

 private:
  struct block;
  std::vector<std::unique_ptr<block>> blocks_;
};

}  // namespace plimsoll::io
