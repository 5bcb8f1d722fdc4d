// What is wrong with the input, place by place. Collected, listed up to a limit, the rest counted.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "plimsoll/result.hpp"

namespace plimsoll {

/// One place that breaks a rule of the format.
struct refusal {
  std::string file;      ///< As the user names it: "positions.csv".
  std::int64_t row = 0;  ///< 1 is the header; 0 where the whole file or table is meant.
  std::string column;    ///< Blank where a whole row is meant.
  std::string value;     ///< As it stands in the file, cut to a readable length.
  std::string reason;    ///< A sentence's predicate: "is not a multiple of the price step 0.1".

  friend bool operator==(const refusal&, const refusal&) = default;
};

/// `file:row: column "value" reason`, leaving out what is blank.
[[nodiscard]] std::string to_string(const refusal& place);

/// Collects refusals from any thread; keeps the `listed_max` first by (file, row, column), counts all.
class refusal_list {
 public:
  static constexpr std::size_t listed_max = 100;

  void add(refusal place);
  void note(std::string text);  ///< Not wrong, but said: an extra column left out, a rate rounded.

  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::uint64_t count() const;
  /// The listed ones, ordered; at most `listed_max`.
  [[nodiscard]] std::vector<refusal> listed() const;
  [[nodiscard]] std::vector<std::string> notes() const;

  /// An error of code bad_data whose message lists the places, one a line, and counts the rest.
  [[nodiscard]] plimsoll::error to_error() const;

 private:
  mutable std::mutex mutex_;
  std::vector<refusal> places_;
  std::vector<std::string> notes_;
  std::uint64_t count_ = 0;
};

}  // namespace plimsoll
