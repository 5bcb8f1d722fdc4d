#include "host/cli/interruption.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <pthread.h>
#include <unistd.h>

#include "host/cli/inside.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/session.hpp"

namespace plimsoll::cli {

namespace {

std::mutex folder_mutex;
std::filesystem::path folder_in_work;  // Guarded by folder_mutex.
bool result_in_place = false;          // Guarded by folder_mutex.

std::atomic<bool> may_finish{false};     // A finishing_work exists, and
std::atomic<bool> asked_to_stop{false};  // has received a signal.

/// Removes the folder although other threads may still be writing into it: a file that they add after the files are
/// removed makes the removal of the folder fail, and it is tried again. Once the folder is gone, they cannot create it.
void remove_in_work() {
  for (int attempt = 0; attempt < 1000 && !folder_in_work.empty(); ++attempt) {
    std::error_code failure;
    std::filesystem::remove_all(folder_in_work, failure);
    if (!failure) { break; }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void say(std::string_view text) {
  progress_line::clear();
  (void)!::write(STDERR_FILENO, text.data(), text.size());
}

[[noreturn]] void wait_and_leave(sigset_t signals) {
  for (;;) {
    int signal_number = 0;
    while (::sigwait(&signals, &signal_number) != 0) {}
    if (may_finish.load() && !asked_to_stop.exchange(true)) {
      say("plimsoll: interrupted; the step in progress is finished and saved, another signal stops at once\n");
      continue;
    }
    // If the command ends here, the lock is held until the end, so that no thread names a new folder and a thread that
    // is renaming its result finishes that first.
    const std::lock_guard lock(folder_mutex);
    if (result_in_place && !asked_to_stop.exchange(true)) {
      say("plimsoll: the result is already in place; another signal stops at once\n");
      continue;
    }
    remove_in_work();
    say("plimsoll: interrupted\n");
    ::_exit(exit_code::interrupted);
  }
}

}  // namespace

void watch_for_signals() {
  (void)std::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int one : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction present{};
    const bool ignored = ::sigaction(one, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
    if (!ignored) { sigaddset(&signals, one); }  // With nohup or in the background a signal stays ignored.
  }
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread(wait_and_leave, signals).detach();
}

finishing_work::finishing_work() {
  asked_to_stop.store(false);
  may_finish.store(true);
}
finishing_work::~finishing_work() { may_finish.store(false); }
bool finishing_work::is_asked_to_stop() { return asked_to_stop.load(); }
void ask_to_stop() { asked_to_stop.store(true); }

uninterrupted::uninterrupted() : lock_(folder_mutex) {}

void uninterrupted::set_half_written(std::filesystem::path folder) {
  folder_in_work = std::move(folder);
  result_in_place = false;
}

void uninterrupted::set_in_place() {
  folder_in_work.clear();
  result_in_place = true;
}

}  // namespace plimsoll::cli
