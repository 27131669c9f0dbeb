"""The operators of the DAG file.

Parsing creates them and no more; what a task needs to run is imported in `execute`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from airflow.sdk import BaseBranchOperator, BaseOperator, TriggerRule

from .expressions import Absent, Secret

Json = Any
Context = Mapping[str, Any]

Arm = tuple[str, bool]
"""A branch, and one of its two outcomes."""

MAX_ITEMS = 1024
"""Items of one loop: Airflow's own default limit (`[core] max_map_length`), the same on every engine."""

SUCCESS = "success"

OWN_RETRIES = 3
"""Of the operators that run no code of the user: an object store or an API that is away for a moment fails no run."""


class Linked:
    """`>>` in time that does not grow with the DAG: for each edge, Airflow's own hashes the ids of all of its tasks."""

    def set_downstream(self, task_or_task_list: Any, edge_modifier: Any = None) -> None:
        """Make the tasks wait for this one."""
        if edge_modifier is not None or not self._link(task_or_task_list, "downstream_task_ids", "upstream_task_ids"):
            super().set_downstream(task_or_task_list, edge_modifier)  # type: ignore[misc]

    def set_upstream(self, task_or_task_list: Any, edge_modifier: Any = None) -> None:
        """Make this task wait for the tasks."""
        if edge_modifier is not None or not self._link(task_or_task_list, "upstream_task_ids", "downstream_task_ids"):
            super().set_upstream(task_or_task_list, edge_modifier)  # type: ignore[misc]

    def _link(self, others: Any, of_this: str, of_others: str) -> bool:
        """False when one of them is no task of the same DAG: a group, a result, a mistake that Airflow explains."""
        tasks = others if isinstance(others, (list, tuple)) else (others,)
        dag = self.dag  # type: ignore[attr-defined]
        if dag is None or not all(hasattr(task, "task_id") and task.dag is dag for task in tasks):
            return False
        getattr(self, of_this).update([task.task_id for task in tasks])
        for task in tasks:
            getattr(task, of_others).add(self.task_id)  # type: ignore[attr-defined]
        return True


