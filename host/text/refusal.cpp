#include "host/text/refusal.hpp"

#include <algorithm>
#include <tuple>

namespace plimsoll {

namespace {

/// Order of listing: by file name, row, column, then the texts, so that threads do not show.
bool listed_before(const refusal& a, const refusal& b) {
  return std::tie(a.file, a.row, a.column, a.value, a.reason) < std::tie(b.file, b.row, b.column, b.value, b.reason);
}

}  // namespace

std::string to_string(const refusal& place) {
  std::string text = place.file;
  if (place.row > 0) { text += ", row " + std::to_string(place.row); }
  if (!place.column.empty()) { text += ", column " + place.column; }
  text += ": ";
  if (!place.value.empty()) { text += '"' + place.value + "\" "; }
  return text + place.reason;
}

void refusal_list::add(refusal place) {
  constexpr std::size_t value_length_max = 80;
  if (place.value.size() > value_length_max) { place.value = place.value.substr(0, value_length_max) + "..."; }
  const std::lock_guard lock(mutex_);
  ++count_;
  // Keep a heap of the first ones: its top is the last listed, which an earlier place pushes out.
  if (places_.size() < listed_max) {
    places_.push_back(std::move(place));
    std::push_heap(places_.begin(), places_.end(), listed_before);
  } else if (listed_before(place, places_.front())) {
    std::pop_heap(places_.begin(), places_.end(), listed_before);
    places_.back() = std::move(place);
    std::push_heap(places_.begin(), places_.end(), listed_before);
  }
}

void refusal_list::note(std::string text) {
  const std::lock_guard lock(mutex_);
  if (std::find(notes_.begin(), notes_.end(), text) == notes_.end()) { notes_.push_back(std::move(text)); }
}

bool refusal_list::empty() const {
  const std::lock_guard lock(mutex_);
  return count_ == 0;
}

std::uint64_t refusal_list::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::vector<refusal> refusal_list::listed() const {
  const std::lock_guard lock(mutex_);
  std::vector<refusal> places = places_;
  std::sort(places.begin(), places.end(), listed_before);
  return places;
}

std::vector<std::string> refusal_list::notes() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> sorted = notes_;
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

error refusal_list::to_error() const {
  std::string text;
  const auto places = listed();
  for (const refusal& place : places) {
    if (!text.empty()) { text += '\n'; }
    text += to_string(place);
  }
  const std::uint64_t all = count();
  if (all > places.size()) { text += "\nand " + std::to_string(all - places.size()) + " more"; }
  return {error_code::bad_data, std::move(text), all};
}

}  // namespace plimsoll
