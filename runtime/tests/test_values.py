import json
import math
import shutil
import struct
import subprocess
import sys
from enum import Enum, IntEnum
from pathlib import Path

import pytest
from kinds import encoding_table

from twinrail_runtime.errors import ContractError, DomainError
from twinrail_runtime.values import ABSENT, INLINE_LIMIT, from_text, number_text, plain, to_text, unwire, wire

HERE = Path(__file__).parent
TABLE = encoding_table()


def numbers():
    for bits, text in TABLE["numbers"]:
        yield struct.unpack(">d", bytes.fromhex(bits))[0], text


def strings():
    for units, text in TABLE["strings"]:
        yield bytes.fromhex(units).decode("utf-16-be"), text


def test_numbers_are_written_as_javascript_writes_them():
    wrong = [(number, text, to_text(number)) for number, text in numbers() if to_text(number) != text]
    assert wrong == []
    assert sum(1 for _ in numbers()) >= 700


def test_numbers_come_back_as_themselves():
    for number, text in numbers():
        value = from_text(text)
        assert value == number
        assert to_text(value) == text
        assert isinstance(value, int) == (number.is_integer() and abs(number) <= 2**53 - 1)


def test_strings_are_written_as_the_compiler_writes_them_and_come_back():
    for string, text in strings():
        assert to_text(string) == text
        assert from_text(text) == string
        assert text.isascii()
        assert not set(text) & set("{}$\x7f")


def test_structures_are_written_as_the_compiler_writes_them_and_come_back():
    for source, text in TABLE["values"]:
        value = json.loads(source)
        assert to_text(value) == text
        assert from_text(text) == value


@pytest.mark.skipif(
    shutil.which("node") is None or not (HERE.parents[1] / "node_modules/esbuild").is_dir(),
    reason="needs the repository's Node",
)
def test_the_table_is_what_the_compiler_writes_today():
    made = subprocess.run(
        ["node", str(HERE / "make-encoding.mjs"), "--print"], capture_output=True, check=True, timeout=120
    )
    assert made.stdout == (HERE / "encoding.jsonl").read_bytes()


def test_one_text_for_one_value():
    assert to_text((1, 2.0, -0.0)) == "[1,2,0]"
    assert to_text({"b": ABSENT, "a": [ABSENT]}) == '{"a":[null]}'
    assert from_text("[3.0, -0, -0.0, 1E2, 9007199254740993, 1e20]") == [3, 0, 0, 100, 9007199254740992.0, 1e20]
    assert isinstance(from_text("9007199254740993"), float)
    assert math.copysign(1, from_text("-0.0")) == 1
    assert isinstance(from_text("3.0"), int)


def test_a_subclass_is_its_value():
    class Color(str, Enum):
        RED = "red"

    class Level(IntEnum):
        HIGH = 3

    assert to_text([Color.RED, Level.HIGH, True]) == '["red",3,true]'
    assert [type(item) for item in plain([Color.RED, Level.HIGH])] == [str, int]


class Scalar:
    """Looks to the runtime as numpy's scalars do."""

    shape = ()

    def __init__(self, value):
        self.value = value

    def item(self):
        return self.value


Scalar.__module__ = "numpy"


def test_a_numpy_scalar_is_the_number_it_stands_for():
    assert to_text({"a": Scalar(0.5), "b": [Scalar(3), Scalar(True)]}) == '{"a":0.5,"b":[3,true]}'
    with pytest.raises(DomainError):
        to_text(Scalar(float("nan")))
    with pytest.raises(DomainError):
        to_text(Scalar(object()))


