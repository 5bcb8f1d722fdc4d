#include "host/venue/toml_source.hpp"

#include <utility>

#include "host/text/number_fault.hpp"
#include "host/venue/venue_keys.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll {

namespace {

/// 10^18: a larger amount would exceed the 2^62 steps of a unit, and amounts with up to 18 decimals then fit 128 bits.
constexpr int128 amount_max = 1'000'000'000'000'000'000;

/// The way out of a common slip, by the parser's words; blank for others.
const char* way_out(std::string_view description) {
  if (description.find("could not determine value type") != description.npos) {
    return "; a text stands in quotes, as in name = \"venue\"";
  }
  if (description.find("cannot redefine existing") != description.npos && description.ends_with("as table")) {
    return "; a key is either a value or a section: write all its values into the section, or take the section out";
  }
  return "";
}

}  // namespace

toml_source::toml_source(std::string_view text, std::string_view file, refusal_list& refusals)
    : text_(text), file_(file), refusals_(refusals) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines_.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::optional<toml::table> toml_source::parse() {
  try {
    return toml::parse(text_, file_);
  } catch (const toml::parse_error& failure) {
    refuse(failure.source(), "", "",
           "is not TOML: " + std::string(failure.description()) + way_out(failure.description()));
    return std::nullopt;
  }
}

// ---------------------------------------------------------------------------------------------- refusals

void toml_source::refuse(const toml::source_region& region, std::string_view key, std::string value,
                         std::string reason) {
  refused_ = true;
  refusals_.add({std::string(file_), static_cast<std::int64_t>(region.begin.line), std::string(key), std::move(value),
                 std::move(reason)});
}

void toml_source::refuse(std::string_view key, std::string reason) {
  const place& found = places_.at(std::string(key));
  refuse(found.region, key, found.value, std::move(reason));
}

void toml_source::refuse_any(std::initializer_list<std::string_view> keys, std::string reason) {
  const place* last = nullptr;
  std::string_view last_key;
  for (const std::string_view key : keys) {
    const auto found = places_.find(std::string(key));
    if (found == places_.end()) { continue; }
    if (last != nullptr && last->region.begin.line > found->second.region.begin.line) { continue; }
    last = &found->second;
    last_key = key;
  }
  if (last == nullptr) { return refuse(toml::source_region{}, *keys.begin(), "", std::move(reason)); }
  refuse(last->region, last_key, last->value, std::move(reason));
}

void toml_source::refuse_unknown(const toml::key& key, std::string_view full_key) {
  const std::string near = nearest_venue_key(full_key);
  refuse(key.source(), full_key, "",
         "is not a key of the format" + (near.empty() ? std::string() : "; did you mean " + near + "?"));
}

void toml_source::require(const toml::table& root, std::string_view key) {
  if (!root.contains(key)) { refuse(toml::source_region{}, key, "", "is missing"); }
}

void toml_source::keep_place(std::string_view key, const toml::node& value) {
  places_.insert_or_assign(std::string(key), place{value.source(), text_of(value)});
}

// ----------------------------------------------------------------------------------------------- reading

void toml_source::read_section(std::string_view name, const toml::node& value,
                               const std::function<bool(std::string_view, const toml::node&)>& read_key) {
  const toml::table* section = value.as_table();
  if (section == nullptr) {
    return refuse(value.source(), name, text_of(value), "must be a section, [" + std::string(name) + "]");
  }
  for (const auto& [key, inner] : *section) {
    if (!read_key(key.str(), inner)) { refuse_unknown(key, std::string(name) + "." + std::string(key.str())); }
  }
}

void toml_source::read_text(std::string_view key, const toml::node& value, std::string& out) {
  keep_place(key, value);
  const auto text = value.value_exact<std::string>();
  if (!text) { return refuse(value.source(), key, text_of(value), "must be a text in quotes"); }
  if (text->empty()) { return refuse(value.source(), key, "", "is empty"); }
  if (text->find('\0') != std::string::npos) { return refuse(value.source(), key, "", "has a NUL character"); }
  out = *text;
}

