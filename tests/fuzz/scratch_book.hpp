// A book folder of this process, for loads, revisions and snapshots. In memory where the system has a folder for that:
// a snapshot ends when its files are on the disk, so on a disk a case mostly waits.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

#include "tests/fuzz/venue_texts.hpp"

namespace plimsoll::fuzz {

class scratch_book {
 public:
  scratch_book() : folder_((place() / ("plimsoll-fuzz-" + std::to_string(::getpid()))).string()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ + "/book");
    std::ofstream(folder_ + "/book/venue.toml") << venue_tomls[0];
    for (unsigned i = 0; i < needed_tables; ++i) {
      std::ofstream(folder_ + "/book/" + venue_tables[i].name + ".csv") << venue_tables[i].csv;
    }
  }
  ~scratch_book() { std::filesystem::remove_all(folder_); }
  scratch_book(const scratch_book&) = delete;
  scratch_book& operator=(const scratch_book&) = delete;
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  static std::filesystem::path place() {
    const std::filesystem::path in_memory = "/dev/shm";
    return ::access(in_memory.c_str(), W_OK) == 0 ? in_memory : std::filesystem::temp_directory_path();
  }

  std::string folder_;
};

}  // namespace plimsoll::fuzz
