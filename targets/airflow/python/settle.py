"""`try`, and the ends of mapped bodies: operators that wait until everything before them has ended, and judge by task
states.

"Not success" is bad, not "failed": of a run that was marked as failed by hand, what had not started is only skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from airflow.sdk import BaseOperator, TriggerRule

from .expressions import Absent
from .operators import OWN_RETRIES, SUCCESS, Arm, Linked, keys_of

Json = Any
Context = Mapping[str, Any]

SKIPPED = "skipped"

FEW = 100
"""Task ids in one request for states; beyond that the states of the whole run are fetched."""


class Try(Linked, BaseOperator):
    """Entry of a `try`. Airflow's scheduler settles it by itself, and it never runs, unless it begins an arm.

    `body`, `handler` and `last` (what is in `finally`) name the exits of the blocks' direct members; without a
    `catch` there is no `handler`. `result` holds what the body and the handler yield, `assigned` what `finally` lays
    over either; tasks that read the result of the `try` evaluate them.
    """

    ui_color = "#f5e6ee"

    def __init__(
        self,
        *,
        body: Sequence[str],
        handler: Sequence[str] | None = None,
        last: Sequence[str] = (),
        result: tuple[object, object] = ({}, {}),
        assigned: object = ...,
        when: Arm | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.when = when
        self.body = body
        self.handler = handler
        self.last = last
        self.try_results = result
        # Airflow compares defaults with `==`, which an expression does not answer.
        self.assigned = Absent if assigned is ... else assigned

    @property
    def inherits_from_empty_operator(self) -> bool:
        """Airflow's mark of a task that has nothing to run."""
        return self.when is None

    def execute(self, context: Context) -> None:
        """Skip what is in it in an arm that is not taken."""
        from .values import TaskRun

        TaskRun(context).enter(self.when)


class Settle(Linked, BaseOperator):
    """Runs when everything before it in its `try` has ended, whatever became of it."""

    ui_color = "#f5e6ee"

    def __init__(self, *, of: str, **options: Any) -> None:
        super().__init__(retries=OWN_RETRIES, trigger_rule=TriggerRule.ALL_DONE, **options)
        self.of = of

    def execute(self, context: Context) -> None:
        """Decide."""
        from airflow.sdk.exceptions import AirflowSkipException

        from .values import TaskRun

        run = TaskRun(context)
        block = Block(run.tasks, self.of, run.index, states_of(context, self.of, run.index))
        if reason := self.decide(block, run):
            raise AirflowSkipException(reason)

    def decide(self, block: Block, run: Any) -> str | None:
        """Why what follows is skipped, or None."""
        raise NotImplementedError


class Catch(Settle):
    """Starts the handler when the body failed, with the error that it reads: the first in source and item order."""

    def decide(self, block: Block, run: Any) -> str | None:
        """Skip unless something failed inside the `try`."""
        if not block.entered:
            return f"{self.of} was not entered"
        threw = block.missed_of_body()
        if not threw:
            return "nothing failed"
        error = block.error(run)
        self.log.info("Handling the failure of %s: %s", ", ".join(threw), error["message"])
        run.push(run.wire(error))
        return None


class Finally(Settle):
    """Starts what is in `finally` when the `try` was entered at all."""

    def decide(self, block: Block, run: Any) -> str | None:  # noqa: ARG002 - its siblings need it
        """Skip unless entered."""
        return None if block.entered else f"{self.of} was not entered"


class EndTry(Settle):
    """Exit of a `try`: succeeds when the body did or its failure was handled, and `finally` succeeded.

    Tells those that read the result whether the body failed.
    """

    def decide(self, block: Block, run: Any) -> str | None:
        """Skip in an arm that is not taken; fail when something is left unhandled."""
        from airflow.sdk.exceptions import AirflowFailException

        if block.state == SKIPPED:
            return f"{self.of} was not entered"
        if not block.entered:
            raise AirflowFailException(f"{self.of} was not entered: what stands before it failed")
        if left := block.left():
            run.tell_error(block.error_at_end(run))
            raise AirflowFailException("not handled: " + ", ".join(left))
        run.push(run.wire(bool(block.missed_of_body())))
        return None


