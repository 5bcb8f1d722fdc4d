#include "host/updates/update_ahead.hpp"

namespace plimsoll {

update_ahead::update_ahead(const live_book& of, std::span<const update> updates) : of_(of), updates_(updates) {
  for (std::size_t last = 0; last < lookahead && last < updates.size(); ++last) { look(last); }
}

template <class Step>
void update_ahead::at(std::size_t i, const Step& step) {
  if (i >= updates_.size()) { return; }
  const update& one = updates_[i];
  std::array<party, 2>& parties = parties_[i % lookahead];
  step(parties[0], one.account, one);
  if (!one.to.empty()) { step(parties[1], one.to, one); }
}

void update_ahead::look(std::size_t last) {
  const book& columns = of_.columns();
  const auto unit_of = [&](const party& one) {
    return one.id < columns.units.near_account.size() ? columns.units.near_account[one.id] : no_id;
  };
  const auto trades = [&](const update& one) {
    return (one.kind == update_kind::fill || one.kind == update_kind::margin) &&
           one.instrument < columns.reference.instruments.size();
  };
  const auto is_due = [&](std::size_t ahead) { return last >= lookahead - ahead; };
  const auto place = [&](std::size_t ahead) { return last - (lookahead - ahead); };
  at(last, [&](party& one, const std::string& name, const update&) { one.hash = columns.accounts.prefetch(name); });
  if (is_due(id_ahead)) {
    at(place(id_ahead), [&](party& one, const std::string&, const update&) {
      one.id = columns.accounts.guess(one.hash);
      if (one.id < columns.units.near_account.size()) { __builtin_prefetch(&columns.units.near_account[one.id]); }
    });
  }
  if (is_due(unit_ahead)) {
    at(place(unit_ahead), [&](party& one, const std::string&, const update&) {
      if (one.id < columns.accounts.size()) { columns.accounts.prefetch_name(one.id); }
      of_.prefetch_unit(unit_of(one));
    });
  }
  if (is_due(row_ahead)) {
    at(place(row_ahead), [&](party& one, const std::string&, const update& of) {
      if (trades(of)) { of_.prefetch_row(unit_of(one)); }
    });
  }
  if (is_due(position_ahead)) {
    at(place(position_ahead), [&](party& one, const std::string&, const update& of) {
      one.positions = trades(of) && one.id < columns.accounts.size() ? find_positions(columns, one.id, of.instrument)
                                                                     : both_sides{};
      for (const std::uint32_t position : one.positions.of) { of_.prefetch_position(position); }
    });
  }
  if (is_due(entry_ahead)) {
    at(place(entry_ahead), [&](party& one, const std::string&, const update&) {
      for (const std::uint32_t position : one.positions.of) { of_.prefetch_entry(position); }
    });
  }
}

}  // namespace plimsoll
