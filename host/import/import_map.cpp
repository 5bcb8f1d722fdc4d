#include "host/import/import_map.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>

#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "host/import/preset_texts.hpp"
#include "host/io/table_file.hpp"
#include "host/text/decimal.hpp"
#include "host/text/near_name.hpp"

namespace plimsoll::importing {

namespace {

/// Every key that a map has somewhere, to name the nearest one.
constexpr std::string_view keys_of_maps[] = {
    "name",      "source", "quote",    "venue",     "table",    "to",       "columns",  "from",    "distinct",
    "constant",  "join",   "rows",     "separator", "where",    "only",     "except",   "first",   "sum",
    "drop_zero", "warn",   "text",     "when",      "optional", "previous", "words",    "replace", "prefix",
    "epoch",     "zone",   "absolute", "times",     "by",       "over",     "negative", "less",    "column",
    "is",        "below",  "is_not",   "decimals",  "on",       "there",    "as",       "say"};

/// Reads one map; refusals name the line and the key.
class map_reader {
 public:
  map_reader(std::string_view file, refusal_list& refusals) : file_(file), refusals_(refusals) {}

  std::optional<import_map> read(const toml::table& root) {
    import_map out;
    for (const auto& [key, node] : root) {
      if (key == "name") {
        text(key, node, out.name);
      } else if (key == "source") {
        text(key, node, out.source);
      } else if (key == "quote") {
        text(key, node, out.quote);
      } else if (key == "venue") {
        text(key, node, out.venue);
      } else if (key == "table") {
        tables(node, out.tables);
      } else {
        unknown(key);
      }
    }
    if (!root.contains("table")) {
      refuse(root, "table", "is missing; a map has a [[table]] for each table that it makes");
    }
    return good_ ? std::optional(std::move(out)) : std::nullopt;
  }

 private:
  void refuse(const toml::node& at, std::string_view key, std::string why) {
    good_ = false;
    refusals_.add(
        {std::string(file_), static_cast<std::int64_t>(at.source().begin.line), std::string(key), "", std::move(why)});
  }
  void unknown(const toml::key& key) {
    good_ = false;
    const std::string near = nearest_name(key.str(), {std::begin(keys_of_maps), std::end(keys_of_maps)});
    refusals_.add({std::string(file_), static_cast<std::int64_t>(key.source().begin.line), std::string(key.str()), "",
                   "is not a valid key here" + (near.empty() ? "" : "; did you mean " + near + "?") +
                       "; docs/import.md lists the keys of a map"});
  }

  void text(std::string_view key, const toml::node& node, std::string& out) {
    if (const auto found = node.value_exact<std::string>()) {
      out = *found;
    } else {
      refuse(node, key, "must be text in quotes");
    }
  }
  void flag(std::string_view key, const toml::node& node, bool& out) {
    if (const auto found = node.value_exact<bool>()) {
      out = *found;
    } else {
      refuse(node, key, "must be true or false");
    }
  }
  void texts(std::string_view key, const toml::node& node, std::vector<std::string>& out) {
    if (node.is_string()) {
      out.push_back(*node.value_exact<std::string>());
      return;
    }
    const toml::array* list = node.as_array();
    if (list == nullptr) { return refuse(node, key, "must be text in quotes, or a list of it"); }
    for (const toml::node& one : *list) { text(key, one, out.emplace_back()); }
  }
  void pairs(std::string_view key, const toml::node& node, std::vector<std::pair<std::string, std::string>>& out) {
    const toml::table* table = node.as_table();
    if (table == nullptr) { return refuse(node, key, "must be a table such as { LONG = \"long\" }"); }
    for (const auto& [word, value] : *table) {
      text(word, value, out.emplace_back(std::string(word.str()), "").second);
    }
  }

  void condition_of(std::string_view key, const toml::node& node, condition& out) {
    const toml::table* table = node.as_table();
    if (table == nullptr) { return refuse(node, key, "must be a table such as { column = \"type\", is = \"swap\" }"); }
    for (const auto& [name, value] : *table) {
      if (name == "column") {
        text(name, value, out.column);
      } else if (name == "is") {
        texts(name, value, out.is);
      } else if (name == "is_not") {
        texts(name, value, out.is_not);
      } else if (name == "below") {
        number(name, value, out.below);
      } else {
        unknown(name);
      }
    }
    const int alternatives = (out.is.empty() ? 0 : 1) + (out.is_not.empty() ? 0 : 1) + (out.below ? 1 : 0);
    if (out.column.empty() || alternatives != 1) {
      refuse(node, key, "must have `column` and one of `is`, `is_not` and `below`");
    }
  }
  void conditions(std::string_view key, const toml::node& node, std::vector<condition>& out) {
    if (node.is_table()) { return condition_of(key, node, out.emplace_back()); }
    const toml::array* list = node.as_array();
    if (list == nullptr) { return refuse(node, key, "must be a condition or a list of them"); }
    for (const toml::node& one : *list) { condition_of(key, one, out.emplace_back()); }
  }

