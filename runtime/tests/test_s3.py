"""The object store for real: `TWINRAIL_S3_TEST` is a bucket or a prefix in one, endpoint and credentials are in `AWS_*`."""

import os
import uuid

import pytest
from kinds import DATASET, DIRECTORY, NUMBER, STRING, get, listof, record

from twinrail_runtime.artifacts import Store
from twinrail_runtime.errors import StorageError

ROOT = os.environ["TWINRAIL_S3_TEST"]


@pytest.fixture
def root():
    return f"{ROOT.rstrip('/')}/{uuid.uuid4().hex}"


def test_large_objects_go_up_and_come_down_whole(root, tmp_path):
    store = Store(root)
    source = tmp_path / "big.bin"
    source.write_bytes(os.urandom(12_345_678))  # several parts
    reference = store.put_file("p/k/big.bin", source)
    store.get_file(reference, tmp_path / "copy.bin")
    assert (tmp_path / "copy.bin").read_bytes() == source.read_bytes()
    assert store.list("p/k") == ["p/k/big.bin"]


def test_what_is_listed_can_be_read(root):
    store = Store(root)
    store.put_bytes("p/n/000000/out.0", b"V1")
    store.put_bytes("p/n/000000/out.1", b"V2")
    assert [store.read(key) for key in store.list("p/n")] == [b"V1", b"V2"]
    assert store.list("p/nothing") == []


def test_what_is_not_there_and_what_was_changed(root):
    store = Store(root)
    with pytest.raises(StorageError, match="there is no such object"):
        store.read("p/gone")
    reference = store.put_bytes("p/a", b"one")
    store.put_bytes("p/a", b"two")
    with pytest.raises(StorageError, match="is not what its reference says"):
        store.get_bytes(reference)


def test_artifacts_of_one_step_are_inputs_of_the_next(bench, root):
    bench.write(
        {
            "steps/a.py": """
            from pathlib import Path

            def make(n):
                Path("rows.csv").write_text("x" * n)
                Path("folder/inner").mkdir(parents=True)
                Path("folder/inner/a.txt").write_text("a")
                return {"rows": [Path("rows.csv")], "folder": Path("folder"), "text": "t" * 5000}

            def read(rows, folder, text):
                return rows[0].name + ":" + str(rows[0].stat().st_size) + ":" + (folder / "inner/a.txt").read_text() + str(len(text))
        """
        }
    )
    made = record(rows=listof(DATASET), folder=DIRECTORY, text=STRING)
    run = bench.run_json(root=root)
    first = bench.run(
        {
            "node": "make",
            "call": "steps/a.py:make",
            "inputs": {"n": {"lit": 1000}},
            "inputTypes": {"n": {"type": NUMBER}},
            "output": made,
        },
        run=run,
    )
    assert first.code == 0, first.stderr
    assert first.wire.startswith('A{"bytes":')
    second = bench.run(
        {
            "node": "read",
            "call": "steps/a.py:read",
            "inputs": {name: get("output:make", name) for name in ("rows", "folder", "text")},
            "inputTypes": made["fields"],
            "output": STRING,
        },
        "--slot",
        f"output:make={first.wire}",
        run=run,
    )
    assert second.value == "rows.csv:1000:a5000"
