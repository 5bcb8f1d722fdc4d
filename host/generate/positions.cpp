#include "host/generate/positions.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include <oneapi/tbb/parallel_for.h>

#include "host/generate/random.hpp"
#include "kernels/rules/divide.hpp"
#include "kernels/rules/value.hpp"

namespace plimsoll {

namespace {

// Salts that select a random stream of an account.
constexpr std::uint64_t salt_account = 2;
constexpr std::uint64_t salt_count = 3;
constexpr std::uint64_t salt_position = 4;
constexpr std::uint64_t salt_maker = 5;

/// The notional of a position is 2^z times the first step of its tier table; z is normal around this value with a
/// deviation of 2.12 octaves, so 38 % are above 0.
constexpr std::int64_t notional_centre = -octave * 648 / 1000;
constexpr std::int64_t spread_num = 3, spread_den = 2;  // Deviation of each of the two draws, in octaves.

/// Splits as rules/split.hpp does, but starts in the middle of the sequence: `running` is the sum of the previous
/// weights.
class split_from {
 public:
  split_from() = default;
  split_from(std::uint64_t total, uint128 weight_sum, uint128 running)
      : total_(total),
        weight_sum_(weight_sum),
        running_(running),
        paid_(total == 0 ? 0 : multiply_divide(total, running, weight_sum)) {}
  std::uint64_t next(uint128 weight) {
    if (total_ == 0) { return 0; }
    running_ += weight;
    const std::uint64_t paid = multiply_divide(total_, running_, weight_sum_);
    return paid - std::exchange(paid_, paid);
  }

