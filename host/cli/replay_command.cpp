// `replay`: runs tick after tick with the executor.
#include "host/cli/replay_command.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "host/backend/choose.hpp"
#include "host/cli/command_table.hpp"
#include "host/cli/evidence_folder.hpp"
#include "host/cli/interruption.hpp"
#include "host/cli/loading.hpp"
#include "host/cli/page_inputs.hpp"
#include "host/cli/replay_text.hpp"
#include "host/cli/report_file.hpp"
#include "host/cli/rulebook_choice.hpp"
#include "host/cli/staged_output.hpp"
#include "host/cli/summary_form.hpp"
#include "host/cli/tick_files.hpp"
#include "host/cli/writing.hpp"
#include "host/io/checkpoint.hpp"
#include "host/io/write_book.hpp"
#include "host/report/replay_page.hpp"
#include "host/report/replay_summary.hpp"
#include "host/report/replay_tables.hpp"
#include "host/venue/rulebook_notes.hpp"

namespace plimsoll::cli {

namespace {

constexpr std::size_t marks_shown = 6;  // Instruments in the chart of marks.

class replay_run {
 public:
  replay_run(const invocation& call, session& io, market_maker make_market)
      : call_(call), io_(io), make_market_(std::move(make_market)), bar_(io.err().is_terminal() && !io.quiet()) {}

  int run() {
    for (const char* needed : {"ticks", "out"}) {
      if (!call_.given(needed)) {
        return io_.fail({error_code::usage, fmt::format("replay needs --{}\nTry: plimsoll replay --help", needed)});
      }
    }
    result<tick_files> files = tick_files::make(call_);
    if (!files) { return io_.fail(files.error()); }
    files_ = std::move(files).value();
    result<std::optional<staged_output>> out = staged_in(call_);
    if (!out) { return io_.fail(out.error()); }
    std::optional<staged_output>& staged = out.value();
    const result<std::optional<report_file>> page = report_in(call_);
    if (!page) { return io_.fail(page.error()); }
    checkpoint_folder kept(call_.text("out"));
    result<std::unique_ptr<replay>> made = begin(kept, staged->path());
    if (code_ != exit_code::done) { return code_; }
    if (!made) { return io_.fail(made.error()); }
    replay& engine = *made.value();
    refusal_list refusals;
    result<std::vector<tick_inputs>> ticks = files_.load(engine.state(), bar_, refusals, engine.ticks_done() != 0);
    if (ticks) {
      const std::vector<tick_row>& done = engine.log().ticks;
      time_ticks(ticks.value(), engine.ticks_done(), done.empty() ? newest_time(engine.state()) : done.back().time_ns);
    }
    if (!ticks) { return refusals.empty() ? io_.fail(ticks.error()) : io_.refuse("the replay", refusals); }
    io_.add_notes(refusals.notes());
    io_.add_notes(notes_on_executor(engine.engine().rules()));
    if (!kept.has_fingerprint()) {  // A resumption has computed it already.
      if (const status known = identify(kept); !known) { return io_.fail(known.error()); }
    }
    result<venue_files> venue = read_venue_files(call_.operand(0));
    if (!venue) { return io_.fail(venue.error()); }
    if (const int code = run_ticks(engine, ticks.value(), kept, venue.value(), refusals); code != exit_code::done) {
      return code;
    }
    io_.lead_with(replay_notes(engine));
    list_notes(engine);
    const double seconds = seconds_since(began_);
    const std::string summary = replay_summary_json(engine, io_.notes(), seconds);
    const std::string html = page.value() ? page_of(engine, ticks.value(), summary) : std::string();
    status done = write_result(engine, venue.value(), summary, *staged);
    if (done) { done = commit_with_report(staged, page.value(), html); }
    if (done && kept.exists()) { done = kept.remove(); }
    if (!done) { return io_.fail(done.error()); }
    print_summary(call_, io_, summary,
                  [&](const terminal& screen) { return replay_text(engine, io_.notes(), seconds, screen); });
    io_.note(io_.err().paint(accent::faint, written_words(call_)));
    return exit_code::done;
  }

