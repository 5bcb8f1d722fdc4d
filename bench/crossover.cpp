#include "bench/crossover.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "bench/figure_text.hpp"

namespace plimsoll::bench {
namespace {

/// A stage at one size in both runs.
struct pairing {
  const record* a;
  const record* b;
  /// Below 1 B is slower.
  [[nodiscard]] double times_faster() const {
    return quantile(a->sample_us, 0.5) / std::max(quantile(b->sample_us, 0.5), 1e-3);
  }
};

bool same_group(const record& x, const record& y) {
  return x.instruments == y.instruments && x.shape == y.shape && x.seed == y.seed;
}

/// The stages with times for the same task in both. If B holds several backends, the one that A has not is taken.
std::vector<pairing> pair_up(std::span<const record> a, std::span<const record> b) {
  std::vector<pairing> pairs;
  for (const record& one : a) {
    const record* twin = nullptr;
    for (const record& other : b) {
      if (!same_task(one, other) || one.samples == 0 || other.samples == 0) { continue; }
      if (twin == nullptr || twin->backend == one.backend) { twin = &other; }
    }
    if (twin != nullptr) { pairs.push_back({&one, twin}); }
  }
  return pairs;
}

/// Sizes rise.
std::string winner_text(const std::vector<pairing>& row) {
  auto first = row.end();
  while (first != row.begin() && (first - 1)->times_faster() > 1) { --first; }
  if (first == row.end()) { return "at no size"; }
  if (first == row.begin()) { return "at every size"; }
  return fmt::format("from {} accounts", grouped(first->a->accounts));
}

std::string times_text(double times) {
  return times >= 10 ? fmt::format("{:.0f}x", times) : fmt::format("{:.2g}x", times);
}

/// The rows of one group.
std::string table_text(const std::vector<pairing>& pairs) {
  std::vector<const record*> sizes;
  std::vector<std::string> stages;
  for (const pairing& one : pairs) {
    if (std::none_of(sizes.begin(), sizes.end(), [&](const record* size) { return same_venue(*size, *one.a); })) {
      sizes.push_back(one.a);
    }
    if (std::find(stages.begin(), stages.end(), one.a->stage) == stages.end()) { stages.push_back(one.a->stage); }
  }
  std::sort(sizes.begin(), sizes.end(), [](const record* x, const record* y) { return x->positions < y->positions; });

  std::string head = "| stage |";
  std::string rule = "|---|";
  for (const record* size : sizes) {
    head += fmt::format(" {} accounts, {} positions |", grouped(size->accounts), grouped(size->positions));
    rule += "---|";
  }
  std::string text = head + " B wins |\n" + rule + "---|\n";
  for (const std::string& stage : stages) {
    std::vector<pairing> row;
    text += fmt::format("| {} |", stage);
    for (const record* size : sizes) {
      const auto at = std::find_if(pairs.begin(), pairs.end(), [&](const pairing& one) {
        return one.a->stage == stage && same_venue(*one.a, *size);
      });
      if (at != pairs.end()) { row.push_back(*at); }
      text += at == pairs.end() ? "  |" : fmt::format(" {} |", times_text(at->times_faster()));
    }
    text += fmt::format(" {} |\n", winner_text(row));
  }
  return text;
}

}  // namespace

result<std::string> crossover_text(std::span<const record> a, std::span<const record> b) {
  std::vector<pairing> pairs = pair_up(a, b);
  if (pairs.empty()) { return error{error_code::bad_data, "the records have no timed stage and venue in common"}; }
  for (const pairing& one : pairs) {
    if (one.a->digest == one.b->digest) { continue; }
    return error{error_code::invariant_broken,
                 fmt::format("not the same work: {} at {} has the digests {} and {}", one.a->stage, venue_text(*one.a),
                             hexadecimal(one.a->digest), hexadecimal(one.b->digest))};
  }
  std::string text;
  while (!pairs.empty()) {
    const pairing first = pairs.front();
    const auto others = std::stable_partition(pairs.begin(), pairs.end(),
                                              [&](const pairing& one) { return same_group(*one.a, *first.a); });
    text +=
        fmt::format("{}A: {}, {}. B: {}, {}. {} instruments{}{}. A cell is how many times faster B is, by medians.\n\n",
                    text.empty() ? "" : "\n", first.a->backend, first.a->device, first.b->backend, first.b->device,
                    grouped(first.a->instruments), first.a->shape.empty() ? "" : ", ", first.a->shape);
    text += table_text({pairs.begin(), others});
    pairs.erase(pairs.begin(), others);
  }
  return text;
}

}  // namespace plimsoll::bench
