"""A step as a process: what the README's contract says, by running it."""

import base64
import hashlib
import json
import os
import signal
import struct
import time
from pathlib import Path

import pytest
from kinds import (
    BOOLEAN,
    DATASET,
    DIRECTORY,
    FILE,
    JSON,
    MODEL,
    NUMBER,
    STRING,
    VOID,
    encoding_table,
    field,
    get,
    listof,
    lit,
    mapof,
    op,
    optional,
    record,
    tupleof,
    union,
)

from twinrail_runtime.values import from_text

TABLE = encoding_table()


def test_a_step_gets_its_inputs_by_name_and_its_result_is_the_wire(bench):
    bench.write(
        {
            "steps/train.py": "def train(features, lr=0.5, seed=7):\n    return {'auc': lr * 2, 'seed': seed, 'n': len(features)}\n"
        }
    )
    result = bench.run(
        {
            "node": "train",
            "call": "steps/train.py:train",
            "inputs": {
                "features": {"each": get("output:parts"), "as": "p", "yield": get("bound:p", "rows")},
                "lr": get("param:lr"),
                "seed": {"absent": True},
            },
            "inputTypes": {"features": field(listof(NUMBER)), "lr": field(NUMBER), "seed": optional(NUMBER)},
            "params": {"lr": NUMBER},
            "output": record(auc=NUMBER, seed=NUMBER, n=NUMBER),
            "extras": {
                "good": op("ge", get("output:train", "auc"), lit(0.8)),
                "auc": get("output:train", "auc"),
                "gone": get("output:train", "x"),
                "run": get("run:day"),
            },
        },
        "--slot",
        'output:parts=V[{"rows":1},{"rows":2}]',
        "--param",
        "lr=0.4",
    )
    assert result.wire == 'V{"auc":0.8,"n":2,"seed":7}'
    assert result.extra("good") is True
    assert result.extra("auc") == 0.8
    assert result.extra("gone") is None
    assert result.extra("run") == "2026-01-01"
    assert sorted(path.name for path in result.out.iterdir()) == [
        "extra.auc",
        "extra.gone",
        "extra.good",
        "extra.run",
        "out",
    ]
    assert (result.stdout, result.stderr) == ("", "")


def test_every_hostile_string_passes_through_a_step_and_comes_back(bench):
    strings = [bytes.fromhex(units).decode("utf-16-be") for units, _ in TABLE["strings"]]
    values = {
        "strings": strings,
        "keys": {string: index for index, string in enumerate(strings)},
        "numbers": [struct.unpack(">d", bytes.fromhex(bits))[0] for bits, _ in TABLE["numbers"]][:60],
    }
    bench.write(
        {"steps/s.py": "def f(value, joined):\n    assert joined == ''.join(value['strings'])\n    return value\n"}
    )
    spec = {
        "call": "steps/s.py:f",
        "inputs": {"value": lit(values), "joined": op("template", *map(lit, strings))},
        "inputTypes": {"value": field(JSON), "joined": field(STRING)},
        "output": JSON,
    }
    first = bench.run(spec)
    assert first.code == 0, first.stderr
    # More than 2 KiB: only a reference is on the wire, and the next step reads through it.
    assert first.wire[0] == "A"
    again = bench.run(
        {**spec, "node": "again", "inputs": {**spec["inputs"], "value": get("output:step")}},
        "--slot",
        f"output:step={first.wire}",
    )
    assert again.code == 0, again.stderr
    assert again.wire.replace("/again/", "/step/") == first.wire
    stored = Path(json.loads(first.wire[1:])["uri"].removeprefix("file://")).read_text(encoding="ascii")
    assert from_text(stored) == values


@pytest.mark.parametrize("units", [units for units, _ in TABLE["strings"]])
def test_a_hostile_string_as_parameter_and_slot(bench, units):
    text = bytes.fromhex(units).decode("utf-16-be")
    typed = f"={text}" if text == "=run.day" else text
    encoded = base64.b64encode(typed.encode()).decode()
    bench.write(
        {"steps/s.py": "def f(text, same, wired):\n    assert text == same == wired\n    return {text: text}\n"}
    )
    # An argument cannot hold NUL; base64 and the wire can.
    plain = f"--param-base64=p={encoded}" if "\0" in text else f"--param=p={typed}"
    result = bench.run(
        {
            "call": "steps/s.py:f",
            "inputs": {"text": get("param:p"), "same": get("param:q"), "wired": get("output:x")},
            "inputTypes": {"text": field(STRING), "same": field(STRING), "wired": field(STRING)},
            "params": {"p": STRING, "q": STRING},
            "output": mapof(STRING),
        },
        plain,
        f"--param-base64=q={encoded}",
        "--slot",
        f"output:x=V{dict(TABLE['strings'])[units]}",
    )
    assert result.code == 0, result.stderr
    if result.wire[0] == "V":
        assert result.value == {text: text}


