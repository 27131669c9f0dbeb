import pytest

from twinrail_runtime.layout import attempt_prefix, component, file_name, latest_records, out_key

HOSTILE = [
    "",
    ".",
    "..",
    "a/b",
    "a_b",
    "a b",
    "../../etc/passwd",
    "scheduled__2026-01-01T00:00:00+00:00",
    "é",
    "e\u0301",
    "x" * 300,
    "x" * 301,
    "-n",
    ".hidden",
    "_value.json",
    "a\\b",
    "a\n",
    "%2e%2e",
    "😀",
    "\ud800",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_component_is_harmless(text):
    made = component(text)
    assert made.isascii()
    assert made[0].isalnum()
    assert len(made) <= 100
    assert not set(made) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")


def test_two_texts_never_share_a_component():
    assert len({component(text) for text in HOSTILE}) == len(HOSTILE)
    assert component("train") == "train"
    assert component(component("a/b")) == component("a/b")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("features.parquet", "features.parquet"),
        ("_SUCCESS", "_SUCCESS"),
        ("données 1.csv", "donn_es_1.csv"),
        ("..", "artifact"),
        (".env", "env"),
        ("a" * 300 + ".pt", "a" * 97 + ".pt"),
        ("-rf", "rf"),
    ],
)
def test_a_file_keeps_its_name_where_it_is_harmless(name, kept):
    assert file_name(name) == kept


def test_keys():
    assert attempt_prefix("churn", "key-1", "train", [], 0) == "churn/key-1/train/0"
    assert attempt_prefix("churn", "key-1", "train", [3, 12], 2) == "churn/key-1/train/000003/000012/2"
    assert out_key("churn", "key-1", "train", [3], 2) == "churn/key-1/train/000003/out.2"


def test_the_highest_attempt_of_each_iteration_counts():
    keys = [
        "p/k/n/000000/out.0",
        "p/k/n/000000/out.10",
        "p/k/n/000000/out.9",
        "p/k/n/000001/out.0",
        "p/k/n/000001/0/model/out.txt",
        "p/k/n/000002/0/x",
        "p/k/n/000001/000000/out.1",
        "p/k/n/x/out.0",
        "p/k/n/000003/error.0",
        "p/k/n/000003/out.1",
        "p/k/n/000004/error.1",
        "p/k/n/000004/out.1",
    ]
    assert latest_records(keys, "p/k/n") == {
        (0,): (10, "out", "p/k/n/000000/out.10"),
        (1,): (0, "out", "p/k/n/000001/out.0"),
        (1, 0): (1, "out", "p/k/n/000001/000000/out.1"),
        (3,): (1, "out", "p/k/n/000003/out.1"),
        (4,): (1, "error", "p/k/n/000004/error.1"),
    }
