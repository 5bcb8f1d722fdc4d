// Command lines against the table: accepted ones, refused ones, and the messages.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/cli/arguments.hpp"
#include "host/cli/help_text.hpp"
#include "host/text/near_name.hpp"

namespace plimsoll::cli {
namespace {

using testing::HasSubstr;

const command_spec& command(std::string_view name) {
  const command_spec* found = find_command(name);
  EXPECT_NE(found, nullptr) << name;
  return *found;
}

result<invocation> parse(std::string_view name, const std::vector<std::string>& words,
                         const option_texts& defaults = {}) {
  return parse_arguments(command(name), words, defaults);
}

std::string fault(std::string_view name, const std::vector<std::string>& words) {
  const result<invocation> call = parse(name, words);
  EXPECT_FALSE(call);
  if (call) { return {}; }
  EXPECT_EQ(call.error().code, error_code::usage);
  return call.error().message;
}

TEST(cli_arguments, reads_options_in_every_spelling) {
  const result<invocation> call =
      parse("scan", {"book", "--out", "a", "--format=parquet", "--positions", "--threads", "7"});
  ASSERT_TRUE(call);
  EXPECT_EQ(call.value().operand(0), "book");
  EXPECT_EQ(call.value().text("out"), "a");
  EXPECT_EQ(call.value().text("format"), "parquet");
  EXPECT_TRUE(call.value().flag("positions"));
  EXPECT_FALSE(call.value().flag("force"));
  EXPECT_EQ(call.value().count("threads"), 7U);
  EXPECT_EQ(call.value().text("ladder"), "cover") << "a default";

  const result<invocation> letters = parse("scan", {"-o", "a", "-farrow", "-q", "book"});
  ASSERT_TRUE(letters);
  EXPECT_EQ(letters.value().text("out"), "a");
  EXPECT_EQ(letters.value().text("format"), "arrow");
  EXPECT_TRUE(letters.value().flag("quiet"));
}

TEST(cli_arguments, takes_what_begins_with_a_dash_where_it_must) {
  const result<invocation> shocked = parse("generate", {"--out", "b", "--shock", "-0.2"});
  ASSERT_TRUE(shocked);
  EXPECT_EQ(shocked.value().millionths("shock"), -200'000);
  const result<invocation> named = parse("explain", {"book", "--", "-1"});
  ASSERT_TRUE(named);
  EXPECT_EQ(named.value().operand(1), "-1");
}

TEST(cli_arguments, refuses_in_words_that_help) {
  EXPECT_THAT(fault("scan", {"book", "--formt", "csv"}), HasSubstr("did you mean --format?"));
  EXPECT_THAT(fault("scan", {"book", "--form", "csv"}), HasSubstr("--form")) << "no abbreviations";
  EXPECT_THAT(fault("scan", {"book", "--format", "xml"}), HasSubstr("is not one of csv, parquet, arrow"));
  EXPECT_THAT(fault("scan", {"book", "--format", "csv|parquet"}), HasSubstr("is not one of"));
  EXPECT_THAT(fault("scan", {"book", "--format", ""}), HasSubstr("--format"));
  EXPECT_THAT(fault("scan", {"book", "--format", "csv", "--format", "csv"}), HasSubstr("is given twice"));
  EXPECT_THAT(fault("scan", {"book", "--threads", "0"}), HasSubstr("is below 1"));
  EXPECT_THAT(fault("scan", {"book", "--threads", "-2"}), HasSubstr("whole number"));
  EXPECT_THAT(fault("scan", {"book", "--threads", "99999"}), HasSubstr("is above"));
  EXPECT_THAT(fault("scan", {"book", "--out"}), HasSubstr("out"));
  EXPECT_THAT(fault("scan", {}), HasSubstr("scan needs BOOK"));
  EXPECT_THAT(fault("scan", {"a", "b"}), HasSubstr("unexpected operand b"));
  EXPECT_THAT(fault("scan", {""}), HasSubstr("BOOK is blank"));
  EXPECT_THAT(fault("explain", {"book"}), HasSubstr("explain needs ACCOUNT"));
  EXPECT_THAT(fault("generate", {"--isolated-share", "1.5"}), HasSubstr("from 0 to 1"));
  EXPECT_THAT(fault("generate", {"--isolated-share", "0.1234567"}), HasSubstr("six decimals"));
  EXPECT_THAT(fault("generate", {"--shock", "1e-3"}), HasSubstr("six decimals"));
}

TEST(cli_arguments, asks_for_nothing_else_beside_help) {
  const result<invocation> call = parse("scan", {"--help"});
  ASSERT_TRUE(call);
  EXPECT_TRUE(call.value().flag("help"));
}

TEST(cli_arguments, lets_the_command_line_win_over_the_configuration) {
  const option_texts defaults = {{"format", "arrow"}, {"threads", "3"}};
  const result<invocation> call = parse("scan", {"book", "--out", "a", "--format", "csv"}, defaults);
  ASSERT_TRUE(call);
  EXPECT_EQ(call.value().text("format"), "csv");
  EXPECT_EQ(call.value().count("threads"), 3U);
  EXPECT_FALSE(parse("scan", {"book"}, {{"format", "xml"}})) << "defaults are checked as well";
}

TEST(cli_arguments, refuses_what_does_nothing_in_this_call) {
  EXPECT_THAT(fault("scan", {"book", "--positions"}),
              HasSubstr("--positions needs --out, because alone it does nothing"));
  EXPECT_THAT(fault("scan", {"book", "--force"}), HasSubstr("--force needs --out or --report"));
  EXPECT_THAT(fault("convert", {"book", "--force"}),
              HasSubstr("--force needs --out, because alone"));  // It writes no page.
  EXPECT_TRUE(parse("scan", {"book", "--force", "--report", "a.html"}));
  EXPECT_TRUE(parse("scan", {"book", "--positions"}, {{"out", "a"}})) << "the folder may come from the configuration";
  EXPECT_TRUE(parse("scan", {"book"}, {{"format", "arrow"}})) << "defaults are for every call";
}

TEST(cli_arguments, reads_lists_of_choices) {
  const result<invocation> call = parse("scan", {"book", "--fail-on", "held,bankrupt"});
  ASSERT_TRUE(call);
  EXPECT_EQ(call.value().items("fail-on"), (std::vector<std::string>{"held", "bankrupt"}));
  EXPECT_TRUE(parse("scan", {"book"}).value().items("fail-on").empty());
  for (const char* list : {"held,", ",held", "held,,bankrupt", "bankrupt|held", ""}) {
    EXPECT_THAT(fault("scan", {"book", "--fail-on", list}), HasSubstr("not one of bankrupt, liquidatable")) << list;
  }
}

TEST(cli_arguments, counts_in_thousands_and_millions) {
  EXPECT_EQ(parse_count("0").value, 0U);
  EXPECT_EQ(parse_count("10k").value, 10'000U);
  EXPECT_EQ(parse_count("40M").value, 40'000'000U);
  EXPECT_EQ(parse_count("18446744073709551615").value, UINT64_MAX);
  for (const char* text :
       {"", "k", "1.5k", "-1", "+1", "1 ", "1e6", "18446744073709551616", "18446744073709551615k", "1G"}) {
    EXPECT_FALSE(parse_count(text).ok) << text;
  }
}

TEST(cli_arguments, finds_the_configuration_before_anything_is_parsed) {
  const auto path = [](const std::vector<std::string>& words) { return config_path_in(words); };
  EXPECT_EQ(path({"book", "--config", "c.toml"}), "c.toml");
  EXPECT_EQ(path({"--config=c.toml"}), "c.toml");
  EXPECT_EQ(path({"--", "--config", "c.toml"}), "");
  EXPECT_EQ(path({"book"}), "");
}

TEST(cli_suggestion, knows_what_was_meant) {
  EXPECT_EQ(edit_distance("scan", "scna", 3), 1U) << "a swap is one slip";
  EXPECT_EQ(edit_distance("scan", "scan", 3), 0U);
  EXPECT_EQ(edit_distance("abc", "xyz", 2), 3U) << "more than asked for";
  EXPECT_EQ(nearest_name("sacn", {"scan", "explain"}), "scan");
  EXPECT_EQ(nearest_name("gnerate", {"scan", "generate"}), "generate");
  EXPECT_EQ(nearest_name("frobnicate", {"scan", "explain"}), "");
}

TEST(cli_help, says_everything_the_table_holds) {
  const std::string page = man_page();
  for (const command_spec& one : commands()) {
    const std::string text = command_help(one, terminal(stdout));
    EXPECT_FALSE(one.examples.empty()) << one.name;
    for (const example_spec& example : one.examples) { EXPECT_THAT(text, HasSubstr(std::string(example.line))); }
    for (const option_spec& option : one.options) {
      EXPECT_THAT(text, HasSubstr("--" + std::string(option.name)));
      EXPECT_FALSE(option.help.empty()) << option.name;
      EXPECT_TRUE(option.fallback.empty() || fault_of(option, option.fallback).empty()) << option.name;
      for (const char* shell : {"bash", "zsh"}) {
        EXPECT_THAT(completion_script(shell), HasSubstr("--" + std::string(option.name)));
      }
      EXPECT_THAT(completion_script("fish"), HasSubstr("-l " + std::string(option.name)));
    }
    EXPECT_THAT(page, HasSubstr(".SS " + std::string(one.name)));
  }
  EXPECT_EQ(completion_script("tcsh"), "");
}

}  // namespace
}  // namespace plimsoll::cli
