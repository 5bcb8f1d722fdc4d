#include "host/import/make_tables.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "host/import/export_files.hpp"
#include "host/import/export_json.hpp"
#include "host/import/export_rows.hpp"
#include "host/import/map_numbers.hpp"
#include "host/text/decimal.hpp"
#include "host/text/instant.hpp"
#include "host/text/number_fault.hpp"

namespace plimsoll::importing {

namespace {

namespace fs = std::filesystem;

/// True for the words that programs write for a missing number.
bool is_missing(std::string_view text) {
  static constexpr std::array<std::string_view, 8> words = {"nan", "NaN", "NAN", "None", "null", "NULL", "N/A", "<NA>"};
  return text.empty() || std::find(words.begin(), words.end(), text) != words.end();
}

/// The column of a table that names what a row describes.
std::string_view key_of(std::string_view table) {
  if (table == "assets") { return "asset"; }
  if (table == "tiers") { return "tier_table"; }
  return table == "accounts" || table == "balances" ? "account" : "instrument";
}

/// Facts about the rows before the present one.
struct rows_so_far {
  std::map<std::string, std::size_t>& existing;  ///< Rows of the book's table by all their cells that are not summed.
  std::set<std::string> only;                    ///< Names that are kept, if the map has `only`.
  std::set<std::string> except;                  ///< Names that are excluded.
  std::set<std::string> seen;                    ///< Cells of earlier rows in the columns of `first`, of this map only.
};

/// Makes one table from the rows of one file.
class table_maker {
 public:
  table_maker(const table_map& map, const export_rows& rows, refusal_list& refusals, text_cells& out,
              rows_so_far& before)
      : map_(map), rows_(rows), refusals_(refusals), out_(out), before_(before) {}

  void run() {
    if (!find_columns()) { return; }
    warned_.assign(map_.warn.size(), 0);
    for (row_ = 0; row_ < rows_.rows; ++row_) {
      if (map_.except.empty()) { count_warnings(); }
      if (!is_in()) { continue; }
      std::vector<std::string> cells;
      for (const column_rule& rule : map_.columns) { cells.push_back(cell_of(rule)); }
      if (is_dropped(cells) || !is_wanted(cells) || !is_first(cells)) { continue; }
      if (!map_.except.empty()) { count_warnings(); }
      if (!map_.sum.empty() && merge(cells)) { continue; }
      for (std::size_t i = 0; i < cells.size(); ++i) { out_.cells[places_[i]].push_back(std::move(cells[i])); }
      out_.origins.push_back(map_.from.empty() ? row_origin{}
                                               : row_origin{*out_.files.insert(rows_.file).first, row_ + 2});
      const std::size_t rows = out_.cells[places_[0]].size();
      for (auto& column : out_.cells) { column.resize(rows); }
    }
    note_counts();
  }

 private:
  void refuse(std::string_view column, std::string_view value, std::string why) {
    refusals_.add(
        {rows_.file, static_cast<std::int64_t>(row_) + 2, std::string(column), std::string(value), std::move(why)});
  }

