// What is wrong with the input, place by place: of one column and reason the first three are listed, the rest counted.
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
  std::int64_t row = 0;  ///< 1 is the header; 0 where the whole file or table is meant.
  std::string column;    ///< Blank where a whole row is meant.
  std::string value;     ///< As it stands in the file, cut to a readable length.
  std::string reason;    ///< A sentence's predicate: "is not a multiple of the price step 0.1".

  friend bool operator==(const refusal&, const refusal&) = default;
};

/// `file:row: column "value" reason`, leaving out what is blank.
[[nodiscard]] std::string to_string(const refusal& place);

/// Collects refusals from any thread and counts all. Those of one file, column and reason are of a kind: `alike_max` of
/// them are listed, by row, so that one repeated mistake hides no other; of all kinds together `listed_max`. A reason
/// counts up to its first digit: what follows are the figures of one place.
class refusal_list {
 public:
  static constexpr std::size_t listed_max = 100;
  static constexpr std::size_t alike_max = 3;

  void add(refusal place);
  /// Not wrong, but said: an extra column left out, a rate rounded. The same text is kept once.
  void note(std::string text, std::uint64_t count = 1);

  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::uint64_t count() const;
  /// The listed ones, by (file, row, column).
  [[nodiscard]] std::vector<refusal> listed() const;
  /// By text, so that threads do not show.
  [[nodiscard]] std::vector<plimsoll::note> notes() const;

  /// The listed ones as text, a line each, and behind the last of a kind how many more there are of it.
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
