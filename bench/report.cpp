// Records as JSON and as a table.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/bench.hpp"

namespace plimsoll::bench {
namespace {

std::string hexadecimal(std::uint64_t digest) { return fmt::format("{:016x}", digest); }

/// Three significant digits and a unit: "12.3 us", "4.56 ms".
std::string duration_text(double microseconds) {
  if (microseconds >= 1e6) { return fmt::format("{:.3g} s", microseconds * 1e-6); }
  if (microseconds >= 1e3) { return fmt::format("{:.3g} ms", microseconds * 1e-3); }
  return fmt::format("{:.3g} us", microseconds);
}

/// Rounded for reading; figures of a noisy machine carry no more.
double rounded(double value, double unit) { return static_cast<double>(static_cast<std::int64_t>(value / unit + 0.5)) * unit; }

}  // namespace

std::string to_json(std::span<const record> records) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const record& one : records) {
    nlohmann::ordered_json row;
    row["stage"] = one.stage;
    row["accounts"] = one.accounts;
    row["positions"] = one.positions;
    row["instruments"] = one.instruments;
    if (one.seed) { row["seed"] = *one.seed; }
    row["backend"] = one.backend;
    row["device"] = one.device;
    if (one.samples > 0) {
      row["samples"] = one.samples;
      row["median_us"] = rounded(one.median_us, 0.001);
      row["p99_us"] = rounded(one.p99_us, 0.001);
      row["min_us"] = rounded(one.min_us, 0.001);
      row["bytes"] = one.bytes;
      row["gb_per_s"] = rounded(one.gb_per_s, 0.001);
      row["copy_gb_per_s"] = rounded(one.copy_gb_per_s, 0.001);
    }
    row["digest"] = hexadecimal(one.digest);
    all.push_back(std::move(row));
  }
  return all.dump(1) + "\n";
}

std::string to_text(std::span<const record> records) {
  std::string text;
  const record* before = nullptr;
  for (const record& one : records) {
    if (before == nullptr || before->accounts != one.accounts || before->positions != one.positions) {
      text += fmt::format("{}{} accounts, {} positions, {} instruments, {}: {}\n", before == nullptr ? "" : "\n", one.accounts,
                          one.positions, one.instruments, one.backend, one.device);
      text += fmt::format("{:<16}{:>10}{:>10}{:>9}{:>11}{:>9}{:>8}  {}\n", "stage", "median", "p99", "Mpos/s", "MB", "GB/s",
                          "of copy", "digest");
    }
    before = &one;
    if (one.samples == 0) {
      text += fmt::format("{:<16}{:>57}  {}\n", one.stage, "", hexadecimal(one.digest));
      continue;
    }
    const double rate = one.median_us > 0 ? static_cast<double>(one.positions) / one.median_us : 0;
    const double share = one.copy_gb_per_s > 0 ? one.gb_per_s / one.copy_gb_per_s * 100 : 0;
    text += fmt::format("{:<16}{:>10}{:>10}{:>9.1f}{:>11.2f}{:>9.2f}{:>6.1f} %  {}\n", one.stage, duration_text(one.median_us),
                        duration_text(one.p99_us), rate, static_cast<double>(one.bytes) * 1e-6, one.gb_per_s, share,
                        hexadecimal(one.digest));
  }
  return text;
}

}  // namespace plimsoll::bench
