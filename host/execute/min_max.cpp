#include "host/execute/min_max.hpp"

#include <algorithm>

#include "host/execute/first_where.hpp"

namespace plimsoll {

namespace {

using lots_list = std::vector<std::uint64_t>;

constexpr std::int64_t level_one = 1'000'000'000;  ///< All of a candidate's equity.

class level_walk {
 public:
  level_walk(std::span<const adl_loser> losers, std::span<const adl_candidate> candidates)
      : losers_(losers), candidates_(candidates), lots_(candidates.size()), money_(candidates.size()) {}

  /// Walks at a level and returns the lots served. If `parts` is not null, it gets them.
  std::uint64_t serve(std::int64_t level, lots_list* parts) {
    open(level);
    std::uint64_t served = 0;
    std::size_t head = 0;
    for (const adl_loser& loser : losers_) {
      std::uint64_t left = loser.lots;
      for (std::size_t w = head; w < candidates_.size() && left > 0; ++w) {
        if (lots_[w] == 0 || candidates_[w].account == loser.account) { continue; }
        const std::uint64_t wanted = std::min(left, lots_[w]);
        const std::uint64_t taken = std::min(wanted, affordable(money_[w], loser));
        left -= taken;
        served += taken;
        money_[w] -= cost(taken, loser);
        // A candidate that cannot pay for more is done, even for cheaper losers, because the executor walks by lots
        // only.
        lots_[w] = taken < wanted ? 0 : lots_[w] - taken;
        if (parts != nullptr) { (*parts)[w] += taken; }
      }
      while (head < lots_.size() && lots_[head] == 0) { ++head; }
    }
    return served;
  }

 private:
  void open(std::int64_t level) {
    for (std::size_t w = 0; w < candidates_.size(); ++w) {
      const adl_candidate& one = candidates_[w];
      const int128 whole = static_cast<int128>(one.equity) + one.given;
      money_[w] = std::max<int128>(0, whole * level / level_one - one.given);
      lots_[w] = one.equity > 0 ? one.lots : 0;
    }
  }
  static std::uint64_t affordable(int128 money, const adl_loser& loser) {
    if (loser.haircut == 0) { return loser.lots; }
    const int128 lots = money * static_cast<int128>(loser.lots) / static_cast<int128>(loser.haircut);  // < 2^62 x 2^61.
    return static_cast<std::uint64_t>(std::min<int128>(lots, static_cast<int128>(loser.lots)));
  }
  /// Haircut of some lots, rounded up.
  static int128 cost(std::uint64_t lots, const adl_loser& loser) {
    if (loser.lots == 0) { return 0; }
    return (static_cast<int128>(loser.haircut) * static_cast<int128>(lots) + static_cast<int128>(loser.lots) - 1) /
           static_cast<int128>(loser.lots);
  }

  std::span<const adl_loser> losers_;
  std::span<const adl_candidate> candidates_;
  lots_list lots_;             ///< Lots that a candidate may still give; 0: done.
  std::vector<int128> money_;  ///< Money that a candidate may still give up.
};

}  // namespace

std::vector<std::uint64_t> min_max_walk(std::span<const adl_loser> losers, std::span<const adl_candidate> candidates) {
  std::uint64_t demand = 0;
  for (const adl_loser& one : losers) { demand += one.lots; }
  level_walk walk(losers, candidates);
  // Along the line of losers, a candidate that starts later also ends later. So at a higher level each candidate ends
  // no earlier, a higher level never serves less, and the lowest one that serves all can be searched.
  const auto serves_all = [&](std::int64_t level) { return walk.serve(level, nullptr) == demand; };
  const std::int64_t level = first_where<std::int64_t>(0, level_one, serves_all);
  lots_list parts(candidates.size(), 0);
  std::uint64_t left = demand - walk.serve(level, &parts);
  for (std::size_t w = 0; w < candidates.size() && left > 0; ++w) {
    if (candidates[w].equity <= 0) { continue; }
    const std::uint64_t more = std::min(left, candidates[w].lots - parts[w]);
    parts[w] += more;
    left -= more;
  }
  return parts;
}

}  // namespace plimsoll
