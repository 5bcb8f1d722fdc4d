#include "host/io/load_book.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <utility>

#include <arrow/memory_pool.h>

#include "host/book/assemble.hpp"
#include "host/book/check_rulebook.hpp"
#include "host/io/arrow_book.hpp"
#include "host/io/arrow_threads.hpp"
#include "host/io/batch_source.hpp"
#include "host/io/book_notes.hpp"
#include "host/io/load_reference.hpp"
#include "host/io/load_rows.hpp"
#include "host/io/rows_table.hpp"
#include "host/io/stream_table.hpp"
#include "host/io/table_file.hpp"
#include "host/io/threads.hpp"
#include "host/venue/read_venue.hpp"
#include "host/venue/rulebook_notes.hpp"

namespace plimsoll {

namespace {

using namespace io;

/// Source of a book.
struct book_origin {
  std::filesystem::path folder;           ///< Its name in messages if it is in memory.
  const book_rows* rows = nullptr;        ///< Null: the book is not given as rows.
  const book_streams* streams = nullptr;  ///< Null: the book is not given as streams. Both null: it is in the folder.
};

/// Loads the tables of one book.
class book_loader {
 public:
  book_loader(const book_origin& from, const load_options& options, refusal_list& refusals)
      : folder_(from.folder), rows_(from.rows), streams_(from.streams), options_(options), refusals_(refusals) {}

  result<book> load() {
    PLIMSOLL_TRY(stage("venue", 0));
    PLIMSOLL_TRY(load_venue());
    PLIMSOLL_TRY(open_tables(table_count));
    PLIMSOLL_TRY(stage("reference", 0.5));
    read_reference();
    auto scratch = std::make_unique<loading_rows>(reference_.assets.size());
    loading_rows& rows = *scratch;
    PLIMSOLL_TRY(stage("names", 0.55));
    read_rows(rows);
    PLIMSOLL_TRY(stage("accounts", 0.7));
    name_table accounts = number_accounts(usable(table_id::accounts), refusals_, rows);
    if (accounts.size() > limits::accounts_max) { table_refuser(refusals_, "accounts").table("are more than 2^31"); }
    PLIMSOLL_TRY(stage("money", 0.75));
    std::vector<placed_unit> placed = settle_rows(rows);
    std::vector<system_row> system = settle_system(table(table_id::system), reference_, refusals_, rows);
    if (!refusals_.empty()) {
      refuse_duplicates(table(table_id::balances), table(table_id::positions), refusals_, rows);
      return refusals_.to_error();
    }
    drop_batches();
    note_rows(accounts, rows);
    balance_rows balances = std::move(rows.balances);
    position_rows positions = std::move(rows.positions);
    scratch = nullptr;
    arrow::default_memory_pool()->ReleaseUnused();
    PLIMSOLL_TRY(stage("book", 0.85));
    std::vector<mark> marks = std::move(reference_.marks);
    reference_data reference = take_reference(std::move(reference_));
    check_rulebook(reference, "venue.toml", refusals_);
    assemble_outcome outcome = assemble_book(std::move(reference), std::move(accounts), std::move(balances),
                                             std::move(positions), std::move(marks));
    for (const assemble_fault& fault : outcome.faults) { refuse(fault); }
    if (!refusals_.empty()) { return refusals_.to_error(); }
    const std::vector<bare_unit> bare =
        admit_units(std::move(placed), table(table_id::units).file, outcome.built, refusals_);
    if (!refusals_.empty()) { return refusals_.to_error(); }
    add_bare_units(outcome.built, bare);
    outcome.built.system = std::move(system);
    note_one_sided(table(table_id::positions).file, outcome.built, refusals_);
    return std::move(outcome.built);
  }

  result<loaded_reference> load_reference_alone(const reference_data& current) {
    PLIMSOLL_TRY(stage("venue", 0));
    PLIMSOLL_TRY(load_venue());
    PLIMSOLL_TRY(open_tables(reference_count));
    PLIMSOLL_TRY(stage("reference", 0.5));
    read_reference();
    keep_steps(current);
    fix_steps(std::vector<std::uint8_t>(reference_.assets.size(), 0), refusals_, reference_);
    if (!refusals_.empty()) { return refusals_.to_error(); }
    loaded_reference out{{}, places()};
    out.data = take_reference(std::move(reference_));
    check_rulebook(out.data, "venue.toml", refusals_);
    if (!refusals_.empty()) { return refusals_.to_error(); }
    return out;
  }

 private:
  static constexpr std::size_t reference_count = 4;
  static_assert(static_cast<std::size_t>(table_id::depths) + 1 == reference_count);

