// Queries about accounts, snapshots and views.
#include "host/api/c/arguments.hpp"
#include "host/api/c/sessions.hpp"
#include "host/api/c/streams.hpp"

using namespace plimsoll::c;

namespace {

/// The output streams of an account's two tables.
class account_streams {
 public:
  account_streams(ArrowArrayStream* units, ArrowArrayStream* positions) noexcept
      : units_(units), positions_(positions) {}

  void check() const { check_apart({&units_, &positions_}); }

  /// Exports both or none. `of` has the names for the ids of the report.
  template <class Book>
  void give(const Book& of, const plimsoll::account_report& report) {
    if (units_.wanted()) { must(of.export_units(report, units_.made())); }
    if (positions_.wanted()) { must(of.export_positions(report, positions_.made())); }
    units_.give();
    positions_.give();
  }

 private:
  given_stream units_;
  given_stream positions_;
};

}  // namespace

plimsoll_status plimsoll_scanner_account(plimsoll_scanner scanner, const char* account, uint32_t flags,
                                         ArrowArrayStream* units, ArrowArrayStream* positions) {
  return call(__func__, [&] {
    account_streams out(units, positions);
    out.check();
    const std::string_view name = text_of(account, "account");
    if ((flags & ~static_cast<std::uint32_t>(PLIMSOLL_WITH_LADDERS)) != 0) {
      fail(PLIMSOLL_BAD_ARGUMENT, "flags has a bit that this version does not know");
    }
    scanner_turn at(scanner);
    out.give(*at, value_of(at->account(name, {.ladders = (flags & PLIMSOLL_WITH_LADDERS) != 0})));
  });
}

plimsoll_status plimsoll_scanner_preview(plimsoll_scanner scanner, const plimsoll_update* update,
                                         ArrowArrayStream* units, ArrowArrayStream* positions) {
  return call(__func__, [&] {
    account_streams out(units, positions);
    out.check();
    check_struct(update, "update");
    const std::vector<plimsoll::update> one = updates_of(update, 1);
    scanner_turn at(scanner);
    out.give(*at, value_of(at->preview(one.front())));
  });
}

plimsoll_status plimsoll_scanner_largest_order(plimsoll_scanner scanner, const char* account, uint32_t instrument,
                                               int32_t side, plimsoll_decimal price, int64_t* lots) {
  return call(__func__, [&] {
    const std::string_view name = text_of(account, "account");
    const auto direction = choice_of(side, plimsoll::position_side::short_side, "side");
    const plimsoll::decimal at_price = decimal_of(price, "price");
    std::int64_t& most = needed(lots, "lots");
    scanner_turn at(scanner);
    most = value_of(at->largest_order(name, instrument, direction, at_price)).raw;
  });
}

plimsoll_status plimsoll_scanner_snapshot(plimsoll_scanner scanner, const char* folder) {
  return call(__func__, [&] {
    const std::string to(text_of(folder, "folder"));
    scanner_turn at(scanner);
    must(at->snapshot(to));
  });
}

plimsoll_status plimsoll_scanner_state_digest(plimsoll_scanner scanner, uint64_t* digest) {
  return call(__func__, [&] {
    std::uint64_t& out = needed(digest, "digest");
    scanner_turn at(scanner);
    out = at->state_digest();
  });
}

// ------------------------------------------------------------------------------------------------------------- views
plimsoll_status plimsoll_scanner_view(plimsoll_scanner scanner, plimsoll_view* out) {
  return call(__func__, [&] {
    plimsoll_view& handle = needed(out, "out");
    scanner_turn at(scanner);
    handle = keep(std::make_shared<const plimsoll::book_view>(value_of(at->view())));
  });
}

plimsoll_status plimsoll_view_account(plimsoll_view view, const char* account, ArrowArrayStream* units,
                                      ArrowArrayStream* positions) {
  return call(__func__, [&] {
    account_streams out(units, positions);
    out.check();
    const std::string_view name = text_of(account, "account");
    const view_ref at = find_view(view);
    out.give(*at, value_of(at->account(name)));
  });
}

plimsoll_status plimsoll_view_state_digest(plimsoll_view view, uint64_t* digest) {
  return call(__func__, [&] {
    std::uint64_t& out = needed(digest, "digest");
    out = find_view(view)->state_digest();
  });
}

plimsoll_status plimsoll_view_close(plimsoll_view view) {
  return call(__func__, [&] {
    const view_ref closing = find_view(view);  // A call that is using it keeps it alive.
    if (!forget(view)) { fail(PLIMSOLL_BAD_HANDLE, std::to_string(view) + " is not an open view"); }
  });
}
