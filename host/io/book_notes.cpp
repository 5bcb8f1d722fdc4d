#include "host/io/book_notes.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_sort.h>
#include <xxhash.h>

#include "host/text/exact_text.hpp"
#include "host/text/near_name.hpp"

namespace plimsoll::io {

// ------------------------------------------------------------------------------------- missing balances

void note_missing_balances(const table_data& balances, const table_data& positions, const name_table& accounts,
                           const loading_rows& rows, refusal_list& refusals) {
  std::vector<std::uint8_t> has_balance(accounts.size(), 0);
  for (const std::uint32_t account : rows.balances.account) {
    if (account != no_id) { has_balance[account] = 1; }
  }
  struct place {
    std::uint32_t account;
    std::size_t row;
  };
  std::vector<place> missing;
  std::mutex merging;
  using range = oneapi::tbb::blocked_range<std::size_t>;
  constexpr std::size_t grain = 65'536;
  oneapi::tbb::parallel_for(range(0, rows.positions.account.size(), grain), [&](const range& part) {
    std::vector<place> found;
    for (std::size_t row = part.begin(); row < part.end(); ++row) {
      const std::uint32_t account = rows.positions.account[row];
      if (account != no_id && has_balance[account] == 0 && rows.positions.isolated[row] == 0) {
        found.push_back({account, row});
      }
    }
    if (found.empty()) { return; }
    const std::lock_guard lock(merging);
    missing.insert(missing.end(), found.begin(), found.end());
  });
  if (missing.empty()) { return; }
  const place first =
      *std::min_element(missing.begin(), missing.end(), [](const place& a, const place& b) { return a.row < b.row; });
  std::sort(missing.begin(), missing.end(), [](const place& a, const place& b) { return a.account < b.account; });
  const auto last = std::unique(missing.begin(), missing.end(),
                                [](const place& a, const place& b) { return a.account == b.account; });
  const auto count = static_cast<std::uint64_t>(last - missing.begin());
  table_refuser(refusals, positions.file)
      .note(
          fmt::format("{} cross positions and no row in {} (first: {}, row {})",
                      count == 1 ? "1 account has" : fmt::format("{} accounts have", count), balances.file,
                      shown(accounts[first.account]), table_refuser::row_in_file(static_cast<std::int64_t>(first.row))),
          count);
}

// ------------------------------------------------------------------------------------------- like names

namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/// A number with a leading zero, which is lost where the name is read as a number.
bool is_padded(std::string_view name) {
  return name.size() > 1 && name.front() == '0' && name.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Folded form of a name: ASCII letters in lower case, no ".0" at the end, no zero before a number. Similar names have
/// the same folded form.
std::string folded(std::string_view name) {
  if (name.size() > 2 && name.ends_with(".0")) { name.remove_suffix(2); }
  while (is_padded(name)) { name.remove_prefix(1); }
  std::string out(name);
  for (char& c : out) {
    if (is_upper(c)) { c = static_cast<char>(c - 'A' + 'a'); }
  }
  return out;
}

bool is_folded(std::string_view name) {
  return std::none_of(name.begin(), name.end(), is_upper) && !(name.size() > 2 && name.ends_with(".0")) &&
         !is_padded(name);
}

/// "1.23E+11", as spreadsheets write long whole numbers.
bool is_shortened(std::string_view name) {
  if (name.size() < 4 || name[0] < '1' || name[0] > '9' || std::string_view(".,E").find(name[1]) == name.npos) {
    return false;
  }
  const std::size_t at = name.find("E+");
  return at != name.npos && at + 2 < name.size() &&
         (at == 1 || name.substr(2, at - 2).find_first_not_of("0123456789") == name.npos) &&
         name.substr(at + 2).find_first_not_of("0123456789") == name.npos;
}

/// Number of pairs of similar names, and the first pair in byte order. `name(id)` for ids below `count`.
template <class Name>
void note_pairs(std::string_view what, std::uint32_t count, const Name& name, refusal_list& refusals) {
  using range = oneapi::tbb::blocked_range<std::uint32_t>;
  // At least one of two similar names differs from its folded form. Most names do not.
  std::atomic<bool> any{false};
  oneapi::tbb::parallel_for(range(0, count), [&](const range& part) {
    for (std::uint32_t id = part.begin(); id < part.end() && !any.load(std::memory_order_relaxed); ++id) {
      if (!is_folded(name(id))) { any.store(true, std::memory_order_relaxed); }
    }
  });
  if (!any.load(std::memory_order_relaxed)) { return; }
  struct key {
    std::uint64_t hash;
    std::uint32_t id;
  };
  std::vector<key> keys(count);
  oneapi::tbb::parallel_for(range(0, count), [&](const range& part) {
    for (std::uint32_t id = part.begin(); id < part.end(); ++id) {
      const std::string form = folded(name(id));
      keys[id] = {XXH3_64bits(form.data(), form.size()), id};
    }
  });
  oneapi::tbb::parallel_sort(keys.begin(), keys.end(), [](const key& a, const key& b) {
    return std::tie(a.hash, a.id) < std::tie(b.hash, b.id);
  });
  std::uint64_t pairs = 0;
  std::pair<std::uint32_t, std::uint32_t> first{no_id, no_id};
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (keys[i].hash != keys[i - 1].hash || folded(name(keys[i].id)) != folded(name(keys[i - 1].id))) { continue; }
    ++pairs;
    first = std::min(first, std::pair(keys[i - 1].id, keys[i].id));
  }
  if (pairs == 0) { return; }
  refusals.note(
      fmt::format("{}: {} and {} differ only in case, by zeros in front or by .0 at the end{}. Names are compared "
                  "byte by byte, so they are different {}",
                  what, shown(name(first.first)), shown(name(first.second)),
                  pairs == 1 ? "" : fmt::format(", and so do {} more", pairs - 1), what),
      pairs);
}

}  // namespace

