#include "host/cli/session.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <fmt/format.h>

#include "host/cli/inside.hpp"
#include "host/cli/progress.hpp"

namespace plimsoll::cli {

int exit_code_of(error_code code) {
  switch (code) {
    case error_code::usage: return exit_code::usage;
    case error_code::bad_data:
    case error_code::not_supported: return exit_code::bad_data;
    case error_code::device_missing:
    case error_code::device_memory: return exit_code::no_device;
    case error_code::interrupted: return exit_code::interrupted;
    case error_code::io:
    case error_code::out_of_memory:
    case error_code::device_fault:
    case error_code::device_lost:
    case error_code::invariant_broken: return exit_code::failed;
  }
  return exit_code::failed;
}

void session::print(std::string_view text) {
  if (listener* const hears = listener_here()) {
    hears->data += text;
    return;
  }
  progress_line::clear();
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) { note_failure(); }
}

void session::note_failure() {
  if (!out_failed_ && errno == EPIPE) { reader_left_ = true; }
  out_failed_ = true;
}

void session::warn(std::string_view line) {
  if (listener* const hears = listener_here()) {
    hears->lines.emplace_back(line);
    return;
  }
  progress_line::clear();
  const std::string whole = std::string(line) + "\n";
  (void)std::fwrite(whole.data(), 1, whole.size(), stderr);
}

void session::note(std::string_view line) {
  if (!quiet_) { warn(line); }
}

int session::fail(const error& cause) {
  if (listener* const hears = listener_here()) { hears->failure = cause; }
  warn(fmt::format("{} {}", err_.paint(accent::bad, "plimsoll:"), cause.message));
  return exit_code_of(cause.code);
}

int session::refuse(std::string_view book, const refusal_list& refusals) {
  const std::string sentence =
      fmt::format("{} is refused: {} place{}", book, refusals.count(), refusals.count() == 1 ? "" : "s");
  if (listener* const hears = listener_here()) {
    hears->refusals = refusals.listed();
    hears->refused = refusals.count();
    hears->failure = error{error_code::bad_data, sentence};
  }
  for (const std::string& line : refusals.lines()) { warn(line); }
  warn(fmt::format("{} {}", err_.paint(accent::bad, "plimsoll:"), sentence));
  return exit_code::bad_data;
}

void session::add_notes(std::span<const plimsoll::note> notes) {
  for (const plimsoll::note& one : notes) {
    const auto same = [&](const plimsoll::note& other) { return other.text == one.text; };
    if (std::any_of(notes_.begin(), notes_.end(), same)) { continue; }
    note(err_.paint(accent::faint, "note: " + one.text));
    notes_.push_back(one);
  }
  if (listener* const hears = listener_here()) { hears->notes = notes_; }
}

void session::lead_with(std::span<const plimsoll::note> notes) {
  const auto before = static_cast<std::ptrdiff_t>(notes_.size());
  add_notes(notes);
  std::rotate(notes_.begin(), notes_.begin() + before, notes_.end());
  if (listener* const hears = listener_here()) { hears->notes = notes_; }
}

bool session::flush() {
  if (listener_here() != nullptr) { return true; }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) { note_failure(); }
  return !out_failed_;
}

}  // namespace plimsoll::cli
