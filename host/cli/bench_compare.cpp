// `plimsoll bench compare A B`: two records side by side.
#if defined(PLIMSOLL_WITH_BENCH)

#include "host/cli/bench_compare.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/compare.hpp"

namespace plimsoll::cli {
namespace {

/// Records of a file; what is wrong with it goes to `refusals`.
result<std::vector<bench::record>> load_records(const std::string& path, refusal_list& refusals) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) { return error{error_code::io, fmt::format("{} could not be read", path)}; }
  return bench::read_records(text, path, refusals);
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
  if (call.operand(2).empty()) { return io.fail({error_code::usage, "bench compare needs A and B\nTry: plimsoll bench --help"}); }
  refusal_list refusals;
  auto before = load_records(call.operand(1), refusals);
  if (!before) { return io.fail(before.error()); }
  auto after = load_records(call.operand(2), refusals);
  if (!after) { return io.fail(after.error()); }
  if (!refusals.empty()) { return io.refuse("the records", refusals); }

  bench::compare_rule rule;
  rule.least = static_cast<double>(call.millionths("least")) * 1e-6;
  const bench::record_comparison found = bench::compare_records(before.value(), after.value(), rule);
  if (found.stages.empty()) {
    refusals.add({call.operand(2), 0, "", "", "has no stage, venue and backend in common with " + call.operand(1)});
    return io.refuse("the records", refusals);
  }
  if (call.given("json")) {
    if (auto written = write_text_file(call.text("json"), bench::to_json(found)); !written) { return io.fail(written.error()); }
  }
  io.print(bench::to_text(found));
  if (const std::size_t different = found.count(bench::verdict::different); different > 0) {
    io.warn(fmt::format("not the same work: {} of {} digests differ", different, found.stages.size()));
    return exit_code::failed;
  }
  return call.given("fail-on") && found.count(bench::verdict::worse) > 0 ? exit_code::found : exit_code::done;
}

}  // namespace plimsoll::cli

#endif
