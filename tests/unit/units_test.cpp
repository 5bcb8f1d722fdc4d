// Types of quantities: what would mix them up must not compile.
#include "plimsoll/units.hpp"

#include <concepts>
#include <cstdint>
#include <type_traits>

#include <gtest/gtest.h>

#include "plimsoll/tick.hpp"

namespace plimsoll {
namespace {

template <class To, class From>
concept takes = requires(To to, From from) { to = from; };
template <class A, class B>
concept adds = requires(A a, B b) { a + b; };

template <class Mine, class... Others>
constexpr bool stands_alone =
    takes<Mine, Mine> && !takes<Mine, std::int64_t> && !takes<std::int64_t, Mine> &&
    (... && (!takes<Mine, Others> && !std::equality_comparable_with<Mine, Others> && !adds<Mine, Others>));

TEST(units, none_takes_another_nor_a_bare_number) {
  static_assert(stands_alone<price_ticks, size_lots, money_steps, money_sum>);
  static_assert(stands_alone<size_lots, price_ticks, money_steps, money_sum>);
  static_assert(stands_alone<money_steps, price_ticks, size_lots, money_sum>);
  static_assert(stands_alone<money_sum, price_ticks, size_lots, money_steps>);
  static_assert(!std::is_invocable_v<decltype(side_of), price_ticks>);
  EXPECT_EQ(side_of(size_lots{-1}), position_side::short_side);
}

}  // namespace
}  // namespace plimsoll
