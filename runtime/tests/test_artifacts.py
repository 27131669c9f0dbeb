import hashlib
import os
import stat
import tarfile
from pathlib import Path

import pytest

from twinrail_runtime.artifacts import CHUNK, Files, Objects, Store
from twinrail_runtime.errors import ContractError, StorageError
from twinrail_runtime.folders import pack, unpack


def memory(_root):
    from obstore.store import MemoryStore

    return Objects(MemoryStore())


@pytest.fixture(params=["files", "objects"])
def store(request, tmp_path):
    """The same behaviour on files and through obstore (in memory here; S3 itself is in test_s3.py)."""
    if request.param == "files":
        return Store(f"file://{tmp_path}/root")
    return Store("s3://bucket/prefix", connect=memory)


def test_what_is_written_is_read_back(store, tmp_path):
    source = tmp_path / "a.bin"
    source.write_bytes(os.urandom(3 * CHUNK + 17))
    reference = store.put_file("p/k/a.bin", source)
    assert reference == {
        "uri": f"{store.root}/p/k/a.bin",
        "sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        "bytes": 3 * CHUNK + 17,
    }
    store.get_file(reference, tmp_path / "new/folder/b.bin")
    assert (tmp_path / "new/folder/b.bin").read_bytes() == source.read_bytes()
    assert store.get_bytes(reference) == source.read_bytes()
    assert [path.name for path in (tmp_path / "new/folder").iterdir()] == ["b.bin"]


def test_an_empty_object_is_an_object(store):
    assert store.get_bytes(store.put_bytes("p/empty", b"")) == b""


def test_keys_are_listed_by_folder(store):
    for key in ("p/b/out.0", "p/a/out.0", "p/a/out.1", "pp/x"):
        store.put_bytes(key, b"1")
    assert store.list("p") == ["p/a/out.0", "p/a/out.1", "p/b/out.0"]
    assert store.list("p/a") == ["p/a/out.0", "p/a/out.1"]
    assert store.list("nothing") == []
    assert store.read("p/a/out.1") == b"1"


@pytest.mark.parametrize("change", [b"y", b"", b"xy", b"x" * 100])
def test_an_object_that_changed_is_refused_and_leaves_nothing(store, tmp_path, change):
    reference = store.put_bytes("p/a", b"x")
    store.put_bytes("p/a", change)
    with pytest.raises(StorageError, match="is not what its reference says"):
        store.get_file(reference, tmp_path / "target/a")
    assert list((tmp_path / "target").iterdir()) == []
    with pytest.raises(StorageError, match="is not what its reference says"):
        store.get_bytes(reference)


def test_an_object_that_is_not_there_is_named(store):
    with pytest.raises(StorageError, match=r"cannot read .*/p/gone: there is no such object"):
        store.get_bytes({"uri": f"{store.root}/p/gone", "sha256": "0" * 64, "bytes": 1})


def test_what_fails_half_way_is_not_there(store):
    def chunks():
        yield b"x"
        raise OSError("the disk went away")

    with pytest.raises(StorageError, match="the disk went away"):
        store.put("p/half", chunks())
    assert store.list("p") == []


def test_another_root_is_read_too(tmp_path):
    reference = Store(f"file://{tmp_path}/one").put_bytes("a", b"x")
    assert Store(f"file://{tmp_path}/two").get_bytes(reference) == b"x"


@pytest.mark.parametrize("uri", ["file:///a/../b", "file:///", "s3://bucket", "s3://bucket//a", "http://host/x", "a"])
def test_what_names_no_object_is_refused(tmp_path, uri):
    with pytest.raises(ContractError):
        Store(f"file://{tmp_path}").get_bytes({"uri": uri, "sha256": "0" * 64, "bytes": 1})


@pytest.mark.parametrize("root", ["", "/tmp/x", "ftp://host/x", "s3://", "file://host/x"])
def test_what_is_no_root_is_refused(root):
    with pytest.raises(ContractError, match="is not an artifact root"):
        Store(root).put_bytes("a", b"")


def test_a_file_root_may_have_escapes(tmp_path):
    Store(f"file://{tmp_path}/my%20root").put_bytes("a/b", b"x")
    assert (tmp_path / "my root/a/b").read_bytes() == b"x"


def test_a_partial_write_is_not_listed(tmp_path):
    files = Files(tmp_path)
    (tmp_path / "p").mkdir()
    (tmp_path / "p/.a.0123.partial").write_bytes(b"half")
    assert files.list("p") == []


def test_obstore_is_asked_for_only_when_it_is_needed(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "obstore.store", None)
    with pytest.raises(StorageError, match="needs the Python package `obstore`"):
        Store("s3://bucket/x").list("a")
    Store(f"file://{tmp_path}").put_bytes("a", b"")


# Folders --------------------------------------------------------------------------------------------------------------


