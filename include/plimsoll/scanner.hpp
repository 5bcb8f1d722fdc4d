// The scanner: a venue's book, kept up to date, judged tick by tick.
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
// One thread at a time. No call throws; errors say what was refused and leave the state as it was.
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
#include "plimsoll/update.hpp"
#include "plimsoll/vacancy.hpp"

namespace plimsoll {

struct scanner_options {
  std::string backend = "best";  ///< "cpu", "cuda", or "best": cuda where usable, else cpu.
  int threads = 0;               ///< Of the CPU; 0: all.
  bool screen = true;            ///< False: every tick judges every unit.
};

class executor;

/// An asset of the loaded book.
struct asset_description {
  std::string name;
  decimal step{};                  ///< What its money is counted in: a power of ten.
  std::optional<decimal> price{};  ///< In the quote, where the book gives one.
};

/// An instrument of the loaded book.
struct instrument_description {
  std::string name;
  instrument_kind kind = instrument_kind::linear;
  std::uint32_t base = no_id;    ///< Asset; no_id where it is only a label.
  std::uint32_t settle = no_id;  ///< Asset.
  decimal contract_size{};
  decimal price_step{};                      ///< One of what marks are counted in.
  decimal size_step{};                       ///< One lot.
  std::optional<std::int64_t> mark_ticks{};  ///< Its mark now, in price steps.
};

/// The accounts of a book as of a moment. Any number of threads may ask it at the same time, while its scanner goes on.
/// Copies are cheap: they share what they hold.
class book_view {
 public:
  /// As `scanner::account` said at that moment, without ladders.
  [[nodiscard]] result<account_report> account(std::string_view name) const;
  [[nodiscard]] std::uint64_t state_digest() const;
  /// As those of `scanner`.
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
  /// Errors: usage for an unknown backend; device_missing where "cuda" is asked for and not usable.
  static result<scanner> make(const scanner_options& options);
  scanner(scanner&&) noexcept;
  scanner& operator=(scanner&&) noexcept;
  ~scanner();

  /// Reads a book folder (tables as .csv, .parquet or .arrow) in place of what was loaded. Errors: bad_data, whose
  /// message names every place; io; out_of_memory. After an error what was loaded before stays; after
  /// out_of_memory perhaps nothing is loaded.
  status load(const std::string& folder);

  /// The same of a book in memory.
  status load(const book_rows& rows);

  /// The same of a book whose tables are Arrow streams. Errors besides: usage for a table that no book has, for one
  /// that is given twice and for a stream that was taken before; io where a stream fails.
  status load(const book_streams& streams);

  /// The places that the last load, revision, reading or `apply` refused, a hundred at most; none where it did not.
  [[nodiscard]] const std::vector<refused_place>& refusals() const;

  /// Takes over other reference data while the accounts stand and ticks go on: reads venue.toml, `assets`,
  /// `instruments` and `tiers` of a book folder, no other table. It must hold what the loaded book holds, and may hold
  /// more: new instruments (without a mark until `tick` gives one), new assets, and other tiers. Ids of instruments and
  /// assets change with it. What else differs is refused by name (bad_data, as `load`), and so are tiers under which a
  /// requirement would be beyond 2^62 steps at the present marks. Errors: usage before `load`; io; out_of_memory. After
  /// any error all is as it was. After a listing a GPU loads the book anew for the next tick; the CPU goes on
  /// screening.
  result<revision> revise(const std::string& folder);

  /// Applies updates in order. How many were applied; bad_data: the one at index `detail` was refused, those before it
  /// stand. `tick` and `row` of an update are not read. Errors: usage before `load`.
  result<std::uint64_t> apply(std::span<const update> updates);

  /// Rows of the tables `updates` (for `apply`) and `marks` (for `tick`) from an Arrow stream, which is released
  /// whatever comes of it. Names are those of the loaded book; the column `tick` may be missing. Errors: usage before
  /// `load`; bad_data, as of files; io where the stream fails.
  result<std::vector<update>> read_updates(ArrowArrayStream& stream);
  result<std::vector<mark_update>> read_marks(ArrowArrayStream& stream);

