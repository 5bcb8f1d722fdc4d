#include "host/cli/loading.hpp"

#include <chrono>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "host/cli/command_table.hpp"
#include "host/cli/grid.hpp"
#include "host/cli/rulebook_choice.hpp"
#include "host/io/load_book.hpp"
#include "host/io/text.hpp"
#include "host/text/instant.hpp"

namespace plimsoll::cli {

int threads_of(const invocation& call) { return call.given("threads") ? static_cast<int>(call.count("threads")) : 0; }

std::optional<rounding> rounding_in(const invocation& call) {
  if (find_option(call.command(), "round") == nullptr || !call.given("round")) { return std::nullopt; }
  return rounding_of(call.text("round"));
}

loaded_book load_for(const invocation& call, session& io, progress& bar) {
  loaded_book out;
  const std::string folder = call.operand(0);
  const auto began = std::chrono::steady_clock::now();
  load_options options;
  options.threads = threads_of(call);
  options.round = rounding_in(call);
  options.on_progress = [&](std::string_view stage, double share) {
    bar.stage(fmt::format("reading {}: {}", folder, stage));
    bar.set_share(share);
  };
  std::error_code failure;
  if (!std::filesystem::is_directory(folder, failure)) {
    out.code = io.fail({error_code::usage, fmt::format("{} is not a folder{}", folder,
                                                       failure ? ": " + failure.message() : std::string())});
    return out;
  }
  refusal_list refusals;
  result<book> loaded = load_book(folder, options, refusals);
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (!loaded) {
    out.code = refusals.empty() ? io.fail(loaded.error()) : io.refuse(folder, refusals);
    return out;
  }
  const status used = use_rulebook(call, loaded.value(), refusals);
  io.add_notes(refusals.notes());
  if (!used) {
    out.code = refusals.empty() ? io.fail(used.error()) : io.refuse(folder, refusals);
    return out;
  }
  out.source = std::move(loaded).value();
  if (io.err().is_terminal()) {
    const std::size_t rows = out.source->units.size() + out.source->positions.size();
    io.note(io.err().paint(accent::faint,
                           fmt::format("read {}: {} units and positions in {:.1f} s, {} rows/s", folder, grouped(rows),
                                       out.seconds, short_count(static_cast<double>(rows) / out.seconds))));
  }
  return out;
}

result<std::filesystem::path> file_named(const invocation& call, std::string_view option) {
  std::filesystem::path path = call.text(option);
  std::error_code ignored;
  if (std::filesystem::status(path, ignored).type() == std::filesystem::file_type::not_found) {
    return error{error_code::usage, fmt::format("--{} {}: No such file or directory", option, path.string())};
  }
  return path;
}

result<std::optional<std::int64_t>> as_of_in(const invocation& call) {
  if (!call.given("as-of")) { return std::optional<std::int64_t>(); }
  const std::string& text = call.text("as-of");
  const instant time = parse_instant(text);
  // The unit cannot be set for an option, so the message gives the time itself.
  const std::string_view likely(time.fault != nullptr ? time.fault : "");
  for (const time_unit unit : {time_unit::s, time_unit::ms, time_unit::us, time_unit::ns}) {
    if (!likely.starts_with(fmt::format("looks like epoch {}", name_of(unit)))) { continue; }
    return error{error_code::usage, fmt::format("--as-of \"{}\" looks like epoch {}; write it as {}", text,
                                                name_of(unit), format_instant(parse_instant(text, unit).ns))};
  }
  if (time.fault != nullptr) {
    return error{error_code::usage, fmt::format("--as-of \"{}\" {}", call.text("as-of"), time.fault)};
  }
  return std::optional<std::int64_t>(time.ns);
}

std::vector<note> idle_as_of(const invocation& call, const book& source) {
  if (!call.given("as-of") || source.reference.venue.max_mark_age_ns) { return {}; }
  return {{"--as-of does nothing: the venue sets no max_mark_age, so no mark is too old"}};
}

}  // namespace plimsoll::cli
