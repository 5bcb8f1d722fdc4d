// Records as they were written, read back and checked.
#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/bench.hpp"

namespace plimsoll::bench {
namespace {

using nlohmann::json;

/// One object of a record file.
class row_reader {
 public:
  row_reader(const json& row, const std::string& file, std::int64_t place, refusal_list& refusals)
      : row_(row), file_(file), place_(place), refusals_(refusals) {}

  record read() {
    record out;
    if (!row_.is_object()) {
      refuse("", row_.dump(), "is not an object");
      return out;
    }
    out.stage = text("stage");
    out.accounts = count("accounts");
    out.positions = count("positions");
    out.instruments = count("instruments");
    if (row_.contains("seed")) { out.seed = count("seed"); }
    if (row_.contains("shape")) { out.shape = text("shape"); }
    out.backend = text("backend");
    out.device = text("device");
    if (row_.contains("variant")) { out.variant = text("variant"); }
    out.digest = digest();
    if (!row_.contains("samples")) { return out; }
    out.samples = static_cast<int>(std::min<std::uint64_t>(count("samples"), 1'000'000));
    out.median_us = figure("median_us");
    out.p99_us = figure("p99_us");
    out.max_us = figure("max_us");
    out.min_us = figure("min_us");
    out.bytes = count("bytes");
    out.gb_per_s = figure("gb_per_s");
    out.copy_gb_per_s = figure("copy_gb_per_s");
    if (row_.contains("joules")) { out.joules = figure("joules"); }
    read_samples(out);
    return out;
  }

 private:
  void refuse(const char* column, const std::string& value, const std::string& reason) {
    refusals_.add({file_, place_, column, value, reason});
  }

  const json* find(const char* name) {
    const auto at = row_.find(name);
    if (at != row_.end()) { return &*at; }
    refuse(name, "", "is missing");
    return nullptr;
  }

  std::string text(const char* name) {
    const json* value = find(name);
    if (value == nullptr) { return {}; }
    if (value->is_string() && !value->get_ref<const std::string&>().empty()) { return value->get<std::string>(); }
    refuse(name, value->dump(), "is not a text, or blank");
    return {};
  }

  std::uint64_t count(const char* name) {
    const json* value = find(name);
    if (value == nullptr) { return 0; }
    if (value->is_number_unsigned()) { return value->get<std::uint64_t>(); }
    refuse(name, value->dump(), "is not a whole number of at least 0");
    return 0;
  }

  double figure(const char* name) {
    const json* value = find(name);
    if (value == nullptr) { return 0; }
    if (is_figure(*value)) { return value->get<double>(); }
    refuse(name, value->dump(), "is not a number of at least 0");
    return 0;
  }

  static bool is_figure(const json& value) {
    return value.is_number() && std::isfinite(value.get<double>()) && value.get<double>() >= 0;
  }

  std::uint64_t digest() {
    const std::string digits = text("digest");
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    const bool whole = failure == std::errc() && end == digits.data() + digits.size() && digits.size() == 16;
    if (!whole && !digits.empty()) { refuse("digest", digits, "is not 16 hexadecimal digits"); }
    return value;
  }

  void read_samples(record& out) {
    const json* samples = find("sample_us");
    if (samples == nullptr) { return; }
    if (!samples->is_array() || samples->empty() || !std::all_of(samples->begin(), samples->end(), is_figure)) {
      refuse("sample_us", samples->dump(), "is not a list of numbers of at least 0");
      return;
    }
    out.sample_us = samples->get<std::vector<double>>();
    if (!std::is_sorted(out.sample_us.begin(), out.sample_us.end())) {
      refuse("sample_us", samples->dump(), "does not rise");
    }
  }

  const json& row_;
  const std::string& file_;
  std::int64_t place_;
  refusal_list& refusals_;
};

/// The array of stages in a file of either kind; null if there is none.
const json* stages_in(const json& all) {
  if (all.is_array()) { return &all; }
  if (!all.is_object()) { return nullptr; }
  const auto at = all.find("stages");
  return at != all.end() && at->is_array() ? &*at : nullptr;
}

}  // namespace

std::vector<record> read_records(std::string_view text, const std::string& file, refusal_list& refusals) {
  std::vector<record> records;
  json all;
  try {
    all = json::parse(text);
  } catch (const json::exception& cause) {
    refusals.add({file, 0, "", "", fmt::format("is not JSON, or cut off: {}", cause.what())});
    return records;
  }
  const json* stages = stages_in(all);
  if (stages == nullptr || stages->empty()) {
    refusals.add({file, 0, "", "", "holds no list of stages"});
    return records;
  }
  for (std::size_t i = 0; i < stages->size(); ++i) {
    const auto place = static_cast<std::int64_t>(i + 1);
    records.push_back(row_reader((*stages)[i], file, place, refusals).read());
    const record& last = records.back();
    if (std::any_of(records.begin(), records.end() - 1, [&](const record& one) { return same_work(one, last); })) {
      refusals.add({file, place, "stage", last.stage, "is there twice for the same venue and backend"});
    }
  }
  return records;
}

}  // namespace plimsoll::bench
