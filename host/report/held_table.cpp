#include "host/report/held_table.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "host/report/tick_times.hpp"
#include "host/table/chunk_table.hpp"
#include "host/text/exact_text.hpp"
#include "host/text/instant.hpp"

namespace plimsoll {

namespace {

using json = nlohmann::ordered_json;

constexpr int nanosecond_digits = 9;
constexpr std::size_t names_shown = 6;

/// Digits that the decimals of a number of seconds need.
struct seconds_units {
  int128 units;
  int digits = nanosecond_digits;
  explicit seconds_units(std::int64_t ns) : units(ns) {
    for (; digits > 0 && units % 10 == 0; --digits) { units /= 10; }
  }
};

std::vector<column_spec> held_columns(const reference_data& reference) {
  int price_digits = 0;
  for (const instrument& it : reference.instruments) { price_digits = std::max(price_digits, it.price_step.scale); }
  return {{"instrument", column_kind::text},
          {"mark", column_kind::amount, price_digits},
          {"as_of", column_kind::text},
          {"age", column_kind::amount, nanosecond_digits},
          {"limit", column_kind::amount, nanosecond_digits},
          {"why", column_kind::text}};
}

/// Fills the columns of `held_columns`, the first of which is at `place`.
void write_held(const held_mark& one, const reference_data& reference, std::size_t place, table_chunk& out,
                row_writer& row) {
  const instrument& it = reference.instruments[one.instrument];
  row.text(it.name);
  row.amount_if(is_marked(one.mark_ticks), step_units(one.mark_ticks, it.price_step), it.price_step.scale);
  row.text(out.columns[place + 2].owned.emplace_back(one.as_of_ns == no_time ? std::string()
                                                                             : format_instant(one.as_of_ns)));
  const seconds_units age(one.age_ns);
  row.amount_if(one.why == held_reason::too_old, age.units, age.digits);
  const seconds_units limit(reference.venue.max_mark_age_ns.value_or(0));
  row.amount(limit.units, limit.digits).text(to_string(one.why));
}

std::string market_count(std::size_t held, std::size_t all) {
  return fmt::format("{} of {} market{} {} held", held, all, all == 1 ? "" : "s", held == 1 ? "is" : "are");
}

std::string names_of(const std::vector<std::uint32_t>& ids, const reference_data& reference) {
  std::string out;
  for (std::size_t i = 0; i < std::min(ids.size(), names_shown); ++i) {
    out += (i == 0 ? "" : ", ") + reference.instruments[ids[i]].name;
  }
  return ids.size() > names_shown ? fmt::format("{} and {} more", out, ids.size() - names_shown) : out;
}

/// The reasons, each with its held markets.
std::string reasons(std::span<const held_mark> held, const reference_data& reference) {
  std::map<held_reason, std::vector<std::uint32_t>> of;
  std::int64_t oldest = 0;
  for (const held_mark& one : held) {
    of[one.why].push_back(one.instrument);
    oldest = std::max(oldest, one.age_ns);
  }
  std::string out;
  for (const auto& [why, ids] : of) {
    const char* marks = ids.size() == 1 ? "its mark" : "their marks";
    std::string cause;
    switch (why) {
      case held_reason::no_mark: cause = ids.size() == 1 ? "it has no mark" : "they have no mark"; break;
      case held_reason::no_time: cause = fmt::format("{} {} no as_of", marks, ids.size() == 1 ? "has" : "have"); break;
      case held_reason::too_old:
        cause = fmt::format("{} {} {} s old, max_mark_age is {} s", marks, ids.size() == 1 ? "is" : "are up to",
                            seconds_text(oldest), seconds_text(reference.venue.max_mark_age_ns.value_or(0)));
        break;
    }
    out += fmt::format(" {}: {}.", names_of(ids, reference), cause);
  }
  return out;
}

std::string unit_words(std::uint64_t units, const char* most) {
  if (units == 0) { return "no unit has a position in them"; }
  return fmt::format("{}{} unit{} with them: no action is taken on {}", most, units, units == 1 ? "" : "s",
                     units == 1 ? "it" : "these");
}

}  // namespace

std::string seconds_text(std::int64_t ns) {
  const seconds_units seconds(ns);
  return format_units(seconds.units, seconds.digits);
}

std::unique_ptr<table_source> held_table(std::vector<held_mark> held, const reference_data& reference) {
  auto rows = std::make_shared<std::vector<held_mark>>(std::move(held));
  return std::make_unique<chunk_table>(held_columns(reference), rows->size(),
                                       [rows, &reference](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
                                         row_writer row(out);
                                         for (std::uint64_t i = begin; i < end; ++i) {
                                           write_held((*rows)[i], reference, 0, out, row);
                                           row.end_row();
                                         }
                                       });
}

std::unique_ptr<table_source> held_table(const replay_log& log, const reference_data& reference) {
  std::vector<column_spec> columns{{"tick", column_kind::integer}, {"time", column_kind::text}};
  for (column_spec& one : held_columns(reference)) { columns.push_back(std::move(one)); }
  auto times = std::make_shared<tick_times>(log);
  return std::make_unique<chunk_table>(
      std::move(columns), log.held.size(),
      [&log, &reference, times](std::uint64_t begin, std::uint64_t end, table_chunk& out) {
        row_writer row(out);
        for (std::uint64_t i = begin; i < end; ++i) {
          row.integer(log.held[i].tick).text(times->text(log.held[i].tick));
          write_held(log.held[i].mark, reference, 2, out, row);
          row.end_row();
        }
      });
}

json held_markets_json(std::span<const held_mark> held, const reference_data& reference) {
  json out = json::array();
  for (const held_mark& one : held) {
    json& market =
        out.emplace_back(json{{"instrument", reference.instruments[one.instrument].name}, {"why", to_string(one.why)}});
    if (one.why == held_reason::too_old) { market["age"] = seconds_text(one.age_ns); }
  }
  return out;
}

json held_json(const held_summary& held, const reference_data& reference) {
  return {{"ticks", held.ticks}, {"units", held.units_max}, {"markets", held_markets_json(held.markets, reference)}};
}

std::string held_words(std::span<const held_mark> held, std::uint64_t units, const reference_data& reference) {
  if (held.empty()) { return {}; }
  return fmt::format("{}, and {}.{}", market_count(held.size(), reference.instruments.size()), unit_words(units, ""),
                     reasons(held, reference));
}

std::string held_words(const held_summary& held, std::uint64_t ticks, const reference_data& reference) {
  if (held.markets.empty()) { return {}; }
  return fmt::format("{} in {} of {} tick{}, and {}.{}",
                     market_count(held.markets.size(), reference.instruments.size()), held.ticks, ticks,
                     ticks == 1 ? "" : "s", unit_words(held.units_max, "up to "), reasons(held.markets, reference));
}

std::vector<note> notes_on_held(const held_summary& held, std::uint64_t ticks, const reference_data& reference) {
  if (held.markets.empty()) { return {}; }
  return {{held_words(held, ticks, reference), held.markets.size()}};
}

std::string ahead_words(const clocks_ahead& ahead, const reference_data& reference) {
  if (ahead.instruments.empty()) { return {}; }
  const bool one = ahead.instruments.size() == 1;
  return fmt::format(
      "{}: {} {} s newer than those of {} other market{}, and ages are relative to the newest; --as-of sets another "
      "time",
      names_of(ahead.instruments, reference), one ? "its mark is" : "their marks are", seconds_text(ahead.gap_ns),
      ahead.behind, ahead.behind == 1 ? "" : "s");
}

}  // namespace plimsoll
