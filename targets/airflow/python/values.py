"""What expressions read while a task runs: results of tasks (XCom), parameters, the run. Each is fetched when it is
first asked for.

A task's XCom is the runtime's wire string of its result; of a mapped task it is `[index, wire]`, because Airflow
hands out the results of mapped tasks without those that are missing. A region's is `{node: wire}`. A task that fails
leaves a second one, `error`: the wire string of what a handler may read of it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowRescheduleException, AirflowSkipException

from .expressions import Absent, to_json
from .twinrail_runtime.artifacts import Store
from .twinrail_runtime.errors import ContractError, StepRaised
from .twinrail_runtime.expressions import evaluate
from .twinrail_runtime.layout import iteration_prefix
from .twinrail_runtime.places import PARAMETER
from .twinrail_runtime.run_context import RunContext
from .twinrail_runtime.types import check
from .twinrail_runtime.values import ABSENT, describe, unwire, wire

PACKAGE = Path(__file__).resolve().parent
RETURN = "return_value"
ERROR = "error"


class TaskRun:
    """One attempt of one task, and what it shares between its expressions."""

    def __init__(self, context: Mapping[str, Any]) -> None:
        self.context = context
        self.ti = context["ti"]
        self.tasks = context["dag"].task_dict
        self.index: int | None = self.ti.map_index if self.ti.map_index >= 0 else None
        self._all: dict[str, dict[int, Any]] = {}
        self._items: dict[str, list[Any]] = {}

    @cached_property
    def settings(self) -> dict[str, Any]:
        """`pipeline.json`: types, the artifact root."""
        return json.loads((PACKAGE / "pipeline.json").read_text("utf-8"))

    @cached_property
    def store(self) -> Store:
        """Artifacts and large values."""
        return Store(self.settings["root"])

    @cached_property
    def run(self) -> RunContext:
        """The run as the pipeline sees it. A run without a logical date is dated by when it was asked for."""
        dag_run = self.context["dag_run"]
        scheduled = dag_run.logical_date
        return RunContext(
            pipeline=self.settings["pipeline"],
            id=dag_run.run_id,
            key=hashlib.sha256(f"{dag_run.dag_id}\0{dag_run.run_id}".encode()).hexdigest()[:16],
            scheduled="" if scheduled is None else scheduled.isoformat(),
            started=dag_run.run_after.isoformat(),
            timezone=self.settings["timezone"],
            root=self.settings["root"],
        )

    @property
    def prefix(self) -> str:
        """Key of everything that this attempt stores.

        The task instance's id makes it unique when a run is deleted and made again.
        """
        indices = [] if self.index is None else [self.index]
        of_all = iteration_prefix(self.run.pipeline, self.run.key, self.ti.task_id, indices)
        return f"{of_all}/{self.ti.try_number}-{str(self.ti.id)[-12:]}"

    @cached_property
    def values(self) -> Values:
        """What the task's own expressions read."""
        return Values(self, self.index)

    def evaluate(self, expression: object) -> Any:
        """The value of an expression of the DAG file, or ABSENT."""
        return evaluate(to_json(expression), self.values)

    def wire(self, value: Any) -> str:
        """The wire string; a large value is stored below this attempt's prefix."""
        return wire(value, lambda data: self.store.put_bytes(f"{self.prefix}/_value.json", data))

    def unwire(self, wired: str) -> Any:
        """The value of a wire string."""
        return unwire(wired, self.store.get_bytes)

    def push(self, result: Any) -> None:
        """Make `result` (a wire string, or a region's record of them) this task's XCom."""
        self.ti.xcom_push(key=RETURN, value=result if self.index is None else [self.index, result])

    def enter(self, arm: tuple[str, bool] | None) -> None:
        """Go on only in the arm that its branch has taken. Raises AirflowSkipException in the other."""
        if arm is not None and self.unwire(self.pull(arm[0], self.index)) is not arm[1]:
            raise AirflowSkipException(f"{arm[0]} took the other arm")

    def tell_error(self, error: Mapping[str, Any]) -> None:
        """Leave `{step?, attempt?, message}` for a handler, before the task fails.

        A task that is in no `try` has no reader, and is as well off without one.
        """
        try:
            self.ti.xcom_push(key=ERROR, value=self.wire(_printable(error)))
        except Exception as problem:  # noqa: BLE001 - the task fails for its own reason, whatever becomes of this
            logging.getLogger(__name__).warning("What failed cannot be told to a handler: %s", problem)

    def error_of(self, task_id: str, index: int | None) -> dict[str, Any]:
        """What a failed task told. One that was killed, or marked as failed by hand, told nothing."""
        wired = self.ti.xcom_pull(task_ids=task_id, key=ERROR, map_indexes=-1 if index is None else index)
        if wired is not None:
            return self.unwire(wired)
        task = self.tasks[task_id]
        error: dict[str, Any] = {"message": f"{task_id} was killed, or marked as failed by hand"}
        given = task.partial_kwargs if task.is_mapped else vars(task)
        if "call" in given:
            error |= {"step": given.get("step") or task_id, "attempt": task.retries + 1}
        return error

    def pull(self, task_id: str, index: int | None) -> Any:
        """What the task pushed. Raises ContractError when it did not."""
        if index is None:
            found = self.ti.xcom_pull(task_ids=task_id, map_indexes=-1)
        elif task_id in self._all:
            found = self._all[task_id].get(index)
        else:
            found = self.ti.xcom_pull(task_ids=task_id, map_indexes=index)
            found = None if found is None else found[1]
        if found is None:
            where = "" if index is None else f", item {index}"
            raise ContractError(f'"{task_id}"{where} has no result in this run (was it marked as successful by hand?)')
        return found

    def pull_all(self, task_id: str) -> None:
        """Fetch the results of a mapped task in one request, for `pull`."""
        if task_id not in self._all:
            # A list of ids, so that one result comes as a list too.
            pulled = self.ti.xcom_pull(task_ids=[task_id])
            self._all[task_id] = dict(pair for pair in pulled if pair is not None)

    def items_of(self, loop: str) -> list[Any]:
        """The list that a loop runs over. Loops do not stand in loops here, so nothing in it depends on an index."""
        if loop not in self._items:
            self._items[loop] = as_list(loop, evaluate(to_json(self.tasks[loop].items), Values(self, None)))
        return self._items[loop]

    def is_mapped(self, task_id: str) -> bool:
        """Whether the task stands in a loop."""
        task = self.tasks[task_id]
        return task.is_mapped or task.get_closest_mapped_task_group() is not None


