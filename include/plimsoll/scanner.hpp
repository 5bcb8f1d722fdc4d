// The scanner keeps a venue's book up to date and evaluates it tick by tick.
//
//   auto made = plimsoll::scanner::make({});
//   plimsoll::scanner& scan = made.value();
//   status = scan.load("venue");                       // a book folder
//   applied = scan.apply(updates);                     // fills, transfers, funding, ...
//   plimsoll::tick_result tick;
//   status = scan.tick(marks, tick);                   // tick.flagged, tick.cover, tick.tick_digest
//   account = scan.account("ann");                     // its units and positions at these marks
//   revised = scan.revise("venue-monday");             // instruments listed, tiers changed
//
// Use it from one thread at a time. No call throws. An error says what was refused, and the state stays as it was.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plimsoll/account.hpp"
#include "plimsoll/arrow_stream.hpp"
#include "plimsoll/book.hpp"
#include "plimsoll/decimal.hpp"
#include "plimsoll/refused_place.hpp"
#include "plimsoll/result.hpp"
#include "plimsoll/revision.hpp"
#include "plimsoll/tick.hpp"
#include "plimsoll/units.hpp"
#include "plimsoll/update.hpp"
#include "plimsoll/vacancy.hpp"

namespace plimsoll {

struct scanner_options {
  std::string backend = "best";  ///< "cpu", "cuda", or "best": cuda if usable, else cpu.
  int threads = 0;               ///< CPU threads; 0: all.
  bool screen = true;            ///< False: every tick evaluates every unit.
};

class executor;

/// An asset of the loaded book.
struct asset_description {
  std::string name;
  decimal step{};                  ///< Its money is counted in this step, a power of ten.
  std::optional<decimal> price{};  ///< In the quote, if the book gives one.
};

/// An instrument of the loaded book.
struct instrument_description {
  std::string name;
  instrument_kind kind = instrument_kind::linear;
  std::uint32_t base = no_id;    ///< Asset id; no_id if the base is only a label.
  std::uint32_t settle = no_id;  ///< Asset id.
  decimal contract_size{};
  decimal price_step{};               ///< Marks are counted in this step.
  decimal size_step{};                ///< One lot.
  std::optional<price_ticks> mark{};  ///< Its mark now; none before the first.
};

/// The accounts of a book at one moment. Any number of threads may read it at the same time, while its scanner goes on.
/// Copies are cheap because they share their data.
class book_view {
 public:
  /// As `scanner::account` at that moment, without ladders.
  [[nodiscard]] result<account_report> account(std::string_view name) const;
  [[nodiscard]] std::uint64_t state_digest() const;
  /// As the functions of `scanner`.
  status export_units(const account_report& report, ArrowArrayStream& out) const;
  status export_positions(const account_report& report, ArrowArrayStream& out) const;

 private:
  friend class scanner;
  struct state;
  explicit book_view(std::shared_ptr<const state> of) : state_(std::move(of)) {}
  std::shared_ptr<const state> state_;
};

class scanner {
 public:
  /// Errors: usage for an unknown backend; device_missing if "cuda" is requested and not usable.
  static result<scanner> make(const scanner_options& options);
  scanner(scanner&&) noexcept;
  scanner& operator=(scanner&&) noexcept;
  ~scanner();

  /// Reads a book folder (tables as .csv, .parquet or .arrow) in place of the loaded book. Errors: bad_data, whose
  /// message names every place; io; out_of_memory. After an error the book loaded before stays; after out_of_memory
  /// there may be none.
  status load(const std::string& folder);

  /// The same from a book in memory.
  status load(const book_rows& rows);

  /// The same from a book whose tables are Arrow streams. Further errors: usage for a table that no book has, for a
  /// table that is given twice and for a stream that was consumed before; io if a stream fails.
  status load(const book_streams& streams);

  /// The places that the last load, revision, reading or `apply` refused, a hundred at most. Empty if it refused none.
  [[nodiscard]] const std::vector<refused_place>& refusals() const;

  /// Takes new reference data while the accounts stay and ticks go on. Reads venue.toml, `assets`, `instruments` and
  /// `tiers` of a book folder, no other table. The folder must have every asset and instrument of the loaded book. It
  /// may add instruments (without a mark until `tick` gives one) and assets, and change tiers. Ids of instruments and
  /// assets change. Any other difference is refused by name (bad_data, as `load`). Tiers under which a requirement
  /// would exceed 2^62 steps at the present marks are refused too. Errors: usage before `load`; io; out_of_memory.
  /// After an error nothing has changed. A GPU takes the listing over as the CPU does: the next tick is screened.
  result<revision> revise(const std::string& folder);

  /// Applies updates in order and returns how many. bad_data: the update at index `detail` was refused, and those
  /// before it stay applied. Fields `tick` and `row` of an update are not read. Errors: usage before `load`.
  result<std::uint64_t> apply(std::span<const update> updates);

