// Numbers finer than their step: refused with a remedy that works, or rounded as requested, to the last digit.
#include "host/text/rounding.hpp"

#include <cmath>
#include <random>
#include <string>

#include <boost/multiprecision/cpp_int.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/io/draft.hpp"

namespace plimsoll {
namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;
using ::testing::AllOf;
using ::testing::Contains;
using testing::draft;
using ::testing::HasSubstr;
using testing::load;
using testing::loaded;

decimal number(const std::string& text) {
  decimal out;
  EXPECT_EQ(parse_long_decimal(text, out), decimal_fault::none) << text;
  return out;
}

cpp_rational rational(const decimal& value) {
  return cpp_rational(cpp_int(format_units(value.mantissa, 0)), pow(cpp_int(10), static_cast<unsigned>(value.scale)));
}

/// `value` in whole steps by the schoolbook.
cpp_int steps_of(const cpp_rational& value, const cpp_rational& step, rounding mode) {
  const cpp_rational ratio = value / step;
  const cpp_int num = abs(numerator(ratio)), den = denominator(ratio);
  cpp_int count = num / den;
  const cpp_int twice = 2 * (num - count * den);
  if (mode == rounding::half_even && (twice > den || (twice == den && count % 2 == 1))) { ++count; }
  return ratio < 0 ? cpp_int(-count) : count;
}

TEST(rounding, is_that_of_exact_fractions) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto digits = static_cast<int>(random() % 20);
    const decimal value{static_cast<std::int64_t>(random() >> (random() % 60)) * (random() % 2 == 0 ? 1 : -1), digits};
    const decimal step{static_cast<std::int64_t>(random() % 3 == 0 ? 1 + random() % 30 : 1),
                       static_cast<int>(random() % 20)};
    for (const rounding mode : {rounding::half_even, rounding::down}) {
      const auto got = round_to_step(value, step, mode);
      ASSERT_TRUE(got);
      EXPECT_EQ(rational(*got), rational(step) * cpp_rational(steps_of(rational(value), rational(step), mode)))
          << format_decimal(value) << " by " << format_decimal(step) << ' ' << to_string(mode);
    }
  }
}

TEST(rounding, ties_and_signs) {
  const auto round = [](const char* value, const char* step, rounding mode) {
    return format_decimal(*round_to_step(number(value), number(step), mode));
  };
  EXPECT_EQ(round("0.125", "0.01", rounding::half_even), "0.12");
  EXPECT_EQ(round("0.135", "0.01", rounding::half_even), "0.14");
  EXPECT_EQ(round("-0.125", "0.01", rounding::half_even), "-0.12");
  EXPECT_EQ(round("-0.129", "0.01", rounding::down), "-0.12");
  EXPECT_EQ(round("1.25", "0.5", rounding::half_even), "1.0");
  EXPECT_EQ(round("1.75", "0.5", rounding::half_even), "2.0");
  EXPECT_FALSE(round_to_step(number("0.125"), number("0.01"), rounding::refuse));
  EXPECT_TRUE(round_to_step(number("0.12"), number("0.01"), rounding::refuse));
}

TEST(rounding, floats_are_what_they_are_and_round_as_that) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 20'000; ++i) {
    // Money of all sizes, and values near a tie of 8 decimals.
    const double near_tie = (static_cast<double>(random() % 2'000'000) + 0.5) * 1e-8;
    const double value =
        i % 2 == 0 ? std::ldexp(static_cast<double>(random() >> 11), -static_cast<int>(random() % 90)) : near_tie;
    if (value > 1e20) { continue; }
    int exponent = 0;
    const auto bits = static_cast<std::int64_t>(std::ldexp(std::frexp(value, &exponent), 53));
    exponent -= 53;
    const cpp_int power = pow(cpp_int(2), static_cast<unsigned>(std::abs(exponent)));
    const cpp_rational exact = exponent < 0 ? cpp_rational(cpp_int(bits), power) : cpp_rational(cpp_int(bits) * power);
    const auto read = exact_decimal(value);
    ASSERT_TRUE(read) << value;
    for (const rounding mode : {rounding::half_even, rounding::down}) {
      const auto got = round_to_step(*read, {1, 8}, mode);
      ASSERT_TRUE(got);
      EXPECT_EQ(rational(*got) * 100'000'000, cpp_rational(steps_of(exact, cpp_rational(1, 100'000'000), mode)))
          << value;
    }
  }
  EXPECT_EQ(format_decimal(*shortest_decimal(0.1)), "0.1");
  EXPECT_EQ(format_decimal(*shortest_decimal(1e-7)), "0.0000001");
  EXPECT_EQ(format_decimal(*exact_decimal(-0.5)), "-0.5");
  EXPECT_FALSE(exact_decimal(std::nan("")));
  EXPECT_FALSE(exact_decimal(HUGE_VAL));
}

