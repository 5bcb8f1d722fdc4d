// Held markets as a table, as JSON and as sentences.
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

/// `held` of a replay: the same columns after `tick` and `time`, tick by tick. Log and reference data must outlive it.
[[nodiscard]] std::unique_ptr<table_source> held_table(const replay_log& log, const reference_data& reference);

/// The markets for a summary: instrument, reason, and the age in seconds if there is one.
[[nodiscard]] nlohmann::ordered_json held_markets_json(std::span<const held_mark> held,
                                                       const reference_data& reference);

/// `held` of the summary of a run with ticks: the number of ticks, the most units at once, the markets.
[[nodiscard]] nlohmann::ordered_json held_json(const held_summary& held, const reference_data& reference);

/// "2 of 20 markets are held, and 30 units with them: no action is taken on these. A, B: mark older than 60 s (up to
/// 7200 s)." Blank if nothing is held.
[[nodiscard]] std::string held_words(std::span<const held_mark> held, std::uint64_t units,
                                     const reference_data& reference);

/// The same for a run with ticks.
[[nodiscard]] std::string held_words(const held_summary& held, std::uint64_t ticks, const reference_data& reference);

/// A sentence on clocks that run ahead; blank if none does.
[[nodiscard]] std::string ahead_words(const clocks_ahead& ahead, const reference_data& reference);

/// The same as notes that count markets; none if nothing is held.
[[nodiscard]] std::vector<note> notes_on_held(const held_summary& held, std::uint64_t ticks,
                                              const reference_data& reference);

/// Seconds as the shortest plain decimal.
[[nodiscard]] std::string seconds_text(std::int64_t ns);

}  // namespace plimsoll
