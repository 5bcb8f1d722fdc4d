// Faults of the input, place by place. For each column and reason the first three are listed and the others counted.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "host/text/note.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll {

/// One place that breaks a rule of the format.
struct refusal {
  std::string file;      ///< As the user names it: "positions.csv".
  std::int64_t row = 0;  ///< 1 is the header; 0 for the whole file or table.
  std::string column;    ///< Blank for a whole row.
  std::string value;     ///< As the file has it, cut to a readable length.
  std::string reason;    ///< A sentence's predicate: "is not a multiple of the price step 0.1".

  friend bool operator==(const refusal&, const refusal&) = default;
};

/// `file:row: column "value" reason`, without the parts that are blank.
[[nodiscard]] std::string to_string(const refusal& place);

/// Collects refusals from any thread and counts all of them. Refusals of one file, column and reason are of one kind.
/// Of a kind, `alike_max` are listed, by row, so that one repeated mistake hides no other; of all kinds together,
/// `listed_max`. Reasons are compared up to their first digit, because the figures after it belong to one place.
class refusal_list {
 public:
  static constexpr std::size_t listed_max = 100;
  static constexpr std::size_t alike_max = 3;

  void add(refusal place);
  /// Adds a note: an extra column that was ignored, a rate that was rounded. The same text is stored once.
  void note(std::string text, std::uint64_t count = 1);

  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::uint64_t count() const;
  /// The listed refusals, by (file, row, column).
  [[nodiscard]] std::vector<refusal> listed() const;
  /// Sorted by text, so that the order does not depend on threads.
  [[nodiscard]] std::vector<plimsoll::note> notes() const;

  /// The listed refusals as text, one line each. After the last of a kind, a line counts the others of that kind.
  [[nodiscard]] std::vector<std::string> lines() const;
  /// An error of code bad_data whose message is `lines`.
  [[nodiscard]] plimsoll::error to_error() const;

 private:
  /// File, column and reason up to its first digit or name in quotes.
  struct kind {
    std::string file, column, reason;
  };
  struct kind_view {
    std::string_view file, column, reason;
  };
  static kind_view view_of(const kind& one) { return {one.file, one.column, one.reason}; }
  static kind_view view_of(const kind_view& one) { return one; }
  static kind_view view_of(const refusal& place);
  struct by_text {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      const kind_view left = view_of(a), right = view_of(b);
      return std::tie(left.file, left.column, left.reason) < std::tie(right.file, right.column, right.reason);
    }
  };
  struct places {
    std::uint64_t count = 0;
    std::vector<refusal> first;  ///< In order.
  };
  struct listed_place {
    const refusal* place;
    const places* of;
  };
  std::vector<listed_place> chosen() const;

  mutable std::mutex mutex_;
  std::map<kind, places, by_text> kinds_;
  std::vector<plimsoll::note> notes_;
  std::uint64_t count_ = 0;
};

}  // namespace plimsoll
