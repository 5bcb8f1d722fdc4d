#include "host/cli/tick_files.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/cli/grid.hpp"
#include "host/cli/loading.hpp"
#include "host/engine/held.hpp"
#include "host/io/file_writer.hpp"
#include "host/io/load_replay.hpp"
#include "host/io/read_file.hpp"
#include "host/io/text.hpp"
#include "host/text/instant.hpp"

namespace plimsoll::cli {

namespace {

namespace fs = std::filesystem;

/// The bytes as a file in memory that lasts as long as the program.
result<fs::path> kept_in_memory(std::string_view bytes) {
  const int file = ::memfd_create("plimsoll", MFD_CLOEXEC);
  if (file < 0) { return io::io_error("a file in memory", errno); }
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) { continue; }
    if (written < 0) { return io::io_error("a file in memory", errno); }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return fs::path("/proc/self/fd") / std::to_string(file);
}

/// Notes updates whose tick has no row in the ticks file: each such tick is run on its own, at the present marks.
void note_ticks_apart(const std::vector<tick_marks>& marks, const std::vector<update>& updates,
                      const input_names& names, refusal_list& refusals) {
  std::uint64_t count = 0;
  const update* first = nullptr;
  auto at = marks.begin();
  for (const update& one : updates) {
    while (at != marks.end() && at->tick < one.tick) { ++at; }
    if (at != marks.end() && at->tick == one.tick) { continue; }
    if (count++ == 0) { first = &one; }
  }
  if (count == 0 || marks.empty()) { return; }
  refusals.note(
      fmt::format("{}: {} for a tick that {} lacks (first: tick {}, row {}); such a tick is run on its own, at the "
                  "present marks",
                  names.updates, count == 1 ? "1 update is" : fmt::format("{} updates are", count), names.ticks,
                  first->tick, first->row),
      count);
}

/// Notes accounts that the book does not have before an update names them: a new customer, or a name that is misspelt.
void note_new_accounts(const std::vector<update>& updates, const book& source, const input_names& names,
                       refusal_list& refusals) {
  std::unordered_map<std::string_view, bool> is_known;  // A name costs one search, however many updates have it.
  std::uint64_t count = 0;
  std::pair<std::string_view, std::int64_t> first;
  for (const update& one : updates) {
    for (const std::string_view name : {std::string_view(one.account), std::string_view(one.to)}) {
      if (name.empty()) { continue; }
      const auto [at, is_new] = is_known.try_emplace(name, true);
      if (!is_new) { continue; }
      at->second = source.accounts.find(name) != no_id;
      if (!at->second && count++ == 0) { first = {name, one.row}; }
    }
  }
  if (count == 0) { return; }
  refusals.note(fmt::format("{}: {} not in the book before (first: {}, row {})", names.updates,
                            count == 1 ? "1 account is" : fmt::format("{} accounts are", count), io::shown(first.first),
                            first.second),
                count);
}

/// Notes ticks that are numbered by the clock and have no time: the numbers of ticks mean nothing.
void note_clock_ticks(const std::vector<tick_marks>& marks, const input_names& names, refusal_list& refusals) {
  if (marks.size() < 2) { return; }
  const instant as_time = parse_instant(std::to_string(marks.front().tick));
  const std::string_view likely(as_time.fault);
  const auto has_time = [](const auto& changed) { return changed.second.as_of_ns.has_value(); };
  if (!likely.starts_with("looks like epoch") || std::any_of(marks.begin(), marks.end(), [&](const tick_marks& one) {
        return std::any_of(one.changed.begin(), one.changed.end(), has_time);
      })) {
    return;
  }
  refusals.note(
      fmt::format("{}: the numbers of the ticks look like times since 1970, and are not read as times: as no tick has "
                  "an as_of, each is one second after the one before",
                  names.ticks));
}

}  // namespace

result<tick_files::input> tick_files::open(const invocation& call, const char* option) {
  if (!call.given(option)) { return input{{}, option}; }
  const std::string text = call.text(option);
  const fs::path path = text == "-" ? fs::path("/dev/stdin") : fs::path(text);
  std::error_code ignored;
  const fs::file_type type = fs::status(path, ignored).type();
  if (type == fs::file_type::not_found && text != "-") {
    const result<fs::path> named = file_named(call, option);
    if (!named) { return named.error(); }
  }
  if (type != fs::file_type::fifo && type != fs::file_type::character && text != "-") {
    return input{path, path.filename().string()};
  }
  const auto bytes = io::read_file(path);
  if (!bytes) { return bytes.error(); }
  result<fs::path> kept = kept_in_memory(bytes.value());
  if (!kept) { return std::move(kept).error(); }
  return input{std::move(kept).value(), text == "-" ? "stdin" : text};
}

result<tick_files> tick_files::make(const invocation& call) {
  if (call.text("ticks") == "-" && call.text("updates") == "-") {
    return error{error_code::usage, "--ticks and --updates cannot both be stdin"};
  }
  tick_files out;
  for (const auto& [option, to] : {std::pair{"ticks", &out.ticks_}, {"updates", &out.updates_}}) {
    result<input> opened = open(call, option);
    if (!opened) { return std::move(opened).error(); }
    *to = std::move(opened).value();
  }
  return out;
}

result<std::vector<tick_inputs>> tick_files::load(const book& source, progress& bar, refusal_list& refusals,
                                                  bool resumed) const {
  std::vector<tick_marks> marks;
  std::vector<update> updates;
  std::optional<error> failed;
  if (!ticks_.path.empty()) {
    bar.stage("reading ticks");
    result<std::vector<tick_marks>> read = load_ticks(ticks_.path, source, refusals);
    if (!read && refusals.empty()) { return std::move(read).error(); }
    if (!read) { failed = read.error(); }
    if (read) { marks = std::move(read).value(); }
  }
  if (!updates_.path.empty()) {
    bar.stage("reading updates");
    result<std::vector<update>> read = load_updates(updates_.path, source, refusals);
    if (!read) { return std::move(read).error(); }  // Refusals of both files, if both have some.
    updates = std::move(read).value();
  }
  if (failed) { return *failed; }
  if (marks.empty() && updates.empty()) {
    return error{error_code::bad_data, fmt::format("{} has a header and no row, so there is no tick to run",
                                                   ticks_.path.empty() ? updates_.name : ticks_.name)};
  }
  if (!ticks_.path.empty() && marks.empty()) { refusals.note(ticks_.name + ": no row; marks are unchanged"); }
  if (!updates_.path.empty() && updates.empty()) { refusals.note(updates_.name + ": no row; nothing is updated"); }
  note_ticks_apart(marks, updates, names(), refusals);
  if (!resumed) { note_new_accounts(updates, source, names(), refusals); }
  note_clock_ticks(marks, names(), refusals);
  return merge_inputs(std::move(marks), std::move(updates));
}

input_names tick_files::names() const { return {ticks_.name, updates_.name}; }

std::vector<fs::path> tick_files::paths() const {
  std::vector<fs::path> out;
  for (const input* one : {&ticks_, &updates_}) {
    if (!one->path.empty()) { out.push_back(one->path); }
  }
  return out;
}

std::int64_t newest_time(const book& source) { return time_of_marks(source.marks, {}).value_or(no_time); }

}  // namespace plimsoll::cli