def test_a_megabyte_goes_by_reference(bench):
    bench.write(
        {"steps/s.py": "def make():\n    return '{$😀' * 250_000\n\ndef size(text, n):\n    return [len(text), n]\n"}
    )
    made = bench.run(
        {
            "node": "make",
            "call": "steps/s.py:make",
            "output": STRING,
            "extras": {"short": op("eq", get("output:make"), lit("x"))},
        }
    )
    assert made.code == 0, made.stderr
    assert len(made.wire) < 400
    assert made.extra("short") is False
    reference = json.loads(made.wire[1:])
    data = Path(reference["uri"].removeprefix("file://")).read_bytes()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (reference["bytes"], reference["sha256"])
    read = bench.run(
        {
            "node": "size",
            "call": "steps/s.py:size",
            "inputs": {"text": get("output:make"), "n": lit(1)},
            "inputTypes": {"text": field(STRING), "n": field(NUMBER)},
            "output": listof(NUMBER),
        },
        "--slot",
        f"output:make={made.wire}",
    )
    assert read.value == [750_000, 1]
    Path(reference["uri"].removeprefix("file://")).write_bytes(data[:-2] + b'x"')
    broken = bench.run(
        {
            "node": "size",
            "call": "steps/s.py:size",
            "inputs": {"text": get("output:make")},
            "inputTypes": {"text": field(STRING)},
            "output": VOID,
        },
        "--slot",
        f"output:make={made.wire}",
    )
    assert broken.code == 70
    assert "is not what its reference says" in broken.last_line


def test_a_megabyte_as_a_constant(bench):
    bench.write({"steps/s.py": "def f(text):\n    return len(text)\n"})
    result = bench.run(
        {
            "call": "steps/s.py:f",
            "inputs": {"text": lit("{{x}}" * 200_000)},
            "inputTypes": {"text": field(STRING)},
            "output": NUMBER,
        }
    )
    assert result.value == 1_000_000


# Artifacts ------------------------------------------------------------------------------------------------------------

MAKE = """
    from pathlib import Path

    def make():
        assert list(Path.cwd().iterdir()) == []
        Path("features.parquet").write_bytes(b"\\0rows")
        Path("daten ü.csv").write_text("x")
        Path("m").mkdir()
        Path("m/weights.bin").write_bytes(b"w" * 10)
        (Path("m") / "empty").mkdir()
        return {"data": Path("features.parquet"), "many": [Path("features.parquet").absolute(), Path("daten ü.csv")], "by": {"a/b": (Path("m"), 1)}, "none": None}

    def read(data, many, by, none="not given"):
        data.write_text("overwritten")  # a copy: nobody else sees it
        folder, one = by["a/b"]
        return [data.name, many[0].read_bytes().decode(), many[1].name, sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*")), folder.name, one, none]
"""
MADE = record(data=DATASET, many=listof(FILE), by=mapof(tupleof(DIRECTORY, NUMBER)), none=optional(MODEL))


def test_artifacts_of_every_kind_reach_the_next_step_under_their_names(bench):
    bench.write({"steps/a.py": MAKE})
    made = bench.run({"node": "make", "call": "steps/a.py:make", "output": MADE}, "--attempt", "2")
    value = made.value
    prefix = f"file://{bench.root}/churn/key-1/make/2"
    assert value["data"] == {
        "uri": f"{prefix}/data/features.parquet",
        "sha256": hashlib.sha256(b"\0rows").hexdigest(),
        "bytes": 5,
    }
    assert value["many"][1]["uri"] == f"{prefix}/many/1/daten_.csv"
    assert "none" not in value
    read = bench.run(
        {
            "node": "read",
            "call": "steps/a.py:read",
            "inputs": {name: get("output:make", name) for name in MADE["fields"]},
            "inputTypes": MADE["fields"],
            "output": JSON,
        },
        "--slot",
        f"output:make={made.wire}",
    )
    # The same bytes stored twice are two files; `data` was overwritten by the step, `many[0]` was not.
    assert read.value == ["features.parquet", "\0rows", "daten_.csv", ["empty", "weights.bin"], "m", 1, "not given"]
    assert [path.name for path in bench.folder.iterdir() if path.name.startswith("twinrail-")] == []


