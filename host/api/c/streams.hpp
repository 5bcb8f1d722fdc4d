// Arrow C streams of plimsoll.h: an input stream is moved from at once, an output stream is set at the end of a call.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "plimsoll/plimsoll.h"

namespace plimsoll::c {

/// An input stream: the caller's stream is empty from then on, and the destructor releases this one.
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

/// Output stream of a table; null: it is not requested. Its previous content is ignored, and it is empty until `give`.
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

/// Fails if two tables would go to the same stream.
void check_apart(std::initializer_list<const given_stream*> all);

/// The table `notes`: one column, `note`.
void export_notes(const std::vector<std::string>& notes, ArrowArrayStream& out);

}  // namespace plimsoll::c
