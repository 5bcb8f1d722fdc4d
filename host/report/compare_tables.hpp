// What a comparison of ADL policies writes: `policies`, `haircuts`, and its summary.
#pragma once

#include <string>
#include <vector>

#include "host/compare/compare.hpp"
#include "host/table/table.hpp"
#include "host/text/note.hpp"

namespace plimsoll {

/// `policies`: a row per policy and settlement asset, by policy as asked for, then asset; and `haircuts`, a row per
/// policy, asset and account that gave, of forks that kept them. They refer to the comparison, which must outlive them.
[[nodiscard]] std::vector<named_table> make_compare_tables(const comparison& from, bool with_haircuts = false);

/// What has to be said about the run: what is held and why, a fund that nobody asks.
[[nodiscard]] std::vector<note> compare_notes(const comparison& from);

struct compare_facts {
  int threads = 0;
  double seconds_total = 0;
  double seconds_load_book = 0;
  std::vector<note> notes{};  ///< What was said of the book and the run.
};
/// The text of summary.json. Everything but the object `run` is equal over backends and threads.
[[nodiscard]] std::string compare_summary_json(const comparison& from, const compare_facts& run);

}  // namespace plimsoll
