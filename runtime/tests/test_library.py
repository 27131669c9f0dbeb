"""What Airflow's operators use: the same, in one process that has seen other steps before."""

import sys
from pathlib import Path

import pytest
from kinds import DATASET, NUMBER, STRING, field, get, listof, record

from twinrail_runtime.artifacts import Store
from twinrail_runtime.errors import ContractError, StepRaised
from twinrail_runtime.process import main, one_line
from twinrail_runtime.run_context import RunContext
from twinrail_runtime.slots import Gatherer, Slots, define_item, define_loops
from twinrail_runtime.steps import call_step
from twinrail_runtime.values import ABSENT


@pytest.fixture(autouse=True)
def clean_imports():
    modules, path, finders = dict(sys.modules), list(sys.path), list(sys.meta_path)
    yield
    sys.meta_path[:], sys.path[:] = finders, path
    for name in set(sys.modules) - set(modules):
        del sys.modules[name]


def project(folder: Path, **files: str) -> Path:
    (folder / "steps").mkdir(parents=True)
    for name, text in files.items():
        (folder / "steps" / f"{name}.py").write_text(text)
    return folder


def call(source: Path, root: Path, **changes):
    arguments = {"call": "steps/s.py:f", "inputs": {}, "input_types": {}, "output": STRING, "prefix": "p/k/n/0"}
    return call_step(source=source, store=Store(f"file://{root}"), **{**arguments, **changes})


def test_two_versions_of_one_module_never_meet(tmp_path):
    sources = [
        project(tmp_path / name, s="from steps.util import WHO\n\ndef f():\n    return WHO\n", util=f"WHO = '{name}'\n")
        for name in ("one", "two")
    ]
    here = Path.cwd()
    seen = [call(source, tmp_path / "root") for source in (sources[0], sources[1], sources[0], sources[0], sources[1])]
    assert seen == ["one", "two", "one", "one", "two"]
    assert Path.cwd() == here


def test_what_the_step_raised_is_at_hand(tmp_path):
    source = project(tmp_path / "p", s="def f():\n    raise KeyError('x')\n")
    here = Path.cwd()
    with pytest.raises(StepRaised) as caught:
        call(source, tmp_path)
    assert isinstance(caught.value.error, KeyError)
    assert caught.value.error.__traceback__.tb_frame.f_code.co_filename == str(source / "steps/s.py")
    assert caught.value.retry
    assert Path.cwd() == here


def test_artifacts_in_and_out(tmp_path):
    source = project(
        tmp_path / "p",
        s="from pathlib import Path\n\ndef f(parts):\n    Path('all.txt').write_text(''.join(p.read_text() for p in parts))\n    return {'all': Path('all.txt'), 'n': len(parts)}\n",
    )
    store = Store(f"file://{tmp_path}/root")
    one = store.put_bytes("a/part.txt", b"one")
    two = store.put_bytes("b/part.txt", b"two")
    result = call(
        source,
        tmp_path / "root",
        inputs={"parts": [one, two, one]},
        input_types={"parts": field(listof(DATASET))},
        output=record(all=DATASET, n=NUMBER),
    )
    assert result["n"] == 3
    assert store.get_bytes(result["all"]) == b"onetwoone"


def test_absent_inputs_are_not_passed(tmp_path):
    source = project(tmp_path / "p", s="def f(x='default'):\n    return x\n")
    assert (
        call(source, tmp_path, inputs={"x": ABSENT}, input_types={"x": {"type": STRING, "optional": True}}) == "default"
    )
    with pytest.raises(ContractError, match="input `x` is missing"):
        call(source, tmp_path, inputs={"x": ABSENT}, input_types={"x": field(STRING)})


def test_slots_are_made_once_and_only_when_asked_for():
    made = []
    slots = Slots({"outer": 1})
    slots.define("a", lambda: made.append("a") or 5)
    slots.define("b", lambda: pytest.fail("nobody asked"))
    slots.define("loop", lambda: slots["loop"])
    assert (slots["a"], slots["a"], slots["outer"]) == (5, 5, 1)
    assert made == ["a"]
    assert set(slots) == {"a", "b", "loop", "outer"}
    assert len(slots) == 4
    with pytest.raises(ContractError, match="loop is defined by itself"):
        _ = slots["loop"]
    with pytest.raises(KeyError):
        _ = slots["nothing"]


def test_siblings_are_gathered_once_and_nested_loops_in_each_iteration(tmp_path):
    run = RunContext("p", "id", "k", "", "2026-01-01T00:00:00Z", "UTC", f"file://{tmp_path}")
    store = Store(run.root)
    reads = []

    class Counting(Gatherer):
        def value_of(self, node, indices):
            reads.append((node, *indices))
            return super().value_of(node, indices)

    for index in range(2):
        store.put_bytes(f"p/k/a/{index:06}/out.0", f"V{index}".encode())
        store.put_bytes(f"p/k/b/{index:06}/out.0", f"V{index + 10}".encode())
    slots = Slots()
    gathers = {
        "la": {
            "items": {"lit": [0, 1]},
            "result": {"list": [get("output:a"), get("output:lb", 0), get("output:lc")]},
            "tasks": {"a": ["la"]},
        },
        "lb": {"items": {"lit": [0, 1]}, "result": get("output:b"), "tasks": {"b": ["lb"]}},
        # No task of its own: what it reads is what makes it another one in each iteration.
        "lc": {"items": {"lit": ["x"]}, "result": get("index:la"), "tasks": {}},
    }
    define_loops(slots, Counting(store, run), gathers)
    assert slots["output:la"] == [[0, 10, [0]], [1, 10, [1]]]
    assert reads == [("a", 0), ("b", 0), ("b", 1), ("a", 1)]


def test_an_item_is_picked_by_its_index():
    slots = Slots({"output:x": ["a", "b"]})
    define_item(slots, "each", get("output:x"), 1)
    assert (slots["item:each"], slots["index:each"]) == ("b", 1)


def test_the_termination_log_gets_the_last_line_when_it_exists(tmp_path, capsys):
    log = tmp_path / "termination-log"
    assert main(["--spec", "{", "--run", "{}"], termination_log=log) == 64
    assert not log.exists()
    log.write_text("")
    assert main(["--spec", "{", "--run", "{}"], termination_log=log) == 64
    assert log.read_text().startswith("twinrail: step failed: --spec is not JSON")
    assert capsys.readouterr().err.splitlines()[-1] == log.read_text()


def test_a_reason_is_one_line():
    assert one_line("a\nb\r\n\tc\x00\u2028d") == "a b c d"
    assert len(one_line("x" * 5000)) == 1003
