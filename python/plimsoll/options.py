"""Options that the calls share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from .errors import UsageError

#: Callback for progress: (stage, share 0 to 1 or None, done, total, what is counted).
Progress = Callable[[str, "float | None", int, int, str], None]


@dataclass(frozen=True)
class Options:
    """Options of every run, as `options=` or by name: `scan(book, threads=2)`. Can be pickled if `progress` can.

    Figures do not depend on `backend` and `threads`.
    """

    backend: str = "best"  #: "cpu", "cuda", or "best": cuda if usable.
    threads: int | None = None  #: CPU threads; None: all.
    rulebook: str | None = None  #: A rulebook in place of the book's own: a name ("okx"), or a .toml file.
    round: str | None = None  #: Numbers finer than their step: "refuse", "half_even", "down"; None: the value of venue.toml.
    progress: Progress | None = None  #: Called on the calling thread; an exception ends a replay after its tick.
    report: bool = True  #: Also make the page with charts, which notebooks show.

    @classmethod
    def of(cls, options: Options | None, changes: Mapping[str, Any]) -> Options:
        """`options`, or the defaults, with changes by name. Raises UsageError for an unknown name."""
        known = {field.name for field in fields(cls)}
        if unknown := set(changes) - known:
            raise UsageError(f"there is no option {', '.join(sorted(unknown))}; the options are {', '.join(sorted(known))}")
        return replace(options or cls(), **changes)
