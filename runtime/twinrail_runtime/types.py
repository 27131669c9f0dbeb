"""Values against the declared TypeScript types (`Type` of `compiler/ir/types.ts`, as JSON)."""

from __future__ import annotations

from .errors import ContractError, DomainError
from .places import VALUE, Place
from .values import ABSENT, Absent, describe, is_reference, plain, scalar, string, unbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from .values import Json

    Type: TypeAlias = dict[str, Any]
    Field: TypeAlias = dict[str, Any]  # {"type": Type, "optional"?: True}
    ArtifactCheck: TypeAlias = Callable[[Any, Type, Place], Any]

ARTIFACT_NAMES = {"dataset": "Dataset", "model": "Model", "file": "File", "directory": "Directory"}


def check(
    value: Json | Absent,
    type_: Type,
    place: Place = VALUE,
    *,
    artifact: ArtifactCheck | None = None,
    loose: bool = False,
) -> Json | Absent:
    """`value` in its normal form (3 for 3.0, a list for a tuple, no field for an optional None) when `type_` allows it.

    `artifact(value, type, place)` converts what stands where the type says artifact, and raises ContractError; by
    default a reference is expected. `loose` lets records have fields that the type does not know, as TypeScript does
    for a value that is not a fresh literal. Raises ContractError with all problems, each naming place and both sides.
    """
    problems: list[_Problem] = []
    checker = _Checker(artifact or _reference, loose=loose)
    converted = checker.convert(value, type_, place, problems)
    if problems:
        raise ContractError(*(problem.text for problem in problems))
    return converted


def _reference(value: Json, type_: Type, place: Place) -> Json:
    if not is_reference(value):
        raise ContractError(mismatch(value, type_, place))
    return value


def mismatch(value: Json | Absent, type_: Type, place: Place) -> str:
    """The sentence that names both sides."""
    return f"{place} is {describe(value)}, but the TypeScript type says {show(type_)}"


class _Problem:
    __slots__ = ("depth", "text")

    def __init__(self, place: Place, text: str) -> None:
        self.depth = len(place.keys())
        self.text = text


class _Checker:
    def __init__(self, artifact: ArtifactCheck, *, loose: bool) -> None:
        self.artifact = artifact
        self.loose = loose

    def convert(self, value: Json | Absent, type_: Type, place: Place, problems: list[_Problem]) -> Json | Absent:
        kind = type_["kind"]
        value = unbox(value)
        try:
            if kind == "artifact":
                return self.artifact(value, type_, place)
            if kind == "union":
                return self.union(value, type_, place, problems)
            if kind == "json":
                return plain(value, place)  # ABSENT is outside the domain, too
            if isinstance(value, (bool, int, float, str)):
                value = scalar(value, place)
        except ContractError as error:
            problems.extend(_Problem(place, text) for text in error.problems)
            return value

        if kind == "list" and isinstance(value, (list, tuple)):
            return [self.item(item, type_["items"], place.at(index), problems) for index, item in enumerate(value)]
        if kind == "tuple" and isinstance(value, (list, tuple)) and len(value) == len(type_["items"]):
            return [
                self.item(item, of, place.at(index), problems)
                for index, (item, of) in enumerate(zip(value, type_["items"], strict=True))
            ]
        if kind == "record" and isinstance(value, dict):
            return self.record(value, type_, place, problems)
        if kind == "map" and isinstance(value, dict):
            return self.map(value, type_, place, problems)
        if kind == "absent" and (value is None or value is ABSENT):
            return ABSENT
        if (
            (kind == "null" and value is None)
            or (kind == "boolean" and isinstance(value, bool))
            or (kind == "number" and isinstance(value, (int, float)) and not isinstance(value, bool))
            or (kind == "string" and isinstance(value, str))
            or (kind == "enum" and any(_same(value, option) for option in type_["values"]))
        ):
            return value
        hint = " (does the function end without `return`?)" if value is None and not place.keys() else ""
        problems.append(_Problem(place, mismatch(value, type_, place) + hint))
        return value

    def item(self, value: Json | Absent, type_: Type, place: Place, problems: list[_Problem]) -> Json:
        converted = self.convert(value, type_, place, problems)
        return None if converted is ABSENT else converted

    def record(self, value: dict[str, Json], type_: Type, place: Place, problems: list[_Problem]) -> Json:
        fields: dict[str, Field] = type_["fields"]
        converted: dict[str, Json] = {}
        missing: list[str] = []
        for name, field in fields.items():
            item = value.get(name, ABSENT)
            if (item is None or item is ABSENT) and field.get("optional"):
                continue
            if item is ABSENT and not accepts_absent(field["type"]):
                missing.append(name)
                continue
            item = self.convert(item, field["type"], place.at(name), problems)
            if item is not ABSENT:
                converted[name] = item
        unknown = [key for key in value if key not in fields]
        for key in unknown:
            if not self.key(key, place, problems):
                continue
            if self.loose:
                self.unknown(value[key], place.at(key), problems, converted, key)
            else:
                text = f"{place.at(key)} is not in the TypeScript type {show(type_)}{_instead(missing)}"
                problems.append(_Problem(place, text))
        if missing and (self.loose or not unknown):
            for name in missing:
                text = f"{place.at(name)} is missing: the TypeScript type says {show(fields[name]['type'])}"
                problems.append(_Problem(place, text))
        return converted

    def unknown(self, item: Json, place: Place, problems: list[_Problem], converted: dict[str, Json], key: str) -> None:
        try:
            converted[key] = plain(item, place)
        except DomainError as error:
            problems.extend(_Problem(place, text) for text in error.problems)

    def key(self, key: object, place: Place, problems: list[_Problem]) -> bool:
        if not isinstance(key, str):
            problems.append(_Problem(place, f"{place} has the key {key!r} ({type(key).__name__}): keys are strings"))
            return False
        try:
            string(key, place.at(key))
        except DomainError as error:
            problems.append(_Problem(place, str(error)))
            return False
        return True

    def map(self, value: dict[str, Json], type_: Type, place: Place, problems: list[_Problem]) -> Json:
        converted: dict[str, Json] = {}
        for key, item in value.items():
            if self.key(key, place, problems):
                made = self.convert(item, type_["values"], place.at(key), problems)
                if made is not ABSENT:
                    converted[key] = made
        return converted

    def union(self, value: Json | Absent, type_: Type, place: Place, problems: list[_Problem]) -> Json | Absent:
        if isinstance(value, (bool, int, float, str)):
            value = scalar(value, place)
        tried: list[list[_Problem]] = []
        # Exact members first: among loose ones the first record would take every dict.
        for checker in [_Checker(self.artifact, loose=False), self] if self.loose else [self]:
            tried = []
            for member in type_["of"]:
                inner: list[_Problem] = []
                converted = checker.convert(value, member, place, inner)
                if not inner:
                    return converted
                tried.append(inner)
        # The member that was meant: its problems lie deeper than the value itself, and are the fewest.
        depth = len(place.keys())
        deeper = sorted(
            (inner for inner in tried if any(problem.depth > depth for problem in inner) or len(tried) == 1), key=len
        )
        if len(deeper) == 1 or (len(deeper) > 1 and len(deeper[0]) < len(deeper[1])):
            problems.extend(deeper[0])
        else:
            problems.append(_Problem(place, mismatch(value, type_, place)))
        return value


