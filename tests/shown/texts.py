"""The texts of the commands for people, against the tables of the same run."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from command import blocks, counted, people, spaced, table
from recount import read

STATES = ("healthy", "margin_call", "liquidatable", "bankrupt")


def summary_of(out: Path) -> dict:
    return json.loads((out / "summary.json").read_text(encoding="utf-8"))


def sizes(book: Path) -> tuple[int, int]:
    """Accounts and positions of a book."""
    positions = read(book / "positions.csv")
    return len({row["account"] for row in positions + read(book / "balances.csv")}), len(positions)


def toml_name(book: Path) -> str:
    return re.search(r'^name = "(.*)"$', (book / "venue.toml").read_text(encoding="utf-8"), re.MULTILINE)[1]


def quote_of(book: Path) -> str:
    return re.search(r'^quote = "(.*)"$', (book / "venue.toml").read_text(encoding="utf-8"), re.MULTILINE)[1]


def quote_first(names: list[str], quote: str) -> list[str]:
    """The quote, then the others in their order."""
    return [name for name in names if name == quote] + [name for name in names if name != quote]


def equal(found: object, wanted: object, what: str) -> None:
    assert found == wanted, f"{what}:\n  the command says {found}\n  the tables say   {wanted}"


def take_notes(groups: list[list[str]], reported: dict) -> None:
    """The notes of the summary, word by word: the first part after the head."""
    if reported["notes"]:
        equal(" ".join(" ".join(groups.pop(0)).split()), " ".join(one["note"] for one in reported["notes"]), "notes")


def anybody_held(reported: dict) -> bool:
    return reported["held"]["units"] > 0


# --------------------------------------------------------------------------------------------------- replay
def replay_text(text: str, book: Path, out: Path, ticks: int) -> None:
    """Sums over the rows of `ticks`; accounts and positions of `final`; conservation from the sums of the summary."""
    rows, events = read(out / "ticks.csv"), read(out / "events.csv")
    head, *rest = blocks(text)
    venue, line = re.fullmatch(r"(\S+)   (.*)", head[0]).groups()
    seconds = re.fullmatch(re.escape(counted(ticks, "tick")) + r" in (\d+\.\d) s, (.*), rulebook (.*)", line)
    assert seconds, line
    took = summary_of(out)["run"]["seconds_total"]
    assert took - 0.051 <= float(seconds[1]) <= took + 60, (seconds[1], took)
    equal((venue, seconds[2], seconds[3]), (toml_name(book), counted(len({row["plan"] for row in events}), "plan"), "default"), "the head")
    accounts, positions = sizes(out / "final")
    known = {row["account"] for row in read(book / "positions.csv") + read(book / "balances.csv")}
    assert accounts <= len(known)
    equal(head[1], f"{counted(len(known), 'account')}, {counted(positions, 'position')} left", "accounts and positions")

    names = ("market", "backstop", "fund_paid", "fund_balance", "adl", "adl_haircut", "socialised", "unpaid", "winners")
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    touched = set()
    for row in rows:
        for name in names:
            last = name in ("fund_balance", "unpaid")
            sums[row["asset"]][name] = Decimal(row[name]) + (0 if last else sums[row["asset"]][name])
        if any(Decimal(row[name]) for name in ("demand", "market", "backstop", "fund_paid", "adl", "socialised", "unpaid")):
            touched.add(row["asset"])
    take_notes(rest, summary_of(out))
    if touched:
        titles, cells = table(rest.pop(0))
        equal(titles, ["asset", "on the market", "backstop", "fund paid", "fund left", "ADL", "winners' haircut", "socialised", "unpaid", "winners"], "titles")
        equal(cells, [[asset, *(people(of[name]) for name in names[:-1]), spaced(int(of["winners"]))]
                      for asset, of in sorted(sums.items()) if asset in touched], "sums of the ticks")
    else:
        flagged = any(row["step"] == "cancel" for row in events)
        nobody = "  Every flagged unit is held." if anybody_held(summary_of(out)) else "  No unit was flagged."
        equal(rest.pop(0), ["  Units were flagged, but nothing was closed or paid." if flagged else nobody], "what was done")
    proof = summary_of(out)["conservation"]
    same = all(of["opening"] == of["closing"] for part in ("balances_less_costs", "contracts") for of in proof[part].values())
    assert same
    equal(rest, [["  The sums over all accounts are exactly unchanged."]], "the end")


# -------------------------------------------------------------------------------------------------- compare
def compare_text(text: str, book: Path, out: Path, path: str) -> None:
    """Rows of `policies`, asset by asset, then the summary's figures over all assets."""
    rows, reported = read(out / "policies.csv"), summary_of(out)["policies"]
    policies = list(dict.fromkeys(row["policy"] for row in rows))
    head, *rest = blocks(text)
    accounts, positions = sizes(book)
    equal(head, [f"{toml_name(book)}   {counted(len(policies), 'policy', 'policies')}, {path}",
                 f"{counted(accounts, 'account')}, {counted(positions, 'position')}"], "the head")
    take_notes(rest, summary_of(out))
    reached = [asset for asset in dict.fromkeys(row["asset"] for row in rows)
               if any(row["asset"] == asset and (row["candidates"] != "0" or any(Decimal(row[name]) for name in ("needed", "adl", "socialised", "unpaid"))) for row in rows)]
    if not reached:
        equal(rest, [[f"  No position {'that is not held ' if anybody_held(summary_of(out)) else ''}reached ADL."]], "nothing")
        return
    for asset in quote_first(reached, quote_of(book)):
        titles, cells = table(rest.pop(0))
        equal(titles, [asset, "removed", "overshoot", "worst", "mean", "Gini", "accounts", "fund used", "socialised", "unpaid"], "titles")
        money = lambda row, name: people(Decimal(row[name]))
        equal(cells, [[row["policy"], money(row, "removed"), people(Decimal(row["removed"]) - Decimal(row["needed"])), row["worst"], row["mean"], row["gini"],
                       spaced(int(row["accounts"])), money(row, "fund_used"), money(row, "socialised"), money(row, "unpaid")]
                      for row in rows if row["asset"] == asset], asset)
    titles, cells = table(rest.pop(0))
    equal(titles, ["all assets", "worst", "mean", "Gini", "accounts", "of candidates", "events", "s"], "titles")
    seconds = summary_of(out)["run"]["seconds_per_fork"]
    equal(cells, [[one["policy"], one["overall"]["worst"], one["overall"]["mean"], one["overall"]["gini"], spaced(one["overall"]["accounts"]),
                   spaced(one["overall"]["candidates"]), spaced(one["events"]), f"{seconds[one['policy']]:.2f}"] for one in reported], "all assets")
    for policy, row in zip(policies, cells):  # From the assets alone, if they have it.
        own = [one for one in rows if one["policy"] == policy]
        equal((row[0], row[1], row[5]), (policy, max((one["worst"] for one in own), key=Decimal), spaced(sum(int(one["candidates"]) for one in own))), "over the assets")
    equal([" ".join(" ".join(group).split()) for group in rest], ["worst, mean, Gini: of haircut / equity. Overshoot: removed less the shortfall of the positions that reached ADL."], "the end")


