// Finds the instruments in which a unit lost: in open positions, and in closed ones while the unit owes money.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/updates/ledger.hpp"

namespace plimsoll {

/// Units' results in closed positions, in steps, by unit and instrument. Units are named because their ids change with
/// the book; ids of instruments do not. Only cross units are here: an isolated unit has one instrument, which its name
/// has.
using gone_results = std::map<std::string, std::map<std::uint32_t, int128>>;

/// A unit by name. Maps that stay valid when the book's ids change have such keys.
[[nodiscard]] std::string unit_key(const book& source, std::uint32_t unit);
/// The unit of such a name, or no_id.
[[nodiscard]] std::uint32_t find_unit(const book& source, std::string_view key);

/// Closed lots and realised results of the customers' legs in a tick's plans. `at_mark`: closed lots count at the
/// book's mark where the leg has them at a bankruptcy value.
void add_closings(gone_results& gone, const book& source, std::span<const ledger_plan> plans, bool at_mark);

}  // namespace plimsoll
