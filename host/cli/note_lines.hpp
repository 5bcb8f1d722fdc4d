// What has to be said about a result, as the first thing that people read of it.
#pragma once

#include <string>
#include <vector>

#include "host/cli/terminal.hpp"

namespace plimsoll::cli {

/// One paragraph a note, and a blank line behind them.
[[nodiscard]] inline std::string note_lines(const std::vector<std::string>& notes, const terminal& screen) {
  std::string out;
  for (const std::string& note : notes) {
    out += "  " + screen.paint(accent::warning, wrap(note, 2, screen.width())) + "\n";
  }
  return out.empty() ? out : out + "\n";
}

}  // namespace plimsoll::cli
