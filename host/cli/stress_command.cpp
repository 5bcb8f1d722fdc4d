// `stress`: shocks against sizes of the insurance fund.
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "host/cli/fork_running.hpp"
#include "host/cli/grid.hpp"
#include "host/cli/loading.hpp"
#include "host/cli/page_inputs.hpp"
#include "host/cli/report_file.hpp"
#include "host/cli/staged_output.hpp"
#include "host/cli/stress_text.hpp"
#include "host/cli/summary_form.hpp"
#include "host/cli/tick_files.hpp"
#include "host/cli/writing.hpp"
#include "host/compare/stress.hpp"
#include "host/report/stress_page.hpp"
#include "host/report/stress_tables.hpp"
#include "host/venue/rulebook_notes.hpp"

namespace plimsoll::cli {

namespace {

class stress_run {
 public:
  stress_run(const invocation& call, session& io) : call_(call), io_(io), bar_(io.err().is_terminal() && !io.quiet()) {}

  int run() {
    result<std::optional<staged_output>> out = staged_in(call_);
    if (!out) { return io_.fail(out.error()); }
    const result<std::optional<report_file>> page = report_in(call_);
    if (!page) { return io_.fail(page.error()); }
    loaded_book loaded = load_for(call_, io_, bar_);
    if (!loaded.source) { return loaded.code; }
    refusal_list refusals;
    const result<stress_grid> found = stress(std::move(*loaded.source), refusals);
    if (!found) { return refusals.empty() ? io_.fail(found.error()) : io_.refuse("the stress run", refusals); }
    io_.lead_with(stress_notes(found.value()));
    const stress_facts facts{threads_used(call_),
                             std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count(),
                             loaded.seconds, io_.notes()};
    const std::string summary = stress_summary_json(found.value(), facts);
    const status written = write_all(found.value(), summary, out.value(), page.value());
    if (!written) { return io_.fail(written.error()); }
    print_summary(call_, io_, summary,
                  [&](const terminal& screen) { return stress_text(found.value(), io_.notes(), screen); });
    if (const std::string where = written_words(call_); !where.empty()) {
      io_.note(io_.err().paint(accent::faint, where));
    }
    return exit_code::done;
  }

 private:
  result<stress_grid> stress(book source, refusal_list& refusals) {
    marks_of_ns_ = newest_time(source);
    const result<beta_list> betas = betas_for(call_, source, refusals);
    if (!betas) { return betas.error(); }
    result<std::vector<market_shock>> shocks = parse_shocks(call_.text("shocks"), source, betas.value());
    if (!shocks) { return shocks.error(); }
    result<std::vector<fund_size>> funds = parse_funds(call_.text("funds"), source);
    if (!funds) { return funds.error(); }
    io_.add_notes(refusals.notes());
    io_.add_notes(notes_on_executor(source.reference.venue.rules));
    std::string why;
    result<fork_options> options = fork_options_for(call_, source, why);
    if (!options) { return options.error(); }
    io_.note(io_.err().paint(accent::faint, fmt::format("backend {}", why)));
    std::uint64_t done = 0;
    options.value().on_tick = [&] { bar_.set_done(++done); };
    bar_.stage(fmt::format("{} x {}", counted(shocks.value().size(), "shock"), counted(funds.value().size(), "fund")),
               shocks.value().size() * funds.value().size(), "forks");
    result<stress_grid> found =
        stress_book(std::move(source), std::move(shocks).value(), std::move(funds).value(), options.value(), refusals);
    if (!found) { return found.error(); }
    found.value().by_beta = call_.given("betas");
    for (const stress_cell& cell : found.value().cells) { PLIMSOLL_TRY(check_fork(cell.outcome, io_)); }
    return found;
  }

  status write_all(const stress_grid& found, const std::string& summary, std::optional<staged_output>& out,
                   const std::optional<report_file>& page) {
    const std::string html =
        page ? dated_page(make_stress_page(found, page_summary(call_, summary, marks_of_ns_))) : std::string();
    if (out) {
      PLIMSOLL_TRY(write_tables(call_, bar_, make_stress_tables(found), out->path()));
      PLIMSOLL_TRY(out->write_text("summary.json", summary));
    }
    return commit_with_report(out, page, html);
  }

  const invocation& call_;
  session& io_;
  progress bar_;
  std::int64_t marks_of_ns_ = no_time;  ///< Of the book.
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

int run_stress(const invocation& call, session& io) { return stress_run(call, io).run(); }

}  // namespace plimsoll::cli
