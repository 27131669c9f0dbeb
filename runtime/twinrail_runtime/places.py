"""Where in a value something is, for messages: "returned `parts[2].rows`"."""

from __future__ import annotations


class Place:
    """A position inside a value: linked up to its subject ("returned", "input", "parameter", "" for any value)."""

    __slots__ = ("key", "parent")

    def __init__(self, key: str | int, parent: Place | None = None) -> None:
        self.key = key
        self.parent = parent

    def at(self, key: str | int) -> Place:
        """The place of field or index `key` below this one."""
        return Place(key, self)

    def keys(self) -> list[str | int]:
        """The way from the subject down to here."""
        keys: list[str | int] = []
        place = self
        while place.parent is not None:
            keys.append(place.key)
            place = place.parent
        return keys[::-1]

    def __str__(self) -> str:
        keys = self.keys()
        place = self
        while place.parent is not None:
            place = place.parent
        subject = str(place.key)
        if not keys:
            return f"the {subject} value" if subject else "the value"
        return f"{subject} `{dotted(keys)}`" if subject else f"`{dotted(keys)}`"


def dotted(keys: list[str | int]) -> str:
    """`parts[2].rows`, `["a b"]`: as one would write it in TypeScript."""
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        elif key.isidentifier():
            text += f".{key}" if text else key
        else:
            shown = ascii(key if len(key) <= 40 else key[:40] + "...")
            text += f"[{shown}]"
    return text


VALUE = Place("")
RETURNED = Place("returned")
INPUT = Place("input")
PARAMETER = Place("parameter")
