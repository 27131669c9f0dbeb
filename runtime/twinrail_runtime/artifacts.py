"""The artifact store: bytes below a root, on this machine (`file://`) or in an object store (through `obstore`).

What is written gets a reference `{"uri","sha256","bytes"}`; what is read by a reference is checked against it.
"""

from __future__ import annotations

import hashlib
import io
import os
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .errors import ContractError, StorageError, TwinrailError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, Protocol

    from .values import Reference

    class Backend(Protocol):
        """Objects by key below one root."""

        def put(self, key: str, chunks: Iterable[bytes]) -> None:
            """Write one object, whole or not at all."""

        def get(self, key: str) -> Iterator[bytes]:
            """Read one object in chunks."""

        def list(self, prefix: str) -> list[str]:
            """Keys of the objects below the folder `prefix`, in any order."""


CHUNK = 1 << 20
OBJECT_STORES = {"s3", "gs", "az"}


class Store:
    """Objects below the artifact root `root` (`file:///folder`, `s3://bucket/prefix`, `gs://`, `az://`).

    Nothing is opened before the first object is used. `connect` makes the backend of a root.
    """

    def __init__(self, root: str, connect: Callable[[str], Backend] | None = None) -> None:
        self.root = root.rstrip("/")
        self._connect = connect or backend_of
        self._backends: dict[str, Backend] = {}

    def put(self, key: str, chunks: Iterable[bytes]) -> Reference:
        """Store the chunks as object `key`, whole or not at all. Raises StorageError."""
        digest = hashlib.sha256()
        size = 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                yield chunk

        uri = f"{self.root}/{key}"
        with _storage("write", uri):
            self._backend(self.root).put(key, counted())
        return {"uri": uri, "sha256": digest.hexdigest(), "bytes": size}

    def put_bytes(self, key: str, data: bytes) -> Reference:
        """Store `data` as object `key`."""
        return self.put(key, [data])

    def put_file(self, key: str, path: Path) -> Reference:
        """Store a copy of the file."""
        return self.put(key, _chunks_of(path))

    def put_folder(self, key: str, path: Path) -> Reference:
        """Store the folder as a deterministic tar."""
        from .folders import pack

        return self.put(key, pack(path))

    def get(self, reference: Reference) -> Iterator[bytes]:
        """The object's bytes in chunks. Raises StorageError at the end when they are not what the reference says."""
        uri = reference["uri"]
        root, key = self._split(uri)
        digest = hashlib.sha256()
        size = 0
        with _storage("read", uri):
            for chunk in self._backend(root).get(key):
                digest.update(chunk)
                size += len(chunk)
                if size > reference["bytes"]:
                    break
                yield chunk
        if size != reference["bytes"] or digest.hexdigest() != reference["sha256"]:
            raise StorageError(f"{uri} is not what its reference says: it was changed or is incomplete")

    def get_bytes(self, reference: Reference) -> bytes:
        """The object's verified bytes."""
        return b"".join(self.get(reference))

    def get_file(self, reference: Reference, path: Path) -> None:
        """Write the verified object to the new file `path`; nothing is there when it fails."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with _replacing(path) as file:
            for chunk in self.get(reference):
                file.write(chunk)

    def get_folder(self, reference: Reference, path: Path) -> None:
        """Unpack the verified tar into the new folder `path`; nothing is there when it fails."""
        import shutil

        from .folders import unpack

        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.urandom(6).hex()}.partial")
        chunks = self.get(reference)
        try:
            unpack(io.BufferedReader(_Reader(chunks), CHUNK), partial)
            for _ in chunks:  # what follows the tar's end is still hashed
                pass
            partial.rename(path)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def read(self, key: str) -> bytes:
        """An object without a reference, such as a gather's `out` file."""
        with _storage("read", f"{self.root}/{key}"):
            return b"".join(self._backend(self.root).get(key))

    def list(self, prefix: str) -> list[str]:
        """Keys of all complete objects below the folder `prefix`, sorted."""
        with _storage("list", f"{self.root}/{prefix}"):
            return sorted(self._backend(self.root).list(prefix))

    def _split(self, uri: str) -> tuple[str, str]:
        """Another root's object is read, too: two clusters need not share one."""
        if uri.startswith(f"{self.root}/"):
            root = self.root
        else:
            parts = urlsplit(uri)
            root = "file://" if parts.scheme == "file" else f"{parts.scheme}://{parts.netloc}"
        key = uri[len(root) + 1 :]
        if not key or any(part in {"", ".", ".."} for part in key.split("/")):
            raise ContractError(f"{uri!r} does not name an object")
        return root, key

    def _backend(self, root: str) -> Backend:
        if root not in self._backends:
            self._backends[root] = self._connect(root)
        return self._backends[root]


