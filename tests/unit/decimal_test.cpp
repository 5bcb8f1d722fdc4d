// Decimal text in and out: exact, or refused.
#include "host/text/decimal.hpp"

#include <string>

#include <gtest/gtest.h>

namespace plimsoll {
namespace {

decimal parsed(std::string_view text) {
  decimal out;
  EXPECT_EQ(parse_decimal(text, out), decimal_fault::none) << text;
  return out;
}

decimal_fault fault_of(std::string_view text) {
  decimal out;
  return parse_decimal(text, out);
}

TEST(decimal, reads_plain_text_exactly) {
  EXPECT_EQ(parsed("0"), (decimal{0, 0}));
  EXPECT_EQ(parsed("-0.00"), (decimal{0, 0}));
  EXPECT_EQ(parsed("000123.4500"), (decimal{12345, 2}));
  EXPECT_EQ(parsed("-7"), (decimal{-7, 0}));
  EXPECT_EQ(parsed("0.00000000000000000000000000000000000001"), (decimal{1, 38}));
  EXPECT_EQ(format_decimal(parsed("99999999999999999999999999999999999999")), "99999999999999999999999999999999999999");
}

TEST(decimal, refuses_everything_else) {
  EXPECT_EQ(fault_of(""), decimal_fault::empty);
  for (const char* text :
       {"1e5", "+1", "inf", "nan", " 1", "1 ", "1,5", ".5", "5.", "-", "--1", "0x10", "1.2.3", "\xEF\xBC\x91"}) {
    EXPECT_EQ(fault_of(text), decimal_fault::malformed) << text;
  }
  EXPECT_EQ(fault_of(std::string(39, '9')), decimal_fault::too_long);
  EXPECT_EQ(fault_of("0." + std::string(38, '0') + "1"), decimal_fault::too_long);
  EXPECT_EQ(fault_of(std::string(500, '0') + "1"), decimal_fault::none) << "leading zeros count for nothing";
}

TEST(decimal, units_are_exact_or_nothing) {
  EXPECT_EQ(to_units(parsed("1.25"), 2), int128{125});
  EXPECT_EQ(to_units(parsed("1.25"), 4), int128{12500});
  EXPECT_EQ(to_units(parsed("1.25"), 1), std::nullopt);
  EXPECT_EQ(to_units(parsed("1.20"), 1), int128{12}) << "trailing zeros are fine";
  EXPECT_EQ(to_units(parsed("99999999999999999999999999999999999999"), 5), std::nullopt);
}

TEST(decimal, steps_are_whole_or_nothing) {
  EXPECT_EQ(to_steps(parsed("67000.5"), parsed("0.5")), 134001);
  EXPECT_EQ(to_steps(parsed("67000.25"), parsed("0.5")), std::nullopt);
  EXPECT_EQ(to_steps(parsed("-300"), parsed("25")), -12);
  EXPECT_EQ(to_steps(parsed("9223372036854775807"), parsed("1")), 9223372036854775807);
  EXPECT_EQ(to_steps(parsed("9223372036854775808"), parsed("1")), std::nullopt);
}

TEST(decimal, prints_at_the_step) {
  EXPECT_EQ(format_units(0, 0), "0");
  EXPECT_EQ(format_units(0, 3), "0.000");
  EXPECT_EQ(format_units(-5, 3), "-0.005");
  EXPECT_EQ(format_units(123456, 3), "123.456");
  EXPECT_EQ(format_units(-(static_cast<int128>(1) << 126), 8), "-850705917302346158658436518579.42052864");
}

TEST(decimal, doubles_are_the_nearest) {
  EXPECT_EQ(to_double(parsed("0.1")), 0.1);
  EXPECT_EQ(to_double(parsed("9007199254740993")), 9007199254740992.0) << "a tie goes to even";
}

}  // namespace
}  // namespace plimsoll
