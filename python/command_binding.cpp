// `run`: a command of the program inside this process. Python code runs only on the calling thread.
#include <chrono>
#include <condition_variable>
#include <exception>

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "host/cli/command_table.hpp"
#include "host/cli/inside.hpp"
#include "python/bindings.hpp"

namespace plimsoll::python {

namespace {

constexpr auto looked_every = std::chrono::milliseconds(50);

/// Runs the command on its own thread, so that the calling thread can check for signals and report progress.
class running_command {
 public:
  explicit running_command(const std::vector<std::string>& words)
      : worker_([this, &words] {
          code_ = cli::run_inside(words, outcome_);
          const std::lock_guard lock(mutex_);
          ended_ = true;
          changed_.notify_all();
        }) {}

  /// Waits until the command has ended. An exception of `tell` or of a signal handler requests the command to stop, and
  /// is thrown at the end.
  void wait(const nb::object& tell) {
    for (bool ended = false; !ended;) {
      {
        const nb::gil_scoped_release others_may_run;
        std::unique_lock lock(mutex_);
        ended = changed_.wait_for(lock, looked_every, [this] { return ended_; });
      }
      try {
        if (PyErr_CheckSignals() != 0) { throw nb::python_error(); }
        if (!thrown_) { report(tell); }
      } catch (...) { thrown_ = std::current_exception(); }
      if (thrown_ && !ended) { cli::ask_to_stop(); }
    }
    worker_.join();
    if (thrown_) { std::rethrow_exception(std::exchange(thrown_, nullptr)); }
  }

  /// Exit code, data, lines, notes, refusals, number of refusals, failure or None.
  [[nodiscard]] nb::tuple outcome() const {
    nb::list notes, refusals;
    for (const note& one : outcome_.notes) { notes.append(nb::make_tuple(one.text, one.count)); }
    for (const refusal& one : outcome_.refusals) {
      refusals.append(nb::make_tuple(one.file, one.row, one.column, one.value, one.reason));
    }
    nb::object failure = nb::none();
    if (outcome_.failure) {
      failure = nb::make_tuple(to_string(outcome_.failure->code), outcome_.failure->message, outcome_.failure->detail);
    }
    return nb::make_tuple(code_, outcome_.data, outcome_.lines, notes, refusals, outcome_.refused, failure);
  }

 private:
  void report(const nb::object& tell) {
    const std::vector<cli::progress_state> states = outcome_.take_progress();
    if (tell.is_none()) { return; }
    for (const cli::progress_state& one : states) {
      tell(one.stage, one.share < 0 ? nb::none() : nb::object(nb::float_(one.share)), one.done, one.total, one.counted);
    }
  }

  cli::listener outcome_;
  int code_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::exception_ptr thrown_;
  std::thread worker_;  // The last member, because it uses all others.
};

nb::tuple run(const std::vector<std::string>& words, const nb::object& tell) {
  running_command command(words);
  command.wait(tell);
  return command.outcome();
}

std::string default_of(const std::string& command, const std::string& option) {
  const cli::command_spec* found = cli::find_command(command);
  const cli::option_spec* of = found == nullptr ? nullptr : cli::find_option(*found, option);
  return of == nullptr ? std::string() : std::string(of->fallback);
}

}  // namespace

void bind_commands(nb::module_& in) {
  in.def("run", &run, nb::arg("words"), nb::arg("tell").none(),
         "Runs `plimsoll WORDS`. tell(stage, share or None, done, total, counted) is called with its progress.");
  in.def("default_of", &default_of, nb::arg("command"), nb::arg("option"),
         "The default of an option; blank if it has none.");
}

}  // namespace plimsoll::python