def make_folder(folder: Path) -> Path:
    (folder / "b/empty").mkdir(parents=True)
    (folder / "b/run.sh").write_text("#!/bin/sh\n")
    (folder / "b/run.sh").chmod(0o750)
    (folder / "a é 😀.txt").write_text("hello")
    (folder / ("long" * 40)).write_bytes(b"x" * 2000)
    (folder / "b/link").symlink_to("../a é 😀.txt")
    (folder / "b/dirlink").symlink_to("empty")
    (folder / "circle").symlink_to("circle")
    return folder


def test_a_folder_comes_back_as_it_was(store, tmp_path):
    folder = make_folder(tmp_path / "model")
    reference = store.put_folder("p/model.tar", folder)
    store.get_folder(reference, tmp_path / "copy/model")
    copy = tmp_path / "copy/model"
    names = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    assert sorted(path.relative_to(copy) for path in copy.rglob("*")) == names
    assert (copy / "a é 😀.txt").read_text() == "hello"
    assert (copy / "b/link").read_text() == "hello"
    assert (copy / "b/link").is_symlink()
    assert stat.S_IMODE((copy / "b/run.sh").stat().st_mode) == 0o755
    assert list(tmp_path.glob("copy/*")) == [copy]


def test_the_tar_is_the_same_whoever_packs_it(tmp_path):
    one = make_folder(tmp_path / "one")
    two = make_folder(tmp_path / "two")
    for path in two.rglob("*"):
        os.utime(path, (1, 1), follow_symlinks=False)
    (two / ("long" * 40)).chmod(0o600)
    assert b"".join(pack(one)) == b"".join(pack(two))
    assert len(b"".join(pack(one))) % 512 == 0


def test_an_empty_folder_is_a_folder(store, tmp_path):
    (tmp_path / "empty").mkdir()
    reference = store.put_folder("p/empty.tar", tmp_path / "empty")
    store.get_folder(reference, tmp_path / "copy")
    assert list((tmp_path / "copy").iterdir()) == []


def test_an_absolute_link_inside_becomes_relative_and_one_outside_is_refused(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a").write_text("x")
    (folder / "b").symlink_to(folder / "a")
    names = {
        info.name: info.linkname for info in tarfile.open(fileobj=__import__("io").BytesIO(b"".join(pack(folder))))
    }
    assert names["b"] == "a"
    (folder / "out").symlink_to("/etc/passwd")
    with pytest.raises(ContractError, match=r"the link `out` leads out of the directory"):
        pack(folder)


def test_special_files_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ContractError, match="neither a file, a folder nor a link"):
        pack(tmp_path)


def tar_of(path: Path, *entries: tuple[str, str, str]) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, kind, target in entries:
            info = tarfile.TarInfo(name)
            info.type = {
                "file": tarfile.REGTYPE,
                "dir": tarfile.DIRTYPE,
                "link": tarfile.SYMTYPE,
                "hard": tarfile.LNKTYPE,
                "fifo": tarfile.FIFOTYPE,
            }[kind]
            info.linkname = target
            tar.addfile(info)
    return path


@pytest.mark.parametrize(
    "entries",
    [
        [("/abs", "file", "")],
        [("../up", "file", "")],
        [("a/../../up", "file", "")],
        [("link", "link", "/etc/passwd")],
        [("link", "link", "../../x")],
        [("l", "link", ".."), ("l/x", "file", "")],
        [("a/b/c", "dir", ""), ("a/b/c/l", "link", "../../.."), ("m", "link", "a/b/c/l/../x")],
        [("l", "link", ".."), ("l/evil", "link", "x")],
        [("l", "link", "x/../y"), ("x", "link", ".")],
        [("hard", "hard", "/etc/passwd")],
        [("pipe", "fifo", "")],
        [("same", "file", ""), ("same", "file", "")],
    ],
)
def test_a_tar_that_reaches_out_is_refused(tmp_path, entries):
    store = Store(f"file://{tmp_path}/root")
    reference = store.put_file("t.tar", tar_of(tmp_path / "t.tar", *entries))
    with pytest.raises(StorageError):
        store.get_folder(reference, tmp_path / "inside/target")
    assert list((tmp_path / "inside").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inside", "root", "t.tar"]


def test_what_is_no_tar_is_refused(tmp_path):
    (tmp_path / "x").write_bytes(b"not a tar" * 100)
    with (tmp_path / "x").open("rb") as file, pytest.raises(StorageError, match="not a tar"):
        unpack(file, tmp_path / "target")


def test_a_tar_whose_end_was_changed_is_refused(store, tmp_path):
    folder = make_folder(tmp_path / "model")
    reference = store.put_folder("p/model.tar", folder)
    data = store.get_bytes(reference)
    store.put_bytes("p/model.tar", data[:-1] + b"\x01")
    with pytest.raises(StorageError):
        store.get_folder(reference, tmp_path / "copy/model")
    assert list((tmp_path / "copy").iterdir()) == []
