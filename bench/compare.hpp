// Two runs of the benches side by side: better, worse or noise.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/bench.hpp"

namespace plimsoll::bench {

/// The verdict on a stage.
enum class verdict : std::uint8_t {
  better,     ///< B is faster: by more than `least`, more than the copy explains, and beyond chance.
  worse,      ///< B is slower, likewise.
  noise,      ///< Neither can be decided.
  untimed,    ///< One of them holds no times; the digests agree.
  different,  ///< The digests differ: not the same work, so no time means anything.
};
[[nodiscard]] const char* to_string(verdict says);

/// The thresholds of a difference.
struct compare_rule {
  double least = 0.1;    ///< Medians closer than this share are one.
  double chance = 0.02;  ///< Two-sided p of the rank test below which samples differ.
};

/// One stage in both runs.
struct stage_comparison {
  record a;
  record b;
  double ratio = 1;       ///< Median of B / median of A.
  double copy_ratio = 1;  ///< Time of a copy in B / in A; 1 if one of them has none.
  double p = 1;           ///< Of the rank test: the larger one of B's samples as they are and of them / copy_ratio.
  verdict says = verdict::noise;
  std::string why{};  ///< Of `noise`: the reason.
};

struct record_comparison {
  std::vector<stage_comparison> stages;  ///< In the order of A.
  std::vector<record> only_a;
  std::vector<record> only_b;

  [[nodiscard]] std::size_t count(verdict says) const;
};

/// Stages are matched by `same_work`. A machine on which the copy took 10 % longer may owe its stages anything up to
/// those 10 %: a verdict must hold with B's times as they are and with them / copy_ratio.
[[nodiscard]] record_comparison compare_records(std::span<const record> a, std::span<const record> b,
                                                const compare_rule& rule = {});

/// Two-sided p of Mann and Whitney's rank test, by the normal approximation with ties and continuity corrected. Both
/// samples rise. 1 if either is empty or nothing differs.
[[nodiscard]] double rank_test(std::span<const double> a, std::span<const double> b);

/// A table for people, and JSON: `stages` (an object a stage), `only_a`, `only_b`.
[[nodiscard]] std::string to_text(const record_comparison& found);
[[nodiscard]] std::string to_json(const record_comparison& found);

}  // namespace plimsoll::bench
