#include "host/replay/event_rows.hpp"

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

namespace plimsoll {

namespace {

constexpr std::uint64_t block_bytes = event_rows::block_rows * sizeof(event_row);

off_t offset_of(std::uint64_t row) { return static_cast<off_t>(row * sizeof(event_row)); }

bool write_all(int file, const void* data, std::uint64_t bytes, off_t offset) {
  const auto* at = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t done = ::pwrite(file, at, bytes, offset);
    if (done < 0 && errno == EINTR) { continue; }
    if (done <= 0) { return false; }
    at += done;
    offset += done;
    bytes -= static_cast<std::uint64_t>(done);
  }
  return true;
}

void read_all(int file, void* data, std::uint64_t bytes, off_t offset) {
  auto* at = static_cast<char*>(data);
  while (bytes > 0) {
    const ssize_t done = ::pread(file, at, bytes, offset);
    if (done < 0 && errno == EINTR) { continue; }
    if (done <= 0) {
      throw std::system_error(done < 0 ? errno : EIO, std::generic_category(), "the events of the replay");
    }
    at += done;
    offset += done;
    bytes -= static_cast<std::uint64_t>(done);
  }
}

}  // namespace

event_rows::~event_rows() {
  if (file_ >= 0) { ::close(file_); }
}

void event_rows::swap(event_rows& other) noexcept {
  std::swap(blocks_, other.blocks_);
  std::swap(free_, other.free_);
  std::swap(size_, other.size_);
  std::swap(file_, other.file_);
  std::swap(full_, other.full_);
}

void event_rows::store_in(const std::filesystem::path& folder) {
  if (file_ >= 0) { return; }
  std::string name = (folder / ".events.XXXXXX").string();
  file_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (file_ < 0) { return; }
  ::unlink(name.c_str());
  for (std::uint64_t block = 0; block < size_ / block_rows; ++block) { store(block); }
}

/// A block that cannot be written stays in memory, and so do all later ones, because the file is full.
void event_rows::store(std::uint64_t block) {
  std::unique_ptr<event_row[]>& rows = blocks_[block];
  if (file_ < 0 || full_ || !rows) { return; }
  full_ = !write_all(file_, rows.get(), block_bytes, offset_of(block * block_rows));
  if (!full_) { free_ = std::move(rows); }
}

void event_rows::push_back(const event_row& row) {
  const std::uint64_t block = size_ / block_rows;
  if (block == blocks_.size()) {
    blocks_.push_back(free_ ? std::move(free_) : std::unique_ptr<event_row[]>(new event_row[block_rows]));
  }
  blocks_[block][size_ % block_rows] = row;
  ++size_;
  if (size_ % block_rows == 0) { store(block); }
}

void event_rows::forget() {
  for (std::uint64_t block = 0; block < size_ / block_rows; ++block) {
    if (blocks_[block]) { free_ = std::move(blocks_[block]); }
  }
}

const event_row* event_rows::block_at(std::uint64_t begin, std::uint64_t last,
                                      std::unique_ptr<event_row[]>& buffer) const {
  const std::unique_ptr<event_row[]>& rows = blocks_[begin / block_rows];
  if (rows) { return rows.get() + begin % block_rows; }
  if (!buffer) { buffer.reset(new event_row[block_rows]); }
  read_all(file_, buffer.get(), (last - begin) * sizeof(event_row), offset_of(begin));
  return buffer.get();
}

}  // namespace plimsoll
