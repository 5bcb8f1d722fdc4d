#include "host/report/mark_paths.hpp"

#include <algorithm>
#include <numeric>

namespace plimsoll {

namespace {

/// Approximate open interest in the quote, to choose instruments; the size of an inverse contract is its value in the
/// quote.
double notional_of(const book& source, std::uint32_t id) {
  const instrument& it = source.reference.instruments[id];
  if (it.kind == instrument_kind::spot) { return 0; }
  const auto lots = static_cast<double>(std::max(source.sides.lots[segment_of(id, position_side::long_side)],
                                                 source.sides.lots[segment_of(id, position_side::short_side)]));
  const double contracts = lots * to_double(it.size_step) * to_double(it.contract_size);
  const bool in_quote = it.kind == instrument_kind::inverse;
  const std::int64_t ticks = is_marked(source.marks[id].ticks) ? source.marks[id].ticks : 0;
  return in_quote ? contracts : contracts * static_cast<double>(magnitude(ticks)) * to_double(it.price_step);
}

}  // namespace

mark_paths::mark_paths(const book& source, std::size_t instruments_max) {
  std::vector<double> notional(source.reference.instruments.size());
  for (std::uint32_t id = 0; id < notional.size(); ++id) { notional[id] = notional_of(source, id); }
  std::vector<std::uint32_t> order(notional.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return notional[a] > notional[b]; });
  for (const std::uint32_t id : order) {
    if (paths_.size() == instruments_max || notional[id] <= 0) { break; }
    paths_.push_back({id, {}, {}});
  }
}

void mark_paths::add(const tick_marks& tick) {
  for (const auto& [instrument, mark] : tick.changed) {
    const auto at = std::find_if(paths_.begin(), paths_.end(),
                                 [&, id = instrument](const path& one) { return one.instrument == id; });
    if (at == paths_.end() || !is_marked(mark.ticks)) { continue; }
    at->ticks.push_back(tick.tick);
    at->marks.push_back(mark.ticks);
  }
}

}  // namespace plimsoll
