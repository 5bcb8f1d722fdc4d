// The tables of a book and their columns, as DESIGN section 7 lists them.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace plimsoll::io {

/// What the cells of a column hold; it decides which column types are read.
enum class cell_kind : unsigned char {
  name,    ///< Of an account, asset, instrument, tier table: text, or integers taken as their decimal text.
  word,    ///< One of a few words.
  number,  ///< An exact decimal: text, decimals, integers; never floats.
  time,    ///< RFC 3339 text, or timestamps with a time zone.
  score,   ///< A number that may also be a float.
};

enum class column_need : unsigned char {
  required,
  optional,
  either,  ///< Of the columns marked so in one table, at least one.
};

struct known_column {
  std::string_view name;
  cell_kind kind;
  column_need need;
};

enum class table_id : unsigned char {
  assets,
  instruments,
  tiers,
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
inline constexpr std::size_t table_count = 9;  ///< Tables of a book; those after them are inputs beside one.
inline constexpr std::size_t schema_count = 12;

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
enum : int { tier_table, floor, maintenance_rate, initial_rate, max_leverage, maintenance_amount };
}
namespace account_column {
enum : int { account, margin_mode };
}
namespace balance_column {
enum : int { account, asset, amount };
}
namespace position_column {
enum : int { account, instrument, size, entry_price, entry_value, isolated_margin, adl_score };
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
enum : int { tick, kind, account, instrument, asset, size, price, amount, fee, to, rate };
}
namespace beta_column {
enum : int { instrument, beta };
}

inline constexpr known_column asset_columns[] = {
    {"asset", cell_kind::name, column_need::required},
    {"step", cell_kind::number, column_need::optional},
    {"price", cell_kind::number, column_need::optional},
    {"asset_weight", cell_kind::number, column_need::optional},
    {"liability_weight", cell_kind::number, column_need::optional},
};
inline constexpr known_column instrument_columns[] = {
    {"instrument", cell_kind::name, column_need::required},
    {"kind", cell_kind::word, column_need::required},
    {"base", cell_kind::name, column_need::required},
    {"settle", cell_kind::name, column_need::required},
    {"contract_size", cell_kind::number, column_need::required},
    {"price_step", cell_kind::number, column_need::required},
    {"size_step", cell_kind::number, column_need::required},
    {"tier_table", cell_kind::name, column_need::required},
    {"tick_size", cell_kind::number, column_need::optional},
    {"underlying", cell_kind::name, column_need::optional},
    {"strike", cell_kind::number, column_need::optional},
    {"expiry", cell_kind::time, column_need::optional},
    {"option_type", cell_kind::word, column_need::optional},
};
inline constexpr known_column tier_columns[] = {
    {"tier_table", cell_kind::name, column_need::required},
    {"floor", cell_kind::number, column_need::required},
    {"maintenance_rate", cell_kind::number, column_need::required},
    {"initial_rate", cell_kind::number, column_need::either},
    {"max_leverage", cell_kind::number, column_need::either},
    {"maintenance_amount", cell_kind::number, column_need::optional},
};
inline constexpr known_column account_columns[] = {
    {"account", cell_kind::name, column_need::required},
    {"margin_mode", cell_kind::word, column_need::optional},
};
inline constexpr known_column balance_columns[] = {
    {"account", cell_kind::name, column_need::required},
    {"asset", cell_kind::name, column_need::required},
    {"amount", cell_kind::number, column_need::required},
};
inline constexpr known_column position_columns_known[] = {
    {"account", cell_kind::name, column_need::required},
    {"instrument", cell_kind::name, column_need::required},
    {"size", cell_kind::number, column_need::required},
    {"entry_price", cell_kind::number, column_need::either},
    {"entry_value", cell_kind::number, column_need::either},
    {"isolated_margin", cell_kind::number, column_need::optional},
    {"adl_score", cell_kind::score, column_need::optional},
};
inline constexpr known_column mark_columns[] = {
    {"instrument", cell_kind::name, column_need::required},   {"mark", cell_kind::number, column_need::required},
    {"index", cell_kind::number, column_need::optional},      {"forward", cell_kind::number, column_need::optional},
    {"volatility", cell_kind::number, column_need::optional}, {"as_of", cell_kind::time, column_need::optional},
};

inline constexpr known_column unit_columns_known[] = {
    {"account", cell_kind::name, column_need::required},
    {"unit", cell_kind::name, column_need::required},
    {"balance", cell_kind::number, column_need::required},
};
inline constexpr known_column system_columns[] = {
    {"account", cell_kind::word, column_need::required},  {"asset", cell_kind::name, column_need::either},
    {"amount", cell_kind::number, column_need::optional}, {"instrument", cell_kind::name, column_need::either},
    {"size", cell_kind::number, column_need::optional},   {"entry_value", cell_kind::number, column_need::optional},
    {"unit", cell_kind::name, column_need::optional},
};
inline constexpr known_column tick_columns[] = {
    {"instrument", cell_kind::name, column_need::required},   {"mark", cell_kind::number, column_need::required},
    {"index", cell_kind::number, column_need::optional},      {"forward", cell_kind::number, column_need::optional},
    {"volatility", cell_kind::number, column_need::optional}, {"as_of", cell_kind::time, column_need::optional},
    {"tick", cell_kind::number, column_need::required},
};
inline constexpr known_column update_columns[] = {
    {"tick", cell_kind::number, column_need::required},  {"kind", cell_kind::word, column_need::required},
    {"account", cell_kind::name, column_need::optional}, {"instrument", cell_kind::name, column_need::optional},
    {"asset", cell_kind::name, column_need::optional},   {"size", cell_kind::number, column_need::optional},
    {"price", cell_kind::number, column_need::optional}, {"amount", cell_kind::number, column_need::optional},
    {"fee", cell_kind::number, column_need::optional},   {"to", cell_kind::name, column_need::optional},
    {"rate", cell_kind::number, column_need::optional},
};
inline constexpr known_column beta_columns[] = {
    {"instrument", cell_kind::name, column_need::required},
    {"beta", cell_kind::number, column_need::required},
};

struct table_schema {
  std::string_view name;
  bool required;
  std::span<const known_column> columns;
};

/// By table_id.
inline constexpr std::array<table_schema, schema_count> schemas = {{
    {"assets", true, asset_columns},
    {"instruments", true, instrument_columns},
    {"tiers", true, tier_columns},
    {"accounts", false, account_columns},
    {"balances", true, balance_columns},
    {"positions", true, position_columns_known},
    {"marks", true, mark_columns},
    {"units", false, unit_columns_known},
    {"system", false, system_columns},
    {"ticks", true, tick_columns},
    {"updates", true, update_columns},
    {"betas", true, beta_columns},
}};

[[nodiscard]] constexpr const table_schema& schema_of(table_id id) { return schemas[static_cast<std::size_t>(id)]; }

/// Accounts of the system itself; no customer bears these names.
inline constexpr std::string_view system_accounts[] = {"fund", "fees", "market", "backstop", "external"};

}  // namespace plimsoll::io
