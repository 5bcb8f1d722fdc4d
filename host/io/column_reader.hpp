// Reads cells of one Arrow array as text or as exact numbers, whatever the array's type. Inside host/io only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/array.h>

#include "host/io/schema.hpp"
#include "host/text/decimal.hpp"
#include "host/venue/venue.hpp"

namespace plimsoll::io {

/// The reason why a column of this type cannot hold cells of that kind, as a predicate; null if it can.
[[nodiscard]] const char* fault_of_type(const arrow::DataType& type, cell_kind kind, const import_rules& import);

/// Form of a float as text.
enum class float_form : unsigned char {
  shortest,  ///< The fewest digits that convert back to the same float.
  exact,     ///< All its digits.
};

/// Cells as text; a null is a blank cell. Views point into the array, which must outlive them, or into this object.
class text_cells {
 public:
  text_cells() = default;  ///< A missing column: every cell is blank.
  explicit text_cells(const arrow::Array& array, float_form floats = float_form::shortest);

  [[nodiscard]] std::string_view operator[](std::int64_t row) const {
    if (validity_ != nullptr) {
      const auto bit = static_cast<std::uint64_t>(row + validity_offset_);
      if ((validity_[bit / 8] >> (bit % 8) & 1U) == 0) { return {}; }
    }
    if (small_ != nullptr) { return {chars_ + small_[row], static_cast<std::size_t>(small_[row + 1] - small_[row])}; }
    if (large_ != nullptr) { return {chars_ + large_[row], static_cast<std::size_t>(large_[row + 1] - large_[row])}; }
    if (dictionary_ != nullptr) { return (*dictionary_)[codes_[static_cast<std::size_t>(row)]]; }
    return {};
  }

  /// The distinct texts if the array is dictionary-encoded; else null. `code` then returns the index of a row's text,
  /// or -1 if the cell is blank.
  [[nodiscard]] const text_cells* dictionary() const { return dictionary_.get(); }
  [[nodiscard]] std::int64_t dictionary_size() const { return dictionary_size_; }
  [[nodiscard]] std::int64_t code(std::int64_t row) const {
    if (validity_ != nullptr) {
      const auto bit = static_cast<std::uint64_t>(row + validity_offset_);
      if ((validity_[bit / 8] >> (bit % 8) & 1U) == 0) { return -1; }
    }
    return codes_[static_cast<std::size_t>(row)];
  }

 private:
  void own(const arrow::Array& array, float_form floats);

  const std::uint8_t* validity_ = nullptr;
  std::int64_t validity_offset_ = 0;
  const char* chars_ = nullptr;
  const std::int32_t* small_ = nullptr;
  const std::int64_t* large_ = nullptr;
  std::vector<std::int64_t> codes_;
  std::unique_ptr<text_cells> dictionary_;
  std::int64_t dictionary_size_ = 0;
  struct owned_texts {
    std::string chars;
    std::vector<std::int64_t> offsets{0};
  };
  std::unique_ptr<owned_texts> owned_;
};

/// One cell as text, for a message.
[[nodiscard]] std::string cell_text(const arrow::Array* array, std::int64_t row);

/// Exact numbers of one array: mantissa x 10^-scale, not reduced. Nine bytes per cell.
struct number_cells {
  static constexpr std::uint8_t blank = 255;
  static constexpr std::uint8_t bad = 254;   ///< Refused already.
  static constexpr std::uint8_t wide = 253;  ///< Does not fit 64 bits: see `wide_ones`.

  std::vector<std::int64_t> mantissa;
  std::vector<std::uint8_t> scale;
  std::vector<std::pair<std::int64_t, decimal>> wide_ones;  ///< By row, rising.

  [[nodiscard]] bool empty() const { return scale.empty(); }  ///< The column is missing.
  [[nodiscard]] bool is_blank(std::int64_t row) const {
    return empty() || scale[static_cast<std::size_t>(row)] == blank;
  }
  [[nodiscard]] bool is_bad(std::int64_t row) const { return !empty() && scale[static_cast<std::size_t>(row)] == bad; }
  [[nodiscard]] bool is_short(std::int64_t row) const {
    return !empty() && scale[static_cast<std::size_t>(row)] < wide;
  }
  /// The number of a cell that is neither blank nor bad, in lowest terms.
  [[nodiscard]] decimal at(std::int64_t row) const;
};

/// A cell that is not a number, with the reason.
struct number_fault {
  std::int64_t row;
  decimal_fault fault;
};

/// How to read numbers that 128 bits cannot hold exactly.
enum class number_form : unsigned char {
  plain,     ///< They are faults.
  shortest,  ///< Floats as the shortest decimal that converts back to the same float, text of any length.
  exact,     ///< Floats with their exact value, text of any length: to be rounded.
};
[[nodiscard]] number_form number_form_of(const known_column& column, rounding mode);

/// Reads a column of kind `number`. Cells that are not numbers are marked bad and listed in `faults`.
[[nodiscard]] number_cells read_numbers(const arrow::Array& array, std::vector<number_fault>& faults,
                                        number_form form = number_form::plain);

/// Converts `mantissa` x 10^-`scale` to steps of 10^-`digits` in `steps`; false if it is finer, or beyond 64 bits.
[[nodiscard]] bool scale_to_steps(std::int64_t mantissa, int scale, int digits, std::int64_t& steps);

/// Number of significant decimals of a short number: `scale` without trailing zeros, but not below `floor`.
[[nodiscard]] int decimals_seen(std::int64_t mantissa, int scale, int floor);

inline constexpr std::int64_t powers_of_ten[19] = {1,
                                                   10,
                                                   100,
                                                   1'000,
                                                   10'000,
                                                   100'000,
                                                   1'000'000,
                                                   10'000'000,
                                                   100'000'000,
                                                   1'000'000'000,
                                                   10'000'000'000,
                                                   100'000'000'000,
                                                   1'000'000'000'000,
                                                   10'000'000'000'000,
                                                   100'000'000'000'000,
                                                   1'000'000'000'000'000,
                                                   10'000'000'000'000'000,
                                                   100'000'000'000'000'000,
                                                   1'000'000'000'000'000'000};

}  // namespace plimsoll::io
