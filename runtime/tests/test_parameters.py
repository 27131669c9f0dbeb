import pytest
from kinds import BOOLEAN, JSON, NULL, NUMBER, STRING, enum, listof, record, union

from twinrail_runtime.errors import ContractError, TwinrailError
from twinrail_runtime.parameters import parse_parameter
from twinrail_runtime.run_context import RunContext, parse_instant
from twinrail_runtime.values import ABSENT

RUN = RunContext(
    "churn", "run-1", "key-1", "2026-01-01T23:30:00Z", "2026-01-02T08:00:00Z", "Europe/Berlin", "file:///r"
)


@pytest.mark.parametrize(
    ("raw", "type_", "value"),
    [
        ("0.8", STRING, "0.8"),
        ("", STRING, ""),
        ('"quoted"', STRING, '"quoted"'),
        ("=cmd|' /C calc'!A0", STRING, "=cmd|' /C calc'!A0"),
        ("null", STRING, "null"),
        ("{{x}} $(y)\n😀", STRING, "{{x}} $(y)\n😀"),
        ("eu", enum("eu", "us"), "eu"),
        ("0.8", NUMBER, 0.8),
        ("3.0", NUMBER, 3),
        ("true", BOOLEAN, True),
        ("null", union(NUMBER, NULL), None),
        ('"x"', union(STRING, NULL), "x"),
        ("2", enum(1, 2), 2),
        ('{"a":[1]}', record(a=listof(NUMBER)), {"a": [1]}),
        ("[1, null]", JSON, [1, None]),
        ("=run.day", STRING, "2026-01-02"),
        ("=run.id", STRING, "run-1"),
        ("=run.logicalDate", STRING, "2026-01-01T23:30:00Z"),
        ("=undefined", STRING, ABSENT),
        ("=undefined", NUMBER, ABSENT),
        ("==run.day", STRING, "=run.day"),
        ("===undefined", STRING, "==undefined"),
        (r'=json:"\u007b\u007b=1+1\u007d\u007d"', STRING, "{{=1+1}}"),
        ('==json:"x"', STRING, '=json:"x"'),
        ("=json:[1]", listof(NUMBER), [1]),
        ("==cmd", STRING, "==cmd"),
        ("=run.days", STRING, "=run.days"),
        (" =run.day", STRING, " =run.day"),
    ],
)
def test_what_a_person_types_becomes_a_value(raw, type_, value):
    assert parse_parameter("p", raw, type_, RUN) == value


@pytest.mark.parametrize(
    ("raw", "type_", "message"),
    [
        ("abc", NUMBER, "parameter `p` is a string 'abc', which is not JSON; the TypeScript type says number"),
        ('"1"', NUMBER, "parameter `p` is a string '1', but the TypeScript type says number"),
        ("asia", enum("eu", "us"), 'parameter `p` is a string \'asia\', but the TypeScript type says "eu" | "us"'),
        ("x", union(STRING, NULL), "which is not JSON"),
        ("1e999", NUMBER, "inf"),
        ("NaN", NUMBER, "NaN is not a JSON value"),
        ('{"a":1,"b":2}', record(a=NUMBER), "parameter `p.b` is not in the TypeScript type"),
        ("=run.day", NUMBER, "the TypeScript type says number"),
        ("=json:1", STRING, "the TypeScript type says string"),
        ("=json:x", STRING, "not JSON"),
        ("\udcff", STRING, "lone surrogate"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(raw, type_, message):
    with pytest.raises(ContractError) as caught:
        parse_parameter("p", raw, type_, RUN)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-01T02:00:00Z", "2026-01-01T02:00:00Z"),
        ("2026-01-01T02:00:00+00:00", "2026-01-01T02:00:00Z"),
        ("2026-01-01T02:00:00.123456+02:00", "2026-01-01T00:00:00Z"),
        ("2026-01-01T02:00:00.123456789Z", "2026-01-01T02:00:00Z"),
        ("2026-01-01 02:00:00-0530", "2026-01-01T07:30:00Z"),
        ("2026-01-01T02:00Z", "2026-01-01T02:00:00Z"),
    ],
)
def test_instants(text, expected):
    assert RUN._replace(scheduled=text).logical_date == expected


@pytest.mark.parametrize(
    "text", ["", "2026-01-01", "2026-01-01T02:00:00", "2026-13-01T00:00:00Z", "yesterday", "2026-01-01T02:00:00Z; rm"]
)
def test_what_is_no_instant_is_refused(text):
    with pytest.raises(ContractError, match="is not an ISO 8601 instant"):
        parse_instant(text)


def test_the_day_is_that_of_the_time_zone_and_a_manual_run_has_the_day_it_started():
    assert RUN.day == "2026-01-02"
    assert RUN._replace(timezone="UTC").day == "2026-01-01"
    assert RUN._replace(timezone="America/Los_Angeles").day == "2026-01-01"
    assert RUN._replace(scheduled="", started="2026-03-28T23:30:00Z").day == "2026-03-29"
    with pytest.raises(TwinrailError, match="the time zone 'Mars/Olympus' is not known here"):
        _ = RUN._replace(timezone="Mars/Olympus").day
    with pytest.raises(TwinrailError, match="is not known here"):
        _ = RUN._replace(timezone="../etc/passwd").day


def test_a_run_says_what_it_lacks():
    with pytest.raises(ContractError, match="lacks the text field `key`"):
        RunContext.parse({"pipeline": "p", "id": "x"})
    with pytest.raises(ContractError, match="empty `key`"):
        RunContext.parse({**RUN._asdict(), "key": ""})
    assert RunContext.parse(RUN._asdict()) == RUN
