// summary.json of a replay, with the proof that nothing was made or lost.
#pragma once

#include <cstdint>
#include <string>

#include "host/replay/replay.hpp"

namespace plimsoll {

struct replay_facts {
  std::uint64_t ticks = 0;
  double seconds = 0;
};

/// Sums per asset over all ticks; per asset and instrument the opening and closing sums over every account, which must
/// differ by nothing (deposits and withdrawals have `external` as their other leg); under `run` what may differ.
[[nodiscard]] std::string replay_summary_json(const replay& engine, const ledger_sums& opening, const replay_facts& facts);

}  // namespace plimsoll