  /// Checks that every column that the map names exists, and assigns indices to the book's columns.
  bool find_columns() {
    std::set<std::string> wanted;
    for (const column_rule& rule : map_.columns) {
      const bool any =
          std::any_of(rule.from.begin(), rule.from.end(), [&](const auto& one) { return rows_.find(one) != SIZE_MAX; });
      if (!any && !rule.from.empty()) { wanted.insert(rule.from.front()); }
      if (!rule.by.empty()) { need(rule.by, wanted); }
      if (rule.over) { need(rule.over->column, wanted); }
      if (!rule.previous.empty()) { need(rule.previous, wanted); }
      if (!rule.less.empty()) { need(rule.less, wanted); }
      if (rule.negative) { need(*rule.negative, wanted); }
      if (rule.when) { need(*rule.when, wanted); }
    }
    for (const condition& one : map_.where) { need(one, wanted); }
    // A JSON file without rows has no columns; the table has no row then.
    if (!wanted.empty() && map_.optional) { return false; }
    if (!wanted.empty() && rows_.rows != 0) {
      std::string found;
      for (const std::string& column : rows_.columns) {
        if (found.size() > 200) {
          found += ", ...";
          break;
        }
        found += (found.empty() ? "" : ", ") + column;
      }
      for (const std::string& column : wanted) {
        refusals_.add({rows_.file, 0, column, "",
                       "is named by the map, but is missing; " +
                           (rows_.rows == 1 ? "the only row has " + only_row() : "the columns are " + found)});
      }
      return false;
    }
    for (const column_rule& rule : map_.columns) {
      auto at = std::find(out_.columns.begin(), out_.columns.end(), rule.name);
      if (at == out_.columns.end()) {
        out_.columns.push_back(rule.name);
        out_.cells.emplace_back(out_.rows());
        at = out_.columns.end() - 1;
      }
      places_.push_back(static_cast<std::size_t>(at - out_.columns.begin()));
    }
    return true;
  }
  /// The plain cells of the only row, which may be an answer that reports an error.
  [[nodiscard]] std::string only_row() const {
    std::string out;
    for (std::size_t c = 0; c < rows_.columns.size() && out.size() < 200; ++c) {
      const std::string& name = rows_.columns[c];
      if (name.starts_with('/') || name.starts_with('@') || name.starts_with('^')) { continue; }
      out += (out.empty() ? "" : ", ") + name + " = \"" + rows_.cells[c][0] + '"';
    }
    return out;
  }
  void need(const std::string& column, std::set<std::string>& wanted) const {
    if (rows_.find(column) == SIZE_MAX) { wanted.insert(column); }
  }
  /// A column that is compared with blank may be missing; it is then blank.
  void need(const condition& one, std::set<std::string>& wanted) const {
    const auto names_blank = [](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), "") != list.end();
    };
    if (!names_blank(one.is) && !names_blank(one.is_not)) { need(one.column, wanted); }
  }

  [[nodiscard]] std::string_view cell(std::string_view column) const {
    const std::size_t at = rows_.find(column);
    return at == SIZE_MAX ? std::string_view() : std::string_view(rows_.cells[at][row_]);
  }
  bool holds(const condition& one) {
    const std::string_view found = cell(one.column);
    if (one.below) {
      decimal value;
      if (is_missing(found)) { return false; }
      const decimal_fault fault = parse_decimal(without_exponent(found), value);
      const auto below = fault == decimal_fault::none ? is_below(value, *one.below) : std::nullopt;
      if (!below) {
        refuse(one.column, found, fault == decimal_fault::none ? "has too many digits" : to_string(fault));
      }
      return below.value_or(false);
    }
    if (!one.is.empty()) { return std::find(one.is.begin(), one.is.end(), found) != one.is.end(); }
    return std::find(one.is_not.begin(), one.is_not.end(), found) == one.is_not.end();
  }
  bool all_hold(const std::vector<condition>& list) {
    return std::all_of(list.begin(), list.end(), [&](const condition& one) { return holds(one); });
  }

  /// Counts rows that `where` excludes, because a warning may be about them; does not count rows with names in
  /// `except`.
  void count_warnings() {
    for (std::size_t i = 0; i < map_.warn.size(); ++i) { warned_[i] += all_hold(map_.warn[i].when) ? 1 : 0; }
  }

  /// True if the row fulfils `where`. A row that its own columns do not exclude must have a match in each joined file.
  bool is_in() {
    const auto is_joined = [&](const condition& one) {
      return std::any_of(map_.join.begin(), map_.join.end(),
                         [&](const joined_file& other) { return one.column.starts_with(other.as + "."); });
    };
    const auto hold = [&](bool joined) {
      return std::all_of(map_.where.begin(), map_.where.end(),
                         [&](const condition& one) { return is_joined(one) != joined || holds(one); });
    };
    return hold(false) && has_partners() && hold(true);
  }
  bool has_partners() {
    for (const joined_file& other : map_.join) {
      if (other.optional || !cell(other.as + ".@found").empty()) { continue; }
      refuse(other.on, cell(other.on), "has no row in " + other.from + ", which the map joins");
      return false;
    }
    return true;
  }