def test_a_bare_artifact_and_an_artifact_in_an_extra_field(bench):
    made = bench.step('Path("model.pt").write_text("m"); return Path("model.pt")', returns=MODEL)
    assert made.value["uri"].endswith("/step/0/model.pt")
    # The input's type does not know `model`; TypeScript lets it through, and so it arrives as what it is: JSON.
    read = bench.step(
        "return sorted(x)",
        returns=JSON,
        arguments="x",
        inputs={"x": lit({"a": 1, "model": made.value})},
        inputTypes={"x": field(record(a=NUMBER))},
    )
    assert read.value == ["a", "model"]


@pytest.mark.parametrize(
    ("body", "type_", "message"),
    [
        ('return Path("gone")', MODEL, "the returned value is the path 'gone', but there is no such file"),
        (
            'Path("d").mkdir(); return Path("d")',
            MODEL,
            "the returned value is the path 'd', a folder, but the TypeScript type says Model",
        ),
        (
            'Path("f").touch(); return Path("f")',
            DIRECTORY,
            "the returned value is the path 'f', a file, but the TypeScript type says Directory",
        ),
        (
            'return "model.pt"',
            MODEL,
            "the returned value is a string 'model.pt', but the TypeScript type says Model: return pathlib.Path(...)",
        ),
        ("return None", MODEL, "the returned value is None, but the TypeScript type says Model"),
        (
            'Path("d").mkdir(); (Path("d") / "x").symlink_to("/etc"); return Path("d")',
            DIRECTORY,
            "the link `x` leads out of the directory, to /etc",
        ),
        (
            'Path("f").touch(); return {"m": Path("f"), "auc": "x"}',
            record(m=FILE, auc=NUMBER),
            "returned `auc` is a string 'x'",
        ),
    ],
)
def test_a_wrong_artifact_is_refused_before_anything_is_stored(bench, body, type_, message):
    result = bench.step(body, returns=type_)
    assert result.code == 64
    assert message in result.last_line
    assert not (result.out / "out").exists()
    assert not list(bench.root.rglob("*"))


# Results --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "type_", "expected"),
    [
        ("pass", VOID, None),
        ("return (1, 2.0)", listof(NUMBER), "V[1,2]"),
        ("return {'a': None}", record(a=optional(NUMBER)), "V{}"),
        ("return None", union(NUMBER, {"kind": "null"}), "Vnull"),
        ("return True", BOOLEAN, "Vtrue"),
        ("return -0.0", NUMBER, "V0"),
        ("import sys; sys.exit(0)", VOID, None),
        ("import sys; sys.exit()", VOID, None),
    ],
)
def test_results(bench, body, type_, expected):
    result = bench.step(body, returns=type_)
    assert result.code == 0, result.stderr
    assert result.wire == (expected or "N")


@pytest.mark.parametrize(
    ("body", "type_", "message"),
    [
        (
            "return {'auc': 'x'}",
            record(auc=NUMBER),
            "twinrail: step failed: returned `auc` is a string 'x', but the TypeScript type says number",
        ),
        ("return float('nan')", NUMBER, "the returned value is nan, which is not a JSON number"),
        ("return 2**53", NUMBER, "the integer 9007199254740992, beyond 2^53-1"),
        ("return '\\ud800'", STRING, "a string with a lone surrogate"),
        ("return {1: 2}", JSON, "has the key 1 (int): keys are strings"),
        ("return 1", VOID, "the returned value is the number 1, but the TypeScript type says undefined"),
        ("pass", NUMBER, "(does the function end without `return`?)"),
        ("yield 1", NUMBER, "steps/s.py:f is a generator: a step returns its result, it does not `yield`"),
        ("return object()", JSON, "a object object, which is not a JSON value"),
    ],
)
def test_wrong_results_are_not_retried(bench, body, type_, message):
    result = bench.step(body, returns=type_)
    assert result.code == 64
    assert message in result.last_line
    assert "Traceback" not in result.stderr
    assert not (result.out / "out").exists()


