// Exports results as Arrow streams.
#include "host/api/answer_tables.hpp"
#include "host/api/scanner_state.hpp"
#include "host/engine/held.hpp"
#include "host/engine/result_names.hpp"
#include "host/io/arrow_book.hpp"
#include "host/report/held_table.hpp"
#include "plimsoll/executor.hpp"

namespace plimsoll {

namespace {

/// Exports to `out` the table that `make` makes for a book. `kept`: see `export_table`.
template <class Make>
status export_answer(const reference_data& of, ArrowArrayStream& out, const Make& make,
                     const kept_chars* kept = nullptr) {
  return call_guarded("not enough memory for a table of the result", [&]() -> status {
    const answer_tables tables(of);  // The table refers to it.
    result<answer_tables::table> made = make(tables);
    if (!made) { return std::move(made).error(); }
    return export_table(*made.value(), out, kept);
  });
}

/// The same for the book of a scanner, if it has one.
template <class Make>
status export_answer(const tick_engine& engine, const char* call, ArrowArrayStream& out, const Make& make) {
  if (!engine.loaded()) { return error{error_code::usage, std::string(call) + " was called before load"}; }
  return export_answer(engine.columns().reference, out, make);
}

/// The same for a result, which has the names that it needs.
template <class Result, class Make>
status export_result(const Result& of, const char* call, ArrowArrayStream& out, text_form text, const Make& make) {
  if (!of.names) {
    return error{error_code::usage, std::string(call) + " was called with a result that no tick has filled"};
  }
  return export_answer(of.names->of_book->reference, out, make,
                       text == text_form::views ? &of.names->accounts : nullptr);
}

}  // namespace

status scanner::export_flagged(const tick_result& found, ArrowArrayStream& out, text_form text) {
  return export_result(found, "export_flagged", out, text,
                       [&](const answer_tables& tables) { return tables.flagged(found); });
}
status scanner::export_cover(const tick_result& found, ArrowArrayStream& out, text_form text) {
  return export_result(found, "export_cover", out, text,
                       [&](const answer_tables& tables) { return tables.cover(found); });
}
status scanner::export_demand(const tick_result& found, ArrowArrayStream& out) {
  return export_result(found, "export_demand", out, text_form::copied,
                       [&](const answer_tables& tables) { return tables.demand(found); });
}
status scanner::export_totals(const tick_result& found, ArrowArrayStream& out) {
  return export_result(found, "export_totals", out, text_form::copied,
                       [&](const answer_tables& tables) { return tables.totals(found); });
}
status executor::export_events(const execution& done, ArrowArrayStream& out, text_form text) {
  return export_result(done, "export_events", out, text,
                       [&](const answer_tables& tables) { return tables.events(done); });
}
status executor::export_flows(const execution& done, ArrowArrayStream& out) {
  return export_result(done, "export_flows", out, text_form::copied,
                       [&](const answer_tables& tables) { return tables.flows(done); });
}
status scanner::export_held(const tick_result& found, ArrowArrayStream& out) const {
  return export_answer(state_->engine, "export_held", out, [&](const answer_tables&) -> result<answer_tables::table> {
    const book& columns = state_->engine.columns();
    std::vector<held_mark> held;
    if (found.held_instruments != 0) { held = find_held(columns, columns.marks, state_->now_ns); }
    return held_table(std::move(held), columns.reference);
  });
}
status scanner::export_units(const account_report& report, ArrowArrayStream& out) const {
  return export_answer(state_->engine, "export_units", out,
                       [&](const answer_tables& tables) { return tables.units(report); });
}
status scanner::export_positions(const account_report& report, ArrowArrayStream& out) const {
  return export_answer(state_->engine, "export_positions", out,
                       [&](const answer_tables& tables) { return tables.positions(report); });
}

status book_view::export_units(const account_report& report, ArrowArrayStream& out) const {
  return export_answer(state_->dense.reference, out, [&](const answer_tables& tables) { return tables.units(report); });
}
status book_view::export_positions(const account_report& report, ArrowArrayStream& out) const {
  return export_answer(state_->dense.reference, out,
                       [&](const answer_tables& tables) { return tables.positions(report); });
}

}  // namespace plimsoll
