// Versions, scanners, books and their content, updates.
#include <array>
#include <new>
#include <utility>
#include <vector>

#include "host/api/c/arguments.hpp"
#include "host/api/c/sessions.hpp"
#include "host/api/c/streams.hpp"
#include "plimsoll/version.hpp"

using namespace plimsoll::c;

namespace {

constexpr int threads_max = 1'024;
constexpr std::uint64_t tables_max = 64;

/// Applies updates. If one is refused, those before it remain applied.
void apply(plimsoll::scanner& scan, const std::vector<plimsoll::update>& updates, std::uint64_t* applied) {
  if (applied != nullptr) { *applied = 0; }
  const auto outcome = scan.apply(updates);
  if (applied != nullptr) {
    // After an error that does not name an update, none was applied.
    const bool in_part = !outcome && outcome.error().code == plimsoll::error_code::bad_data;
    *applied = outcome ? outcome.value() : in_part ? outcome.error().detail : 0;
  }
  must_read(outcome, scan);
}

}  // namespace

plimsoll_status plimsoll_version(plimsoll_version_info* out) {
  return call(__func__, [&] {
    check_struct(out, "out");
    const plimsoll::library_version linked = plimsoll::version();
    plimsoll_version_info outcome{};
    outcome.version_major = static_cast<std::uint32_t>(linked.major);
    outcome.version_minor = static_cast<std::uint32_t>(linked.minor);
    outcome.version_patch = static_cast<std::uint32_t>(linked.patch);
    outcome.cuda = linked.cuda ? 1 : 0;
    outcome.text = linked.text;
    outcome.arrow = linked.arrow;
    give(out, outcome);
  });
}

// ---------------------------------------------------------------------------------------------------------- scanner
plimsoll_status plimsoll_scanner_open(const plimsoll_scanner_options* options, plimsoll_scanner* out) {
  return call(__func__, [&] {
    plimsoll_scanner& handle = needed(out, "out");
    plimsoll::scanner_options wanted;
    if (options != nullptr) {
      const plimsoll_scanner_options given = take(options, "options");
      if (given.backend != nullptr) { wanted.backend = text_of(given.backend, "backend"); }
      if (given.threads < 0 || given.threads > threads_max) {
        fail(PLIMSOLL_BAD_ARGUMENT, "threads is " + std::to_string(given.threads) + ", but must be from 0 to 1024");
      }
      wanted.threads = given.threads;
      wanted.screen = !flag_of(given.full_passes, "full_passes");
    }
    handle = keep(std::make_shared<session>(value_of(plimsoll::scanner::make(wanted))));
  });
}

plimsoll_status plimsoll_scanner_close(plimsoll_scanner scanner) {
  return call(__func__, [&] {
    scanner_turn at(scanner);
    at.of().closed = true;
    forget(scanner);
  });
}

plimsoll_status plimsoll_scanner_load(plimsoll_scanner scanner, const char* folder) {
  return call(__func__, [&] {
    const std::string from(text_of(folder, "folder"));
    scanner_turn at(scanner);
    must_read(at->load(from), *at);
  });
}

plimsoll_status plimsoll_scanner_load_tables(plimsoll_scanner scanner, const char* venue_toml,
                                             const plimsoll_table* tables, uint64_t count) {
  return call(__func__, [&] {
    if (count > tables_max) { fail(PLIMSOLL_BAD_ARGUMENT, "a book has at most 64 tables"); }
    if (count > 0) { (void)needed(tables, "tables"); }
    std::array<taken_stream, tables_max> rows;
    for (std::uint64_t i = 0; i < count; ++i) { rows[i].take(tables[i].rows); }
    plimsoll::book_streams book;
    book.venue_toml = text_of(venue_toml, "venue_toml");
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string name(text_of(tables[i].name, "the name of a table"));
      book.tables.push_back({name, &rows[i].get()});
    }
    scanner_turn at(scanner);
    must_read(at->load(book), *at);
  });
}