def _instead(missing: list[str]) -> str:
    return f" (and {', '.join(f'`{name}`' for name in missing)} is missing)" if missing else ""


def _same(value: Json, option: Json) -> bool:
    return (
        isinstance(value, bool) == isinstance(option, bool)
        and isinstance(value, str) == isinstance(option, str)
        and value == option
    )


def accepts_absent(type_: Type) -> bool:
    """Whether `undefined` is a value of the type."""
    return type_["kind"] == "absent" or (
        type_["kind"] == "union" and any(accepts_absent(member) for member in type_["of"])
    )


def only_strings(type_: Type) -> bool:
    """Whether every value of the type is a string: such a parameter is typed as raw text."""
    kind = type_["kind"]
    if kind == "enum":
        return all(isinstance(option, str) for option in type_["values"])
    return kind == "string" or (kind == "union" and all(only_strings(member) for member in type_["of"]))


def show(type_: Type, depth: int = 0) -> str:
    """The type as TypeScript writes it, shortened."""
    kind = type_["kind"]
    if kind in {"null", "boolean", "number", "string"}:
        return kind
    if kind == "absent":
        return "undefined"
    if kind == "json":
        return "Json"
    if kind == "artifact":
        return ARTIFACT_NAMES[type_["artifact"]]
    if kind == "enum":
        from .values import to_text

        return " | ".join(to_text(option) for option in type_["values"])
    if kind == "union":
        return " | ".join(show(member, depth + 1) for member in type_["of"])
    if kind == "list":
        inner = show(type_["items"], depth + 1)
        return f"({inner})[]" if type_["items"]["kind"] in {"union", "enum"} else f"{inner}[]"
    if kind == "tuple":
        return f"[{', '.join(show(item, depth + 1) for item in type_['items'])}]"
    if kind == "map":
        return f"Record<string, {show(type_['values'], depth + 1)}>"
    if depth > 2:
        return "{ ... }"
    fields = [
        f"{name}{'?' if field.get('optional') else ''}: {show(field['type'], depth + 1)}"
        for name, field in type_["fields"].items()
    ]
    return f"{{ {'; '.join(fields)} }}" if fields else "{}"