def test_an_async_step_is_run_to_its_end(bench):
    bench.write(
        {
            "steps/s.py": "import asyncio\n\nasync def f(x):\n    await asyncio.sleep(0.01)\n    return x\n\nasync def bad():\n    await asyncio.sleep(0)\n    raise KeyError('k')\n"
        }
    )
    assert (
        bench.run(
            {"call": "steps/s.py:f", "inputs": {"x": lit(3)}, "inputTypes": {"x": field(NUMBER)}, "output": NUMBER}
        ).value
        == 3
    )
    failed = bench.run({"call": "steps/s.py:bad"})
    assert failed.code == 1
    assert failed.stderr.splitlines()[1].strip() == f'File "{bench.source}/steps/s.py", line 9, in bad'


# Inputs ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "types", "message"),
    [
        ({}, {"x": field(NUMBER)}, "input `x` is missing: the TypeScript type says number"),
        (
            {"x": get("output:a", "n")},
            {"x": field(NUMBER)},
            "input `x` is a string 'one', but the TypeScript type says number",
        ),
        ({"x": get("output:a", "n", "y", "z")}, {"x": field(NUMBER)}, "cannot read property"),
        ({"x": get("output:b")}, {"x": field(NUMBER)}, "no value is given for output:b"),
        ({"x": lit(1), "y": lit(2)}, {"x": field(NUMBER)}, "input `y` is not one of the step's inputs"),
        (
            {"y": lit(2)},
            {"y": field(NUMBER)},
            "steps/s.py:f(x) does not take the step's inputs: missing a required argument: 'x'",
        ),
        (
            {"x": lit(1), "y": lit(2)},
            {"x": field(NUMBER), "y": field(NUMBER)},
            "does not take the step's inputs: got an unexpected keyword argument 'y'",
        ),
        (
            {},
            {"x": optional(NUMBER)},
            "steps/s.py:f(x) does not take the step's inputs: missing a required argument: 'x'",
        ),
        (
            {"x": lit({"uri": "x"})},
            {"x": field(DATASET)},
            "input `x` is a dict with 'uri', but the TypeScript type says Dataset",
        ),
    ],
)
def test_wrong_inputs_are_not_retried(bench, inputs, types, message):
    bench.write({"steps/s.py": "def f(x):\n    return None\n"})
    result = bench.run(
        {"call": "steps/s.py:f", "inputs": inputs, "inputTypes": types}, "--slot", 'output:a=V{"n":"one"}'
    )
    assert result.code == 64
    assert message in result.last_line


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        ("steps/gone.py:f", 64, "there is no file steps/gone.py"),
        ("steps/s.py:g", 64, "steps/s.py has no function `g`"),
        ("steps/s.py:X", 64, "`X` in steps/s.py is not a function"),
        ("steps/s.py", 64, "does not name a Python function"),
        ("../s.py:f", 64, "does not name a Python function"),
    ],
)
def test_a_function_that_is_not_there(bench, call, code, message):
    bench.write({"steps/s.py": "X = 1\ndef f():\n    pass\n"})
    result = bench.run({"call": call})
    assert result.code == code
    assert message in result.last_line


def test_what_is_not_read_is_not_loaded(bench):
    result = bench.step(
        "return x",
        returns=NUMBER,
        arguments="x",
        inputs={"x": op("select", lit(True), lit(1), get("output:broken"))},
        inputTypes={"x": field(NUMBER)},
    )
    assert result.value == 1


# Failures -------------------------------------------------------------------------------------------------------------


def test_a_traceback_starts_at_the_users_own_frame_and_keeps_its_chain(bench):
    bench.write(
        {
            "steps/deep.py": """
            from lib import helper

            def f():
                print("before")
                try:
                    helper.fails(0)
                except ZeroDivisionError as error:
                    raise ValueError("bad\\nrow {{x}}") from error
        """,
            "lib/helper.py": "def fails(n):\n    return 1 / n\n",
        }
    )
    result = bench.run({"node": "deep", "call": "steps/deep.py:f"})
    assert result.code == 1
    assert result.stdout == "before\n"
    lines = result.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1] == f'  File "{bench.source}/steps/deep.py", line 7, in f'
    assert "The above exception was the direct cause of the following exception:" in lines
    assert "ZeroDivisionError: division by zero" in lines
    assert "twinrail_runtime" not in result.stderr
    assert "importlib" not in result.stderr
    assert lines[-1] == "twinrail: deep failed: ValueError: bad row {{x}}"


