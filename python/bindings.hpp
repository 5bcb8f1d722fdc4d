// What the parts of the module share: failures as exceptions, Arrow streams in capsules, whose turn a scanner is.
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

/// Throws `plimsoll.Error`, or what stands below it for the code. Needs the GIL.
[[noreturn]] void fail(const error& why, const std::vector<refused_place>& places = {});

/// A table that goes out: it is released unless `capsule` has handed it on.
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

/// The stream of a capsule `arrow_array_stream`; whoever takes it over marks it as released. Needs the GIL.
[[nodiscard]] ArrowArrayStream* stream_in(nb::handle capsule);

/// A scanner with its lock: a call that comes while another runs waits, without the GIL.
class scanner_handle {
 public:
  explicit scanner_handle(scanner made) : scan(std::move(made)) {}

  /// The value of `body`, which runs alone and without the GIL; an error becomes an exception. `refuses`: the places
  /// that were refused come with it.
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

  /// What `body` does, alone and without the GIL, where nothing can be wrong.
  template <class Body>
  void alone(const Body& body) {
    const nb::gil_scoped_release others_may_run;
    const std::lock_guard turn(lock_);
    body();
  }

  scanner scan;
  tick_result found;  ///< Its memory is used again from tick to tick; in a turn alone.

 private:
  std::mutex lock_;
  std::atomic<std::thread::id> owner_{};
};

template <class T>
using column = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

/// Marks as they came from Python: a capsule with the table `marks`, columns of ids, price steps and times, or none.
struct marks_in {
  nb::object table = nb::none();
  std::optional<column<std::uint32_t>> ids{};
  std::optional<column<std::int64_t>> ticks{};
  std::optional<column<std::int64_t>> times{};

  /// Fails where lengths differ. Needs the GIL.
  void check() const;
  /// In the room's turn.
  [[nodiscard]] result<std::vector<mark_update>> read(scanner& scan, ArrowArrayStream* stream) const;
};

/// Steps of an asset as exact text, "-12.50". In the room's turn.
[[nodiscard]] std::string money(const scanner& scan, std::uint32_t asset, int128 steps);

/// A tick's answer, taken along from the room's turn.
struct tick_facts {
  struct total {
    std::string asset, balances, deficit;
  };
  tick_result figures{};  ///< Without rows and names.
  std::string full_because, backend;
  std::vector<total> totals;
  std::size_t flagged_rows = 0, cover_rows = 0;
  table_out flagged, cover;

  /// In the room's turn.
  status take(scanner_handle& handle);
  /// Tables as capsules. Needs the GIL.
  [[nodiscard]] nb::dict dict();
};

}  // namespace plimsoll::python