void toml_source::read_flag(std::string_view key, const toml::node& value, bool& out) {
  keep_place(key, value);
  if (const auto flag = value.value_exact<bool>()) {
    out = *flag;
  } else {
    refuse(value.source(), key, text_of(value), "must be true or false");
  }
}

std::optional<decimal> toml_source::read_number(std::string_view key, const toml::node& value) {
  keep_place(key, value);
  std::string text;
  if (const auto quoted = value.value_exact<std::string>()) {
    text = *quoted;
  } else if (value.is_number()) {
    for (const char c : text_of(value)) {
      if (c != '_') { text += c; }  // TOML's digit separator.
    }
  } else {
    refuse(value.source(), key, text_of(value), "must be a number");
    return std::nullopt;
  }
  decimal number;
  if (const decimal_fault fault = parse_decimal(text, number); fault != decimal_fault::none) {
    refuse(value.source(), key, text, fault_of_number(fault, text));
    return std::nullopt;
  }
  return number;
}

std::optional<decimal> toml_source::read_amount(std::string_view key, const toml::node& value) {
  const auto number = read_number(key, value);
  if (!number) { return std::nullopt; }
  const auto finest = to_units(*number, limits::step_digits_max);
  if (number->mantissa < 0) {
    refuse(key, "must not be negative");
  } else if (!finest || *finest > amount_max * amount_max) {
    refuse(key, "must be at most 10^18, with at most 18 decimals");
  } else {
    return number;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> toml_source::read_ppm(std::string_view key, const toml::node& value, std::int64_t least,
                                                   std::int64_t most) {
  const auto number = read_number(key, value);
  if (!number) { return std::nullopt; }
  const auto bound = [](std::int64_t millionths) {
    std::string out = format_units(millionths, 6);
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') { out.pop_back(); }
    return out;
  };
  const auto millionths = to_units(*number, 6);
  if (millionths && *millionths >= least && *millionths <= most) { return static_cast<std::uint32_t>(*millionths); }
  // If the least value is one millionth, zero is excluded, so the message says "above 0".
  const std::string from = least == 1 ? "above 0 and at most " : "from " + bound(least) + " to ";
  const bool is_percent = most == limits::ppm && millionths && *millionths > most && *millionths <= 100 * most;
  refuse(key, "must be " + from + bound(most) + ", with at most six decimals" +
                  (is_percent ? "; write the part of one, as 0.3 for 30 %" : ""));
  return std::nullopt;
}

std::optional<std::int64_t> toml_source::read_count(std::string_view key, const toml::node& value, std::int64_t least,
                                                    std::int64_t most) {
  const auto number = read_number(key, value);
  if (!number) { return std::nullopt; }
  const auto whole = to_units(*number, 0);
  if (whole && *whole >= least && *whole <= most) { return static_cast<std::int64_t>(*whole); }
  refuse(key, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::string toml_source::text_of(const toml::node& value) const {
  const toml::source_region& region = value.source();
  if (region.begin.line == 0 || region.begin.line > lines_.size()) { return ""; }
  const std::string_view line = lines_[region.begin.line - 1];
  // toml++ counts columns in code points.
  std::size_t begin = line.size();
  std::size_t end = line.size();
  toml::source_index column = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if ((static_cast<unsigned char>(line[at]) & 0xC0U) == 0x80U) { continue; }
    ++column;
    if (column == region.begin.column) { begin = at; }
    if (region.end.line == region.begin.line && column == region.end.column) { end = at; }
  }
  std::string_view text = line.substr(begin, end - begin);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) { text.remove_suffix(1); }
  if (value.is_string() && text.size() >= 2 && (text.front() == '"' || text.front() == '\'')) {
    text = text.substr(1, text.size() - 2);
  }
  return std::string(text);
}

}  // namespace plimsoll