TEST(rounding, long_numbers_keep_what_decides) {
  const std::string digits(60, '0');
  EXPECT_EQ(format_decimal(*round_to_step(number("0.5" + digits + "1"), {1, 0}, rounding::half_even)), "1");
  EXPECT_EQ(format_decimal(*round_to_step(number("0.5" + digits), {1, 0}, rounding::half_even)), "0");
  EXPECT_EQ(format_decimal(*round_to_step(number("0.4" + std::string(60, '9')), {1, 0}, rounding::half_even)), "0");
  EXPECT_EQ(
      format_decimal(number("82557.290272007943713106215000152587890625").mantissa > 0 ? number("8.25e4") : decimal{}),
      "82500");
  EXPECT_EQ(format_decimal(number("1e-07")), "0.0000001");
  EXPECT_EQ(format_decimal(number("-1.50E+2")), "-150");
  decimal out;
  for (const char* text : {"", "e5", "1e", "1e+", "1.e5", "0x1", "nan", "inf", "1,5", " 1", "1e99999999999"}) {
    EXPECT_NE(parse_long_decimal(text, out), decimal_fault::none) << text;
  }
}

const std::string round_up = "[import]\nround = \"half_even\"\n";

/// The one refusal of a book, as text.
std::string refusal_of(const draft& source) {
  const loaded found = load(source);
  EXPECT_FALSE(found.outcome) << "it is refused";
  return found.text();
}

