// The objects behind handles, their locks, and the open handles.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "host/api/c/failure.hpp"
#include "plimsoll/executor.hpp"
#include "plimsoll/order_gateway.hpp"
#include "plimsoll/scanner.hpp"

namespace plimsoll::c {

/// A scanner and the memory of its ticks. It exists as long as its handle or that of its executor is open.
struct session {
  explicit session(scanner made) : scan(std::move(made)) {}
  scanner scan;
  tick_result found;
  bool closed = false;  ///< Its handle is closed; its executor may continue.

  std::mutex lock;
  std::atomic<std::thread::id> inside{};  ///< The thread whose call has the lock.
};

/// Gives a call exclusive use of the session. Waits for the calls of other threads; fails (busy) inside a call of the
/// same thread.
class session_turn {
 public:
  explicit session_turn(session& of);
  ~session_turn();
  session_turn(const session_turn&) = delete;
  session_turn& operator=(const session_turn&) = delete;

 private:
  session& of_;
};

/// The caller's functions as a gateway. plimsoll.h forbids exceptions in them; if one throws, this is noted.
class function_gateway final : public order_gateway {
 public:
  function_gateway(const plimsoll_gateway& functions, std::size_t inbox_max)
      : order_gateway(inbox_max), functions_(functions) {}
  void send(const market_order& order) override;
  void cancel(order_id order) override;
  /// True if a function has thrown since the last call.
  [[nodiscard]] bool take_thrown() { return std::exchange(thrown_, false); }

 private:
  plimsoll_gateway functions_;
  bool thrown_ = false;
};

/// An executor, its market and the memory of its runs.
struct open_executor {
  std::shared_ptr<session> of;
  std::optional<function_gateway> market;
  std::optional<executor> acting;  ///< Empty: it was closed. Declared last, so that it is destroyed first.
  execution done;
  std::optional<std::int64_t> last_tick;
};

using scanner_ref = std::shared_ptr<session>;
using view_ref = std::shared_ptr<const book_view>;
using executor_ref = std::shared_ptr<open_executor>;

/// Returns the number of an opened object; no number is reused. A call that has found an object keeps it alive.
[[nodiscard]] std::uint64_t keep(scanner_ref one);
[[nodiscard]] std::uint64_t keep(view_ref one);
[[nodiscard]] std::uint64_t keep(executor_ref one);

/// The object of a handle; fails (bad_handle) if it is not an open handle of this kind.
[[nodiscard]] scanner_ref find_scanner(plimsoll_scanner handle);
[[nodiscard]] view_ref find_view(plimsoll_view handle);
[[nodiscard]] executor_ref find_executor(plimsoll_executor handle);

/// Closes the handle. False: it was closed already.
bool forget(std::uint64_t handle) noexcept;

/// The result of a call that reads tables; if it was refused, `by` has the places.
template <class T>
void must_read(const result<T>& outcome, const scanner& by) {
  if (outcome) { return; }
  const bool has_places = outcome.error().code == error_code::bad_data;
  fail(outcome.error(), has_places ? by.refusals() : std::vector<refused_place>{});
}

/// A scanner for the duration of a call.
class scanner_turn {
 public:
  explicit scanner_turn(plimsoll_scanner handle);
  [[nodiscard]] session& of() { return *found_; }
  scanner* operator->() { return &found_->scan; }
  [[nodiscard]] scanner& operator*() { return found_->scan; }

 private:
  scanner_ref found_;
  session_turn turn_;
};

/// An executor, together with its scanner, for the duration of a call.
class executor_turn {
 public:
  explicit executor_turn(plimsoll_executor handle);
  [[nodiscard]] open_executor& of() { return *found_; }
  executor* operator->() { return &*found_->acting; }

 private:
  executor_ref found_;
  session_turn turn_;
};

}  // namespace plimsoll::c
