// Held markets as a table, as JSON and in words.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "host/engine/held.hpp"
#include "host/replay/replay.hpp"
#include "host/table/table.hpp"
#include "host/text/note.hpp"

namespace plimsoll {

/// `held` of a scan: instrument, mark, as_of, age, limit, why. The reference data must outlive it.
[[nodiscard]] std::unique_ptr<table_source> held_table(std::vector<held_mark> held, const reference_data& reference);

/// `held` of a replay: the same, tick by tick, behind `tick` and `time`. Log and reference data must outlive it.
[[nodiscard]] std::unique_ptr<table_source> held_table(const replay_log& log, const reference_data& reference);

/// The markets for a summary: instrument, why, age in seconds where there is one.
[[nodiscard]] nlohmann::ordered_json held_markets_json(std::span<const held_mark> held,
                                                       const reference_data& reference);

/// `held` of the summary of a run with ticks: how many ticks, the most units at once, the markets.
[[nodiscard]] nlohmann::ordered_json held_json(const held_summary& held, const reference_data& reference);

/// "2 of 20 markets are held, and 30 units with them: nobody acts on those. A, B: mark older than 60 s (up to 7200 s)."
/// Blank where nothing is held.
[[nodiscard]] std::string held_words(std::span<const held_mark> held, std::uint64_t units,
                                     const reference_data& reference);

/// The same of a run with ticks.
[[nodiscard]] std::string held_words(const held_summary& held, std::uint64_t ticks, const reference_data& reference);

/// What is to be said of clocks that run ahead; blank where none does.
[[nodiscard]] std::string ahead_words(const clocks_ahead& ahead, const reference_data& reference);

/// The same as notes, counting markets; none where nothing is held.
[[nodiscard]] std::vector<note> notes_on_held(const held_summary& held, std::uint64_t ticks,
                                              const reference_data& reference);

/// Seconds as a plain decimal, as short as it can be.
[[nodiscard]] std::string seconds_text(std::int64_t ns);

}  // namespace plimsoll