  std::string cell_of(const column_rule& rule) {
    if (!rule.previous.empty()) {
      // Also if the row is omitted later, because the next row refers to it.
      std::string& last = last_[rule.name + '\x1f' + std::string(cell(rule.previous))];
      std::string before = std::exchange(last, made_of(rule));
      return before.empty() ? "0" : before;
    }
    return made_of(rule);
  }
  std::string made_of(const column_rule& rule) {
    if (rule.when && !holds(*rule.when)) { return {}; }
    if (rule.text) { return *rule.text; }
    std::string_view found;
    std::string_view column = rule.from.front();
    for (const std::string& one : rule.from) {
      found = cell(one);
      column = one;
      if (!is_missing(found)) { break; }
    }
    if (is_missing(found)) {
      blanked_ += found.empty() ? 0 : 1;
      return {};
    }
    std::string text(found);
    for (const auto& [old, now] : rule.replace) { replace_all(text, old, now); }
    if (!rule.prefix.empty()) { return rule.prefix + text; }
    if (!rule.words.empty()) {
      const auto word =
          std::find_if(rule.words.begin(), rule.words.end(), [&](const auto& one) { return one.first == text; });
      if (word == rule.words.end()) {
        refuse(column, found, "is not one of the words that the map has for " + rule.name);
        return {};
      }
      return word->second;
    }
    if (!rule.epoch.empty() || !rule.zone.empty()) { return time_of(rule, column, text); }
    return number_of(rule, column, std::move(text));
  }

  static void replace_all(std::string& text, const std::string& old, const std::string& now) {
    if (old.empty()) { return; }
    for (std::size_t at = text.find(old); at != std::string::npos; at = text.find(old, at + now.size())) {
      text.replace(at, old.size(), now);
    }
  }

  std::string time_of(const column_rule& rule, std::string_view column, const std::string& text) {
    if (rule.epoch.empty()) {
      std::string zoned = text;
      if (const std::size_t blank = zoned.find(' '); blank != std::string::npos) { zoned[blank] = 'T'; }
      if (parse_instant(zoned + "Z").fault == nullptr) { return zoned + "Z"; }
      if (parse_instant(zoned).fault == nullptr) { return zoned; }
      refuse(column, text, "is not a time such as 2026-01-31 12:00:00");
      return {};
    }
    const bool whole = text.find_first_not_of("0123456789") == std::string::npos;
    time_unit unit{};
    for (const time_unit one : {time_unit::s, time_unit::ms, time_unit::us, time_unit::ns}) {
      if (rule.epoch == to_string(one)) { unit = one; }
    }
    const instant time = whole ? parse_instant(text, unit) : instant{0, "is not a whole number"};
    if (time.fault == nullptr) { return format_instant(time.ns); }
    const std::string fault = time.fault;  // "looks like epoch seconds, and ...": the unit is the map's here.
    refuse(column, text,
           fault.substr(0, fault.find(',')) + ", and the map has epoch = \"" + rule.epoch +
               "\", a whole number since 1970");
    return {};
  }

