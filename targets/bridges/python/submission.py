"""Which workflow belongs to a task, and making it: the record in the state store, names, labels, the manifest."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk import NEVER_EXPIRE
from airflow.sdk.exceptions import AirflowFailException

from .twinrail_runtime.layout import component, iteration_prefix
from .twinrail_runtime.values import to_text, wire
from .values import PACKAGE
from .workflows import phase_of

if TYPE_CHECKING:
    from .values import TaskRun
    from .workflows import Workflows

Json = Any

KEY = "region"
OWNER = "twinrail.dev/owner"
"""Label: hash of installation, DAG, run, task and map index."""
GROUP = "twinrail.dev/task"
"""Label: the same without the map index."""
DIGEST = "twinrail.dev/digest"
"""Annotation: hash of the manifest and the inputs."""


class Submission:
    """The workflow of one task instance."""

    def __init__(self, run: TaskRun, inputs: Mapping[str, object], namespace: str) -> None:
        self._run = run
        self._ti = run.ti
        self._inputs = inputs
        self._namespace = namespace
        self._store = run.context["task_state_store"]
        self._record: Json | None = self._store.get(KEY)

    def ensure(self, workflows: Workflows, log: Any) -> Json | None:
        """The task's workflow, submitted if it was not yet. None while an older one still has to end.

        Raises AirflowFailException when the workflow is gone, or another than was submitted.
        """
        mark = str(self._ti.max_tries)
        if self._record is None or self._record["mark"] != mark:
            if self._stop_older(workflows, log):
                return None
            self._take_name(mark)
        workflow = workflows.get(self._recorded["name"])
        if workflow is None:
            if self._recorded["posted"]:
                raise AirflowFailException(
                    f"workflow {self._recorded['name']} is gone: somebody deleted it from the cluster"
                )
            workflow = self._create(workflows, log)
        if (workflow["metadata"].get("annotations") or {}).get(DIGEST) != self._recorded["digest"]:
            raise AirflowFailException(f"workflow {self._recorded['name']} is not the one that this task submitted")
        if not self._recorded["posted"]:
            self._save(posted=True)
        return workflow

    @property
    def _recorded(self) -> Json:
        return {} if self._record is None else self._record

    def silent_for(self) -> float:
        """Seconds since the API server stopped answering; infinite before a workflow was submitted.

        Notes the first time.
        """
        if self._record is None or not self._record["posted"]:
            return float("inf")
        if "silentSince" not in self._record:
            self._save(silentSince=time.time())
        return time.time() - self._record["silentSince"]

    def heard(self) -> None:
        """The API server answered."""
        if self._record is not None and "silentSince" in self._record:
            del self._record["silentSince"]
            self._save()

    def _stop_older(self, workflows: Workflows, log: Any) -> bool:
        """Stop this owner's workflows, also of a deleted run with the same id. True while one is active."""
        active = workflows.active(OWNER, owner_of(self._ti, self._ti.task_id))
        names = {workflow["metadata"]["name"] for workflow in active}
        if self._record is not None and self._record["name"] not in names:
            # By name as well: its label is another one after the installation was renamed.
            recorded = workflows.get(self._record["name"])
            if recorded is not None and phase_of(recorded) not in ("Succeeded", "Failed", "Error"):
                names.add(self._record["name"])
        if names:
            # To a process whose try was taken away the record reads as absent (Airflow answers 404 for its id, and the
            # SDK takes that for no value), while the workflow is its successor's to adopt. Such a process cannot write:
            # this raises before anything is stopped.
            self._store.set("stopping", sorted(names), retention=NEVER_EXPIRE)
        for name in sorted(names):
            log.info("Stopping the older workflow %s; the new one starts when it has ended", name)
            workflows.stop(name)
        return bool(names)

    def _take_name(self, mark: str) -> None:
        """Record the next name, before anything is made under it."""
        number = self._recorded.get("n", 0) + 1
        index = f"-i{self._ti.map_index}" if self._ti.map_index >= 0 else ""
        name = f"tw-{owner_of(self._ti, self._ti.task_id)}{index}-{number}-{str(self._ti.id)[-8:]}"
        self._record = {"name": name, "n": number, "mark": mark, "digest": "", "posted": False}
        self._save()

    def _save(self, **changes: Json) -> None:
        self._record = {**self._recorded, **changes}
        self._store.set(KEY, self._record, retention=NEVER_EXPIRE)

    def _create(self, workflows: Workflows, log: Any) -> Json:
        name = self._recorded["name"]
        workflow = self._manifest(name)
        self._save(digest=workflow["metadata"]["annotations"][DIGEST])
        log.info("Submitting workflow %s to namespace %s", name, self._namespace)
        return workflows.create(workflow)

    def _manifest(self, name: str) -> Json:
        """The package's workflow with its name, labels and arguments."""
        task_id = self._ti.task_id
        text = (PACKAGE / "regions" / f"{task_id}.workflow.json").read_text("utf-8")
        values = {key: self._run.evaluate(expression) for key, expression in self._inputs.items()}
        digest = hashlib.sha256(text.encode())
        for key in sorted(values):
            digest.update(f"\0{key}\0{wire(values[key], _unstored)}".encode())
        arguments = {key: self._wire(name, key, value) for key, value in values.items()}
        arguments["run"] = to_text({**self._run.run._asdict(), "key": name})

        workflow = json.loads(text)
        metadata = workflow.setdefault("metadata", {})
        metadata["name"] = name
        metadata["namespace"] = self._namespace
        metadata["labels"] = {
            **metadata.get("labels", {}),
            OWNER: owner_of(self._ti, task_id),
            GROUP: group_of(self._ti, task_id),
        }
        metadata["annotations"] = {
            **metadata.get("annotations", {}),
            DIGEST: digest.hexdigest(),
            "twinrail.dev/airflow-dag": self._ti.dag_id,
            "twinrail.dev/airflow-run": self._ti.run_id,
            "twinrail.dev/airflow-task": task_id,
            "twinrail.dev/airflow-link": getattr(self._ti, "log_url", None) or "",
        }
        for parameter in workflow["spec"].get("arguments", {}).get("parameters", ()):
            parameter["value"] = arguments.pop(parameter["name"])
        if arguments.keys() - {"run"}:
            raise AirflowFailException(f"the workflow takes no argument {', '.join(sorted(arguments))}")
        return workflow

    def _wire(self, name: str, key: str, value: Json) -> str:
        run = self._run.run
        indices = [] if self._run.index is None else [self._run.index]
        prefix = iteration_prefix(run.pipeline, run.key, self._ti.task_id, indices)
        return wire(value, lambda data: self._run.store.put_bytes(f"{prefix}/{name}/{component(key)}.json", data))


def _unstored(data: bytes) -> Json:
    """In place of storing: the same value gives the same digest wherever it is stored."""
    return {"uri": "", "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def installation() -> str:
    """What tells this Airflow from another one that submits into the same namespace, the same on all of its machines.

    `AIRFLOW__TWINRAIL__INSTALLATION`, or else the address under which people reach it (`[api] base_url`).
    """
    from airflow.sdk import conf

    return conf.get("twinrail", "installation", fallback="") or conf.get("api", "base_url", fallback="")


def group_of(ti: Any, task_id: str) -> str:
    """Of a task in a run, whatever its map index."""
    return _hash(installation(), ti.dag_id, ti.run_id, task_id)


def owner_of(ti: Any, task_id: str) -> str:
    """Of a task instance."""
    return _hash(installation(), ti.dag_id, ti.run_id, task_id, str(ti.map_index))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]
