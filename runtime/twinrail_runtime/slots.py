"""What expressions read: named values, each made when it is first asked for and only then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .errors import ContractError
from .expressions import evaluate
from .layout import latest_outs, node_prefix
from .values import unwire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .artifacts import Store
    from .expressions import Expr
    from .run_context import RunContext
    from .values import Absent, Json


class Slots(Mapping[str, Any]):
    """Lazy values by slot name (`output:train`), with an optional outer scope."""

    def __init__(self, outer: Mapping[str, Any] | None = None) -> None:
        self._makers: dict[str, Callable[[], Any]] = {}
        self._values: dict[str, Any] = {}
        self._outer = outer or {}

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
        return iter({**self._outer, **self._makers, **self._values})

    def __len__(self) -> int:
        return len({**self._outer, **self._makers, **self._values})


def _circular(name: str) -> Any:
    raise ContractError(f"{name} is defined by itself")


class Gatherer:
    """Results of finished parallel loops, read by prefix and count. An engine's own aggregate drops failed items."""

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

    def values(self, node: str, within: Sequence[int], count: int) -> list[Json | Absent]:
        """A task's values for indices 0..count-1 of the loop that runs at `within`."""
        return [self.value_of(node, [*within, index]) for index in range(count)]


def define_loop(slots: Slots, gatherer: Gatherer, loop: str, spec: dict[str, Any], within: Sequence[int]) -> None:
    """Define `output:<loop>` of a finished parallel loop as its result, one an item, in item order.

    `spec` is `{"items": E, "tasks": [NODE], "loops": {NODE: spec}?, "result": E}`; `within` holds the indices of the loops around it.
    """

    def make() -> list[Json | Absent]:
        items = evaluate(spec["items"], slots)
        if not isinstance(items, list):
            raise ContractError(f"the items of {loop} are not a list")
        return [iteration(index, item) for index, item in enumerate(items)]

    def iteration(index: int, item: Json) -> Json | Absent:
        inner = Slots(slots)
        inner.set(f"item:{loop}", item)
        inner.set(f"index:{loop}", index)
        here = [*within, index]
        for task in spec.get("tasks", []):
            inner.define(f"output:{task}", lambda task=task: gatherer.value_of(task, here))
        for nested, nested_spec in spec.get("loops", {}).items():
            define_loop(inner, gatherer, nested, nested_spec, here)
        return evaluate(spec["result"], inner)

    slots.define(f"output:{loop}", make)


def define_item(slots: Slots, loop: str, items: Expr, index: int) -> None:
    """Define `item:<loop>` and `index:<loop>` of an enclosing loop that is at `index`. An item is never a copy on the wire (README)."""

    def make() -> Json | Absent:
        values = evaluate(items, slots)
        if not isinstance(values, list) or index >= len(values):
            raise ContractError(f"{loop} has no item {index}")
        return values[index]

    slots.set(f"index:{loop}", index)
    slots.define(f"item:{loop}", make)


