#include "host/cli/tick_files.hpp"

#include <filesystem>
#include <string>
#include <utility>

#include "host/engine/held.hpp"
#include "host/io/load_replay.hpp"

namespace plimsoll::cli {

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
