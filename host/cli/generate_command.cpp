// `generate`: a venue from a seed, written as a book.
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "host/cli/grid.hpp"
#include "host/cli/loading.hpp"
#include "host/cli/staged_output.hpp"
#include "host/cli/writing.hpp"
#include "host/generate/book_tables.hpp"
#include "host/generate/generate.hpp"
#include "host/io/write_book.hpp"

namespace plimsoll::cli {

namespace {

venue_recipe recipe_of(const invocation& call) {
  const std::uint64_t instruments = call.count("instruments");
  venue_recipe recipe = recipe_of_shape(parse_venue_shape(call.text("shape")).value_or(venue_shape::zipf), instruments);
  const auto share = [&](std::string_view name) { return static_cast<std::uint32_t>(call.millionths(name)); };
  recipe.accounts = call.count("accounts");
  recipe.positions = call.count("positions");
  if (call.given("instruments")) { recipe.instruments = instruments; }
  recipe.seed = call.count("seed");
  recipe.collateral = call.text("collateral") == "multi" ? collateral_mode::multi : collateral_mode::single;
  if (call.given("inverse-share")) {
    recipe.inverse_ppm = share("inverse-share");
  } else if (recipe.collateral == collateral_mode::multi) {
    recipe.inverse_ppm = 0;
  }
  recipe.isolated_ppm = share("isolated-share");
  recipe.distressed_ppm = share("distressed-share");
  recipe.hedge_ppm = share("hedge-share");
  recipe.shock_ppm = static_cast<std::int32_t>(call.millionths("shock"));
  return recipe;
}

nlohmann::ordered_json figures_json(const generated_rows& made, double seconds) {
  const drawn_figures& figures = made.figures;
  return {{"venue", made.reference.venue.name},
          {"accounts", made.accounts.size()},
          {"balances", made.balances.amount.size()},
          {"positions", made.positions.lots.size()},
          {"instruments", made.reference.instruments.size()},
          {"isolated", figures.isolated},
          {"inverse", figures.inverse},
          {"beyond_first_tier", figures.beyond_first_tier},
          {"bankrupt_before_shock", figures.bankrupt},
          {"liquidatable_before_shock", figures.liquidatable},
          {"margin_call_before_shock", figures.margin_call},
          {"seconds", seconds}};
}

std::string figures_text(const nlohmann::ordered_json& figures, const std::string& folder, const terminal& screen) {
  grid rows;
  rows.left("").right("");
  for (const auto& [name, value] : figures.items()) {
    if (name == "venue" || name == "seconds") { continue; }
    std::string label = name;
    for (char& letter : label) {
      if (letter == '_') { letter = ' '; }
    }
    rows.add_row({label, grouped(value.get<std::uint64_t>())});
  }
  const std::string body = rows.print(screen);
  return fmt::format("{} in {}, {:.1f} s\n{}", screen.paint(accent::strong, figures.at("venue").get<std::string>()),
                     folder, figures.at("seconds").get<double>(), body.substr(body.find('\n') + 1));
}

}  // namespace

int run_generate(const invocation& call, session& io) {
  if (!call.given("out")) {
    return io.fail({error_code::usage, "generate needs --out BOOK\nTry: plimsoll generate --help"});
  }
  const auto began = std::chrono::steady_clock::now();
  const venue_recipe recipe = recipe_of(call);
  const status possible = check_recipe(recipe);
  if (!possible) { return io.fail(possible.error()); }
  progress bar(io.err().is_terminal() && !io.quiet());
  result<staged_output> out = staged_output::make(call.text("out"), call.flag("force"));
  if (!out) { return io.fail(out.error()); }

  const result<generated_rows> made = generate_rows(recipe, [&](const char* stage) {
    bar.stage(fmt::format("drawing {}", stage));
    return true;
  });
  if (!made) { return io.fail(made.error()); }
  const std::vector<named_table> tables = make_book_tables(made.value());
  std::uint64_t rows = 0;
  for (const named_table& one : tables) { rows += one.table->rows(); }
  status done = write_book(out.value().path(), {venue_toml_of(made.value().reference.venue)}, tables, format_of(call),
                           show_writing(call, bar, call.text("out"), rows));
  if (done) { done = out.value().commit(); }
  if (!done) { return io.fail(done.error()); }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const nlohmann::ordered_json figures = figures_json(made.value(), seconds);
  io.print(io.out().is_terminal() ? figures_text(figures, call.text("out"), io.out()) : figures.dump(2) + "\n");
  return exit_code::done;
}

}  // namespace plimsoll::cli
