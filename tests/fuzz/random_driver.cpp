// Cases from a seed, for machines without libFuzzer:
//
//     fuzz_test [--cases N] [--seed S] [--jobs N] [--one SEED]
//
// Each case has a seed of its own, printed if it fails; --one runs that case alone. --jobs takes turns at the cases in
// so many processes, so the cases are the same for any number.
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

#include <sys/wait.h>
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

/// Processes that take turns at the cases. In each of them the number of its first case; in the parent nothing, and the
/// exit code of the worst.
bool start_jobs(std::uint64_t jobs, std::uint64_t& first, int& worst) {
  for (first = 0; first < jobs; ++first) {
    const pid_t child = ::fork();
    if (child == 0) { return true; }
    if (child < 0) {
      std::perror("fuzz: fork");
      worst = 1;
      break;
    }
  }
  for (int outcome = 0; ::wait(&outcome) > 0;) {
    if (outcome != 0) { worst = 1; }
  }
  return false;
}

}  // namespace

int main(int count, char** words) {
  std::uint64_t cases = 2'000, seed = 1, jobs = 1, first = 0;
  bool alone = false;
  if (const char* const asked = std::getenv("PLIMSOLL_FUZZ_CASES")) { cases = std::strtoull(asked, nullptr, 10); }
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = words[i];
    const std::uint64_t value = std::strtoull(words[i + 1], nullptr, 10);
    if (name == "--cases") { cases = value; }
    if (name == "--seed") { seed = value; }
    if (name == "--jobs" && value > 0) { jobs = value; }
    if (name == "--one") {
      seed = value;
      cases = 1;
      alone = true;
    }
  }
  if (int worst = 0; jobs > 1 && !start_jobs(jobs, first, worst)) { return worst; }
  std::signal(SIGABRT, say_seed);
  const plimsoll::fuzz::scratch_book scratch;
  plimsoll::fuzz::use_folder(scratch.folder());
  for (std::uint64_t i = first; i < cases; i += jobs) { run_one(alone ? seed : seed * 1'000'000'007ULL + i); }
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
  if (seen.cases >= 1'000 && !reached) {
    std::printf("too little was reached\n");
    return 1;
  }
  return 0;
}