 private:
  using clock = std::chrono::steady_clock;
  static double seconds_since(clock::time_point moment) {
    return std::chrono::duration<double>(clock::now() - moment).count();
  }

  /// Passes the inputs of this replay to the checkpoints.
  status identify(checkpoint_folder& kept) {
    std::vector<std::filesystem::path> inputs = files_.paths();
    const std::string rules = call_.text("rulebook");
    if (rules.ends_with(".toml")) { inputs.emplace_back(rules); }
    const result<std::uint64_t> fingerprint = fingerprint_of(call_.operand(0), inputs, call_.text("round"));
    if (!fingerprint) { return fingerprint.error(); }
    std::uint64_t named = 0;
    for (const char c : rules) { named = named * 0x100000001b3U + static_cast<unsigned char>(c); }
    kept.set_fingerprint(fingerprint.value() ^ named);
    return ok();
  }

  /// The engine at the opening book, or at the last checkpoint.
  result<std::unique_ptr<replay>> begin(checkpoint_folder& kept, const std::filesystem::path& staging) {
    stopped_replay stopped;
    const bool resumes = call_.flag("resume") && kept.exists();
    if (resumes) {
      bar_.stage("reading the checkpoint");
      PLIMSOLL_TRY(identify(kept));
      result<stopped_replay> read = kept.read(staging);
      if (!read) { return std::move(read).error(); }
      stopped = std::move(read).value();
      io_.add_notes(stopped.notes);
      import_rules& import = stopped.at.reference.venue.import;
      import.round = rounding_in(call_).value_or(import.round);
      refusal_list refusals;
      PLIMSOLL_TRY(use_rulebook(call_, stopped.at, refusals));
      io_.note(fmt::format("continues after tick {}", stopped.state.tick));
    } else {
      if (kept.exists() && !call_.flag("force")) {
        return error{error_code::usage,
                     fmt::format("{} holds a replay that was interrupted: --resume continues it, --force starts over",
                                 kept.path().string())};
      }
      if (call_.flag("resume")) { io_.note("there is nothing to resume, so the replay starts at the first tick"); }
      loaded_book loaded = load_for(call_, io_, bar_);
      code_ = loaded.code;
      if (!loaded.source) { return error{error_code::bad_data, ""}; }  // Reported already.
      stopped.at = std::move(*loaded.source);
    }
    result<backend_choice> chosen =
        choose_backend(call_.text("backend"), threads_of(call_), device_bytes_needed(stopped.at));
    if (!chosen) { return std::move(chosen).error(); }
    io_.note(io_.err().paint(accent::faint, fmt::format("backend {}", chosen.value().why)));
    replay_options options;
    options.make_market = make_market_;
    options.keep_evidence = true;
    options.threads = threads_of(call_);
    options.events_folder = staging;
    options.inputs = files_.names();
    rulebook rules = stopped.at.reference.venue.rules;
    if (!resumes) {
      return replay::make(std::move(stopped.at), std::move(rules), std::move(chosen.value().machine),
                          std::move(options));
    }
    return replay::resume(std::move(stopped.at), std::move(rules), std::move(chosen.value().machine),
                          std::move(options), std::move(stopped.state), std::move(stopped.log));
  }