TEST(io_rounding, an_advice_followed_once_leads_in) {
  // A mark beyond 2^40 steps, finer than any step that holds it.
  draft source = draft()
                     .change("instruments.csv", "1,0.1,0.001,T", "1,0.0000000001,0.001,T")
                     .change("marks.csv", "61000.5", "61234.5678912345");
  EXPECT_THAT(refusal_of(source), HasSubstr("more than 2^40 price steps of 0.0000000001; set price_step of BTCUSDT to "
                                            "0.000001 and round to it: --round half_even"));
  source.change("instruments.csv", "0.0000000001", "0.000001").append("venue.toml", round_up);
  loaded found = load(source);
  ASSERT_TRUE(found.outcome) << found.text();
  EXPECT_EQ(found.outcome.value().marks[1].ticks, 61'234'567'891);
  EXPECT_THAT(found.notes,
              Contains("marks.csv: column mark: 1 number was finer than the step and rounded (half_even); the "
                       "largest change is -0.0000002345, in row 2"));

  // An amount of 18 decimals, its step blank or that fine.
  for (const char* step : {"", "0.000000000000000001"}) {
    source = draft()
                 .change("assets.csv", "USDT,0.000001", std::string("USDT,") + step)
                 .change("balances.csv", "1000.5", "123456.123456789012345678");
    EXPECT_THAT(refusal_of(source),
                AllOf(HasSubstr("is beyond 2^62 steps"),
                      HasSubstr("set assets.step of USDT to 0.00000001 and round to it: --round half_even")));
    source.change("assets.csv", std::string("USDT,") + step, "USDT,0.00000001").append("venue.toml", round_up);
    found = load(source);
    ASSERT_TRUE(found.outcome) << found.text();
  }
  // A size of 18 decimals.
  source = draft()
               .change("instruments.csv", "1,0.1,0.001,T", "1,0.1,0.000000000000000001,T")
               .change("positions.csv", "0.5,60000.1", "5.000000000000000001,60000.1");
  EXPECT_THAT(refusal_of(source),
              HasSubstr("set size_step of BTCUSDT to 0.00000001 and round to it: --round half_even"));
  // A number that is only too fine.
  EXPECT_THAT(refusal_of(draft().change("balances.csv", "1000.5", "1000.1234567")),
              HasSubstr("is finer than the step 0.000001 of USDT; round to 6 decimals: --round half_even"));
  EXPECT_THAT(refusal_of(draft().change("marks.csv", "BTCUSD,61000", "BTCUSD,61000.3")),
              HasSubstr("round to multiples of 0.5: --round half_even"));
  EXPECT_THAT(refusal_of(draft().change("balances.csv", "1000.5", "1e3")),
              HasSubstr("with --round half_even it is read"));
}

TEST(io_rounding, a_blank_step_is_not_set_by_a_stray_cell) {
  const draft source = draft()
                           .change("assets.csv", "USDT,0.000001", "USDT,")
                           .change("balances.csv", "1000.5", "1000.5000000000000001")
                           .append("venue.toml", round_up);
  const loaded found = load(source);
  ASSERT_TRUE(found.outcome) << found.text();
  EXPECT_EQ(found.outcome.value().reference.assets[1].digits, 8);
  EXPECT_THAT(found.notes, Contains(HasSubstr("the largest change is -0.0000000000000001, in row 2")));
}

TEST(io_rounding, the_option_goes_before_the_file) {
  const testing::scratch_folder folder;
  draft().change("balances.csv", "1000.5", "1000.1234569").append("venue.toml", round_up).write(folder.path());
  load_options options;
  options.round = rounding::down;
  refusal_list refusals;
  const auto down = load_book(folder.path(), options, refusals);
  ASSERT_TRUE(down);
  EXPECT_EQ(down.value().reference.venue.import.round, rounding::down);
  EXPECT_EQ(down.value().units.balance[0], 1'000'123'456);
  options.round = rounding::refuse;
  EXPECT_FALSE(load_book(folder.path(), options, refusals));
}

TEST(io_rounding, a_size_that_rounds_to_nothing_is_refused) {
  EXPECT_THAT(refusal_of(draft().change("positions.csv", "0.5,", "0.0001,").append("venue.toml", round_up)),
              HasSubstr("rounds to zero size steps of 0.001 of BTCUSDT; remove the row"));
}

TEST(io_times, whole_numbers_count_what_somebody_says) {
  const std::pair<const char*, const char*> units[] = {
      {"s", "1740830400"}, {"ms", "1740830400000"}, {"us", "1740830400000000"}, {"ns", "1740830400000000000"}};
  const char* const names[] = {"seconds", "milliseconds", "microseconds", "nanoseconds"};
  for (std::size_t i = 0; i < std::size(units); ++i) {
    const auto& [unit, text] = units[i];
    draft source = draft().change("marks.csv", "2025-03-01T12:00:00Z", text);
    EXPECT_THAT(refusal_of(source), HasSubstr("\"" + std::string(text) + "\" looks like epoch " + names[i] +
                                              ": set as_of_unit = \"" + unit + "\""));
    source.append("venue.toml", "[import]\nas_of_unit = \"" + std::string(unit) + "\"\n");
    const loaded found = load(source);
    ASSERT_TRUE(found.outcome) << found.text();
    EXPECT_EQ(found.outcome.value().marks[1].as_of_ns, 1'740'830'400'000'000'000) << unit;
    source.change("marks.csv", text, "2025-03-01T12:00:00Z");
    EXPECT_EQ(load(source).outcome.value().marks[1].as_of_ns, 1'740'830'400'000'000'000) << "RFC 3339 stays what it is";
  }
  EXPECT_THAT(refusal_of(draft().change("marks.csv", "2025-03-01T12:00:00Z", "20250301")),
              HasSubstr("is a whole number: write its unit as as_of_unit"));
}

}  // namespace
}  // namespace plimsoll