class EndBranch(Linked, BaseOperator):
    """Exit of a branch in a mapped body that may be skipped itself. `then` and `otherwise` name the exits of the arms'
    direct members.
    """

    ui_color = "#f7edd8"

    def __init__(self, *, of: str, then: Sequence[str], otherwise: Sequence[str], **options: Any) -> None:
        super().__init__(retries=OWN_RETRIES, trigger_rule=TriggerRule.ALL_DONE, **options)
        self.of = of
        self.then = then
        self.otherwise = otherwise

    def execute(self, context: Context) -> None:
        """Judge the arm that was taken, if the branch was entered."""
        from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

        from .values import TaskRun

        run = TaskRun(context)
        states = fetch_states(context, [self.of, *self.then, *self.otherwise], run.index)
        state = {task_id: states.get(f"{task_id}_{run.index}") for task_id in [self.of, *self.then, *self.otherwise]}
        if state[self.of] == SKIPPED:
            raise AirflowSkipException(f"{self.of} was not entered")
        if state[self.of] != SUCCESS:
            raise AirflowFailException(f"{self.of}: {state[self.of]}")
        taken = self.then if run.unwire(run.pull(self.of, run.index)) else self.otherwise
        if missed := [task_id for task_id in taken if state[task_id] != SUCCESS]:
            raise AirflowFailException("failed: " + ", ".join(missed))


class EndLoop(Linked, BaseOperator):
    """Exit of a loop with a branch or a `try` in its body. `must` names the exits of the body."""

    ui_color = "#e8e6f5"

    def __init__(self, *, of: str, must: Sequence[str], **options: Any) -> None:
        super().__init__(retries=OWN_RETRIES, trigger_rule=TriggerRule.ALL_DONE, **options)
        self.of = of
        self.must = must

    def execute(self, context: Context) -> None:
        """Judge the items, if the loop began at all."""
        from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

        states = fetch_states(context, [self.of, *self.must])
        entered = states.get(self.of)
        if entered == SKIPPED:
            raise AirflowSkipException(f"{self.of} is skipped")
        if entered != SUCCESS:
            raise AirflowFailException(f"{self.of}: {entered}")
        # Over an empty list a task is skipped before it is mapped.
        missed = [
            key
            for task_id in self.must
            for key in keys_of(task_id, states)
            if states[key] != SUCCESS and not (key == task_id and states[key] == SKIPPED)
        ]
        if missed:
            raise AirflowFailException("failed items: " + ", ".join(missed))


# States ---------------------------------------------------------------------------------------------------------------


def fetch_states(context: Context, task_ids: Sequence[str], index: int | None = None) -> Mapping[str, Any]:
    """States of the run's tasks by key (`<task>`, `<task>_<index>`); those of one index of a loop if one is given."""
    ti = context["ti"]
    some = list(task_ids) if len(task_ids) <= FEW else None
    found = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id], task_ids=some, map_index=index)
    return found.get(ti.run_id, {})


def states_of(context: Context, block: str, index: int | None) -> Mapping[str, Any]:
    """States of all that is in the `try`."""
    tasks = context["dag"].task_dict
    return fetch_states(context, [block, *inside(tasks, block)], index)


def between(tasks: Mapping[str, Any], first: str, last: str) -> list[str]:
    """The tasks between two others, in source order."""
    behind = tasks[first].get_flat_relative_ids(upstream=False)
    before = tasks[last].get_flat_relative_ids(upstream=True)
    return [task_id for task_id in tasks if task_id in behind and task_id in before]


def inside(tasks: Mapping[str, Any], block: str) -> list[str]:
    """All tasks of a `try`, nested ones too, without its entry and its exit."""
    return between(tasks, block, f"{block}.end")


class Place(NamedTuple):
    """Where a failed task stands, so that the first in source and item order is the least."""

    statement: int
    item: int
    task: int