@pytest.mark.parametrize(
    ("source", "first", "last"),
    [
        (
            "import not_there\ndef f(): pass\n",
            'steps/s.py", line 1, in <module>',
            "ModuleNotFoundError: No module named 'not_there'",
        ),
        ("def f(:\n", 'steps/s.py", line 1', "SyntaxError"),
        ("def f():\n    raise SystemExit(64)\n", 'steps/s.py", line 2, in f', "SystemExit: 64"),
        ("def f():\n    raise BaseException('odd')\n", 'steps/s.py", line 2, in f', "BaseException: odd"),
        ("def f():\n    exit('no data')\n", 'steps/s.py", line 2, in f', "SystemExit: no data"),
        ("def f():\n    f()\n", 'steps/s.py", line 2, in f', "RecursionError"),
        ("def f():\n    raise ValueError()\n", 'steps/s.py", line 2, in f', "twinrail: step failed: ValueError"),
        (
            "def f():\n    raise ValueError('\\ud800 \\x1b[31m \\u2028')\n",
            'steps/s.py", line 2, in f',
            "ValueError: \\ud800  [31m",
        ),
    ],
)
def test_what_the_users_code_raises_is_retried(bench, source, first, last):
    bench.write({"steps/s.py": source})
    result = bench.run({"call": "steps/s.py:f"})
    assert result.code == 1
    assert any(first in line for line in result.stderr.splitlines()[:2])
    assert last in result.last_line
    assert "twinrail_runtime" not in result.stderr


def test_everything_printed_goes_through(bench):
    result = bench.step(
        """
        import os, subprocess, sys
        print("one")
        sys.stdout.write("no newline")
        os.write(2, b"raw\\n")
        sys.stdout.flush()
        subprocess.run(["echo", "child"], check=True)
        print("{{=1}} $(x) \\x1b[0m 😀" * 1000)
        print("last", end="")
        """,
        returns=VOID,
    )
    assert result.code == 0
    assert result.stdout == "one\nno newlinechild\n" + "{{=1}} $(x) \x1b[0m 😀" * 1000 + "\nlast"
    assert result.stderr == "raw\n"


def test_a_line_is_out_when_it_was_printed(bench):
    bench.write({"steps/s.py": "import os\ndef f():\n    print('the last words')\n    os.kill(os.getpid(), 9)\n"})
    result = bench.run({"call": "steps/s.py:f"})
    assert result.code == -9
    assert result.stdout == "the last words\n"


def test_a_crash_in_native_code_shows_where(bench):
    result = bench.step("import ctypes; ctypes.string_at(0)", returns=VOID)
    assert result.code == -signal.SIGSEGV
    assert "Fatal Python error: Segmentation fault" in result.stderr
    assert "steps/s.py" in result.stderr


def test_a_process_that_ends_itself_leaves_no_result(bench):
    result = bench.step("import os; os._exit(0)", returns=VOID)
    assert result.code == 0
    assert not (result.out / "out").exists()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_step_after_its_finally(bench, sent):
    bench.write(
        {
            "steps/s.py": """
            import time

            def f():
                try:
                    print("started", flush=True)
                    try:
                        time.sleep(60)
                    except Exception:
                        print("swallowed")
                finally:
                    print("saved")
        """
        }
    )
    process, out = bench.start({"node": "slow", "call": "steps/s.py:f"})
    assert process.stdout.readline() == "started\n"
    process.send_signal(sent)
    stdout, stderr = process.communicate(timeout=10)
    assert process.returncode == 143
    assert stdout == "saved\n"
    assert stderr == f"twinrail: slow failed: {'terminated by SIGTERM' if sent == signal.SIGTERM else 'interrupted'}\n"
    assert not (out / "out").exists()
    assert [path.name for path in bench.folder.iterdir() if path.name.startswith("twinrail-")] == []