  status stage(std::string_view name, double fraction) {
    if (options_.on_progress) { options_.on_progress(name, fraction); }
    if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed)) {
      return error{error_code::interrupted, "interrupted"};
    }
    return ok();
  }

  status load_venue() {
    if (in_memory()) {
      reference_.venue =
          read_venue(rows_ != nullptr ? rows_->venue_toml : streams_->venue_toml, "venue.toml", refusals_);
      take_import();
      return ok();
    }
    std::error_code cause;
    if (!std::filesystem::is_directory(folder_, cause)) {
      return error{error_code::io, folder_.string() + ": " + (cause ? cause.message() : std::string("is not a folder")),
                   static_cast<std::uint64_t>(cause.value())};
    }
    import_.round = options_.round.value_or(import_.round);
    const auto path = folder_ / "venue.toml";
    if (!std::filesystem::exists(std::filesystem::symlink_status(path, cause))) {
      table_refuser(refusals_, "venue.toml").table("is missing" + way_to_venue());
      return ok();
    }
    if (std::filesystem::is_directory(path, cause)) {
      table_refuser(refusals_, "venue.toml").table("is a folder, not a file");
      return ok();
    }
    auto text = read_file(path);
    if (!text) { return std::move(text).error(); }
    reference_.venue = read_venue(text.value(), "venue.toml", refusals_,
                                  [this](const std::string& rulebook) { return read_file(folder_ / rulebook); });
    take_import();
    return ok();
  }

  /// The way out for a missing venue.toml: a file of a similar name, or a folder inside that has one.
  [[nodiscard]] std::string way_to_venue() const {
    std::error_code ignored;  // A folder that cannot be listed has no names to compare.
    std::string inside;
    for (std::filesystem::directory_iterator at(folder_, ignored), end; !ignored && at != end; at.increment(ignored)) {
      const std::string name = at->path().filename().string();
      if (is_near_venue(name)) { return "; " + shown(name) + " exists: name it venue.toml"; }
      if (std::filesystem::exists(at->path() / "venue.toml", ignored) && (inside.empty() || name < inside)) {
        inside = name;
      }
    }
    return inside.empty() ? "; it needs name and quote at least, and plimsoll init writes one with every key"
                          : "; " + shown(inside) + " inside has one: name that folder";
  }

  /// Rules for reading numbers and times, from the venue or from the caller.
  void take_import() {
    if (!reference_.venue) { return; }
    reference_.venue->import.round = options_.round.value_or(reference_.venue->import.round);
    import_ = reference_.venue->import;
  }

