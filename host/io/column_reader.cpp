#include "host/io/column_reader.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include <arrow/array/array_decimal.h>
#include <arrow/array/array_dict.h>
#include <arrow/type.h>
#include <arrow/util/config.h>
#include <arrow/util/decimal.h>

#include "host/io/text.hpp"
#include "host/text/instant.hpp"
#include "host/text/rounding.hpp"
#include "host/text/score_text.hpp"

namespace plimsoll::io {

namespace {

using arrow::Type;

bool is_text(Type::type id) {
  switch (id) {
    case Type::STRING:
    case Type::BINARY:
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
    case Type::STRING_VIEW:
    case Type::BINARY_VIEW: return true;
    default: return false;
  }
}

bool is_whole(Type::type id) { return arrow::is_integer(id); }

/// Value of an integer array's cell.
int128 whole_at(const arrow::Array& array, std::int64_t row) {
  switch (array.type_id()) {
    case Type::INT8: return static_cast<const arrow::Int8Array&>(array).Value(row);
    case Type::UINT8: return static_cast<const arrow::UInt8Array&>(array).Value(row);
    case Type::INT16: return static_cast<const arrow::Int16Array&>(array).Value(row);
    case Type::UINT16: return static_cast<const arrow::UInt16Array&>(array).Value(row);
    case Type::INT32: return static_cast<const arrow::Int32Array&>(array).Value(row);
    case Type::UINT32: return static_cast<const arrow::UInt32Array&>(array).Value(row);
    case Type::INT64: return static_cast<const arrow::Int64Array&>(array).Value(row);
    default: return static_cast<const arrow::UInt64Array&>(array).Value(row);
  }
}

// Since Arrow 18 decimals of 32 and 64 bits have types of their own.
#if ARROW_VERSION_MAJOR >= 18
bool is_narrow_decimal(Type::type id) { return id == Type::DECIMAL32 || id == Type::DECIMAL64; }
std::int64_t narrow_decimal_at(const arrow::Array& array, std::int64_t row) {
  const auto* bytes = static_cast<const arrow::FixedSizeBinaryArray&>(array).GetValue(row);
  if (array.type_id() == Type::DECIMAL64) {
    std::int64_t wide = 0;
    std::memcpy(&wide, bytes, sizeof wide);
    return wide;
  }
  std::int32_t narrow = 0;
  std::memcpy(&narrow, bytes, sizeof narrow);
  return narrow;
}
#else
bool is_narrow_decimal(Type::type) { return false; }
std::int64_t narrow_decimal_at(const arrow::Array&, std::int64_t) { return 0; }
#endif

bool is_exact_decimal(Type::type id) {
  return id == Type::DECIMAL128 || id == Type::DECIMAL256 || is_narrow_decimal(id);
}

/// digits x 10^-scale as plain text; Arrow's own text has an exponent for very small values.
std::string place_point(std::string digits, int scale) {
  const bool negative = digits.starts_with('-');
  if (negative) { digits.erase(0, 1); }
  if (scale <= 0) {
    digits.append(static_cast<std::size_t>(-scale), '0');
  } else {
    const auto places = static_cast<std::size_t>(scale);
    if (digits.size() <= places) { digits.insert(0, places + 1 - digits.size(), '0'); }
    digits.insert(digits.size() - places, 1, '.');
  }
  return negative ? "-" + digits : digits;
}

/// Text of a decimal array's cell, at the scale of its type.
std::string decimal_at(const arrow::Array& array, std::int64_t row) {
  const int scale = static_cast<const arrow::DecimalType&>(*array.type()).scale();
  if (is_narrow_decimal(array.type_id())) { return place_point(std::to_string(narrow_decimal_at(array, row)), scale); }
  const auto* bytes = static_cast<const arrow::FixedSizeBinaryArray&>(array).GetValue(row);
  return place_point(array.type_id() == Type::DECIMAL128 ? arrow::Decimal128(bytes).ToIntegerString()
                                                         : arrow::Decimal256(bytes).ToIntegerString(),
                     scale);
}

std::string instant_at(const arrow::Array& array, std::int64_t row) {
  const std::int64_t value = static_cast<const arrow::TimestampArray&>(array).Value(row);
  const auto unit = static_cast<const arrow::TimestampType&>(*array.type()).unit();
  const std::int64_t ns_per_unit = unit == arrow::TimeUnit::SECOND  ? 1'000'000'000
                                   : unit == arrow::TimeUnit::MILLI ? 1'000'000
                                   : unit == arrow::TimeUnit::MICRO ? 1'000
                                                                    : 1;
  std::int64_t ns = 0;
  if (__builtin_mul_overflow(value, ns_per_unit, &ns)) { return "beyond the years 1678 to 2261"; }
  return format_instant(ns);
}

double float_at(const arrow::Array& array, std::int64_t row) {
  return array.type_id() == Type::DOUBLE ? static_cast<const arrow::DoubleArray&>(array).Value(row)
                                         : static_cast<const arrow::FloatArray&>(array).Value(row);
}

/// Text of a cell that is not null, of any accepted type except text and dictionaries.
std::string made_text(const arrow::Array& array, std::int64_t row, float_form floats) {
  const Type::type id = array.type_id();
  if (floats == float_form::exact && (id == Type::DOUBLE || id == Type::FLOAT)) {
    if (const auto exact = exact_decimal(float_at(array, row))) { return format_decimal(*exact); }
  }
  if (is_whole(id)) { return format_units(whole_at(array, row), 0); }
  if (is_exact_decimal(id)) { return decimal_at(array, row); }
  if (id == Type::TIMESTAMP) { return instant_at(array, row); }
  if (id == Type::DOUBLE) { return score_text(static_cast<const arrow::DoubleArray&>(array).Value(row)); }
  if (id == Type::FLOAT) { return score_text(static_cast<const arrow::FloatArray&>(array).Value(row)); }
  if (id == Type::STRING_VIEW || id == Type::BINARY_VIEW) {
    return std::string(static_cast<const arrow::BinaryViewArray&>(array).GetView(row));
  }
  return "";
}

}  // namespace

const char* fault_of_type(const arrow::DataType& type, cell_kind kind, const import_rules& import) {
  const Type::type id = type.id();
  if (id == Type::NA || is_text(id)) { return nullptr; }
  if (id == Type::DICTIONARY) {
    return is_text(static_cast<const arrow::DictionaryType&>(type).value_type()->id())
               ? nullptr
               : "is a dictionary of something other than text";
  }
  switch (kind) {
    case cell_kind::name: return is_whole(id) ? nullptr : "must be a column of text or integers";
    case cell_kind::word: return "must be a column of text";
    case cell_kind::time:
      if (id == Type::TIMESTAMP) {
        return static_cast<const arrow::TimestampType&>(type).timezone().empty()
                   ? "is a column of timestamps without a time zone; give them one, or write RFC 3339 text"
                   : nullptr;
      }
      if (is_whole(id) && import.as_of_unit) { return nullptr; }
      if (arrow::is_floating(id)) {
        return "is a column of floats: write whole numbers and their unit as as_of_unit under [import] in venue.toml, "
               "or RFC 3339 text";
      }
      return "must be a column of RFC 3339 text or of timestamps with a time zone";
    case cell_kind::score:
      if (id == Type::DOUBLE || id == Type::FLOAT) { return nullptr; }
      [[fallthrough]];
    case cell_kind::number:
      if (is_whole(id) || is_exact_decimal(id)) { return nullptr; }
      if (!arrow::is_floating(id)) { return "must be a column of decimals, integers or text"; }
      if (id == Type::HALF_FLOAT) { return "is a column of half floats; write decimals, integers or text"; }
      return import.round != rounding::refuse ? nullptr
                                              : "is a column of floats, which are not exact; write decimals, integers "
                                                "or text, or have them rounded to their steps: --round half_even";
  }
  return nullptr;
}

text_cells::text_cells(const arrow::Array& array, float_form floats) {
  if (array.type_id() == Type::NA) { return; }
  if (array.null_count() > 0) {
    validity_ = array.null_bitmap_data();
    validity_offset_ = array.offset();
  }
  switch (array.type_id()) {
    case Type::STRING:
    case Type::BINARY: {
      const auto& texts = static_cast<const arrow::BinaryArray&>(array);
      small_ = texts.raw_value_offsets();
      chars_ = reinterpret_cast<const char*>(texts.raw_data());
      return;
    }
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY: {
      const auto& texts = static_cast<const arrow::LargeBinaryArray&>(array);
      large_ = texts.raw_value_offsets();
      chars_ = reinterpret_cast<const char*>(texts.raw_data());
      return;
    }
    case Type::DICTIONARY: {
      const auto& coded = static_cast<const arrow::DictionaryArray&>(array);
      dictionary_ = std::make_unique<text_cells>(*coded.dictionary());
      dictionary_size_ = coded.dictionary()->length();
      codes_.resize(static_cast<std::size_t>(array.length()));
      for (std::int64_t row = 0; row < array.length(); ++row) {
        codes_[static_cast<std::size_t>(row)] = array.IsNull(row) ? 0 : coded.GetValueIndex(row);
      }
      return;
    }
    default: own(array, floats);
  }
}

void text_cells::own(const arrow::Array& array, float_form floats) {
  owned_ = std::make_unique<owned_texts>();
  owned_->offsets.reserve(static_cast<std::size_t>(array.length()) + 1);
  for (std::int64_t row = 0; row < array.length(); ++row) {
    if (array.IsValid(row)) { owned_->chars += made_text(array, row, floats); }
    owned_->offsets.push_back(static_cast<std::int64_t>(owned_->chars.size()));
  }
  chars_ = owned_->chars.data();
  large_ = owned_->offsets.data();
}

std::string cell_text(const arrow::Array* array, std::int64_t row) {
  if (array == nullptr) { return ""; }
  const auto one = array->Slice(row, 1);
  return std::string(text_cells(*one)[0]);
}

decimal number_cells::at(std::int64_t row) const {
  const auto i = static_cast<std::size_t>(row);
  assert(scale[i] != blank && scale[i] != bad);
  if (scale[i] == wide) {
    const auto place = std::lower_bound(wide_ones.begin(), wide_ones.end(), row,
                                        [](const auto& one, std::int64_t wanted) { return one.first < wanted; });
    return place->second;
  }
  std::int64_t reduced = mantissa[i];
  int digits = scale[i];
  while (digits > 0 && reduced % 10 == 0) {
    reduced /= 10;
    --digits;
  }
  return {reduced, digits};
}

bool scale_to_steps(std::int64_t mantissa, int scale, int digits, std::int64_t& steps) {
  if (scale <= digits) {
    const int shift = digits - scale;
    if (shift > 18) {
      steps = 0;
      return mantissa == 0;
    }
    return !__builtin_mul_overflow(mantissa, powers_of_ten[shift], &steps);
  }
  const int excess = scale - digits;
  if (excess > 18) {
    steps = 0;
    return mantissa == 0;
  }
  steps = mantissa / powers_of_ten[excess];
  return steps * powers_of_ten[excess] == mantissa;
}

int decimals_seen(std::int64_t mantissa, int scale, int floor) {
  if (mantissa == 0) { return floor; }
  while (scale > floor && mantissa % 10 == 0) {
    mantissa /= 10;
    --scale;
  }
  return std::max(scale, floor);
}

namespace {

/// `-?digits[.digits]` of at most 18 digits; false if the slow path must decide.
inline bool parse_short(std::string_view text, std::int64_t& mantissa, std::uint8_t& scale) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const bool negative = *at == '-';
  if (negative) { ++at; }
  const char* const begin = at;
  std::uint64_t value = 0;
  unsigned digit = 0;
  while (at != end && (digit = static_cast<unsigned char>(*at) - unsigned{'0'}) <= 9) {
    value = value * 10 + digit;
    ++at;
  }
  const auto whole_digits = at - begin;
  std::ptrdiff_t part_digits = 0;
  if (at != end) {
    if (*at != '.') { return false; }
    ++at;
    const char* const part = at;
    while (at != end && (digit = static_cast<unsigned char>(*at) - unsigned{'0'}) <= 9) {
      value = value * 10 + digit;
      ++at;
    }
    part_digits = at - part;
    if (at != end || part_digits == 0) { return false; }
  }
  if (whole_digits == 0 || whole_digits + part_digits > 18) { return false; }
  mantissa = negative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
  scale = static_cast<std::uint8_t>(part_digits);
  return true;
}

/// Stores a decimal that the fast paths do not cover in a cell.
void put(number_cells& out, std::int64_t row, const decimal& value) {
  const auto i = static_cast<std::size_t>(row);
  if (value.mantissa == static_cast<std::int64_t>(value.mantissa)) {
    out.mantissa[i] = static_cast<std::int64_t>(value.mantissa);
    out.scale[i] = static_cast<std::uint8_t>(value.scale);
  } else {
    out.scale[i] = number_cells::wide;
    out.wide_ones.emplace_back(row, value);
  }
}

void put_text(number_cells& out, std::int64_t row, std::string_view text, std::vector<number_fault>& faults,
              number_form form) {
  const auto i = static_cast<std::size_t>(row);
  if (text.empty()) {
    out.scale[i] = number_cells::blank;
    return;
  }
  if (parse_short(text, out.mantissa[i], out.scale[i])) { return; }
  decimal value;
  const decimal_fault fault = form == number_form::plain ? parse_decimal(text, value) : parse_long_decimal(text, value);
  if (fault != decimal_fault::none) {
    out.scale[i] = number_cells::bad;
    faults.push_back({row, fault});
    return;
  }
  put(out, row, value);
}

/// decimal128 with a scale from 0 to 38, the common case: two words per cell, no text is made.
void read_decimal128(const arrow::Decimal128Array& array, int scale, number_cells& out,
                     std::vector<number_fault>& faults) {
  for (std::int64_t row = 0; row < array.length(); ++row) {
    const auto i = static_cast<std::size_t>(row);
    if (array.IsNull(row)) {
      out.scale[i] = number_cells::blank;
      continue;
    }
    std::uint64_t words[2];
    std::memcpy(words, array.GetValue(row), sizeof words);
    const auto low = static_cast<std::int64_t>(words[0]);
    if (static_cast<std::int64_t>(words[1]) == (low >> 63)) {
      out.mantissa[i] = low;
      out.scale[i] = static_cast<std::uint8_t>(scale);
    } else {
      put_text(out, row, decimal_at(array, row), faults, number_form::plain);
    }
  }
}

/// Floats, which are only read if they may be rounded.
void read_floats(const arrow::Array& array, number_cells& out, std::vector<number_fault>& faults, number_form form) {
  for (std::int64_t row = 0; row < array.length(); ++row) {
    const auto i = static_cast<std::size_t>(row);
    if (array.IsNull(row)) {
      out.scale[i] = number_cells::blank;
      continue;
    }
    const double value = float_at(array, row);
    const auto number = form == number_form::exact ? exact_decimal(value) : shortest_decimal(value);
    if (number) {
      put(out, row, *number);
    } else {
      out.scale[i] = number_cells::bad;
      faults.push_back({row, decimal_fault::malformed});
    }
  }
}

}  // namespace

