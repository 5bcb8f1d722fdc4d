#include "host/text/number_fault.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>

namespace plimsoll {

namespace {

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

/// Words and signs that stand where there is no number.
constexpr std::string_view missing[] = {"nan",  "none", "null", "nil", "na",   "n/a",      "#n/a",     "nat",
                                        "<na>", "-",    "--",   "inf", "-inf", "infinity", "-infinity"};

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) { out += static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
  return out;
}

/// Digits, a point perhaps, and an exponent.
bool has_exponent(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) { text.remove_prefix(1); }
  const std::size_t at = text.find_first_of("eE");
  return !text.empty() && (is_digit(text.front()) || text.front() == '.') && at != text.npos && at + 1 < text.size() &&
         std::none_of(text.begin() + static_cast<std::ptrdiff_t>(at) + 1, text.end(), is_letter);
}

/// The way out for a text that is malformed; blank where what it means is not known.
const char* way_out(std::string_view text, rounds can) {
  const std::string word = lower(text);
  if (has_exponent(text)) {
    return can == rounds::yes ? "; with --round half_even it is read and rounded to its step"
                              : "; write it out, as 1000000 for 1e6";
  }
  if (std::find(std::begin(missing), std::end(missing), word) != std::end(missing)) {
    return "; it stands for a number that is missing: leave the cell blank where the column is optional, else the row "
           "out";
  }
  if (text.ends_with('%')) { return "; write the part of one, as 0.05 for 5 %"; }
  if (text.starts_with('(') && text.ends_with(')')) { return "; write a leading '-' in the place of parentheses"; }
  if (text.starts_with("\u2212")) { return "; write the plain '-' of ASCII for the minus"; }
  if (std::any_of(text.begin(), text.end(), is_letter) || text.find_first_of("$\xE2\xC2") != text.npos) {
    return "; write the number alone, without a unit and without separators";
  }
  if (text.find_first_of(", _'") != text.npos) {
    return "; write a point before the decimals and nothing between thousands, as 1234.5";
  }
  if (text.starts_with('+')) { return "; leave the '+' out"; }
  if (text.starts_with('.') || text.starts_with("-.") || text.ends_with('.')) {
    return "; write a digit on both sides of the point";
  }
  return "";
}

}  // namespace

std::string fault_of_number(decimal_fault fault, std::string_view text, rounds can) {
  std::string out = to_string(fault);
  if (fault == decimal_fault::too_long && can == rounds::yes) {
    out += "; it is read and rounded to its step with --round half_even";
  }
  if (fault == decimal_fault::malformed) { out += way_out(text, can); }
  return out;
}

}  // namespace plimsoll
