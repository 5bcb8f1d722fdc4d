// What has to be said about a result, as the first thing that people read of it.
#pragma once

#include <span>
#include <string>

#include "host/cli/terminal.hpp"
#include "host/text/note.hpp"

namespace plimsoll::cli {

/// One paragraph a note, and a blank line behind them.
[[nodiscard]] inline std::string note_lines(std::span<const note> notes, const terminal& screen) {
  std::string out;
  for (const note& one : notes) {
    out += "  " + screen.paint(accent::warning, wrap(one.text, 2, screen.width())) + "\n";
  }
  return out.empty() ? out : out + "\n";
}

}  // namespace plimsoll::cli
