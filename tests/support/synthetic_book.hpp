// Seeded books of any size for tests and benches: Zipf markets, heavy-tailed accounts, every kind of unit and state.
#pragma once

#include <cstdint>

#include "host/backend/backend.hpp"
#include "host/book/assemble.hpp"
#include "host/book/book.hpp"

namespace plimsoll::synthetic {

/// The parameters of a book. The same spec gives the same book on every machine: only integers and single IEEE
/// operations are used.
struct spec {
  std::uint32_t accounts = 1000;
  double positions_per_account = 4;  ///< On average; tails are heavy, and the first account makes every market.
  std::uint32_t instruments = 64;
  std::uint64_t seed = 1;
  collateral_mode collateral = collateral_mode::single;
  score_kind score = score_kind::pnl_leverage;
  double isolated_share = 0.2;   ///< Of positions.
  double inverse_share = 0.1;    ///< Of instruments; none in `multi`.
  double divided_share = 0.05;   ///< Of linear instruments: their values need a division.
  double flat_share = 0.1;       ///< Of positions: pnl 0, so many scores tie.
  double held_share = 0.02;      ///< Of instruments (and, in `multi`, of collateral assets): stale marks.
  double bankrupt_share = 0.02;  ///< Of units, about.
  double giant_share = 0.0005;   ///< Of positions: so large that sums need 128 bits.
  std::uint32_t bands_max = 8;   ///< Bands of a tier table: 1 to this; at most 32.
  double whole_share = 0;        ///< Of tier tables: their rates are those of the whole position,
  double lots_share = 0;         ///< and of those: their floors count lots.
  double below_zero_share = 0;   ///< Of linear instruments: marks below zero are admitted, and half of them have one.
  bool market_maker = true;      ///< The first account holds both sides of every instrument.
  std::uint64_t shuffle = 0;     ///< Not 0: rows are shuffled by this seed before assembly; the book stays the same.
};

/// A spec with exactly one unit an account.
[[nodiscard]] spec one_unit_an_account(std::uint32_t accounts, std::uint64_t seed);

/// The rows before assembly.
struct rows {
  reference_data reference;
  name_table accounts;
  balance_rows balances;
  position_rows positions;
  std::vector<mark> marks;
};
[[nodiscard]] rows make_rows(const spec& wanted);

/// The book. About 2 s for 1M accounts and 4M positions.
[[nodiscard]] book make_book(const spec& wanted);

/// The tick of the book's own marks; `move` shifts every mark by about that share (-0.2: a crash).
[[nodiscard]] tick_prices make_tick(const book& source, double move = 0);

}  // namespace plimsoll::synthetic