def test_a_retry_has_an_empty_folder_and_the_checkpoints_of_the_attempt_before(bench):
    bench.write(
        {
            "steps/s.py": """
            import os
            from pathlib import Path

            def f():
                assert list(Path.cwd().iterdir()) == []
                Path("leftover").touch()
                kept = Path(os.environ["TWINRAIL_CHECKPOINT_DIR"]) / "epoch"
                epoch = int(kept.read_text()) if kept.exists() else 0
                kept.write_text(str(epoch + 1))
                if epoch < 2:
                    raise RuntimeError(f"epoch {epoch}")
                return epoch
        """
        }
    )
    env = {"TWINRAIL_CHECKPOINT_DIR": str(bench.folder / "checkpoints/deep")}
    codes = [
        bench.run({"call": "steps/s.py:f", "output": NUMBER}, "--attempt", str(attempt), env=env)
        for attempt in range(3)
    ]
    assert [result.code for result in codes] == [1, 1, 0]
    assert codes[2].value == 2


def test_storage_that_fails_is_the_runtimes_own_failure(bench):
    bench.root.write_text("a file where the root should be")
    result = bench.step('Path("a").touch(); return Path("a")', returns=FILE)
    assert result.code == 70
    assert "twinrail: step failed: cannot write file://" in result.last_line
    assert "Traceback" not in result.stderr


def test_secrets_are_names_in_the_spec_and_values_in_the_environment(bench):
    spec = {"call": "steps/s.py:f", "output": STRING, "secrets": {"TOKEN": {"secret": "hub-key", "key": "token.v1"}}}
    bench.write({"steps/s.py": "import os\ndef f():\n    return os.environ['TOKEN'][::-1]\n"})
    assert bench.run(spec, env={"TOKEN": "abc"}).value == "cba"
    assert bench.run(spec, env={"TWINRAIL_SECRET_HUB_KEY__TOKEN_V1": "xyz"}).value == "zyx"
    missing = bench.run(spec)
    assert missing.code == 64
    assert (
        "the secret hub-key/token.v1 is not given: set TOKEN, or TWINRAIL_SECRET_HUB_KEY__TOKEN_V1 on this machine"
        in missing.last_line
    )


# Loops ----------------------------------------------------------------------------------------------------------------

REGIONS = get("output:extract", "regions")
LOOP = {
    "node": "build",
    "call": "steps/s.py:build",
    "inputs": {"region": get("item:each"), "i": get("index:each")},
    "inputTypes": {"region": field(STRING), "i": field(NUMBER)},
    "output": record(rows=NUMBER, name=STRING),
    "items": {"each": REGIONS},
    "loops": ["each"],
}
GATHER = {
    "node": "train",
    "call": "steps/s.py:train",
    "inputs": {"parts": get("output:each")},
    "inputTypes": {"parts": field(JSON)},
    "output": JSON,
    "gathers": {
        "each": {
            "items": REGIONS,
            "result": {
                "record": {"rows": get("output:build", "rows"), "of": get("item:each"), "at": get("index:each")}
            },
            "tasks": {"build": ["each"]},
        }
    },
}
LOOP_SOURCE = "def build(region, i):\n    if region == 'bad':\n        raise ValueError('bad')\n    return {'rows': i * 10, 'name': region}\n\ndef train(parts):\n    return parts\n"
EXTRACT = ("--slot", 'output:extract=V{"regions":["eu","{{us}}","bad"]}')


def test_a_loops_results_are_gathered_in_item_order(bench):
    bench.write({"steps/s.py": LOOP_SOURCE})
    codes = [bench.run(LOOP, *EXTRACT, "--index", f"each={index}").code for index in (1, 0)]
    assert codes == [0, 0]
    result = bench.run(GATHER, "--slot", 'output:extract=V{"regions":["eu","{{us}}"]}')
    assert result.value == [{"at": 0, "of": "eu", "rows": 0}, {"at": 1, "of": "{{us}}", "rows": 10}]