  /// Reads the first `count` tables; reference data come first.
  status open_tables(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto id = static_cast<table_id>(i);
      // The two large tables take nearly all the time.
      constexpr double begins[] = {0.01, 0.02, 0.03, 0.035, 0.04, 0.06, 0.15, 0.48, 0.49, 0.495};
      PLIMSOLL_TRY(stage(schema_of(id).name, begins[i]));
      if (rows_ != nullptr) {
        states_[i] = open_rows(*rows_, id, tables_[i]);
        tables_[i].import = import_;
      } else {
        auto opened = streams_ != nullptr ? open_named_stream(id, tables_[i]) : open_file_of(id, tables_[i]);
        if (!opened) { return std::move(opened).error(); }
        states_[i] = opened.value();
      }
      if (tables_[i].rows > limits::positions_max) {
        table_refuser(refusals_, tables_[i].file)
            .table("has more than " + std::to_string(limits::positions_max) + " rows");
        states_[i] = table_state::refused;
      }
    }
    return ok();
  }

  /// The two large tables are decoded while their rows are read.
  result<table_state> open_file_of(table_id id, table_data& out) {
    batch_source_ptr* const source = id == table_id::balances    ? &balance_source_
                                     : id == table_id::positions ? &position_source_
                                                                 : nullptr;
    return source == nullptr ? open_table(folder_, id, import_, refusals_, out)
                             : open_table_by_groups(folder_, id, import_, refusals_, out, *source);
  }

  result<table_state> open_named_stream(table_id id, table_data& out) {
    const table_schema& schema = schema_of(id);
    for (const book_streams::table& one : streams_->tables) {
      if (one.name == schema.name) { return open_stream(*one.rows, id, import_, refusals_, out); }
    }
    if (!schema.required) { return table_state::absent; }
    out.file = std::string(schema.name);
    table_refuser(refusals_, out.file).table("is missing; the book must have a stream of this name");
    return table_state::refused;
  }
  [[nodiscard]] bool in_memory() const { return rows_ != nullptr || streams_ != nullptr; }

  /// Replaces blank steps by those of `current`.
  void keep_steps(const reference_data& current) {
    for (asset_entry& entry : reference_.assets) {
      const auto found = std::find_if(current.assets.begin(), current.assets.end(),
                                      [&](const asset& it) { return it.name == entry.it.name; });
      if (entry.step_given || found == current.assets.end()) { continue; }
      entry.it.digits = found->digits;
      entry.step_given = true;
    }
  }

  [[nodiscard]] reference_places places() const {
    reference_places out;
    out.assets_file = reference_.assets_file;
    out.instruments_file = reference_.instruments_file;
    out.tiers_file = reference_.tiers_file;
    for (const asset_entry& entry : reference_.assets) {
      out.asset_rows.push_back(table_refuser::row_in_file(entry.row));
    }
    for (const instrument_entry& entry : reference_.instruments) {
      out.instrument_rows.push_back(table_refuser::row_in_file(entry.row));
    }
    return out;
  }

  void read_reference() {
    if (const auto* found = usable(table_id::assets)) { load_assets(*found, refusals_, reference_); }
    if (const auto* found = usable(table_id::tiers)) { load_tiers(*found, refusals_, reference_); }
    if (const auto* found = usable(table_id::instruments)) { load_instruments(*found, refusals_, reference_); }
    if (const auto* found = usable(table_id::depths)) { load_depths(*found, refusals_, reference_); }
    if (const auto* found = usable(table_id::marks)) { load_marks(*found, refusals_, reference_); }
  }

  void read_rows(loading_rows& rows) {
    if (const auto* found = usable(table_id::accounts)) { read_accounts(*found, refusals_, rows); }
    if (auto* found = usable(table_id::balances);
        found && !read_balances(*found, std::move(balance_source_), reference_, refusals_, rows)) {
      state(table_id::balances) = table_state::refused;
      rows.balances = {};
    }
    if (auto* found = usable(table_id::positions);
        found && !read_positions(*found, std::move(position_source_), reference_, refusals_, rows)) {
      state(table_id::positions) = table_state::refused;
      rows.positions = {};
    }
    if (const auto* found = usable(table_id::units)) { read_units(*found, reference_, refusals_, rows); }
    if (const auto* found = usable(table_id::system)) { read_system(*found, reference_, refusals_, rows); }
  }

  std::vector<placed_unit> settle_rows(loading_rows& rows) {
    fix_steps(rows.digits_seen, refusals_, reference_);
    if (const auto* found = usable(table_id::balances)) { settle_balances(*found, reference_, refusals_, rows); }
    if (const auto* found = usable(table_id::positions)) { settle_positions(*found, reference_, refusals_, rows); }
    if (usable(table_id::balances) != nullptr) { fix_prices(rows.held, refusals_, reference_); }
    const auto* found = usable(table_id::units);
    return found == nullptr ? std::vector<placed_unit>{} : settle_units(*found, reference_, refusals_, rows);
  }

  /// Notes on a book that is not refused.
  void note_rows(const name_table& accounts, const loading_rows& rows) {
    if (table(table_id::positions).rows == 0 && table(table_id::balances).rows != 0) {
      table_refuser(refusals_, table(table_id::positions).file).note("has no rows, so no account holds a position");
    }
    note_missing_balances(table(table_id::balances), table(table_id::positions), accounts, rows, refusals_);
    note_like_names("accounts", accounts, refusals_);
    note_shortened_names("accounts", accounts, refusals_);
    std::vector<std::string_view> names;
    for (const asset_entry& entry : reference_.assets) { names.push_back(entry.it.name); }
    note_like_names("assets", names, refusals_);
    names.clear();
    for (const instrument_entry& entry : reference_.instruments) { names.push_back(entry.it.name); }
    note_like_names("instruments", names, refusals_);
    for (const near_file& near : in_memory() ? std::vector<near_file>{} : find_near_files(folder_)) {
      refusals_.note(shown(near.name) + " is not read; if it is meant as the table " +
                     std::string(schema_of(near.meant).name) + ", " + near.way_out);
    }
    for (note& one : notes_on_fund(reference_.venue->rules)) { refusals_.note(std::move(one.text), one.count); }
  }

  /// Frees the tables, because their rows have been copied to columns.
  void drop_batches() {
    for (table_data& one : tables_) { one.batches.clear(); }
  }

  void refuse(const assemble_fault& fault) {
    const bool balance = fault.what == assemble_fault::kind::duplicate_balance;
    const table_refuser refuse(refusals_, table(balance ? table_id::balances : table_id::positions).file);
    const auto row = static_cast<std::int64_t>(fault.row);
    const auto first = static_cast<std::int64_t>(fault.other);
    switch (fault.what) {
      case assemble_fault::kind::duplicate_balance: return refuse.row(row, "", balance_is_listed_twice(first));
      case assemble_fault::kind::duplicate_position: return refuse.row(row, "", position_is_listed_twice(first));
      case assemble_fault::kind::unit_positions:
        return refuse.row(row, "", "belongs to a unit with more than 2^22 positions");
      case assemble_fault::kind::unit_cash:
        return refuse.row(
            row, "",
            "belongs to a unit whose balance less its costs is beyond 2^62 steps; choose a coarser assets.step");
      case assemble_fault::kind::open_interest:
        return refuse.row(row, "",
                          "brings one side of its instrument above 2^61 size steps; choose a coarser size_step");
    }
  }

  table_state& state(table_id id) { return states_[static_cast<std::size_t>(id)]; }
  table_data& table(table_id id) { return tables_[static_cast<std::size_t>(id)]; }
  /// Null if the table is absent or refused.
  table_data* usable(table_id id) { return state(id) == table_state::usable ? &table(id) : nullptr; }

  const std::filesystem::path& folder_;
  const book_rows* rows_;
  const book_streams* streams_;
  const load_options& options_;
  refusal_list& refusals_;
  std::array<table_data, table_count> tables_;
  std::array<table_state, table_count> states_{};
  batch_source_ptr balance_source_;  ///< Until their rows are read.
  batch_source_ptr position_source_;
  import_rules import_;  ///< From venue.toml and the options.
  reference_tables reference_;
};