  /// Text without arithmetic is unchanged, except that an exponent is expanded.
  std::string number_of(const column_rule& rule, std::string_view column, std::string text) {
    const bool counts =
        rule.times || !rule.by.empty() || rule.over || !rule.less.empty() || rule.negative || rule.absolute;
    std::string plain = without_exponent(text);
    if (plain.size() > 1 && plain.front() == '+') { plain.erase(0, 1); }
    if (!counts) {
      decimal ignored;
      // A name that looks like 1e5 is unchanged.
      return parse_decimal(plain, ignored) == decimal_fault::none && is_number_column(rule.name) ? plain : text;
    }
    decimal value;
    if (const decimal_fault fault = parse_decimal(plain, value); fault != decimal_fault::none) {
      refuse(column, text, fault_of_number(fault, text));
      return {};
    }
    std::optional<decimal> made = value;
    if (rule.absolute && value.mantissa < 0) { made->mantissa = -value.mantissa; }
    if (rule.times) { made = product_of(*made, *rule.times); }
    if (made && !rule.by.empty()) {
      const auto factor = other_number(rule.by);
      if (!factor) { return {}; }
      made = product_of(*made, *factor);
    }
    if (made && rule.over) {
      const auto divisor = other_number(rule.over->column);
      if (!divisor) { return {}; }
      if (divisor->mantissa == 0) {
        refuse(rule.over->column, "0", "is a divisor of the map");
        return {};
      }
      made = quotient_of(*made, *divisor, rule.over->decimals);
    }
    if (made && rule.negative) {
      if (holds(*rule.negative)) {
        made->mantissa = -made->mantissa;
      } else if (is_odd_side(*rule.negative, cell(rule.negative->column))) {
        odd_sides_[{rule.negative->column, std::string(cell(rule.negative->column))}].insert(row_);
      }
    }
    if (made && !rule.less.empty()) {
      const auto less = other_number(rule.less);
      if (!less) { return {}; }
      made = sum_of(*made, *less, -1);
    }
    if (!made) {
      refuse(column, text, "has too many digits for the arithmetic of the map");
      return {};
    }
    return format_decimal(*made);
  }
  /// True if `negative` lists words of short sides, and the cell is neither of these nor a known word of the long side.
  static bool is_odd_side(const condition& one, std::string_view cell) {
    const auto is_one_of = [](std::initializer_list<std::string_view> words, std::string_view text) {
      return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return std::equal(word.begin(), word.end(), text.begin(), text.end(),
                          [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b); });
      });
    };
    const auto is_short = [&](const std::string& word) { return is_one_of({"sell", "short", "s", "ask"}, word); };
    return std::any_of(one.is.begin(), one.is.end(), is_short) &&
           !is_one_of({"", "buy", "long", "b", "l", "bid", "both", "net", "none"}, cell);
  }

  /// The number in another column of the row; 0 if it is blank.
  std::optional<decimal> other_number(const std::string& column) {
    const std::string_view found = cell(column);
    decimal out;
    if (is_missing(found)) { return out; }
    const decimal_fault fault = parse_decimal(without_exponent(found), out);
    if (fault == decimal_fault::none) { return out; }
    refuse(column, found, fault_of_number(fault, found));
    return std::nullopt;
  }
  static bool is_number_column(std::string_view name) {
    static constexpr std::array<std::string_view, 6> names = {"account", "asset",  "instrument",
                                                              "base",    "settle", "tier_table"};
    return std::find(names.begin(), names.end(), name) == names.end();
  }

  [[nodiscard]] std::size_t place_of(std::string_view column) const {
    for (std::size_t i = 0; i < map_.columns.size(); ++i) {
      if (map_.columns[i].name == column) { return i; }
    }
    return SIZE_MAX;
  }

  bool is_dropped(const std::vector<std::string>& cells) {
    const std::size_t at = place_of(map_.drop_zero);
    if (at == SIZE_MAX) { return false; }
    decimal value;
    const bool zero =
        cells[at].empty() || (parse_decimal(cells[at], value) == decimal_fault::none && value.mantissa == 0);
    dropped_ += zero ? 1 : 0;
    return zero;
  }

  /// True if the map includes rows with this name.
  [[nodiscard]] bool is_wanted(const std::vector<std::string>& cells) const {
    const std::size_t at = place_of(key_of(map_.to));
    if (at == SIZE_MAX) { return true; }
    return (map_.only.empty() || before_.only.count(cells[at]) != 0) && before_.except.count(cells[at]) == 0;
  }

  /// True if no earlier row has the same cells in the columns of `first`.
  bool is_first(const std::vector<std::string>& cells) {
    if (map_.first.empty()) { return true; }
    std::string key;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const bool counts = std::find(map_.first.begin(), map_.first.end(), map_.columns[i].name) != map_.first.end();
      if (counts) { key += cells[i] + '\x1f'; }
    }
    return before_.seen.insert(key).second;
  }

  /// Adds a row to the one with the same other cells, if there is one.
  bool merge(const std::vector<std::string>& cells) {
    std::string key;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (std::find(map_.sum.begin(), map_.sum.end(), map_.columns[i].name) == map_.sum.end()) {
        key += cells[i] + '\x1f';
      }
    }
    const auto [found, is_new] = before_.existing.try_emplace(key, out_.rows());
    if (is_new) { return false; }
    for (const std::string& name : map_.sum) {
      const std::size_t i = place_of(name);
      if (i == SIZE_MAX || cells[i].empty()) { continue; }
      std::string& sum = out_.cells[places_[i]][found->second];
      decimal a;
      decimal b;
      const bool read = (sum.empty() || parse_decimal(sum, a) == decimal_fault::none) &&
                        parse_decimal(cells[i], b) == decimal_fault::none;
      const auto both = read ? sum_of(a, b, 1) : std::nullopt;
      if (!both) {
        refuse(name, cells[i], "cannot be added to the rows before it");
        continue;
      }
      sum = format_decimal(*both);
    }
    ++summed_;
    return true;
  }

  void note_counts() const {
    const auto note = [&](std::size_t count, std::string_view one, std::string_view several, std::string_view what) {
      if (count == 0) { return; }
      refusals_.note(fmt::format("{}: {} {} {}", rows_.file, count, count == 1 ? one : several, what), count);
    };
    note(blanked_, "cell", "cells", "such as nan or null read as blank");
    note(dropped_, "row", "rows", "omitted because " + map_.drop_zero + " is 0");
    note(summed_, "row", "rows", "added to others of the same key");
    for (const auto& [place, of] : odd_sides_) {
      const std::size_t count = of.size();
      refusals_.note(
          fmt::format("{}: {} is \"{}\" in {} {}, whose numbers keep their sign: `negative` does not list it",
                      rows_.file, place.first, place.second, count, count == 1 ? "row" : "rows"),
          count);
    }
    for (std::size_t i = 0; i < map_.warn.size(); ++i) {
      if (warned_[i] == 0) { continue; }
      refusals_.note(fmt::format("{}: {} ({} of {} rows)", rows_.file, map_.warn[i].say, warned_[i], rows_.rows),
                     warned_[i]);
    }
  }

  const table_map& map_;
  const export_rows& rows_;
  refusal_list& refusals_;
  text_cells& out_;
  rows_so_far& before_;
  std::vector<std::size_t> places_;          ///< In `out_`, by column of the map.
  std::map<std::string, std::string> last_;  ///< By column and group: the cell of the last row, for `previous`.
  std::vector<std::size_t> warned_;          ///< By warning of the map.
  std::map<std::pair<std::string, std::string>, std::set<std::size_t>> odd_sides_;  ///< Rows, by column and cell.
  std::size_t row_ = 0;
  std::size_t blanked_ = 0, dropped_ = 0, summed_ = 0;
};