plimsoll_status plimsoll_scanner_revise(plimsoll_scanner scanner, const char* folder, plimsoll_revision* out) {
  return call(__func__, [&] {
    if (out != nullptr) { check_struct(out, "out"); }
    const std::string from(text_of(folder, "folder"));
    scanner_turn at(scanner);
    const auto revised = at->revise(from);
    must_read(revised, *at);
    if (out == nullptr) { return; }
    plimsoll_revision outcome{};
    outcome.instruments = revised.value().instruments;
    outcome.assets = revised.value().assets;
    outcome.retiered = revised.value().retiered;
    give(out, outcome);
  });
}

plimsoll_status plimsoll_scanner_instrument(plimsoll_scanner scanner, const char* name, uint32_t* id) {
  return call(__func__, [&] {
    const std::string_view wanted = text_of(name, "name");
    std::uint32_t& found = needed(id, "id");
    scanner_turn at(scanner);
    found = at->instrument(wanted);
  });
}

plimsoll_status plimsoll_scanner_asset(plimsoll_scanner scanner, const char* name, uint32_t* id) {
  return call(__func__, [&] {
    const std::string_view wanted = text_of(name, "name");
    std::uint32_t& found = needed(id, "id");
    scanner_turn at(scanner);
    found = at->asset(wanted);
  });
}

plimsoll_status plimsoll_scanner_counts(plimsoll_scanner scanner, uint32_t* instruments, uint32_t* assets) {
  return call(__func__, [&] {
    scanner_turn at(scanner);
    if (instruments != nullptr) { *instruments = at->instruments(); }
    if (assets != nullptr) { *assets = at->assets(); }
  });
}

plimsoll_status plimsoll_scanner_describe_instrument(plimsoll_scanner scanner, uint32_t id,
                                                     plimsoll_instrument_info* out) {
  return call(__func__, [&] {
    plimsoll_instrument_info outcome = take(out, "out");
    scanner_turn at(scanner);
    const plimsoll::instrument_description it = value_of(at->describe_instrument(id));
    outcome.kind = static_cast<std::int32_t>(it.kind);
    outcome.base = it.base;
    outcome.settle = it.settle;
    outcome.contract_size = to_c(it.contract_size);
    outcome.price_step = to_c(it.price_step);
    outcome.size_step = to_c(it.size_step);
    outcome.mark_ticks = it.mark.value_or(plimsoll::price_ticks{}).raw;
    outcome.has_mark = it.mark ? 1 : 0;
    outcome.name_length = give_name(it.name, outcome.name, outcome.name_capacity);
    give(out, outcome);
  });
}

plimsoll_status plimsoll_scanner_describe_asset(plimsoll_scanner scanner, uint32_t id, plimsoll_asset_info* out) {
  return call(__func__, [&] {
    plimsoll_asset_info outcome = take(out, "out");
    scanner_turn at(scanner);
    const plimsoll::asset_description it = value_of(at->describe_asset(id));
    outcome.step = to_c(it.step);
    outcome.price = to_c(it.price.value_or(plimsoll::decimal{}));
    outcome.has_price = it.price ? 1 : 0;
    outcome.name_length = give_name(it.name, outcome.name, outcome.name_capacity);
    give(out, outcome);
  });
}

// ---------------------------------------------------------------------------------------------------------- updates
plimsoll_status plimsoll_scanner_apply(plimsoll_scanner scanner, const plimsoll_update* updates, uint64_t count,
                                       uint64_t* applied) {
  return call(__func__, [&] {
    const std::vector<plimsoll::update> wanted = updates_of(updates, count);
    scanner_turn at(scanner);
    apply(*at, wanted, applied);
  });
}

plimsoll_status plimsoll_scanner_apply_table(plimsoll_scanner scanner, ArrowArrayStream* updates, uint64_t* applied) {
  return call(__func__, [&] {
    taken_stream rows(updates);
    if (applied != nullptr) { *applied = 0; }
    if (!rows.there()) { fail(PLIMSOLL_BAD_ARGUMENT, "updates is null or a stream that was consumed before"); }
    scanner_turn at(scanner);
    const auto read = at->read_updates(rows.get());
    must_read(read, *at);
    apply(*at, read.value(), applied);
  });
}
