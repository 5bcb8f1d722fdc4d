// The outputs of a scan: units, flagged, ladder, cover, positions, markets, held, and the summary. docs/formats.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/engine/quote_price.hpp"
#include "host/engine/scan.hpp"
#include "host/table/table.hpp"
#include "host/text/note.hpp"

namespace plimsoll {

/// Texts and per-position lights that several tables share. Refers to the scan, which must outlive it.
class scan_report {
 public:
  explicit scan_report(const scan_result& scan);

  [[nodiscard]] const scan_result& scan() const { return scan_; }
  [[nodiscard]] std::string_view account_of_unit(std::uint32_t unit) const;
  [[nodiscard]] std::string_view unit_name(std::uint32_t unit) const;
  /// Name of the asset of a unit's money.
  [[nodiscard]] const std::string& asset_of_unit(std::uint32_t unit) const;
  /// An amount of a unit's money in steps of the quote, rounded down. Nothing where its asset has no price, or one
  /// whose mark is too old.
  [[nodiscard]] std::optional<int128> in_quote(std::uint32_t unit, std::int64_t amount) const;
  /// 1 to 5; 0 off the ladder.
  [[nodiscard]] std::uint8_t lights_of_position(std::uint32_t position) const { return lights_[position]; }
  /// Digits of the step of a unit's money, and the most that any unit has.
  [[nodiscard]] int digits_of_unit(std::uint32_t unit) const;
  [[nodiscard]] int digits_max() const { return digits_max_; }
  [[nodiscard]] int quote_digits() const {
    return scan_.source->reference.assets[scan_.source->reference.quote].digits;
  }
  [[nodiscard]] int size_digits_max() const { return size_digits_max_; }
  [[nodiscard]] int price_digits_max() const { return price_digits_max_; }

 private:
  const scan_result& scan_;
  std::vector<std::string> cross_names_;
  std::vector<std::string> isolated_names_;
  std::vector<std::uint8_t> lights_;
  std::vector<std::optional<quote_rate>> quote_rates_;  ///< By asset.
  int digits_max_ = 0;
  int size_digits_max_ = 0;
  int price_digits_max_ = 0;
};

/// The tables of `scan`, in the order in which they are written; `positions` only if requested. They refer to the
/// report, which must outlive them.
[[nodiscard]] std::vector<named_table> make_scan_tables(const scan_report& report, bool with_positions);

/// Notes on a scan: held markets with reasons, clocks that run ahead.
[[nodiscard]] std::vector<note> scan_notes(const scan_result& scan);

/// The text of summary.json. Everything but the object `run` is equal over backends and threads.
struct run_facts {
  int threads = 0;
  double seconds_total = 0;
  double seconds_load_book = 0;
  std::vector<note> notes{};  ///< Notes on the book and the run.
};
[[nodiscard]] std::string scan_summary_json(const scan_report& report, const run_facts& run);

}  // namespace plimsoll
