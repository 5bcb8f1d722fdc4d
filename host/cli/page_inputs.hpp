// The inputs of a command, for the head of its page.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "host/cli/arguments.hpp"
#include "host/engine/held.hpp"
#include "host/report/page/page.hpp"
#include "host/text/instant.hpp"

namespace plimsoll::cli {

/// The summary for a page, with `inputs`: the paths of the book and of the files that options name, and the time of the
/// book's newest mark if the page shows no other time (`no_time`: none).
[[nodiscard]] inline page_json page_summary(const invocation& call, const std::string& summary,
                                            std::int64_t marks_of_ns = no_time) {
  page_json out = page_json::parse(summary);
  out["inputs"]["book"] = call.operand(0);
  for (const auto& [option, name] : {std::pair{"rulebook", "rulebook taken"},
                                     {"ticks", "ticks file"},
                                     {"updates", "updates file"},
                                     {"betas", "betas file"},
                                     {"as-of", "ages as of"}}) {
    if (find_option(call.command(), option) != nullptr && call.given(option)) {
      out["inputs"][name] = call.text(option);
    }
  }
  if (marks_of_ns != no_time) { out["inputs"]["marks of"] = format_instant(marks_of_ns); }
  return out;
}

/// The file of the page, with the time of writing among the values that differ from run to run.
[[nodiscard]] inline std::string dated_page(report_page page) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()).time_since_epoch();
  page.run.emplace_back("written", format_instant(std::chrono::nanoseconds(now).count()));
  return page_html(page, shipped_page_assets());
}

}  // namespace plimsoll::cli
