"""What expressions read: named values, each made when it is first asked for and only then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from .errors import ContractError
from .expressions import evaluate, slots_of
from .layout import latest_outs, node_prefix
from .values import unwire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from .artifacts import Store
    from .expressions import Expr
    from .run_context import RunContext
    from .values import Absent, Json

    Gather: TypeAlias = dict[str, Any]  # {"items": Expr, "result": Expr, "tasks": {NODE: [LOOP, ...]}}


class Slots(Mapping[str, Any]):
    """Lazy values by slot name (`output:train`), with an optional outer scope."""

    def __init__(self, outer: Mapping[str, Any] | None = None) -> None:
        self._makers: dict[str, Callable[[], Any]] = {}
        self._values: dict[str, Any] = {}
        self._outer = {} if outer is None else outer

    def set(self, name: str, value: Any) -> None:
        """Give a slot its value."""
        self._values[name] = value

    def define(self, name: str, make: Callable[[], Any]) -> None:
        """Say how a slot's value is made."""
        self._makers[name] = make

    def __getitem__(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        make = self._makers.get(name)
        if make is None:
            return self._outer[name]
        # A slot that needs itself is a bug of the compiler; say so instead of recursing for ever.
        self._makers[name] = lambda: _circular(name)
        self._values[name] = value = make()
        return value

    def __iter__(self) -> Iterator[str]:
        return iter({*self._outer, *self._makers, *self._values})  # names only: nothing is made

    def __len__(self) -> int:
        return len({*self._outer, *self._makers, *self._values})


def _circular(name: str) -> Any:
    raise ContractError(f"{name} is defined by itself")


class Gatherer:
    """Results of finished parallel loops, read by prefix and index. An engine's own aggregate drops failed items."""

    def __init__(self, store: Store, run: RunContext) -> None:
        self._store = store
        self._run = run
        self._outs: dict[str, dict[tuple[int, ...], str]] = {}

    def wire_of(self, node: str, indices: Sequence[int]) -> str:
        """The wire of one iteration (its highest complete attempt); `N` when it wrote none."""
        if node not in self._outs:
            prefix = node_prefix(self._run.pipeline, self._run.key, node)
            self._outs[node] = latest_outs(self._store.list(prefix), prefix)
        key = self._outs[node].get(tuple(indices))
        return "N" if key is None else self._store.read(key).decode("ascii")

    def value_of(self, node: str, indices: Sequence[int]) -> Json | Absent:
        """The value of one iteration, or ABSENT."""
        return unwire(self.wire_of(node, indices), self._store.get_bytes)


def define_loops(slots: Slots, gatherer: Gatherer, gathers: dict[str, Gather]) -> None:
    """Define `output:<loop>` of finished parallel loops: each loop's result, one an item, in item order.

    Results are evaluated here, over what the bodies' tasks wrote; indices of loops around them come from the slots
    `index:<loop>`.
    """
    for loop in gathers:
        slots.define(f"output:{loop}", partial(_results, slots, gatherer, gathers, loop))


def _results(slots: Slots, gatherer: Gatherer, gathers: dict[str, Gather], loop: str) -> list[Json | Absent]:
    gather = gathers[loop]
    items = evaluate(gather["items"], slots)
    if not isinstance(items, list):
        raise ContractError(f"the items of {loop} are not a list")
    nested = {other: gathers[other] for other in gathers if other != loop and _is_inside(other, loop, gathers)}
    results: list[Json | Absent] = []
    for index, item in enumerate(items):
        here = Slots(slots)
        here.set(f"item:{loop}", item)
        here.set(f"index:{loop}", index)
        for task, loops in gather.get("tasks", {}).items():
            here.define(f"output:{task}", partial(_iteration, here, gatherer, task, loops))
        define_loops(here, gatherer, nested)
        results.append(evaluate(gather["result"], here))
    return results


def _iteration(slots: Slots, gatherer: Gatherer, task: str, loops: list[str]) -> Json | Absent:
    return gatherer.value_of(task, [slots[f"index:{loop}"] for loop in loops])


def _is_inside(loop: str, outer: str, gathers: dict[str, Gather]) -> bool:
    """Whether the result of `loop` is another one in each iteration of `outer`."""
    gather = gathers[loop]
    if any(outer in loops for loops in gather.get("tasks", {}).values()):
        return True
    read = {*slots_of(gather["items"]), *slots_of(gather["result"])}
    if f"item:{outer}" in read or f"index:{outer}" in read:
        return True
    return any(f"output:{other}" in read and _is_inside(other, outer, gathers) for other in gathers if other != loop)


def define_item(slots: Slots, loop: str, items: Expr, index: int) -> None:
    """Define `item:<loop>` and `index:<loop>` of an enclosing loop that is at `index`."""

    def make() -> Json | Absent:
        values = evaluate(items, slots)
        if not isinstance(values, list) or index >= len(values):
            raise ContractError(f"{loop} has no item {index}")
        return values[index]

    slots.set(f"index:{loop}", index)
    slots.define(f"item:{loop}", make)
