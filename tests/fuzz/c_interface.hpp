// One case: calls of plimsoll.h chosen by bytes, right ones and wrong ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace plimsoll::fuzz {

/// A folder of this process with a book and its snapshots.
void use_folder(const std::string& folder);

/// Runs a case; aborts if the interface breaks a promise. Every handle is closed at its end.
void run_case(const std::uint8_t* bytes, std::size_t count);

/// Calls so far by status, to show that the calls do not all fail early.
struct tally {
  std::uint64_t cases = 0;
  std::uint64_t calls = 0;
  std::uint64_t by_status[32] = {};
  std::uint64_t refused_places = 0;
  std::uint64_t rows_out = 0;
  std::uint64_t orders = 0;
};
[[nodiscard]] const tally& counted();

}  // namespace plimsoll::fuzz
