#include "host/book/check_rulebook.hpp"

#include <string>
#include <vector>

#include "plimsoll/limits.hpp"

namespace plimsoll {

namespace {

class rulebook_checker {
 public:
  rulebook_checker(const reference_data& reference, std::string_view file, refusal_list& refusals)
      : reference_(reference), file_(file), refusals_(refusals), settles_(reference.assets.size(), false) {
    for (const instrument& it : reference.instruments) {
      if (it.kind != instrument_kind::spot) { settles_[it.settle] = true; }
    }
  }

  void check() {
    const rulebook& rules = reference_.venue.rules;
    for (const auto& [name, balance] : rules.fund.balance) { check_balance(name, balance); }
    for (const auto& [name, amount] : reference_.venue.dust) { check_by_asset("margin.dust", name, amount); }
    check_amount("liquidation.whole_below", rules.liquidation.whole_below, no_bound);
    for (const auto& [name, amount] : rules.market.depth) { check_by_asset("market.depth", name, amount); }
    check_amount("backstop.capacity", rules.backstop.capacity, no_bound);
    check_amount("fund.floor", rules.fund.floor, no_bound);
    check_amount("fund.account_limit", rules.fund.account_limit, no_bound);
    check_amount("fund.tick_limit", rules.fund.tick_limit, no_bound);
    if (rules.whole_tiers) { note_bands(); }
  }

 private:
  static constexpr int128 no_bound = static_cast<int128>(1) << 126;

  /// The opening amount of the fund, or of the instrument's part of it.
  void check_balance(const std::string& name, const decimal& balance) {
    const std::string key = "fund.balance." + name;
    const bool by_asset = reference_.venue.rules.fund.scope == fund_scope::asset;
    for (const asset& it : reference_.assets) {
      if (by_asset && it.name == name) { return check_in(it, key, balance, limits::money_steps_max); }
    }
    for (const instrument& it : reference_.instruments) {
      const bool is_contract = it.kind != instrument_kind::spot;
      if (!by_asset && is_contract && it.name == name) {
        return check_in(reference_.assets[it.settle], key, balance, limits::money_steps_max);
      }
    }
    refuse(key, balance,
           by_asset ? "is in an asset that is not in assets"
                    : "is for an instrument that is not a contract in instruments");
  }

  /// An amount by asset. A blank name means the quote.
  void check_by_asset(const std::string& section, const std::string& name, const decimal& amount) {
    const std::string key = name.empty() ? section : section + "." + name;
    const std::string& of = name.empty() ? reference_.venue.quote : name;
    for (const asset& it : reference_.assets) {
      if (it.name == of) { return check_in(it, key, amount, limits::money_steps_max); }
    }
    refuse(key, amount, "is in an asset that is not in assets");
  }

  /// An amount that applies in every settlement asset.
  void check_amount(std::string_view key, const std::optional<decimal>& amount, int128 steps_max) {
    if (!amount) { return; }
    for (std::size_t a = 0; a < reference_.assets.size(); ++a) {
      if (settles_[a]) { check_in(reference_.assets[a], key, *amount, steps_max); }
    }
  }

  void check_in(const asset& it, std::string_view key, const decimal& amount, int128 steps_max) {
    const auto steps = to_units(amount, it.digits);
    if (steps && *steps <= steps_max) { return; }
    const std::string step = format_decimal({1, it.digits});
    refuse(key, amount,
           steps ? "is beyond 2^62 steps of " + it.name + "; its step is " + step
                 : "is finer than the step of " + it.name + ", " + step);
  }

  /// Notes contracts for which, above the first tier, the venue requires more than the book's tiers do.
  void note_bands() {
    std::uint64_t count = 0;
    std::string first;
    for (const instrument& it : reference_.instruments) {
      if (it.kind == instrument_kind::spot || it.tiers_whole || it.band_count < 2) { continue; }
      if (count++ == 0) { first = it.name; }
    }
    if (count == 0) { return; }
    refusals_.note("tiers: the rates of " + reference_.venue.rules.name + " hold for the whole position; those of " +
                       std::to_string(count) + (count == 1 ? " instrument" : " instruments") +
                       " here hold band by band (first: " + first +
                       "), which requires less: write whole in a column applies_to",
                   count);
  }

  void refuse(std::string_view key, const decimal& amount, std::string reason) {
    refusals_.add({std::string(file_), 0, std::string(key), format_decimal(amount), std::move(reason)});
  }

  const reference_data& reference_;
  std::string_view file_;
  refusal_list& refusals_;
  std::vector<bool> settles_;
};

}  // namespace

void check_rulebook(const reference_data& reference, std::string_view file, refusal_list& refusals) {
  rulebook_checker(reference, file, refusals).check();
}

}  // namespace plimsoll
