from pathlib import Path

import pytest
from kinds import (
    BOOLEAN,
    DATASET,
    FILE,
    JSON,
    MODEL,
    NULL,
    NUMBER,
    STRING,
    VOID,
    enum,
    field,
    listof,
    mapof,
    optional,
    record,
    tupleof,
    union,
)

from twinrail_runtime.errors import ContractError
from twinrail_runtime.places import RETURNED
from twinrail_runtime.types import check, only_strings, show
from twinrail_runtime.values import ABSENT

REFERENCE = {"uri": "file:///a", "sha256": "00", "bytes": 1}


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        (None, NULL, None),
        (None, VOID, ABSENT),
        (ABSENT, VOID, ABSENT),
        (True, BOOLEAN, True),
        (3.0, NUMBER, 3),
        (-0.0, NUMBER, 0),
        (1e300, NUMBER, 1e300),
        ("x", STRING, "x"),
        ("b", enum("a", "b", 1, True), "b"),
        (1.0, enum(1, 2), 1),
        ((1, 2), listof(NUMBER), [1, 2]),
        ((1, "a"), tupleof(NUMBER, STRING), [1, "a"]),
        ({"a": 1, "b": None}, record(a=NUMBER, b=optional(STRING)), {"a": 1}),
        ({"a": 1}, record(a=NUMBER, b=optional(STRING)), {"a": 1}),
        ({"a": None}, record(a=union(STRING, NULL)), {"a": None}),
        ({"a": None}, record(a=union(STRING, VOID)), {}),
        ({}, record(a=union(STRING, VOID)), {}),
        ({"__classname__": 1, "": 2, "{{x}}": 3}, mapof(NUMBER), {"__classname__": 1, "": 2, "{{x}}": 3}),
        (None, union(NUMBER, NULL, VOID), None),
        (None, union(NUMBER, VOID), ABSENT),
        ({"any": [1.0, (True,)]}, JSON, {"any": [1, [True]]}),
        (None, JSON, None),
        (REFERENCE, DATASET, REFERENCE),
        ([REFERENCE], listof(union(MODEL, STRING)), [REFERENCE]),
        ([None, "a"], listof(union(STRING, VOID)), [None, "a"]),
    ],
)
def test_what_the_type_allows_comes_back_in_normal_form(value, type_, expected):
    converted = check(value, type_)
    assert converted == expected
    assert converted is expected or type(converted) is type(expected)


@pytest.mark.parametrize(
    ("value", "type_", "message"),
    [
        ({"auc": "x"}, record(auc=NUMBER), "returned `auc` is a string 'x', but the TypeScript type says number"),
        ({"auc": True}, record(auc=NUMBER), "returned `auc` is the boolean True, but the TypeScript type says number"),
        (1, BOOLEAN, "the returned value is the number 1, but the TypeScript type says boolean"),
        (0, enum(False, True), "the returned value is the number 0, but the TypeScript type says false | true"),
        (True, enum(0, 1), "the boolean True, but the TypeScript type says 0 | 1"),
        ("c", enum("a", "b"), 'a string \'c\', but the TypeScript type says "a" | "b"'),
        (
            None,
            record(auc=NUMBER),
            "the returned value is None, but the TypeScript type says { auc: number } (does the function end without `return`?)",
        ),
        (5, VOID, "the returned value is the number 5, but the TypeScript type says undefined"),
        (
            [1, "2", None],
            listof(NUMBER),
            "returned `[1]` is a string '2', but the TypeScript type says number; returned `[2]` is None, but the TypeScript type says number",
        ),
        ([1], tupleof(NUMBER, NUMBER), "a list of 1 item, but the TypeScript type says [number, number]"),
        ("abc", listof(STRING), "a string 'abc', but the TypeScript type says string[]"),
        (
            {"a": {"b c": [{}]}},
            record(a=mapof(listof(record(n=NUMBER)))),
            "returned `a['b c'][0].n` is missing: the TypeScript type says number",
        ),
        ({"a": None}, record(a=STRING), "returned `a` is None, but the TypeScript type says string"),
        (
            {"aucc": 1},
            record(auc=NUMBER),
            "returned `aucc` is not in the TypeScript type { auc: number } (and `auc` is missing)",
        ),
        ({"a": 1, "b": 2}, record(a=NUMBER), "returned `b` is not in the TypeScript type { a: number }"),
        ({"a": float("nan")}, record(a=NUMBER), "returned `a` is nan, which is not a JSON number"),
        ({"a": 2**60}, record(a=NUMBER), "returned `a` is the integer 1152921504606846976, beyond 2^53-1"),
        ("\ud800", STRING, "lone surrogate"),
        ({1: 1}, mapof(NUMBER), "has the key 1 (int): keys are strings"),
        ({1: 1}, record(a=NUMBER), "has the key 1 (int): keys are strings"),
        ([1], union(NUMBER, STRING, NULL), "a list of 1 item, but the TypeScript type says number | string | null"),
        (float("nan"), union(NUMBER, STRING), "is nan, which is not a JSON number"),
        ({"x": {"set": {1}}}, record(x=JSON), "returned `x.set` is a set object, which is not a JSON value"),
        (Path("m"), JSON, "a path is returned where the TypeScript type says Dataset"),
        ("model.pt", MODEL, "a string 'model.pt', but the TypeScript type says Model"),
        (b"x", STRING, "a bytes object, but the TypeScript type says string"),
    ],
)
def test_what_the_type_does_not_allow_is_refused_with_place_and_both_sides(value, type_, message):
    with pytest.raises(ContractError) as caught:
        check(value, type_, RETURNED)
    assert message in str(caught.value)


