// Results of a tick, an account and a run as tables. Inside host/api only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/book/book.hpp"
#include "host/table/table.hpp"
#include "plimsoll/account.hpp"
#include "plimsoll/executor.hpp"
#include "plimsoll/result.hpp"
#include "plimsoll/tick.hpp"

namespace plimsoll {

/// Makes the tables of results about one book. They refer to the reference data and to the result, which must outlive
/// them. Errors: usage if a result has an id that is not in the book.
class answer_tables {
 public:
  using table = std::unique_ptr<table_source>;
  explicit answer_tables(const reference_data& of);

  [[nodiscard]] result<table> flagged(const tick_result& found) const;
  [[nodiscard]] result<table> cover(const tick_result& found) const;
  [[nodiscard]] result<table> demand(const tick_result& found) const;
  [[nodiscard]] result<table> totals(const tick_result& found) const;
  [[nodiscard]] result<table> units(const account_report& report) const;
  [[nodiscard]] result<table> positions(const account_report& report) const;
  [[nodiscard]] result<table> events(const execution& done) const;
  [[nodiscard]] result<table> flows(const execution& done) const;

 private:
  [[nodiscard]] bool has_asset(std::uint32_t id) const { return id < of_.assets.size(); }
  [[nodiscard]] bool has_contract(std::uint32_t id) const;
  [[nodiscard]] int digits(std::uint32_t asset) const { return of_.assets[asset].digits; }

  const reference_data& of_;
  int money_digits_ = 0;  ///< Most digits of any row's money, size or price.
  int size_digits_ = 0;
  int price_digits_ = 0;
};

}  // namespace plimsoll