 private:
  std::uint64_t total_ = 0;
  uint128 weight_sum_ = 1;
  uint128 running_ = 0;
  std::uint64_t paid_ = 0;
};

/// Sums of one contract over a chunk; as prefix sums, over all chunks before it.
struct contract_sums {
  std::uint64_t lots[2] = {0, 0};  ///< By side.
  std::uint64_t count[2] = {0, 0};
  int128 cost = 0;
  uint128 cost_size = 0;  ///< Sum of |cost|.
};

/// Amounts that balance the two sides of a contract.
struct contract_balance {
  position_side heavy = position_side::long_side;
  std::uint64_t cut = 0;                ///< Lots taken from the customers of the heavy side ...
  uint128 cut_weights = 1;              ///< ... in proportion to their lots - 1.
  std::int64_t maker_lots[2] = {1, 1};  ///< Lots of the market maker, by side; > 0.
  std::int64_t maker_cost[2] = {0, 0};
  int128 residue = 0;           ///< Sum of all costs, taken from all positions ...
  uint128 residue_weights = 1;  ///< ... in proportion to |cost|.
};

std::uint64_t count_weight(const venue_recipe& recipe, std::uint32_t account, std::uint64_t most, bool idle_allowed) {
  random_stream random(recipe.seed, salt_count, account);
  if (idle_allowed && random.chance(80'000)) { return 0; }  // The account has money but no positions.
  return std::clamp<std::uint64_t>(scale_octaves(64, random.bell() * 13 / 10), 1, most);
}

class dealer {
 public:
  dealer(const venue_recipe& recipe, const listing& listed)
      : recipe_(recipe),
        listed_(listed),
        contracts_(listed.contracts),
        traded_(static_cast<std::uint32_t>(traded_contracts(recipe))) {}

  dealt_positions run() {
    out_.customers = static_cast<std::uint32_t>(recipe_.accounts > 0 ? recipe_.accounts - 1 : 0);
    chunks_ = (out_.customers + accounts_per_chunk - 1) / accounts_per_chunk;
    share_out_counts();
    allocate();
    popularity_.resize(traded_);
    std::uint64_t sum = 0;
    for (std::uint32_t rank = 0; rank < traded_; ++rank) { popularity_[rank] = sum += contracts_[rank].weight; }
    sums_.assign(static_cast<std::size_t>(chunks_) * traded_, {});
    for_chunks([&](std::uint32_t chunk) { deal_chunk(chunk); });
    balance_sizes();
    for_chunks([&](std::uint32_t chunk) { cost_chunk(chunk); });
    balance_costs();
    for_chunks([&](std::uint32_t chunk) { finish_chunk(chunk); });
    finish_maker();
    return std::move(out_);
  }

 private:
  template <class Body>
  void for_chunks(const Body& body) const {
    oneapi::tbb::parallel_for(std::uint32_t{0}, chunks_, body);
  }
  [[nodiscard]] std::uint32_t chunk_end(std::uint32_t chunk) const {
    return std::min(out_.customers, (chunk + 1) * accounts_per_chunk);
  }
  [[nodiscard]] contract_sums* sums_of(std::uint32_t chunk) {
    return sums_.data() + static_cast<std::size_t>(chunk) * traded_;
  }

  /// Positions per account: an exact split of all positions by heavy-tailed weights, capped so that no account needs
  /// more contracts than are traded.
  void share_out_counts() {
    out_.first.assign(recipe_.accounts + 1, 0);
    const std::uint64_t dealt = recipe_.positions - 2 * std::uint64_t{traded_};
    const bool uniform = recipe_.shape == venue_shape::uniform;
    std::uint64_t most = uniform ? 1 : std::uint64_t{64} << 10;
    bool idle_allowed = !uniform;
    std::vector<std::uint64_t> before(chunks_ + 1, 0);
    for (;;) {
      for_chunks([&](std::uint32_t chunk) {
        std::uint64_t sum = 0;
        for (std::uint32_t a = chunk * accounts_per_chunk; a < chunk_end(chunk); ++a) {
          sum += count_weight(recipe_, a, most, idle_allowed);
        }
        before[chunk + 1] = sum;
      });
      std::partial_sum(before.begin(), before.end(), before.begin());
      const std::uint64_t weights = before.back();
      if (dealt == 0) { break; }
      const auto needed = [&](std::uint64_t weight) {
        return weights == 0 ? traded_ + 1 : (static_cast<uint128>(dealt) * weight + weights - 1) / weights;
      };
      if (needed(most) <= traded_) { break; }
      if (most > 1) {
        most = most / 2;
      } else {
        idle_allowed = false;
      }
    }
    for_chunks([&](std::uint32_t chunk) {
      std::uint64_t running = before[chunk];
      for (std::uint32_t a = chunk * accounts_per_chunk; a < chunk_end(chunk); ++a) {
        out_.first[a] =
            dealt == 0 ? 0 : static_cast<std::uint64_t>(static_cast<uint128>(dealt) * running / before.back());
        running += count_weight(recipe_, a, most, idle_allowed);
      }
    });
    if (recipe_.accounts > 0) { out_.first[out_.customers] = dealt; }
    out_.first[recipe_.accounts] = recipe_.positions;
  }

  void allocate() {
    const std::size_t rows = recipe_.positions;
    out_.rows.account.resize(rows);
    out_.rows.instrument.resize(rows);
    out_.rows.lots.resize(rows);
    out_.rows.cost.resize(rows);
    out_.rows.isolated_margin.resize(rows);
    out_.rows.isolated.resize(rows);
    out_.losing.resize(rows);
  }

  /// Contracts of one account, each at most once, in rising rank; popular contracts are more likely.
  void draw_contracts(random_stream& random, std::size_t count, std::vector<std::uint32_t>& seen, std::uint32_t stamp,
                      std::vector<std::uint16_t>& ranks) const {
    ranks.clear();
    while (ranks.size() < count) {
      std::uint32_t rank = 0;
      for (int attempt = 0;; ++attempt) {
        const std::uint64_t at = random.below(popularity_.back());
        rank = static_cast<std::uint32_t>(std::upper_bound(popularity_.begin(), popularity_.end(), at) -
                                          popularity_.begin());
        if (seen[rank] != stamp) { break; }
        if (attempt < 8) { continue; }
        while (seen[rank] == stamp) { rank = rank + 1 == traded_ ? 0 : rank + 1; }
        break;
      }
      seen[rank] = stamp;
      ranks.push_back(static_cast<std::uint16_t>(rank));
    }
    std::sort(ranks.begin(), ranks.end());
  }

  void deal_chunk(std::uint32_t chunk) {
    contract_sums* sums = sums_of(chunk);
    std::vector<std::uint32_t> seen(traded_, 0);
    std::vector<std::uint16_t> ranks;
    for (std::uint32_t a = chunk * accounts_per_chunk; a < chunk_end(chunk); ++a) {
      const std::uint64_t begin = out_.first[a];
      const std::uint64_t end = out_.first[a + 1];
      if (begin == end) { continue; }
      const account_draw account = draw_account(recipe_, a);
      const bool hedged = account.fate == account_fate::hedged;
      random_stream random(recipe_.seed, salt_position, a);
      draw_contracts(random, hedged ? (end - begin + 1) / 2 : end - begin, seen, a + 1, ranks);
      for (std::uint64_t row = begin; row < end; ++row) {
        const std::uint16_t rank = ranks[hedged ? (row - begin) / 2 : row - begin];
        bool is_long = random.chance(750'000) == account.leans_long;
        if (hedged) { is_long = (row - begin) % 2 == 0; }
        deal_row(row, a, rank, is_long, account, random);
        const auto side = static_cast<std::size_t>(is_long ? position_side::long_side : position_side::short_side);
        sums[rank].lots[side] += magnitude(out_.rows.lots[row]);
        ++sums[rank].count[side];
      }
    }
  }

  /// Size and entry price of one position; the price is stored in the cost column until the sizes are final.
  void deal_row(std::uint64_t row, std::uint32_t account_id, std::uint16_t rank, bool is_long,
                const account_draw& account, random_stream& random) {
    const listed_contract& contract = contracts_[rank];
    const instrument& kind = listed_.reference.instruments[contract.id];
    const std::uint64_t first_step = listed_.reference.bands[kind.first_band + 1].floor;
    const std::int64_t octaves = notional_centre + account.wealth_octaves + random.bell() * spread_num / spread_den;
    const uint128 notional = scale_octaves(first_step, octaves);
    const auto lots = static_cast<std::int64_t>(notional * contract.rate.den / contract.rate.num);
    const bool isolated = random.chance(recipe_.isolated_ppm);
    const bool losing = isolated ? random.chance(recipe_.distressed_ppm) : account.fate == account_fate::distressed;

    int128 ticks = static_cast<int128>(
        scale_octaves(static_cast<std::uint64_t>(contract.mark_ticks), contract.trend_octaves + random.bell() / 24));
    const std::int64_t loss_ppm = random.between(20'000, 150'000);
    if (losing) {
      ticks = is_long ? static_cast<int128>(contract.mark_ticks) * (limits::ppm + loss_ppm) / limits::ppm
                      : static_cast<int128>(contract.mark_ticks) * limits::ppm / (limits::ppm + loss_ppm);
    }
    out_.rows.account[row] = account_id;
    out_.rows.instrument[row] = rank;
    out_.rows.lots[row] = (lots < 1 ? 1 : lots) * (is_long ? 1 : -1);
    out_.rows.cost[row] = static_cast<std::int64_t>(ticks < 1 ? 1 : ticks);
    out_.rows.isolated[row] = isolated ? 1 : 0;
    out_.losing[row] = losing ? 1 : 0;
  }

  /// Turns the sums of chunks into sums over all previous chunks; returns the total of each contract.
  std::vector<contract_sums> accumulate_sums() {
    std::vector<contract_sums> total(traded_);
    for (std::uint32_t chunk = 0; chunk < chunks_; ++chunk) {
      contract_sums* sums = sums_of(chunk);
      for (std::uint32_t rank = 0; rank < traded_; ++rank) {
        const contract_sums own = std::exchange(sums[rank], total[rank]);
        for (int side = 0; side < 2; ++side) {
          total[rank].lots[side] += own.lots[side];
          total[rank].count[side] += own.count[side];
        }
        total[rank].cost += own.cost;
        total[rank].cost_size += own.cost_size;
      }
    }
    return total;
  }

  /// Lots by which the customers of one side exceed the other side: the market maker takes a part, the rest is cut.
  void balance_sizes() {
    const std::vector<contract_sums> total = accumulate_sums();
    balances_.resize(traded_);
    for (std::uint32_t rank = 0; rank < traded_; ++rank) {
      contract_balance& balance = balances_[rank];
      const std::uint64_t longs = total[rank].lots[0];
      const std::uint64_t shorts = total[rank].lots[1];
      const int heavy = longs >= shorts ? 0 : 1;
      const std::uint64_t excess = heavy == 0 ? longs - shorts : shorts - longs;
      const std::uint64_t most = maker_lots_max(rank);
      random_stream random(recipe_.seed, salt_maker, rank);
      std::uint64_t kept = multiply_divide(excess, static_cast<uint128>(random.between(300'000, 700'000)),
                                           static_cast<uint128>(limits::ppm));
      kept = std::min(kept, most);
      balance.heavy = static_cast<position_side>(heavy);
      const std::uint64_t headroom = total[rank].lots[heavy] - total[rank].count[heavy];
      balance.cut = std::min(excess - kept, headroom);
      balance.cut_weights = headroom == 0 ? 1 : headroom;
      const std::uint64_t inventory = std::clamp<std::uint64_t>(std::max(longs, shorts) / 20, 1, most);
      balance.maker_lots[heavy] = static_cast<std::int64_t>(inventory);
      balance.maker_lots[1 - heavy] = static_cast<std::int64_t>(inventory + excess - balance.cut);
    }
  }

  /// Limit for the market maker's position in a contract, so that its whole book stays far within 2^62 steps: two
  /// billion quote units over all contracts (a lot is worth 10 or 100 of them in an inverse contract, and about 5 in
  /// others).
  [[nodiscard]] std::uint64_t maker_lots_max(std::uint32_t rank) const {
    constexpr std::uint64_t quote_max = 2'000'000'000;
    const auto quote =
        static_cast<std::uint64_t>(static_cast<uint128>(quote_max) * contracts_[rank].weight / popularity_.back());
    const bool inverse = listed_.reference.instruments[contracts_[rank].id].kind == instrument_kind::inverse;
    return std::max<std::uint64_t>(1, quote / (inverse ? 100 : 10));
  }

  [[nodiscard]] std::int64_t cost_at(std::uint32_t rank, std::int64_t lots, std::int64_t ticks) const {
    const contract_rate& rate = listed_.reference.instruments[contracts_[rank].id].rate;
    return static_cast<std::int64_t>(value_anywhere({lots}, rate, {ticks}));
  }

  void cost_chunk(std::uint32_t chunk) {
    contract_sums* sums = sums_of(chunk);
    std::vector<split_from> cuts(traded_);
    for (std::uint32_t rank = 0; rank < traded_; ++rank) {
      const contract_balance& balance = balances_[rank];
      const auto heavy = static_cast<std::size_t>(balance.heavy);
      cuts[rank] = {balance.cut, balance.cut_weights, sums[rank].lots[heavy] - sums[rank].count[heavy]};
      sums[rank] = {};
    }
    for (std::uint64_t row = out_.first[chunk * accounts_per_chunk]; row < out_.first[chunk_end(chunk)]; ++row) {
      const std::uint16_t rank = out_.rows.instrument[row];
      std::int64_t& lots = out_.rows.lots[row];
      if (side_of({lots}) == balances_[rank].heavy) {
        const auto cut = static_cast<std::int64_t>(cuts[rank].next(magnitude(lots) - 1));
        lots += lots > 0 ? -cut : cut;
      }
      out_.rows.cost[row] = cost_at(rank, lots, out_.rows.cost[row]);
      sums[rank].cost += out_.rows.cost[row];
      sums[rank].cost_size += magnitude(out_.rows.cost[row]);
    }
  }

  void balance_costs() {
    const std::vector<contract_sums> total = accumulate_sums();
    residue_before_maker_.resize(traded_);
    for (std::uint32_t rank = 0; rank < traded_; ++rank) {
      contract_balance& balance = balances_[rank];
      const auto ticks = static_cast<std::int64_t>(
          scale_octaves(static_cast<std::uint64_t>(contracts_[rank].mark_ticks), contracts_[rank].trend_octaves));
      balance.residue = total[rank].cost;
      balance.residue_weights = total[rank].cost_size;
      residue_before_maker_[rank] = total[rank].cost_size;
      for (int side = 0; side < 2; ++side) {
        const std::int64_t lots = side == 0 ? balance.maker_lots[0] : -balance.maker_lots[1];
        balance.maker_cost[side] = cost_at(rank, lots, ticks);
        balance.residue += balance.maker_cost[side];
        balance.residue_weights += magnitude(balance.maker_cost[side]);
      }
    }
  }

  [[nodiscard]] split_from residue_split(std::uint32_t rank, uint128 running) const {
    const int128 residue = balances_[rank].residue;
    return {static_cast<std::uint64_t>(residue < 0 ? -residue : residue), balances_[rank].residue_weights, running};
  }
  void take_residue(std::uint32_t rank, split_from& split, std::int64_t& cost) const {
    const auto part = static_cast<std::int64_t>(split.next(magnitude(cost)));
    cost -= balances_[rank].residue > 0 ? part : -part;
  }

  void finish_chunk(std::uint32_t chunk) {
    const contract_sums* sums = sums_of(chunk);
    std::vector<split_from> splits(traded_);
    for (std::uint32_t rank = 0; rank < traded_; ++rank) { splits[rank] = residue_split(rank, sums[rank].cost_size); }
    for (std::uint64_t row = out_.first[chunk * accounts_per_chunk]; row < out_.first[chunk_end(chunk)]; ++row) {
      const std::uint16_t rank = out_.rows.instrument[row];
      take_residue(rank, splits[rank], out_.rows.cost[row]);
      out_.rows.instrument[row] = static_cast<std::uint16_t>(contracts_[rank].id);
    }
  }

  void finish_maker() {
    std::uint64_t row = recipe_.accounts > 0 ? out_.first[out_.customers] : 0;
    for (std::uint32_t rank = 0; rank < traded_; ++rank) {
      split_from split = residue_split(rank, residue_before_maker_[rank]);
      for (int side = 0; side < 2; ++side, ++row) {
        take_residue(rank, split, balances_[rank].maker_cost[side]);
        out_.rows.account[row] = out_.customers;
        out_.rows.instrument[row] = static_cast<std::uint16_t>(contracts_[rank].id);
        out_.rows.lots[row] = side == 0 ? balances_[rank].maker_lots[0] : -balances_[rank].maker_lots[1];
        out_.rows.cost[row] = balances_[rank].maker_cost[side];
      }
    }
  }

  const venue_recipe& recipe_;
  const listing& listed_;
  const std::vector<listed_contract>& contracts_;
  std::uint32_t traded_;
  std::uint32_t chunks_ = 0;
  std::vector<std::uint64_t> popularity_;  ///< Running sums of the traded contracts' weights.
  std::vector<contract_sums> sums_;        ///< Chunk by chunk, one per traded contract.
  std::vector<contract_balance> balances_;
  std::vector<uint128> residue_before_maker_;
  dealt_positions out_;
};

}  // namespace

account_draw draw_account(const venue_recipe& recipe, std::uint32_t account) {
  random_stream random(recipe.seed, salt_account, account);
  account_draw out;
  const std::uint64_t at = random.below(1'000'000);
  if (at < recipe.distressed_ppm) {
    out.fate = account_fate::distressed;
  } else if (at < std::uint64_t{recipe.distressed_ppm} + recipe.hedge_ppm) {
    out.fate = account_fate::hedged;
  }
  out.wealth_octaves = random.bell() * spread_num / spread_den;
  out.leans_long = random.chance(500'000);
  return out;
}

dealt_positions deal_positions(const venue_recipe& recipe, const listing& listed) {
  return dealer(recipe, listed).run();
}

}  // namespace plimsoll
