#include "host/import/export_json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace plimsoll::importing {

namespace {

/// Builds a document from the events of nlohmann's parser, because only these have the text of a number.
class text_keeper final : public nlohmann::json_sax<json> {
 public:
  explicit text_keeper(const std::string& file) : file_(file) {}

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return put(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return put(std::to_string(value)); }
  bool number_float(number_float_t /*value*/, const string_t& text) override { return put(text); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*elements*/) override { return open(json::object()); }
  bool key(string_t& value) override {
    key_ = std::move(value);
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*elements*/) override { return open(json::array()); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string& /*token*/, const json::exception& why) override {
    const std::string_view text = why.what();  // "[json.exception...] parse error at line 1, column 9: reason"
    const std::size_t colon = text.find(": ");
    fault_ = fmt::format("{}: is not JSON at byte {}: {}", file_, position,
                         colon == text.npos ? text : text.substr(colon + 2));
    return false;
  }

  [[nodiscard]] result<json> take() {
    if (!fault_.empty()) { return error{error_code::bad_data, fault_}; }
    return std::move(root_);
  }

 private:
  bool put(json value) {
    static_cast<void>(place(std::move(value)));
    return true;
  }
  bool open(json value) {
    if (open_.size() >= 256) {
      fault_ = file_ + ": is nested more than 256 deep";
      return false;
    }
    open_.push_back(place(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  json* place(json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    json& in = *open_.back();
    if (in.is_array()) {
      in.push_back(std::move(value));
      return &in.back();
    }
    return &(in[key_] = std::move(value));
  }

  const std::string& file_;
  json root_;
  std::vector<json*> open_;
  std::string key_;
  std::string fault_;
};

}  // namespace

result<json> parse_json(std::string_view text, const std::string& file) {
  text_keeper keeper(file);
  static_cast<void>(json::sax_parse(text, &keeper));
  return keeper.take();
}

std::string text_of(double value) {
  if (!std::isfinite(value)) { return {}; }
  char digits[512];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value, std::chars_format::fixed);
  return {digits, end.ptr};
}

std::string without_exponent(std::string_view text) {
  const std::size_t at = text.find_first_of("eE");
  const bool signed_exponent = at != std::string_view::npos && at + 1 < text.size() && text[at + 1] == '+';
  int exponent = 0;
  if (at == std::string_view::npos) { return std::string(text); }
  const std::string_view after = text.substr(at + (signed_exponent ? 2 : 1));
  const auto read = std::from_chars(after.data(), after.data() + after.size(), exponent);
  if (read.ec != std::errc{} || read.ptr != after.data() + after.size() || exponent < -400 || exponent > 400) {
    return std::string(text);
  }
  std::string_view number = text.substr(0, at);
  const bool negative = number.starts_with('-');
  if (negative) { number.remove_prefix(1); }
  const std::size_t point = number.find('.');
  std::string digits(number.substr(0, point));
  int scale = 0;
  if (point != std::string_view::npos) {
    digits += number.substr(point + 1);
    scale = static_cast<int>(number.size() - point - 1);
  }
  const bool plain =
      !digits.empty() && std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!plain) { return std::string(text); }
  scale -= exponent;
  if (scale <= 0) {
    digits.append(static_cast<std::size_t>(-scale), '0');
  } else {
    if (digits.size() <= static_cast<std::size_t>(scale)) {
      digits.insert(0, static_cast<std::size_t>(scale) + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - static_cast<std::size_t>(scale), 1, '.');
  }
  const std::size_t zeros = std::min(digits.find_first_not_of('0'), digits.size() - 1);
  if (zeros > 0) { digits.erase(0, digits[zeros] == '.' ? zeros - 1 : zeros); }
  return (negative ? "-" : "") + digits;
}

}  // namespace plimsoll::importing
