"""The pipeline's expressions, with JavaScript's meaning (operators: the table in `compiler/ir/types.ts`)."""

from __future__ import annotations

from .errors import ContractError, ExpressionError
from .places import dotted
from .values import ABSENT, Absent, describe, number_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    from .values import Json

    Expr: TypeAlias = dict[str, Any]
    Slots: TypeAlias = Mapping[str, Any]


def evaluate(expr: Expr, slots: Slots) -> Json | Absent:
    """The value of `expr`, or ABSENT. `slots` maps names such as `output:train` to values; it may load them when asked.

    Raises ExpressionError where JavaScript would throw a TypeError, ContractError for a slot that is not there.
    """
    return _without_absent(_evaluate(expr, slots, {}))


def _evaluate(expr: Expr, slots: Slots, bound: dict[str, Json]) -> Json | Absent:
    if "lit" in expr:
        return expr["lit"]
    if "get" in expr:
        name = expr["get"]
        return _walk(_slot(name, slots, bound), expr.get("path", []), name)
    if "op" in expr:
        operator = _OPERATORS.get(expr["op"])
        if operator is None:
            raise ContractError(f"unknown operator {expr['op']!r}")
        return operator(expr["args"], lambda argument: _evaluate(argument, slots, bound))
    if "list" in expr:
        return [_evaluate(item, slots, bound) for item in expr["list"]]
    if "record" in expr:
        # An absent field stays until the end: in `{...a, x: undefined}` it hides the `x` of `a`.
        return {key: _evaluate(field, slots, bound) for key, field in expr["record"].items()}
    if "each" in expr:
        return _comprehension(expr, slots, bound)
    if "absent" in expr:
        return ABSENT
    raise ContractError(f"{describe(expr)} is not an expression")


def _slot(name: str, slots: Slots, bound: dict[str, Json]) -> Json | Absent:
    if name in bound:
        return bound[name]
    try:
        return slots[name]
    except KeyError:
        raise ContractError(f"no value is given for {name}") from None


def _comprehension(expr: Expr, slots: Slots, bound: dict[str, Json]) -> list[Json]:
    items = _list(_evaluate(expr["each"], slots, bound), "map")
    name, index_name, where = f"bound:{expr['as']}", expr.get("index"), expr.get("where")
    result: list[Json] = []
    for index, item in enumerate(items):
        inner = {**bound, name: item}
        if where is not None:
            # `filter` counts all items, the `map` after it those that were kept.
            if index_name is not None:
                inner[f"bound:{index_name}"] = index
            if not _boolean(_evaluate(where, slots, inner), "filter"):
                continue
        if index_name is not None:
            inner[f"bound:{index_name}"] = len(result)
        result.append(_evaluate(expr["yield"], slots, inner))
    return result


def slots_of(expr: Expr) -> set[str]:
    """The slots that `expr` may read, bound variables included."""
    if "get" in expr:
        return {expr["get"]}
    if "record" in expr:
        parts = list(expr["record"].values())
    elif "each" in expr:
        parts = [expr["each"], expr["yield"], *([expr["where"]] if "where" in expr else [])]
    else:
        parts = [*expr.get("args", []), *expr.get("list", [])]
    return set().union(*map(slots_of, parts))


def _walk(value: Json | Absent, path: list[str | int], of: str = "") -> Json | Absent:
    for done, key in enumerate(path):
        if value is None or value is ABSENT:
            where = f" (`{dotted(path[:done])}` of {of})" if of and done else f" ({of})" if of else ""
            raise ExpressionError(f"cannot read property {key!r} of {'null' if value is None else 'undefined'}{where}")
        value = _property(value, key)
    return value


def _property(value: Json, key: str | int) -> Json | Absent:
    if isinstance(value, dict):
        return value.get(number_text(key) if isinstance(key, (int, float)) else key, ABSENT)
    if key == "length" and isinstance(value, (list, str)):
        return _length_of(value)
    if isinstance(value, list):
        if isinstance(key, str) and key.isascii() and key.isdigit() and str(int(key)) == key:
            key = int(key)
        return value[key] if isinstance(key, int) and 0 <= key < len(value) else ABSENT
    if isinstance(value, str):
        raise ExpressionError(f"cannot read property {key!r} of {describe(value)}")
    return ABSENT


def _length_of(value: list[Json] | str) -> int:
    return len(value.encode("utf-16-le")) // 2 if isinstance(value, str) else len(value)


