"""A folder as a deterministic, uncompressed tar, and back: same files, same bytes, whoever packs it and whenever."""

from __future__ import annotations

import os
import stat
import tarfile
from pathlib import Path, PurePosixPath

from .errors import ContractError, StorageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

CHUNK = 1 << 20


def pack(folder: Path) -> Iterator[bytes]:
    """The tar of `folder` in chunks. Times, owners and all mode bits but "executable" are dropped; empty folders stay.

    Symbolic links are kept when they stay inside. Raises ContractError, before the first chunk, for links that leave
    and for special files.
    """
    entries = list(_entries(Path(os.path.realpath(folder))))
    return _stream(entries)


def _entries(root: Path) -> Iterator[tuple[tarfile.TarInfo, Path]]:
    pending = [root]
    found: list[Path] = []
    while pending:
        for path in pending.pop().iterdir():
            found.append(path)
            if path.is_dir() and not path.is_symlink():
                pending.append(path)
    for path in sorted(found, key=lambda path: path.relative_to(root).parts):
        name = path.relative_to(root).as_posix()
        info = tarfile.TarInfo(name)
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            target = Path(os.path.realpath(path))  # never fails, not even for links that go in a circle
            if not target.is_relative_to(root):
                raise ContractError(f"the link `{name}` leads out of the directory, to {target}")
            info.type, info.linkname = tarfile.SYMTYPE, PurePosixPath(os.path.relpath(target, path.parent)).as_posix()
        elif stat.S_ISDIR(mode):
            info.type, info.mode = tarfile.DIRTYPE, 0o755
        elif stat.S_ISREG(mode):
            info.size = path.stat().st_size
            info.mode = 0o755 if mode & 0o100 else 0o644
        else:
            raise ContractError(f"`{name}` in the directory is neither a file, a folder nor a link")
        yield info, path


def _stream(entries: list[tuple[tarfile.TarInfo, Path]]) -> Iterator[bytes]:
    for info, path in entries:
        yield info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
        if not info.isreg():
            continue
        left = info.size
        with path.open("rb") as file:
            while left and (chunk := file.read(min(CHUNK, left))):
                left -= len(chunk)
                yield chunk
        if left:
            raise StorageError(f"{path} became shorter while it was read")
        if padding := -info.size % tarfile.BLOCKSIZE:
            yield bytes(padding)
    yield bytes(2 * tarfile.BLOCKSIZE)


def unpack(stream: IO[bytes], folder: Path) -> None:
    """Write the tar's entries below the new `folder`.

    Raises StorageError for names and links that leave it, and for special files; what was written until then is the
    caller's to remove.
    """
    folder.mkdir(parents=True)
    links: list[tuple[Path, str]] = []
    try:
        with tarfile.open(fileobj=stream, mode="r|", encoding="utf-8", errors="surrogateescape") as tar:
            for info in tar:
                path = folder.joinpath(*_safe_parts(info.name))
                if info.isdir():
                    path.mkdir(parents=True, exist_ok=True)
                elif info.issym():
                    links.append((path, info.linkname))
                elif info.isreg():
                    _write(tar, info, path)
                else:
                    raise StorageError(f"the tar holds a special file: {info.name!r}")
        _link(links, Path(os.path.realpath(folder)))
    except tarfile.TarError as error:
        raise StorageError(f"not a tar: {error}") from None
    except OSError as error:
        raise StorageError(f"cannot unpack: {error}") from error


def _safe_parts(name: str) -> tuple[str, ...]:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts:
        raise StorageError(f"the tar holds an unsafe name: {name!r}")
    return parts


def _link(links: list[tuple[Path, str]], root: Path) -> None:
    """Links come last, so that nothing is written through one, and are judged by where they really lead."""
    for path, target in links:
        if not Path(os.path.realpath(path.parent)).is_relative_to(root):
            raise StorageError(f"the tar holds an unsafe name: {path.name!r}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
    for path, target in links:
        if not Path(os.path.realpath(path)).is_relative_to(root):
            raise StorageError(f"the tar holds a link that leads out: {path.name!r} to {target!r}")


def _write(tar: tarfile.TarFile, info: tarfile.TarInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    source = tar.extractfile(info)
    if source is None:
        raise StorageError(f"the tar holds no data of {info.name!r}")
    with path.open("xb") as file:
        while chunk := source.read(CHUNK):
            file.write(chunk)
    path.chmod(0o755 if info.mode & 0o100 else 0o644)
