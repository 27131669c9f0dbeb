"""Expressions of the DAG file: `Out("train").auc >= Params.threshold` builds what the runtime evaluates when the task
runs.

Nothing is computed here. Every object is cheap, because the file is parsed before each task.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Json = Any


class Expression:
    """One expression of the runtime, as its JSON. Python's operators on it make larger ones."""

    __slots__ = ("_json",)

    def __init__(self, json: dict[str, Json]) -> None:
        self._json = json

    def __getattr__(self, name: str) -> Expression:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, key: str | int) -> Expression:
        json = self._json
        if "get" in json:
            return Expression({"get": json["get"], "path": [*json["path"], key]})
        return Op("get", self, key)

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]
        return Op("eq", self, other)

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]
        return Op("ne", self, other)

    def __lt__(self, other: object) -> Expression:
        return Op("lt", self, other)

    def __le__(self, other: object) -> Expression:
        return Op("le", self, other)

    def __gt__(self, other: object) -> Expression:
        return Op("gt", self, other)

    def __ge__(self, other: object) -> Expression:
        return Op("ge", self, other)

    def __and__(self, other: object) -> Expression:
        return Op("and", self, other)

    def __or__(self, other: object) -> Expression:
        return Op("or", self, other)

    def __invert__(self) -> Expression:
        return Op("not", self)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise TypeError("an expression has no value before the task runs")

    def __iter__(self) -> None:
        raise TypeError("an expression has no value before the task runs")

    def __repr__(self) -> str:
        return f"Expression({self._json!r})"


def to_json(value: object) -> dict[str, Json]:
    """The runtime's JSON of an expression, or of plain Python data with expressions in it."""
    if isinstance(value, Expression):
        return value._json
    if isinstance(value, (list, tuple)):
        return {"list": [to_json(item) for item in value]}
    if isinstance(value, dict):
        return {"record": {key: to_json(item) for key, item in value.items()}}
    return {"lit": value}


def _slot(name: str) -> Expression:
    return Expression({"get": name, "path": []})


class _Fields:
    """`Params.day`, `Params["day of week"]`."""

    __slots__ = ("_kind",)

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __getattr__(self, name: str) -> Expression:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> Expression:
        return _slot(f"{self._kind}:{name}")


Params = _Fields("param")
"""The run's parameters."""

Run = _Fields("run")
"""`Run.id`, `Run.logicalDate`, `Run.day`."""

Absent = Expression({"absent": True})
"""JavaScript's `undefined`."""


def Out(task: str) -> Expression:  # noqa: N802 - reads like the type that it makes
    """What the task returned; of a loop the list of its results, of a branch those of the arm that ran."""
    return _slot(f"output:{task}")


def Item(loop: str) -> Expression:  # noqa: N802
    """The current item of the loop around this task."""
    return _slot(f"item:{loop}")


def Index(loop: str) -> Expression:  # noqa: N802
    """Its index, from 0."""
    return _slot(f"index:{loop}")


def Error(block: str) -> Expression:  # noqa: N802
    """What a handler handles."""
    return _slot(f"error:{block}")


def Bound(name: str) -> Expression:  # noqa: N802
    """The variable of an `Each`."""
    return _slot(f"bound:{name}")


def Op(operator: str, *args: object) -> Expression:  # noqa: N802
    """The named operator (see the runtime's README), for what Python has no sign for."""
    return Expression({"op": operator, "args": [to_json(arg) for arg in args]})


def Text(*parts: object) -> Expression:  # noqa: N802
    """The parts as one text."""
    return Op("template", *parts)


def Length(items: object) -> Expression:  # noqa: N802
    """The length of a list."""
    return Op("length", items)


def Each(items: object, name: str, result: object, *, index: str | None = None, where: object = None) -> Expression:  # noqa: N802
    """`result` for each of `items` (where `where` holds); in it the item is `Bound(name)`."""
    json = {"each": to_json(items), "as": name, "yield": to_json(result)}
    if index is not None:
        json["index"] = index
    if where is not None:
        json["where"] = to_json(where)
    return Expression(json)


class Secret(NamedTuple):
    """The Airflow Variable `<secret>__<key>`, read when the task runs."""

    secret: str
    key: str

    @property
    def variable(self) -> str:
        """The Variable's key."""
        return f"{self.secret}__{self.key}"
