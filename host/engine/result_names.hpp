// The names and steps that rows of results refer to, in a form that outlives the book.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/book/book.hpp"

namespace plimsoll {

/// Names of units, made once per load. Ticks return views of them.
class unit_names {
 public:
  explicit unit_names(const book& source);
  [[nodiscard]] std::string_view operator[](unit_code code) const {
    return code.is_isolated() ? isolated_[segment_of(code.instrument(), code.side())] : cross_[code.asset()];
  }

 private:
  std::vector<std::string> cross_;     ///< By asset.
  std::vector<std::string> isolated_;  ///< By segment.
};

/// The part of a book that results need, until a load or a listing changes its ids.
struct named_book {
  explicit named_book(const book& source);
  reference_data reference;  ///< Assets and instruments only.
  unit_names units;
};

/// Every name of a result, and the steps of its numbers.
struct result_names {
  std::shared_ptr<const named_book> of_book;
  kept_chars accounts;
};

}  // namespace plimsoll
