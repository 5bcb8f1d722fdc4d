#include "host/io/file_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace plimsoll::io {

error io_error(const std::filesystem::path& path, int error_number) {
  return {error_code::io, path.string() + ": " + std::strerror(error_number), static_cast<std::uint64_t>(error_number)};
}

result<file_writer> file_writer::create(std::filesystem::path path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) { return io_error(path, errno); }
  return file_writer(std::move(path), file);
}

file_writer::file_writer(file_writer&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)), length_(other.length_) {}

file_writer::~file_writer() {
  if (file_ >= 0) { ::close(file_); }
}

status file_writer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    constexpr std::size_t at_once_max = std::size_t{1} << 30;  // Some systems write less than 2 GiB per call.
    const ssize_t count = ::write(file_, bytes.data(), std::min(bytes.size(), at_once_max));
    if (count < 0) {
      if (errno == EINTR) { continue; }
      return io_error(path_, errno);
    }
    length_ += count;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return ok();
}

status file_writer::close() {
  if (::fsync(file_) != 0 && errno != EINVAL && errno != EROFS) { return io_error(path_, errno); }
  if (::close(std::exchange(file_, -1)) != 0) { return io_error(path_, errno); }
  return ok();
}

status write_file(const std::filesystem::path& path, std::string_view bytes) {
  auto file = file_writer::create(path);
  if (!file) { return std::move(file).error(); }
  PLIMSOLL_TRY(file.value().write(bytes));
  return file.value().close();
}

status sync_folder(const std::filesystem::path& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) { return io_error(folder, errno); }
  const int synced = ::fsync(file);
  const int cause = errno;
  ::close(file);
  if (synced != 0 && cause != EINVAL && cause != EROFS) { return io_error(folder, cause); }
  return ok();
}

}  // namespace plimsoll::io
