"""What expressions read: named values, each made when it is first asked for and only then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from .errors import ContractError
from .expressions import evaluate, slots_of
from .layout import latest_records, node_prefix
from .values import ABSENT, from_text, unwire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    from .artifacts import Store
    from .expressions import Expr
    from .layout import Record
    from .run_context import RunContext
    from .values import Absent, Json

    Gather: TypeAlias = dict[str, Any]  # {"items": Expr, "result": Expr, "tasks": {NODE: [LOOP, ...]}}
    Caught: TypeAlias = dict[str, Any]  # {"body": Nodes, "loops": [LOOP, ...], "failed": bool}


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
    """What finished tasks left in the store, found by index. An engine's own aggregate drops failed items."""

    def __init__(self, store: Store, run: RunContext) -> None:
        self._store = store
        self._run = run
        self._records: dict[str, dict[tuple[int, ...], Record]] = {}
        self._values: dict[str, Json | Absent] = {}

    def record_of(self, node: str, indices: Sequence[int]) -> Record | None:
        """What the highest attempt of one iteration left; None when no attempt could say anything."""
        return self._of(node).get(tuple(indices))

    def value_of(self, node: str, indices: Sequence[int]) -> Json | Absent:
        """The value of one iteration, or ABSENT."""
        record = self.record_of(node, indices)
        if record is None or record.kind != "out":
            return ABSENT
        if record.key not in self._values:
            self._values[record.key] = self._read(record.key)
        return self._values[record.key]

    def error_of(self, node: str, indices: Sequence[int]) -> dict[str, Json] | None:
        """The error that one iteration ended with, if its last attempt could write one."""
        record = self.record_of(node, indices)
        if record is None or record.kind != "error":
            return None
        error = from_text(self._store.read(record.key).decode("ascii"))
        return error if isinstance(error, dict) else None

    def fetch(self, iterations: Mapping[str, Sequence[int]]) -> None:
        """Read, all at once, what will be asked for: of each node the iterations that begin with these indices.

        One object after the other, a loop of a thousand items would wait a thousand times for the store.
        """
        _at_once(self._of, [node for node in iterations if node not in self._records])
        keys = [
            record.key
            for node, indices in iterations.items()
            for iteration, record in self._of(node).items()
            if iteration[: len(indices)] == tuple(indices) and record.kind == "out" and record.key not in self._values
        ]
        self._values.update(zip(keys, _at_once(self._read, keys), strict=True))

    def _of(self, node: str) -> dict[tuple[int, ...], Record]:
        if node not in self._records:
            prefix = node_prefix(self._run.pipeline, self._run.key, node)
            self._records[node] = latest_records(self._store.list(prefix), prefix)
        return self._records[node]

    def _read(self, key: str) -> Json | Absent:
        return unwire(self._store.read(key).decode("ascii"), self._store.get_bytes)


READERS = 16


def _at_once(read: Callable[[str], Any], names: list[str]) -> list[Any]:
    if len(names) < 2:
        return [read(name) for name in names]
    from concurrent.futures import ThreadPoolExecutor

    # The first one alone: it opens the store.
    first = read(names[0])
    with ThreadPoolExecutor(READERS) as pool:
        return [first, *pool.map(read, names[1:])]


