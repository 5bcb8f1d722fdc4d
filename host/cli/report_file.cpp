#include "host/cli/report_file.hpp"

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "host/cli/grid.hpp"
#include "host/cli/interruption.hpp"
#include "host/io/file_writer.hpp"

namespace plimsoll::cli {

namespace {

namespace fs = std::filesystem;

error usage(const fs::path& target, const char* cause) {
  return {error_code::usage, "--report " + target.string() + ": " + cause};
}

/// A usage error if the target exists already and may not be replaced.
status look_at(const fs::path& target, bool force) {
  std::error_code ignored;
  const fs::file_status found = fs::status(target, ignored);
  if (fs::is_directory(found)) { return usage(target, "is a folder; name a file"); }
  if (fs::exists(found) && !fs::is_regular_file(found)) { return usage(target, "exists and is not a regular file"); }
  if (fs::exists(found) && !force) { return usage(target, "exists already; --force replaces it"); }
  return ok();
}

fs::path folder_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

/// True if both name the same folder, which need not exist yet. A trailing slash does not matter.
bool same_folder(const fs::path& a, const fs::path& b) {
  std::error_code failure;
  const auto plain = [&](const fs::path& path) {
    const fs::path whole = fs::weakly_canonical(fs::absolute(path, failure), failure);
    return whole.has_filename() ? whole : whole.parent_path();
  };
  return plain(a) == plain(b) && !failure;
}

}  // namespace

result<report_file> report_file::make(const fs::path& target, bool force, const fs::path& out) {
  if (target.extension() != ".html" && target.extension() != ".htm") {
    return usage(target, "is an HTML page; its name must end in .html");
  }
  if (!out.empty() && same_folder(folder_of(target), out)) { return report_file(target, force, true); }
  std::error_code ignored;
  const fs::path folder = folder_of(target);
  if (!fs::exists(folder, ignored)) { return usage(target, "its folder does not exist"); }
  if (!fs::is_directory(folder, ignored)) { return usage(target, "is in a path that is not a folder"); }
  PLIMSOLL_TRY(look_at(target, force));
  report_file made(target, force, false);
  // Only an attempt shows whether a file can be created there.
  const uninterrupted hold;
  const fs::path probe = made.sibling();
  auto file = io::file_writer::create(probe);
  if (!file) { return io::io_error(target, static_cast<int>(file.error().detail)); }
  fs::remove(probe, ignored);
  return made;
}

fs::path report_file::sibling() const {
  return folder_of(target_) / ("." + target_.filename().string() + "." + std::to_string(::getpid()));
}

status report_file::write(std::string_view bytes) const {
  const uninterrupted hold;
  const fs::path beside = sibling();
  status written = io::write_file(beside, bytes);
  if (written) { written = look_at(target_, force_); }  // The target may have changed in the meantime.
  if (written && ::rename(beside.c_str(), target_.c_str()) != 0) { written = io::io_error(target_, errno); }
  if (!written) {
    std::error_code ignored;
    fs::remove(beside, ignored);
    return written;
  }
  return io::sync_folder(folder_of(target_));
}

result<std::optional<report_file>> report_in(const invocation& call) {
  if (!call.given("report")) { return std::optional<report_file>{}; }
  const std::string out = find_option(call.command(), "out") != nullptr ? call.text("out") : std::string();
  result<report_file> made = report_file::make(call.text("report"), call.flag("force"), out);
  if (!made) { return std::move(made).error(); }
  return std::optional<report_file>{std::move(made).value()};
}

status commit_with_report(std::optional<staged_output>& out, const std::optional<report_file>& file,
                          std::string_view html) {
  if (out && file && file->within_out()) { PLIMSOLL_TRY(out->write_text(file->name(), html)); }
  if (out) { PLIMSOLL_TRY(out->commit()); }
  return file && !file->within_out() ? file->write(html) : ok();
}

namespace {

std::string size_words(std::uintmax_t bytes) {
  const char* const units[] = {"bytes", "kB", "MB", "GB", "TB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 999.5 && unit + 1 < std::size(units); ++unit) { size /= 1000; }
  return fmt::format("{:.{}f} {}", size, unit == 0 || size >= 9.95 ? 0 : 1, units[unit]);
}

}  // namespace

std::string written_words(const invocation& call) {
  std::string out;
  if (call.given("out")) {
    std::uint64_t tables = 0;
    std::uintmax_t bytes = 0;
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(call.text("out"), ignored)) {
      if (!entry.is_regular_file(ignored)) { continue; }
      bytes += entry.file_size(ignored);
      const std::string ending = entry.path().extension().string();
      tables += ending == ".csv" || ending == ".parquet" || ending == ".arrow" ? 1U : 0U;
    }
    out = fmt::format("{}: {}, {}", call.text("out"), counted(tables, "table"), size_words(bytes));
  }
  if (find_option(call.command(), "report") != nullptr && call.given("report")) {
    out += (out.empty() ? "" : "; ") + call.text("report");
  }
  return out;
}

}  // namespace plimsoll::cli