/// Returns the result of `read` for a loader of the folder, on its threads; an exception becomes an error.
template <class Read>
auto read_book(const book_origin& from, const load_options& options, refusal_list& refusals, const Read& read)
    -> decltype(read(std::declval<book_loader&>())) {
  const std::filesystem::path& folder = from.folder;
  try {
    const arrow_threads threads(options.threads);  // For the duration of a load.
    if (!threads.set()) { return error{error_code::invariant_broken, "Arrow's thread pool cannot be resized"}; }
    return io::run_on(options.threads, [&] {
      book_loader loader(from, options, refusals);
      return read(loader);
    });
  } catch (const std::bad_alloc&) {
    return error{error_code::out_of_memory, folder.string() + ": not enough memory to load the book"};
  } catch (const std::exception& failure) {
    return error{error_code::invariant_broken, folder.string() + ": " + failure.what()};
  }
}

/// Releases the streams that were not moved from.
class stream_releaser {
 public:
  explicit stream_releaser(const book_streams& streams) : streams_(streams) {}
  ~stream_releaser() {
    for (const book_streams::table& one : streams_.tables) { release_stream(one.rows); }
  }
  stream_releaser(const stream_releaser&) = delete;
  stream_releaser& operator=(const stream_releaser&) = delete;

 private:
  const book_streams& streams_;
};

/// Checks that these are tables of a book, each given once, with a stream that was not moved from.
status check_names(const book_streams& streams) {
  for (std::size_t i = 0; i < streams.tables.size(); ++i) {
    const book_streams::table& one = streams.tables[i];
    const auto known = schemas().first(table_count);
    if (std::none_of(known.begin(), known.end(), [&](const table_schema& it) { return it.name == one.name; })) {
      return error{error_code::usage, "a book has no table " + shown(one.name)};
    }
    if (std::any_of(streams.tables.begin(), streams.tables.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const book_streams::table& other) { return other.name == one.name; })) {
      return error{error_code::usage, "the table " + one.name + " was given twice"};
    }
    if (one.rows == nullptr || one.rows->release == nullptr) {
      return error{error_code::usage, "the stream of the table " + one.name + " is missing or was consumed before"};
    }
  }
  return ok();
}

}  // namespace

result<book> load_book(const std::filesystem::path& folder, const load_options& options, refusal_list& refusals) {
  return read_book({folder}, options, refusals, [](book_loader& loader) { return loader.load(); });
}

result<book> load_book(const book_rows& rows, const load_options& options, refusal_list& refusals) {
  return read_book({"the book", &rows}, options, refusals, [](book_loader& loader) { return loader.load(); });
}

result<book> load_book(const book_streams& streams, const load_options& options, refusal_list& refusals) {
  const stream_releaser release_all(streams);
  if (auto named = check_names(streams); !named) { return std::move(named).error(); }
  return read_book({"the book", nullptr, &streams}, options, refusals,
                   [](book_loader& loader) { return loader.load(); });
}

result<loaded_reference> load_reference(const std::filesystem::path& folder, const reference_data& current,
                                        const load_options& options, refusal_list& refusals) {
  return read_book({folder}, options, refusals,
                   [&](book_loader& loader) { return loader.load_reference_alone(current); });
}

}  // namespace plimsoll
