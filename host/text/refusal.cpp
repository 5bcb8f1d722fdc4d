#include "host/text/refusal.hpp"

#include <algorithm>
#include <tuple>

namespace plimsoll {

namespace {

/// Order of the list: by file name, row, column, then the texts, so that it does not depend on threads.
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

refusal_list::kind_view refusal_list::view_of(const refusal& place) {
  const std::string_view reason = place.reason;
  return {place.file, place.column, reason.substr(0, std::min(reason.find_first_of("0123456789\""), reason.size()))};
}

void refusal_list::add(refusal place) {
  constexpr std::size_t value_length_max = 80;
  if (place.value.size() > value_length_max) { place.value = place.value.substr(0, value_length_max) + "..."; }
  const std::lock_guard lock(mutex_);
  ++count_;
  auto found = kinds_.find(place);
  if (found == kinds_.end()) {
    const kind_view of = view_of(place);
    found = kinds_.emplace(kind{std::string(of.file), std::string(of.column), std::string(of.reason)}, places{}).first;
  }
  std::vector<refusal>& first = found->second.first;
  // A fault of a whole file is one fault, however often it is met.
  if (place.row == 0 && std::any_of(first.begin(), first.end(), [&](const refusal& one) {
        return one.value == place.value && one.reason == place.reason;
      })) {
    --count_;
    return;
  }
  ++found->second.count;
  if (first.size() == alike_max && !listed_before(place, first.back())) { return; }
  first.insert(std::upper_bound(first.begin(), first.end(), place, listed_before), std::move(place));
  if (first.size() > alike_max) { first.pop_back(); }
}

void refusal_list::note(std::string text, std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  const bool is_known = std::any_of(notes_.begin(), notes_.end(), [&](const auto& one) { return one.text == text; });
  if (!is_known) { notes_.push_back({std::move(text), count}); }
}

bool refusal_list::empty() const {
  const std::lock_guard lock(mutex_);
  return count_ == 0;
}

std::uint64_t refusal_list::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::vector<refusal_list::listed_place> refusal_list::chosen() const {
  std::vector<listed_place> out;
  for (const auto& [name, of] : kinds_) {
    for (const refusal& place : of.first) { out.push_back({&place, &of}); }
  }
  std::sort(out.begin(), out.end(),
            [](const listed_place& a, const listed_place& b) { return listed_before(*a.place, *b.place); });
  if (out.size() > listed_max) { out.resize(listed_max); }
  return out;
}

std::vector<refusal> refusal_list::listed() const {
  const std::lock_guard lock(mutex_);
  std::vector<refusal> out;
  for (const listed_place& one : chosen()) { out.push_back(*one.place); }
  return out;
}

std::vector<std::string> refusal_list::lines() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  std::uint64_t counted = 0;
  for (const auto& [place, of] : chosen()) {
    out.push_back(to_string(*place));
    ++counted;
    if (place != &of->first.back() || of->count == of->first.size()) { continue; }
    const std::uint64_t more = of->count - of->first.size();
    counted += more;
    out.push_back(place->file + (place->column.empty() ? "" : ", column " + place->column) + ": " +
                  std::to_string(more) + (more == 1 ? " more row" : " more rows") + " like row " +
                  std::to_string(place->row));
  }
  if (count_ > counted) { out.push_back("and " + std::to_string(count_ - counted) + " more"); }
  return out;
}

std::vector<note> refusal_list::notes() const {
  const std::lock_guard lock(mutex_);
  std::vector<plimsoll::note> sorted = notes_;
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.text < b.text; });
  return sorted;
}

error refusal_list::to_error() const {
  std::string text;
  for (const std::string& line : lines()) { text += (text.empty() ? "" : "\n") + line; }
  return {error_code::bad_data, std::move(text), count()};
}

}  // namespace plimsoll
