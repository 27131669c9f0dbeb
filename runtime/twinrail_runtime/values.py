"""Values as text and on the wire (README, "Values on the wire"); byte for byte what `compiler/ir/encode.ts` writes."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii

from .errors import ContractError, DomainError
from .places import VALUE, Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    Json: TypeAlias = Any  # None | bool | int | float | str | list[Json] | dict[str, Json]
    Reference: TypeAlias = dict[str, Any]  # {"uri": str, "sha256": str, "bytes": int}

INLINE_LIMIT = 2048
"""Longest text, in bytes, that travels inside a wire string; above it only a reference does."""

MAX_SAFE_INTEGER = 2**53 - 1

MAX_DEPTH = 200
"""Deepest nesting of lists and objects."""


class Absent:
    """JavaScript's `undefined`. There is one: `ABSENT`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "absent"


ABSENT = Absent()

# Text -----------------------------------------------------------------------------------------------------------------

# `{{` and `{%` are tags of Argo and Jinja, `$(` is the kubelet's; a raw DEL breaks Argo's template replacement (4.0.5).
_HIDDEN = {ord(char): f"\\u{ord(char):04x}" for char in "{}$\x7f"}


def to_text(value: Json, place: Place = VALUE) -> str:
    """Canonical JSON text of `value`, ASCII only. A tuple is a list, absent fields are left out, absent items are null.

    `place` names the value in messages. Raises DomainError for what is not a JSON value.
    """
    parts: list[str] = []
    _emit(value, place, 0, parts)
    return "".join(parts)


def _emit(value: Json, place: Place, depth: int, parts: list[str]) -> None:
    if isinstance(value, dict):
        _too_deep(depth, place)
        parts.append("{")
        first = True
        for key in sorted_keys(value, place):
            item = value[key]
            if item is ABSENT:
                continue
            parts.append(("" if first else ",") + _string_text(key, place) + ":")
            first = False
            _emit(item, place.at(key), depth + 1, parts)
        parts.append("}")
    elif isinstance(value, (list, tuple)):
        _too_deep(depth, place)
        parts.append("[")
        for index, item in enumerate(value):
            if index:
                parts.append(",")
            _emit(None if item is ABSENT else item, place.at(index), depth + 1, parts)
        parts.append("]")
    else:
        value = scalar(value, place)
        if value is None:
            parts.append("null")
        elif isinstance(value, bool):
            parts.append("true" if value else "false")
        elif isinstance(value, str):
            parts.append(_string_text(value, place))
        else:
            parts.append(number_text(value))


def _string_text(text: str, place: Place) -> str:
    return encode_basestring_ascii(string(text, place)).translate(_HIDDEN)


def _too_deep(depth: int, place: Place) -> None:
    if depth >= MAX_DEPTH:
        raise DomainError(f"{_root(place)} is nested more than {MAX_DEPTH} levels deep, or contains itself")


def _root(place: Place) -> Place:
    while place.parent is not None and place.parent.parent is not None:
        place = place.parent
    return place


def sorted_keys(value: dict[str, Json], place: Place = VALUE) -> list[str]:
    """The keys of `value` in JavaScript's order: by UTF-16 code units. Raises DomainError when one is not a string."""
    for key in value:
        if not isinstance(key, str):
            raise DomainError(f"{place} has the key {key!r} ({type(key).__name__}): keys are strings")
        string(key, place)
    return sorted(value, key=lambda key: key.encode("utf-16-be"))


def number_text(value: float) -> str:
    """`Number.prototype.toString` (ECMAScript 2024, 6.1.6.1.20) of a finite number."""
    if isinstance(value, int):
        return str(int(value))
    if value == 0:
        return "0"
    # Both languages give the shortest digits that read back as the same number; only their layout differs.
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = float.__repr__(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    point = len(whole) + int(exponent or 0)
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    digits = stripped.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return sign + digits[0] + (f".{digits[1:]}" if count > 1 else "") + power


def from_text(text: str) -> Json:
    """The value of a JSON text with JavaScript's numbers: `3.0` is 3, `-0` is 0, an integer beyond 2^53-1 is a float.

    Raises DomainError for a number beyond the largest float, for NaN, Infinity and lone surrogates; ValueError for what
    is not JSON.
    """
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise DomainError("the text is nested too deeply") from None
    if "\\ud" in text or "\\uD" in text or not text.isascii():
        plain(value)
    return value


def _integer(digits: str) -> float:
    if len(digits) <= 17 and abs(value := int(digits)) <= MAX_SAFE_INTEGER:
        return value
    return _real(digits)


def _real(digits: str) -> float:
    return number(float(digits), VALUE)


def _constant(name: str) -> float:
    raise DomainError(f"{name} is not a JSON value")


_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_real, parse_constant=_constant)

# Domain ---------------------------------------------------------------------------------------------------------------


def plain(value: Json, place: Place = VALUE, depth: int = 0) -> Json:
    """`value` as what its text reads back as: lists for tuples, 3 for 3.0. Raises DomainError naming the place."""
    if isinstance(value, dict):
        _too_deep(depth, place)
        return {
            str.__str__(key): plain(value[key], place.at(key), depth + 1)
            for key in sorted_keys(value, place)
            if value[key] is not ABSENT
        }
    if isinstance(value, (list, tuple)):
        _too_deep(depth, place)
        return [None if item is ABSENT else plain(item, place.at(index), depth + 1) for index, item in enumerate(value)]
    return scalar(value, place)


