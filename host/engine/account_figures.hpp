// One account's figures, now or after an update: a scan of an excerpt of the book.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "host/backend/backend.hpp"
#include "host/engine/scan.hpp"
#include "host/updates/update.hpp"
#include "plimsoll/account.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// Figures of every unit of `account` in a dense book, at these prices. `machine` loads the book.
[[nodiscard]] result<account_report> report_account(const book& source, const tick_prices& prices, backend& machine,
                                                    std::uint32_t account);

/// The holdings that a live book would have of one account after an update.
class account_preview {
 public:
  /// `source`: the present book. `delisted`: by instrument. Both must outlive this object.
  account_preview(const book& source, const tick_prices& prices, std::span<const std::uint8_t> delisted)
      : source_(source), prices_(prices), delisted_(delisted) {}

  /// The update's account after the update, as `tick_engine::apply` and a query would return it. bad_data: the update
  /// would be refused, with the reason. usage: the update does not name one account.
  [[nodiscard]] result<account_report> after(const update& one, backend& machine) const;

  /// The most lots (> 0) that the account can buy (`direction` 1) or sell (-1) at the fill's price so that the units
  /// which the trade touches keep free margin >= 0. One lot more would not. 0: none.
  [[nodiscard]] result<size_lots> largest_order(const update& fill, int direction, backend& machine) const;

 private:
  [[nodiscard]] book excerpt_for(const update& one) const;
  [[nodiscard]] result<account_report> after(const update& one, book from, backend& machine) const;

  const book& source_;
  const tick_prices& prices_;
  std::span<const std::uint8_t> delisted_;
};

}  // namespace plimsoll