class Values(Mapping[str, Any]):
    """The runtime's slots (`output:train`, `param:day`) at one index of a loop, or outside of loops (`index` None)."""

    def __init__(self, task_run: TaskRun, index: int | None, *, gather: bool = False) -> None:
        self._run = task_run
        self._index = index
        # Results of the whole loop are wanted: fetch them in one request.
        self._gather = gather
        self._cache: dict[str, Any] = {}
        self._kinds: dict[str, Callable[[str], Any]] = {
            "output": self._output_of,
            "item": self._item_of,
            "index": lambda _: self._index,
            "error": self._error_of,
            "param": self._param_of,
            "run": self._run_of,
        }

    def __getitem__(self, slot: str) -> Any:
        if slot not in self._cache:
            kind, _, name = slot.partition(":")
            self._cache[slot] = self._kinds[kind](name)
        return self._cache[slot]

    def __iter__(self) -> Iterator[str]:
        return iter(self._cache)

    def __len__(self) -> int:
        return len(self._cache)

    def _run_of(self, field: str) -> str:
        return self._run.run.field(field)

    def _param_of(self, name: str) -> Any:
        declared = self._run.settings["params"][name]
        value = self._run.context["params"].get(name)
        default = declared.get("default")
        if value is None and default is None and declared.get("optional"):
            return ABSENT
        # A literal default is Airflow's own: None is then what somebody typed.
        if value is None and default is not None and "lit" not in default:
            return evaluate(default, self)
        return check(value, declared["type"], PARAMETER.at(name))

    def _output_of(self, node: str) -> Any:
        task = self._run.tasks[node]
        if hasattr(task, "each_result"):
            return self._results_of(node, to_json(task.each_result))
        if hasattr(task, "try_results"):
            return self._result_of_try(node, task)
        found = self._pulled(node)
        if hasattr(task, "arm_results"):
            taken, other = task.arm_results
            return evaluate(to_json(taken if self._run.unwire(found) else other), self)
        if isinstance(found, dict):
            return {name: self._run.unwire(wired) for name, wired in found.items()}
        return self._run.unwire(found)

    def _pulled(self, node: str) -> Any:
        if not self._run.is_mapped(node):
            return self._run.pull(node, None)
        if self._gather:
            self._run.pull_all(node)
        return self._run.pull(node, self._index)

    def _result_of_try(self, node: str, task: Any) -> Any:
        """Of the body or the handler, with what `finally` assigned laid over it."""
        body, handler = task.try_results
        threw = self._run.unwire(self._pulled(f"{node}.end"))
        result = to_json(handler if threw else body)
        assigned = to_json(task.assigned)
        return evaluate(result if assigned == to_json(Absent) else {"op": "merge", "args": [result, assigned]}, self)

    def _error_of(self, node: str) -> Any:
        return self._run.unwire(self._pulled(f"{node}.catch"))

    def _results_of(self, loop: str, result: dict[str, Any]) -> list[Any]:
        """One result an item, evaluated here from what the body's tasks pushed."""
        items = self._run.items_of(loop)
        return [evaluate(result, Values(self._run, index, gather=True)) for index in range(len(items))]

    def _item_of(self, loop: str) -> Any:
        items = self._run.items_of(loop)
        if self._index is None or self._index >= len(items):
            raise ContractError(f"{loop} has no item {self._index}")
        return items[self._index]


