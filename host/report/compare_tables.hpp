// The outputs of a comparison of ADL policies: `policies`, and its summary.
#pragma once

#include <string>
#include <vector>

#include "host/compare/compare.hpp"
#include "host/table/table.hpp"
#include "host/text/note.hpp"

namespace plimsoll {

/// `policies`: a row per policy and settlement asset, by policy in the requested order, then asset. Refers to the
/// comparison, which must outlive it.
[[nodiscard]] std::vector<named_table> make_compare_tables(const comparison& from);

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
