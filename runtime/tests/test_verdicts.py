"""Which failure a `try` caught, by what its tasks left behind."""

import pytest
from kinds import get, lit

from twinrail_runtime.artifacts import Store
from twinrail_runtime.run_context import RunContext
from twinrail_runtime.slots import Gatherer, Slots, World
from twinrail_runtime.values import ABSENT
from twinrail_runtime.verdicts import SILENT


@pytest.fixture
def caught(tmp_path):
    """Slots of a handler whose body is these nodes, after these objects were written below `p/k/`."""

    def make(body, objects, *, failed=False, stored=None):
        run = RunContext("p", "id", "k", "", "2026-01-01T00:00:00Z", "UTC", f"file://{tmp_path}")
        store = Store(run.root)
        for key, text in objects.items():
            store.put_bytes(f"p/k/{key}", text.encode())
        slots = Slots()
        World(Gatherer(store, run), {}, stored or {}, {"t": {"body": body, "failed": failed}}).define(slots)
        return slots["error:t"]

    return make


def task(node, *after, attempts=1, **more):
    return {"node": node, "after": list(after), "step": node, "attempts": attempts, **more}


def test_the_first_in_source_order_counts_and_a_retry_that_succeeded_is_none(caught):
    objects = {
        "a/error.0": '{"attempt":1,"message":"once","retry":true,"step":"a"}',
        "a/out.1": "V1",
        "b/error.0": '{"attempt":1,"message":"b","step":"b"}',
        "c/error.0": '{"attempt":1,"message":"c","step":"c"}',
    }
    body = [task("a", attempts=2), task("b"), task("c"), task("d", "c")]
    assert caught(body, objects) == {"step": "b", "attempt": 1, "message": "b"}
    assert caught(body[:1], objects) is ABSENT


def test_what_wrote_nothing_was_killed_unless_it_was_skipped(caught):
    body = [task("a"), task("b", attempts=3), task("c", "b")]
    objects = {"a/out.0": "V1", "b/error.1": '{"attempt":2,"message":"b","retry":true,"step":"b"}'}
    assert caught(body, objects) == {"step": "b", "attempt": 3, "message": SILENT}
    broken = {"b/error.1": '{"attempt":2,"message":"no retry","step":"b"}'}
    assert caught(body, broken) == {"step": "b", "attempt": 2, "message": "no retry"}


def test_arms_items_and_handled_failures(caught):
    failed = '{"attempt":1,"message":"x","step":"w"}'
    branch = {"node": "if", "condition": get("output:a"), "then": [task("w")], "else": [task("v")]}
    assert caught([branch], {"a/out.0": "Vfalse", "v/out.0": "N"}, stored={"a": []}) is ABSENT
    loop = {"node": "l", "items": lit([7, 8, 9]), "body": [task("w", loops=["l"])]}
    items = {"w/000000/out.0": "V1", "w/000002/error.0": failed, "w/000001/error.0": failed.replace("x", "y")}
    assert caught([loop], items) == {"step": "w", "attempt": 1, "message": "y"}
    handled = {"node": "u", "body": [task("e")], "handler": [task("h")], "finally": [task("f")]}
    done = {"e/error.0": failed, "h/out.0": "N", "f/out.0": "N"}
    assert caught([handled], done) is ABSENT
    assert caught([handled], {**done, "f/error.1": failed.replace("x", "f")})["message"] == "f"


def test_a_handler_always_has_an_error(caught):
    assert caught([], {}) is ABSENT
    assert "no step left a word" in caught([], {}, failed=True)["message"]
