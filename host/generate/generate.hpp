// Makes a venue of any size from a seed. The same recipe gives the same book on every machine and for any number of
// threads.
#pragma once

#include <cstdint>
#include <functional>

#include "host/book/assemble.hpp"
#include "host/book/book.hpp"
#include "host/generate/balances.hpp"
#include "host/generate/recipe.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// Callback at the start of each stage; if it returns false, the work stops with error_code::interrupted.
using generate_progress = std::function<bool(const char* stage)>;

/// A generated venue as rows, ready for `assemble_book`.
struct generated_rows {
  reference_data reference;
  name_table accounts;
  balance_rows balances;
  position_rows positions;
  std::vector<mark> marks;
  drawn_figures figures;
};

/// In each instrument the sizes sum to zero, and so do the costs, exactly, and every limit and rule of section 7 is
/// fulfilled. Errors: usage if the recipe contradicts itself, not_supported if a unit would exceed 2^62 steps.
[[nodiscard]] result<generated_rows> generate_rows(const venue_recipe& recipe, const generate_progress& progress = {});

/// The same as a book in memory: for benches and tests. `figures`, if given, receives the counts.
[[nodiscard]] result<book> generate_book(const venue_recipe& recipe, const generate_progress& progress = {},
                                         drawn_figures* figures = nullptr);

}  // namespace plimsoll
