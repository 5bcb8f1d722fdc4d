// The notes that a result must be read with, printed before it.
#pragma once

#include <span>
#include <string>

#include "host/cli/terminal.hpp"
#include "host/text/note.hpp"

namespace plimsoll::cli {

/// One paragraph per note, and a blank line after them.
[[nodiscard]] inline std::string note_lines(std::span<const note> notes, const terminal& screen) {
  std::string out;
  for (const note& one : notes) {
    out += "  " + screen.paint(accent::warning, wrap(one.text, 2, screen.width())) + "\n";
  }
  return out.empty() ? out : out + "\n";
}

}  // namespace plimsoll::cli
