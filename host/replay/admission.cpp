#include "host/replay/admission.hpp"

#include <algorithm>

#include "host/engine/scan.hpp"
#include "host/replay/replay.hpp"
#include "host/text/decimal.hpp"

namespace plimsoll {

namespace {

class tick_admission {
 public:
  tick_admission(const book& source, std::span<const mark> next, const tick_marks& marks,
                 std::span<const update> updates, const input_names& names, refusal_list& refusals)
      : book_(source), next_(next), marks_(marks), updates_(updates), names_(names), refusals_(refusals) {}

  void check() {
    for (std::uint32_t i = 0; i < book_.reference.instruments.size(); ++i) {
      check_open_interest(i);
      if (const auto fault = fault_of_mark(book_, i, next_[i].ticks)) { refuse_mark(i, *fault); }
    }
    if (book_.reference.venue.collateral == collateral_mode::multi) { check_prices(); }
  }

 private:
  void check_open_interest(std::uint32_t id) {
    for (const position_side side : {position_side::long_side, position_side::short_side}) {
      if (book_.sides.lots[segment_of(id, side)] <= static_cast<std::uint64_t>(limits::size_lots_max)) { continue; }
      refuse_update(id, "takes the open interest of a side beyond 2^61 lots");
    }
  }

  void refuse_mark(std::uint32_t id, const std::string& fault) {
    const auto changed =
        std::find_if(marks_.changed.begin(), marks_.changed.end(), [&](const auto& one) { return one.first == id; });
    if (changed == marks_.changed.end()) { return refuse_update(id, fault); }
    const auto at = static_cast<std::size_t>(changed - marks_.changed.begin());
    const instrument& it = book_.reference.instruments[id];
    const std::string price =
        format_units(static_cast<int128>(changed->second.ticks) * it.price_step.mantissa, it.price_step.scale);
    refusals_.add({names_.ticks, at < marks_.rows.size() ? marks_.rows[at] : 0, "mark", price, fault});
  }

  /// The last fill in an instrument is the row that made its positions too large.
  void refuse_update(std::uint32_t id, const std::string& fault) {
    const auto last = std::find_if(updates_.rbegin(), updates_.rend(), [&](const update& one) {
      return one.kind == update_kind::fill && one.instrument == id;
    });
    const std::int64_t row = last == updates_.rend() ? 0 : last->row;
    refusals_.add({names_.updates, row, "instrument", book_.reference.instruments[id].name, fault});
  }

  void check_prices() {
    for (const update& one : updates_) {
      if (one.asset == no_id || one.asset == book_.reference.quote || one.amount.raw == 0) { continue; }
      const asset& it = book_.reference.assets[one.asset];
      if (it.price || (it.spot != no_id && is_marked(next_[it.spot].ticks))) { continue; }
      refusals_.add({names_.updates, one.row, "asset", it.name, "has neither a price nor a spot mark"});
    }
  }

  const book& book_;
  std::span<const mark> next_;
  const tick_marks& marks_;
  std::span<const update> updates_;
  const input_names& names_;
  refusal_list& refusals_;
};

}  // namespace

status admit_tick(const book& source, std::span<const mark> next, const tick_marks& marks,
                  std::span<const update> updates, const input_names& names, refusal_list& refusals) {
  tick_admission(source, next, marks, updates, names, refusals).check();
  return refusals.empty() ? ok() : refusals.to_error();
}

}  // namespace plimsoll
