// The colours of charts. Each has one meaning; they are distinct with any common colour blindness, on white and on
// near-black.
#pragma once

#include "plimsoll/units.hpp"

namespace plimsoll::palette {

inline constexpr const char* healthy = "#5b8fbd";
inline constexpr const char* margin_call = "#e0b43a";
inline constexpr const char* liquidatable = "#dd7f3b";
inline constexpr const char* bankrupt = "#b0304f";  ///< Bankrupt units, and their deficits.

// Steps that closed positions.
inline constexpr const char* market = "#7d93a8";
inline constexpr const char* backstop = "#5fa8a0";
inline constexpr const char* adl = "#7a62b3";
inline constexpr const char* demand = "#8b95a1";

// Parties that bore the losses.
inline constexpr const char* fund = "#4c9f70";
inline constexpr const char* haircut = "#bf95dc";  ///< The amount that winners give up, not the value that is closed.
inline constexpr const char* socialised = "#96622f";
inline constexpr const char* unpaid = "#d4548f";

// Policies side by side.
inline constexpr const char* needed = "#a3aab3";
inline constexpr const char* worst = "#c4694b";
inline constexpr const char* mean = "#6d84b8";
inline constexpr const char* gini = "#4f8494";
inline constexpr const char* accounts = "#6f8a5b";

// Ladders.
inline constexpr const char* wanted = "#a9c4da";
inline constexpr const char* found = "#2f6f9f";
inline constexpr const char* line = "#3f7fb3";  ///< A ladder.
inline constexpr const char* left = "#c9c3b2";  ///< The part of a ladder that is left after ADL.

/// Lines of marks in one chart, which differ in their dashes as well.
inline constexpr const char* lines[] = {"#3a78ad", "#c08a2d", "#4a9a8c", "#a65a74", "#8273a8", "#7d8f3f"};
inline constexpr const char* dashes[] = {"solid", "dash", "dot", "dashdot", "longdash", "longdashdot"};

inline constexpr const char* quiet = "#8e98a5";  ///< A line at a threshold.

[[nodiscard]] constexpr const char* of(unit_state state) {
  constexpr const char* colours[] = {healthy, margin_call, liquidatable, bankrupt};
  return colours[static_cast<int>(state)];
}

}  // namespace plimsoll::palette
