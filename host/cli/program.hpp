// The program that main calls: finds the command, reads its options and runs it.
#pragma once

#include <string>
#include <vector>

namespace plimsoll::cli {

/// Runs `plimsoll ARGUMENTS`; returns the exit code. Nothing is thrown.
[[nodiscard]] int run_program(const std::vector<std::string>& arguments) noexcept;

}  // namespace plimsoll::cli