# --------------------------------------------------------------------------------------------------- stress
def stress_text(text: str, book: Path, out: Path, *, by_beta: bool = False, market: bool = True) -> None:
    """Rows of `stress` in the quote, or in the first asset that was hit; then the smallest fund that is enough, of every asset hit."""
    rows = read(out / "stress.csv")
    shocks, funds = (list(dict.fromkeys(row[name] for row in rows)) for name in ("shock", "fund"))
    head, *rest = blocks(text)
    accounts, positions = sizes(book)
    venue, seconds = re.fullmatch(r"(\S+)   " + re.escape(f"{counted(len(shocks), 'shock')}{' by beta' if by_beta else ''} x {counted(len(funds), 'fund')}, ") + r"(\S+) s a fork", head[0]).groups()
    equal((venue, seconds), (toml_name(book), f"{summary_of(out)['run']['seconds_per_fork']:.2f}"), "the head")
    equal(head[1:], [f"{counted(accounts, 'account')}, {counted(positions, 'position')}"], "accounts and positions")
    take_notes(rest, summary_of(out))
    losses = ("fund_used", "adl_haircut", "socialised", "unpaid")
    hit = [asset for asset in dict.fromkeys(row["asset"] for row in rows)
           if any(row["asset"] == asset and (sum(Decimal(row[name]) for name in losses) or any(Decimal(row[name]) for name in ("adl", "socialised", "unpaid"))) for row in rows)]
    hit = quote_first(hit, quote_of(book))
    if not hit:
        equal(rest, [[f"  No shock causes a loss that a bankrupt unit could not bear{', among the units that are not held' if anybody_held(summary_of(out)) else ''}."]], "nothing")
        return
    enough = lambda row: not any(Decimal(row[name]) for name in ("adl", "socialised", "unpaid"))
    own = [row for row in rows if row["asset"] == hit[0]]
    titles, cells = table(rest.pop(0), left=("",))
    wanted = ["shock", f"fund, {hit[0]}", "needed", "fund used", "ADL haircuts", "socialised", "unpaid", "accounts"]
    some = any(map(enough, own))
    equal(titles, wanted + [""] * some, "titles")
    money = lambda row, *names: people(sum(Decimal(row[name]) for name in names))
    equal(cells, [[row["shock"] if row["fund"] == funds[0] else "", money(row, "fund_opening"), money(row, *losses), money(row, "fund_used"), money(row, "adl_haircut"),
                   money(row, "socialised"), money(row, "unpaid"), spaced(int(row["accounts"]))] + ["enough" if enough(row) else ""] * some for row in own], hit[0])
    titles, cells = table(rest.pop(0))
    equal(titles, ["smallest fund that is enough", *hit], "titles")
    smallest = lambda shock, asset: min((Decimal(row["fund_opening"]) for row in rows if (row["shock"], row["asset"]) == (shock, asset) and enough(row)), default=None)
    equal(cells, [[shock, *("none" if smallest(shock, asset) is None else people(smallest(shock, asset)) for asset in hit)] for shock in shocks], "smallest funds")
    equal(rest, [], "the end")
    equal(any("has no market" in one["note"] for one in summary_of(out)["notes"]), not market, "the note of the market")


