// The characters of many names in one block, which results may keep after the names' table has changed or ended.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "host/memory/huge_pages.hpp"

namespace plimsoll {

/// Characters that stay at their address, unchanged, as long as `owner` lives.
struct kept_chars {
  std::shared_ptr<const std::string> owner;
  std::string_view chars;
};

/// Characters are only appended. A block that is full is replaced by a longer copy, so that those who keep the old one
/// are not affected, on any thread. A copy has its own block.
class name_chars {
 public:
  name_chars() = default;
  name_chars(const name_chars& from) { take_copy(from, from.size()); }
  name_chars(name_chars&&) noexcept = default;
  name_chars& operator=(const name_chars& from) {
    if (this != &from) { take_copy(from, from.size()); }
    return *this;
  }
  name_chars& operator=(name_chars&&) noexcept = default;
  ~name_chars() = default;

  [[nodiscard]] const char* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return block_ ? block_->size() : 0; }
  void append(std::string_view more) {
    const bool fits = block_ && more.size() <= block_->capacity() - block_->size();
    const std::shared_ptr<std::string> before = fits ? nullptr : block_;  // `more` may be in it.
    if (!fits) { take_copy(*this, std::max(size() + more.size(), 2 * size())); }
    block_->append(more);
  }
  /// Makes room for `count` characters in all.
  void reserve(std::size_t count) {
    if (!block_ || block_->capacity() < count) { take_copy(*this, count); }
  }
  [[nodiscard]] kept_chars keep() const { return {block_, {data_, size()}}; }

 private:
  /// A block of its own with the characters of `from`, for `count` characters or more.
  void take_copy(const name_chars& from, std::size_t count) {
    auto next = std::make_shared<std::string>();
    reserve_on_huge_pages(*next, std::max(count, from.size()));
    if (from.block_) { next->append(*from.block_); }
    block_ = std::move(next);
    data_ = block_->data();
  }

  std::shared_ptr<std::string> block_;
  const char* data_ = nullptr;  ///< Of the block.
};

}  // namespace plimsoll
