// Reading venue.toml: every key is known, every number exact.
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "host/book/decimal.hpp"
#include "host/venue/read_venue.hpp"
#include "plimsoll/limits.hpp"

namespace plimsoll {

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

/// What the executor reads and a scan does not: [section] and its keys.
struct later_section {
  const char* name;
  std::span<const char* const> keys;
};
constexpr const char* liquidation_keys[] = {"mode", "fraction", "target_health", "liquidation_fee"};
constexpr const char* backstop_keys[] = {"capacity"};
constexpr const char* fund_keys[] = {"floor", "limit"};
constexpr later_section later_sections[] = {
    {"liquidation", liquidation_keys}, {"backstop", backstop_keys}, {"fund", fund_keys}};

class venue_reader {
 public:
  venue_reader(std::string_view text, std::string_view file, refusal_list& refusals) : file_(file), refusals_(refusals) {
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      lines_.push_back(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
  }

  std::optional<venue_config> read(const toml::table& root) {
    for (const auto& [key, value] : root) { read_entry(key.str(), key.source(), value); }
    require(root, "name");
    require(root, "quote");
    if (refused_) { return std::nullopt; }
    return venue_;
  }

  void refuse(const toml::source_region& place, std::string_view key, std::string value, std::string reason) {
    refused_ = true;
    refusals_.add({std::string(file_), static_cast<std::int64_t>(place.begin.line), std::string(key), std::move(value),
                   std::move(reason)});
  }

 private:
  void read_entry(std::string_view key, const toml::source_region& place, const toml::node& value) {
    if (key == "name") { return read_text(key, value, venue_.name); }
    if (key == "quote") { return read_text(key, value, venue_.quote); }
    if (key == "collateral") { return read_collateral(value); }
    if (key == "rulebook") { return read_rulebook(value); }
    if (key == "margin") {
      return read_section(key, value, [this](std::string_view inner, const toml::node& node) { return read_margin(inner, node); });
    }
    if (key == "adl") {
      return read_section(key, value, [this](std::string_view inner, const toml::node& node) { return read_adl(inner, node); });
    }
    if (key == "portfolio") {
      return read_section(key, value, [this](std::string_view inner, const toml::node& node) {
        refuse(node.source(), "portfolio." + std::string(inner), "", "is not supported yet: portfolio margin");
        return true;
      });
    }
    for (const later_section& section : later_sections) {
      if (key != section.name) { continue; }
      read_section(key, value, [&section](std::string_view inner, const toml::node&) {
        for (const char* known : section.keys) {
          if (inner == known) { return true; }
        }
        return false;
      });
      refusals_.note(std::string(file_) + ": [" + std::string(key) + "] is not read by a scan");
      return;
    }
    refuse(place, key, "", "is not a key of the format");
  }

  /// Calls `read_key` for each key of the section; it says whether the key is known.
  template <class Function>
  void read_section(std::string_view name, const toml::node& value, Function read_key) {
    const toml::table* section = value.as_table();
    if (section == nullptr) { return refuse(value.source(), name, source_text(value), "must be a section, [" + std::string(name) + "]"); }
    for (const auto& [key, inner] : *section) {
      if (!read_key(key.str(), inner)) {
        refuse(key.source(), std::string(name) + "." + std::string(key.str()), "", "is not a key of the format");
      }
    }
  }

  void read_text(std::string_view key, const toml::node& value, std::string& out) {
    const auto text = value.value_exact<std::string>();
    if (!text) { return refuse(value.source(), key, source_text(value), "must be a text in quotes"); }
    if (text->empty()) { return refuse(value.source(), key, "", "is empty"); }
    if (text->find('\0') != std::string::npos) { return refuse(value.source(), key, "", "holds a NUL character"); }
    out = *text;
  }

  void read_collateral(const toml::node& value) {
    const auto text = value.value_exact<std::string>();
    if (text == "single") {
      venue_.collateral = collateral_mode::single;
    } else if (text == "multi") {
      venue_.collateral = collateral_mode::multi;
    } else {
      refuse(value.source(), "collateral", source_text(value), "must be \"single\" or \"multi\"");
    }
  }

  void read_rulebook(const toml::node& value) {
    const auto text = value.value_exact<std::string>();
    if (text == "default") { return; }
    refuse(value.source(), "rulebook", source_text(value),
           text ? "is not supported yet: \"default\" is the only rulebook" : "must be a text in quotes");
  }

  bool read_margin(std::string_view key, const toml::node& value) {
    if (key == "margin_call_at") {
      const auto number = read_number("margin.margin_call_at", value);
      if (!number) { return true; }
      const auto millionths = to_units(*number, 6);
      if (!millionths) {
        refuse(value.source(), "margin.margin_call_at", source_text(value), "must have at most six decimals and be at most 1000");
      } else if (*millionths < limits::ppm || *millionths > limits::call_ppm_max) {
        refuse(value.source(), "margin.margin_call_at", source_text(value), "must be from 1 to 1000");
      } else {
        venue_.margin_call_ppm = static_cast<std::uint32_t>(*millionths);
      }
      return true;
    }
    if (key == "max_mark_age") {
      const auto number = read_number("margin.max_mark_age", value);
      if (!number) { return true; }
      constexpr auto seconds_max = std::numeric_limits<std::int64_t>::max() / second_ns;
      const auto age_ns = to_units(*number, 9);
      if (number->mantissa < 0) {
        refuse(value.source(), "margin.max_mark_age", source_text(value), "must not be negative");
      } else if (!age_ns || *age_ns > static_cast<int128>(seconds_max) * second_ns) {
        refuse(value.source(), "margin.max_mark_age", source_text(value),
               "must be whole nanoseconds and at most " + std::to_string(seconds_max) + " seconds");
      } else {
        venue_.max_mark_age_ns = static_cast<std::int64_t>(*age_ns);
      }
      return true;
    }
    return false;
  }

  bool read_adl(std::string_view key, const toml::node& value) {
    const auto text = value.value_exact<std::string>();
    if (key == "policy") {
      if (text != "queue") { refuse(value.source(), "adl.policy", source_text(value), "is not supported yet: \"queue\" is the only policy"); }
      return true;
    }
    if (key == "score") {
      constexpr std::array kinds = {score_kind::pnl_leverage, score_kind::binance,  score_kind::hyperliquid, score_kind::pnl,
                                    score_kind::return_on_cost, score_kind::leverage, score_kind::size,      score_kind::given};
      std::string words;
      for (const score_kind kind : kinds) {
        if (text == to_string(kind)) {
          venue_.adl_score = kind;
          return true;
        }
        words += (words.empty() ? "" : ", ") + std::string(to_string(kind));
      }
      refuse(value.source(), "adl.score", source_text(value), "must be one of " + words);
      return true;
    }
    return false;
  }

  /// The number as it stands in the source, so that no float comes between; or in quotes.
  std::optional<decimal> read_number(std::string_view key, const toml::node& value) {
    std::string text;
    if (const auto quoted = value.value_exact<std::string>()) {
      text = *quoted;
    } else if (value.is_number()) {
      for (const char c : source_text(value)) {
        if (c != '_') { text += c; }  // TOML's digit separator.
      }
    } else {
      refuse(value.source(), key, source_text(value), "must be a number");
      return std::nullopt;
    }
    decimal number;
    if (const decimal_fault fault = parse_decimal(text, number); fault != decimal_fault::none) {
      refuse(value.source(), key, text, to_string(fault));
      return std::nullopt;
    }
    return number;
  }

  void require(const toml::table& root, std::string_view key) {
    if (root.contains(key)) { return; }
    refused_ = true;
    refusals_.add({std::string(file_), 0, std::string(key), "", "is missing"});
  }

  /// The text of a value, as far as it stands on one line.
  std::string source_text(const toml::node& value) const {
    const toml::source_region& place = value.source();
    if (place.begin.line == 0 || place.begin.line > lines_.size()) { return ""; }
    const std::string_view line = lines_[place.begin.line - 1];
    // toml++ counts columns in code points.
    std::size_t begin = line.size();
    std::size_t end = line.size();
    toml::source_index column = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
      if ((static_cast<unsigned char>(line[at]) & 0xC0U) == 0x80U) { continue; }
      ++column;
      if (column == place.begin.column) { begin = at; }
      if (place.end.line == place.begin.line && column == place.end.column) { end = at; }
    }
    std::string_view text = line.substr(begin, end - begin);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) { text.remove_suffix(1); }
    if (value.is_string() && text.size() >= 2 && (text.front() == '"' || text.front() == '\'')) { text = text.substr(1, text.size() - 2); }
    return std::string(text);
  }

  std::string_view file_;
  refusal_list& refusals_;
  std::vector<std::string_view> lines_;
  venue_config venue_;
  bool refused_ = false;
};

}  // namespace

std::optional<venue_config> read_venue(std::string_view text, std::string_view file, refusal_list& refusals) {
  venue_reader reader(text, file, refusals);
  try {
    return reader.read(toml::parse(text, file));
  } catch (const toml::parse_error& failure) {
    reader.refuse(failure.source(), "", "", "is not TOML: " + std::string(failure.description()));
    return std::nullopt;
  }
}

}  // namespace plimsoll