def test_of_several_attempts_the_last_complete_one_counts_and_a_missing_one_is_absent(bench):
    bench.write({"steps/s.py": LOOP_SOURCE})
    assert bench.run(LOOP, *EXTRACT, "--index", "each=0", "--attempt", "9").code == 0
    assert bench.run(LOOP, *EXTRACT, "--index", "each=1").code == 0
    assert bench.run(LOOP, *EXTRACT, "--index", "each=2").code == 1
    bench.write({"steps/s.py": LOOP_SOURCE.replace("i * 10", "i * 10 + 7")})
    assert bench.run(LOOP, *EXTRACT, "--index", "each=0", "--attempt", "10").code == 0
    gather = {
        **GATHER,
        "gathers": {
            "each": {**GATHER["gathers"]["each"], "result": op("getOptional", get("output:build"), lit("rows"))}
        },
    }
    assert bench.run(gather, *EXTRACT).value == [7, 10, None]
    strict = bench.run(GATHER, *EXTRACT)
    assert strict.code == 64
    assert "cannot read property 'rows' of undefined (output:build)" in strict.last_line
    # Only what the list still holds is read, whatever is left of a longer one.
    assert bench.run(gather, "--slot", 'output:extract=V{"regions":[]}').value == []
    # And another run sees nothing of it.
    assert bench.run(gather, *EXTRACT, run=bench.run_json(key="key-2")).value == [None, None, None]


def test_an_empty_loop_is_an_empty_list(bench):
    bench.write({"steps/s.py": LOOP_SOURCE})
    assert bench.run(GATHER, "--slot", 'output:extract=V{"regions":[]}').value == []


def test_a_loop_in_a_loop_is_a_list_of_lists(bench):
    bench.write(
        {
            "steps/s.py": "def cell(row, x):\n    return f'{row}:{x}' if x != 'big' else 'b' * 5000\n\ndef show(table, same):\n    return [[len(c) if len(c) > 100 else c for c in row] for row in table] + [same]\n"
        }
    )
    rows = [["a", "b", "big"], [], ["c"]]
    items = {"outer": lit(rows), "inner": get("item:outer")}
    cell = {
        "node": "cell",
        "call": "steps/s.py:cell",
        "inputs": {"row": get("index:outer"), "x": get("item:inner")},
        "inputTypes": {"row": field(NUMBER), "x": field(STRING)},
        "output": STRING,
        "items": items,
        "loops": ["outer", "inner"],
    }
    for row, cells in enumerate(rows):
        for column in range(len(cells)):
            made = bench.run(cell, "--index", f"outer={row}", "--index", f"inner={column}")
            assert made.code == 0, made.stderr
    assert (bench.root / "churn/key-1/cell/000000/000001/out.0").read_text() == 'V"0:b"'
    inner = {"items": get("item:outer"), "result": get("output:cell"), "tasks": {"cell": ["outer", "inner"]}}
    show = {
        "node": "show",
        "call": "steps/s.py:show",
        "inputs": {"table": get("output:outer"), "same": lit("x")},
        "inputTypes": {"table": field(listof(listof(STRING))), "same": field(STRING)},
        "output": JSON,
    }
    whole = bench.run(
        {**show, "gathers": {"outer": {"items": lit(rows), "result": get("output:inner"), "tasks": {}}, "inner": inner}}
    )
    assert whole.value == [["0:a", "0:b", 5000], [], ["2:c"], "x"]
    # Inside of the outer loop only the inner one is finished; its index comes from the enclosing loop.
    here = bench.run(
        {
            **show,
            "inputs": {**show["inputs"], "table": {"list": [get("output:inner")]}},
            "gathers": {"inner": inner},
            "items": {"outer": lit(rows)},
            "loops": ["outer"],
        },
        "--index",
        "outer=2",
    )
    assert here.value == [["2:c"], "x"]