class World:
    """Slots that are filled from the store: results of loops, of tasks inside a `try`, and what a `try` caught.

    `stored` and `errors` are the spec's; each is defined anew in every iteration of a loop around it.
    """

    def __init__(
        self,
        gatherer: Gatherer,
        gathers: dict[str, Gather],
        stored: dict[str, list[str]] | None = None,
        errors: dict[str, Caught] | None = None,
    ) -> None:
        self.gatherer = gatherer
        self.gathers = gathers
        self.stored = stored or {}
        self.errors = errors or {}

    def define(self, slots: Slots) -> None:
        """Define everything as it is outside of all loops, or in those whose `index:` the slots have."""
        self._define(slots, self.gathers, self.stored, self.errors)

    def iteration(self, slots: Slots, loop: str, item: Json | Absent, index: int) -> Slots:
        """The slots inside of `loop`, at one of its items."""
        here = Slots(slots)
        here.set(f"item:{loop}", item)
        here.set(f"index:{loop}", index)
        gathers = {other: of for other, of in self.gathers.items() if other != loop and self._is_inside(other, loop)}
        stored = {task: loops for task, loops in self.stored.items() if loop in loops}
        errors = {name: caught for name, caught in self.errors.items() if loop in caught.get("loops", [])}
        self._define(here, gathers, stored, errors)
        return here

    def _define(
        self, slots: Slots, gathers: Iterable[str], stored: dict[str, list[str]], errors: Iterable[str]
    ) -> None:
        for loop in gathers:
            slots.define(f"output:{loop}", partial(self._results, slots, loop))
        unread = [stored]
        for task, loops in stored.items():
            slots.define(f"output:{task}", partial(self._stored, slots, unread, task, loops))
        for name in errors:
            slots.define(f"error:{name}", partial(self._caught, slots, name))

    def _results(self, slots: Slots, loop: str) -> list[Json | Absent]:
        gather = self.gathers[loop]
        items = evaluate(gather["items"], slots)
        if not isinstance(items, list):
            raise ContractError(f"the items of {loop} are not a list")
        tasks = gather.get("tasks", {})
        if items:
            around = {task: loops[: loops.index(loop)] for task, loops in tasks.items()}
            self.gatherer.fetch({task: _indices(slots, loops) or [] for task, loops in around.items()})
        results: list[Json | Absent] = []
        for index, item in enumerate(items):
            here = self.iteration(slots, loop, item, index)
            for task, loops in tasks.items():
                here.define(f"output:{task}", partial(self._value, here, task, loops))
            results.append(evaluate(gather["result"], here))
        return results

    def _stored(self, slots: Slots, unread: list[dict[str, list[str]]], task: str, loops: list[str]) -> Json | Absent:
        # The first one that is asked for brings all of them.
        for stored in [unread.pop()] if unread else []:
            near = {other: _indices(slots, around) for other, around in stored.items()}
            self.gatherer.fetch({other: indices for other, indices in near.items() if indices is not None})
        return self._value(slots, task, loops)

    def _value(self, slots: Slots, task: str, loops: list[str]) -> Json | Absent:
        return self.gatherer.value_of(task, [slots[f"index:{loop}"] for loop in loops])

    def _caught(self, slots: Slots, name: str) -> Json | Absent:
        from .verdicts import error_of_block

        caught = self.errors[name]
        error = error_of_block(caught["body"], slots, self)
        if error is None and caught.get("failed"):
            # The engine started the handler, so something failed, and nobody could write down what.
            return {"message": "the engine says that it failed; no step left a word"}
        return ABSENT if error is None else error

    def _is_inside(self, loop: str, outer: str) -> bool:
        """Whether the result of `loop` is another one in each iteration of `outer`."""
        gather = self.gathers[loop]
        if outer in gather.get("loops", ()) or any(outer in loops for loops in gather.get("tasks", {}).values()):
            return True
        read = {*slots_of(gather["items"]), *slots_of(gather["result"])}
        if f"item:{outer}" in read or f"index:{outer}" in read:
            return True
        return any(
            f"output:{other}" in read and other != loop and self._is_inside(other, outer) for other in self.gathers
        )


def _indices(slots: Slots, loops: Sequence[str]) -> list[int] | None:
    names = [f"index:{loop}" for loop in loops]
    return [slots[name] for name in names] if all(name in slots for name in names) else None


def define_loops(slots: Slots, gatherer: Gatherer, gathers: dict[str, Gather]) -> None:
    """Define `output:<loop>` of finished parallel loops: each loop's result, one an item, in item order.

    Results are evaluated here, over what the bodies' tasks wrote; indices of loops around them come from the slots
    `index:<loop>`.
    """
    World(gatherer, gathers).define(slots)


def define_item(slots: Slots, loop: str, items: Expr, index: int) -> None:
    """Define `item:<loop>` and `index:<loop>` of an enclosing loop that is at `index`."""

    def make() -> Json | Absent:
        values = evaluate(items, slots)
        if not isinstance(values, list) or index >= len(values):
            raise ContractError(f"{loop} has no item {index}")
        return values[index]

    slots.set(f"index:{loop}", index)
    slots.define(f"item:{loop}", make)
