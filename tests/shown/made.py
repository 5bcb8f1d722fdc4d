"""The books and paths whose texts, pages and summaries are checked."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

from command import Program
from recount import read

CRASH_RULES = """
[liquidation]
liquidation_fee = 0.002

[market.depth]
DEPTHS
[fund.balance]
QUSD = 700
SYN01 = 0.05

[backstop]
enabled = true
capacity = 2500
"""


def later(text: str, seconds: int) -> str:
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def ticks_file(book: Path, path: Path, percents: dict[int, int], but: tuple[str, ...] = ()) -> Path:
    """Every mark but some at these parts of its value, 100 seconds per tick; the marks of `but` are left out from the
    second tick on."""
    steps = {row["instrument"]: Decimal(row["price_step"]) for row in read(book / "instruments.csv")}
    lines = ["tick,instrument,mark,as_of"]
    for place, (tick, percent) in enumerate(percents.items()):
        for row in read(book / "marks.csv"):
            if place > 0 and row["instrument"] in but:
                continue
            step = steps[row["instrument"]]
            mark = max(1, (Decimal(row["mark"]) * percent / 100) // step) * step
            lines.append(f"{tick},{row['instrument']},{mark:f},{later(row['as_of'], 100 * (place + 1))}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def change(book: Path, old: str, new: str) -> None:
    """One place of venue.toml."""
    path = book / "venue.toml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (old, text)
    path.write_text(text.replace(old, new), encoding="utf-8")


def crash_book(program: Program, book: Path) -> Path:
    """Several settlement assets, isolated positions, a market, a fund in two assets, a backstop, a fee, marks that grow old."""
    program.ok("generate", "--accounts", "150", "--positions", "600", "--instruments", "6", "--seed", "5", "--distressed-share", "0.06",
               "--isolated-share", "0.25", "--inverse-share", "0.4", "--out", book)
    settles = sorted({row["settle"] for row in read(book / "instruments.csv") if row["kind"] != "spot"})
    with (book / "venue.toml").open("a", encoding="utf-8") as file:
        file.write(CRASH_RULES.replace("DEPTHS\n", "".join(f"{asset} = 9000\n" for asset in settles)))
    change(book, "max_mark_age = 60\n", "max_mark_age = 250\n")
    return book


def hand_book(folder: Path, venue: str, balances: list[str], positions: list[str], *, assets: str = "USD,0.01\n", instruments: str = "XP,linear,X,USD,1,1,1,T\n",
              tiers: str = "T,0,0.1,0.2\n", marks: str = "XP,100\n") -> Path:
    """A book written down."""
    folder.mkdir()
    for name, text in {
            "venue.toml": f'quote = "USD"\n{venue}', "assets.csv": "asset,step\n" + assets + ("X,0.01\n" if "X," not in assets else ""),
            "instruments.csv": "instrument,kind,base,settle,contract_size,price_step,size_step,tier_table\n" + instruments,
            "tiers.csv": "tier_table,floor,maintenance_rate,initial_rate\n" + tiers,
            "balances.csv": "account,asset,amount\n" + "".join(row + "\n" for row in balances),
            "positions.csv": "account,instrument,size,entry_price,isolated_margin\n" + "".join(row + "\n" for row in positions),
            "marks.csv": "instrument,mark\n" + marks}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def alone_book(folder: Path) -> Path:
    """One account with one position of nearly 10^16, healthy."""
    return hand_book(folder, 'name = "alone"\n', ["one,USD,20000000000000000.5"], ["one,XP,90000000000000,100,"])


def short_book(folder: Path) -> Path:
    """Winners hold less than losers ask for, so that ADL removes less than is needed and no account can bear the rest. Money is
    of the order of 10^16."""
    big = 3 * 10**13
    return hand_book(folder, 'name = "short"\n', [f"loser,USD,{150 * big}", f"other,USD,{120 * big}", f"winner,USD,{30 * big}", f"giver,USD,{big}"],
                     [f"loser,XP,{10 * big},100,", f"other,XP,{4 * big},100,", f"winner,XP,{-3 * big},100,", f"giver,XP,{-big},90,"])


def owing_book(folder: Path) -> Path:
    """A bankrupt account without positions and no fund: only the socialised loss moves money."""
    return hand_book(folder, 'name = "owing"\n[socialise]\nby = "equity"\n', ["debtor,USD,-50", "payer,USD,400"], ["payer,XP,1,100,", "seller,XP,-1,100,"][:1])


def bare_book(folder: Path) -> Path:
    """No contract at all: two balances and a spot instrument."""
    return hand_book(folder, 'name = "bare"\n', ["one,USD,5", "other,USD,3"], [], instruments="XS,spot,X,USD,,1,,\n", tiers="", marks="XS,100\n")


def stuck_book(folder: Path) -> Path:
    """A liquidatable unit and no market: it is flagged, and no step can act."""
    return hand_book(folder, 'name = "stuck"\n', ["weak,USD,105", "strong,USD,9000"], ["weak,XP,10,100,", "strong,XP,-10,100,"])


def priced_book(folder: Path) -> Path:
    """ADL at the mark, the fund pays the difference as long as it can; inverse contracts beside linear ones, and debts of closed isolated positions."""
    return hand_book(folder, 'name = "priced"\n[adl]\nprice = "mark"\n[fund.balance]\nUSD = 90\n[socialise]\nenabled = false\n',
                     ["loser,USD,150", "winner,USD,900", "coin,X,0.5", "short,X,8", "apart,USD,3"],
                     ["loser,XP,10,100,", "winner,XP,-16,100,", "apart,XP,6,100,61", "coin,XI,40,100,", "short,XI,-40,100,"],
                     instruments="XI,inverse,X,X,10,1,1,C\nXP,linear,X,USD,1,1,1,T\n", tiers="T,0,0.1,0.2\nC,0,0.1,0.2\n", marks="XI,100\nXP,100\n")


def stale_book(program: Program, book: Path) -> Path:
    """More assets, markets and flagged units than a text shows, after a fall, and one mark that is too old."""
    program.ok("generate", "--accounts", "300", "--positions", "1200", "--instruments", "18", "--seed", "6", "--distressed-share", "0.08", "--isolated-share", "0.2",
               "--inverse-share", "0.6", "--shock", "-0.1", "--out", book)
    marks = read(book / "marks.csv")
    marks[2]["as_of"] = later(marks[2]["as_of"], -1000)
    (book / "marks.csv").write_text("instrument,mark,as_of\n" + "".join(f"{row['instrument']},{row['mark']},{row['as_of']}\n" for row in marks), encoding="utf-8")
    return book


def wanting_book(folder: Path) -> Path:
    """Eight markets in which losers ask for more than there is, on both sides of one of them."""
    names = [f"X{letter}" for letter in "ABCDEFGH"]
    return hand_book(folder, 'name = "wanting"\n', [*(f"l{name},USD,10" for name in names), "winner,USD,9000", "bear,USD,1"],
                     [*(f"l{name},{name},{10 + place},102," for place, name in enumerate(names)), *(f"winner,{name},-{2 + place},100," for place, name in enumerate(names)), "bear,XC,-3,90,"],
                     instruments="".join(f"{name},linear,X,USD,1,1,1,T\n" for name in names), marks="".join(f"{name},100\n" for name in names))


def many_book(folder: Path) -> Path:
    """A loser against 130 winners: more than a chart has bars for."""
    winners = [f"winner{place:03d}" for place in range(130)]
    return hand_book(folder, 'name = "many"\n[fund.balance]\nUSD = 70\n', ["loser,USD,2000", *(f"{name},USD,{500 + 7 * place}" for place, name in enumerate(winners))],
                     ["loser,XP,460,100,", *(f"{name},XP,-{2 + place % 5},100," for place, name in enumerate(winners))])


def many_ticks(path: Path, ticks: int = 1302) -> Path:
    """A slide of a mark to 94 in hundreds of steps and a drop at the end of the second third; ticks rise by threes."""
    lines = ["tick,instrument,mark"]
    for tick in range(ticks):
        lines.append(f"{7 + 3 * tick},XP,{100 - (tick % 7 == 3) if tick < 2 * ticks // 3 else 91 if tick < ticks - 40 else 97}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
