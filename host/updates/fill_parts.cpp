#include "host/updates/fill_parts.hpp"

#include "host/text/wide.hpp"

namespace plimsoll {

namespace {

std::uint64_t lots_of(const book& source, std::uint32_t position) {
  return position == no_id ? 0 : magnitude(source.positions.lots[position]);
}

bool holds_both(const both_sides& held) {
  return held[position_side::long_side] != no_id && held[position_side::short_side] != no_id;
}

}  // namespace

std::optional<fill_fault> fault_of_sides(const book& source, const update& one, const both_sides& held,
                                         const both_sides& held_by_to) {
  const instrument& it = source.reference.instruments[one.instrument];
  if (!one.side && holds_both(held)) {
    return fill_fault{"side", "",
                      "is blank, but " + one.account + " holds both sides of " + it.name +
                          ": write long or short, the side that the fill acts on"};
  }
  if (holds_both(held_by_to)) {
    return fill_fault{"to", one.to,
                      "holds both sides of " + it.name +
                          ", and the column side is about the fill's own account: write the other half as a fill of "
                          "its own"};
  }
  const position_side against = opposite(side_of(one.lots));
  const std::uint64_t held_against = lots_of(source, held[against]);
  const fill_parts parts = parts_of_fill(one.lots.raw, one.side, held_against);
  const auto contracts = [&](std::uint64_t lots) {
    return format_units(static_cast<int128>(lots) * it.size_step.mantissa, it.size_step.scale);
  };
  if (parts.closed > held_against) {
    return fill_fault{"size", (one.lots.raw < 0 ? "-" : "") + contracts(magnitude(one.lots.raw)),
                      "reduces more than the " + contracts(held_against) + " contracts that " + one.account +
                          " holds " + to_string(against)};
  }
  const std::uint32_t touched = held[parts.opened != 0 ? parts.opens : parts.closes];
  if (!one.mode || touched == no_id) { return std::nullopt; }
  const bool isolated = source.units.code[source.positions.unit[touched]].is_isolated();
  if (isolated == (*one.mode == margin_mode::isolated)) { return std::nullopt; }
  return fill_fault{"margin_mode", to_string(*one.mode),
                    "contradicts the position that " + one.account + " holds in " + it.name + ", which is " +
                        to_string(isolated ? margin_mode::isolated : margin_mode::cross)};
}

}  // namespace plimsoll
