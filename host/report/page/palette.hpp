// The colours of charts: told apart with any common colour blindness, and on white as on near-black.
#pragma once

#include "plimsoll/units.hpp"

namespace plimsoll::palette {

inline constexpr const char* healthy = "#5b8fbd";
inline constexpr const char* margin_call = "#e0b43a";
inline constexpr const char* liquidatable = "#dd7f3b";
inline constexpr const char* bankrupt = "#b0304f";

// Steps of the waterfall.
inline constexpr const char* market = "#7d93a8";
inline constexpr const char* backstop = "#5fa8a0";
inline constexpr const char* fund = "#e0b43a";
inline constexpr const char* adl = "#dd7f3b";
inline constexpr const char* haircut = "#b5803a";  // What winners bear, not what is closed.
inline constexpr const char* socialised = "#b0304f";
inline constexpr const char* unpaid = "#8a63a6";

/// Lines that stand beside each other.
inline constexpr const char* lines[] = {"#3f7fb3", "#dd7f3b", "#4f9d8f", "#b0304f", "#8a63a6", "#a08a2e"};

inline constexpr const char* wanted = "#dd9a6a";
inline constexpr const char* found = "#2f6f9f";
inline constexpr const char* line = "#3f7fb3";
inline constexpr const char* quiet = "#8b95a1";

[[nodiscard]] constexpr const char* of(unit_state state) {
  constexpr const char* colours[] = {healthy, margin_call, liquidatable, bankrupt};
  return colours[static_cast<int>(state)];
}

}  // namespace plimsoll::palette
