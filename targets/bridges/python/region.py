"""A region of the pipeline on Kubernetes: one workflow, submitted and awaited by one task that holds no worker slot
while it waits.

The rule against two workflows at once, for every way in which a task can be killed, cleared, retried or marked: a
name is recorded before it is used. With the same marker as recorded, the task goes on with that workflow; with
another one, a human cleared the task, so the old workflow is stopped, awaited, and only then a new name taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator

from .operators import Arm, Linked, Teardown

if TYPE_CHECKING:
    from .kube import Kube
    from .submission import Submission
    from .values import TaskRun
    from .workflows import Workflows

Json = Any
Context = Mapping[str, Any]

RETRIES = 3
"""For transport errors. One constant for every region, whatever the pipeline says: `max_tries` grows by `retries`
when a human clears a task, which is how a clear is seen, and an edit of `retries` would hide it. Retries of steps are
the workflow's business."""

MIN_INTERVAL, MAX_INTERVAL = 10.0, 60.0
"""Seconds between two looks. Below ten, Airflow may take the end of the last look for the end of the next."""

NO_PHASE_LIMIT = 900.0
"""Seconds until a workflow that the controller has not touched counts as failed: it may never be able to store it."""

SILENCE_LIMIT = 3600.0
"""Seconds for which the API server may be away while a submitted workflow runs on, before that counts as an error."""

LOG_LINES = 40
FAILED_PODS = 3


class Region(Linked, BaseSensorOperator):
    """Submits the workflow `regions/<task id>.workflow.json` of this package with `inputs` and waits for its end."""

    ui_color = "#dfe8fb"

    def __init__(
        self,
        *,
        connection: str,
        namespace: str,
        inputs: Mapping[str, object] | None = None,
        when: Arm | None = None,
        **options: Any,
    ) -> None:
        options = {"retry_delay": timedelta(seconds=30), "retry_exponential_backoff": 2, **options, "retries": RETRIES}
        super().__init__(mode="reschedule", **options)
        self.when = when
        self.connection = connection
        self.namespace = namespace
        self.inputs = inputs

    def workflows(self) -> Workflows:
        """The cluster's."""
        from .kube import Kube
        from .workflows import Workflows

        kube: Kube = Kube.of_connection(self.connection)
        return Workflows(kube, self.namespace)

    def poke(self, context: Context) -> bool:
        """Submit or look.

        Ends by returning True, by an exception that fails the task, or by one that asks for another look.
        """
        from .submission import Submission
        from .values import TaskRun, failures

        run = TaskRun(context)
        run.enter(self.when)
        with failures(run):
            submission = Submission(run, self.inputs or {}, self.namespace)
            workflow = self._ensure(submission)
            if workflow is None:
                self._look_again(MIN_INTERVAL)
            else:
                self._judge(workflow, run)
        return True

    def _ensure(self, submission: Submission) -> Json | None:
        from airflow.sdk.exceptions import AirflowFailException

        from .kube import UNREACHABLE, ApiError

        try:
            workflow = submission.ensure(self.workflows(), self.log)
        except (ApiError, *UNREACHABLE) as error:
            if isinstance(error, ApiError) and error.status in (400, 422):
                raise AirflowFailException(f"the cluster refuses the workflow: {error}") from None
            if isinstance(error, ApiError) and error.status < 500 and error.status != 429:
                raise
            # The workflow runs on without us: nothing is gained by using up a retry.
            if submission.silent_for() > SILENCE_LIMIT:
                raise
            self.log.warning("The cluster cannot be reached, looking again in %.0f s: %s", MAX_INTERVAL, error)
            self._look_again(MAX_INTERVAL)
        submission.heard()
        return workflow

    def _judge(self, workflow: Json, run: TaskRun) -> None:
        from airflow.sdk.exceptions import AirflowFailException

        from .values import Failed
        from .workflows import age_of, declared_outputs, first_error, outputs_of, phase_of

        name, phase, age = workflow["metadata"]["name"], phase_of(workflow), age_of(workflow)
        if phase == "Succeeded":
            outputs = outputs_of(workflow)
            if outputs is None:
                raise AirflowFailException(
                    f"the cluster does not show the nodes of workflow {name} (is node offloading on?)"
                )
            if missing := declared_outputs(workflow) - outputs.keys():
                raise AirflowFailException(
                    f"workflow {name} succeeded without the results of {', '.join(sorted(missing))}"
                )
            run.push(outputs)
            self.log.info("Workflow %s succeeded", name)
            return
        if phase in ("Failed", "Error"):
            explained = self._explain(workflow)
            places = run.settings["regions"][self.task_id]
            raise Failed(explained, first_error(workflow, places) or {"message": explained})
        if not phase and age > NO_PHASE_LIMIT:
            self.workflows().stop(name)
            raise AirflowFailException(
                f"the controller has not started workflow {name} in {age:.0f} s (see the controller's log)"
            )
        self.log.info("Workflow %s: %s after %.0f s", name, phase or "not started", age)
        self._look_again(min(MAX_INTERVAL, max(MIN_INTERVAL, age / 4)))

    def _explain(self, workflow: Json) -> str:
        """The failed pods and their last lines into the log; one line for the exception."""
        from .workflows import failed_pods, phase_of

        name = workflow["metadata"]["name"]
        reasons = []
        for node in list(failed_pods(workflow))[:FAILED_PODS]:
            message = node.get("message") or "no message"
            pod = self._show_log(name, node)
            reasons.append(f"{node.get('displayName')} (pod {pod}): {message}")
        if not reasons:
            reasons.append((workflow.get("status") or {}).get("message") or "no message")
        return f"workflow {name} {phase_of(workflow).lower()}: {'; '.join(reasons)}"

    def _show_log(self, workflow: str, node: Json) -> str:
        from .kube import UNREACHABLE, ApiError

        try:
            found = self.workflows().log_of(workflow, node["id"], LOG_LINES)
        except (ApiError, *UNREACHABLE) as error:
            self.log.warning("The log of %s cannot be read: %s", node["id"], error)
            return node["id"]
        if found is None:
            self.log.warning("The pod of %s is gone, and its log with it", node["id"])
            return node["id"]
        pod, text = found
        self.log.error("Last lines of pod %s:", pod)
        for line in text.splitlines():
            # Argo's own executor writes into the same stream.
            if " argo=true" not in line:
                self.log.error("%s", line)
        return pod

    def _look_again(self, seconds: float) -> None:
        from airflow.sdk.exceptions import AirflowRescheduleException

        raise AirflowRescheduleException(datetime.now(timezone.utc) + timedelta(seconds=seconds))


class Stop(Teardown):
    """Teardown of one region: ends its workflow when the task ended in another way than by the workflow's end."""

    ui_color = "#f4f4f4"

    def __init__(self, *, of: str, **options: Any) -> None:
        super().__init__(retries=RETRIES, **options)
        self.stop_of = of

    def execute(self, context: Context) -> None:
        """Stop the workflow of this instance of the region."""
        from .submission import OWNER, owner_of

        self._stop(context, OWNER, owner_of(context["ti"], self.stop_of))

    def stop_all(self, context: Context) -> None:
        """Stop the workflows of all instances of the region in this run; for `Finish`."""
        from .submission import GROUP, group_of

        self._stop(context, GROUP, group_of(context["ti"], self.stop_of))

    def _stop(self, context: Context, label: str, value: str) -> None:
        region = context["dag"].task_dict[self.stop_of]
        workflows = region.workflows()
        for workflow in workflows.active(label, value):
            name = workflow["metadata"]["name"]
            self.log.info("Stopping workflow %s", name)
            workflows.stop(name)