# ----------------------------------------------------------------------------------------------------- scan
SHOWN = 6


def title_of(name: str, count: int) -> str:
    return f"{name}   {SHOWN} of {spaced(count)}" if count > SHOWN else name


def short_count(value: float) -> str:
    """About three digits, as the time lines show rows per second."""
    for limit, unit in ((10**9, " G"), (10**6, " M"), (10**3, " k")):
        if round(value / limit, 3) >= 0.9995:
            return f"{value / limit:.3g}{unit}"
    return f"{value:.3g}"


def scan_text(text: str, book: Path, out: Path) -> None:
    """Counts and sums over `units`, `markets`, `flagged` and `cover`; times as the summary has them."""
    units, flagged, markets, cover = (read(out / f"{name}.csv") for name in ("units", "flagged", "markets", "cover"))
    reported, quote = summary_of(out), quote_of(book)
    instruments = {row["instrument"]: row for row in read(book / "instruments.csv")}
    multi = 'collateral = "multi"' in (book / "venue.toml").read_text(encoding="utf-8")
    accounts, positions = sizes(book)
    groups = blocks(text)
    equal(groups.pop(0), [f"{toml_name(book)}   {'multi' if multi else 'single'} collateral in {quote}",
                          f"{counted(accounts, 'account')}, {counted(len(units), 'unit')}, {counted(positions, 'position')}, {counted(len(instruments), 'instrument')}"], "the head")
    take_notes(groups, reported)
    count = {state: sum(row["state"] == state for row in units) for state in STATES}
    held = sum(row["held"] == "true" for row in units)
    equal(table(groups.pop(0)), (["state", "units"], [[state, spaced(count[state])] for state in STATES] + [["held among them", spaced(held)]] * (held > 0)), "states")

    def asset_of(row: dict[str, str], unit: str = "unit") -> str:
        kind, rest = row[unit].split(":", 1)
        return quote if multi else rest if kind == "cross" else instruments[rest.rsplit(":", 1)[0]]["settle"]

    of_asset = defaultdict(list)
    for row in units:
        of_asset[asset_of(row)].append(row)
    order = sorted(of_asset, key=lambda name: (name != quote, -len(of_asset[name]), name))
    lines = groups.pop(0)
    equal(lines[0], title_of("Assets", len(order)), "assets")
    titles, cells = table(lines[1:])
    equal(titles, ["asset", "units", "equity", "maintenance", "deficit", "covered value"], "titles")
    digits = {asset: Decimal(own[0]["equity"]) * 0 for asset, own in of_asset.items()}  # A zero with the digits of the asset.
    total = lambda asset, amounts: people(sum(amounts, digits[asset].copy_abs()))
    value = lambda asset: (Decimal(row["value"]) for row in cover if asset_of(row, "loser_unit") == asset)
    equal([row[:3] + row[4:] for row in cells],
          [[asset, spaced(len(own)), total(asset, (Decimal(row["equity"]) for row in own)), total(asset, (max(Decimal(0), -Decimal(row["equity"])) for row in own)),
            total(asset, value(asset))] for asset, own in ((name, of_asset[name]) for name in order[:SHOWN])], "sums of the units")
    for asset, *_, shown, _, _ in cells:  # The sum is rounded once, each unit's own is rounded up: less than a step a unit apart.
        maintenance = reported["assets"][asset]["maintenance"]
        equal(shown, people(Decimal(maintenance)), "maintenance")
        rounded = [Decimal(row["maintenance"]) for row in of_asset[asset]]
        step = Decimal(1).scaleb(Decimal(maintenance).as_tuple().exponent)
        assert sum(rounded) - len(rounded) * step < Decimal(maintenance) <= sum(rounded), (asset, maintenance, sum(rounded))

    wanted = lambda row: Decimal(row["demand_long"]) + Decimal(row["demand_short"])
    share = lambda row: wanted(row) / Decimal(row["open_interest"])
    asked = sorted((row for row in markets if wanted(row)), key=lambda row: -share(row))
    if asked:
        lines = groups.pop(0)
        equal(lines[0], title_of("Markets that need cover", len(asked)), "markets")
        titles, cells = table(lines[1:])
        equal(titles, ["market", "mark", "to cover", "of open interest", "covered", "deficit"], "titles")
        equal(cells, [[row["instrument"], row["mark"], f"{wanted(row):f}", f"{float(share(row)) * 100:.2f} %", f"{Decimal(row['cover_long']) + Decimal(row['cover_short']):f}",
                       f"{people(Decimal(row['deficit']))} {instruments[row['instrument']]['settle']}"] for row in asked[:SHOWN]], "markets")
    if flagged:
        lines = groups.pop(0)
        equal(lines[0], title_of("Flagged", len(flagged)), "flagged")
        titles, cells = table(lines[1:], left=("unit", "state"))
        equal(titles, ["account", "unit", "state", "equity", "maintenance", "health"], "titles")
        equal(cells, [[row["account"], row["unit"], row["state"], people(Decimal(row["equity"])), people(Decimal(row["maintenance"])), row["health_factor"]] for row in flagged[:SHOWN]], "flagged")
    short = [f"{row['instrument']}:{side}" for row in sorted(markets, key=lambda row: row["instrument"].encode()) for side in ("long", "short")
             if Decimal(row[f"cover_{side}"]) < Decimal(row[f"demand_{side}"])]
    if short:
        more = f" and {len(short) - SHOWN} more" if len(short) > SHOWN else ""
        equal(groups.pop(0), ["  Not enough winners: " + " ".join(short[:SHOWN]) + more], "sides")
    run = reported["run"]
    lines = groups.pop(0)
    equal(lines[0], "Times", "times")
    titles, cells = table(lines[1:-1])
    rate = lambda stage: f"{stage['bytes'] / stage['seconds'] / 1e9:.1f}" if stage.get("bytes") and stage["seconds"] > 0 else ""
    wanted_rows = [["load book", f"{run['seconds_load_book'] * 1e3:.1f}", ""]] + [[stage["stage"], f"{stage['seconds'] * 1e3:.1f}", rate(stage)] for stage in run["stages"]]
    equal((titles, cells), (["stage", "ms", "GB/s"], wanted_rows), "times")
    equal(lines[-1], f"  {run['seconds_total']:.2f} s in all, {short_count(run['rows_per_second'])} rows/s, {run['device']}", "time in all")
    equal(groups, [[f"digests  tick {reported['digests']['tick']}  full {reported['digests']['full']}"]], "digests")