class _Reader(io.RawIOBase):
    """Chunks as a readable file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _chunks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


@contextmanager
def _replacing(path: Path) -> Iterator[Any]:
    """A file that appears under its name only when everything was written."""
    partial = path.with_name(f".{path.name[:80]}.{os.urandom(6).hex()}.partial")
    try:
        with partial.open("xb") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _storage(action: str, uri: str) -> Iterator[None]:
    try:
        yield
    except TwinrailError:
        raise
    except FileNotFoundError as error:
        raise StorageError(f"cannot {action} {uri}: there is no such object") from error
    except Exception as error:
        # obstore's errors end in a debug dump of many lines.
        reason = str(error).split("\n\nDebug source:")[0].strip() or type(error).__name__
        raise StorageError(f"cannot {action} {uri}: {reason}") from error


# Backends -------------------------------------------------------------------------------------------------------------


def backend_of(root: str) -> Backend:
    """The backend of a root. Raises ContractError for a scheme that is not known."""
    parts = urlsplit(root)
    if parts.scheme == "file" and parts.netloc in {"", "localhost"}:
        return Files(Path(unquote(parts.path) or "/"))
    if parts.scheme in OBJECT_STORES and parts.netloc:
        return Objects(_object_store(root))
    raise ContractError(f"{root!r} is not an artifact root: file:///folder, s3://bucket/prefix, gs://... or az://...")


class Files:
    """Objects as files below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        """Write one object, whole or not at all."""
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        with _replacing(path) as file:
            for chunk in chunks:
                file.write(chunk)

    def get(self, key: str) -> Iterator[bytes]:
        """Read one object in chunks."""
        return _chunks_of(self._folder / key)

    def list(self, prefix: str) -> list[str]:
        """Keys of the objects below the folder `prefix`, in any order."""
        keys: list[str] = []
        for folder, _, names in os.walk(self._folder / prefix):
            below = Path(folder).relative_to(self._folder)
            keys.extend((below / name).as_posix() for name in names if not name.endswith(".partial"))
        return keys


class Objects:
    """Objects in an `obstore` store."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        """Write one object, whole or not at all."""
        import obstore

        obstore.put(self._store, key, iter(chunks))

    def get(self, key: str) -> Iterator[bytes]:
        """Read one object in chunks."""
        import obstore

        for chunk in obstore.get(self._store, key).stream(min_chunk_size=CHUNK):
            yield bytes(chunk)

    def list(self, prefix: str) -> list[str]:
        """Keys of the objects below the folder `prefix`, in any order."""
        import obstore

        return [found["path"] for page in obstore.list(self._store, prefix) for found in page]


def _object_store(root: str) -> Any:
    """Credentials and endpoints come from the environment: `AWS_*`, `GOOGLE_*`, `AZURE_*`."""
    _find_certificates()
    try:
        from obstore.store import from_url
    except ImportError:
        raise StorageError(f"{root} needs the Python package `obstore`, which is not installed here") from None
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if root.startswith("s3://") and endpoint.startswith("http://"):
        return from_url(root, client_options={"allow_http": True})
    return from_url(root)


SYSTEM_CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def _find_certificates() -> None:
    """Where the system has none, use the bundle beside the runtime: without any, obstore (0.12) opens not even http."""
    bundle = Path(__file__).parent.parent / "cacert.pem"
    if (
        "SSL_CERT_FILE" in os.environ
        or not bundle.is_file()
        or any(Path(path).is_file() for path in SYSTEM_CERTIFICATES)
    ):
        return
    os.environ["SSL_CERT_FILE"] = str(bundle)
