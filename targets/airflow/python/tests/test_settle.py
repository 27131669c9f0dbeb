"""Judging a `try` by task states. What Airflow does before it asks is tested on the real one."""

import types

import pytest


class Task:
    """As much of an operator as judging looks at. `before` are its upstream tasks."""

    def __init__(self, tasks, task_id, before=(), group=None):
        self.tasks, self.before, self.group, self.is_teardown = tasks, before, group, False
        tasks[task_id] = self
        self.task_id = task_id

    def get_flat_relative_ids(self, *, upstream):
        near = self.before if upstream else [key for key, task in self.tasks.items() if self.task_id in task.before]
        found = set(near)
        for task_id in near:
            found |= self.tasks[task_id].get_flat_relative_ids(upstream=upstream)
        return found

    def get_closest_mapped_task_group(self):
        return self.group and types.SimpleNamespace(group_id=self.group)


@pytest.fixture
def tasks():
    """`try { a; each { b; c } } catch { h } finally { f }`, and `after`."""
    from compiled.settle import EndLoop

    made = {}

    def add(task_id, *before, group=None):
        return Task(made, task_id, before, group)

    entry = add("t")
    entry.try_results, entry.body, entry.handler, entry.last = ({}, {}), ["a", "each.end"], ["h"], ["f"]
    add("a", "t")
    add("each", "a")
    add("b", "each", group="g")
    add("c", "b", group="g")
    end = add("each.end", "each", "c")
    end.__class__ = type("End", (Task, EndLoop), {})
    add("t.catch", "each.end")
    add("h", "t.catch")
    add("t.finally", "each.end", "h")
    add("f", "t.finally")
    add("t.end", "f")
    add("after", "t.end")
    return made


def block(tasks, **states):
    from compiled.settle import Block

    given = dict.fromkeys(["t", "a", "each", "each.end", "f"], "success") | {"h": "skipped"}
    return Block(tasks, "t", None, {**given, **{key.replace("__", "."): state for key, state in states.items()}})


def first(of):
    return of.error(types.SimpleNamespace(error_of=lambda task_id, index: (task_id, index)))


def test_a_body_that_succeeded_leaves_nothing(tasks):
    assert (block(tasks).missed_of_body(), block(tasks).left()) == ([], [])


def test_a_failure_is_handled_by_a_handler_that_succeeded(tasks):
    handled = block(tasks, a="failed", each__end="upstream_failed", h="success")
    assert (handled.missed_of_body(), handled.left()) == (["a", "each.end"], [])
    assert block(tasks, a="failed", h="failed").left() == ["h"]
    assert block(tasks, f="failed").left() == ["f"]
    tasks["t"].handler = None
    assert block(tasks, a="failed", h="success").left() == ["a"]


def test_not_success_is_bad_even_when_nothing_failed(tasks):
    assert block(tasks, a="skipped").missed_of_body() == ["a"]


def test_the_error_is_the_first_in_source_order_and_then_in_item_order(tasks):
    failed = {"each__end": "failed", "b_0": "success", "c_0": "failed", "b_1": "failed", "c_1": "upstream_failed"}
    assert first(block(tasks, **failed)) == ("c", 0)
    assert first(block(tasks, **failed, a="failed")) == ("a", None)
    # The loop's exit only says that something in it failed.
    assert first(block(tasks, each__end="failed")) == {"message": "something was ended by hand"}


def test_what_failed_in_finally_counts_before_the_handler(tasks):
    run = types.SimpleNamespace(error_of=lambda task_id, index: task_id)
    assert block(tasks, a="failed", h="failed").error_at_end(run) == "h"
    assert block(tasks, a="failed", h="failed", f="failed").error_at_end(run) == "f"
    tasks["t"].handler = None
    assert block(tasks, a="failed").error_at_end(run) == "a"


def test_the_run_fails_for_the_exit_of_a_try_and_not_for_what_it_caught(tasks):
    from compiled.operators import failures_of

    states = dict.fromkeys(tasks, "success")
    assert failures_of(tasks, {**states, "a": "failed", "b_1": "failed"}) == []
    assert failures_of(tasks, {**states, "after": "failed"}) == ["after"]
    assert failures_of(tasks, {**states, "t.end": "failed"}) == ["t.end"]


def test_a_part_that_was_cleared_alone_and_failed_fails_the_run(tasks):
    from compiled.operators import failures_of

    states = {**dict.fromkeys(tasks, "success"), "h": "skipped", "a": "failed"}
    assert failures_of(tasks, states) == ["t.end"]
