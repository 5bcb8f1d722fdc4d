# A notebook as a script: cells begin with `# %%`, which Jupyter, VS Code and Spyder open as such. It runs as a program too:
#
#     python examples/crash_notebook.py [FOLDER]
#
# and leaves its plots in FOLDER as pages that need no network. Needs plimsoll, polars and plotly.

# %% A venue: 2,000 accounts, eight markets, a market for liquidations and an insurance fund.
import sys
from decimal import Decimal
from pathlib import Path

import plotly.graph_objects as go
import polars as pl

import plimsoll

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "plots")
folder.mkdir(parents=True, exist_ok=True)


def keep(figure, name):
    figure.write_html(folder / f"{name}.html", include_plotlyjs="directory")
    return figure


made = plimsoll.generate(accounts=2000, positions=8000, instruments=8, seed=7, report=False)
rules = "\n[market]\ndepth = 2000000\n\n[fund.balance]\nQUSD = 200000\n"
book = plimsoll.Book(made.venue + rules, **made.tables)

# %% Who is how far from liquidation before anything happens?
units = pl.DataFrame(plimsoll.scan(book, report=False).units)
health = units.filter(pl.col("maintenance") > 0).select(pl.col("health_factor").cast(pl.Float64).clip(0, 10))
keep(
    go.Figure(go.Histogram(x=health["health_factor"].to_list(), nbinsx=60), layout={"title": "Health factor, units with positions", "xaxis_title": "margin / maintenance"}),
    "health",
)

# %% A slide of 24 % in twelve ticks. Marks stay on their price steps.
steps = {row["instrument"]: Decimal(str(row["price_step"])) for row in made.tables["instruments"].to_pylist()}
path = []
for tick in range(1, 13):
    for row in made.tables["marks"].to_pylist():
        step = steps[row["instrument"]]
        mark = Decimal(str(row["mark"])) * (1 - Decimal(tick) * 2 / 100)
        path.append({"tick": tick, "instrument": row["instrument"], "mark": str(int(mark / step) * step)})
crash = plimsoll.replay(book, path, report=False)
assert crash.conserved

# %% Who paid? The fund first, then winners by auto-deleveraging.
ticks = pl.DataFrame(crash.ticks).filter(pl.col("asset") == "QUSD").sort("tick")
figure = go.Figure(layout={"title": "Who pays, tick by tick", "xaxis_title": "tick", "yaxis_title": "QUSD"})
for column, label in (("fund_paid", "insurance fund"), ("adl_haircut", "auto-deleveraging"), ("socialised", "everybody")):
    figure.add_bar(x=ticks["tick"].to_list(), y=ticks[column].cast(pl.Float64).to_list(), name=label)
figure.add_scatter(x=ticks["tick"].to_list(), y=ticks["fund_balance"].cast(pl.Float64).to_list(), name="fund has left", yaxis="y2")
figure.update_layout(barmode="stack", yaxis2={"overlaying": "y", "side": "right", "title": "fund, QUSD"})
keep(figure, "who_pays")

# %% Whose positions were taken by auto-deleveraging?
events = pl.DataFrame(crash.events)
taken = (
    events.filter((pl.col("step") == "adl") & pl.col("size").is_not_null())
    .group_by("account")
    .agg(pl.len().alias("legs"))
    .sort(["legs", "account"], descending=[True, False])
    .head(20)
)
keep(
    go.Figure(go.Bar(x=taken["account"].to_list(), y=taken["legs"].to_list()), layout={"title": "Most often in auto-deleveraging", "yaxis_title": "legs"}),
    "deleveraged",
)

# %% How much fund would be enough?
stress = plimsoll.stress(book, shocks=[-0.3, -0.25, -0.2, -0.15, -0.1], funds=[0, 100_000, 200_000, 400_000], report=False)
cells = pl.DataFrame(stress.stress).filter(pl.col("asset") == "QUSD").with_columns(pl.col("fund", "needed", "unpaid").cast(pl.Float64), pl.col("shock").cast(pl.String))
needed = cells.group_by("shock", maintain_order=True).agg(pl.col("needed").max())
keep(
    go.Figure(go.Bar(x=needed["shock"].to_list(), y=needed["needed"].to_list()), layout={"title": "Fund that bears the shock", "xaxis_title": "shock", "yaxis_title": "QUSD"}),
    "adequacy",
)
print(f"{len(list(folder.glob('*.html')))} plots in {folder}; {crash.summary['plans']} plans, money conserved: {crash.conserved}")