# ----------------------------------------------------------------------------------------------- validate
def validate_text(text: str, book: Path) -> None:
    """The content of a book, counted in its files."""
    accounts, positions = sizes(book)
    instruments = {row["instrument"]: row for row in read(book / "instruments.csv")}
    multi = 'collateral = "multi"' in (book / "venue.toml").read_text(encoding="utf-8")
    cross = {(row["account"], quote_of(book) if multi else row["asset"]) for row in read(book / "balances.csv")}
    isolated = 0
    for row in read(book / "positions.csv"):
        if row["isolated_margin"]:
            isolated += 1
        else:
            cross.add((row["account"], instruments[row["instrument"]]["settle"]))
    lines = text.rstrip("\n").split("\n")
    equal(lines[0], f"{book}: ok", "validate")
    equal([line.split(None, 1) for line in lines[1:]],
          [["venue", toml_name(book)], ["collateral", "multi" if multi else "single"], ["assets", spaced(len(read(book / "assets.csv")))], ["instruments", spaced(len(instruments))],
           ["tier_tables", spaced(len({row["tier_table"] for row in read(book / "tiers.csv")}))], ["accounts", spaced(accounts)], ["units", spaced(len(cross) + isolated)],
           ["positions", spaced(positions)]], "validate")


# ------------------------------------------------------------------------------------------------ explain
def tokens(line: str) -> list:
    """Words of a line; numbers as numbers, because only their value counts here."""
    out: list = []
    for word in line.split():
        bare = word.strip(",()")
        out.append(Decimal(bare).normalize() if re.fullmatch(r"-?\d+(\.\d+)?", bare) else word)
    return out


