// Cases from a seed, for machines without libFuzzer:
//
//     fuzz_test [--cases N] [--seed S] [--one SEED]
//
// Each case has a seed of its own, printed if it fails; --one runs that case alone.
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "tests/fuzz/c_interface.hpp"
#include "tests/fuzz/scratch_book.hpp"

namespace {

std::uint64_t current = 0;

void say_seed(int) {
  std::fprintf(stderr, "fuzz: the case of seed %" PRIu64 " failed; fuzz_test --one %" PRIu64 " runs it alone\n",
               current, current);
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}

void run_one(std::uint64_t seed) {
  current = seed;
  std::mt19937_64 draw(seed);
  std::vector<std::uint8_t> bytes(64 + draw() % 1'600);
  for (std::uint8_t& one : bytes) { one = static_cast<std::uint8_t>(draw()); }
  plimsoll::fuzz::run_case(bytes.data(), bytes.size());
}

}  // namespace

int main(int count, char** words) {
  std::uint64_t cases = 2'000, seed = 1;
  bool alone = false;
  if (const char* const asked = std::getenv("PLIMSOLL_FUZZ_CASES")) { cases = std::strtoull(asked, nullptr, 10); }
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = words[i];
    const std::uint64_t value = std::strtoull(words[i + 1], nullptr, 10);
    if (name == "--cases") { cases = value; }
    if (name == "--seed") { seed = value; }
    if (name == "--one") {
      seed = value;
      cases = 1;
      alone = true;
    }
  }
  std::signal(SIGABRT, say_seed);
  const plimsoll::fuzz::scratch_book scratch;
  plimsoll::fuzz::use_folder(scratch.folder());
  for (std::uint64_t i = 0; i < cases; ++i) { run_one(alone ? seed : seed * 1'000'000'007ULL + i); }
  const plimsoll::fuzz::tally& seen = plimsoll::fuzz::counted();
  std::printf("%" PRIu64 " cases, %" PRIu64 " calls (", seen.cases, seen.calls);
  for (int status = 0; status < 15; ++status) {
    std::printf("%s%" PRIu64, status == 0 ? "" : " ", seen.by_status[status]);
  }
  std::printf(" by status), %" PRIu64 " refused places, %" PRIu64 " rows, %" PRIu64 " orders\n", seen.refused_places,
              seen.rows_out, seen.orders);
  // A driver whose calls all fail proves nothing.
  const bool reached =
      seen.by_status[0] > seen.calls / 3 && seen.rows_out > 0 && seen.refused_places > 0 && seen.orders > 0;
  if (cases >= 1'000 && !reached) {
    std::printf("too little was reached\n");
    return 1;
  }
  return 0;
}
