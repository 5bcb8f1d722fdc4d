// Arrow C streams on their way through plimsoll.h: what a caller hands over is taken at once, what he gets is given at
// the end.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "plimsoll/plimsoll.h"

namespace plimsoll::c {

/// A stream that was handed over: the caller's is empty from then on, and this one is released at its own end.
class taken_stream {
 public:
  taken_stream() = default;
  explicit taken_stream(ArrowArrayStream* from) noexcept { take(from); }
  ~taken_stream();
  taken_stream(const taken_stream&) = delete;
  taken_stream& operator=(const taken_stream&) = delete;

  void take(ArrowArrayStream* from) noexcept;
  [[nodiscard]] bool there() const { return held_.release != nullptr; }
  [[nodiscard]] ArrowArrayStream& get() { return held_; }

 private:
  ArrowArrayStream held_{};
};

/// Where a table goes; null: it is not wanted. What stood there is forgotten, and until `give` nothing stands there.
class given_stream {
 public:
  explicit given_stream(ArrowArrayStream* to) noexcept;
  ~given_stream();
  given_stream(const given_stream&) = delete;
  given_stream& operator=(const given_stream&) = delete;

  [[nodiscard]] bool wanted() const { return to_ != nullptr; }
  [[nodiscard]] const ArrowArrayStream* place() const { return to_; }
  [[nodiscard]] ArrowArrayStream& made() { return made_; }
  void give() noexcept;

 private:
  ArrowArrayStream* to_;
  ArrowArrayStream made_{};
};

/// Fails where two tables would go to one place.
void check_apart(std::initializer_list<const given_stream*> all);

/// The table `notes`: one column, `note`.
void export_notes(const std::vector<std::string>& notes, ArrowArrayStream& out);

}  // namespace plimsoll::c