class Step(Linked, BaseOperator):
    """One step of the pipeline: calls the function `call` of the sources in this package with `inputs`, in this
    process.

    `step` names the declaration whose types apply (default: the task's id). `index` is the loop's, of a mapped task,
    and `key` names the item in Airflow's screens. `when`, here and elsewhere, is the arm of a branch that the task
    begins in a mapped body: it skips itself when the other one is taken.
    """

    ui_color = "#e3f2e8"

    def __init__(
        self,
        *,
        call: str,
        step: str | None = None,
        inputs: Mapping[str, object] | None = None,
        env: Mapping[str, str | Secret] | None = None,
        index: int | None = None,
        key: object = None,
        when: Arm | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.key = key
        self.when = when
        self.call = call
        self.step = step
        self.inputs = inputs
        self.env = env
        self.index = index

    def execute(self, context: Context) -> None:
        """Run the step and push its result."""
        from .twinrail_runtime.steps import call_step
        from .values import PACKAGE, TaskRun, failures

        run = TaskRun(context)
        run.enter(self.when)
        if self.key is not None:
            # Before the work: Airflow renders the name at the task's end, whatever it is.
            context["item_key"] = run.evaluate(self.key)
        types = run.settings["steps"][self.step or self.task_id]
        with failures(run, self.step or self.task_id), environment(self.env or {}):
            inputs = {name: run.evaluate(expression) for name, expression in (self.inputs or {}).items()}
            if "environment" in types:
                from .environments import call_in
                from .twinrail_runtime.values import ABSENT

                given = {name: value for name, value in inputs.items() if value is not ABSENT}
                request = {"call": self.call, "inputs": given, "types": types, "root": run.settings["root"]}
                run.push(call_in(types["environment"], {**request, "prefix": run.prefix}))
                return
            result = call_step(
                call=self.call,
                source=PACKAGE / "src",
                inputs=inputs,
                input_types=types["inputs"],
                output=types["output"],
                store=run.store,
                prefix=run.prefix,
            )
            run.push(run.wire(result))


class Items(Linked, BaseOperator):
    """Entry of a parallel loop: evaluates the list and returns its indices, over which the body is mapped.

    `result` is what one item of the loop yields; tasks that read the loop's result evaluate it.
    """

    ui_color = "#e8e6f5"

    def __init__(self, *, items: object, result: object = ..., **options: Any) -> None:
        super().__init__(retries=OWN_RETRIES, **options)
        self.items = items
        # Airflow compares defaults with `==`, which an expression does not answer.
        self.each_result = Absent if result is ... else result

    def execute(self, context: Context) -> list[int]:
        """The indices."""
        from airflow.sdk import conf

        from .twinrail_runtime.errors import ContractError
        from .values import TaskRun, as_list, failures

        run = TaskRun(context)
        limit = min(MAX_ITEMS, conf.getint("core", "max_map_length", fallback=MAX_ITEMS))
        with failures(run):
            count = len(as_list(self.task_id, run.evaluate(self.items)))
            if count > limit:
                setting = "" if limit == MAX_ITEMS else " (this Airflow's [core] max_map_length)"
                raise ContractError(f"{count} items, and a loop takes at most {limit}{setting}")
        return list(range(count))


class Branch(Linked, BaseBranchOperator):
    """Entry of a branch: evaluates the condition and goes on with the tasks of one arm; the first tasks of the other
    are skipped; in a mapped body they skip themselves.

    `result` holds what either arm yields; tasks that read the branch's result evaluate that of the arm that ran.
    """

    ui_color = "#f7edd8"

    def __init__(
        self,
        *,
        condition: object,
        then: Sequence[str] = (),
        otherwise: Sequence[str] = (),
        result: tuple[object, object] = ({}, {}),
        when: Arm | None = None,
        **options: Any,
    ) -> None:
        super().__init__(retries=OWN_RETRIES, **options)
        self.when = when
        self.condition = condition
        self.then = then
        self.otherwise = otherwise
        self.arm_results = result

    def execute(self, context: Context) -> None:
        """Decide once; consumers read the decision, not the condition."""
        from .twinrail_runtime.errors import ContractError
        from .twinrail_runtime.values import describe
        from .values import TaskRun, failures

        run = TaskRun(context)
        run.enter(self.when)
        with failures(run):
            taken = run.evaluate(self.condition)
            if not isinstance(taken, bool):
                raise ContractError(f"the condition is {describe(taken)}, not a boolean")
            run.push(run.wire(taken))
        # Before the skipping, which ends the task by an exception.
        self.log.info("The condition is %s", "true" if taken else "false")
        if run.index is None:
            self.skip_all_except(context["ti"], self.then if taken else self.otherwise)


class Start(Linked, BaseOperator):
    """Setup of all teardowns. Airflow's scheduler settles it by itself; it never runs.

    With whatever tasks somebody clears, Airflow clears their setup and its teardowns: a workflow submitted again is
    stopped again, and the run is judged again. Without it both would keep their states after a clear of one task alone.
    """

    ui_color = "#f4f4f4"
    inherits_from_empty_operator = True

    def execute(self, context: Context) -> None:
        """Nothing."""


class Teardown(Linked, BaseOperator):
    """Runs when its upstream is done, whatever became of it."""

    def as_teardown(self, **options: Any) -> Any:
        """Not Airflow's own rule, which wants the setup to have succeeded: it is skipped in a run that is marked as
        failed while it is queued, and with nobody to judge it the run would succeed.
        """
        super().as_teardown(**options)
        self.trigger_rule = TriggerRule.ALL_DONE
        return self


class End(Linked, BaseOperator):
    """Exit of a branch or loop. Airflow's scheduler settles it by itself; it never runs."""

    ui_color = "#f4f4f4"
    inherits_from_empty_operator = True

    def __init__(self, *, trigger_rule: str = "none_failed_min_one_success", **options: Any) -> None:
        super().__init__(trigger_rule=trigger_rule, **options)

    def execute(self, context: Context) -> None:
        """Nothing."""


class Fail(Linked, BaseOperator):
    """The pipeline's own `throw`: fails for good with the evaluated `message`, or again with the `error` that a
    handler caught.
    """

    ui_color = "#f8dfdc"

    def __init__(self, *, message: object = ..., error: object = ..., when: Arm | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.when = when
        self.error = {"message": message} if error is ... else error

    def execute(self, context: Context) -> None:
        """Raise."""
        from airflow.sdk.exceptions import AirflowFailException

        from .values import TaskRun, failures

        run = TaskRun(context)
        run.enter(self.when)
        with failures(run):
            error = run.evaluate(self.error)
        run.tell_error(error)
        raise AirflowFailException(error["message"])


class Finish(Teardown):
    """The run's final state. A teardown, because nothing else runs after everything, whatever happened and whoever
    ended the run.

    `must` names the tasks that the run's success needs. "Not success" is bad, not "failed": of a run that was marked
    as failed by hand, what had not started is only skipped.
    """

    ui_color = "#f4f4f4"

    def __init__(self, *, must: Sequence[str], **options: Any) -> None:
        super().__init__(retries=OWN_RETRIES, **options)
        self.must = must

    def execute(self, context: Context) -> None:
        """Stop what is still active, then fail when the run failed."""
        ti = context["ti"]
        states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
        for task in context["dag"].tasks:
            stop = getattr(task, "stop_of", None)
            if stop is not None and any(states[key] != SUCCESS for key in keys_of(stop, states)):
                task.stop_all(context)
        missed = [task_id for task_id in self.must if states.get(task_id) != SUCCESS]
        failed = failures_of(context["dag"].task_dict, states)
        if failed or missed:
            from airflow.sdk.exceptions import AirflowFailException

            raise AirflowFailException("the run failed: " + ", ".join(failed or missed))


def failures_of(tasks: Mapping[str, Any], states: Mapping[str, Any]) -> list[str]:
    """What failed and was not in a `try`, the exits of which count instead.

    What follows a failed task has not succeeded either, unless the failed one was cleared alone after a success.
    """
    teardowns = {task_id for task_id, task in tasks.items() if task.is_teardown}
    failed = [key for key, state in states.items() if state == "failed" and key.partition("_")[0] not in teardowns]
    if any(hasattr(task, "try_results") for task in tasks.values()):
        from .settle import in_tries, unsettled

        caught = in_tries(tasks)
        failed = [*(key for key in failed if key.partition("_")[0] not in caught), *unsettled(tasks, states)]
    return sorted(failed)


def keys_of(task_id: str, states: Mapping[str, Any]) -> Iterator[str]:
    """The task's own key among Airflow's task states, and `<task>_<index>` of its mapped instances.

    No task id has an underscore.
    """
    for key in states:
        if key == task_id or (key.startswith(f"{task_id}_") and key[len(task_id) + 1 :].isdigit()):
            yield key


@contextmanager
def environment(env: Mapping[str, str | Secret]) -> Iterator[None]:
    """The step's variables, with secrets from Airflow's Variables; the process has its own again afterwards."""
    if not env:
        yield
        return
    from airflow.sdk import Variable

    before = {name: os.environ.get(name) for name in env}
    try:
        for name, value in env.items():
            os.environ[name] = Variable.get(value.variable) if isinstance(value, Secret) else value
        yield
    finally:
        for name, old in before.items():
            if old is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = old