void note_shortened_names(std::string_view what, const name_table& names, refusal_list& refusals) {
  std::atomic<std::uint64_t> seen{0};
  std::atomic<std::uint32_t> least{no_id};
  oneapi::tbb::parallel_for(oneapi::tbb::blocked_range<std::uint32_t>(0, names.size()), [&](const auto& part) {
    for (std::uint32_t id = part.begin(); id < part.end(); ++id) {
      if (!is_shortened(names[id])) { continue; }
      seen.fetch_add(1, std::memory_order_relaxed);
      std::uint32_t known = least.load(std::memory_order_relaxed);
      while (id < known && !least.compare_exchange_weak(known, id, std::memory_order_relaxed)) {}
    }
  });
  const std::uint64_t count = seen.load();
  const std::uint32_t first = least.load();
  if (count == 0) { return; }
  refusals.note(
      fmt::format("{}: {} as a number that a spreadsheet has shortened (first: {}); the digits are lost, and "
                  "different names may have become one",
                  what, count == 1 ? "1 name reads" : fmt::format("{} names read", count), shown(names[first])),
      count);
}

void note_like_names(std::string_view what, const name_table& names, refusal_list& refusals) {
  note_pairs(what, names.size(), [&](std::uint32_t id) { return names[id]; }, refusals);
}

void note_like_names(std::string_view what, const std::vector<std::string_view>& names, refusal_list& refusals) {
  note_pairs(what, static_cast<std::uint32_t>(names.size()), [&](std::uint32_t id) { return names[id]; }, refusals);
}

// --------------------------------------------------------------------------------------------- one-sided