def position_lines(unit: dict, one: dict) -> list[str]:
    """The text of `explain` about a position, from its JSON."""
    inverse = one["kind"] == "inverse"
    size, contract, mark = one["size"], one["contract_size"], one["mark"]
    exact = f"-size x contract size / mark = -({size}) x {contract} / {mark}" if inverse else f"size x contract size x mark = {size} x {contract} x {mark}"
    worth = Fraction(size) * Fraction(contract) * (-1 / Fraction(mark) if inverse else Fraction(mark))
    lines = [f"{one['instrument']} {one['side']} {one['kind']}",
             f"value {one['value']} = {exact}" + (", rounded down to the step" if worth != Fraction(one["value"]) else ""),
             f"cost {one['cost']} = value at entry", f"pnl {one['pnl']} = value - cost", f"notional {one['notional']} = |value|",
             "tier from to notional in it x rate = requirement"]
    lines += [f"{band['from']} {band['to'] or ''} {band['part']} {band['rate']} {band['requirement']}" for band in one["bands"]]
    closing = "value - allotted equity" + (f", limited to the values that a price can have; uncovered {one['uncovered']}" if one["bankruptcy_clamped"] else "")
    price = "the position cannot go bankrupt" if one["bankruptcy_price"] is None else "-size x contract size / bankruptcy value" if inverse else "bankruptcy value / (size x contract size)"
    if one["liquidation_price"] is None:
        threshold = "no mark of this instrument alone brings the unit above maintenance"
    else:
        threshold = f"if only this mark moves: {'first mark below maintenance' if unit['top_up'] is None else 'below maintenance from here to the mark'}, {one['distance']} % from the mark"
    terms = one["score_terms"]
    score = {"pnl_leverage": lambda: f"r {'/' if terms['r'].startswith('-') else 'x'} l, r = pnl / |cost| = {terms['r']}, l = notional / equity = {terms['l']}",
             "hyperliquid": lambda: f"g x l, g = {terms['g']}, l = notional / equity = {terms['l']}",
             "binance": lambda: f"max(0, pnl) / max(1, balance {terms['balance']}) x (maintenance {terms['maintenance']} / equity {terms['equity']})",
             "return": lambda: "pnl / |cost|", "leverage": lambda: "notional / equity", "size": lambda: "size, without its sign", "pnl": lambda: "pnl",
             "given": lambda: "the column adl_score"}[one["score_kind"]]()
    lines += [f"maintenance {one['maintenance_exact']} = the sum above = {one['maintenance_rate']} x {one['notional']} - {one['maintenance_amount']}",
              f"initial {one['initial_exact']} = {one['initial_rate']} x {one['notional']}", f"allotted equity {one['allotted']} = its part of {unit['equity']} by {unit['allotted_by']}",
              f"bankruptcy value {one['bankruptcy_value']} = {closing}", f"bankruptcy price {one['bankruptcy_price'] or 'none'} = {price}",
              f"liquidation price {one['liquidation_price'] or 'none'} = {threshold}", f"score {one['score']} = {score}"]
    ladder = one["ladder"]
    if ladder is None:
        lines.append(f"not on the ladder: {one['off_ladder']}")
    else:
        lines += [f"place {ladder['rank']} of {ladder['entries']} on the ladder of {ladder['side']}s; {ladder['size_ahead']} of {ladder['size_total']} contracts are ahead",
                  f"lights {one['lights']} = 5 - floor(5 x {ladder['size_ahead']} / {ladder['size_total']})"]
    fills = lambda rows: ["account unit place size price value", *(f"{row['account']} {row['unit']} {row['place']} {row['size']} {row['price']} {row['value']}" for row in rows)]
    order = {"pnl_leverage": "the largest profit on cost times leverage", "hyperliquid": "the largest gain of notional over cost times leverage",
             "binance": "the largest profit on balance times margin ratio", "return": "the largest profit on cost", "leverage": "the largest leverage",
             "size": "the largest size", "given": "the largest adl_score", "pnl": "the largest profit"}[one["score_kind"]]
    if one.get("covered_by"):
        lines += ["would be closed at the bankruptcy price against:", *fills(one["covered_by"]),
                  f"why these: the other side's ladder is used from its top, {order} first; the winners of losers before this one are taken already"]
    if Decimal(one.get("not_covered", "0")):
        lines.append(f"no winner takes the last {one['not_covered']} contracts, because the ladder ends")
    if "would_take_over" in one:
        lines += ["would be deleveraged to close:", *fills(one["would_take_over"]),
                  f"why this one: it is at place {ladder['rank']} of its ladder, {order} first, and the places before it are not enough"]
    return lines


