"""The run as a pipeline sees it: `run.id`, `run.logicalDate`, `run.day`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from .errors import ContractError, TwinrailError

_INSTANT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?(Z|z|([+-])(\d\d):?(\d\d))")


class RunContext(NamedTuple):
    """What `--run` says. `scheduled` and `started` are ISO 8601 instants, `scheduled` may be empty (a manual run)."""

    pipeline: str
    id: str
    key: str
    scheduled: str
    started: str
    timezone: str
    root: str

    @staticmethod
    def parse(value: dict[str, str]) -> RunContext:
        """From `--run`'s JSON. Raises ContractError naming the field that is wrong."""
        if not isinstance(value, dict):
            raise ContractError("--run is not a JSON object")
        for name in RunContext._fields:
            if not isinstance(value.get(name, "" if name == "scheduled" else None), str):
                raise ContractError(f"--run lacks the text field `{name}`")
        run = RunContext(*(value.get(name, "") for name in RunContext._fields))
        for name in ("pipeline", "id", "key", "root"):
            if not getattr(run, name):
                raise ContractError(f"--run has an empty `{name}`")
        return run

    @property
    def instant(self) -> datetime:
        """The scheduled instant or, of a manual run, the one it started at; in UTC, whole seconds."""
        return parse_instant(self.scheduled or self.started)

    @property
    def logical_date(self) -> str:
        """The instant as text: `2026-01-01T02:00:00Z`."""
        return self.instant.strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def day(self) -> str:
        """`2026-01-01`, in the schedule's time zone. Raises TwinrailError when the time zone is not known here."""
        return self.instant.astimezone(_zone(self.timezone)).strftime("%Y-%m-%d")

    def field(self, name: str) -> str:
        """`run.<name>`: `id`, `logicalDate` or `day`."""
        if name == "id":
            return self.id
        if name == "logicalDate":
            return self.logical_date
        if name == "day":
            return self.day
        raise ContractError(f"run.{name} does not exist")


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant with offset, in UTC; fractions of a second are cut. Raises ContractError.

    (`datetime.fromisoformat` takes neither `Z` nor nine digits before Python 3.11.)
    """
    match = _INSTANT.fullmatch(text.strip())
    if match is None:
        raise ContractError(f"{text!r} is not an ISO 8601 instant with an offset")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    offset = timedelta(0)
    if match[8]:
        offset = timedelta(hours=int(match[9]), minutes=int(match[10])) * (-1 if match[8] == "-" else 1)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset)).astimezone(timezone.utc)
    except ValueError as error:
        raise ContractError(f"{text!r} is not an ISO 8601 instant: {error}") from None


def _zone(name: str) -> timezone | object:
    if name in {"", "UTC", "Etc/UTC"}:
        return timezone.utc
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise TwinrailError(f"the time zone {name!r} is not known here: the image has no tzdata ({error})") from None
