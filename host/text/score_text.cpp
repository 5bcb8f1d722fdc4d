#include "host/text/score_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace plimsoll {

void append_score(std::string& out, double score) {
  if (std::isnan(score)) {
    out += "nan";  // No rule computes one, but a message may show one from a file.
    return;
  }
  if (std::isinf(score)) {
    out += score > 0 ? "inf" : "-inf";
    return;
  }
  if (score == 0) {
    out += '0';
    return;
  }
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, score, std::chars_format::scientific).ptr;
  const char* at = text;
  if (*at == '-') { out += *at++; }
  const char* const mark = std::find(at, static_cast<const char*>(end), 'e');
  int exponent = 0;
  std::from_chars(mark[1] == '+' ? mark + 2 : mark + 1, end, exponent);

  char digits[24];
  int count = 0;
  for (; at != mark; ++at) {
    if (*at != '.') { digits[count++] = *at; }
  }
  if (exponent < 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-exponent - 1), '0');
    out.append(digits, static_cast<std::size_t>(count));
    return;
  }
  const int whole = exponent + 1;
  out.append(digits, static_cast<std::size_t>(std::min(whole, count)));
  if (whole >= count) {
    out.append(static_cast<std::size_t>(whole - count), '0');
  } else {
    out += '.';
    out.append(digits + whole, static_cast<std::size_t>(count - whole));
  }
}

std::string score_text(double score) {
  std::string text;
  append_score(text, score);
  return text;
}

parsed_score parse_score(std::string_view text) {
  static constexpr char malformed[] = "is not a plain decimal (digits, at most one point, a leading '-'; no exponent)";
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  const std::size_t point = digits.find('.');
  const std::string_view whole = digits.substr(0, point);
  const std::string_view part = point == std::string_view::npos ? std::string_view("0") : digits.substr(point + 1);
  const auto all_digits = [](std::string_view run) {
    return !run.empty() && std::all_of(run.begin(), run.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!all_digits(whole) || !all_digits(part)) { return {0, malformed}; }
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (read.ec == std::errc::result_out_of_range) {
    // Too large or too small: it is too small if all digits before the point are zeros.
    const bool tiny = std::all_of(whole.begin(), whole.end(), [](char c) { return c == '0'; });
    if (!tiny) { return {0, "is beyond the range of binary64"}; }
    value = std::strtod(std::string(text).c_str(), nullptr);
  }
  if (!std::isfinite(value)) { return {0, "is beyond the range of binary64"}; }
  return {value == 0 ? 0.0 : value, nullptr};
}

}  // namespace plimsoll