def verdict_table(reported: dict) -> list[str]:
    """One line a unit; on a narrow screen one line per figure, without blank ones."""
    rows = []
    for unit in reported["units"]:
        near = min((one for one in unit["positions"] if one["distance"] is not None), key=lambda one: abs(Decimal(one["distance"])), default=None)
        money = lambda name: "" if unit[name] is None else f"{people(Decimal(unit[name]))} {unit['asset']}"
        rows.append([unit["unit"], unit["state"] + (", held" if unit["held"] else ""), money("equity"), money("maintenance"), money("top_up"),
                     "none" if near is None else f"{near['instrument']} at {near['liquidation_price']} ({near['distance']} %)"])
    titles = ["unit", "state", "equity", "maintenance", "top-up", "nearest liquidation"]
    width = sum(max(len(row[at]) for row in [titles, *rows]) + 3 for at in range(len(titles)))
    if width <= 401:
        return [" ".join(titles), *(" ".join(row) for row in rows)]
    return [titles[0], *(line for row in rows for line in [row[0], *(f"{name} {cell}" for name, cell in zip(titles[1:], row[1:]) if cell not in ("", "0"))])]


def explain_text(text: str, reported: dict) -> set[str]:
    """Every line of an account against the JSON, which `cli/check_explain.py` compares with the tables. Returns the
    cases that occurred."""
    lines, seen = [f"{reported['account']} venue {reported['venue']}, rulebook {reported['rulebook']}, marks of {reported['marks_as_of'] or 'no times'}"], set()
    lines += verdict_table(reported)
    for unit in reported["units"]:
        seen |= {unit["state"], *(one["kind"] for one in unit["positions"]), *(one["side"] for one in unit["positions"])}
        seen |= {"held"} if unit["held"] else set()
        lines += [f"{unit['unit']} {unit['state']}{' held' if unit['held'] else ''}", *(f"held: the mark of {name} is older than allowed, so no action is taken on this unit" for name in unit["held_by"])]
        lines.append(f"{unit['state']}: {unit['verdict']}")
        several = len(unit["assets"]) > 1
        lines += [f"balance {unit['balance']} = {'isolated margin' if unit['unit'].startswith('isolated:') else 'wallet balance'}", f"pnl {unit['pnl']} = sum of the positions' pnl",
                  f"equity {unit['equity']} = {'sum of the assets' + chr(39) + ' values' if several else 'balance + pnl'}",
                  f"margin equity {unit['margin_equity']} = {'sum of the assets' + chr(39) + ' margin values' if several else 'equity with haircuts'}",
                  f"maintenance {unit['maintenance_exact']} = sum of the positions' maintenance"]
        lines += [f"top-up {unit['top_up']} = maintenance, rounded up, - margin equity: what brings the unit to it"] * (unit["top_up"] is not None)
        lines += [f"initial {unit['initial_exact']} = sum of the positions' initial requirements",
                  f"free {unit['free']} = margin equity - initial, rounded up to {unit['initial']}",
                  f"health factor {unit['health_factor'] or 'none'} = {'margin equity / maintenance, rounded down' if unit['health_factor'] else 'there is no maintenance to cover'}",
                  f"deficit {unit['deficit']} = max(0, -equity)"]
        if several or unit["assets"][0]["value"] != unit["assets"][0]["margin_value"]:
            seen.add("several")
            lines.append("asset balance + pnl x price = value x weight = margin value")
            lines += [f"{of['asset']} {of['balance']}{'' if of['pnl'] is None else ' + ' + of['pnl']} {of['price']} {of['value']} {of['weight']} {of['margin_value']}" for of in unit["assets"]]
        for one in sorted(unit["positions"], key=lambda one: Decimal(one["pnl"])):  # The largest loss first.
            lines += position_lines(unit, one)
            seen |= {key for key in ("covered_by", "would_take_over") if one.get(key)}
    found = [word for line in text.split("\n") for word in tokens(line)]  # Lines may be wrapped if the screen is narrow.
    wanted = [word for line in lines for word in tokens(line)]
    for place, (word, right) in enumerate(zip(found, wanted)):
        equal(word, right, f"explain of {reported['account']}, behind {found[max(0, place - 12):place]}")
    equal(len(found), len(wanted), f"explain of {reported['account']}: words")
    return seen
