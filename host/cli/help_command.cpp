// `help` and `completion`: the command table as text and for three shells.
#include <string>
#include <vector>

#include <fmt/format.h>

#include "host/cli/arguments.hpp"
#include "host/cli/format_pages.hpp"
#include "host/cli/help_text.hpp"
#include "host/cli/session.hpp"
#include "host/text/near_name.hpp"

namespace plimsoll::cli {

int run_help(const invocation& call, session& io) {
  if (call.flag("man")) {
    io.print(man_page());
    return exit_code::done;
  }
  const std::string name = call.operand(0);
  if (call.flag("markdown")) {
    io.print(format_markdown());
    return exit_code::done;
  }
  if (name.empty()) {
    io.print(program_help(io.out()));
    return exit_code::done;
  }
  for (const format_topic& topic : format_topics()) {
    if (topic.name != name) { continue; }
    io.print(format_text(topic, io.out()));
    return exit_code::done;
  }
  const command_spec* command = find_command(name);
  if (command == nullptr) {
    std::vector<std::string_view> names;
    for (const command_spec& one : commands()) { names.push_back(one.name); }
    for (const format_topic& topic : format_topics()) { names.push_back(topic.name); }
    const std::string near = nearest_name(name, names);
    return io.fail({error_code::usage, fmt::format("there is no command or topic {}{}", name,
                                                   near.empty() ? "" : fmt::format("; did you mean {}?", near))});
  }
  io.print(command_help(*command, io.out()));
  return exit_code::done;
}

int run_completion(const invocation& call, session& io) {
  const std::string script = completion_script(call.operand(0));
  if (script.empty()) {
    return io.fail({error_code::usage, fmt::format("no completion for {}: bash, zsh or fish", call.operand(0))});
  }
  io.print(script);
  return exit_code::done;
}

}  // namespace plimsoll::cli
