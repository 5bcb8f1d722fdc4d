// The result of a command on stdout, in the form that --summary names.
#pragma once

#include <string>

#include "host/cli/arguments.hpp"
#include "host/cli/session.hpp"

namespace plimsoll::cli {

/// Prints `json`, or the result of `text` for a screen: for people, or as Markdown. Without --summary: text on a
/// terminal, else JSON.
template <class Text>
void print_summary(const invocation& call, session& io, const std::string& json, const Text& text) {
  const std::string form = call.given("summary") ? call.text("summary") : io.out().is_terminal() ? "text" : "json";
  if (form == "json") { return io.print(json); }
  io.print(text(form == "markdown" ? io.out().as_markdown() : io.out()));
}

}  // namespace plimsoll::cli