def scalar(value: Json, place: Place) -> Json:
    """A null, boolean, number or string in the domain. Raises DomainError for anything else."""
    value = unbox(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return string(value, place)
    if isinstance(value, (int, float)):
        return number(value, place)
    raise DomainError(f"{place} is {describe(value)}, which is not a JSON value{_hint(value)}")


def number(value: float, place: Place) -> float:
    """A finite number, an int where it is whole. Raises DomainError for NaN, infinities, and ints beyond 2^53-1."""
    if isinstance(value, int):
        if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
            return int(value)
        limit = "beyond 2^53-1, which JavaScript cannot hold: return a string or a float"
        raise DomainError(f"{place} is the integer {_short_int(value)}, {limit}")
    value = float(value)
    if value - value != 0:  # NaN and the infinities only
        raise DomainError(f"{place} is {value}, which is not a JSON number")
    return int(value) if value.is_integer() and abs(value) <= MAX_SAFE_INTEGER else value


def _short_int(value: int) -> str:
    return str(value) if value.bit_length() < 200 else f"of {value.bit_length()} bits"


def string(text: str, place: Place) -> str:
    """Well-formed text. Raises DomainError for a lone surrogate (also what undecodable bytes become in file names)."""
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise DomainError(
                f"{place} is a string with a lone surrogate (\\u{ord(text[error.start]):04x} at {error.start})"
            ) from None
    return text if type(text) is str else str.__str__(text)  # an Enum's own __str__ says its name


def unbox(value: Json) -> Json:
    """A numpy scalar as the Python number it stands for (`numpy.float32(0.5)` is 0.5); anything else as it is."""
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        return value.item()
    return value


def describe(value: Json) -> str:
    """What `value` is, for messages: "a string 'x'", "a list of 3 items"."""
    if value is None:
        return "None"
    if value is ABSENT:
        return "absent"
    if isinstance(value, bool):
        return f"the boolean {value}"
    if isinstance(value, str):
        return f"a string {_cut(value)}"
    if isinstance(value, (int, float)):
        return f"the number {_short_int(value) if isinstance(value, int) else value}"
    if isinstance(value, (list, tuple)):
        return (
            f"a {'tuple' if isinstance(value, tuple) else 'list'} of {len(value)} item{'' if len(value) == 1 else 's'}"
        )
    if isinstance(value, dict):
        keys = [_cut(key) if isinstance(key, str) else repr(key) for key in list(value)[:6]]
        return f"a dict with {', '.join(keys)}{', ...' if len(value) > 6 else ''}" if keys else "an empty dict"
    kind = type(value)
    name = (
        kind.__qualname__ if kind.__module__ in {"builtins", "__main__"} else f"{kind.__module__}.{kind.__qualname__}"
    )
    return f"a {name} object"


def _cut(text: str) -> str:
    return ascii(text) if len(text) <= 60 else f"{text[:50]!a}... ({len(text)} characters)"


def _hint(value: Json) -> str:
    if hasattr(value, "__fspath__"):
        return " (a path is returned where the TypeScript type says Dataset, Model, File or Directory)"
    if isinstance(value, (set, frozenset)):
        return ": return sorted(...)"
    if isinstance(value, (bytes, bytearray)):
        return ": return a string, or write a file"
    if hasattr(value, "__dataclass_fields__"):
        return ": return dataclasses.asdict(...)"
    if hasattr(value, "tolist"):
        return ": return .tolist(), or write a file"
    if hasattr(value, "isoformat"):
        return ": return .isoformat()"
    return ""


# Wire -----------------------------------------------------------------------------------------------------------------


def wire(value: Json | Absent, put: Callable[[bytes], Reference] | None = None) -> str:
    """`value` as the one string that engines carry.

    `put` stores a text of more than INLINE_LIMIT bytes and returns its reference; without it such a value is a
    ContractError.
    """
    if value is ABSENT:
        return "N"
    text = to_text(value)
    if len(text) <= INLINE_LIMIT:
        return f"V{text}"
    if put is None:
        raise ContractError(f"a value of {len(text)} bytes is too large to travel inline (limit {INLINE_LIMIT})")
    return f"A{to_text(put(text.encode('ascii')))}"


def unwire(wired: str, get: Callable[[Reference], bytes] | None = None) -> Json | Absent:
    """The value of a wire string, or ABSENT. `get` reads (and verifies) a referenced object."""
    tag, text = wired[:1], wired[1:]
    try:
        if tag == "N" and not text:
            return ABSENT
        if tag == "V":
            return from_text(text)
        if tag == "A" and get is not None:
            return from_text(get(as_reference(from_text(text))).decode("ascii"))
    except ValueError as error:
        raise ContractError(f"{_cut(wired)} is not a value: {error}") from None
    raise ContractError(f"{_cut(wired)} is not a value: it starts with neither V, A nor N")


def is_reference(value: Json) -> bool:
    """Whether `value` has the shape of an artifact: `{"uri","sha256","bytes"}`."""
    return (
        isinstance(value, dict)
        and value.keys() == {"uri", "sha256", "bytes"}
        and isinstance(value["uri"], str)
        and isinstance(value["sha256"], str)
        and isinstance(value["bytes"], int)
    )


def as_reference(value: Json) -> Reference:
    """`value` as a reference to an object. Raises ContractError when it is none."""
    if not is_reference(value):
        raise ContractError(f"{describe(value)} is not a reference to an object")
    return value
