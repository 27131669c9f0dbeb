import pytest
from kinds import get, lit, op

from twinrail_runtime.errors import ContractError, ExpressionError
from twinrail_runtime.expressions import evaluate, slots_of
from twinrail_runtime.values import ABSENT

GONE = {"absent": True}
SLOTS = {
    "output:a": {
        "n": 3,
        "s": "x",
        "none": None,
        "list": [10, 20, 30],
        "deep": {"er": {"x": 1}},
        "a-b": 1,
        "0": "zero",
        "b": False,
    },
    "output:gone": ABSENT,
    "param:threshold": 0.8,
}
BOOM = get("output:not-there")


def js(expr):
    return evaluate(expr, SLOTS)


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (lit({"a": [1, None]}), {"a": [1, None]}),
        (GONE, ABSENT),
        (get("output:a", "deep", "er", "x"), 1),
        (get("output:a", "list", 2), 30),
        (get("output:a", "list", 3), ABSENT),
        (get("output:a", "list", -1), ABSENT),
        (get("output:a", "list", "1"), 20),
        (get("output:a", "list", "01"), ABSENT),
        (get("output:a", "list", "length"), 3),
        (get("output:a", "missing"), ABSENT),
        (get("output:a", "toString"), ABSENT),
        (get("output:a", 0), "zero"),
        (get("output:a", "a-b"), 1),
        (get("output:a", "n", "foo"), ABSENT),
        (get("output:a", "s", "length"), 1),
        (get("output:gone"), ABSENT),
        # not, and, or
        (op("not", lit(False)), True),
        (op("and", lit(True), lit(True)), True),
        (op("and", lit(False), BOOM), False),
        (op("or", lit(True), BOOM), True),
        (op("or", lit(False), lit(False), lit(True)), True),
        (op("and", lit(True), lit(True), lit(False)), False),
        # eq, ne
        (op("eq", lit(1), lit(1.0)), True),
        (op("eq", lit(1), lit(True)), False),
        (op("eq", lit(0), lit(False)), False),
        (op("eq", lit("1"), lit(1)), False),
        (op("eq", lit(""), lit(0)), False),
        (op("eq", lit(None), GONE), False),
        (op("eq", lit(None), lit(None)), True),
        (op("eq", GONE, GONE), True),
        (op("eq", lit(None), lit(False)), False),
        (op("eq", lit("a"), lit("a")), True),
        (op("eq", get("output:a"), lit(None)), False),
        (op("ne", lit("é"), lit("e\u0301")), True),
        (op("ne", GONE, lit(0)), True),
        (op("eq", lit(0.1), lit(0.1)), True),
        # order
        (op("lt", lit(1), lit(2)), True),
        (op("le", lit(2), lit(2)), True),
        (op("gt", lit(2), lit(2)), False),
        (op("ge", lit(2), lit(2.5)), False),
        (op("ge", lit(0.91), get("param:threshold")), True),
        (op("gt", lit(9007199254740992.0), lit(9007199254740991)), True),
        # nullish
        (op("isNullish", lit(None)), True),
        (op("isNullish", GONE), True),
        (op("isNullish", lit(0)), False),
        (op("isNullish", lit("")), False),
        (op("select", lit(True), lit(1), BOOM), 1),
        (op("select", lit(False), BOOM, lit(2)), 2),
        (op("coalesce", lit(None), lit(1)), 1),
        (op("coalesce", GONE, lit(None)), None),
        (op("coalesce", lit(0), BOOM), 0),
        (op("coalesce", lit(False), BOOM), False),
        (op("coalesce", lit(None), GONE), ABSENT),
        # template
        (op("template", lit("AUC "), lit(0.91), lit(" is below "), get("param:threshold")), "AUC 0.91 is below 0.8"),
        (
            op(
                "template",
                lit(None),
                lit(" "),
                GONE,
                lit(" "),
                lit(True),
                lit(" "),
                lit(1e21),
                lit(" "),
                lit(1e-7),
                lit(" "),
                lit(3.0),
            ),
            "null undefined true 1e+21 1e-7 3",
        ),
        (op("template", lit("{{x}} $(y) 😀")), "{{x}} $(y) 😀"),
        (op("template"), ""),
        (op("length", lit([1, 2])), 2),
        (op("concat", lit([1]), lit([]), lit([[2]])), [1, [2]]),
        # merge
        (op("merge", lit({"a": 1, "b": 2}), lit({"b": 3})), {"a": 1, "b": 3}),
        (op("merge", lit({"a": 1}), GONE, lit(None)), {"a": 1}),
        (op("merge", lit({"a": 1}), {"record": {"a": GONE}}), {}),
        (op("merge", lit({"a": 1}), {"record": {"a": lit(None)}}), {"a": None}),
        # get, getOptional
        (op("get", op("coalesce", lit(None), get("output:a")), lit("deep"), lit("er")), {"x": 1}),
        (op("get", lit([5, 6]), lit(1)), 6),
        (op("getOptional", lit(None), lit("a"), lit("b")), ABSENT),
        (op("getOptional", GONE, lit("a")), ABSENT),
        (op("getOptional", get("output:a"), lit("n")), 3),
        (op("getOptional", get("output:a"), lit("missing")), ABSENT),
        # list, record
        ({"list": [lit(1), GONE, lit(2)]}, [1, ABSENT, 2]),
        ({"record": {"a": GONE, "b": {"record": {"c": GONE, "d": lit(1)}}}}, {"b": {"d": 1}}),
        (op("length", {"list": [GONE, GONE]}), 2),
        # comprehension
        (
            {"each": get("output:a", "list"), "as": "x", "yield": {"record": {"v": get("bound:x")}}},
            [{"v": 10}, {"v": 20}, {"v": 30}],
        ),
        (
            {
                "each": get("output:a", "list"),
                "as": "x",
                "where": op("gt", get("bound:x"), lit(10)),
                "yield": get("bound:x"),
            },
            [20, 30],
        ),
        # [10, 20, 30].filter((x, i) => i > 0).map((x, i) => i)
        (
            {
                "each": get("output:a", "list"),
                "as": "x",
                "index": "i",
                "where": op("gt", get("bound:i"), lit(0)),
                "yield": get("bound:i"),
            },
            [0, 1],
        ),
        (
            {
                "each": lit([[1, 2], [3]]),
                "as": "row",
                "index": "i",
                "yield": {
                    "each": get("bound:row"),
                    "as": "x",
                    "yield": op("template", get("bound:i"), lit(":"), get("bound:x")),
                },
            },
            [["0:1", "0:2"], ["1:3"]],
        ),
        ({"each": lit([]), "as": "x", "yield": BOOM}, []),
        ({"each": lit([{"a": 1}, {}]), "as": "x", "yield": get("bound:x", "a")}, [1, ABSENT]),
    ],
)
def test_it_means_what_javascript_means(expr, expected):
    value = js(expr)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("expr", "message"),
    [
        (get("output:a", "none", "x"), "cannot read property 'x' of null (`none` of output:a)"),
        (get("output:a", "missing", "x"), "cannot read property 'x' of undefined (`missing` of output:a)"),
        (get("output:gone", "x"), "cannot read property 'x' of undefined (output:gone)"),
        (op("get", lit(None), lit("x")), "cannot read property 'x' of null"),
        (op("getOptional", get("output:a"), lit("none"), lit("x")), "cannot read property 'x' of null"),
        (op("concat", lit([1]), lit(None)), "`...` needs a list, not None"),
        (op("length", GONE), "`length` needs a list, not absent"),
        (op("not", lit(0)), "`!` needs a boolean, not the number 0"),
        (op("and", lit("x"), lit(True)), "needs a boolean"),
        (op("select", lit(None), lit(1), lit(2)), "needs a boolean"),
        (op("lt", lit("1"), lit(2)), "`<` needs two numbers, not a string '1'"),
        (op("ge", lit(True), lit(2)), "needs two numbers"),
        (op("eq", lit([1]), lit([1])), "compared by identity"),
        (op("template", lit({"a": 1})), "a dict with 'a' cannot be put into a template string"),
        (op("merge", lit([1])), "needs a record"),
        ({"each": lit(None), "as": "x", "yield": lit(1)}, "needs a list"),
        ({"each": lit([1]), "as": "x", "where": lit(1), "yield": lit(1)}, "needs a boolean"),
    ],
)
def test_it_fails_where_javascript_throws(expr, message):
    with pytest.raises(ExpressionError) as caught:
        js(expr)
    assert message in str(caught.value)
    assert not caught.value.retry


def test_a_slot_that_is_not_there_is_named():
    with pytest.raises(ContractError, match="no value is given for output:not-there"):
        js(BOOM)
    with pytest.raises(ContractError, match="unknown operator 'xor'"):
        js(op("xor"))
    with pytest.raises(ContractError, match="is not an expression"):
        js({"what": 1})


def test_an_inner_variable_hides_nothing_outside():
    expr = {"list": [{"each": lit([1]), "as": "x", "yield": get("bound:x")}, get("bound:x")]}
    with pytest.raises(ContractError, match="bound:x"):
        js(expr)


def test_values_are_not_copied_where_nothing_is_absent():
    big = {"list": list(range(10)), "deep": {"a": [1]}}
    assert evaluate(get("output:b"), {"output:b": big}) is big


def test_slots_of_an_expression():
    expr = op(
        "select",
        op("eq", get("param:p"), lit(1)),
        {"record": {"a": get("output:a", "x")}},
        {"each": get("output:b"), "as": "x", "where": get("run:id"), "yield": {"list": [get("bound:x"), GONE]}},
    )
    assert slots_of(expr) == {"param:p", "output:a", "output:b", "run:id", "bound:x"}
