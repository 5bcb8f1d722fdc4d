#include "bench/compare.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/figure_text.hpp"

namespace plimsoll::bench {
namespace {

/// The one of two ratios that is nearer to 1; 1 if they lie on both sides of it.
double nearer_to_one(double x, double y) {
  if ((x - 1) * (y - 1) <= 0) { return 1; }
  return x > 1 ? std::min(x, y) : std::max(x, y);
}

/// `ratio` as a change: "12.3 %".
std::string percent(double ratio) { return fmt::format("{:.1f} %", std::abs(ratio - 1) * 100); }

bool beyond(double ratio, double least) { return ratio > 1 + least || ratio < 1 / (1 + least); }

stage_comparison compare_stage(const record& a, const record& b, const compare_rule& rule) {
  stage_comparison out{a, b};
  if (a.digest != b.digest) {
    out.says = verdict::different;
    return out;
  }
  if (a.samples == 0 || b.samples == 0) {
    out.says = verdict::untimed;
    return out;
  }
  const double before = quantile(a.sample_us, 0.5);
  const double after = quantile(b.sample_us, 0.5);
  if (before <= 0 || after <= 0) {
    out.why = "a median of 0";
    return out;
  }
  out.ratio = after / before;
  if (a.copy_gb_per_s > 0 && b.copy_gb_per_s > 0) { out.copy_ratio = a.copy_gb_per_s / b.copy_gb_per_s; }
  std::vector<double> evened = b.sample_us;
  for (double& one : evened) { one /= out.copy_ratio; }
  out.p = std::max(rank_test(a.sample_us, b.sample_us), rank_test(a.sample_us, evened));

  const double sure = nearer_to_one(out.ratio, out.ratio / out.copy_ratio);
  if (!beyond(out.ratio, rule.least)) {
    out.why = fmt::format("within {}", percent(1 + rule.least));
  } else if (!beyond(sure, rule.least)) {
    out.why = fmt::format("a copy changed by {}", percent(out.copy_ratio));
  } else if (out.p >= rule.chance) {
    out.why = fmt::format("the samples overlap, p = {:.2g}", out.p);
  } else {
    out.says = sure > 1 ? verdict::worse : verdict::better;
  }
  return out;
}

nlohmann::ordered_json work_json(const record& one) {
  nlohmann::ordered_json out{
      {"stage", one.stage}, {"accounts", one.accounts}, {"positions", one.positions}, {"instruments", one.instruments}};
  if (one.seed) { out["seed"] = *one.seed; }
  if (!one.shape.empty()) { out["shape"] = one.shape; }
  out["backend"] = one.backend;
  return out;
}

std::string place_text(const record& one) { return fmt::format("{}, {}", venue_text(one), one.backend); }

std::string row_text(const stage_comparison& one) {
  if (one.says == verdict::different) {
    return fmt::format("{:<16}NOT THE SAME WORK: digest {} became {}\n", one.a.stage, hexadecimal(one.a.digest),
                       hexadecimal(one.b.digest));
  }
  if (one.says == verdict::untimed) {
    return fmt::format("{:<16}{:>10}{:>10}  same digest, no times\n", one.a.stage, "", "");
  }
  return fmt::format("{:<16}{:>10}{:>10}{:>8.3f}{:>8.3f}{:>9.1g}  {}{}{}\n", one.a.stage,
                     duration_text(quantile(one.a.sample_us, 0.5)), duration_text(quantile(one.b.sample_us, 0.5)),
                     one.ratio, one.copy_ratio, one.p, to_string(one.says), one.why.empty() ? "" : ": ", one.why);
}

}  // namespace

const char* to_string(verdict says) {
  switch (says) {
    case verdict::better: return "better";
    case verdict::worse: return "worse";
    case verdict::noise: return "noise";
    case verdict::untimed: return "untimed";
    case verdict::different: return "not the same work";
  }
  return "unknown";
}

std::size_t record_comparison::count(verdict says) const {
  return static_cast<std::size_t>(
      std::count_if(stages.begin(), stages.end(), [&](const stage_comparison& one) { return one.says == says; }));
}

double rank_test(std::span<const double> a, std::span<const double> b) {
  const auto n = static_cast<double>(a.size());
  const auto m = static_cast<double>(b.size());
  if (a.empty() || b.empty()) { return 1; }
  // Walks both samples in rising order; equal values share the mean of their ranks.
  double ranks_of_a = 0;
  double ties = 0;
  double below = 0;
  for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    const double value = j == b.size() || (i < a.size() && a[i] < b[j]) ? a[i] : b[j];
    double of_a = 0;
    double of_b = 0;
    for (; i < a.size() && a[i] == value; ++i) { ++of_a; }
    for (; j < b.size() && b[j] == value; ++j) { ++of_b; }
    const double equal = of_a + of_b;
    ranks_of_a += of_a * (below + (equal + 1) / 2);
    ties += equal * (equal * equal - 1);
    below += equal;
  }
  const double all = n + m;
  const double variance = n * m / 12 * (all + 1 - ties / (all * std::max(all - 1, 1.0)));
  if (variance <= 0) { return 1; }
  const double off = std::max(0.0, std::abs(ranks_of_a - n * (all + 1) / 2) - 0.5);
  return std::erfc(off / std::sqrt(2 * variance));
}

