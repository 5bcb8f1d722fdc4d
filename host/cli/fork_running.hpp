// What `compare` and `stress` share: betas in, a machine a fork, the threads said.
#pragma once

#include "host/cli/arguments.hpp"
#include "host/cli/session.hpp"
#include "host/compare/fork.hpp"
#include "host/compare/shock.hpp"

namespace plimsoll::cli {

/// `--betas`, none where it was not given; bad data goes to `refusals`.
[[nodiscard]] result<beta_list> betas_for(const invocation& call, const book& source, refusal_list& refusals);

/// Makes a machine for each fork by `--backend` and `--threads`. `why`: the sentence that says which and why.
[[nodiscard]] result<fork_options> fork_options_for(const invocation& call, const book& source, std::string& why);

/// Says what a fork had to say; an error if its sums are not those it began with.
[[nodiscard]] status check_fork(const fork_outcome& ran, session& io);

/// `--threads`, or how many the machine gives.
[[nodiscard]] int threads_used(const invocation& call);

}  // namespace plimsoll::cli
