// The subcommands of `bench` that read records.
#pragma once

#include <string>

#include "host/cli/arguments.hpp"
#include "host/cli/session.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::cli {

/// `bench compare A B` and `bench crossover A B`; each returns the exit code.
[[nodiscard]] int run_bench_compare(const invocation& call, session& io);
[[nodiscard]] int run_bench_crossover(const invocation& call, session& io);

/// Writes a small file in one step. Error: io.
[[nodiscard]] status write_text_file(const std::string& path, const std::string& text);

}  // namespace plimsoll::cli
