#include "host/execute/target_health.hpp"

#include <algorithm>
#include <optional>

#include "host/execute/first_where.hpp"
#include "kernels/rules/trade.hpp"

namespace plimsoll {

namespace {

constexpr int128 ppm = limits::ppm;

}  // namespace

std::uint64_t target_health_search::close(size_lots size, const value_rate& rate, tier_view tiers) {
  const position one{size.raw, value_of(size, rate).raw, rate, tiers};
  const std::uint64_t closed = first_met(one);
  const std::int64_t kept = kept_value(one, closed);
  margin_equity_ -= fee_of(magnitude(one.value - kept));
  maintenance_ppm_ -= required_of(one, 0);
  maintenance_ppm_ += required_of(one, closed);
  return closed;
}

std::int64_t target_health_search::kept_value(const position& of, std::uint64_t closed) const {
  const auto lots = static_cast<std::int64_t>(closed);
  return value_of({of.lots > 0 ? of.lots - lots : of.lots + lots}, of.rate).raw;
}

std::int64_t target_health_search::fee_of(std::uint64_t closed_value) const {
  return static_cast<std::int64_t>(half_even_divide(static_cast<int128>(closed_value) * fee_ppm_, ppm));
}

uint128 target_health_search::required_of(const position& of, std::uint64_t closed) const {
  return requirement_of(magnitude(kept_value(of, closed)), magnitude(of.lots) - closed, of.tiers).maintenance_ppm;
}

int128 target_health_search::gap_after(const position& of, std::uint64_t closed) const {
  const std::int64_t kept = kept_value(of, closed);
  const uint128 required = maintenance_ppm_ - required_of(of, 0) + required_of(of, closed);
  const int128 margin = margin_equity_ - fee_of(magnitude(of.value - kept));
  return static_cast<int128>(required) * target_ppm_ - margin * ppm * ppm;
}

std::uint64_t target_health_search::first_met(const position& of) const {
  const std::uint64_t lots = magnitude(of.lots);
  // While the rest of the position stays in one band, the gap is linear except for the rounding of value (a step) and
  // fee (half a step). So if both ends of a range miss the target by more than that, no number of lots between them
  // meets it.
  std::uint64_t first = 0;
  const auto key_after = [&](std::uint64_t closed) {
    return tier_key(magnitude(kept_value(of, closed)), lots - closed, of.tiers.by_lots);
  };
  for (std::uint32_t band = band_of(key_after(0), of.tiers) + 1; band-- > 0;) {
    const std::uint64_t floor = of.tiers.bands[band].floor;
    const std::uint64_t next =
        band == 0 ? lots + 1 : first_where(first, lots, [&](std::uint64_t at) { return key_after(at) < floor; });
    if (next == first) { continue; }
    const int128 rounding = 2 * (static_cast<int128>(of.tiers.bands[band].maintenance_ppm) * target_ppm_ +
                                 (fee_ppm_ == 0 ? 0 : fee_ppm_ * ppm + ppm * ppm / 2));
    const auto search = [&](const auto& self, const range& in) -> std::optional<std::uint64_t> {
      if (in.first_gap <= 0) { return in.first; }
      const bool same = kept_value(of, in.first) == kept_value(of, in.last);
      if (same || std::min(in.first_gap, in.last_gap) > rounding) { return std::nullopt; }
      if (in.last - in.first == 1) { return in.last_gap <= 0 ? std::optional(in.last) : std::nullopt; }
      const std::uint64_t middle = in.first + (in.last - in.first) / 2;
      const int128 gap = gap_after(of, middle);
      if (auto found = self(self, {in.first, middle, in.first_gap, gap})) { return found; }
      return self(self, {middle, in.last, gap, in.last_gap});
    };
    if (auto found = search(search, {first, next - 1, gap_after(of, first), gap_after(of, next - 1)})) {
      return *found;
    }
    first = next;
  }
  return lots;
}

}  // namespace plimsoll
