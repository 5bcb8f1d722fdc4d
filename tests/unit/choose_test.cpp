// The choice of a backend, with simulated devices.
#include "host/backend/choose.hpp"

#include <string>

#include <gtest/gtest.h>

#include "host/book/book.hpp"

namespace plimsoll {
namespace {

result<device_facts> ten_bytes_free() {
  device_facts facts;
  facts.name = "Pretended GPU";
  facts.memory_free = 10;
  return facts;
}
result<device_facts> no_driver() { return error{error_code::device_missing, "no CUDA driver"}; }
/// Replaces the CUDA backend: any backend will do.
result<std::unique_ptr<backend>> make_it() { return make_cpu_backend(1); }
result<std::unique_ptr<backend>> fail_to_make_it() {
  return error{error_code::device_fault, "the device did not answer"};
}

constexpr linked_devices usable{ten_bytes_free, make_it, nullptr};

TEST(choose, cpu_is_always_there) {
  const auto choice = choose_backend("cpu", 2, 0, {});
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice.value().machine->name(), "cpu");
  EXPECT_NE(choice.value().machine->device().find("2 threads"), std::string::npos);
}

TEST(choose, best_takes_a_device_with_enough_memory) {
  const auto choice = choose_backend("best", 1, 10, usable);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice.value().why, "cuda on Pretended GPU, 0.0 GiB free");
}

TEST(choose, best_falls_back_and_says_why) {
  EXPECT_EQ(choose_backend("best", 1, 11, usable).value().why,
            "cpu, as there is no usable GPU (too little device memory: needs 0.0 GiB of 0.0 GiB free)");
  EXPECT_EQ(choose_backend("best", 1, 0, {no_driver, make_it, nullptr}).value().why,
            "cpu, as there is no usable GPU (no CUDA driver)");
  EXPECT_EQ(choose_backend("best", 1, 0, {}).value().why, "cpu, as there is no usable GPU (built without CUDA)");
  EXPECT_EQ(choose_backend("best", 1, 0, {ten_bytes_free, fail_to_make_it, nullptr}).value().why,
            "cpu, as there is no usable GPU (the device did not answer)");
}

TEST(choose, a_device_asked_for_by_name_is_not_replaced) {
  EXPECT_EQ(choose_backend("cuda", 1, 0, {}).error().code, error_code::device_missing);
  EXPECT_EQ(choose_backend("cuda", 1, 11, usable).error().code, error_code::device_memory);
  EXPECT_EQ(choose_backend("emulated", 1, 0, {}).error().code, error_code::device_missing);
}

TEST(choose, an_unknown_name_is_a_fault_of_the_caller) {
  const auto choice = choose_backend("tpu", 1, 0, {});
  ASSERT_FALSE(choice);
  EXPECT_EQ(choice.error().code, error_code::usage);
  EXPECT_NE(choice.error().message.find("\"tpu\""), std::string::npos);
}

TEST(choose, memory_needed_grows_with_the_book) {
  book small;
  book large;
  large.units.account.resize(1000);
  EXPECT_GT(device_bytes_needed(large), device_bytes_needed(small));
}

}  // namespace
}  // namespace plimsoll
