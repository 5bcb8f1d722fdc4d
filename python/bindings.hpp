// Shared parts of the module: failures as exceptions, Arrow streams in capsules, the lock of a scanner.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "plimsoll/executor.hpp"
#include "plimsoll/plimsoll.h"
#include "plimsoll/scanner.hpp"

namespace plimsoll::python {

namespace nb = nanobind;

void bind_commands(nb::module_& in);
void bind_scanner(nb::module_& in);
void bind_executor(nb::module_& in);

/// Throws `plimsoll.Error` or its subclass for the code. Needs the GIL.
[[noreturn]] void fail(const error& why, const std::vector<refused_place>& places = {});

/// A result table: it is released unless `capsule` has moved it.
class table_out {
 public:
  table_out() = default;
  ~table_out();
  table_out(const table_out&) = delete;
  table_out& operator=(const table_out&) = delete;
  [[nodiscard]] ArrowArrayStream& place() { return held_; }
  /// A capsule `arrow_array_stream`, which owns the stream. Needs the GIL.
  [[nodiscard]] nb::object capsule();

 private:
  ArrowArrayStream held_{};
};

/// The stream of a capsule `arrow_array_stream`; the function that moves from it marks it as released. Needs the GIL.
[[nodiscard]] ArrowArrayStream* stream_in(nb::handle capsule);

/// A scanner with its lock: a call that comes while another runs waits, without the GIL.
class scanner_handle {
 public:
  explicit scanner_handle(scanner made) : scan(std::move(made)) {}

  /// The value of `body`, which runs exclusively and without the GIL; an error becomes an exception. `refuses`: the
  /// exception has the refused places.
  template <class Body>
  auto call(const Body& body, bool refuses = false) {
    if (owner_.load() == std::this_thread::get_id()) {
      fail({error_code::usage, "a gateway's callback may not call the scanner or the executor that runs it"});
    }
    std::vector<refused_place> places;
    auto outcome = [&] {
      const nb::gil_scoped_release others_may_run;
      const std::lock_guard turn(lock_);
      owner_.store(std::this_thread::get_id());
      auto out = body();
      if (!out && refuses) { places = scan.refusals(); }
      owner_.store(std::thread::id());
      return out;
    }();
    if (!outcome) { fail(outcome.error(), places); }
    return std::move(outcome).value();
  }

  /// The value of `body`, which runs exclusively and without the GIL and cannot fail.
  template <class Body>
  void alone(const Body& body) {
    const nb::gil_scoped_release others_may_run;
    const std::lock_guard turn(lock_);
    body();
  }

  scanner scan;
  tick_result found;  ///< Its memory is reused from tick to tick; use it only while holding the lock.

 private:
  std::mutex lock_;
  std::atomic<std::thread::id> owner_{};
};

template <class T>
using column = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

/// Marks from Python: a capsule with the table `marks`; or columns of ids, price steps and times; or none.
struct marks_in {
  nb::object table = nb::none();
  std::optional<column<std::uint32_t>> ids{};
  std::optional<column<std::int64_t>> ticks{};
  std::optional<column<std::int64_t>> times{};

  /// Fails if lengths differ. Needs the GIL.
  void check() const;
  /// While the lock is held.
  [[nodiscard]] result<std::vector<mark_update>> read(scanner& scan, ArrowArrayStream* stream) const;
};

/// Steps of an asset as exact text, "-12.50". While the lock is held.
[[nodiscard]] std::string money(const scanner& scan, std::uint32_t asset, int128 steps);

/// A table of a result, made now and without the GIL. `write` writes it to a stream.
template <class Write>
[[nodiscard]] nb::object table_now(const Write& write) {
  table_out made;
  const status outcome = [&] {
    const nb::gil_scoped_release others_may_run;
    return write(made.place());
  }();
  if (!outcome) { fail(outcome.error()); }
  return made.capsule();
}

/// The result of a tick. Most ticks are asked for no table, so each is made when it is requested; names and rows are
/// those of the tick for as long as this lives.
struct tick_rows {
  tick_result found;
  table_out held;  ///< Made with the tick, for it has the tick's marks. Empty if no mark was too old.
};

/// The result of a tick, taken while the lock is held.
struct tick_facts {
  std::shared_ptr<tick_rows> rows;
  std::string full_because, backend;

  /// While the lock is held. Leaves `found` empty.
  status take(scanner_handle& handle);
  /// Needs the GIL.
  [[nodiscard]] nb::dict dict();
};

}  // namespace plimsoll::python
