"""Options that the calls share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from .errors import UsageError

#: Hears of progress: (stage, share 0 to 1 or None, done, total, what is counted).
Progress = Callable[[str, "float | None", int, int, str], None]


@dataclass(frozen=True)
class Options:
    """What every run takes, as `options=` or by name: `scan(book, threads=2)`. Can be pickled, but for a `progress` that can't.

    Figures do not depend on `backend` and `threads`.
    """

    backend: str = "best"  #: "cpu", "cuda", or "best": cuda where usable.
    threads: int | None = None  #: Of the CPU; None: all.
    rulebook: str | None = None  #: A rulebook in place of the book's own: a name ("okx"), or a .toml file.
    round: str | None = None  #: Numbers finer than their step: "refuse", "half_even", "down"; None: as venue.toml says.
    progress: Progress | None = None  #: Called on the calling thread; what it raises ends a replay after its tick.
    report: bool = True  #: Make the page with charts too, which notebooks show.

    @classmethod
    def of(cls, options: Options | None, changes: Mapping[str, Any]) -> Options:
        """`options`, or the defaults, with changes by name. Raises UsageError for a name that there is not."""
        known = {field.name for field in fields(cls)}
        if unknown := set(changes) - known:
            raise UsageError(f"there is no option {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
        return replace(options or cls(), **changes)
