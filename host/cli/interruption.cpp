#include "host/cli/interruption.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <thread>
#include <utility>

#include <pthread.h>
#include <unistd.h>

#include "host/cli/progress.hpp"
#include "host/cli/session.hpp"

namespace plimsoll::cli {

namespace {

std::mutex folder_mutex;
std::filesystem::path folder_in_work;  // Guarded by folder_mutex.

/// Removes the folder although other threads may still be writing into it: what they add between the removal of the
/// files and that of the folder makes the latter fail, and it is tried again. Once it is gone, they cannot create it.
void remove_in_work() {
  for (int attempt = 0; attempt < 1000 && !folder_in_work.empty(); ++attempt) {
    std::error_code failure;
    std::filesystem::remove_all(folder_in_work, failure);
    if (!failure) { break; }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

[[noreturn]] void wait_and_leave(sigset_t signals) {
  int signal_number = 0;
  while (::sigwait(&signals, &signal_number) != 0) {}
  // Held until the end: nobody names a new folder, and whoever is making a result appear finishes that first.
  const std::lock_guard lock(folder_mutex);
  remove_in_work();
  progress_line::clear();
  constexpr char text[] = "plimsoll: interrupted\n";
  (void)!::write(STDERR_FILENO, text, sizeof text - 1);
  ::_exit(exit_code::interrupted);
}

}  // namespace

void watch_for_signals() {
  (void)std::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int one : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction present{};
    const bool ignored = ::sigaction(one, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
    if (!ignored) { sigaddset(&signals, one); }  // Whoever started us with nohup or in the background meant it.
  }
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread(wait_and_leave, signals).detach();
}

uninterrupted::uninterrupted() : lock_(folder_mutex) {}

void uninterrupted::set_half_written(std::filesystem::path folder) { folder_in_work = std::move(folder); }

}  // namespace plimsoll::cli
