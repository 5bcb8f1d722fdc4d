// Books of a few accounts, written down by hand: one settlement asset, contracts by their digits.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/book/assemble.hpp"
#include "host/engine/scan.hpp"
#include "host/execute/executor.hpp"

namespace plimsoll {

/// A band of a tier table: notional in steps, rates in ppm.
struct small_band {
  std::uint64_t floor = 0;
  std::uint32_t maintenance_ppm = 0;
  std::uint32_t initial_ppm = 0;
};

/// Bands with their amounts.
[[nodiscard]] std::vector<tier_band> bands_of(const std::vector<small_band>& table);

class small_book {
 public:
  /// Money of the asset "USD" in steps of 10^-digits; the rules are those of a venue.toml with these lines.
  explicit small_book(int digits, const std::string& venue_lines = "");

  /// A contract of one unit: lots of 10^-lot_digits, marks of 10^-tick_digits. To be called in rising order of names.
  small_book& contract(const std::string& name, int lot_digits, int tick_digits, std::int64_t mark_ticks,
                       const std::vector<small_band>& table, instrument_kind kind = instrument_kind::linear);
  small_book& balance(const std::string& account, std::int64_t steps);
  small_book& position(const std::string& account, const std::string& contract, std::int64_t lots, std::int64_t cost,
                       double score = 0);

  small_book& isolated(const std::string& account, const std::string& contract, std::int64_t lots, std::int64_t cost,
                       std::int64_t margin);

  [[nodiscard]] book build() const;

 private:
  struct position_row {
    std::string account;
    std::uint16_t contract;
    std::int64_t lots;
    std::int64_t cost;
    double score;
    std::optional<std::int64_t> margin{};
  };
  reference_data reference_;
  std::vector<mark> marks_;
  std::map<std::string, std::int64_t> balances_;
  std::vector<position_row> positions_;
};

/// A market that fills every order at one price, if its limit allows it; 0: none.
[[nodiscard]] std::unique_ptr<market> make_fixed_market(std::int64_t price_ticks);

/// The scan that an executor needs.
[[nodiscard]] scan_result scan_for(const book& source);

/// One tick of the venue's own rulebook on `target`, with every invariant checked. The executor is returned for its
/// ledger.
struct executed {
  std::unique_ptr<waterfall_executor> by;
  tick_outcome outcome;
};
[[nodiscard]] executed execute_tick(book& target, std::unique_ptr<market> venue);

/// The cross unit of an account, and its money after the executed plans.
[[nodiscard]] std::uint32_t unit_of(const book& source, std::string_view account);
[[nodiscard]] std::uint32_t position_of(const book& source, std::string_view account, std::string_view contract);

}  // namespace plimsoll