class Block:
    """One `try` in one run, at one index if it stands in a loop."""

    def __init__(self, tasks: Mapping[str, Any], of: str, index: int | None, states: Mapping[str, Any]) -> None:
        self._tasks = tasks
        self._of = of
        self._index = index
        self._states = states
        self._try = tasks[of]

    def _key(self, task_id: str) -> str:
        return task_id if self._index is None else f"{task_id}_{self._index}"

    @property
    def state(self) -> str | None:
        """The entry's."""
        return self._states.get(self._key(self._of))

    @property
    def entered(self) -> bool:
        """Everything before the `try` succeeded."""
        return self.state == SUCCESS

    def _missed(self, task_ids: Sequence[str]) -> list[str]:
        return [task_id for task_id in task_ids if self._states.get(self._key(task_id)) != SUCCESS]

    def missed_of_body(self) -> list[str]:
        """Members of the body that did not succeed: it threw when there are any."""
        return self._missed(self._try.body)

    def left(self) -> list[str]:
        """What makes the `try` fail: of the handler if the body threw and there is one, and of `finally`."""
        handled = self._try.handler is not None and bool(self.missed_of_body())
        return self._missed([*(self._try.handler if handled else self._try.body), *self._try.last])

    # The error ------------------------------------------------------------------------------------------------------

    def error(self, run: Any) -> dict[str, Json]:
        """`{step?, attempt?, message}` of the body's failure."""
        ends = (f"{self._of}.catch", f"{self._of}.finally", f"{self._of}.end")
        return self._first(run, between(self._tasks, self._of, next(end for end in ends if end in self._tasks)))

    def error_at_end(self, run: Any) -> dict[str, Json]:
        """Of the `try` itself: what failed in `finally` counts before the handler's failure, and that before the
        body's.
        """
        start, end = f"{self._of}.finally", f"{self._of}.end"
        if self._missed(self._try.last):
            return self._first(run, between(self._tasks, start, end))
        if self._try.handler is not None and self.missed_of_body():
            return self._first(run, between(self._tasks, f"{self._of}.catch", start if start in self._tasks else end))
        return self.error(run)

    def _first(self, run: Any, task_ids: Sequence[str]) -> dict[str, Json]:
        failed = sorted(self._failed(task_ids))
        if not failed:
            return {"message": "something was ended by hand"}
        _, task_id, index = failed[0]
        return run.error_of(task_id, index)

    def _failed(self, task_ids: Sequence[str]) -> Iterator[tuple[Place, str, int | None]]:
        """Failed tasks, without those in a `try` of its own: its exit stands for them."""
        nested = {
            task_id
            for other in task_ids
            if hasattr(self._tasks[other], "try_results")
            for task_id in inside(self._tasks, other)
        }
        loops: dict[str, int] = {}
        for position, task_id in enumerate(task_ids):
            if task_id in nested:
                continue
            group = self._tasks[task_id].get_closest_mapped_task_group()
            statement = position if group is None else loops.setdefault(group.group_id, position)
            for index, state in self._instances(task_id):
                if state == "failed" and not self._is_only_a_sign(task_id, index):
                    yield Place(statement, -1 if index is None else index, position), task_id, index

    def _is_only_a_sign(self, task_id: str, index: int | None) -> bool:
        """Whether it failed because something else did: the exit of a branch or loop, or of a
        `try` that was not entered.
        """
        task = self._tasks[task_id]
        if isinstance(task, (EndBranch, EndLoop)):
            return True
        if not isinstance(task, EndTry):
            return False
        return self._states.get(task.of if index is None else f"{task.of}_{index}") != SUCCESS

    def _instances(self, task_id: str) -> Iterator[tuple[int | None, Any]]:
        if self._index is not None:
            yield self._index, self._states.get(self._key(task_id))
            return
        for key in keys_of(task_id, self._states):
            yield (None if key == task_id else int(key[len(task_id) + 1 :])), self._states[key]


def in_tries(tasks: Mapping[str, Any]) -> set[str]:
    """Everything that stands in some `try`."""
    tries = [task_id for task_id, task in tasks.items() if hasattr(task, "try_results")]
    return {found for task_id in tries for found in inside(tasks, task_id)}


def unsettled(tasks: Mapping[str, Any], states: Mapping[str, Any]) -> Iterator[str]:
    """Exits that succeeded although what stands in their `try` says otherwise: somebody cleared a part of it alone,
    and that failed.
    """
    for task_id, task in tasks.items():
        if not hasattr(task, "try_results"):
            continue
        for key in keys_of(f"{task_id}.end", states):
            index = None if key == f"{task_id}.end" else int(key.rpartition("_")[2])
            if states[key] == SUCCESS and Block(tasks, task_id, index, states).left():
                yield key
