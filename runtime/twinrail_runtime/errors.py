"""What can go wrong, and what an engine does about it: each error knows its exit code and whether a retry can help."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class TwinrailError(Exception):
    """The runtime's own failure (exit code 70): trying again may help."""

    exit_code = 70
    retry = True


class StorageError(TwinrailError):
    """An object cannot be written, read, or is not what its reference says."""


class ContractError(TwinrailError):
    """What was declared and what is there differ (exit code 64). Trying again gives the same."""

    exit_code = 64
    retry = False

    def __init__(self, *problems: str) -> None:
        self.problems: Sequence[str] = problems
        shown = list(problems[:5])
        if len(problems) > len(shown):
            shown.append(f"and {len(problems) - len(shown)} more")
        super().__init__("; ".join(shown))


class DomainError(ContractError):
    """A value that no engine can carry: NaN, an integer beyond 2^53-1, a lone surrogate, a Python object."""


class ExpressionError(ContractError):
    """An expression of the pipeline fails as it would in JavaScript, such as reading a property of null."""


class StepRaised(TwinrailError):  # noqa: N818 - it says whose error it is
    """The step's own code raised (exit code 1): `error`, its traceback cut to start at the user's own frame."""

    exit_code = 1

    def __init__(self, error: BaseException) -> None:
        self.error = error
        text = str(error)
        super().__init__(f"{type(error).__name__}: {text}" if text else type(error).__name__)


class Thrown(TwinrailError):  # noqa: N818 - what the pipeline throws need not be an error of a step
    """The pipeline's own `throw` (exit code 1): `error` is `{"step"?, "attempt"?, "message"}`."""

    exit_code = 1
    retry = False

    def __init__(self, error: dict[str, Any]) -> None:
        self.error = error
        super().__init__(error["message"])


class Terminated(BaseException):
    """SIGTERM or Ctrl-C reached the process. A BaseException: a step's `except Exception` does not swallow it."""

    exit_code = 143