  /// Reads each table of a list with `read_one`.
  template <class Read>
  void each_table(std::string_view key, const toml::node& node, const char* example, Read read_one) {
    const toml::array* list = node.as_array();
    if (list == nullptr) { return refuse(node, key, std::string("must be a list of tables such as ") + example); }
    for (const toml::node& one : *list) {
      const toml::table* table = one.as_table();
      if (table == nullptr) { return refuse(one, key, std::string("must be a list of tables such as ") + example); }
      read_one(*table);
    }
  }
  void join(const toml::node& node, std::vector<joined_file>& out) {
    each_table("join", node, R"([{ from = "info*.json", on = "@account", as = "info" }])",
               [&](const toml::table& table) {
                 joined_file& one = out.emplace_back();
                 for (const auto& [key, value] : table) {
                   if (key == "from") {
                     text(key, value, one.from);
                   } else if (key == "rows") {
                     text(key, value, one.rows);
                   } else if (key == "on") {
                     text(key, value, one.on);
                   } else if (key == "there") {
                     text(key, value, one.there);
                   } else if (key == "as") {
                     text(key, value, one.as);
                   } else if (key == "optional") {
                     flag(key, value, one.optional);
                   } else {
                     unknown(key);
                   }
                 }
                 if (one.from.empty() || one.on.empty() || one.as.empty()) {
                   refuse(table, "join", "must have `from`, `on` and `as`");
                 }
               });
  }
  void warn(const toml::node& node, std::vector<row_warning>& out) {
    each_table("warn", node, R"([{ when = { column = "kind", is = "option" }, say = "options are left out" }])",
               [&](const toml::table& table) {
                 row_warning& one = out.emplace_back();
                 for (const auto& [key, value] : table) {
                   if (key == "when") {
                     conditions(key, value, one.when);
                   } else if (key == "say") {
                     text(key, value, one.say);
                   } else {
                     unknown(key);
                   }
                 }
                 if (one.when.empty() || one.say.empty()) { refuse(table, "warn", "must have `when` and `say`"); }
               });
  }

  void tables(const toml::node& node, std::vector<table_map>& out) {
    const toml::array* list = node.as_array();
    if (list == nullptr) { return refuse(node, "table", "must be written [[table]]"); }
    for (const toml::node& one : *list) {
      const toml::table* table = one.as_table();
      if (table == nullptr) { return refuse(one, "table", "must be written [[table]]"); }
      read_table(*table, out.emplace_back());
    }
  }

  void read_table(const toml::table& table, table_map& out) {
    for (const auto& [key, node] : table) {
      if (key == "to") {
        text(key, node, out.to);
      } else if (key == "from") {
        text(key, node, out.from);
      } else if (key == "separator") {
        separator(node, out.separator);
      } else if (key == "rows") {
        text(key, node, out.rows);
      } else if (key == "optional") {
        flag(key, node, out.optional);
      } else if (key == "distinct") {
        texts(key, node, out.distinct);
      } else if (key == "constant") {
        constant(node, out);
      } else if (key == "join") {
        join(node, out.join);
      } else if (key == "warn") {
        warn(node, out.warn);
      } else if (key == "where") {
        conditions(key, node, out.where);
      } else if (key == "only") {
        text(key, node, out.only);
      } else if (key == "except") {
        text(key, node, out.except);
      } else if (key == "first") {
        texts(key, node, out.first);
      } else if (key == "sum") {
        texts(key, node, out.sum);
      } else if (key == "drop_zero") {
        text(key, node, out.drop_zero);
      } else if (key == "columns") {
        columns(node, out);
      } else {
        unknown(key);
      }
    }
    static constexpr std::array<std::string_view, 10> made = {
        "assets", "instruments", "tiers", "accounts", "balances", "positions", "marks", "units", "system", "depths"};
    if (std::find(made.begin(), made.end(), out.to) == made.end()) {
      refuse(table, "to",
             "must name a table of a book: assets, instruments, tiers, accounts, balances, positions, marks, units, "
             "system or depths");
    }
    const int alternatives =
        (out.from.empty() ? 0 : 1) + (out.distinct.empty() ? 0 : 1) + (out.constant.empty() ? 0 : 1);
    if (alternatives != 1) {
      refuse(table, "from", "must be the only one: a table has exactly one of `from`, `distinct` and `constant`");
    }
    if (out.columns.empty() && out.constant.empty()) { refuse(table, "columns", "is missing"); }
  }

