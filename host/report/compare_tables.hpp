// The outputs of a comparison of ADL policies: `policies`, `haircuts`, and its summary.
#pragma once

#include <string>
#include <vector>

#include "host/compare/compare.hpp"
#include "host/table/table.hpp"
#include "host/text/note.hpp"

namespace plimsoll {

/// `policies`: a row per policy and settlement asset, by policy in the requested order, then asset. `haircuts`: a row
/// per policy, asset and deleveraged account, of forks that kept them. Both refer to the comparison, which must outlive
/// them.
[[nodiscard]] std::vector<named_table> make_compare_tables(const comparison& from, bool with_haircuts = false);

/// Notes on the run: held markets with reasons, a fund that is never used.
[[nodiscard]] std::vector<note> compare_notes(const comparison& from);

struct compare_facts {
  int threads = 0;
  double seconds_total = 0;
  double seconds_load_book = 0;
  std::vector<note> notes{};  ///< Notes on the book and the run.
};
/// The text of summary.json. Everything but the object `run` is equal over backends and threads.
[[nodiscard]] std::string compare_summary_json(const comparison& from, const compare_facts& run);

}  // namespace plimsoll
