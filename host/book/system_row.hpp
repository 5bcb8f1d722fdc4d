// Opening holdings of the system's own accounts: money and contracts, as customers have them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plimsoll/config.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

/// The system's own accounts. `market` and `external` are the outside world: their balances may go below zero.
enum class system_account : std::uint8_t { fund, fees, market, backstop, external };
inline constexpr std::size_t system_account_count = 5;
[[nodiscard]] const char* to_string(system_account account);
/// The account of that name, or nothing.
[[nodiscard]] std::optional<system_account> system_account_named(std::string_view name);

/// A row of the table `system`: money in an asset, or contracts of an instrument.
struct system_row {
  system_account account = system_account::fund;
  std::string part;                  ///< Of the fund with scope `instrument`: the instrument; else blank.
  std::uint32_t asset = no_id;       ///< Of money; no_id for contracts.
  int128 amount = 0;                 ///< In steps of `asset`.
  std::uint32_t instrument = no_id;  ///< Of contracts; `asset` is then no_id.
  int128 lots = 0;
  int128 cost = 0;  ///< Entry value of the lots, in steps of the settlement asset: with the sign of the lots for linear
                    ///< contracts, with the opposite sign for inverse ones.
};

}  // namespace plimsoll
