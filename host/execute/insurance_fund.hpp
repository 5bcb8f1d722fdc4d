// Decides how much the insurance fund may pay: the parts of the fund, its limits, its drawdown stop. The money itself
// is in the ledger's account `fund`.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "host/book/book.hpp"
#include "host/updates/ledger.hpp"
#include "host/venue/rulebook.hpp"

namespace plimsoll {

/// The fund's state beside the ledger. Parts are named, because ids change with the book and names do not.
struct fund_state {
  std::map<std::string, int128> held_back;  ///< By part: for working orders.
  std::map<std::string, int128> peak;
  std::map<std::string, bool> stopped;
  std::int64_t tick = 0;
  std::map<std::string, int128> paid;  ///< In this tick, by part and by payee.
};

/// Payments are requested by unit and instrument. With scope `asset` the instrument does not matter. With scope
/// `instrument` each instrument has its own part, which opens as the rulebook says and gets the gains of liquidations
/// in it.
class insurance_fund {
 public:
  /// Opens the ledger's account as the rulebook says, unless the book's own rows have opened it. All arguments must
  /// outlive the fund.
  insurance_fund(const book& source, const fund_rules& rules, ledger& books);

  /// Begins a pass of a tick. Payments of earlier passes of the tick still count; those of earlier ticks do not. For
  /// the whole pass, a part that is too far below its peak is stopped, and one that has recovered pays again.
  void begin(std::int64_t tick);

  /// The most it may pay for a unit's position in an instrument; 0 while a drawdown has stopped it.
  [[nodiscard]] std::int64_t available(std::uint32_t unit, std::uint32_t instrument) const;

  /// Name of the part of the fund that pays for a unit's position in an instrument.
  [[nodiscard]] std::string part_of(std::uint32_t unit, std::uint32_t instrument) const;
  /// Holds money of a part back for working orders, or releases it (< 0).
  void hold(const std::string& part, int128 amount);

  /// Call these for each payment and each gain that is posted to the ledger.
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
