// Books made row by row, for edge cases that no generator hits.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "host/book/assemble.hpp"
#include "host/book/book.hpp"

namespace plimsoll::parity {

/// One linear market in USDT whose lots are worth the mark in steps, with one band.
class hand_made_book {
 public:
  explicit hand_made_book(std::uint32_t maintenance_ppm = 10'000, std::uint32_t initial_ppm = 20'000) {
    reference_.venue.quote = "USDT";
    asset quote;
    quote.name = "USDT";
    reference_.assets.push_back(quote);
    reference_.quote = 0;
    tier_band band;
    band.maintenance_ppm = maintenance_ppm;
    band.initial_ppm = initial_ppm;
    reference_.bands.push_back(band);
    reference_.tier_table_names.push_back("T");
  }

  /// Adds a market at a mark. Returns its id.
  std::uint16_t market(std::int64_t ticks) {
    instrument it;
    it.name = "M" + std::to_string(1000 + reference_.instruments.size());
    it.base = 0;
    it.settle = 0;
    it.rate = {1, 1, false};
    it.tier_table = 0;
    it.band_count = 1;
    reference_.instruments.push_back(it);
    mark one;
    one.ticks = ticks;
    marks_.push_back(one);
    return static_cast<std::uint16_t>(reference_.instruments.size() - 1);
  }

  /// Adds an account with a balance. Returns its id.
  std::uint32_t account(std::int64_t balance) {
    const std::uint32_t id = accounts_.size();
    std::string digits = std::to_string(id);
    accounts_.append("a" + std::string(8 - digits.size(), '0') + digits);
    balances_.account.push_back(id);
    balances_.asset.push_back(0);
    balances_.amount.push_back(balance);
    return id;
  }

  void position(std::uint32_t account, std::uint16_t market, std::int64_t lots, std::int64_t cost, double given = 0) {
    positions_.account.push_back(account);
    positions_.instrument.push_back(market);
    positions_.lots.push_back(lots);
    positions_.cost.push_back(cost);
    positions_.isolated_margin.push_back(0);
    positions_.isolated.push_back(0);
    given_.push_back(given);
  }

  void score(score_kind kind) { reference_.venue.adl_score = kind; }

  /// The book; this object is spent.
  book assemble() {
    if (reference_.venue.adl_score == score_kind::given) { positions_.given = std::move(given_); }
    assemble_outcome outcome = assemble_book(std::move(reference_), std::move(accounts_), std::move(balances_),
                                             std::move(positions_), std::move(marks_));
    EXPECT_TRUE(outcome.faults.empty());
    return std::move(outcome.built);
  }

 private:
  reference_data reference_;
  name_table accounts_;
  balance_rows balances_;
  position_rows positions_;
  std::vector<double> given_;
  std::vector<mark> marks_;
};

}  // namespace plimsoll::parity