number_form number_form_of(const known_column& column, rounding mode) {
  if (mode == rounding::refuse) { return number_form::plain; }
  return column.step.empty() ? number_form::shortest : number_form::exact;
}

number_cells read_numbers(const arrow::Array& array, std::vector<number_fault>& faults, number_form form) {
  number_cells out;
  const auto rows = static_cast<std::size_t>(array.length());
  out.mantissa.resize(rows);
  out.scale.resize(rows);
  if (array.type_id() == Type::DECIMAL128) {
    const int scale = static_cast<const arrow::Decimal128Type&>(*array.type()).scale();
    if (scale >= 0 && scale <= 38) {
      read_decimal128(static_cast<const arrow::Decimal128Array&>(array), scale, out, faults);
      return out;
    }
  }
  if (array.type_id() == Type::DOUBLE || array.type_id() == Type::FLOAT) {
    read_floats(array, out, faults, form);
    return out;
  }
  if (is_narrow_decimal(array.type_id())) {
    const int scale = static_cast<const arrow::DecimalType&>(*array.type()).scale();
    if (scale >= 0) {
      for (std::int64_t row = 0; row < array.length(); ++row) {
        const auto i = static_cast<std::size_t>(row);
        out.mantissa[i] = array.IsNull(row) ? 0 : narrow_decimal_at(array, row);
        out.scale[i] = array.IsNull(row) ? number_cells::blank : static_cast<std::uint8_t>(scale);
      }
      return out;
    }
  }
  if (is_whole(array.type_id())) {
    for (std::int64_t row = 0; row < array.length(); ++row) {
      if (array.IsNull(row)) {
        out.scale[static_cast<std::size_t>(row)] = number_cells::blank;
      } else {
        put(out, row, {whole_at(array, row), 0});
      }
    }
    return out;
  }
  const text_cells texts(array);
  for (std::int64_t row = 0; row < array.length(); ++row) { put_text(out, row, texts[row], faults, form); }
  return out;
}

}  // namespace plimsoll::io
