// `explain`: the margin and state of one account, term by term.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "host/backend/choose.hpp"
#include "host/book/find.hpp"
#include "host/cli/explain_text.hpp"
#include "host/cli/loading.hpp"
#include "host/cli/page_inputs.hpp"
#include "host/cli/report_file.hpp"
#include "host/engine/scan.hpp"
#include "host/explain/explain_figures.hpp"
#include "host/report/explain_page.hpp"
#include "host/report/notes.hpp"
#include "host/text/instant.hpp"
#include "host/text/near_name.hpp"

namespace plimsoll::cli {

namespace {

/// Names similar to the requested one: the nearest by spelling, or by order in a book of many millions.
std::string near_accounts(const book& source, std::string_view wanted) {
  constexpr std::uint32_t compared_max = 4'000'000;
  constexpr std::size_t shown_max = 3;
  const std::size_t most = std::max<std::size_t>(2, wanted.size() / 3);
  std::vector<std::pair<std::size_t, std::uint32_t>> near;
  for (std::uint32_t id = 0; id < std::min(source.accounts.size(), compared_max); ++id) {
    const std::size_t distance = edit_distance(wanted, source.accounts[id], most);
    if (distance > most) { continue; }
    near.emplace_back(distance, id);
    std::push_heap(near.begin(), near.end());
    if (near.size() > shown_max) {
      std::pop_heap(near.begin(), near.end());
      near.pop_back();
    }
  }
  std::sort_heap(near.begin(), near.end());
  std::string out;
  for (const auto& [distance, id] : near) { out += fmt::format("{}{}", out.empty() ? "" : ", ", source.accounts[id]); }
  return out;
}

/// The requested units.
result<std::vector<std::uint32_t>> choose_units(const book& source, const invocation& call) {
  const std::string name = call.operand(1);
  const std::uint32_t account = source.accounts.find(name);
  if (account == no_id) {
    const std::string near = near_accounts(source, name);
    return error{error_code::usage,
                 fmt::format("there is no account {}{}", name, near.empty() ? "" : "; similar names: " + near)};
  }
  const unit_range range = units_of_account(source, account);
  std::vector<std::uint32_t> units;
  std::string names;
  for (std::uint32_t unit = range.first; unit < range.last; ++unit) {
    const std::string unit_name = source.unit_name(source.units.code[unit]);
    names += (names.empty() ? "" : ", ") + unit_name;
    if (!call.given("unit") || unit_name == call.text("unit")) { units.push_back(unit); }
  }
  if (call.given("unit") && units.empty()) {
    return error{error_code::usage,
                 fmt::format("{} has no unit {}; it has {}", name, call.text("unit"), names.empty() ? "none" : names)};
  }
  return units;
}

}  // namespace

int run_explain(const invocation& call, session& io) {
  progress bar(io.err().is_terminal() && !io.quiet());
  const result<std::optional<std::int64_t>> as_of = as_of_in(call);
  if (!as_of) { return io.fail(as_of.error()); }
  const result<std::optional<report_file>> page = report_in(call);
  if (!page) { return io.fail(page.error()); }
  const loaded_book loaded = load_for(call, io, bar);
  if (!loaded.source) { return loaded.code; }
  const book& source = *loaded.source;
  const result<std::vector<std::uint32_t>> units = choose_units(source, call);
  if (!units) { return io.fail(units.error()); }

  result<backend_choice> chosen = choose_backend(call.text("backend"), threads_of(call), device_bytes_needed(source));
  if (!chosen) { return io.fail(chosen.error()); }
  scan_options options;
  options.as_of_ns = as_of.value();
  options.ladders = ladder_extent::full;
  options.on_stage = [&](const char* stage) { bar.stage(stage); };
  refusal_list refusals;
  const result<scan_result> scan =
      scan_with_fallback(source, chosen.value().machine, threads_of(call), options, refusals);
  if (!scan) { return refusals.empty() ? io.fail(scan.error()) : io.refuse(call.operand(0), refusals); }
  io.add_notes(idle_as_of(call, source));
  const scan_report report(scan.value());
  result<nlohmann::ordered_json> figures = explain_units(report, units.value());
  if (!figures) { return io.fail(figures.error()); }

  nlohmann::ordered_json explained;
  explained["venue"] = source.reference.venue.name;
  explained["rulebook"] = source.reference.venue.rules.name;
  explained["account"] = call.operand(1);
  const auto& as_of_ns = scan.value().as_of_ns;
  explained["marks_as_of"] = as_of_ns ? nlohmann::ordered_json(format_instant(*as_of_ns)) : nlohmann::ordered_json();
  explained["units"] = std::move(figures).value();
  if (page.value()) {
    page_json shown = page_summary(call, explained.dump());
    shown["notes"] = notes_json(io.notes());
    const status written = page.value()->write(dated_page(make_explain_page(shown)));
    if (!written) { return io.fail(written.error()); }
    io.note(io.err().paint(accent::faint, call.text("report")));
  }
  io.print(call.text("format") == "json" ? explained.dump(2) + "\n" : explain_text(explained, io.out()));
  return exit_code::done;
}

}  // namespace plimsoll::cli