text_cells& table_named(std::vector<text_cells>& tables, const std::string& name) {
  for (text_cells& one : tables) {
    if (one.name == name) { return one; }
  }
  text_cells& made = tables.emplace_back();
  made.name = name;
  return made;
}

/// Adds the values of a column of a table that was made before ("positions.instrument").
void add_values(const std::string& wanted, const std::vector<text_cells>& tables, std::set<std::string>& values) {
  const std::size_t dot = wanted.find('.');
  for (const text_cells& table : tables) {
    if (dot == std::string::npos || table.name != wanted.substr(0, dot)) { continue; }
    const auto column = std::find(table.columns.begin(), table.columns.end(), wanted.substr(dot + 1));
    if (column == table.columns.end()) { continue; }
    const auto& cells = table.cells[static_cast<std::size_t>(column - table.columns.begin())];
    values.insert(cells.begin(), cells.end());
  }
}

/// The distinct values of such columns, as rows with one column `value`, without the values that the table has already.
export_rows distinct_rows(const table_map& map, const std::vector<text_cells>& tables) {
  std::set<std::string> values;
  for (const std::string& wanted : map.distinct) { add_values(wanted, tables, values); }
  std::set<std::string> known{""};
  add_values(map.to + "." + std::string(key_of(map.to)), tables, known);
  for (const std::string& one : known) { values.erase(one); }
  export_rows out;
  out.file = map.to;
  out.columns = {"value"};
  out.cells.emplace_back(values.begin(), values.end());
  out.rows = values.size();
  return out;
}

