"""Exceptions: `Error` is the base of all of them and has the message of the library."""

from __future__ import annotations

from typing import NamedTuple


class Refusal(NamedTuple):
    """A place of the input that breaks a rule of the format."""

    file: str  #: File, or table: "positions.csv", "positions".
    row: int  #: 1 is the header, 2 the first row; 0 means the whole table.
    column: str  #: Blank means the whole row.
    value: str  #: The value there, cut to a readable length.
    reason: str  #: A sentence's predicate: "is not a multiple of the price step 0.1".

    def __str__(self) -> str:
        place = self.file + (f":{self.row}" if self.row else "")
        words = [self.column, f'"{self.value}"' if self.value else "", self.reason]
        return f"{place}: " + " ".join(word for word in words if word)


class Error(Exception):
    """A call that failed. It has changed nothing, unless the description of the call says otherwise.

    `code`: the library's error code, "usage", "bad_data", "io", "device_missing", ...
    `refusals`: the refused places, up to a hundred; empty if no place is at fault.
    `detail`: a number that depends on the cause; for refused updates, how many were applied before the refused one.
    """

    code: str = "error"

    def __init__(self, message: str, code: str | None = None, refusals: tuple[Refusal, ...] = (), detail: int = 0):
        super().__init__(message)
        self.code = code or type(self).code
        self.refusals = tuple(Refusal(*one) for one in refusals)
        self.detail = detail

    @property
    def message(self) -> str:
        """Why, in words; places that were refused stand in `refusals`."""
        return str(self.args[0])

    def __str__(self) -> str:
        shown = [str(one) for one in self.refusals[:20] if str(one) not in self.message]
        left = len(self.refusals) - 20
        return "\n".join([self.message, *shown, *([f"... and {left} more in .refusals"] if left > 0 else [])])

    def __reduce__(self):
        return type(self), (self.message, self.code, self.refusals, self.detail)


class UsageError(Error, ValueError):
    """The request names something that does not exist, or contradicts itself."""

    code = "usage"


class RefusedError(Error, ValueError):
    """The input breaks a rule of the format; `refusals` names the places."""

    code = "bad_data"


class FileError(Error, OSError):
    """A file or folder could not be read or written, or a stream failed."""

    code = "io"


class DeviceError(Error, RuntimeError):
    """The requested GPU is missing or failed."""

    code = "device_fault"


class InterruptedRunError(Error):
    """A replay was stopped between two ticks on request."""

    code = "interrupted"


class OutOfMemoryError(Error, MemoryError):
    """Host memory is exhausted."""

    code = "out_of_memory"


_CLASSES: dict[str, type[Error]] = {
    "usage": UsageError,
    "bad_data": RefusedError,
    "not_supported": RefusedError,
    "io": FileError,
    "out_of_memory": OutOfMemoryError,
    "device_missing": DeviceError,
    "device_memory": DeviceError,
    "device_fault": DeviceError,
    "device_lost": DeviceError,
    "interrupted": InterruptedRunError,
}


def make(code: str, message: str, refusals: list[tuple] = (), detail: int = 0) -> Error:
    """The exception for a code of the library."""
    return _CLASSES.get(code, Error)(message, code, tuple(refusals), detail)
