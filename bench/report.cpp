// Records as JSON and as a table.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/bench.hpp"
#include "bench/figure_text.hpp"

namespace plimsoll::bench {
namespace {

/// Every sample, or as many as a file keeps, evenly spaced by rank.
nlohmann::ordered_json kept_samples(const std::vector<double>& rising) {
  nlohmann::ordered_json kept = nlohmann::ordered_json::array();
  const std::size_t count = std::min(rising.size(), kept_samples_max);
  for (std::size_t i = 0; i < count; ++i) {
    kept.push_back(rounded(rising[count < 2 ? 0 : i * (rising.size() - 1) / (count - 1)]));
  }
  return kept;
}

}  // namespace

std::string venue_text(const record& one) {
  return fmt::format("{} accounts, {} positions, {} instruments{}{}", grouped(one.accounts), grouped(one.positions),
                     one.instruments, one.shape.empty() ? "" : ", ", one.shape);
}

double quantile(std::span<const double> rising, double share) {
  if (rising.empty()) { return 0; }
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(rising.size())));
  return rising[std::clamp<std::size_t>(rank, 1, rising.size()) - 1];
}

std::string to_json_line(const record& one) {
  nlohmann::ordered_json row;
  row["stage"] = one.stage;
  row["accounts"] = one.accounts;
  row["positions"] = one.positions;
  row["instruments"] = one.instruments;
  if (one.seed) { row["seed"] = *one.seed; }
  if (!one.shape.empty()) { row["shape"] = one.shape; }
  row["backend"] = one.backend;
  row["device"] = one.device;
  if (!one.variant.empty()) { row["variant"] = one.variant; }
  if (one.samples > 0) {
    row["samples"] = one.samples;
    row["median_us"] = rounded(one.median_us);
    row["p99_us"] = rounded(one.p99_us);
    row["max_us"] = rounded(one.max_us);
    row["min_us"] = rounded(one.min_us);
    row["bytes"] = one.bytes;
    row["gb_per_s"] = rounded(one.gb_per_s);
    row["copy_gb_per_s"] = rounded(one.copy_gb_per_s);
    if (one.joules) { row["joules"] = *one.joules; }
    row["sample_us"] = kept_samples(one.sample_us);
  }
  row["digest"] = hexadecimal(one.digest);
  return row.dump();
}

std::string to_json(std::span<const record> records) {
  std::string text = "[";
  for (const record& one : records) { text += (text.size() > 1 ? ",\n " : "\n ") + to_json_line(one); }
  return text + "\n]\n";
}

std::string to_text(std::span<const record> records) {
  std::string text;
  const record* before = nullptr;
  for (const record& one : records) {
    if (before == nullptr || !same_venue(*before, one)) {
      text += fmt::format("{}{}, {}: {}\n", before == nullptr ? "" : "\n", venue_text(one), one.backend, one.device);
      text += fmt::format("{:<16}{:>10}{:>10}{:>10}{:>9}{:>11}{:>9}{:>8}{:>9}  {}\n", "stage", "median", "p99", "max",
                          "Mpos/s", "MB", "GB/s", "of copy", "J", "digest");
    }
    before = &one;
    if (one.samples == 0) {
      text += fmt::format("{:<16}{:>76}  {}\n", one.stage, "", hexadecimal(one.digest));
      continue;
    }
    const double rate = one.median_us > 0 ? static_cast<double>(one.positions) / one.median_us : 0;
    const double share = one.copy_gb_per_s > 0 ? one.gb_per_s / one.copy_gb_per_s * 100 : 0;
    text += fmt::format("{:<16}{:>10}{:>10}{:>10}{:>9.1f}{:>11.2f}{:>9.2f}{:>6.1f} %{:>9}  {}\n", one.stage,
                        duration_text(one.median_us), duration_text(one.p99_us), duration_text(one.max_us), rate,
                        static_cast<double>(one.bytes) * 1e-6, one.gb_per_s, share,
                        one.joules ? fmt::format("{:.3g}", *one.joules) : "", hexadecimal(one.digest));
  }
  return text;
}

}  // namespace plimsoll::bench
