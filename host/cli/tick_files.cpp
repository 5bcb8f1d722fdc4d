#include "host/cli/tick_files.hpp"

#include <filesystem>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "host/engine/held.hpp"
#include "host/io/load_replay.hpp"

namespace plimsoll::cli {

namespace {

/// Updates of ticks that the ticks file lacks: each such tick is one of its own, at the marks as they stand.
void note_ticks_apart(const std::vector<tick_marks>& marks, const std::vector<update>& updates, const invocation& call,
                      refusal_list& refusals) {
  std::uint64_t count = 0;
  const update* first = nullptr;
  auto at = marks.begin();
  for (const update& one : updates) {
    while (at != marks.end() && at->tick < one.tick) { ++at; }
    if (at != marks.end() && at->tick == one.tick) { continue; }
    if (count++ == 0) { first = &one; }
  }
  if (count == 0) { return; }
  const input_names names = tick_file_names(call);
  refusals.note(
      fmt::format("{}: {} of a tick that {} lacks (first: tick {}, row {}): such a tick is one of its own, at "
                  "the marks as they stand",
                  names.updates, count == 1 ? "1 update is" : fmt::format("{} updates are", count), names.ticks,
                  first->tick, first->row),
      count);
}

}  // namespace

result<std::vector<tick_inputs>> load_tick_files(const invocation& call, const book& source, progress& bar,
                                                 refusal_list& refusals) {
  bar.stage("reading ticks");
  result<std::vector<tick_marks>> marks = load_ticks(call.text("ticks"), source, refusals);
  if (!marks && refusals.empty()) { return std::move(marks).error(); }
  std::vector<update> updates;
  if (call.given("updates")) {
    bar.stage("reading updates");
    result<std::vector<update>> read = load_updates(call.text("updates"), source, refusals);
    if (!read) { return std::move(read).error(); }  // Places of both files, if both have some.
    updates = std::move(read).value();
  }
  if (!marks) { return std::move(marks).error(); }
  note_ticks_apart(marks.value(), updates, call, refusals);
  return merge_inputs(std::move(marks).value(), std::move(updates));
}

std::int64_t newest_time(const book& source) { return time_of_marks(source.marks, {}).value_or(no_time); }

input_names tick_file_names(const invocation& call) {
  const auto name = [&](const char* option) {
    return call.given(option) ? std::filesystem::path(call.text(option)).filename().string() : std::string(option);
  };
  return {name("ticks"), name("updates")};
}

}  // namespace plimsoll::cli
