#include "host/cli/program.hpp"

#include <cstdio>
#include <exception>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include "host/cli/arguments.hpp"
#include "host/cli/command_table.hpp"
#include "host/cli/config_file.hpp"
#include "host/cli/help_text.hpp"
#include "host/cli/inside.hpp"
#include "host/cli/session.hpp"
#include "host/io/arrow_threads.hpp"
#include "host/io/read_file.hpp"
#include "host/text/near_name.hpp"
#include "plimsoll/config.hpp"

namespace plimsoll::cli {

namespace {

thread_local listener* hears_here = nullptr;

int unknown_command(const std::string& name, session& io) {
  if (!name.empty() && name.front() == '-') {
    return io.fail(
        {error_code::usage, fmt::format("the first argument must be a command, not {}\nTry: plimsoll --help", name)});
  }
  std::vector<std::string_view> names;
  for (const command_spec& command : commands()) { names.push_back(command.name); }
  const std::string near = nearest_name(name, names);
  return io.fail({error_code::usage, fmt::format("there is no command {}{}\nTry: plimsoll --help", name,
                                                 near.empty() ? "" : fmt::format("; did you mean {}?", near))});
}

result<option_texts> read_defaults(std::span<const std::string> arguments, const command_spec& command) {
  const std::string path = config_path_in(arguments);
  if (path.empty()) { return option_texts{}; }
  const result<std::string> text = io::read_file(path);
  if (!text) { return error{error_code::usage, "--config " + text.error().message}; }
  return read_config(text.value(), path, command);
}

/// Runs the command with the requested number of threads in every part of it.
int run_command(const invocation& call, session& io) {
  const option_spec* threads = find_option(call.command(), "threads");
  if (threads == nullptr || !call.given("threads")) { return call.command().run(call, io); }
  const auto count = static_cast<int>(call.count("threads"));
  const oneapi::tbb::global_control limit(oneapi::tbb::global_control::max_allowed_parallelism,
                                          static_cast<std::size_t>(count));
  const plimsoll::io::arrow_threads arrow(count);
  oneapi::tbb::task_arena arena(count);
  return arena.execute([&] { return call.command().run(call, io); });
}

/// Ends a run. Data that did not reach stdout is a failure, unless the reader closed the pipe, as `head` does.
int finish(session& io, int code) {
  if (io.flush() || code == exit_code::usage || io.reader_left()) { return code; }
  io.warn("plimsoll: stdout could not be written completely");
  return exit_code::failed;
}

int run_named(const std::vector<std::string>& arguments) {
  session plain(false);
  if (arguments.empty()) {
    plain.warn(program_help(plain.err()));
    return exit_code::usage;
  }
  const std::string& name = arguments.front();
  if (name == "--version" || name == "-V" || name == "version") {
    plain.print("plimsoll " PLIMSOLL_VERSION "\n");
    return finish(plain, exit_code::done);
  }
  if (name == "--help" || name == "-h") {
    plain.print(program_help(plain.out()));
    return finish(plain, exit_code::done);
  }
  const command_spec* command = find_command(name);
  if (command == nullptr) { return unknown_command(name, plain); }

  const std::span<const std::string> rest = std::span(arguments).subspan(1);
  const result<option_texts> defaults = read_defaults(rest, *command);
  if (!defaults) { return plain.fail(defaults.error()); }
  const result<invocation> call = parse_arguments(*command, rest, defaults.value());
  if (!call) { return plain.fail(call.error()); }
  session io(call.value().flag("quiet"));
  if (call.value().flag("help")) {
    io.print(command_help(*command, io.out()));
    return finish(io, exit_code::done);
  }
  return finish(io, run_command(call.value(), io));
}

}  // namespace

int run_program(const std::vector<std::string>& arguments) noexcept {
  try {
    return run_named(arguments);
  } catch (const std::bad_alloc&) {
    (void)std::fputs("plimsoll: out of memory\n", stderr);
  } catch (const std::system_error& failure) {
    (void)std::fprintf(stderr, "plimsoll: %s\n", failure.what());
  } catch (const std::exception& failure) {
    (void)std::fprintf(stderr, "plimsoll: Invariant: no exception reaches main. %s\n", failure.what());
  } catch (...) { (void)std::fputs("plimsoll: Invariant: no exception reaches main.\n", stderr); }
  return exit_code::failed;
}

listener* listener_here() { return hears_here; }

int run_inside(const std::vector<std::string>& arguments, listener& hears) noexcept {
  const auto fails = [&](error_code code, const char* text) {
    try {
      hears.failure = error{code, text};
    } catch (...) { hears.failure = error{code, {}}; }  // No memory for the text.
    return exit_code::failed;
  };
  hears_here = &hears;
  int code = exit_code::failed;
  try {
    code = run_named(arguments);
  } catch (const std::bad_alloc&) {
    code = fails(error_code::out_of_memory, "out of memory");
  } catch (const std::system_error& cause) {
    code = fails(error_code::io, cause.what());
  } catch (const std::exception& cause) { code = fails(error_code::invariant_broken, cause.what()); } catch (...) {
    code = fails(error_code::invariant_broken, "Invariant: no exception leaves a command");
  }
  hears_here = nullptr;
  return code;
}

}  // namespace plimsoll::cli
