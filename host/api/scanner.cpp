// The public scanner over the tick engine: names, folders, and no exceptions.
#include "plimsoll/scanner.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "host/api/scanner_state.hpp"
#include "host/backend/choose.hpp"
#include "host/book/excerpt.hpp"
#include "host/book/find.hpp"
#include "host/engine/account_figures.hpp"
#include "host/io/arrow_book.hpp"
#include "host/io/load_book.hpp"
#include "host/io/output_folder.hpp"
#include "host/report/replay_tables.hpp"
#include "kernels/rules/ladder.hpp"

namespace plimsoll {

namespace {

template <class Body>
status guarded(const Body& body) {
  return call_guarded("the scanner could not get the memory it needs", body);
}

/// The same for a call that returns a value.
template <class T, class Body>
result<T> guarded_result(const Body& body) {
  T out{};
  status called = guarded([&]() -> status {
    result<T> made = body();
    if (!made) { return std::move(made).error(); }
    out = std::move(made).value();
    return ok();
  });
  if (!called) { return std::move(called).error(); }
  return out;
}

/// Adds ladder places and lights of an account's positions, which are in `columns` in the order of the report.
void add_ladders(const book& columns, const rank_result& ladders, std::uint32_t account, account_report& out) {
  for (unit_report& unit : out.units) {
    for (position_report& one : unit.positions) {
      const position_side side = side_of(one.lots);
      const std::uint32_t position = find_position(columns, account, one.instrument, side);
      const std::uint32_t segment = segment_of(one.instrument, side);
      const std::uint32_t first = columns.sides.first_entry[segment];
      const std::uint32_t last = columns.sides.first_entry[segment + 1];
      const auto entry = static_cast<std::uint32_t>(
          std::find(columns.sides.position.begin() + first, columns.sides.position.begin() + last, position) -
          columns.sides.position.begin());
      if (entry == last || ladders.keys[entry] == off_ladder) { continue; }
      one.lights = ladders.lights[entry];
      one.ladder_place = 1;
      for (std::uint32_t other = first; other < last; ++other) {
        const bool ahead =
            ladders.keys[other] > ladders.keys[entry] || (ladders.keys[other] == ladders.keys[entry] && other < entry);
        one.ladder_place += ahead ? 1 : 0;
      }
    }
  }
}

template <class Named>
std::string_view name_of(const std::vector<Named>& all, std::uint32_t id) {
  return id < all.size() ? std::string_view(all[id].name) : std::string_view();
}

}  // namespace

status scanner::state::take(book&& dense, venue_files files) {
  ++books;
  PLIMSOLL_TRY(engine.load(std::move(dense)));
  venue = std::move(files);
  return ok();
}

backend& scanner::state::query_backend() {
  if (!query_machine) { query_machine = make_cpu_backend(1); }
  return *query_machine;
}

result<account_report> book_view::account(std::string_view name) const {
  return guarded_result<account_report>([&]() -> result<account_report> {
    const std::uint32_t id = state_->dense.accounts.find(name);
    if (id == no_id) { return error{error_code::usage, "the book has no account " + std::string(name)}; }
    const auto machine = make_cpu_backend(1);  // Only for this call: other threads may call, too.
    return report_account(excerpt_of(state_->dense, {&id, 1}), state_->prices, *machine, 0);
  });
}

std::uint64_t book_view::state_digest() const { return plimsoll::state_digest(state_->dense); }

scanner::scanner(std::unique_ptr<state> made) : state_(std::move(made)) {}
scanner::scanner(scanner&&) noexcept = default;
scanner& scanner::operator=(scanner&&) noexcept = default;
scanner::~scanner() = default;

result<scanner> scanner::make(const scanner_options& options) {
  std::unique_ptr<state> made;
  PLIMSOLL_TRY(guarded([&]() -> status {
    auto chosen = choose_backend(options.backend, options.threads);
    if (!chosen) { return std::move(chosen).error(); }
    made.reset(new state{
        tick_engine(std::move(chosen.value().machine), {.threads = options.threads, .screen = options.screen}),
        std::move(chosen.value().why), options.threads});
    return ok();
  }));
  return scanner(std::move(made));
}

void scanner::state::keep(const refusal_list& refusals) {
  refused.clear();
  for (refusal& one : refusals.listed()) {
    refused.push_back(
        {std::move(one.file), one.row, std::move(one.column), std::move(one.value), std::move(one.reason)});
  }
}

const std::vector<refused_place>& scanner::refusals() const { return state_->refused; }

status scanner::load(const std::string& folder) {
  return guarded([&]() -> status {
    refusal_list refusals;
    load_options options;
    options.threads = state_->threads;
    auto read = load_book(folder, options, refusals);
    state_->keep(refusals);
    if (!read) { return std::move(read).error(); }
    auto venue = read_venue_files(folder);
    if (!venue) { return std::move(venue).error(); }
    return state_->take(std::move(read).value(), std::move(venue).value());
  });
}

status scanner::load(const book_rows& rows) {
  return guarded([&]() -> status {
    refusal_list refusals;
    load_options options;
    options.threads = state_->threads;
    auto read = load_book(rows, options, refusals);
    state_->keep(refusals);
    if (!read) { return std::move(read).error(); }
    return state_->take(std::move(read).value(), {rows.venue_toml});
  });
}

status scanner::load(const book_streams& streams) {
  return guarded([&]() -> status {
    refusal_list refusals;
    load_options options;
    options.threads = state_->threads;
    auto read = load_book(streams, options, refusals);
    state_->keep(refusals);
    if (!read) { return std::move(read).error(); }
    return state_->take(std::move(read).value(), {streams.venue_toml});
  });
}

result<std::vector<update>> scanner::read_updates(ArrowArrayStream& stream) {
  return guarded_result<std::vector<update>>([&]() -> result<std::vector<update>> {
    const stream_holder held(&stream);
    PLIMSOLL_TRY(state_->engine.ready("read_updates"));
    refusal_list refusals;
    auto read = plimsoll::read_updates(stream, state_->engine.columns(), refusals);
    state_->keep(refusals);
    return read;
  });
}

result<std::vector<mark_update>> scanner::read_marks(ArrowArrayStream& stream) {
  return guarded_result<std::vector<mark_update>>([&]() -> result<std::vector<mark_update>> {
    const stream_holder held(&stream);
    PLIMSOLL_TRY(state_->engine.ready("read_marks"));
    refusal_list refusals;
    auto read = plimsoll::read_marks(stream, state_->engine.columns(), refusals);
    state_->keep(refusals);
    return read;
  });
}

result<revision> scanner::revise(const std::string& folder) {
  revision outcome;
  PLIMSOLL_TRY(guarded([&]() -> status {
    if (!state_->engine.loaded()) { return error{error_code::usage, "revise was called before load"}; }
    refusal_list refusals;
    load_options options;
    options.threads = state_->threads;
    auto read = load_reference(folder, state_->engine.columns().reference, options, refusals);
    state_->keep(refusals);
    if (!read) { return std::move(read).error(); }
    auto revised = state_->engine.revise(std::move(read.value().data), read.value().places, state_->on_revised);
    if (!revised) { return std::move(revised).error(); }
    outcome = revised.value();
    return ok();
  }));
  return outcome;
}

result<std::uint64_t> scanner::apply(std::span<const update> updates) {
  std::uint64_t applied = 0;
  PLIMSOLL_TRY(guarded([&]() -> status {
    refusal_list refusals;
    apply_context context;
    context.on_plan = state_->on_plan;
    context.refusals = &refusals;
    auto outcome = state_->engine.apply(updates, context);
    state_->keep(refusals);
    if (!outcome) { return std::move(outcome).error(); }
    applied = outcome.value();
    return ok();
  }));
  return applied;
}

status scanner::make_room() {
  return guarded([&] { return state_->engine.make_room(); });
}

book_vacancy scanner::vacancy() const { return state_->engine.vacancy(); }

status scanner::tick(std::span<const mark_update> marks, tick_result& out, std::optional<std::int64_t> now_ns) {
  return guarded([&]() -> status {
    PLIMSOLL_TRY(admit_times(marks, now_ns));
    PLIMSOLL_TRY(state_->engine.tick(marks, out, now_ns));
    state_->now_ns = now_ns;
    return ok();
  });
}

result<account_report> scanner::account(std::string_view name, const account_options& options) const {
  return guarded_result<account_report>([&]() -> result<account_report> {
    PLIMSOLL_TRY(state_->engine.ready("account"));
    const book& columns = state_->engine.columns();
    const std::uint32_t id = columns.accounts.find(name);
    if (id == no_id) { return error{error_code::usage, "the book has no account " + std::string(name)}; }
    const rank_result* ladders = nullptr;
    if (options.ladders) {
      auto ranked = state_->engine.ladders();
      if (!ranked) { return std::move(ranked).error(); }
      ladders = ranked.value();
    }
    const book excerpt = excerpt_of(columns, {&id, 1});
    auto made = report_account(excerpt, state_->engine.prices(), state_->query_backend(), 0);
    if (made && ladders != nullptr) { add_ladders(columns, *ladders, id, made.value()); }
    return made;
  });
}

result<book_view> scanner::view() const {
  std::shared_ptr<const book_view::state> made;
  status called = guarded([&]() -> status {
    PLIMSOLL_TRY(state_->engine.ready("view"));
    made = std::make_shared<const book_view::state>(state_->engine.snapshot(), state_->engine.prices());
    return ok();
  });
  if (!called) { return std::move(called).error(); }
  return book_view(std::move(made));
}

result<account_report> scanner::preview(const update& one) const {
  return guarded_result<account_report>([&]() -> result<account_report> {
    PLIMSOLL_TRY(state_->engine.ready("preview"));
    const tick_engine& engine = state_->engine;
    return account_preview(engine.columns(), engine.prices(), engine.delisted()).after(one, state_->query_backend());
  });
}

result<size_lots> scanner::largest_order(std::string_view account, std::uint32_t instrument, position_side direction,
                                         const decimal& price) const {
  return guarded_result<size_lots>([&]() -> result<size_lots> {
    PLIMSOLL_TRY(state_->engine.ready("largest_order"));
    const tick_engine& engine = state_->engine;
    if (instrument >= engine.columns().reference.instruments.size() ||
        engine.columns().reference.instruments[instrument].kind == instrument_kind::spot) {
      return error{error_code::usage, "the instrument of largest_order is not a contract of this book"};
    }
    update fill;
    fill.kind = update_kind::fill;
    fill.account = account;
    fill.instrument = instrument;
    fill.price = price;
    const int sign = direction == position_side::long_side ? 1 : -1;
    return account_preview(engine.columns(), engine.prices(), engine.delisted())
        .largest_order(fill, sign, state_->query_backend());
  });
}

status scanner::snapshot(const std::string& folder) const {
  return guarded([&]() -> status {
    PLIMSOLL_TRY(state_->engine.ready("snapshot"));
    auto out = output_folder::make(folder, false);
    if (!out) { return std::move(out).error(); }
    const book dense = state_->engine.snapshot();
    PLIMSOLL_TRY(write_book(out.value().path(), state_->venue, make_book_tables(dense), table_format::parquet));
    return out.value().commit();
  });
}

status admit_times(std::span<const mark_update> marks, std::optional<std::int64_t> now_ns) {
  constexpr const char* wanted = " must be within 2^62 ns of 1970: 1823 to 2116";
  if (now_ns && !time_admitted(*now_ns)) { return error{error_code::bad_data, std::string("now_ns") + wanted}; }
  for (const mark_update& one : marks) {
    if (one.as_of_ns && !time_admitted(*one.as_of_ns)) {
      return error{error_code::bad_data, "mark " + std::to_string(&one - marks.data()) + ": as_of_ns" + wanted};
    }
  }
  return ok();
}

std::uint64_t scanner::state_digest() const {
  return state_->engine.loaded() ? plimsoll::state_digest(state_->engine.columns()) : 0;
}

std::uint32_t scanner::instrument(std::string_view name) const {
  return state_->engine.loaded() ? find_named(state_->engine.columns().reference.instruments, name) : no_id;
}
std::uint32_t scanner::asset(std::string_view name) const {
  return state_->engine.loaded() ? find_named(state_->engine.columns().reference.assets, name) : no_id;
}
std::string_view scanner::instrument_name(std::uint32_t id) const {
  return state_->engine.loaded() ? name_of(state_->engine.columns().reference.instruments, id) : "";
}
std::string_view scanner::asset_name(std::uint32_t id) const {
  return state_->engine.loaded() ? name_of(state_->engine.columns().reference.assets, id) : "";
}
std::uint32_t scanner::instruments() const {
  if (!state_->engine.loaded()) { return 0; }
  return static_cast<std::uint32_t>(state_->engine.columns().reference.instruments.size());
}
std::uint32_t scanner::assets() const {
  if (!state_->engine.loaded()) { return 0; }
  return static_cast<std::uint32_t>(state_->engine.columns().reference.assets.size());
}

result<instrument_description> scanner::describe_instrument(std::uint32_t id) const {
  if (id >= instruments()) { return error{error_code::usage, "the book has no instrument with this id"}; }
  return guarded_result<instrument_description>([&]() -> result<instrument_description> {
    const book& columns = state_->engine.columns();
    const plimsoll::instrument& it = columns.reference.instruments[id];
    instrument_description out{it.name,          it.kind,       it.base,      it.settle,
                               it.contract_size, it.price_step, it.size_step, std::nullopt};
    if (is_marked(columns.marks[id].ticks)) { out.mark = price_ticks{columns.marks[id].ticks}; }
    return out;
  });
}

result<asset_description> scanner::describe_asset(std::uint32_t id) const {
  if (id >= assets()) { return error{error_code::usage, "the book has no asset with this id"}; }
  return guarded_result<asset_description>([&]() -> result<asset_description> {
    const plimsoll::asset& it = state_->engine.columns().reference.assets[id];
    return asset_description{it.name, {1, it.digits}, it.price};
  });
}

std::string_view scanner::backend_reason() const { return state_->why; }

}  // namespace plimsoll
