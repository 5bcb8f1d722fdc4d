// `plimsoll bench compare A B` and `plimsoll bench crossover A B`: two files of records side by side.
#if defined(PLIMSOLL_WITH_BENCH)

#include "host/cli/bench_compare.hpp"

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/compare.hpp"
#include "bench/crossover.hpp"
#include "host/io/read_file.hpp"

namespace plimsoll::cli {
namespace {

/// Reads the records of a file; its faults go to `refusals`.
result<std::vector<bench::record>> load_records(const std::string& path, refusal_list& refusals) {
  const result<std::string> text = io::read_file(path);
  if (!text) { return error{error_code::usage, text.error().message}; }
  return bench::read_records(text.value(), path, refusals);
}

struct record_pair {
  std::vector<bench::record> a;
  std::vector<bench::record> b;
};

/// Reads A and B, or reports the faults and returns the exit code in `code`.
std::optional<record_pair> load_pair(const invocation& call, session& io, int& code) {
  if (call.operand(2).empty()) {
    code = io.fail(
        {error_code::usage, fmt::format("bench {} needs A and B\nTry: plimsoll bench --help", call.operand(0))});
    return std::nullopt;
  }
  refusal_list refusals;
  auto before = load_records(call.operand(1), refusals);
  if (!before) { return code = io.fail(before.error()), std::nullopt; }
  auto after = load_records(call.operand(2), refusals);
  if (!after) { return code = io.fail(after.error()), std::nullopt; }
  if (!refusals.empty()) { return code = io.refuse("the records", refusals), std::nullopt; }
  return record_pair{std::move(before).value(), std::move(after).value()};
}

}  // namespace

status write_text_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file.fail()) { return error{error_code::io, fmt::format("{} could not be written", path)}; }
  return ok();
}

int run_bench_compare(const invocation& call, session& io) {
  int code = exit_code::done;
  const auto records = load_pair(call, io, code);
  if (!records) { return code; }
  bench::compare_rule rule;
  rule.least = static_cast<double>(call.millionths("least")) * 1e-6;
  const bench::record_comparison found = bench::compare_records(records->a, records->b, rule);
  if (found.stages.empty()) {
    return io.fail({error_code::bad_data, fmt::format("{} and {} have no stage, venue and backend in common",
                                                      call.operand(1), call.operand(2))});
  }
  if (call.given("json")) {
    if (auto written = write_text_file(call.text("json"), bench::to_json(found)); !written) {
      return io.fail(written.error());
    }
  }
  io.print(bench::to_text(found));
  if (const std::size_t different = found.count(bench::verdict::different); different > 0) {
    io.warn(fmt::format("not the same work: {} of {} digests differ", different, found.stages.size()));
    return exit_code::failed;
  }
  return call.given("fail-on") && found.count(bench::verdict::worse) > 0 ? exit_code::found : exit_code::done;
}

int run_bench_crossover(const invocation& call, session& io) {
  int code = exit_code::done;
  const auto records = load_pair(call, io, code);
  if (!records) { return code; }
  const auto text = bench::crossover_text(records->a, records->b);
  if (!text) { return io.fail(text.error()); }
  io.print(text.value());
  return exit_code::done;
}

}  // namespace plimsoll::cli

#endif
