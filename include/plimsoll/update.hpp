// An update changes a book between ticks, as a venue's feed reports it. docs/design.md section 7, `updates`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "plimsoll/decimal.hpp"
#include "plimsoll/units.hpp"

namespace plimsoll {

enum class update_kind : std::uint8_t { fill, funding, fee, deposit, withdraw, transfer, margin, settle, list, delist };
[[nodiscard]] constexpr const char* to_string(update_kind kind) {
  constexpr const char* words[] = {"fill",     "funding", "fee",    "deposit", "withdraw",
                                   "transfer", "margin",  "settle", "list",    "delist"};
  return words[static_cast<int>(kind)];
}

enum class margin_mode : std::uint8_t { cross, isolated };
[[nodiscard]] constexpr const char* to_string(margin_mode mode) {
  return mode == margin_mode::cross ? "cross" : "isolated";
}

/// One row of `updates`. A name that the book knows is an id. Numbers are exact, as the file gives them.
struct update {
  std::int64_t tick = 0;
  std::int64_t row = 0;  ///< In its file, for refusals; the header is row 1.
  update_kind kind = update_kind::fill;
  std::string account;  ///< May be new to the book; blank for funding, settle, list, delist.
  std::string to;       ///< Other leg of a fill, or receiver of a transfer; blank: `market`.
  std::uint32_t instrument = no_id;
  std::uint32_t asset = no_id;
  size_lots lots{};      ///< fill: bought > 0. margin: its sign picks the side if both are held.
  decimal price{};       ///< fill, settle: in the quote of the contract; may be finer than the price step.
  money_steps amount{};  ///< deposit, withdraw, transfer, fee: of `asset`. margin: of the settlement asset.
  money_steps fee{};     ///< fill: of the settlement asset.
  decimal rate{};        ///< funding: share of the value, signed.
  /// fill: the side of `account`'s position that changes, in hedge mode. Without it a fill reduces the other side
  /// first.
  std::optional<position_side> side{};
  /// fill: the margin mode of the position that it opens. Without it: the mode in which `account` holds that side, else
  /// cross. An isolated position opens with a margin of 0.
  std::optional<margin_mode> mode{};
};

}  // namespace plimsoll
