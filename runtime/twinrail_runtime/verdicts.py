"""How a finished block ended, by what its tasks left in the store: which failure a `catch` caught.

A copy of the reference meaning (`compiler/ir/simulate.ts`) over facts: a node whose `after` did not all succeed was
skipped; of several failures the first in source order counts, in a loop the first in item order.
"""

from __future__ import annotations

from .errors import ExpressionError
from .expressions import evaluate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from .slots import Slots, World
    from .values import Json

    Nodes: TypeAlias = list[dict[str, Any]]
    Error: TypeAlias = dict[str, Json]
    #: The error, None for success, SKIPPED.
    Verdict: TypeAlias = "Error | str | None"

SKIPPED = "skipped"
SILENT = "it was ended before it could say why: out of memory, over its time, or its machine was lost"


def error_of_block(nodes: Nodes, slots: Slots, world: World) -> Error | None:
    """The first failure of a block that has ended, or None."""
    verdicts: dict[str, Verdict] = {}
    first: Error | None = None
    for node in nodes:
        if any(verdicts[other] is not None for other in node.get("after", [])):
            verdict: Verdict = SKIPPED
        else:
            try:
                verdict = _verdict(node, slots, world)
            except ExpressionError as error:
                verdict = {"message": str(error)}
        verdicts[node["node"]] = verdict
        if first is None and isinstance(verdict, dict):
            first = verdict
    return first


def _verdict(node: dict[str, Any], slots: Slots, world: World) -> Verdict:
    if "condition" in node:
        return error_of_block(node["then" if evaluate(node["condition"], slots) else "else"], slots, world)
    if "items" in node:
        return _loop(node, slots, world)
    if "body" in node:
        return _try(node, slots, world)
    indices = [slots[f"index:{loop}"] for loop in node.get("loops", [])]
    record = world.gatherer.record_of(node["node"], indices)
    if record is not None and record.kind == "out":
        return None
    error = world.gatherer.error_of(node["node"], indices)
    # Whatever wrote nothing was killed, in the last attempt that it had.
    attempts: dict[str, Json] = {"step": node["step"], "attempt": node["attempts"]} if "step" in node else {}
    if record is not None and error is not None and record.attempt + 1 < node["attempts"] and error.get("retry"):
        error = None
    return {**attempts, "message": SILENT} if error is None else {k: v for k, v in error.items() if k != "retry"}


def _loop(node: dict[str, Any], slots: Slots, world: World) -> Error | None:
    items = evaluate(node["items"], slots)
    if not isinstance(items, list):
        raise ExpressionError(f"the items of {node['node']} are not a list")
    for index, item in enumerate(items):
        error = error_of_block(node["body"], world.iteration(slots, node["node"], item, index), world)
        if error is not None:
            return error
    return None


def _try(node: dict[str, Any], slots: Slots, world: World) -> Error | None:
    error = error_of_block(node["body"], slots, world)
    if error is not None and "handler" in node:
        error = error_of_block(node["handler"], slots, world)
    if "finally" in node:
        last = error_of_block(node["finally"], slots, world)
        return error if last is None else last
    return error
