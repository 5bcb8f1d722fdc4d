#include "host/io/output_folder.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <stdio.h>  // renameat2
#include <stdlib.h>
#include <sys/stat.h>

#include "host/io/file_writer.hpp"

namespace plimsoll {

namespace {

namespace fs = std::filesystem;

/// The target without a trailing slash, absolute, and with symbolic links resolved if it exists.
fs::path resolved(const fs::path& target) {
  std::error_code ignored;
  fs::path path = fs::absolute(target, ignored).lexically_normal();
  if (path.filename().empty() && path.has_relative_path()) { path = path.parent_path(); }
  const fs::path canonical = fs::canonical(path, ignored);
  return ignored ? path : canonical;
}

enum class target_state { absent, empty, filled };

/// State of the target, or a usage error if it is not a folder.
result<target_state> look_at(const fs::path& target) {
  std::error_code cause;
  const fs::file_status found = fs::symlink_status(target, cause);
  if (!fs::exists(found)) {
    if (cause && cause != std::errc::no_such_file_or_directory) { return io::io_error(target, cause.value()); }
    return target_state::absent;
  }
  if (!fs::is_directory(found)) { return error{error_code::usage, target.string() + " exists and is not a folder"}; }
  const bool empty = fs::is_empty(target, cause);
  if (cause) { return io::io_error(target, cause.value()); }
  return empty ? target_state::empty : target_state::filled;
}

error needs_force(const fs::path& target) {
  return {error_code::usage, target.string() + " is not empty; --force replaces it"};
}

/// Flushes every folder of the tree to disk; files were flushed when they were closed.
status sync_tree(const fs::path& root) {
  std::error_code cause;
  for (const auto& entry : fs::recursive_directory_iterator(root, cause)) {
    if (entry.is_directory(cause)) { PLIMSOLL_TRY(io::sync_folder(entry.path())); }
  }
  if (cause) { return io::io_error(root, cause.value()); }
  return io::sync_folder(root);
}

}  // namespace

result<output_folder> output_folder::make(const fs::path& target, bool force) {
  const fs::path path = resolved(target);
  if (!path.has_filename() || path == path.root_path()) {
    return error{error_code::usage, target.string() + " cannot be replaced"};
  }
  auto state = look_at(path);
  if (!state) { return std::move(state).error(); }
  if (state.value() == target_state::filled && !force) { return needs_force(target); }
  std::vector<fs::path> parents;  // Missing parents, the innermost first.
  std::error_code cause;
  for (fs::path at = path.parent_path(); !fs::exists(at, cause) && at.has_relative_path(); at = at.parent_path()) {
    parents.push_back(at);
  }
  fs::create_directories(path.parent_path(), cause);
  if (cause) { return io::io_error(path.parent_path(), cause.value()); }
  std::string name = (path.parent_path() / ("." + path.filename().string() + ".XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) { return io::io_error(path.parent_path(), errno); }
  output_folder folder(path, name, force);
  folder.parents_ = std::move(parents);
  // mkdtemp makes the folder private; a result gets the usual permissions of a new folder.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (::chmod(name.c_str(), 0777 & ~mask) != 0) { return io::io_error(name, errno); }
  return folder;
}

output_folder::output_folder(output_folder&& other) noexcept
    : target_(std::move(other.target_)),
      staging_(std::exchange(other.staging_, {})),
      parents_(std::move(other.parents_)),
      force_(other.force_) {}

output_folder::~output_folder() {
  if (staging_.empty()) { return; }
  std::error_code ignored;  // A destructor cannot report a failure; the name of the folder shows what it is.
  fs::remove_all(staging_, ignored);
  for (const fs::path& parent : parents_) { fs::remove(parent, ignored); }  // Removes only an empty folder.
}

status output_folder::write_text(std::string_view name, std::string_view bytes) const {
  return io::write_file(staging_ / name, bytes);
}

status output_folder::commit() {
  PLIMSOLL_TRY(sync_tree(staging_));
  auto state = look_at(target_);  // The target may have changed in the meantime.
  if (!state) { return std::move(state).error(); }
  if (state.value() != target_state::filled) {
    // Renaming onto an empty folder replaces it in one step.
    if (::rename(staging_.c_str(), target_.c_str()) != 0) { return io::io_error(target_, errno); }
    staging_.clear();
    return io::sync_folder(target_.parent_path());
  }
  if (!force_) { return needs_force(target_); }
  if (::renameat2(AT_FDCWD, staging_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) != 0) {
    // The file system cannot swap: move the old folder aside, and back if the second step fails.
    const fs::path aside = staging_.string() + ".old";
    if (::rename(target_.c_str(), aside.c_str()) != 0) { return io::io_error(target_, errno); }
    if (::rename(staging_.c_str(), target_.c_str()) != 0) {
      const int cause = errno;
      if (::rename(aside.c_str(), target_.c_str()) != 0) {
        return error{error_code::io,
                     target_.string() + " was moved to " + aside.string() + " and could not be moved back"};
      }
      return io::io_error(target_, cause);
    }
    staging_ = aside;
  }
  // The old folder is now at `staging_`. The new one is in place, whether or not the old one can be removed.
  PLIMSOLL_TRY(io::sync_folder(target_.parent_path()));
  std::error_code cause;
  fs::remove_all(staging_, cause);
  const fs::path left = std::exchange(staging_, {});
  if (cause) { return io::io_error(left, cause.value()); }
  return ok();
}

}  // namespace plimsoll
