#include "host/cli/progress.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "host/cli/inside.hpp"
#include "host/cli/terminal.hpp"

namespace plimsoll::cli {

namespace {

constexpr auto repaint_interval = std::chrono::milliseconds(100);
constexpr auto first_paint_after = std::chrono::milliseconds(300);  // Short work shows nothing.

std::mutex line_mutex;
bool line_is_up = false;

}  // namespace

namespace progress_line {

void clear() {
  const std::lock_guard lock(line_mutex);
  if (!line_is_up) { return; }
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  line_is_up = false;
}

}  // namespace progress_line

std::string short_count(double count) {
  constexpr const char* suffixes[] = {"", " k", " M", " G"};
  std::size_t group = 0;
  for (; count >= 999.5 && group + 1 < std::size(suffixes); ++group) { count /= 1000; }
  return fmt::format("{}{}", count < 999.5 ? fmt::format("{:.3g}", count) : fmt::format("{:.0f}", count),
                     suffixes[group]);
}

std::string progress_text(const std::string& stage, double share, std::uint64_t rows_done, double seconds, int width,
                          std::string_view counted) {
  std::string text = stage;
  if (share >= 0) {
    constexpr std::size_t bar = 24;
    const double part = std::min(1.0, share);
    const auto full = static_cast<std::size_t>(part * static_cast<double>(bar));
    text += fmt::format("  [{}{}] {:3.0f} %", std::string(full, '#'), std::string(bar - full, '.'), part * 100);
  }
  if (rows_done != 0 && seconds > 0) {
    text += fmt::format("  {} {}/s", short_count(static_cast<double>(rows_done) / seconds), counted);
  }
  text += fmt::format("  {:.0f} s", seconds);
  if (text.size() > static_cast<std::size_t>(width)) { text.resize(static_cast<std::size_t>(width)); }
  return text;
}

progress::progress(bool visible) : visible_(visible) {
  if (visible_) {
    painter_ = std::thread([this] { paint_until_stopped(); });
  }
}

progress::~progress() {
  if (listener* const hears = listener_here()) { hears->end_stages(); }
  if (!visible_) { return; }
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  painter_.join();
  progress_line::clear();
}

void progress::stage(std::string name, std::uint64_t rows_total, std::string_view counted) {
  listener* const hears = listener_here();
  if (hears != nullptr) { hears->end_stages(); }
  const std::lock_guard lock(mutex_);
  name_ = std::move(name);
  began_ = std::chrono::steady_clock::now();
  total_ = rows_total;
  counted_ = counted;
  done_ = 0;
  share_ = -1;
  if (hears != nullptr) { hears->begin_stage({name_, -1, 0, rows_total, counted_}, &done_, &share_); }
}

void progress::paint_until_stopped() {
  const terminal screen(stderr);
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, first_paint_after, [this] { return stopping_; });
  while (!stopping_) {
    if (!name_.empty()) {
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
      const std::uint64_t total = total_;
      const double share = total != 0 ? static_cast<double>(done_) / static_cast<double>(total) : share_.load();
      const std::string text = progress_text(name_, share, done_, seconds, screen.width() - 1, counted_);
      const std::lock_guard line(line_mutex);
      std::fprintf(stderr, "\r\033[K%s", text.c_str());
      std::fflush(stderr);
      line_is_up = true;
    }
    changed_.wait_for(lock, repaint_interval, [this] { return stopping_; });
  }
}

}  // namespace plimsoll::cli
