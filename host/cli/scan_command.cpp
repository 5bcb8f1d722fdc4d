// `scan`: one tick over a whole book.
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <oneapi/tbb/info.h>

#include "host/backend/choose.hpp"
#include "host/cli/loading.hpp"
#include "host/cli/page_inputs.hpp"
#include "host/cli/report_file.hpp"
#include "host/cli/scan_text.hpp"
#include "host/cli/staged_output.hpp"
#include "host/cli/summary_form.hpp"
#include "host/cli/writing.hpp"
#include "host/engine/scan.hpp"
#include "host/report/scan_page.hpp"
#include "host/report/scan_tables.hpp"

namespace plimsoll::cli {

namespace {

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

/// All parts of a scan's report.
class scan_run {
 public:
  scan_run(const invocation& call, session& io) : call_(call), io_(io), bar_(io.err().is_terminal() && !io.quiet()) {}

  int run() {
    // Wrong arguments are reported before an hour of work, not after it.
    const result<std::optional<std::int64_t>> as_of = as_of_in(call_);
    if (!as_of) { return io_.fail(as_of.error()); }
    result<std::optional<staged_output>> out = staged_in(call_);
    if (!out) { return io_.fail(out.error()); }
    const result<std::optional<report_file>> page = report_in(call_);
    if (!page) { return io_.fail(page.error()); }
    const loaded_book loaded = load_for(call_, io_, bar_);
    if (!loaded.source) { return loaded.code; }
    refusal_list refusals;
    const result<scan_result> scan = scan_loaded(*loaded.source, as_of.value(), refusals);
    if (!scan) { return refusals.empty() ? io_.fail(scan.error()) : io_.refuse(call_.operand(0), refusals); }
    for (const std::string& event : scan.value().events) { io_.warn(io_.err().paint(accent::warning, event)); }
    io_.lead_with(scan_notes(scan.value()));
    io_.add_notes(idle_as_of(call_, *loaded.source));
    const scan_report report(scan.value());
    const run_facts facts{threads_of(call_) != 0 ? threads_of(call_) : oneapi::tbb::info::default_concurrency(),
                          seconds_since(began_), loaded.seconds, io_.notes()};
    const std::string summary = scan_summary_json(report, facts);
    const status written = write_all(report, summary, out.value(), page.value());
    if (!written) { return io_.fail(written.error()); }
    print_summary(call_, io_, summary, [&](const terminal& screen) {
      return scan_text(report, nlohmann::ordered_json::parse(summary), io_.notes(), screen);
    });
    if (const std::string written_where = written_words(call_); !written_where.empty()) {
      io_.note(io_.err().paint(accent::faint, written_where));
    }
    return exit_code_for(scan.value());
  }

 private:
  result<scan_result> scan_loaded(const book& source, std::optional<std::int64_t> as_of_ns, refusal_list& refusals) {
    result<backend_choice> chosen =
        choose_backend(call_.text("backend"), threads_of(call_), device_bytes_needed(source));
    if (!chosen) { return std::move(chosen).error(); }
    io_.note(io_.err().paint(accent::faint, fmt::format("backend {}", chosen.value().why)));
    scan_options options;
    options.as_of_ns = as_of_ns;
    if (call_.text("ladder") == "full") { options.ladders = ladder_extent::full; }
    options.on_stage = [&](const char* stage) { bar_.stage(stage); };
    return scan_with_fallback(source, chosen.value().machine, threads_of(call_), options, refusals);
  }

  status write_all(const scan_report& report, const std::string& summary, std::optional<staged_output>& out,
                   const std::optional<report_file>& page) {
    std::string html;
    if (page) {
      bar_.stage("writing the report");
      html = dated_page(make_scan_page(report, page_summary(call_, summary)));
    }
    if (out) {
      PLIMSOLL_TRY(write_tables(call_, bar_, make_scan_tables(report, call_.flag("positions")), out->path()));
      PLIMSOLL_TRY(out->write_text("summary.json", summary));
    }
    return commit_with_report(out, page, html);
  }

  [[nodiscard]] int exit_code_for(const scan_result& scan) const {
    std::vector<std::uint32_t> dust;
    for (const unit_record& one : scan.dust) { dust.push_back(one.unit); }
    std::sort(dust.begin(), dust.end());
    unit_state worst = unit_state::healthy;  // Of units that are not held and owe more than dust.
    for (std::uint32_t unit = 0; unit < scan.source->units.size(); ++unit) {
      const verdict& outcome = scan.margin.units.verdicts[unit];
      if (!outcome.held() && !std::binary_search(dust.begin(), dust.end(), unit)) {
        worst = std::max(worst, outcome.state());
      }
    }
    const bool uncovered = std::any_of(scan.segments.begin(), scan.segments.end(),
                                       [](const segment_figures& of) { return of.covered < of.demand; });
    const auto is_reached = [&](unit_state state) { return state <= worst; };
    for (const std::string& what : call_.items("fail-on")) {
      const bool found = (what == "held" && scan.margin.held != 0) || (what == "uncovered" && uncovered) ||
                         (what == "bankrupt" && is_reached(unit_state::bankrupt)) ||
                         (what == "liquidatable" && is_reached(unit_state::liquidatable)) ||
                         (what == "margin_call" && is_reached(unit_state::margin_call));
      if (found) { return exit_code::found; }
    }
    return exit_code::done;
  }

  const invocation& call_;
  session& io_;
  progress bar_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

int run_scan(const invocation& call, session& io) { return scan_run(call, io).run(); }

}  // namespace plimsoll::cli
