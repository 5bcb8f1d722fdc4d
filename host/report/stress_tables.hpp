// The outputs of a stress run: `stress`, a row per cell and settlement asset, and its summary with the fund-adequacy
// table.
#pragma once

#include <string>
#include <vector>

#include "host/compare/stress.hpp"
#include "host/table/table.hpp"
#include "host/text/note.hpp"

namespace plimsoll {

/// `stress`: by shock, then fund, in the requested order, then asset. Refers to the grid, which must outlive it.
[[nodiscard]] std::vector<named_table> make_stress_tables(const stress_grid& from);

/// Notes on the run: held markets with reasons, a fund that is never used.
[[nodiscard]] std::vector<note> stress_notes(const stress_grid& from);

struct stress_facts {
  int threads = 0;
  double seconds_total = 0;
  double seconds_load_book = 0;
  std::vector<note> notes{};  ///< Notes on the book and the run.
};
/// The text of summary.json. Everything but the object `run` is equal over backends and threads.
[[nodiscard]] std::string stress_summary_json(const stress_grid& from, const stress_facts& run);

}  // namespace plimsoll