  /// Reads rows of the tables `updates` (for `apply`) and `marks` (for `tick`) from an Arrow stream, and releases the
  /// stream in any case. Names are those of the loaded book; the column `tick` may be missing. Errors: usage before
  /// `load`; bad_data, as for files; io if the stream fails.
  result<std::vector<update>> read_updates(ArrowArrayStream& stream);
  result<std::vector<mark_update>> read_marks(ArrowArrayStream& stream);

  /// Rebuilds the book with as many vacant slots as after `load`, at a moment that the caller chooses. That takes about
  /// as long as a load from memory. The next tick is screened as usual. Invalidates the string views in the last tick's
  /// result. Errors: usage before `load`; out_of_memory, after which nothing has changed.
  status make_room();

  /// The shares of the book's slots that are free for new accounts, units, positions and balances. While each share is
  /// at least `vacancy_least`, an update lays the book out again only if very many rows were inserted at one place.
  /// Every share is 1 if nothing is loaded.
  [[nodiscard]] book_vacancy vacancy() const;

  /// Takes new marks and evaluates the book. Ages of marks count up to `now_ns`, else up to the newest mark. bad_data:
  /// a mark was refused, or a unit would exceed 2^62 steps; no mark was taken. If a device fails meanwhile, the CPU
  /// completes the tick with the same bytes and takes over, and `out.notes` reports it.
  status tick(std::span<const mark_update> marks, tick_result& out, std::optional<std::int64_t> now_ns = std::nullopt);

  /// An account's units and positions at the marks of the last tick (before the first tick, at the book's own), with
  /// the updates since then. Errors: usage before `load`, for an unknown name, and for ladders if the book has changed
  /// since the last tick; bad_data if a unit is beyond the limits.
  result<account_report> account(std::string_view name, const account_options& options = {}) const;

  /// A copy of the present book for readers on other threads. It takes about as long as a load from memory.
  /// Errors: usage before `load`; out_of_memory.
  result<book_view> view() const;

  /// Returns what `account` would report of the update's account after `apply` of the update. Nothing changes. Takes a
  /// fill, fee, deposit, withdrawal, transfer or change of isolated margin. Errors: bad_data, with the reason why the
  /// update would be refused; usage for another kind.
  result<account_report> preview(const update& one) const;

  /// The most lots (> 0) that the account can buy, or sell, at `price` so that every unit which the trade touches keeps
  /// free margin >= 0 at the marks of the last tick. One lot more would not. 0: none.
  result<size_lots> largest_order(std::string_view account, std::uint32_t instrument, position_side direction,
                                  const decimal& price) const;

  /// Writes the present book, with what the system's accounts hold, as a folder that `load` reads. The folder is
  /// complete or absent. Errors: usage if the folder exists and is not empty; io.
  status snapshot(const std::string& folder) const;

  // Each of these writes a table into an Arrow stream that does not depend on the scanner. The former content of `out`
  // is overwritten. Columns have the names and types of the tables that a scan writes (`plimsoll help outputs`);
  // docs/embedding.md lists them. Errors: usage for a result that no tick filled, and for ids that the book does not
  // have; out_of_memory. Those of a tick's result need no scanner: any thread may call them at any later time.
  static status export_flagged(const tick_result& found, ArrowArrayStream& out, text_form text = text_form::copied);
  static status export_cover(const tick_result& found, ArrowArrayStream& out, text_form text = text_form::copied);
  static status export_demand(const tick_result& found, ArrowArrayStream& out);
  static status export_totals(const tick_result& found, ArrowArrayStream& out);
  /// Instruments whose marks are too old. Of the last tick alone, for it reads the marks.
  status export_held(const tick_result& found, ArrowArrayStream& out) const;
  status export_units(const account_report& report, ArrowArrayStream& out) const;
  status export_positions(const account_report& report, ArrowArrayStream& out) const;

  /// Equal for equal states, however the updates were divided into batches.
  [[nodiscard]] std::uint64_t state_digest() const;

  // Ids of names, for updates and marks: no_id if the book has no such name. Ids are valid until the next load or
  // revision. Names of ids: blank if there is no such id.
  [[nodiscard]] std::uint32_t instrument(std::string_view name) const;
  [[nodiscard]] std::uint32_t asset(std::string_view name) const;
  [[nodiscard]] std::string_view instrument_name(std::uint32_t id) const;
  [[nodiscard]] std::string_view asset_name(std::uint32_t id) const;
  [[nodiscard]] std::uint32_t instruments() const;  ///< How many; ids are 0, 1, 2, ...
  [[nodiscard]] std::uint32_t assets() const;
  [[nodiscard]] result<instrument_description> describe_instrument(std::uint32_t id) const;
  [[nodiscard]] result<asset_description> describe_asset(std::uint32_t id) const;

  /// Which backend runs and why, for people.
  [[nodiscard]] std::string_view backend_reason() const;

 private:
  friend class executor;
  struct state;
  explicit scanner(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

}  // namespace plimsoll