void note_one_sided(const std::string& file, const book& source, refusal_list& refusals) {
  constexpr std::uint64_t listed_max = 3;
  std::uint64_t count = 0;
  std::string listed;
  for (std::uint32_t id = 0; id < source.reference.instruments.size(); ++id) {
    const instrument& it = source.reference.instruments[id];
    int128 longs = source.sides.lots[segment_of(id, position_side::long_side)];
    int128 shorts = source.sides.lots[segment_of(id, position_side::short_side)];
    for (const system_row& row : source.system) {
      if (row.instrument == id) { (row.lots > 0 ? longs : shorts) += row.lots > 0 ? row.lots : -row.lots; }
    }
    if (longs == shorts || ++count > listed_max) { continue; }
    const auto contracts = [&](int128 lots) {
      return trimmed_units(step_units(lots, it.size_step), it.size_step.scale, 0);
    };
    listed += fmt::format("{}{} (longs {}, shorts {})", listed.empty() ? "" : ", ", shown(it.name), contracts(longs),
                          contracts(shorts));
  }
  if (count == 0) { return; }
  if (count > listed_max) { listed += fmt::format(" and {} more", count - listed_max); }
  refusals.note(fmt::format("{}: {} not sum to zero, as a whole venue's contracts do: {}", file,
                            count == 1 ? "1 instrument does" : fmt::format("{} instruments do", count), listed),
                count);
}

// -------------------------------------------------------------------------------------------- near files

std::string way_out_of_ending(const std::string& table, std::string_view ending) {
  if (ending == ".feather" || ending == ".ipc" || ending == ".arrows") { return "name it " + table + ".arrow"; }
  if (ending == ".pq" || ending == ".parq") { return "name it " + table + ".parquet"; }
  if (ending == ".tsv" || ending == ".txt") { return "write it with commas as " + table + ".csv"; }
  for (const std::string_view packed : {".gz", ".zst", ".bz2", ".xz", ".zip"}) {
    if (ending.ends_with(packed)) { return "unpack it first"; }
  }
  return "";
}

namespace {

/// True if the stem contains the word: "positions_old" contains "positions", "compositions" does not.
bool holds_word(std::string_view stem, std::string_view word) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z'); };
  for (std::size_t at = stem.find(word); at != std::string_view::npos; at = stem.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_letter(stem[at - 1])) && (end == stem.size() || !is_letter(stem[end]))) { return true; }
  }
  return false;
}

bool is_input_beside(std::string_view stem) {
  for (std::size_t i = table_count; i < schema_count; ++i) {
    if (stem == schemas()[i].name) { return true; }
  }
  return false;
}

/// The table that may be meant by a file name; nothing if the name is exactly that of the table, or is not similar to
/// any.
std::optional<near_file> near_table(const std::string& name) {
  const std::size_t point = std::min(name.find('.', 1), name.size());
  const std::string stem = folded(name.substr(0, point));
  const std::string ending = folded(name.substr(point));
  if (name.front() == '.' || is_input_beside(stem)) { return std::nullopt; }
  constexpr std::string_view ours[] = {".csv", ".parquet", ".arrow"};
  for (std::size_t i = 0; i < table_count; ++i) {
    const std::string table(schemas()[i].name);
    const bool known_ending = std::find(std::begin(ours), std::end(ours), ending) != std::end(ours);
    if (known_ending && name == table + ending) { return std::nullopt; }
    const std::size_t slips = table.size() < 8 ? 1 : 2;
    if (stem != table && edit_distance(stem, table, slips) > slips && !holds_word(stem, table)) { continue; }
    std::string way_out = way_out_of_ending(table, ending);
    if (way_out.empty()) {
      way_out = known_ending ? "name it " + table + ending
                             : "write it as " + table + ".csv, " + table + ".parquet or " + table + ".arrow";
    }
    return near_file{name, static_cast<table_id>(i), std::move(way_out)};
  }
  return std::nullopt;
}

}  // namespace

bool is_near_venue(const std::string& name) {
  constexpr std::string_view wanted = "venue.toml";
  const std::string form = folded(name);
  return form.starts_with(wanted) || edit_distance(form, wanted, 2) <= 2;
}

std::vector<near_file> find_near_files(const std::filesystem::path& folder) {
  std::vector<near_file> out;
  std::error_code ignored;  // A folder that cannot be listed has no names to compare.
  for (std::filesystem::directory_iterator at(folder, ignored), end; !ignored && at != end; at.increment(ignored)) {
    if (auto found = near_table(at->path().filename().string())) { out.push_back(std::move(*found)); }
  }
  std::sort(out.begin(), out.end(), [](const near_file& a, const near_file& b) { return a.name < b.name; });
  return out;
}

}  // namespace plimsoll::io
