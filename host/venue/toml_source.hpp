// Reads a TOML text: exact values from its source, refusals by file, line and key.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "host/text/decimal.hpp"
#include "host/text/refusal.hpp"

namespace plimsoll {

/// A word of the format and its value.
template <class Value>
struct toml_word {
  std::string_view word;
  Value value;
};

/// Every reader takes the key in full ("fund.floor") for its refusals, does not change `out` if it refuses, and
/// remembers the place of the key, so that keys that contradict each other can be refused together.
class toml_source {
 public:
  /// `text` and `file` must outlive the source.
  toml_source(std::string_view text, std::string_view file, refusal_list& refusals);

  /// The parsed text; nothing, and a refusal, if it is not TOML.
  [[nodiscard]] std::optional<toml::table> parse();

  [[nodiscard]] bool refused() const { return refused_; }
  void refuse(const toml::source_region& place, std::string_view key, std::string value, std::string reason);
  /// Refuses a key at its place in this text; it must have been read.
  void refuse(std::string_view key, std::string reason);
  /// Refuses keys that contradict each other, at the place of the last one in this text.
  void refuse_any(std::initializer_list<std::string_view> keys, std::string reason);
  void refuse_unknown(const toml::key& key, std::string_view full_key);
  void require(const toml::table& root, std::string_view key);
  [[nodiscard]] bool has_read(std::string_view key) const { return places_.contains(std::string(key)); }

  /// Calls `read_key(key, node)` for each key of a section; it returns whether the key is known.
  void read_section(std::string_view name, const toml::node& value,
                    const std::function<bool(std::string_view key, const toml::node& node)>& read_key);

  void read_text(std::string_view key, const toml::node& value, std::string& out);
  void read_flag(std::string_view key, const toml::node& value, bool& out);

  template <class Value>
  void read_word(std::string_view key, const toml::node& value, std::initializer_list<toml_word<Value>> words,
                 Value& out) {
    read_word(key, value, std::span<const toml_word<Value>>(words.begin(), words.size()), out);
  }
  template <class Value>
  void read_word(std::string_view key, const toml::node& value, std::span<const toml_word<Value>> words, Value& out) {
    keep_place(key, value);
    const auto text = value.value_exact<std::string>();
    std::string known;
    for (const toml_word<Value>& one : words) {
      if (text == one.word) {
        out = one.value;
        return;
      }
      known += std::string(known.empty() ? "" : ", ") + '"' + std::string(one.word) + '"';
    }
    refuse(value.source(), key, text_of(value), "must be one of " + known);
  }

  /// The number from the source text, without conversion to a float, or from quotes. Refuses anything else.
  [[nodiscard]] std::optional<decimal> read_number(std::string_view key, const toml::node& value);
  /// An amount of money: from 0 to 10^18, with at most 18 decimals.
  [[nodiscard]] std::optional<decimal> read_amount(std::string_view key, const toml::node& value);
  /// A share or a multiple in millionths, from `least` to `most`; both are part of the range.
  [[nodiscard]] std::optional<std::uint32_t> read_ppm(std::string_view key, const toml::node& value, std::int64_t least,
                                                      std::int64_t most);
  /// A whole number from `least` to `most`.
  [[nodiscard]] std::optional<std::int64_t> read_count(std::string_view key, const toml::node& value,
                                                       std::int64_t least, std::int64_t most);

  /// The text of a value, up to the end of its first line.
  [[nodiscard]] std::string text_of(const toml::node& value) const;

 private:
  void keep_place(std::string_view key, const toml::node& value);

  struct place {
    toml::source_region region;
    std::string value;
  };

  std::string_view text_;
  std::string_view file_;
  refusal_list& refusals_;
  std::vector<std::string_view> lines_;
  std::map<std::string, place> places_;
  bool refused_ = false;
};

}  // namespace plimsoll
