import json
import logging
import types
from datetime import datetime, timezone

import pytest

LOG = logging.getLogger("test")
MANIFEST = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Workflow",
    "metadata": {"labels": {"team": "ml"}},
    "spec": {"entrypoint": "main", "arguments": {"parameters": [{"name": "n"}, {"name": "run"}]}, "templates": []},
}


class Store(dict):
    """The task's state store."""

    def set(self, key, value, retention=None):
        assert retention == "never"
        self[key] = json.loads(json.dumps(value))


class Cluster:
    """Workflows by name; `stop` does not end one at once, as in a real cluster."""

    def __init__(self):
        self.workflows, self.stopped = {}, []

    def get(self, name):
        return self.workflows.get(name)

    def create(self, workflow):
        assert workflow["metadata"]["name"] not in self.workflows
        workflow["status"] = {"phase": "Running"}
        return self.workflows.setdefault(workflow["metadata"]["name"], workflow)

    def active(self, label, value):
        return [
            one
            for one in self.workflows.values()
            if one["metadata"]["labels"].get(label) == value and one["status"]["phase"] == "Running"
        ]

    def stop(self, name):
        self.stopped.append(name)

    def end(self, phase="Failed"):
        for workflow in self.workflows.values():
            workflow["status"]["phase"] = phase


@pytest.fixture
def region(compiled):
    (compiled / "regions/train.workflow.json").write_text(json.dumps(MANIFEST))
    return Task()


class Task:
    """A region's task instance: what survives its attempts, and what a human can do to it."""

    def __init__(self):
        self.store, self.cluster = Store(), Cluster()
        self.max_tries, self.id, self.map_index, self.value, self.run_id = 3, "aaaaaaaa-0001", -1, 1, "manual__1"

    def submission(self):
        from compiled.submission import Submission
        from compiled.values import TaskRun

        ti = types.SimpleNamespace(
            dag_id="d",
            run_id=self.run_id,
            task_id="train",
            id=self.id,
            map_index=self.map_index,
            max_tries=self.max_tries,
            try_number=1,
        )
        dag_run = types.SimpleNamespace(
            dag_id="d", run_id=self.run_id, logical_date=None, run_after=datetime(2026, 1, 1, tzinfo=timezone.utc)
        )
        run = TaskRun(
            {"ti": ti, "dag": types.SimpleNamespace(task_dict={}), "dag_run": dag_run, "task_state_store": self.store}
        )
        run.__dict__["settings"] = {"pipeline": "p", "timezone": "UTC", "root": "file:///nowhere"}
        return Submission(run, {"n": self.value}, "ml")

    def look(self):
        return self.submission().ensure(self.cluster, LOG)

    @property
    def names(self):
        return list(self.cluster.workflows)


def test_the_workflow_is_submitted_once_and_whole(region):
    workflow = region.look()
    assert region.look() is workflow
    assert len(region.names) == 1
    parameters = {one["name"]: one["value"] for one in workflow["spec"]["arguments"]["parameters"]}
    assert parameters["n"] == "V1"
    run = json.loads(parameters["run"])
    assert run["key"] == workflow["metadata"]["name"]
    assert (run["id"], run["pipeline"], run["scheduled"]) == ("manual__1", "p", "")
    assert workflow["metadata"]["labels"]["team"] == "ml"


def test_killed_before_and_after_the_post(region, monkeypatch):
    class Killed(BaseException):
        pass

    def kill(workflow):
        raise Killed

    create = region.cluster.create
    region.cluster.create = kill
    with pytest.raises(Killed):
        region.look()
    recorded = region.store["region"]["name"]
    region.cluster.create = create
    region.id = "bbbbbbbb-0002"  # the next attempt
    assert region.look()["metadata"]["name"] == recorded

    # After the POST, before the record says so.
    region.store["region"]["posted"] = False
    region.look()
    assert region.names == [recorded]


def test_cleared_while_it_runs(region):
    old = region.look()["metadata"]["name"]
    region.max_tries += 3
    region.id = "bbbbbbbb-0002"
    assert region.look() is None
    assert region.look() is None, "as long as the old one has not ended"
    assert set(region.cluster.stopped) == {old}
    region.cluster.end()
    assert region.look()["metadata"]["name"] != old
    assert len(region.names) == 2


def test_cleared_after_the_installation_was_renamed(region, monkeypatch):
    import compiled.submission

    old = region.look()["metadata"]["name"]
    monkeypatch.setattr(compiled.submission, "installation", lambda: "elsewhere")
    region.max_tries += 3
    assert region.look() is None
    assert region.cluster.stopped == [old]


def test_the_workflow_of_a_deleted_run_with_the_same_id_is_stopped(region):
    region.look()
    region.store = Store()
    assert region.look() is None
    assert len(region.cluster.stopped) == 1


class StoreOfATryThatWasTakenAway(Store):
    """Airflow 3.3 gave the task instance another id: what it reads is absent, what it writes is an error."""

    def set(self, key, value, retention=None):
        raise RuntimeError("404: Task Instance not found")


def test_a_process_whose_try_was_taken_away_stops_nothing(region):
    name = region.look()["metadata"]["name"]
    store, region.store = region.store, StoreOfATryThatWasTakenAway()
    with pytest.raises(RuntimeError, match="not found"):
        region.look()
    assert region.cluster.stopped == []
    region.store = store
    assert region.look()["metadata"]["name"] == name


def test_gone_and_foreign_workflows_fail_the_task(region):
    from airflow.sdk.exceptions import AirflowFailException

    name = region.look()["metadata"]["name"]
    region.cluster.workflows[name]["metadata"]["annotations"]["twinrail.dev/digest"] = "other"
    with pytest.raises(AirflowFailException, match="not the one"):
        region.look()
    region.cluster.workflows.clear()
    with pytest.raises(AirflowFailException, match="is gone"):
        region.look()


def test_a_deploy_in_the_middle_keeps_the_running_workflow(region, compiled):
    workflow = region.look()
    region.value = 2
    (compiled / "regions/train.workflow.json").write_text(json.dumps({**MANIFEST, "metadata": {}}))
    assert region.look() is workflow


def test_items_of_a_loop_have_workflows_of_their_own(region):
    region.map_index = 4
    first = region.look()["metadata"]
    region.map_index, region.store = 5, Store()
    second = region.look()["metadata"]
    assert "-i4-1-" in first["name"]
    assert "-i5-1-" in second["name"]
    assert first["labels"]["twinrail.dev/owner"] != second["labels"]["twinrail.dev/owner"]
    assert first["labels"]["twinrail.dev/task"] == second["labels"]["twinrail.dev/task"]
    assert len(first["name"]) <= 63


def test_silence_is_measured_from_its_beginning(region, monkeypatch):
    import compiled.submission

    assert region.submission().silent_for() == float("inf"), "nothing is submitted yet"
    region.look()
    clock = [1000.0]
    monkeypatch.setattr(compiled.submission.time, "time", lambda: clock[0])
    assert region.submission().silent_for() == 0
    clock[0] += 90
    assert region.submission().silent_for() == 90
    region.submission().heard()
    assert region.submission().silent_for() == 0
