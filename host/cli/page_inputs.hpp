// What a command has read, for the head of its page.
#pragma once

#include <string>
#include <utility>

#include "host/cli/arguments.hpp"
#include "host/report/page/page.hpp"

namespace plimsoll::cli {

/// The summary as a page reads it, with `inputs`: the paths of the book and of the files that options name.
[[nodiscard]] inline page_json page_summary(const invocation& call, const std::string& summary) {
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
  return out;
}

}  // namespace plimsoll::cli