def test_all_problems_are_told_the_first_five_in_full():
    with pytest.raises(ContractError) as caught:
        check(["x"] * 8, listof(NUMBER), RETURNED)
    assert len(caught.value.problems) == 8
    assert str(caught.value).count("TypeScript") == 5
    assert str(caught.value).endswith("; and 3 more")


def test_of_a_union_the_member_that_was_meant_is_explained():
    shape = union(record(kind=enum("circle"), radius=NUMBER), record(kind=enum("box"), width=NUMBER, height=NUMBER))
    with pytest.raises(ContractError, match=r"returned `radius` is a string 'x', but the TypeScript type says number"):
        check({"kind": "circle", "radius": "x"}, shape, RETURNED)
    assert check({"kind": "box", "width": 1, "height": 2}, shape) == {"kind": "box", "width": 1, "height": 2}


def test_a_loose_check_keeps_fields_that_the_type_does_not_know():
    type_ = record(a=NUMBER, inner=record(b=NUMBER))
    value = {"a": 1, "extra": (1.0,), "inner": {"b": 2, "c": None}}
    assert check(value, type_, loose=True) == {"a": 1, "extra": [1], "inner": {"b": 2, "c": None}}
    with pytest.raises(ContractError, match=r"`a` is missing"):
        check({"extra": 1, "inner": {"b": 1}}, type_, loose=True)
    with pytest.raises(ContractError, match=r"`extra` is nan"):
        check({"a": 1, "extra": float("nan"), "inner": {"b": 1}}, type_, loose=True)


def test_an_exact_member_of_a_union_comes_before_a_loose_one():
    # Only the second member knows that `model` is an artifact.
    type_ = union(record(name=STRING), record(name=STRING, model=MODEL))
    converted = check(
        {"name": "x", "model": REFERENCE}, type_, loose=True, artifact=lambda value, *_: ("artifact", value["uri"])
    )
    assert converted == {"name": "x", "model": ("artifact", "file:///a")}


def test_types_are_shown_as_typescript_writes_them():
    type_ = record(
        a=listof(union(STRING, NULL)),
        b=optional(mapof(DATASET)),
        c=tupleof(BOOLEAN, FILE),
        d=enum("x", 1),
        e=JSON,
        f=record(g=record(h=record(i=NUMBER))),
    )
    assert (
        show(type_)
        == '{ a: (string | null)[]; b?: Record<string, Dataset>; c: [boolean, File]; d: "x" | 1; e: Json; f: { g: { h: { ... } } } }'
    )
    assert show(record()) == "{}"
    assert show(VOID) == "undefined"


def test_only_strings_says_which_parameters_are_raw_text():
    assert only_strings(STRING)
    assert only_strings(enum("a", "b"))
    assert not only_strings(enum("a", 1))
    assert only_strings(union(enum("a"), STRING))
    assert not only_strings(union(STRING, NULL))
    assert not only_strings(NUMBER)


def test_a_field_named_like_a_dict_method_or_type_is_a_field():
    type_ = {"kind": "record", "fields": {"keys": field(NUMBER), "type": field(STRING), "__proto__": optional(NUMBER)}}
    assert check({"keys": 1, "type": "t"}, type_) == {"keys": 1, "type": "t"}
