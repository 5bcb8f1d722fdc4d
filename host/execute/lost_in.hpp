// In which instruments a unit lost: positions that it holds, and those of its that are gone while it owes money.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/updates/ledger.hpp"

namespace plimsoll {

/// What units made of positions that are gone, by unit (name: ids change with the book) and instrument (whose ids do
/// not), in steps. Of cross units alone: an isolated one has one instrument, which its name tells.
using gone_results = std::map<std::string, std::map<std::uint32_t, int128>>;

/// A unit by name, as maps that outlive a book's ids are keyed.
[[nodiscard]] std::string unit_key(const book& source, std::uint32_t unit);
/// The unit of such a name, or no_id.
[[nodiscard]] std::uint32_t find_unit(const book& source, std::string_view key);

/// What is in a tick's plans: lots that a customer's leg closed, and what it realised. `at_mark`: the closed lots count
/// at the book's mark, where the leg has them at a bankruptcy value.
void add_closings(gone_results& gone, const book& source, std::span<const ledger_plan> plans, bool at_mark);

}  // namespace plimsoll
