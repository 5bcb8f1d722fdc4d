#include "host/cli/fork_running.hpp"

#include <utility>

#include <oneapi/tbb/info.h>

#include "host/backend/choose.hpp"
#include "host/cli/loading.hpp"
#include "host/io/load_replay.hpp"

namespace plimsoll::cli {

result<beta_list> betas_for(const invocation& call, const book& source, refusal_list& refusals) {
  if (!call.given("betas")) { return beta_list{}; }
  const result<std::filesystem::path> file = file_named(call, "betas");
  if (!file) { return file.error(); }
  return load_betas(file.value(), source, refusals);
}

result<fork_options> fork_options_for(const invocation& call, const book& source, std::string& why) {
  const std::uint64_t bytes = device_bytes_needed(source);
  result<backend_choice> first = choose_backend(call.text("backend"), threads_of(call), bytes);
  if (!first) { return first.error(); }
  why = std::move(first.value().why);
  fork_options out;
  out.threads = threads_of(call);
  out.make_machine = [&call, bytes]() -> result<std::unique_ptr<backend>> {
    result<backend_choice> chosen = choose_backend(call.text("backend"), threads_of(call), bytes);
    if (!chosen) { return chosen.error(); }
    return std::move(chosen.value().machine);
  };
  return out;
}

status check_fork(const fork_outcome& ran, session& io) {
  io.add_notes(ran.notes);
  for (const std::string& note : ran.machine_notes) { io.warn(io.err().paint(accent::warning, note)); }
  if (ran.conserved) { return ok(); }
  return error{error_code::invariant_broken, "Invariant: a fork changed the sums over all accounts"};
}

int threads_used(const invocation& call) {
  return threads_of(call) != 0 ? threads_of(call) : oneapi::tbb::info::default_concurrency();
}

}  // namespace plimsoll::cli
