// What the insurance fund may pay: whose money each part of it is, its limits, its drawdown stop. The money itself lies
// in the ledger's account `fund`.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "host/book/book.hpp"
#include "host/updates/ledger.hpp"
#include "host/venue/rulebook.hpp"

namespace plimsoll {

/// What a fund remembers beyond the ledger. Parts by name: ids change with the book, names do not.
struct fund_state {
  std::map<std::string, int128> held_back;  ///< By part: for orders at work.
  std::map<std::string, int128> peak;
  std::map<std::string, bool> stopped;
  std::int64_t tick = 0;
  std::map<std::string, int128> paid;  ///< In this tick, by part and by payee.
};

/// Payments are asked for by unit and instrument; with scope `asset` the instrument is not looked at. With scope
/// `instrument` each has a part of its own, which opens as the rulebook says and keeps what liquidations in it bring.
class insurance_fund {
 public:
  /// Opens the ledger's account as the rulebook says, unless the book's own rows have opened it. Everything passed must
  /// outlive the fund.
  insurance_fund(const book& source, const fund_rules& rules, ledger& books);

  /// A pass of a tick begins: what was paid in it counts on, what was paid in an earlier tick is forgotten. Each part
  /// that has fallen too far below its peak is stopped, each that has recovered goes on: for the whole pass.
  void begin(std::int64_t tick);

  /// What it may pay for a unit's position in an instrument: nothing at all while a drawdown has stopped it.
  [[nodiscard]] std::int64_t available(std::uint32_t unit, std::uint32_t instrument) const;

  /// Part of the fund that pays for a unit's position in an instrument: a name.
  [[nodiscard]] std::string part_of(std::uint32_t unit, std::uint32_t instrument) const;
  /// Keeps money of a part back for orders at work, or lets it go (< 0).
  void hold(const std::string& part, int128 amount);

  /// To be called with each payment and each gain that the ledger is given.
  void paid(std::uint32_t unit, std::uint32_t instrument, std::int64_t amount);
  void gained(std::uint32_t unit, std::uint32_t instrument, std::int64_t amount);

  [[nodiscard]] const fund_state& state() const { return state_; }
  void restore(fund_state state) { state_ = std::move(state); }

 private:
  [[nodiscard]] std::string payee_of(std::uint32_t unit, const std::string& part) const;
  [[nodiscard]] std::int64_t within_limits(std::uint32_t unit, std::uint32_t instrument) const;
  void update_drawdown();
  void watch(const std::string& part, int128 balance);

  const book& book_;
  const fund_rules& rules_;
  ledger& ledger_;
  fund_state state_;
};

}  // namespace plimsoll
