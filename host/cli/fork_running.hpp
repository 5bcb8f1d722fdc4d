// Shared by `compare` and `stress`: reading betas, one backend per fork, and the number of threads.
#pragma once

#include "host/cli/arguments.hpp"
#include "host/cli/session.hpp"
#include "host/compare/fork.hpp"
#include "host/compare/shock.hpp"

namespace plimsoll::cli {

/// `--betas`; nothing if it was not given. Bad data goes to `refusals`.
[[nodiscard]] result<beta_list> betas_for(const invocation& call, const book& source, refusal_list& refusals);

/// Makes a backend for each fork by `--backend` and `--threads`. `why`: a sentence with the choice and its reason.
[[nodiscard]] result<fork_options> fork_options_for(const invocation& call, const book& source, std::string& why);

/// Prints the notes of a fork; returns an error if its sums differ from those at its start.
[[nodiscard]] status check_fork(const fork_outcome& ran, session& io);

/// `--threads`, or the number that the machine offers.
[[nodiscard]] int threads_used(const invocation& call);

}  // namespace plimsoll::cli