  /// Runs every remaining tick; a signal stops between two ticks.
  int run_ticks(replay& engine, const std::vector<tick_inputs>& ticks, checkpoint_folder& kept,
                const venue_files& venue, refusal_list& refusals) {
    const finishing_work finishing;
    const std::uint64_t every = call_.count("checkpoint");
    auto last_kept = clock::now();
    bar_.stage("replaying", ticks.size() - engine.ticks_done(), "ticks");
    for (std::uint64_t next = engine.ticks_done(); next < ticks.size(); ++next) {
      const bool stop = finishing_work::is_asked_to_stop();
      if (stop || (done_ > 0 && seconds_since(last_kept) >= static_cast<double>(every))) {
        const status saved = kept.save(engine, venue, notes_so_far(engine));
        if (!saved) {
          io_.warn(io_.err().paint(accent::warning, fmt::format("not saved for --resume: {}", saved.error().message)));
        }
        last_kept = clock::now();
        if (stop) { return stopped(engine, ticks.size(), saved.has_value()); }
      }
      const status stepped = engine.step(ticks[next].marks, ticks[next].updates, refusals);
      if (!stepped) {
        if (refusals.empty()) { return fail_with_evidence(engine, venue, stepped.error()); }
        if (kept.exists()) { (void)kept.remove(); }  // The inputs must change, so no run can continue from it.
        return io_.refuse(fmt::format("the replay at tick {}", ticks[next].marks.tick), refusals);
      }
      bar_.set_done(++done_);
    }
    return exit_code::done;
  }

  int fail_with_evidence(const replay& engine, const venue_files& venue, const error& cause) {
    const int code = io_.fail(cause);
    if (!engine.evidence()) { return code; }
    const auto written = write_evidence(engine, call_.text("out"), venue, format_of(call_));
    if (written) {
      io_.warn("Evidence: " + written.value().string());
    } else {
      io_.fail(written.error());
    }
    return code;
  }

  /// The notes of the session and of the ticks.
  [[nodiscard]] std::vector<note> notes_so_far(const replay& engine) const {
    std::vector<note> out = io_.notes();
    out.insert(out.end(), engine.log().notes.begin(), engine.log().notes.end());
    return out;
  }

  void list_notes(const replay& engine) {
    io_.add_notes(engine.log().notes);
    for (const std::string& note : engine.log().machine_notes) { io_.warn(io_.err().paint(accent::warning, note)); }
  }

  int stopped(const replay& engine, std::size_t ticks, bool kept) {
    list_notes(engine);
    io_.warn(fmt::format("plimsoll: stopped after {} of {} ticks{}", engine.ticks_done(), ticks,
                         kept ? "; --resume continues from there" : ""));
    return exit_code::interrupted;
  }

  std::string page_of(const replay& engine, const std::vector<tick_inputs>& inputs, const std::string& summary) {
    bar_.stage("writing the report");
    mark_paths marks(engine.state(), marks_shown);
    for (const tick_inputs& tick : inputs) { marks.add(tick.marks); }
    return dated_page(make_replay_page(engine, marks, page_summary(call_, summary)));
  }

  status write_result(const replay& engine, const venue_files& venue, const std::string& summary,
                      const staged_output& out) {
    PLIMSOLL_TRY(write_tables(call_, bar_, make_replay_tables(engine.log(), engine.state()), out.path()));
    const std::filesystem::path final_book = out.path() / "final";
    std::error_code cause;
    if (!std::filesystem::create_directory(final_book, cause)) {
      return error{error_code::io, final_book.string() + ": " + cause.message()};
    }
    PLIMSOLL_TRY(write_book(final_book, venue, make_book_tables(engine.state()), format_of(call_)));
    return out.write_text("summary.json", summary);
  }

  const invocation& call_;
  session& io_;
  market_maker make_market_;
  progress bar_;
  tick_files files_;
  int code_ = exit_code::done;  ///< Exit code of a book that was refused.
  std::uint64_t done_ = 0;      ///< Number of ticks that this run completed.
  clock::time_point began_ = clock::now();
};

}  // namespace

int run_replay_on(const invocation& call, session& io, market_maker make_market) {
  return replay_run(call, io, std::move(make_market)).run();
}

int run_replay(const invocation& call, session& io) { return run_replay_on(call, io, make_simulated_market); }

}  // namespace plimsoll::cli
