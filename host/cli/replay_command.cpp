// `replay`: tick after tick with the executor.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "host/backend/choose.hpp"
#include "host/cli/command_table.hpp"
#include "host/cli/loading.hpp"
#include "host/cli/staged_output.hpp"
#include "host/cli/writing.hpp"
#include "host/io/load_replay.hpp"
#include "host/io/write_book.hpp"
#include "host/report/replay_summary.hpp"
#include "host/report/replay_tables.hpp"

namespace plimsoll::cli {

namespace {

/// Marks and updates of one tick.
struct tick_inputs {
  tick_marks marks;
  std::vector<update> updates;
};

/// Both files in one sequence; a tick may have only the one or the other.
std::vector<tick_inputs> merge_inputs(std::vector<tick_marks> marks, std::vector<update> updates) {
  std::vector<tick_inputs> out;
  std::size_t next = 0;
  const auto take_until = [&](std::int64_t tick) {
    for (; next < updates.size() && updates[next].tick < tick; ++next) {
      if (out.empty() || out.back().marks.tick != updates[next].tick) { out.push_back({{updates[next].tick, {}}, {}}); }
      out.back().updates.push_back(std::move(updates[next]));
    }
  };
  for (tick_marks& one : marks) {
    take_until(one.tick);
    out.push_back({std::move(one), {}});
    const std::int64_t tick = out.back().marks.tick;
    for (; next < updates.size() && updates[next].tick == tick; ++next) { out.back().updates.push_back(std::move(updates[next])); }
  }
  take_until(std::numeric_limits<std::int64_t>::max());
  return out;
}

class replay_run {
 public:
  replay_run(const invocation& call, session& io) : call_(call), io_(io), bar_(io.err().is_terminal() && !io.quiet()) {}

  int run() {
    for (const char* needed : {"ticks", "out"}) {
      if (!call_.given(needed)) { return io_.fail({error_code::usage, fmt::format("replay needs --{}\nTry: plimsoll replay --help", needed)}); }
    }
    result<staged_output> out = staged_output::make(call_.text("out"), call_.flag("force"), call_.operand(0));
    if (!out) { return io_.fail(out.error()); }
    loaded_book loaded = load_for(call_, io_, bar_);
    if (!loaded.source) { return loaded.code; }
    refusal_list refusals;
    result<std::vector<tick_inputs>> inputs = load_inputs(*loaded.source, refusals);
    if (!inputs) { return refusals.empty() ? io_.fail(inputs.error()) : io_.refuse("the replay", refusals); }
    result<backend_choice> chosen = choose_backend(call_.text("backend"), threads_of(call_), device_bytes_needed(*loaded.source));
    if (!chosen) { return io_.fail(chosen.error()); }
    io_.note(io_.err().paint(accent::faint, fmt::format("backend {}", chosen.value().why)));

    rulebook rules = loaded.source->reference.venue.rules;
    replay_options options;
    options.inputs = {file_name("ticks"), file_name("updates")};
    result<std::unique_ptr<replay>> made =
        replay::make(std::move(*loaded.source), std::move(rules), std::move(chosen.value().machine), std::move(options));
    if (!made) { return io_.fail(made.error()); }
    replay& engine = *made.value();
    bar_.stage("ticks", inputs.value().size());
    std::uint64_t done = 0;
    for (const tick_inputs& tick : inputs.value()) {
      const status stepped = engine.step(tick.marks, tick.updates, refusals);
      if (!stepped) { return refusals.empty() ? io_.fail(stepped.error()) : io_.refuse(fmt::format("the replay at tick {}", tick.marks.tick), refusals); }
      bar_.set_done(++done);
    }
    const std::string summary = replay_summary_json(engine, seconds());
    const status written = write_all(engine, summary, out.value());
    if (!written) { return io_.fail(written.error()); }
    io_.print(summary);
    return exit_code::done;
  }

 private:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

  result<std::vector<tick_inputs>> load_inputs(const book& source, refusal_list& refusals) {
    bar_.stage("reading ticks");
    result<std::vector<tick_marks>> marks = load_ticks(call_.text("ticks"), source, refusals);
    if (!marks && refusals.empty()) { return std::move(marks).error(); }
    std::vector<update> updates;
    if (call_.given("updates")) {
      bar_.stage("reading updates");
      result<std::vector<update>> read = load_updates(call_.text("updates"), source, refusals);
      if (!read) { return std::move(read).error(); }  // Places of both files, if both have some.
      updates = std::move(read).value();
    }
    if (!marks) { return std::move(marks).error(); }
    return merge_inputs(std::move(marks).value(), std::move(updates));
  }

  status write_all(replay& engine, const std::string& summary, staged_output& out) {
    for (const named_table& one : make_replay_tables(engine.log(), engine.state())) {
      PLIMSOLL_TRY(write_table(*one.table, out.path(), one.name, format_of(call_), show_writing(call_, bar_, one.name, one.table->rows())));
    }
    const std::filesystem::path final_book = out.path() / "final";
    std::error_code cause;
    if (!std::filesystem::create_directory(final_book, cause)) {
      return error{error_code::io, final_book.string() + ": " + cause.message()};
    }
    const std::vector<named_table> tables = make_book_tables(engine.state());
    std::vector<book_table> rows;
    for (const named_table& one : tables) { rows.push_back({one.name, one.table.get()}); }
    PLIMSOLL_TRY(write_book(final_book, venue_text(), rows, format_of(call_)));
    PLIMSOLL_TRY(out.write_text("summary.json", summary));
    return out.commit();
  }

  /// As refusals name it.
  [[nodiscard]] std::string file_name(const char* option) const {
    return call_.given(option) ? std::filesystem::path(call_.text(option)).filename().string() : option;
  }

  /// The opening book's own venue.toml.
  [[nodiscard]] std::string venue_text() const {
    std::ifstream file(std::filesystem::path(call_.operand(0)) / "venue.toml", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  const invocation& call_;
  session& io_;
  progress bar_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

int run_replay(const invocation& call, session& io) { return replay_run(call, io).run(); }

}  // namespace plimsoll::cli