def as_list(loop: str, items: Any) -> list[Any]:
    """`items` when it is a list. Raises ContractError."""
    if not isinstance(items, list):
        raise ContractError(f"the items of {loop} are {describe(items)}")
    return items


class Failed(AirflowFailException):
    """Fails the task for good, with the `error` that handlers read."""

    def __init__(self, message: str, error: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.error = error


@contextmanager
def failures(run: TaskRun, step: str | None = None) -> Iterator[None]:
    """The runtime's errors as Airflow's, told to handlers before: what another attempt cannot change fails the task
    for good. `step` is the declared name of the step that runs here.
    """
    try:
        yield
    except AirflowRescheduleException:
        raise
    except Exception as error:
        of_step = {} if step is None else {"step": step, "attempt": run.ti.try_number}
        run.tell_error(error.error if isinstance(error, Failed) else {**of_step, "message": str(error)})
        if isinstance(error, ContractError):
            raise AirflowFailException(f"{run.ti.task_id} failed: {error}") from None
        if isinstance(error, StepRaised):
            raise _as_failure(error.error) from None
        raise


def _printable(error: Mapping[str, Any]) -> dict[str, Any]:
    """Python's texts may hold halves of characters, which no engine can carry."""
    message = str(error["message"]).encode("utf-8", "backslashreplace").decode("utf-8")
    return {**error, "message": message}


def _as_failure(error: BaseException) -> BaseException:
    """The step's own error.

    Airflow's exceptions that mean anything but "failed" become one that does: a step cannot skip itself.
    """
    if type(error).__module__.partition(".")[0] == "airflow" or not isinstance(error, Exception):
        failure = RuntimeError(f"{type(error).__name__}: {error}")
        return failure.with_traceback(error.__traceback__)
    return error
