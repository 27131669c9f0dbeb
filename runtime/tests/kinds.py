"""Types and expressions, as short as they are in TypeScript; and the table of hostile values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NULL = {"kind": "null"}
VOID = {"kind": "absent"}
BOOLEAN = {"kind": "boolean"}
NUMBER = {"kind": "number"}
STRING = {"kind": "string"}
JSON = {"kind": "json"}
DATASET = {"kind": "artifact", "artifact": "dataset"}
MODEL = {"kind": "artifact", "artifact": "model"}
FILE = {"kind": "artifact", "artifact": "file"}
DIRECTORY = {"kind": "artifact", "artifact": "directory"}


def enum(*values: Any) -> dict[str, Any]:
    return {"kind": "enum", "values": list(values)}


def listof(items: Any) -> dict[str, Any]:
    return {"kind": "list", "items": items}


def tupleof(*items: Any) -> dict[str, Any]:
    return {"kind": "tuple", "items": list(items)}


def mapof(values: Any) -> dict[str, Any]:
    return {"kind": "map", "values": values}


def union(*of: Any) -> dict[str, Any]:
    return {"kind": "union", "of": list(of)}


def field(type_: Any) -> dict[str, Any]:
    return {"type": type_}


def optional(type_: Any) -> dict[str, Any]:
    return {"type": type_, "optional": True}


def record(**fields: Any) -> dict[str, Any]:
    return {"kind": "record", "fields": {name: one if "type" in one else {"type": one} for name, one in fields.items()}}


def lit(value: Any) -> dict[str, Any]:
    return {"lit": value}


def get(slot: str, *path: Any) -> dict[str, Any]:
    return {"get": slot, "path": list(path)}


def op(name: str, *args: Any) -> dict[str, Any]:
    return {"op": name, "args": list(args)}


def encoding_table() -> dict[str, list[list[str]]]:
    """`numbers` by their 64 bits, `strings` by their UTF-16 code units, `values` as JSON; each with the compiler's text."""
    table: dict[str, list[list[str]]] = {"numbers": [], "strings": [], "values": []}
    for line in Path(__file__).with_name("encoding.jsonl").read_text(encoding="ascii").splitlines():
        kind, *pair = json.loads(line)
        table[kind].append(pair)
    return table
