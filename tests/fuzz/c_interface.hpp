// One case: calls of plimsoll.h as the bytes say, right ones and wrong ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace plimsoll::fuzz {

/// A folder with a book, and room for snapshots, of this process.
void use_folder(const std::string& folder);

/// Runs a case; aborts where the interface breaks a promise. Every handle is closed at its end.
void run_case(const std::uint8_t* bytes, std::size_t count);

/// Calls so far by status, for whoever wonders whether anything was reached.
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