def test_an_iteration_writes_below_its_index(bench):
    bench.write(
        {"steps/s.py": "from pathlib import Path\ndef f():\n    Path('a.csv').touch()\n    return Path('a.csv')\n"}
    )
    result = bench.run(
        {"node": "n", "call": "steps/s.py:f", "output": DATASET, "loops": ["each"]},
        "--index",
        "each=12",
        "--attempt",
        "1",
    )
    assert result.value["uri"] == f"file://{bench.root}/churn/key-1/n/000012/1/a.csv"
    assert (bench.root / "churn/key-1/n/000012/out.1").read_text() == result.wire


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--index", "each=9"], "each has no item 9"),
        ([], "--index each=... is missing"),
        (["--index", "each=x"], "--index: 'x' is not a number from 0"),
        (["--index", "each=-1"], "is not a number from 0"),
        (["--slot", "nonsense", "--index", "each=0"], "--slot 'nonsense' is not NAME=VALUE"),
        (["--what"], "bad arguments: unrecognized arguments: --what"),
        (["--param-base64", "p=***", "--index", "each=0"], "--param-base64: "),
        (["--param-base64", "p=/w==", "--index", "each=0"], "--param-base64: 'utf-8' codec can't decode"),
        (["--attempt", "{{retries}}", "--index", "each=0"], "--attempt: '{{retries}}' is not a number from 0"),
        (
            ["--slot", "output:extract={{tasks.extract.outputs.parameters.out}}", "--index", "each=0"],
            "is not a value: it starts with neither V, A nor N",
        ),
        (["--spec", "{"], "--spec is not JSON"),
        (["--spec", "[]"], "--spec is not a JSON object"),
        (["--spec", "{}"], "--spec lacks `node`"),
        (["--spec", "@/gone"], "--spec: [Errno 2] No such file or directory: '/gone'"),
        (["--run", "{}", "--index", "each=0"], "--run lacks the text field `pipeline`"),
    ],
)
def test_arguments_that_are_wrong_are_said_and_not_retried(bench, arguments, message):
    bench.write({"steps/s.py": LOOP_SOURCE})
    given = [] if any("output:extract" in argument for argument in arguments) else EXTRACT
    result = bench.run(LOOP, *given, *arguments)
    assert result.code == 64
    assert message in result.last_line
    assert len(result.stderr.splitlines()) == 1


def test_a_container_without_a_locale(bench):
    spec = {
        "call": "steps/s.py:f",
        "inputs": {"x": get("param:p")},
        "inputTypes": {"x": field(STRING)},
        "params": {"p": STRING},
        "output": STRING,
    }
    bench.write({"steps/s.py": "def f(x):\n    return x\n"})
    for env in ({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, {"LC_ALL": "POSIX"}):
        assert bench.run(spec, "--param", "p=é😀", env=env).value == "é😀"


# The user's code ------------------------------------------------------------------------------------------------------


def test_the_projects_modules_win_over_installed_ones_and_not_over_the_standard_library(bench):
    installed = bench.folder / "site"
    for name in ("steps", "lib"):
        (installed / name).mkdir(parents=True)
        (installed / name / "__init__.py").write_text("WHOSE = 'installed'\n")
        (installed / name / "util.py").write_text("WHOSE = 'installed'\n")
    bench.write(
        {
            "steps/s.py": "import json\nfrom steps import util\nimport lib.util\nimport top\n\ndef f():\n    return [util.WHOSE, lib.util.WHOSE, top.WHOSE, json.dumps(1)]\n",
            "steps/util.py": "WHOSE = 'project'\n",
            "lib/util.py": "WHOSE = 'project'\n",
            "top.py": "WHOSE = 'project'\n",
            "json.py": "raise RuntimeError('shadowed')\n",
        }
    )
    runtime = bench.env(None)["PYTHONPATH"]
    result = bench.run({"call": "steps/s.py:f", "output": JSON}, env={"PYTHONPATH": f"{installed}:{runtime}"})
    assert result.code == 0, result.stderr
    assert result.value == ["project", "project", "project", "1"]


def test_processes_that_a_step_starts_find_its_modules(bench):
    bench.write(
        {
            "steps/s.py": """
            import multiprocessing

            from steps.work import square

            def f():
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    return pool.map(square, [1, 2, 3])
        """,
            "steps/work.py": "def square(x):\n    return x * x\n",
        }
    )
    assert bench.run({"call": "steps/s.py:f", "output": listof(NUMBER)}).value == [1, 4, 9]


def test_no_bytecode_and_nothing_else_is_left_in_the_sources(bench):
    bench.write({"steps/s.py": "def f():\n    open('here', 'w').close()\n"})
    before = sorted(bench.source.rglob("*.py"))
    assert bench.run({"call": "steps/s.py:f"}).code == 0
    assert sorted(path for path in bench.source.rglob("*") if path.is_file() and path.suffix != ".pyc") == before


def test_the_start_of_a_step_is_quick(bench):
    bench.write({"steps/s.py": "def f():\n    pass\n"})
    times = []
    for _ in range(3):
        start = os.times()
        assert bench.run({"call": "steps/s.py:f"}).code == 0
        end = os.times()
        times.append(end.children_user + end.children_system - start.children_user - start.children_system)
    assert min(times) < 0.5, times
    assert time.process_time() >= 0
