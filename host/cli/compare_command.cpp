// `compare`: ADL policies on forks of one book.
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "host/cli/compare_text.hpp"
#include "host/cli/fork_running.hpp"
#include "host/cli/grid.hpp"
#include "host/cli/loading.hpp"
#include "host/cli/page_inputs.hpp"
#include "host/cli/report_file.hpp"
#include "host/cli/rulebook_choice.hpp"
#include "host/cli/staged_output.hpp"
#include "host/cli/summary_form.hpp"
#include "host/cli/tick_files.hpp"
#include "host/cli/writing.hpp"
#include "host/compare/compare.hpp"
#include "host/report/compare_page.hpp"
#include "host/report/compare_tables.hpp"
#include "host/venue/rulebook_notes.hpp"

namespace plimsoll::cli {

namespace {

class compare_run {
 public:
  compare_run(const invocation& call, session& io)
      : call_(call), io_(io), bar_(io.err().is_terminal() && !io.quiet()) {}

  int run() {
    result<std::vector<adl_policy>> policies = check_arguments();
    if (!policies) { return io_.fail(policies.error()); }
    result<tick_files> files = tick_files::make(call_);
    if (!files) { return io_.fail(files.error()); }
    files_ = std::move(files).value();
    result<std::optional<staged_output>> out = staged_in(call_);
    if (!out) { return io_.fail(out.error()); }
    const result<std::optional<report_file>> page = report_in(call_);
    if (!page) { return io_.fail(page.error()); }
    loaded_book loaded = load_for(call_, io_, bar_);
    if (!loaded.source) { return loaded.code; }
    refusal_list refusals;
    const result<comparison> found = compare(std::move(*loaded.source), policies.value(), refusals);
    if (!found) { return refusals.empty() ? io_.fail(found.error()) : io_.refuse("the comparison", refusals); }
    io_.lead_with(compare_notes(found.value()));
    const compare_facts facts{threads_used(call_),
                              std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count(),
                              loaded.seconds, io_.notes()};
    const std::string summary = compare_summary_json(found.value(), facts);
    const status written = write_all(found.value(), summary, out.value(), page.value());
    if (!written) { return io_.fail(written.error()); }
    print_summary(call_, io_, summary,
                  [&](const terminal& screen) { return compare_text(found.value(), io_.notes(), screen); });
    if (const std::string where = written_words(call_); !where.empty()) {
      io_.note(io_.err().paint(accent::faint, where));
    }
    return exit_code::done;
  }

 private:
  result<std::vector<adl_policy>> check_arguments() const {
    const auto usage = [](const char* text) {
      return error{error_code::usage, fmt::format("{}\nTry: plimsoll compare --help", text)};
    };
    if (call_.given("ticks") && call_.given("shock")) {
      return usage("--ticks and --shock name two different paths; give one of them");
    }
    if (call_.given("rulebooks") && call_.given("policies")) {
      return usage("--rulebooks and --policies name two different things to compare; give one of them");
    }
    if (call_.given("rulebooks") && call_.given("rulebook")) {
      return usage("--rulebooks names all rulebooks, so --rulebook would do nothing");
    }
    return parse_policies(call_.text("policies"));
  }

  /// One fork per policy, or per rulebook.
  result<std::vector<fork_plan>> plans_for(const book& source, const std::vector<adl_policy>& policies,
                                           refusal_list& refusals) {
    if (!call_.given("rulebooks")) { return plans_of_policies(source, policies); }
    std::vector<fork_plan> out;
    for (const std::string& name : call_.items("rulebooks")) {
      const auto same = [&](const fork_plan& one) { return one.name == name; };
      if (std::any_of(out.begin(), out.end(), same)) {
        return error{error_code::usage, fmt::format("the rulebook {} is listed twice", name)};
      }
      result<venue_config> venue = venue_under(name, call_.operand(0), source, refusals);
      if (!venue) { return venue.error(); }
      out.push_back({name, std::move(venue).value()});
    }
    return out;
  }

  result<comparison> compare(book source, const std::vector<adl_policy>& policies, refusal_list& refusals) {
    marks_of_ns_ = newest_time(source);
    const result<std::vector<fork_plan>> plans = plans_for(source, policies, refusals);
    if (!plans) { return plans.error(); }
    result<std::vector<tick_inputs>> path = load_path(source, refusals);
    if (!path) { return path.error(); }
    io_.add_notes(refusals.notes());
    if (!call_.given("rulebooks")) { io_.add_notes(notes_on_executor(source.reference.venue.rules)); }
    std::string why;
    result<fork_options> options = fork_options_for(call_, source, why);
    if (!options) { return options.error(); }
    io_.note(io_.err().paint(accent::faint, fmt::format("backend {}", why)));
    options.value().inputs = files_.names();
    options.value().keep_haircuts = call_.flag("haircuts");
    if (!call_.given("ticks")) { options.value().inputs.ticks = path_text_; }
    std::uint64_t done = 0;
    options.value().on_tick = [&] { bar_.set_done(++done); };
    bar_.stage(fmt::format("{} x {}", counted(plans.value().size(), "fork"), counted(path.value().size(), "tick")),
               plans.value().size() * path.value().size(), "ticks");
    result<comparison> found = compare_forks(std::move(source), plans.value(), path.value(), options.value(), refusals);
    if (!found) { return found.error(); }
    found.value().path = path_text_;
    found.value().of_rulebooks = call_.given("rulebooks");
    for (const comparison::fork& fork : found.value().forks) { PLIMSOLL_TRY(check_fork(fork.outcome, io_)); }
    return found;
  }

  /// The ticks of the files, or one tick at the book's own or shocked marks.
  result<std::vector<tick_inputs>> load_path(const book& source, refusal_list& refusals) {
    if (call_.given("ticks")) {
      result<std::vector<tick_inputs>> path = files_.load(source, bar_, refusals);
      if (!path) { return path; }
      time_ticks(path.value(), 0, newest_time(source));
      path_text_ = fmt::format("{} tick{}", path.value().size(), path.value().size() == 1 ? "" : "s");
      return path;
    }
    std::vector<tick_inputs> path;
    path.push_back({{1, {}}, {}});
    path_text_ = "the book's own marks";
    if (call_.given("shock")) {
      const result<beta_list> betas = betas_for(call_, source, refusals);
      if (!betas) { return betas.error(); }
      const result<market_shock> shock = parse_shock(call_.text("shock"), source, betas.value());
      if (!shock) { return shock.error(); }
      path.front().marks = shocked_marks(source, shock.value(), 1);
      path_text_ = fmt::format("shock {}{}", shock.value().text, call_.given("betas") ? ", by beta" : "");
    }
    return path;
  }

  status write_all(const comparison& found, const std::string& summary, std::optional<staged_output>& out,
                   const std::optional<report_file>& page) {
    const std::string html =
        page ? dated_page(make_compare_page(found, page_summary(call_, summary, marks_of_ns_))) : std::string();
    if (out) {
      PLIMSOLL_TRY(write_tables(call_, bar_, make_compare_tables(found, call_.flag("haircuts")), out->path()));
      PLIMSOLL_TRY(out->write_text("summary.json", summary));
    }
    return commit_with_report(out, page, html);
  }

  const invocation& call_;
  session& io_;
  progress bar_;
  tick_files files_;
  std::string path_text_;
  std::int64_t marks_of_ns_ = no_time;  ///< Of the book.
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

int run_compare(const invocation& call, session& io) { return compare_run(call, io).run(); }

}  // namespace plimsoll::cli
