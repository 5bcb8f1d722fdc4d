// The public scanner over the tick engine: names, folders, and nothing that throws.
#include "plimsoll/scanner.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>
#include <vector>

#include "host/backend/choose.hpp"
#include "host/book/live_book.hpp"
#include "host/engine/tick_engine.hpp"
#include "host/io/load_book.hpp"
#include "host/io/output_folder.hpp"
#include "host/io/write_book.hpp"
#include "host/memory/guarded.hpp"
#include "host/report/replay_tables.hpp"

namespace plimsoll {

struct scanner::state {
  tick_engine engine;
  std::string why;
  int threads;
  venue_files venue{};
};

namespace {

template <class Body>
status guarded(const Body& body) {
  return plimsoll::guarded("the scanner could not get the memory it needs", [&]() -> status {
    try {
      return body();
    } catch (const std::bad_alloc&) { throw; } catch (const std::exception& thrown) {
      return error{error_code::invariant_broken, std::string("Invariant: nothing throws here: ") + thrown.what()};
    }
  });
}

template <class Named>
std::uint32_t find_name(const std::vector<Named>& all, std::string_view name) {
  const auto found = std::lower_bound(all.begin(), all.end(), name,
                                      [](const Named& one, std::string_view wanted) { return one.name < wanted; });
  return found != all.end() && found->name == name ? static_cast<std::uint32_t>(found - all.begin()) : no_id;
}

template <class Named>
std::string_view name_of(const std::vector<Named>& all, std::uint32_t id) {
  return id < all.size() ? std::string_view(all[id].name) : std::string_view();
}

}  // namespace

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

status scanner::load(const std::string& folder) {
  return guarded([&]() -> status {
    refusal_list refusals;
    load_options options;
    options.threads = state_->threads;
    auto read = load_book(folder, options, refusals);
    if (!read) { return std::move(read).error(); }
    auto venue = read_venue_files(folder);
    if (!venue) { return std::move(venue).error(); }
    PLIMSOLL_TRY(state_->engine.load(std::move(read).value()));
    state_->venue = std::move(venue).value();
    return ok();
  });
}

result<revision> scanner::revise(const std::string& folder) {
  revision said;
  PLIMSOLL_TRY(guarded([&]() -> status {
    if (!state_->engine.loaded()) { return error{error_code::usage, "revise was called before load"}; }
    refusal_list refusals;
    load_options options;
    options.threads = state_->threads;
    auto read = load_reference(folder, state_->engine.columns().reference, options, refusals);
    if (!read) { return std::move(read).error(); }
    auto revised = state_->engine.revise(std::move(read.value().data), read.value().places);
    if (!revised) { return std::move(revised).error(); }
    said = revised.value();
    return ok();
  }));
  return said;
}

result<std::uint64_t> scanner::apply(std::span<const update> updates) {
  std::uint64_t applied = 0;
  PLIMSOLL_TRY(guarded([&]() -> status {
    auto outcome = state_->engine.apply(updates);
    if (!outcome) { return std::move(outcome).error(); }
    applied = outcome.value();
    return ok();
  }));
  return applied;
}

status scanner::make_room() {
  return guarded([&] { return state_->engine.make_room(); });
}

book_room scanner::room() const { return state_->engine.room(); }

status scanner::tick(std::span<const mark_update> marks, tick_result& out, std::optional<std::int64_t> now_ns) {
  return guarded([&] { return state_->engine.tick(marks, out, now_ns); });
}

status scanner::snapshot(const std::string& folder) const {
  return guarded([&]() -> status {
    if (!state_->engine.loaded()) { return error{error_code::usage, "snapshot was asked for before load"}; }
    auto out = output_folder::make(folder, false);
    if (!out) { return std::move(out).error(); }
    const book dense = state_->engine.snapshot();
    PLIMSOLL_TRY(write_book(out.value().path(), state_->venue, make_book_tables(dense), table_format::parquet));
    return out.value().commit();
  });
}

std::uint64_t scanner::state_digest() const {
  return state_->engine.loaded() ? plimsoll::state_digest(state_->engine.columns()) : 0;
}

std::uint32_t scanner::instrument(std::string_view name) const {
  return state_->engine.loaded() ? find_name(state_->engine.columns().reference.instruments, name) : no_id;
}
std::uint32_t scanner::asset(std::string_view name) const {
  return state_->engine.loaded() ? find_name(state_->engine.columns().reference.assets, name) : no_id;
}
std::string_view scanner::instrument_name(std::uint32_t id) const {
  return state_->engine.loaded() ? name_of(state_->engine.columns().reference.instruments, id) : "";
}
std::string_view scanner::asset_name(std::uint32_t id) const {
  return state_->engine.loaded() ? name_of(state_->engine.columns().reference.assets, id) : "";
}
std::string_view scanner::backend_reason() const { return state_->why; }

}  // namespace plimsoll
