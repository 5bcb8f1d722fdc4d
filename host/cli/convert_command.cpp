// `convert`: a book in another format.
#include <string>
#include <utility>

#include <fmt/format.h>

#include "host/cli/loading.hpp"
#include "host/cli/staged_output.hpp"
#include "host/cli/writing.hpp"
#include "host/io/write_book.hpp"

namespace plimsoll::cli {

int run_convert(const invocation& call, session& io) {
  if (!call.given("out")) {
    return io.fail({error_code::usage, "convert needs --out DIR\nTry: plimsoll convert --help"});
  }
  const std::string from = call.operand(0);
  std::error_code failure;
  if (!std::filesystem::is_directory(from, failure)) {
    return io.fail({error_code::usage, fmt::format("{} is not a folder", from)});
  }
  progress bar(io.err().is_terminal() && !io.quiet());
  result<staged_output> out = staged_output::make(call.text("out"), call.flag("force"), from);
  if (!out) { return io.fail(out.error()); }
  refusal_list refusals;
  status done = convert_book(from, out.value().path(), format_of(call), refusals,
                             show_writing(call, bar, call.text("out"), 0), rounding_in(call));
  if (!done) { return refusals.empty() ? io.fail(done.error()) : io.refuse(from, refusals); }
  io.add_notes(refusals.notes());
  done = out.value().commit();
  if (!done) { return io.fail(done.error()); }
  io.note(fmt::format("{}: wrote the book in {} as {}", call.text("out"), from, call.text("format")));
  return exit_code::done;
}

}  // namespace plimsoll::cli