  void separator(const toml::node& node, char& out) {
    std::string found;
    text("separator", node, found);
    if (found.size() != 1) { return refuse(node, "separator", "must be one character"); }
    out = found.front();
  }
  void constant(const toml::node& node, table_map& out) {
    const toml::array* list = node.as_array();
    if (list == nullptr) { return refuse(node, "constant", "must be a list of tables"); }
    for (const toml::node& one : *list) { pairs("constant", one, out.constant.emplace_back()); }
  }
  void columns(const toml::node& node, table_map& out) {
    const toml::table* table = node.as_table();
    if (table == nullptr) { return refuse(node, "columns", "must be a table"); }
    for (const auto& [key, rule] : *table) {
      column_rule& column = out.columns.emplace_back();
      column.name = key.str();
      if (rule.is_string()) {
        column.from.push_back(*rule.value_exact<std::string>());
      } else if (const toml::table* parts = rule.as_table()) {
        read_rule(*parts, column);
      } else {
        refuse(rule, key, "must be a column of the export, or a table");
      }
    }
  }

  void read_rule(const toml::table& parts, column_rule& out) {
    for (const auto& [key, node] : parts) {
      if (key == "from") {
        texts(key, node, out.from);
      } else if (key == "text") {
        text(key, node, out.text.emplace());
      } else if (key == "words") {
        pairs(key, node, out.words);
      } else if (key == "replace") {
        pairs(key, node, out.replace);
      } else if (key == "prefix") {
        text(key, node, out.prefix);
      } else if (key == "epoch") {
        one_of(key, node, {"s", "ms", "us", "ns"}, out.epoch);
      } else if (key == "zone") {
        one_of(key, node, {"UTC"}, out.zone);
      } else if (key == "times") {
        number(key, node, out.times);
      } else if (key == "by") {
        text(key, node, out.by);
      } else if (key == "over") {
        quotient(node, out.over.emplace());
      } else if (key == "previous") {
        text(key, node, out.previous);
      } else if (key == "less") {
        text(key, node, out.less);
      } else if (key == "negative") {
        condition_of(key, node, out.negative.emplace());
      } else if (key == "when") {
        condition_of(key, node, out.when.emplace());
      } else if (key == "absolute") {
        flag(key, node, out.absolute);
      } else {
        unknown(key);
      }
    }
    if (out.from.empty() != out.text.has_value()) { refuse(parts, out.name, "must have one of `from` and `text`"); }
  }
  void one_of(std::string_view key, const toml::node& node, std::initializer_list<std::string_view> words,
              std::string& out) {
    text(key, node, out);
    if (std::find(words.begin(), words.end(), out) != words.end()) { return; }
    std::string known;
    for (const std::string_view word : words) { known += (known.empty() ? "\"" : ", \"") + std::string(word) + '"'; }
    refuse(node, key, "must be one of " + known);
  }
  void number(std::string_view key, const toml::node& node, std::optional<decimal>& out) {
    std::string found;
    text(key, node, found);
    decimal value;
    if (parse_decimal(found, value) != decimal_fault::none) {
      return refuse(node, key, "must be a decimal in quotes, such as \"0.01\"");
    }
    out = value;
  }
  void quotient(const toml::node& node, quotient_rule& out) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      return refuse(node, "over", "must be a table such as { column = \"size\", decimals = 6 }");
    }
    std::optional<std::int64_t> decimals;
    for (const auto& [key, value] : *table) {
      if (key == "column") {
        text(key, value, out.column);
      } else if (key == "decimals") {
        decimals = value.value_exact<std::int64_t>();
      } else {
        unknown(key);
      }
    }
    if (out.column.empty() || !decimals || *decimals < 0 || *decimals > 18) {
      return refuse(node, "over", "must have `column` and `decimals`, from 0 to 18");
    }
    out.decimals = static_cast<int>(*decimals);
  }

  std::string_view file_;
  refusal_list& refusals_;
  bool good_ = true;
};

}  // namespace

std::optional<import_map> read_import_map(std::string_view text, std::string_view file, refusal_list& refusals) {
  try {
    const toml::table root = toml::parse(text);
    return map_reader(file, refusals).read(root);
  } catch (const toml::parse_error& fault) {
    refusals.add({std::string(file), static_cast<std::int64_t>(fault.source().begin.line), "", "",
                  "is not TOML: " + std::string(fault.description())});
    return std::nullopt;
  }
}

result<std::string> read_map_file(const std::string& path) { return io::read_file(path); }

std::vector<std::string_view> known_presets() {
  std::vector<std::string_view> out;
  for (const shipped_preset& one : shipped_presets()) { out.push_back(one.name); }
  return out;
}

std::optional<std::string_view> preset_text(std::string_view name) {
  for (const shipped_preset& one : shipped_presets()) {
    if (one.name == name) { return one.text; }
  }
  return std::nullopt;
}

}  // namespace plimsoll::importing
