#include "host/cli/staged_output.hpp"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include "host/cli/interruption.hpp"

namespace plimsoll::cli {

namespace {

namespace fs = std::filesystem;

/// True if `inner` is the folder `outer` or is below it.
bool holds(const fs::path& outer, const fs::path& inner) {
  std::error_code failure;
  const fs::path top = fs::weakly_canonical(outer, failure);
  if (failure) { return false; }
  const fs::path below = fs::weakly_canonical(inner, failure);
  if (failure) { return false; }
  // A trailing slash leaves a blank last part.
  const auto top_end = top.filename().empty() && top.has_relative_path() ? std::prev(top.end()) : top.end();
  return std::mismatch(top.begin(), top_end, below.begin(), below.end()).first == top_end;
}

}  // namespace

result<staged_output> staged_output::make(const fs::path& target, bool force, const fs::path& book) {
  if (!book.empty() && holds(target, book)) {
    return error{error_code::usage, target.string() + " contains the book; choose another folder"};
  }
  uninterrupted hold;
  result<output_folder> folder = output_folder::make(target, force);
  if (!folder) { return std::move(folder).error(); }
  hold.set_half_written(folder.value().path());
  return staged_output(std::move(folder).value());
}

result<std::optional<staged_output>> staged_in(const invocation& call) {
  if (!call.given("out")) { return std::optional<staged_output>(); }
  result<staged_output> made = staged_output::make(call.text("out"), call.flag("force"), call.operand(0));
  if (!made) { return std::move(made).error(); }
  return std::optional<staged_output>(std::move(made).value());
}

staged_output::~staged_output() {
  if (!folder_ || folder_->path().empty()) { return; }  // Committed or moved from.
  uninterrupted hold;
  folder_.reset();
  hold.set_half_written({});
}

status staged_output::commit() {
  uninterrupted hold;
  status done = folder_->commit();
  if (done) { hold.set_in_place(); }
  return done;
}

}  // namespace plimsoll::cli
