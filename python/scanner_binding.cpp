// `Scanner` and `View`: include/plimsoll/scanner.hpp with capsules for tables and text for exact numbers.
#include <utility>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "host/text/decimal.hpp"
#include "python/bindings.hpp"

namespace plimsoll::python {

namespace {

using handle_pointer = std::shared_ptr<scanner_handle>;

nb::object text_or_none(const std::optional<decimal>& number) {
  return number ? nb::object(nb::str(format_decimal(*number).c_str())) : nb::none();
}

handle_pointer make_scanner(const std::string& backend, int threads, bool screen) {
  auto made = [&] {
    const nb::gil_scoped_release others_may_run;
    return scanner::make({backend, threads, screen});
  }();
  if (!made) { fail(made.error()); }
  return std::make_shared<scanner_handle>(std::move(made).value());
}

void load_tables(scanner_handle& handle, const std::string& venue, const std::vector<std::string>& names,
                 const std::vector<nb::object>& capsules) {
  book_streams book{venue, {}};
  for (std::size_t i = 0; i < names.size(); ++i) { book.tables.push_back({names[i], stream_in(capsules.at(i))}); }
  handle.call([&] { return handle.scan.load(book); }, true);
}

nb::dict tick(scanner_handle& handle, const nb::object& table, const std::optional<column<std::uint32_t>>& ids,
              const std::optional<column<std::int64_t>>& ticks, const std::optional<column<std::int64_t>>& times,
              std::optional<std::int64_t> now_ns) {
  const marks_in given{table, ids, ticks, times};
  given.check();
  ArrowArrayStream* stream = table.is_none() ? nullptr : stream_in(table);
  tick_facts facts;
  handle.call(
      [&]() -> status {
        const auto marks = given.read(handle.scan, stream);
        if (!marks) { return marks.error(); }
        PLIMSOLL_TRY(handle.scan.tick(marks.value(), handle.found, now_ns));
        return facts.take(handle);
      },
      stream != nullptr);
  return facts.dict();
}

std::uint64_t apply(scanner_handle& handle, const nb::object& table) {
  ArrowArrayStream* stream = stream_in(table);
  return handle.call(
      [&]() -> result<std::uint64_t> {
        const auto updates = handle.scan.read_updates(*stream);
        if (!updates) { return updates.error(); }
        return handle.scan.apply(updates.value());
      },
      true);
}

template <class Ask>
nb::tuple tables_of(scanner_handle& handle, const Ask& ask) {
  table_out units, positions;
  handle.call([&]() -> status {
    const result<account_report> found = ask();
    if (!found) { return found.error(); }
    PLIMSOLL_TRY(handle.scan.export_units(found.value(), units.place()));
    return handle.scan.export_positions(found.value(), positions.place());
  });
  return nb::make_tuple(units.capsule(), positions.capsule());
}

nb::tuple preview(scanner_handle& handle, const nb::object& table) {
  ArrowArrayStream* stream = stream_in(table);
  return tables_of(handle, [&]() -> result<account_report> {
    const auto updates = handle.scan.read_updates(*stream);
    if (!updates) { return updates.error(); }
    if (updates.value().size() != 1) { return error{error_code::usage, "preview takes exactly one update"}; }
    return handle.scan.preview(updates.value().front());
  });
}

nb::dict largest_order(scanner_handle& handle, const std::string& account, const std::string& instrument, bool sells,
                       const std::string& price) {
  decimal exact;
  if (const decimal_fault fault = parse_decimal(price, exact); fault != decimal_fault::none) {
    fail({error_code::usage, "the price \"" + price + "\" " + to_string(fault)});
  }
  decimal step;
  const size_lots lots = handle.call([&]() -> result<size_lots> {
    const std::uint32_t id = handle.scan.instrument(instrument);
    if (id == no_id) { return error{error_code::usage, "the book has no instrument " + instrument}; }
    step = handle.scan.describe_instrument(id).value().size_step;
    return handle.scan.largest_order(account, id, sells ? position_side::short_side : position_side::long_side, exact);
  });
  nb::dict out;
  out["lots"] = lots.raw;
  out["size"] = format_units(step_units(lots.raw, step), step.scale);
  return out;
}

nb::list instruments(scanner_handle& handle) {
  std::vector<instrument_description> all;
  std::vector<std::string> names;
  handle.alone([&] {
    for (std::uint32_t id = 0; id < handle.scan.instruments(); ++id) {
      all.push_back(handle.scan.describe_instrument(id).value());
    }
    for (std::uint32_t id = 0; id < handle.scan.assets(); ++id) { names.emplace_back(handle.scan.asset_name(id)); }
  });
  nb::list out;
  for (const instrument_description& one : all) {
    nb::dict row;
    row["id"] = nb::len(out);
    row["name"] = one.name;
    row["kind"] = to_string(one.kind);
    row["base"] = one.base == no_id ? std::string() : names[one.base];
    row["settle"] = names[one.settle];
    row["contract_size"] = format_decimal(one.contract_size);
    row["price_step"] = format_decimal(one.price_step);
    row["size_step"] = format_decimal(one.size_step);
    row["mark_ticks"] = one.mark ? nb::object(nb::int_(one.mark->raw)) : nb::none();
    out.append(row);
  }
  return out;
}

nb::list assets(scanner_handle& handle) {
  std::vector<asset_description> all;
  handle.alone([&] {
    for (std::uint32_t id = 0; id < handle.scan.assets(); ++id) {
      all.push_back(handle.scan.describe_asset(id).value());
    }
  });
  nb::list out;
  for (const asset_description& one : all) {
    nb::dict row;
    row["id"] = nb::len(out);
    row["name"] = one.name;
    row["step"] = format_decimal(one.step);
    row["price"] = text_or_none(one.price);
    out.append(row);
  }
  return out;
}

nb::tuple account_then(const book_view& view, const std::string& name) {
  table_out units, positions;
  const status outcome = [&]() -> status {
    const nb::gil_scoped_release others_may_run;
    const result<account_report> found = view.account(name);
    if (!found) { return found.error(); }
    PLIMSOLL_TRY(view.export_units(found.value(), units.place()));
    return view.export_positions(found.value(), positions.place());
  }();
  if (!outcome) { fail(outcome.error()); }
  return nb::make_tuple(units.capsule(), positions.capsule());
}

}  // namespace

void marks_in::check() const {
  const auto wrong = [](const char* text) { fail({error_code::usage, text}); };
  if (ids.has_value() != ticks.has_value()) { wrong("ids and ticks must be given together"); }
  if (times && !ids) { wrong("times need ids and ticks"); }
  if (ids && ids->size() != ticks->size()) { wrong("ids and ticks have different lengths"); }
  if (times && times->size() != ids->size()) { wrong("times and ids have different lengths"); }
}

result<std::vector<mark_update>> marks_in::read(scanner& scan, ArrowArrayStream* stream) const {
  std::vector<mark_update> out;
  if (stream != nullptr) {
    auto read = scan.read_marks(*stream);
    if (!read) { return read; }
    out = std::move(read).value();
  }
  for (std::size_t i = 0; ids && i < ids->size(); ++i) {
    mark_update one{ids->data()[i], {ticks->data()[i]}, {}};
    if (times) { one.as_of_ns = times->data()[i]; }
    out.push_back(one);
  }
  return out;
}

std::string money(const scanner& scan, std::uint32_t asset, int128 steps) {
  const auto described = scan.describe_asset(asset);
  return described ? format_units(step_units(steps, described.value().step), described.value().step.scale)
                   : std::string();
}

status tick_facts::take(scanner_handle& handle) {
  full_because = handle.found.full_because;
  backend = handle.found.backend;
  rows = std::make_shared<tick_rows>();
  if (handle.found.held_instruments != 0) { PLIMSOLL_TRY(handle.scan.export_held(handle.found, rows->held.place())); }
  std::swap(rows->found, handle.found);
  return ok();
}

nb::dict tick_facts::dict() {
  const tick_result& found = rows->found;
  nb::dict out;
  out["sequence"] = found.sequence;
  out["updates"] = found.updates;
  out["units"] = found.units;
  out["states"] = nb::make_tuple(found.counts[0], found.counts[1], found.counts[2], found.counts[3]);
  out["held"] = found.held;
  out["dust"] = found.dust;
  out["digest"] = found.tick_digest;
  out["screened"] = found.screened;
  out["full_because"] = full_because;
  out["evaluated"] = found.evaluated;
  out["backend"] = backend;
  out["newest_mark_ns"] = found.newest_mark_ns ? nb::object(nb::int_(*found.newest_mark_ns)) : nb::none();
  out["seconds"] = found.seconds;
  out["notes"] = found.notes;
  out["flagged_rows"] = found.flagged.size();
  out["cover_rows"] = found.cover.size();
  out["held_instruments"] = found.held_instruments;
  out["rows"] = rows;
  return out;
}

namespace {

void bind_tick_rows(nb::module_& in) {
  const auto form = [](bool views) { return views ? text_form::views : text_form::copied; };
  nb::class_<tick_rows>(in, "TickRows")
      .def("flagged",
           [form](const tick_rows& of, bool views) {
             return table_now([&](auto& out) { return scanner::export_flagged(of.found, out, form(views)); });
           })
      .def("cover",
           [form](const tick_rows& of, bool views) {
             return table_now([&](auto& out) { return scanner::export_cover(of.found, out, form(views)); });
           })
      .def("demand",
           [](const tick_rows& of) {
             return table_now([&](auto& out) { return scanner::export_demand(of.found, out); });
           })
      .def("totals",
           [](const tick_rows& of) {
             return table_now([&](auto& out) { return scanner::export_totals(of.found, out); });
           })
      .def("held", [](tick_rows& of) { return of.held.capsule(); });
}

}  // namespace

void bind_scanner(nb::module_& in) {
  bind_tick_rows(in);
  nb::class_<book_view>(in, "View")
      .def("account", &account_then, nb::arg("name"))
      .def("state_digest", &book_view::state_digest);
  nb::class_<scanner_handle>(in, "Scanner")
      .def("load_folder",
           [](scanner_handle& handle, const std::string& folder) {
             handle.call([&] { return handle.scan.load(folder); }, true);
           })
      .def("load_tables", &load_tables, nb::arg("venue"), nb::arg("names"), nb::arg("capsules"))
      .def("tick", &tick, nb::arg("table").none(), nb::arg("ids").none(), nb::arg("ticks").none(),
           nb::arg("times").none(), nb::arg("now_ns").none())
      .def("apply", &apply, nb::arg("table"))
      .def("account",
           [](scanner_handle& handle, const std::string& name, bool ladders) {
             return tables_of(handle, [&] { return handle.scan.account(name, {ladders}); });
           })
      .def("preview", &preview, nb::arg("table"))
      .def("largest_order", &largest_order)
      .def("snapshot", [](scanner_handle& handle,
                          const std::string& folder) { handle.call([&] { return handle.scan.snapshot(folder); }); })
      .def("revise",
           [](scanner_handle& handle, const std::string& folder) {
             const revision brought = handle.call([&] { return handle.scan.revise(folder); }, true);
             return nb::make_tuple(brought.instruments, brought.assets, brought.retiered);
           })
      .def("make_room", [](scanner_handle& handle) { handle.call([&] { return handle.scan.make_room(); }); })
      .def("view", [](scanner_handle& handle) { return handle.call([&] { return handle.scan.view(); }); })
      .def("state_digest",
           [](scanner_handle& handle) {
             return handle.call([&]() -> result<std::uint64_t> { return handle.scan.state_digest(); });
           })
      .def("instruments", &instruments)
      .def("assets", &assets)
      .def("backend_reason", [](const scanner_handle& handle) { return std::string(handle.scan.backend_reason()); });
  in.def("make_scanner", &make_scanner, nb::arg("backend"), nb::arg("threads"), nb::arg("screen"));
}

}  // namespace plimsoll::python
