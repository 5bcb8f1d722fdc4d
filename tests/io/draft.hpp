// A small book as texts, to be broken in one place and loaded.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include "host/io/load_book.hpp"

namespace plimsoll::testing {

/// A new folder in the system's temporary one, removed at the end.
class scratch_folder {
 public:
  scratch_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "plimsoll_io.XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}
inline std::string read_bytes(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

/// Files by name. Starts as a book that loads.
struct draft {
  std::map<std::string, std::string> files = {
      {"venue.toml", "name = \"draft\"\nquote = \"USDT\"\n"},
      {"assets.csv", "asset,step\nUSDT,0.000001\nBTC,0.00000001\n"},
      {"instruments.csv",
       "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\n"
       "BTCUSDT,linear,BTC,USDT,1,0.1,0.001,T\n"
       "BTCUSD,inverse,BTC,BTC,100,0.5,1,C\n"},
      {"tiers.csv",
       "tier_table,floor,maintenance_rate,initial_rate\n"
       "T,0,0.004,0.01\n"
       "T,50000,0.005,0.02\n"
       "C,0,0.004,0.01\n"},
      {"balances.csv", "account,asset,amount\nalice,USDT,1000.5\nbob,BTC,-0.25\n"},
      {"positions.csv",
       "account,instrument,size,entry_price,entry_value,isolated_margin\n"
       "alice,BTCUSDT,0.5,60000.1,,\n"
       "bob,BTCUSD,-10,,-0.5,\n"
       "alice,BTCUSDT,-0.25,,-15000.25,100.000001\n"},
      {"marks.csv", "instrument,mark,as_of\nBTCUSDT,61000.5,2025-03-01T12:00:00Z\nBTCUSD,61000,\n"},
  };

  draft& with(const std::string& file, std::string text) {
    files[file] = std::move(text);
    return *this;
  }
  draft& without(const std::string& file) {
    files.erase(file);
    return *this;
  }
  /// Puts `text` in place of the first `old`, which must be there.
  draft& change(const std::string& file, const std::string& old, const std::string& text) {
    std::string& content = files.at(file);
    const std::size_t at = content.find(old);
    if (at == std::string::npos) { throw std::logic_error(file + " has no " + old); }
    content.replace(at, old.size(), text);
    return *this;
  }
  draft& append(const std::string& file, const std::string& text) {
    files[file] += text;
    return *this;
  }
  void write(const std::filesystem::path& folder) const {
    for (const auto& [name, content] : files) { write_bytes(folder / name, content); }
  }
};

/// The result of loading.
struct loaded {
  result<book> outcome;
  std::vector<refusal> places;
  std::vector<std::string> notes;
  std::uint64_t count = 0;

  [[nodiscard]] std::string text() const {
    std::string out = outcome ? "loaded" : outcome.error().message;
    return out;
  }
};

inline loaded load(const std::filesystem::path& folder, int threads = 0) {
  refusal_list refusals;
  load_options options;
  options.threads = threads;
  auto outcome = load_book(folder, options, refusals);
  std::vector<std::string> notes;
  for (const note& one : refusals.notes()) { notes.push_back(one.text); }
  return {std::move(outcome), refusals.listed(), std::move(notes), refusals.count()};
}

inline loaded load(const draft& source, int threads = 0) {
  const scratch_folder folder;
  source.write(folder.path());
  return load(folder.path(), threads);
}

}  // namespace plimsoll::testing
