// Loads the tables that change rarely (assets, instruments, tiers), and the marks, row by row, and resolves names.
// Inside host/io only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/book/book.hpp"
#include "host/io/names.hpp"
#include "host/io/table_file.hpp"

namespace plimsoll::io {

/// An asset during the load.
struct asset_entry {
  asset it;
  std::int64_t row = 0;
  bool step_given = false;
  bool usable = false;  ///< No cell of its row was refused.
};

struct instrument_entry {
  instrument it;
  std::int64_t row = 0;
  std::string tier_name;
  std::int64_t depth_row = -1;  ///< In `depths`; -1: none.
  bool usable = false;
};

/// A row of a tier table, with its floor and amount as in the file.
struct tier_row {
  std::int64_t row = 0;
  decimal floor;
  std::uint32_t maintenance_ppm = 0;
  std::uint32_t initial_ppm = 0;
  std::optional<decimal> amount;
};
struct tier_entry {
  std::string name;
  std::string applies_to;      ///< "whole", or blank: band by band. From the first row, like the next member.
  std::string floor_in;        ///< "contracts", or blank: notional.
  std::vector<tier_row> rows;  ///< In file order.
  bool usable = true;
};

/// Result of reading a mark; by instrument.
enum class mark_state : std::uint8_t { absent, refused, good };

/// The tables and their entries. An entry of a refused row keeps its name, so that a reference to it is not refused as
/// well.
struct reference_tables {
  std::optional<venue_config> venue;  ///< Nothing if venue.toml was refused; rules that depend on it are then not
                                      ///< checked.

  bool assets_known = false;  ///< The table was read; if not, names that it might have defined are not refused.
  bool instruments_known = false;
  bool tiers_known = false;
  bool marks_known = false;
  std::string assets_file = "assets";
  std::string instruments_file = "instruments";
  std::string tiers_file = "tiers";
  std::string marks_file = "marks";
  std::string depths_file = "depths";

  std::vector<asset_entry> assets;  ///< In order of names, like everything here.
  name_index asset_ids;
  std::vector<instrument_entry> instruments;
  name_index instrument_ids;
  std::vector<tier_entry> tiers;
  name_index tier_ids;
  std::vector<mark> marks;  ///< By instrument.
  std::vector<mark_state> mark_states;
  std::vector<tier_band> bands;

  [[nodiscard]] bool multi() const { return venue && venue->collateral == collateral_mode::multi; }
  /// Asset id of the quote, or no_id.
  [[nodiscard]] std::uint32_t quote() const { return venue ? asset_ids.find(venue->quote) : no_id; }
};

/// Each function reads its table into `out`; faults go to `refusals`. Call them in this order, because each needs the
/// results of those before it.
void load_assets(const table_data& table, refusal_list& refusals, reference_tables& out);
void load_tiers(const table_data& table, refusal_list& refusals, reference_tables& out);
void load_instruments(const table_data& table, refusal_list& refusals, reference_tables& out);
void load_depths(const table_data& table, refusal_list& refusals, reference_tables& out);
void load_marks(const table_data& table, refusal_list& refusals, reference_tables& out);

/// Determines blank steps (`digits_seen`: by asset, the decimals of its amounts, without tier floors), then the
/// quantities in steps: the rates of instruments and the bands of each tier table in each settlement asset.
void fix_steps(std::vector<std::uint8_t> digits_seen, refusal_list& refusals, reference_tables& out);

/// The parts of `fix_steps` for depths and for tiers.
void fix_depths(refusal_list& refusals, reference_tables& tables);
void fix_bands(refusal_list& refusals, reference_tables& out);

/// Fixes the source of each asset's price in the quote. In `multi` each asset with a balance that is not zero must have
/// exactly one price. `held`: by asset, whether there is such a balance.
void fix_prices(const std::vector<std::uint8_t>& held, refusal_list& refusals, reference_tables& out);

/// The finished data. Call it only if nothing was refused.
[[nodiscard]] reference_data take_reference(reference_tables&& tables);

}  // namespace plimsoll::io
