#include "tests/fuzz/call_material.hpp"

#include <string_view>

#include "tests/fuzz/fed_stream.hpp"
#include "tests/fuzz/venue_texts.hpp"

namespace plimsoll::fuzz {

std::array<std::uint64_t, 6> places::settle(plimsoll_status outcome, std::size_t first, std::size_t count) {
  std::array<std::uint64_t, 6> rows{};
  for (std::size_t i = 0; i < count; ++i) {
    ArrowArrayStream* const one = at(first + i);
    if (one == nullptr) { continue; }
    must((one->release != nullptr) == (outcome == PLIMSOLL_OK), "a table is missing, or is there after a failure");
    if (outcome != PLIMSOLL_OK) { continue; }
    rows.at(i) = drain(*one);
    counters().rows_out += rows.at(i);
  }
  return rows;
}

marks_given::marks_given(plimsoll_scanner reenter, tape& choices)
    : all_(sized<plimsoll_marks>(choices)), is_null_(choices.once_in(8)) {
  constexpr std::int64_t second_ns = 1'000'000'000;
  for (std::uint32_t i = choices.below(4); i > 0; --i) {
    plimsoll_mark one{};
    one.instrument = choices.once_in(12) ? draw_id(choices) : choices.below(2);
    one.ticks = choices.once_in(6) ? choices.number() : 20'000 + std::int64_t{choices.below(65'536)} * 2;
    one.has_time = choices.once_in(3) ? draw_enumerated(choices, 1) : 0;
    one.as_of_ns = choices.once_in(4) ? choices.number() : 1'767'225'600 * second_ns + choices.below(50) * second_ns;
    marks_.push_back(one);
  }
  const bool missing = choices.once_in(40);
  all_.marks = missing ? nullptr : marks_.data();
  all_.count = missing ? choices.word() : marks_.size();
  all_.has_now = choices.once_in(6) ? draw_enumerated(choices, 1) : 0;
  all_.now_ns = choices.number();
  if (choices.once_in(6)) {
    feed(marks_csv, reenter, choices, rows_);
    all_.table = &rows_;
  }
}

void marks_given::settle() {
  const bool handed_over = !is_null_ && has_size(all_);
  must(!handed_over || rows_.release == nullptr, "marks that were handed over are still there");
  if (rows_.release != nullptr) { rows_.release(&rows_); }
}

plimsoll_status checked_status(plimsoll_status outcome, const char* function) {
  tally& seen = counters();
  ++seen.calls;
  must(outcome >= PLIMSOLL_OK && outcome <= PLIMSOLL_BUSY, "a status that does not exist");
  ++seen.by_status[outcome];
  if (outcome == PLIMSOLL_OK) { return outcome; }
  plimsoll_error why{};
  why.struct_size = sizeof why;
  must(plimsoll_last_error(&why) == PLIMSOLL_OK, "the last error is not reported");
  if (outcome == PLIMSOLL_INVARIANT_BROKEN || outcome == PLIMSOLL_OUT_OF_MEMORY) {
    must(false, (std::string(function) + ": " + why.message).c_str());
  }
  must(why.status == outcome && std::string_view(why.call) == function, "the last error is that of another call");
  must(*why.message != 0, "the last error says nothing");
  must(why.refusals <= 100 && (why.refusals == 0 || outcome == PLIMSOLL_BAD_DATA), "places where there are none");
  plimsoll_refusal place{};
  place.struct_size = sizeof place;
  for (std::uint64_t i = 0; i < why.refusals; ++i) {
    must(plimsoll_last_refusal(i, &place) == PLIMSOLL_OK, "a place is missing");
    const bool whole = place.table != nullptr && place.column != nullptr && place.value != nullptr;
    must(whole && *place.reason != 0, "a place says nothing");
  }
  must(plimsoll_last_refusal(why.refusals, &place) == PLIMSOLL_USAGE, "there is a place too many");
  seen.refused_places += why.refusals;
  return outcome;
}

std::uint32_t draw_id(tape& choices) {
  constexpr std::uint32_t all[] = {0, 1, 0, 1, 2, 3, PLIMSOLL_NO_ID, 1'000'000};
  return choices.one_of(all);
}

const char* draw_name(tape& choices) {
  if (choices.once_in(100)) { return nullptr; }
  return choices.once_in(4) ? choices.one_of(names) : names[choices.below(4)];
}

int draw_enumerated(tape& choices, int last) {
  if (choices.once_in(100)) { return static_cast<int>(choices.number()); }
  return static_cast<int>(choices.below(static_cast<std::uint32_t>(last) + 1));
}

plimsoll_decimal draw_decimal(tape& choices) {
  plimsoll_decimal out{};
  const std::int64_t whole = choices.number();
  out.mantissa = {static_cast<std::uint64_t>(whole), whole < 0 ? -1 : 0};
  if (choices.once_in(16)) { out.mantissa.high = choices.number(); }
  out.scale = static_cast<std::int32_t>(choices.once_in(16) ? choices.number() : choices.below(4));
  return out;
}

plimsoll_update draw_update(tape& choices, std::uint32_t usual_asset) {
  auto out = sized<plimsoll_update>(choices);
  out.kind = draw_enumerated(choices, PLIMSOLL_DELIST);
  out.account = draw_name(choices);
  out.to = choices.once_in(3) ? draw_name(choices) : nullptr;
  out.instrument = draw_id(choices);
  out.asset = choices.once_in(4) ? draw_id(choices) : usual_asset;
  out.lots = choices.number();
  out.price = choices.once_in(2) ? plimsoll_decimal{{65'000, 0}, 0, 0} : draw_decimal(choices);
  out.amount = choices.number();
  out.fee = choices.once_in(8) ? choices.number() : 0;
  out.rate = choices.once_in(4) ? draw_decimal(choices) : plimsoll_decimal{{1, 0}, 4, 0};
  out.side = choices.once_in(4) ? draw_enumerated(choices, 1) : PLIMSOLL_NONE;
  out.margin_mode = choices.once_in(4) ? draw_enumerated(choices, 1) : PLIMSOLL_NONE;
  return out;
}

}  // namespace plimsoll::fuzz
