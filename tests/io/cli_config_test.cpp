// Option defaults from TOML.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/cli/config_file.hpp"

namespace plimsoll::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

option_texts read(std::string_view text, std::string_view name = "scan") {
  const result<option_texts> read = read_config(text, "c.toml", *find_command(name));
  EXPECT_TRUE(read) << (read ? "" : read.error().message);
  return read ? read.value() : option_texts{};
}

std::string fault(std::string_view text) {
  const result<option_texts> read = read_config(text, "c.toml", *find_command("scan"));
  EXPECT_FALSE(read) << text;
  if (read) { return {}; }
  EXPECT_EQ(read.error().code, error_code::usage);
  return read.error().message;
}

TEST(cli_config, gives_defaults_by_name) {
  const option_texts texts = read("threads = 4\nbackend = \"cpu\"\n[scan]\nformat = \"parquet\"\npositions = true\n");
  EXPECT_EQ(texts, (option_texts{{"threads", "4"}, {"backend", "cpu"}, {"format", "parquet"}, {"positions", "true"}}));
}

TEST(cli_config, gives_each_command_what_it_has) {
  EXPECT_EQ(read("threads = 4\nseed = 9\n"), (option_texts{{"threads", "4"}})) << "scan has no seed";
  EXPECT_EQ(read("seed = 9\nisolated-share = 0.3\n", "generate"),
            (option_texts{{"seed", "9"}, {"isolated-share", "0.3"}}));
}

TEST(cli_config, prefers_the_command_to_the_top) {
  EXPECT_EQ(read("format = \"csv\"\n[scan]\nformat = \"arrow\"\n"), (option_texts{{"format", "arrow"}}));
  EXPECT_EQ(read("force = true\n[scan]\nforce = false\n"), option_texts{});
}

TEST(cli_config, refuses_by_line) {
  EXPECT_THAT(fault("threads = 4\nthraeds = 5\n"),
              HasSubstr("c.toml:2: there is no option named thraeds; did you mean threads?"));
  EXPECT_THAT(fault("[scn]\nforce = true\n"), HasSubstr("there is no command named scn"));
  EXPECT_THAT(fault("[scan]\nthraeds = 1\n"),
              HasSubstr("there is no option of scan named thraeds; did you mean threads?"));
  // An option of another command was not intended.
  EXPECT_THAT(fault("[scan]\nseed = 1\n"), HasSubstr("c.toml:2: scan has no option seed; generate has one"));
  EXPECT_THAT(fault("[scan]\nbeta = 1\n"), Not(HasSubstr("betas")));
  EXPECT_THAT(fault("[scan]\nthreads = 0\n"), HasSubstr("c.toml:2: threads \"0\" is below 1"));
  EXPECT_THAT(fault("force = 1\n"), HasSubstr("true or false"));
  EXPECT_THAT(fault("[scan]\nformat = [\"csv\"]\n"), HasSubstr("not a text or number"));
  EXPECT_THAT(fault("help = true\n"), HasSubstr("no option named help"));
  EXPECT_THAT(fault("threads = \n"), HasSubstr("c.toml:1"));
}

}  // namespace
}  // namespace plimsoll::cli
