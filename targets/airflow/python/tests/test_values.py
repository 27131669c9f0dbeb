import types
from datetime import datetime, timezone

import pytest

STARTED = datetime(2026, 1, 1, 23, 30, tzinfo=timezone.utc)


class Ti:
    """A task instance over a dictionary of XComs: {(task, index): value}."""

    def __init__(self, xcoms, map_index=-1):
        self.xcoms, self.map_index = xcoms, map_index
        self.task_id, self.dag_id, self.run_id, self.id, self.try_number = "t", "d", "r", "0" * 12, 1
        self.requests = 0

    def xcom_pull(self, task_ids, map_indexes=None):
        self.requests += 1
        if isinstance(task_ids, list):
            found = [value for (task, index), value in sorted(self.xcoms.items()) if task == task_ids[0] and index >= 0]
            return found or [None]
        return self.xcoms.get((task_ids, map_indexes))

    def xcom_push(self, key, value):
        self.xcoms[self.task_id, self.map_index] = value


def task(mapped=False, **attributes):
    return types.SimpleNamespace(is_mapped=mapped, get_closest_mapped_task_group=lambda: None, **attributes)


def make(xcoms, tasks, *, params=None, declared=None, map_index=-1, root="file:///nowhere"):
    from compiled.values import TaskRun

    ti = Ti(xcoms, map_index)
    dag_run = types.SimpleNamespace(dag_id="d", run_id="r", logical_date=None, run_after=STARTED)
    context = {"ti": ti, "dag": types.SimpleNamespace(task_dict=tasks), "dag_run": dag_run, "params": params or {}}
    run = TaskRun(context)
    run.__dict__["settings"] = {"pipeline": "p", "timezone": "Europe/Berlin", "root": root, "params": declared or {}}
    return run


def test_loop_results_come_in_item_order_with_missing_ones_in_place():
    from compiled.expressions import Index, Item, Out

    tasks = {
        "each": task(items=Out("source"), each_result={"x": Out("gate"), "i": Index("each"), "item": Item("each")}),
        "source": task(),
        "gate": task(mapped=True, arm_results=(Out("inner"), "none")),
        "inner": task(mapped=True),
    }
    xcoms = {
        ("source", -1): 'V["a","b","c"]',
        **{("gate", index): [index, "Vtrue" if index == 1 else "Vfalse"] for index in range(3)},
        ("inner", 1): [1, "V7"],
    }
    run = make(xcoms, tasks)
    assert run.evaluate(Out("each")) == [
        {"x": "none", "i": 0, "item": "a"},
        {"x": 7, "i": 1, "item": "b"},
        {"x": "none", "i": 2, "item": "c"},
    ]
    assert run.ti.requests == 3, "one a task, whatever the number of items"


def test_an_empty_loop_gives_an_empty_list():
    from compiled.expressions import Out

    tasks = {"each": task(items=[], each_result=Out("inner")), "inner": task(mapped=True)}
    assert make({}, tasks).evaluate(Out("each")) == []


def test_a_mapped_task_reads_its_own_index():
    from compiled.expressions import Item, Out

    tasks = {"each": task(items=[5, 6], each_result=None), "inner": task(mapped=True), "outer": task()}
    run = make({("inner", 1): [1, "V10"], ("outer", -1): "V1"}, tasks, map_index=1)
    assert run.evaluate([Out("inner"), Out("outer"), Item("each")]) == [10, 1, 6]
    run.push("V2")
    assert run.ti.xcoms["t", 1] == [1, "V2"]


def test_a_task_without_a_result_is_named():
    from compiled.expressions import Out
    from compiled.twinrail_runtime.errors import ContractError

    with pytest.raises(ContractError, match='"gone" has no result'):
        make({}, {"gone": task()}).evaluate(Out("gone"))


def test_parameters():
    from compiled.expressions import Params, Run
    from compiled.twinrail_runtime.errors import ContractError
    from compiled.twinrail_runtime.values import ABSENT

    text = {"kind": "string"}
    declared = {
        "day": {"type": text, "optional": True, "default": {"get": "run:day", "path": []}},
        "name": {"type": text, "optional": True},
        "size": {"type": {"kind": "number"}, "optional": True, "default": {"lit": 1}},
        "maybe": {
            "type": {"kind": "union", "of": [text, {"kind": "null"}]},
            "optional": True,
            "default": {"lit": None},
        },
    }
    run = make({}, {}, declared=declared, params={"day": None, "name": None, "size": 2, "maybe": None})
    # 23:30 UTC is the next day in Berlin.
    assert run.evaluate(Params.day) == "2026-01-02"
    assert run.evaluate(Run.logicalDate) == "2026-01-01T23:30:00Z"
    assert run.evaluate(Params.name) is ABSENT
    assert run.evaluate([Params.size, Params.maybe]) == [2, None]
    with pytest.raises(ContractError, match="beyond 2\\^53-1"):
        make({}, {}, declared=declared, params={"size": 2**53}).evaluate(Params.size)


def test_a_region_is_a_record_of_wires(tmp_path):
    from compiled.expressions import Out
    from compiled.twinrail_runtime.artifacts import Store
    from compiled.twinrail_runtime.values import to_text

    root = tmp_path.as_uri()
    stored = Store(root).put_bytes("big.json", b'"xx"')
    run = make({("r", -1): {"a": "V1", "b": f"A{to_text(stored)}"}}, {"r": task()}, root=root)
    assert run.evaluate([Out("r").a, Out("r").b]) == [1, "xx"]


def test_large_results_travel_as_references(tmp_path):
    run = make({}, {}, root=tmp_path.as_uri())
    wired = run.wire("x" * 5000)
    assert wired.startswith("A")
    assert run.unwire(wired) == "x" * 5000
    assert "/1-000000000000/_value.json" in wired


def test_what_another_attempt_cannot_change_fails_for_good():
    from airflow.sdk.exceptions import AirflowFailException
    from compiled.twinrail_runtime.errors import ContractError, StepRaised, StorageError
    from compiled.values import failures

    one = make({}, {})

    def run(error):
        with failures(one):
            raise error

    with pytest.raises(AirflowFailException, match="t failed: bad type"):
        run(ContractError("bad type"))
    with pytest.raises(StorageError):
        run(StorageError("away"))
    with pytest.raises(KeyError):
        run(StepRaised(KeyError("x")))
    # A step cannot skip itself, nor forbid the retries that the pipeline asks for.
    with pytest.raises(RuntimeError, match="AirflowFailException: no"):
        run(StepRaised(AirflowFailException("no")))
    with pytest.raises(RuntimeError, match="SystemExit: 3"):
        run(StepRaised(SystemExit(3)))