record_comparison compare_records(std::span<const record> a, std::span<const record> b, const compare_rule& rule) {
  const auto twin_in = [](std::span<const record> others, const record& one) {
    return std::find_if(others.begin(), others.end(), [&](const record& other) { return same_work(one, other); });
  };
  record_comparison out;
  for (const record& one : a) {
    const auto twin = twin_in(b, one);
    if (twin == b.end()) {
      out.only_a.push_back(one);
    } else {
      out.stages.push_back(compare_stage(one, *twin, rule));
    }
  }
  for (const record& one : b) {
    if (twin_in(a, one) == a.end()) { out.only_b.push_back(one); }
  }
  return out;
}

std::string to_text(const record_comparison& found) {
  std::string text;
  std::string venue;
  for (const stage_comparison& one : found.stages) {
    if (const std::string here = place_text(one.a); here != venue) {
      text += fmt::format("{}{}\n  A: {}\n  B: {}\n", venue.empty() ? "" : "\n", here, one.a.device, one.b.device);
      text += fmt::format("{:<16}{:>10}{:>10}{:>8}{:>8}{:>9}  {}\n", "stage", "A", "B", "B / A", "copy", "p", "B is");
      venue = here;
    }
    text += row_text(one);
  }
  text += "\n";
  for (const auto& [side, records] : {std::pair{"A", &found.only_a}, std::pair{"B", &found.only_b}}) {
    for (const record& one : *records) {
      text += fmt::format("only in {}: {} at {}\n", side, one.stage, place_text(one));
    }
  }
  text += fmt::format("{} better, {} worse, {} noise", found.count(verdict::better), found.count(verdict::worse),
                      found.count(verdict::noise));
  for (const verdict rare : {verdict::untimed, verdict::different}) {
    if (found.count(rare) > 0) { text += fmt::format(", {} {}", found.count(rare), to_string(rare)); }
  }
  return text + "\n";
}

std::string to_json(const record_comparison& found) {
  nlohmann::ordered_json all{{"stages", nlohmann::ordered_json::array()},
                             {"only_a", nlohmann::ordered_json::array()},
                             {"only_b", nlohmann::ordered_json::array()}};
  for (const stage_comparison& one : found.stages) {
    nlohmann::ordered_json row = work_json(one.a);
    row["verdict"] = to_string(one.says);
    if (!one.why.empty()) { row["why"] = one.why; }
    if (one.says != verdict::different && one.says != verdict::untimed) {
      row["median_us_a"] = quantile(one.a.sample_us, 0.5);
      row["median_us_b"] = quantile(one.b.sample_us, 0.5);
      row["ratio"] = rounded(one.ratio);
      row["copy_ratio"] = rounded(one.copy_ratio);
      row["p"] = one.p;
    }
    all["stages"].push_back(std::move(row));
  }
  for (const record& one : found.only_a) { all["only_a"].push_back(work_json(one)); }
  for (const record& one : found.only_b) { all["only_b"].push_back(work_json(one)); }
  return all.dump(1) + "\n";
}

}  // namespace plimsoll::bench