class Thing:
    pass


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "the value is nan, which is not a JSON number"),
        ({"a": [float("inf")]}, "`a[0]` is inf, which is not a JSON number"),
        ({"a b": -math.inf}, "`['a b']` is -inf"),
        (
            2**53,
            "the value is the integer 9007199254740992, beyond 2^53-1, which JavaScript cannot hold: return a string or a float",
        ),
        (-(2**53), "beyond 2^53-1"),
        (10**400, "the integer of 1329 bits"),
        ("a\ud800b", "a string with a lone surrogate (\\ud800 at 1)"),
        ("\ud83d\ude00", "lone surrogate"),
        ({"\udfff": 1}, "lone surrogate"),
        ({1: 2}, "has the key 1 (int): keys are strings"),
        ({None: 2}, "keys are strings"),
        (b"x", "a bytes object, which is not a JSON value: return a string, or write a file"),
        ({"a": {1, 2}}, "`a` is a set object, which is not a JSON value: return sorted(...)"),
        (Path("x"), "a path is returned where the TypeScript type says Dataset, Model, File or Directory"),
        (Thing(), "test_values.Thing object, which is not a JSON value"),
        (1j, "a complex object"),
    ],
)
def test_what_is_outside_the_domain_is_refused_with_its_place(value, message):
    for refuse in (to_text, plain):
        with pytest.raises(DomainError) as caught:
            refuse(value)
        assert message in str(caught.value)
        assert caught.value.exit_code == 64


def test_nesting_is_bounded():
    loop: list = []
    loop.append(loop)
    for refuse in (to_text, plain):
        with pytest.raises(DomainError, match="200 levels deep, or contains itself"):
            refuse(loop)
    deep: object = 1
    for _ in range(200):
        deep = [deep]
    assert from_text(to_text(deep)) == deep
    with pytest.raises((DomainError, ValueError)):
        from_text("[" * 100_000 + "]" * 100_000)


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "1" + "0" * 400,
        '"\\ud800"',
        '{"\\udc00": 1}',
        '["\\uD83D x"]',
    ],
)
def test_text_outside_the_domain_is_refused(text):
    with pytest.raises(DomainError):
        from_text(text)


@pytest.mark.parametrize("text", ["", "{", "[1,]", "'a'", "01", "1.", "nul", '"\n"', "1 2", "\ufeff1"])
def test_what_is_not_json_is_refused(text):
    with pytest.raises(ValueError):
        from_text(text)


def test_wires():
    assert wire(None) == "Vnull"
    assert wire("") == 'V""'
    assert wire(ABSENT) == "N"
    assert unwire("N") is ABSENT
    assert unwire("V[1]") == [1]


def test_a_large_value_is_stored_and_a_small_one_is_not():
    stored = []

    def put(data):
        stored.append(data)
        return {"uri": "file:///x", "sha256": "00", "bytes": len(data)}

    assert wire("x" * (INLINE_LIMIT - 2), put).startswith("V")
    assert stored == []
    assert wire("x" * (INLINE_LIMIT - 1), put) == 'A{"bytes":2049,"sha256":"00","uri":"file:///x"}'
    assert unwire('A{"bytes":2049,"sha256":"00","uri":"file:///x"}', lambda reference: stored[0]) == "x" * (
        INLINE_LIMIT - 1
    )
    with pytest.raises(ContractError, match="too large to travel inline"):
        wire("x" * 3000)


@pytest.mark.parametrize("text", ["", "X", "v1", "N1", "V", "V{", "A", "A{}", 'A{"uri":"x"}', "{{tasks.a.outputs}}"])
def test_what_is_no_wire_is_refused(text):
    with pytest.raises(ContractError):
        unwire(text, lambda reference: b"1")


def test_importing_the_core_is_cheap(tmp_path):
    # A copy, so that bytecode is cached whatever the environment says.
    shutil.copytree(
        HERE.parent / "twinrail_runtime", tmp_path / "twinrail_runtime", ignore=shutil.ignore_patterns("__pycache__")
    )
    code = (
        "import sys, time; before = set(sys.modules); t = time.process_time();"
        "import twinrail_runtime.values, twinrail_runtime.types, twinrail_runtime.expressions;"
        "print(time.process_time() - t, *sorted(set(sys.modules) - before))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        for _ in range(4)
    ]
    assert min(float(run.stdout.split()[0]) for run in runs) < 0.015
    loaded = set(runs[0].stdout.split()[1:])
    assert not loaded & {
        "typing",
        "dataclasses",
        "inspect",
        "zoneinfo",
        "tarfile",
        "tempfile",
        "asyncio",
        "obstore",
        "datetime",
        "hashlib",
    }


def test_number_text_of_integers():
    assert number_text(2**53 - 1) == "9007199254740991"
    assert number_text(-5) == "-5"
