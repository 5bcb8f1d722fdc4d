// The tables of a book and their columns, with the meaning of each.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace plimsoll::io {

/// Content of the cells of a column; it determines the column types that are accepted.
enum class cell_kind : unsigned char {
  name,    ///< Name of an account, asset, instrument or tier table: text, or integers read as their decimal text.
  word,    ///< One of a few words.
  number,  ///< An exact decimal: text, decimals, integers; never floats.
  time,    ///< RFC 3339 text, or timestamps with a time zone.
  score,   ///< A number that may also be a float.
};

enum class column_need : unsigned char {
  required,
  optional,
  either,  ///< At least one of the columns with this mark in a table is required.
};

/// A column: how it is read, and its description for people.
struct known_column {
  std::string_view name;
  cell_kind kind;
  column_need need;
  std::string_view unit = "";       ///< Unit of its numbers: "price", "settlement asset", ...
  std::string_view step = "";       ///< Step of its numbers: "assets.step", "0.000001", ...; blank: any number.
  std::string_view fallback = "";   ///< Meaning of a blank cell or a missing column.
  std::string_view meaning = "";    ///< A sentence or two.
  std::string_view example = "";    ///< A valid cell.
  std::string_view elsewhere = "";  ///< Its names in the exports of venues.
};

enum class table_id : unsigned char {
  assets,
  instruments,
  tiers,
  depths,
  accounts,
  balances,
  positions,
  marks,
  units,
  system,
  ticks,
  updates,
  betas
};
inline constexpr std::size_t table_count = 10;  ///< Tables of a book; the tables after them are inputs beside a book.
inline constexpr std::size_t schema_count = 13;

namespace asset_column {
enum : int { asset, step, price, asset_weight, liability_weight };
}
namespace instrument_column {
enum : int {
  instrument,
  kind,
  base,
  settle,
  contract_size,
  price_step,
  size_step,
  tier_table,
  tick_size,
  underlying,
  strike,
  expiry,
  option_type
};
}
namespace tier_column {
enum : int {
  tier_table,
  floor,
  maintenance_rate,
  initial_rate,
  max_leverage,
  maintenance_amount,
  applies_to,
  floor_in
};
}
namespace depth_column {
enum : int { instrument, depth, half_life };
}
namespace account_column {
enum : int { account, margin_mode };
}
namespace balance_column {
enum : int { account, asset, amount };
}
namespace position_column {
enum : int { account, instrument, size, entry_price, entry_value, isolated_margin, adl_score, side, margin_mode };
}
namespace mark_column {
enum : int { instrument, mark, index, forward, volatility, as_of };
}
namespace unit_column {
enum : int { account, unit, balance };
}
namespace system_column {
enum : int { account, asset, amount, instrument, size, entry_value, unit };
}
namespace tick_column {
enum : int { tick = mark_column::as_of + 1 };
}  // namespace tick_column
namespace update_column {
enum : int { tick, kind, account, instrument, asset, size, price, amount, fee, to, rate, side, margin_mode };
}
namespace beta_column {
enum : int { instrument, beta };
}

/// A table of a book, or an input beside one.
struct table_schema {
  std::string_view name;
  bool required;  ///< False: the table may be missing from a book.
  std::span<const known_column> columns;
  std::string_view about;  ///< Description of its rows.
};

/// By table_id.
[[nodiscard]] std::span<const table_schema, schema_count> schemas();
[[nodiscard]] inline const table_schema& schema_of(table_id id) { return schemas()[static_cast<std::size_t>(id)]; }

/// Names of system accounts; no customer may have one of them.
inline constexpr std::string_view system_accounts[] = {"fund", "fees", "market", "backstop", "external"};

}  // namespace plimsoll::io