export_rows constant_rows(const table_map& map) {
  export_rows out;
  out.file = map.to;
  for (const auto& row : map.constant) {
    for (const auto& [name, value] : row) {
      std::size_t at = out.find(name);
      if (at == SIZE_MAX) {
        at = out.columns.size();
        out.columns.push_back(name);
        out.cells.emplace_back(out.rows);
      }
      out.cells[at].resize(out.rows);
      out.cells[at].push_back(value);
    }
    ++out.rows;
    for (auto& column : out.cells) { column.resize(out.rows); }
  }
  return out;
}

}  // namespace

result<std::vector<text_cells>> make_tables(const fs::path& from, const import_map& map, refusal_list& refusals) {
  std::vector<text_cells> out;
  std::map<std::string, std::map<std::string, std::size_t>> existing;
  std::map<std::string, std::set<std::string>> missing;  // Patterns without a file, and what would be made of them.
  for (const table_map& table : map.tables) {
    rows_so_far before{existing[table.to], {}, {}, {}};
    if (!table.only.empty()) { add_values(table.only, out, before.only); }
    if (!table.except.empty()) { add_values(table.except, out, before.except); }
    const auto make = [&](const table_map& as, const export_rows& rows) {
      table_maker(as, rows, refusals, table_named(out, table.to), before).run();
    };
    if (!table.distinct.empty()) {
      make(table, distinct_rows(table, out));
      continue;
    }
    if (!table.constant.empty()) {
      const export_rows rows = constant_rows(table);
      table_map as = table;
      for (const std::string& column : rows.columns) {
        if (!table.columns.empty()) { break; }
        column_rule& rule = as.columns.emplace_back();
        rule.name = column;
        rule.from = {column};
      }
      make(as, rows);
      continue;
    }
    const std::vector<fs::path> files = files_of(from, table.from);
    if (files.empty() && !table.optional) { missing[table.from].insert(table.to); }
    for (const fs::path& file : files) {
      auto rows = read_export(file, {table.separator, table.rows, table.optional});
      if (!rows) { return std::move(rows).error(); }
      const std::uint64_t refused = refusals.count();
      for (const joined_file& other : table.join) {
        if (auto joined = join_rows(rows.value(), from, other, refusals); !joined) { return std::move(joined).error(); }
      }
      // A failed join is refused once, and not again for each column that is missing because of it.
      if (refusals.count() == refused) { make(table, rows.value()); }
    }
  }
  for (const auto& [pattern, tables] : missing) {
    std::string made;
    for (const std::string& table : tables) { made += (made.empty() ? "" : ", ") + table; }
    refusals.add({from.filename().string(), 0, "", "",
                  "has no file " + pattern + ", from which the map makes " + made + "; " + names_in(from)});
  }
  if (!refusals.empty()) { return refusals.to_error(); }
  return out;
}

std::vector<std::string> origins_of(const std::vector<text_cells>& tables, const refusal_list& refusals) {
  std::vector<std::string> out;
  for (const refusal& place : refusals.listed()) {
    const auto table = std::find_if(tables.begin(), tables.end(),
                                    [&](const text_cells& one) { return place.file == one.name + ".csv"; });
    const std::size_t row = static_cast<std::size_t>(std::max<std::int64_t>(place.row, 2)) - 2;  // 1 is the header.
    if (place.row < 2 || table == tables.end() || row >= table->origins.size()) { continue; }
    const row_origin& from = table->origins[row];
    std::string line = fmt::format("{}, row {}: made from {}", place.file, place.row,
                                   from.file.empty() ? "the map" : fmt::format("{}, row {}", from.file, from.row));
    if (std::find(out.begin(), out.end(), line) == out.end()) { out.push_back(std::move(line)); }
  }
  return out;
}

std::string csv_of(const text_cells& table) {
  const auto quoted = [](const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) { return text; }
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"') { out += '"'; }
      out += c;
    }
    return out + '"';
  };
  std::string out;
  for (std::size_t c = 0; c < table.columns.size(); ++c) { out += (c == 0 ? "" : ",") + quoted(table.columns[c]); }
  out += '\n';
  for (std::size_t row = 0; row < table.rows(); ++row) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) { out += (c == 0 ? "" : ",") + quoted(table.cells[c][row]); }
    out += '\n';
  }
  return out;
}

}  // namespace plimsoll::importing
