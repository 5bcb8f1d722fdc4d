// A file written from the start to the end, each failure with path and cause.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "plimsoll/result.hpp"

namespace plimsoll::io {

/// Owns a file descriptor. Errors are of code io; their message names the path and the system's cause.
class file_writer {
 public:
  /// A new file; one that is there already is an error.
  [[nodiscard]] static result<file_writer> create(std::filesystem::path path);

  file_writer(file_writer&& other) noexcept;
  file_writer& operator=(file_writer&&) = delete;
  ~file_writer();

  [[nodiscard]] status write(std::string_view bytes);
  /// Brings the bytes to the disk and closes the file.
  [[nodiscard]] status close();

  [[nodiscard]] std::int64_t length() const { return length_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  file_writer(std::filesystem::path path, int file) : path_(std::move(path)), file_(file) {}

  std::filesystem::path path_;
  int file_ = -1;
  std::int64_t length_ = 0;
};

/// A whole file at once.
[[nodiscard]] status write_file(const std::filesystem::path& path, std::string_view bytes);

/// Brings a folder's entries to the disk.
[[nodiscard]] status sync_folder(const std::filesystem::path& folder);

/// An error of code io: "path: cause".
[[nodiscard]] error io_error(const std::filesystem::path& path, int error_number);

}  // namespace plimsoll::io
