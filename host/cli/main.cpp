#include <string>
#include <vector>

#include "host/cli/interruption.hpp"
#include "host/cli/program.hpp"

int main(int count, char** words) {
  plimsoll::cli::watch_for_signals();
  return plimsoll::cli::run_program(std::vector<std::string>(words + (count > 0 ? 1 : 0), words + count));
}
