// `replay` with a market that the caller supplies.
#pragma once

#include "host/cli/arguments.hpp"
#include "host/cli/session.hpp"
#include "host/replay/replay.hpp"

namespace plimsoll::cli {

/// `run_replay`, with orders sent to the market that `make_market` returns.
int run_replay_on(const invocation& call, session& io, market_maker make_market);

}  // namespace plimsoll::cli
