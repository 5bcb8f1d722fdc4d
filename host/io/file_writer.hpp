// A file that is written from start to end; each failure names path and cause.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "plimsoll/result.hpp"

namespace plimsoll::io {

/// Owns a file descriptor. Errors are of code io; their message names the path and the system's cause.
class file_writer {
 public:
  /// Creates a new file; an existing file is an error.
  [[nodiscard]] static result<file_writer> create(std::filesystem::path path);

  file_writer(file_writer&& other) noexcept;
  file_writer& operator=(file_writer&&) = delete;
  ~file_writer();

  [[nodiscard]] status write(std::string_view bytes);
  /// Flushes the bytes to disk and closes the file.
  [[nodiscard]] status close();

  [[nodiscard]] std::int64_t length() const { return length_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  file_writer(std::filesystem::path path, int file) : path_(std::move(path)), file_(file) {}

  std::filesystem::path path_;
  int file_ = -1;
  std::int64_t length_ = 0;
};

/// Writes a whole file in one call.
[[nodiscard]] status write_file(const std::filesystem::path& path, std::string_view bytes);

/// Flushes the entries of a folder to disk.
[[nodiscard]] status sync_folder(const std::filesystem::path& folder);

/// An error of code io: "path: cause".
[[nodiscard]] error io_error(const std::filesystem::path& path, int error_number);

}  // namespace plimsoll::io
