"""The user's traceback: what a step raised, without the frames of the runtime and of the import machinery."""

from __future__ import annotations

import importlib
import os
import sys
import traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import IO

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep  # noqa: PTH100, PTH120 - compared with co_filename, which is not resolved


def trim(error: BaseException) -> BaseException:
    """`error` with a traceback that starts at the user's own frame; its causes and contexts, too."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = _users_part(one.__traceback__)
        pending += [one.__cause__, one.__context__]
    return error


def _users_part(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and _is_machinery(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace


def _is_machinery(file: str) -> bool:
    if file.startswith((_OWN, "<frozen importlib")) or file == importlib.__file__:
        return True
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and file.startswith(os.path.dirname(asyncio.__file__ or "") + os.sep)  # noqa: PTH120


def print_traceback(error: BaseException, file: IO[str] | None = None) -> None:
    """Print a trimmed error with its chain, as Python itself would."""
    traceback.print_exception(type(error), error, error.__traceback__, file=file or sys.stderr)
