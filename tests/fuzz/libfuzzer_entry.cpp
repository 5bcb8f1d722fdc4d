// The same cases for libFuzzer, which looks for bytes that reach new code; built if the compiler has it (clang).
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/c_interface.hpp"
#include "tests/fuzz/scratch_book.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  static const plimsoll::fuzz::scratch_book scratch;
  plimsoll::fuzz::use_folder(scratch.folder());
  plimsoll::fuzz::run_case(bytes, count);
  return 0;
}
