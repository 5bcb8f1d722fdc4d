// The last step of a tick of the engine: its result, with names.
#pragma once

#include <cstdint>
#include <span>

#include "host/backend/backend.hpp"
#include "host/book/live_book.hpp"
#include "host/engine/cover.hpp"
#include "host/engine/result_names.hpp"
#include "host/engine/scan.hpp"
#include "plimsoll/tick.hpp"

namespace plimsoll {

/// The findings of a tick, by index into the book.
struct tick_findings {
  const tick_judgement& judgement;
  std::span<const unit_record> flagged;  ///< In report order.
  std::span<const unit_record> dust;     ///< Bankrupt by an amount too small to be flagged.
  std::span<const bankrupt_position> bankrupt;
  std::span<const cover_fill> cover;
};

/// Fills in counts, flagged units, cover, demand, deficits and the digest. `out.totals` must have a line for each asset
/// already. Runs in parallel.
void write_findings(const live_book& source, const unit_names& names, const tick_findings& found, tick_result& out);

}  // namespace plimsoll
