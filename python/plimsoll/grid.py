"""Runs grids of tasks: `map=` takes an executor as in `concurrent.futures`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

Task = tuple[Callable[..., Any], tuple, dict[str, Any]]


class Pool(Protocol):
    """An object with `submit`, whose futures have `result`: a thread or process pool, `dask.distributed.Client`, ...

    Processes must be able to import plimsoll. Tasks are pickled; a book in memory is pickled with its rows.
    """

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any: ...


def each(tasks: list[Task], pool: Pool | None) -> list[Any]:
    """The results of tasks, in their order. The first failure is raised, and tasks that have not started are cancelled."""
    if pool is None:
        return [function(*arguments, **named) for function, arguments, named in tasks]
    futures = [pool.submit(call, *task) for task in tasks]
    try:
        return [future.result() for future in futures]
    except BaseException:
        for future in futures:
            future.cancel()
        raise


def call(function: Callable[..., Any], arguments: tuple, named: dict[str, Any]) -> Any:
    return function(*arguments, **named)
