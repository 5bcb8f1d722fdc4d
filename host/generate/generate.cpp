#include "host/generate/generate.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "host/generate/listing.hpp"
#include "host/generate/positions.hpp"

namespace plimsoll {

namespace {

/// "acc-00000001", ..., and the market maker last, in bytewise order.
name_table name_accounts(std::uint64_t count) {
  name_table names;
  const std::size_t width = std::max<std::size_t>(8, std::to_string(count).size());
  names.reserve(count, count * (width + 4));
  std::string name = "acc-" + std::string(width, '0');
  for (std::uint64_t account = 1; account < count; ++account) {
    for (std::size_t at = name.size() - 1;; --at) {  // Increments the decimal number.
      if (name[at] != '9') {
        ++name[at];
        break;
      }
      name[at] = '0';
    }
    names.append(name);
  }
  if (count > 0) { names.append("market-maker"); }
  return names;
}

}  // namespace

result<generated_rows> generate_rows(const venue_recipe& recipe, const generate_progress& progress) {
  PLIMSOLL_TRY(check_recipe(recipe));
  const auto go_on = [&](const char* stage) { return !progress || progress(stage); };
  const error stopped{error_code::interrupted, "stopped while generating"};

  if (!go_on("listing")) { return stopped; }
  listing listed = make_listing(recipe);
  if (!go_on("positions")) { return stopped; }
  dealt_positions dealt = deal_positions(recipe, listed);
  if (!go_on("balances")) { return stopped; }
  generated_rows out;
  result<balance_rows> balances = draw_balances(recipe, listed, dealt, out.figures);
  if (!balances) { return std::move(balances).error(); }
  out.balances = std::move(balances).value();
  out.positions = std::move(dealt.rows);
  out.accounts = name_accounts(recipe.accounts);
  out.reference = std::move(listed.reference);
  out.marks = std::move(listed.marks);
  return out;
}

result<book> generate_book(const venue_recipe& recipe, const generate_progress& progress, drawn_figures* figures) {
  result<generated_rows> made = generate_rows(recipe, progress);
  if (!made) { return std::move(made).error(); }
  if (progress && !progress("assembling")) { return error{error_code::interrupted, "stopped while generating"}; }
  generated_rows& rows = made.value();
  if (figures != nullptr) { *figures = rows.figures; }
  assemble_outcome outcome = assemble_book(std::move(rows.reference), std::move(rows.accounts),
                                           std::move(rows.balances), std::move(rows.positions), std::move(rows.marks));
  if (!outcome.faults.empty()) {
    return error{error_code::invariant_broken, "Invariant: a generated venue assembles without faults"};
  }
  return std::move(outcome.built);
}

}  // namespace plimsoll
