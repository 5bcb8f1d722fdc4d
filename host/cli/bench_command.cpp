// `plimsoll bench`: times the stages of a tick on this machine. Only where the benches are built in.
#if defined(PLIMSOLL_WITH_BENCH)

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "bench/bench.hpp"
#include "host/backend/cpu/vector_targets.hpp"
#include "host/cli/arguments.hpp"
#include "host/cli/bench_compare.hpp"
#include "host/cli/command_table.hpp"
#include "host/cli/interruption.hpp"
#include "host/cli/loading.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/session.hpp"

namespace plimsoll::cli {

namespace {

/// The parts of "a,b,c".
std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// "100k:400k,1M:4M" as sizes.
result<std::vector<bench::venue_size>> sizes_of(const std::string& text) {
  std::vector<bench::venue_size> sizes;
  for (const std::string& pair : parts_of(text, ',')) {
    const std::size_t colon = pair.find(':');
    const parsed_count accounts = parse_count(pair.substr(0, colon));
    const parsed_count positions = parse_count(colon == std::string::npos ? "" : pair.substr(colon + 1));
    if (!accounts.ok || !positions.ok) {
      return error{error_code::usage,
                   fmt::format("--sizes: {} is not of the form ACCOUNTS:POSITIONS, such as 100k:400k,1M:4M", pair)};
    }
    sizes.push_back({accounts.value, positions.value});
  }
  return sizes;
}

result<bench::options> options_of(const invocation& call) {
  bench::options wanted;
  wanted.sizes = {{call.count("accounts"), call.count("positions")}};
  if (call.flag("sweep")) {
    if (call.given("sizes")) {
      return error{error_code::usage, "--sweep and --sizes both choose the venues; give one of them"};
    }
    wanted.sizes.assign(std::begin(bench::size_sweep), std::end(bench::size_sweep));
  }
  if (call.given("sizes")) {
    auto sizes = sizes_of(call.text("sizes"));
    if (!sizes) { return std::move(sizes).error(); }
    wanted.sizes = std::move(sizes).value();
  }
  if (call.given("instruments")) { wanted.instruments = call.count("instruments"); }
  wanted.shape = parse_venue_shape(call.text("shape")).value_or(venue_shape::zipf);
  wanted.seed = call.count("seed");
  wanted.backend = call.text("backend");
  wanted.threads = threads_of(call);
  wanted.samples = static_cast<int>(call.count("samples"));
  if (call.given("seconds")) { wanted.seconds_most = static_cast<double>(call.count("seconds")); }
  if (call.given("stages")) { wanted.stages = parts_of(call.text("stages"), ','); }
  wanted.energy_seconds = static_cast<double>(call.count("energy"));
  if (call.given("variants")) { wanted.variants = parts_of(call.text("variants"), ','); }
  wanted.digests_only = call.flag("digests-only");
  return wanted;
}

status choose_vector_target(const invocation& call) {
  if (!call.given("vector") || use_vector_target(call.text("vector"))) { return ok(); }
  std::string those;
  for (const std::string_view name : vector_targets()) { those += (those.empty() ? "" : ", ") + std::string(name); }
  return error{error_code::device_missing,
               fmt::format("--vector {}: this processor or this build does not have it; take one of: {}",
                           call.text("vector"), those)};
}

/// The folder for a stage's files. It is removed at the end, also after a signal.
class scratch_folder {
 public:
  scratch_folder() {
    std::error_code ignored;
    path_ = std::filesystem::temp_directory_path(ignored) / fmt::format("plimsoll-bench-{}", ::getpid());
    uninterrupted().set_half_written(path_);
  }
  ~scratch_folder() {
    uninterrupted hold;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
    hold.set_half_written({});
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// A file to which lines are appended. Each line is one write, so lines of several writers do not mix.
class line_file {
 public:
  explicit line_file(const std::string& path)
      : path_(path), handle_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {}
  ~line_file() {
    if (handle_ >= 0) { ::close(handle_); }
  }
  line_file(const line_file&) = delete;
  line_file& operator=(const line_file&) = delete;

  [[nodiscard]] status opened() const { return handle_ >= 0 ? ok() : failed(); }
  [[nodiscard]] status add(const std::string& line) const {
    const std::string text = line + "\n";
    return ::write(handle_, text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? ok() : failed();
  }

 private:
  [[nodiscard]] status failed() const {
    return error{error_code::io, fmt::format("{}: {}", path_, std::generic_category().message(errno))};
  }
  std::string path_;
  int handle_;
};

}  // namespace

int run_bench(const invocation& call, session& io) {
  if (call.operand(0) == "compare") { return run_bench_compare(call, io); }
  if (call.operand(0) == "crossover") { return run_bench_crossover(call, io); }
  if (!call.operand(1).empty()) {
    return io.fail(
        {error_code::usage,
         fmt::format(
             "unexpected operand {}: only bench compare and bench crossover take A and B\nTry: plimsoll bench --help",
             call.operand(1))});
  }
  auto wanted = options_of(call);
  if (!wanted) { return io.fail(wanted.error()); }
  if (auto chosen = choose_vector_target(call); !chosen) { return io.fail(chosen.error()); }
  std::optional<line_file> lines;
  if (call.given("json-lines")) {
    lines.emplace(call.text("json-lines"));
    if (auto opened = lines->opened(); !opened) { return io.fail(opened.error()); }
    wanted.value().keep = [&](const bench::record& one) { return lines->add(bench::to_json_line(one)); };
  }
  const scratch_folder scratch;
  wanted.value().scratch = scratch.path();

  progress bar(io.err().is_terminal() && !io.quiet());
  const auto say = [&](const std::string& what) {
    bar.stage(what);
    return true;
  };
  result<std::vector<bench::record>> records = std::vector<bench::record>();
  if (call.operand(0).empty()) {
    records = bench::run(wanted.value(), say);
  } else {
    loaded_book loaded = load_for(call, io, bar);
    if (!loaded.source) { return loaded.code; }
    records = bench::run_on(*loaded.source, call.operand(0), wanted.value(), say);
  }
  if (!records) { return io.fail(records.error()); }
  io.print(bench::to_text(records.value()));
  if (call.given("json")) {
    if (auto written = write_text_file(call.text("json"), bench::to_json(records.value())); !written) {
      return io.fail(written.error());
    }
  }
  return exit_code::done;
}

}  // namespace plimsoll::cli

#endif