def _without_absent(value: Json | Absent) -> Json | Absent:
    """Drop absent fields. Nothing is copied where there is none."""
    if isinstance(value, dict):
        cleaned = {key: _without_absent(item) for key, item in value.items() if item is not ABSENT}
        return (
            cleaned if len(cleaned) != len(value) or any(cleaned[key] is not value[key] for key in cleaned) else value
        )
    if isinstance(value, list):
        items = [_without_absent(item) for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


# Operators ------------------------------------------------------------------------------------------------------------
# Each takes the unevaluated arguments and how to evaluate one, so that it alone decides which are looked at.

if TYPE_CHECKING:
    Run: TypeAlias = Callable[[Expr], Any]


def _boolean(value: Json | Absent, operator: str) -> bool:
    if not isinstance(value, bool):
        raise ExpressionError(f"`{operator}` needs a boolean, not {describe(value)}")
    return value


def _list(value: Json | Absent, operator: str) -> list[Json]:
    if not isinstance(value, list):
        raise ExpressionError(f"`{operator}` needs a list, not {describe(value)}")
    return value


def _not(args: list[Expr], run: Run) -> bool:
    return not _boolean(run(args[0]), "!")


def _and(args: list[Expr], run: Run) -> bool:
    return all(_boolean(run(arg), "&&") for arg in args)


def _or(args: list[Expr], run: Run) -> bool:
    return any(_boolean(run(arg), "||") for arg in args)


def strictly_equal(left: Json | Absent, right: Json | Absent) -> bool:
    """`left === right` of two values of which at most one is a list or record. Raises ExpressionError otherwise."""
    if isinstance(left, (list, dict)) and isinstance(right, (list, dict)):
        raise ExpressionError("two lists or records cannot be compared by identity")
    if left is None or right is None or left is ABSENT or right is ABSENT:
        return left is right
    # In Python True equals 1; in JavaScript it does not.
    return _kind(left) == _kind(right) and left == right


def _kind(value: Json) -> type:
    return (
        bool
        if isinstance(value, bool)
        else str
        if isinstance(value, str)
        else float
        if isinstance(value, (int, float))
        else type(value)
    )


def _eq(args: list[Expr], run: Run) -> bool:
    return strictly_equal(run(args[0]), run(args[1]))


def _ne(args: list[Expr], run: Run) -> bool:
    return not strictly_equal(run(args[0]), run(args[1]))


def _order(sign: str, compare: Callable[[float, float], bool]) -> Callable[[list[Expr], Run], bool]:
    def operator(args: list[Expr], run: Run) -> bool:
        left, right = run(args[0]), run(args[1])
        for value in (left, right):
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ExpressionError(f"`{sign}` needs two numbers, not {describe(value)}")
        return compare(left, right)

    return operator


def _is_nullish(args: list[Expr], run: Run) -> bool:
    value = run(args[0])
    return value is None or value is ABSENT


def _select(args: list[Expr], run: Run) -> Json | Absent:
    return run(args[1]) if _boolean(run(args[0]), "? :") else run(args[2])


def _coalesce(args: list[Expr], run: Run) -> Json | Absent:
    value: Json | Absent = ABSENT
    for arg in args:
        value = run(arg)
        if value is not None and value is not ABSENT:
            break
    return value


def to_string(value: Json | Absent) -> str:
    """`String(value)` of a scalar. Raises ExpressionError for a list or record."""
    if value is None:
        return "null"
    if value is ABSENT:
        return "undefined"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return number_text(value)
    raise ExpressionError(f"{describe(value)} cannot be put into a template string")


def _template(args: list[Expr], run: Run) -> str:
    return "".join(to_string(run(arg)) for arg in args)


def _length(args: list[Expr], run: Run) -> int:
    return len(_list(run(args[0]), "length"))


def _concat(args: list[Expr], run: Run) -> list[Json]:
    return [item for arg in args for item in _list(run(arg), "...")]


def _merge(args: list[Expr], run: Run) -> dict[str, Json]:
    merged: dict[str, Json] = {}
    for arg in args:
        value = run(arg)
        if value is None or value is ABSENT:
            continue
        if not isinstance(value, dict):
            raise ExpressionError(f"`...` in a record needs a record, not {describe(value)}")
        merged.update(value)
    return merged


def _path(args: list[Expr], run: Run) -> list[str | int]:
    """One argument with the whole path, or one a step."""
    path: list[str | int] = []
    for arg in args:
        key = run(arg)
        path.extend(key if isinstance(key, list) else [key])
    return path


def _get(args: list[Expr], run: Run) -> Json | Absent:
    return _walk(run(args[0]), _path(args[1:], run))


def _get_optional(args: list[Expr], run: Run) -> Json | Absent:
    value = run(args[0])
    return ABSENT if value is None or value is ABSENT else _walk(value, _path(args[1:], run))


_OPERATORS: dict[str, Callable[[list[Expr], Run], Any]] = {
    "not": _not,
    "and": _and,
    "or": _or,
    "eq": _eq,
    "ne": _ne,
    "lt": _order("<", lambda left, right: left < right),
    "le": _order("<=", lambda left, right: left <= right),
    "gt": _order(">", lambda left, right: left > right),
    "ge": _order(">=", lambda left, right: left >= right),
    "isNullish": _is_nullish,
    "select": _select,
    "coalesce": _coalesce,
    "template": _template,
    "length": _length,
    "concat": _concat,
    "merge": _merge,
    "get": _get,
    "getOptional": _get_optional,
}