  /// Lays the book out anew, with as much room as after `load`, at a moment that the caller chooses: it takes about as
  /// long as a load does from memory, and the next tick is screened as if nothing had happened. Names of the last
  /// tick's result end here. Errors: usage before `load`; out_of_memory, after which all is as it was.
  status make_room();

  /// Which share of the book's slots is free for new accounts, units, positions and balances. While each share is at
  /// least `vacancy_least`, an update lays the book out again only where very many rows have been inserted at one
  /// place. Every share is 1 where nothing is loaded.
  [[nodiscard]] book_vacancy vacancy() const;

  /// Takes new marks and judges the book. Ages of marks are taken against `now_ns`, else against the newest mark.
  /// bad_data: a mark was refused, or a unit would pass 2^62 steps; no mark was taken. A device that fails meanwhile is
  /// left behind: the CPU completes the tick, with the same bytes, and `out.notes` says so.
  status tick(std::span<const mark_update> marks, tick_result& out, std::optional<std::int64_t> now_ns = std::nullopt);

  /// An account's units and positions at the marks of the last tick (before it, at the book's own), updates since then
  /// included. Errors: usage before `load`, for an unknown name, and for ladders where the book has changed since the
  /// last tick; bad_data where a unit is beyond the limits.
  result<account_report> account(std::string_view name, const account_options& options = {}) const;

  /// The book as it stands, for readers on other threads: a copy, which takes about as long as a load from memory.
  /// Errors: usage before `load`; out_of_memory.
  result<book_view> view() const;

  /// What `account` would say of the update's account if `apply` took it now; nothing changes. Of a fill, fee, deposit,
  /// withdrawal, transfer or change of isolated margin. Errors: bad_data, why the update would be refused; usage for
  /// another kind.
  result<account_report> preview(const update& one) const;

  /// The most lots (> 0) that the account can buy, or sell, at `price` so that every unit which the trade touches keeps
  /// free margin >= 0 at the marks of the last tick; one lot more would not. 0: none.
  result<std::int64_t> largest_order(std::string_view account, std::uint32_t instrument, position_side direction,
                                     const decimal& price) const;

  /// Writes the book as it stands, what the system's accounts hold included, as a folder that `load` reads; whole or
  /// not at all. Errors: usage where the folder is there and not empty; io.
  status snapshot(const std::string& folder) const;

  // Tables out, each into an Arrow stream that needs nothing of the scanner any more; what `out` held is lost. Columns
  // have the names and types of the tables that a scan writes (`plimsoll help outputs`); docs/embedding.md lists them.
  // Of a tick's result before the scanner's next call, for its names live no longer. Errors: usage for ids that are not
  // the book's; out_of_memory.
  status export_flagged(const tick_result& found, ArrowArrayStream& out) const;
  status export_cover(const tick_result& found, ArrowArrayStream& out) const;
  status export_units(const account_report& report, ArrowArrayStream& out) const;
  status export_positions(const account_report& report, ArrowArrayStream& out) const;

  /// Equal for equal states, whatever the batches that led there.
  [[nodiscard]] std::uint64_t state_digest() const;

  // Ids of names, for updates and marks; no_id where there is none. They hold until the next load or revision. Names of
  // ids; blank where there is none.
  [[nodiscard]] std::uint32_t instrument(std::string_view name) const;
  [[nodiscard]] std::uint32_t asset(std::string_view name) const;
  [[nodiscard]] std::string_view instrument_name(std::uint32_t id) const;
  [[nodiscard]] std::string_view asset_name(std::uint32_t id) const;
  [[nodiscard]] std::uint32_t instruments() const;  ///< How many; ids are 0, 1, 2, ...
  [[nodiscard]] std::uint32_t assets() const;
  [[nodiscard]] result<instrument_description> describe_instrument(std::uint32_t id) const;
  [[nodiscard]] result<asset_description> describe_asset(std::uint32_t id) const;

  /// For people: which backend runs, and why.
  [[nodiscard]] std::string_view backend_reason() const;

 private:
  friend class executor;
  struct state;
  explicit scanner(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

}  // namespace plimsoll
