"""One attempt of one step: inputs in, the user's function in a folder of its own, its result checked and stored."""

from __future__ import annotations

import inspect
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .errors import ContractError, StepRaised, Terminated, TwinrailError
from .layout import component, file_name
from .places import INPUT, RETURNED
from .sources import load_function
from .tracebacks import trim
from .types import accepts_absent, check, mismatch, show
from .values import ABSENT, is_reference, to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from .artifacts import Store
    from .places import Place
    from .types import Field, Type
    from .values import Absent, Json, Reference


class _Download(NamedTuple):
    reference: Reference
    kind: str


class _Upload(NamedTuple):
    path: Path
    kind: str
    place: Place


def call_step(
    *,
    call: str,
    source: Path,
    inputs: Mapping[str, Json | Absent],
    input_types: Mapping[str, Field],
    output: Type,
    store: Store,
    prefix: str,
) -> Json | Absent:
    """Run the step `call` of the source root. Its result is JSON with artifacts as references, or ABSENT.

    `inputs` are values (artifacts as references); ABSENT ones are not passed. Artifacts of the result go below
    `prefix`, a key that is unique per attempt (`layout.attempt_prefix`). The working directory is empty and removed
    afterwards.

    Raises StepRaised for what the user's code raised, ContractError when inputs, function or result break the
    contract, StorageError.
    """
    with _scratch() as scratch:
        arguments = _arguments(inputs, input_types, store, scratch / "inputs")
        work = scratch / "work"
        work.mkdir()
        with _working_directory(work):
            result = _call(call, source, arguments)
            checked = check(result, output, RETURNED, artifact=_returned_path)
            checked = _replace(checked, _Upload, lambda upload: _store_artifact(upload, store, prefix))
    if checked is not ABSENT:
        to_text(checked, RETURNED)
    return checked


# Inputs ---------------------------------------------------------------------------------------------------------------


def _arguments(
    inputs: Mapping[str, Json | Absent], input_types: Mapping[str, Field], store: Store, folder: Path
) -> dict[str, Any]:
    problems: list[str] = []
    arguments: dict[str, Any] = {}
    for name, field in input_types.items():
        value = inputs.get(name, ABSENT)
        place = INPUT.at(name)
        if value is ABSENT:
            if not field.get("optional") and not accepts_absent(field["type"]):
                problems.append(f"{place} is missing: the TypeScript type says {show(field['type'])}")
            continue
        try:
            value = check(value, field["type"], place, artifact=_referenced, loose=True)
        except ContractError as error:
            problems.extend(error.problems)
        if value is not ABSENT:
            arguments[name] = value
    problems.extend(f"input `{name}` is not one of the step's inputs" for name in inputs if name not in input_types)
    if problems:
        raise ContractError(*problems)
    fetched: dict[str, Path] = {}
    return {
        name: _replace(value, _Download, lambda one: _fetch(one, store, folder, fetched))
        for name, value in arguments.items()
    }


def _referenced(value: Json, type_: Type, place: Place) -> _Download:
    if not is_reference(value):
        raise ContractError(mismatch(value, type_, place))
    return _Download(value, type_["artifact"])


def _fetch(one: _Download, store: Store, folder: Path, fetched: dict[str, Path]) -> Path:
    """A local copy; the same object is fetched once."""
    uri = one.reference["uri"]
    if uri not in fetched:
        name = uri.rpartition("/")[2]
        path = folder / f"{len(fetched):06}"
        if one.kind == "directory":
            path /= name.removesuffix(".tar")
            store.get_folder(one.reference, path)
        else:
            path /= name
            store.get_file(one.reference, path)
        fetched[uri] = path
    return fetched[uri]


# The call -------------------------------------------------------------------------------------------------------------


def _call(call: str, source: Path, arguments: dict[str, Any]) -> Any:
    function = _users_code(lambda: load_function(source, call))
    _check_signature(call, function, arguments)
    result = _users_code(lambda: function(**arguments))
    if inspect.iscoroutine(result):
        import asyncio

        result = _users_code(lambda: asyncio.run(result))
    if inspect.isgenerator(result) or inspect.isasyncgen(result):
        raise ContractError(f"{call} is a generator: a step returns its result, it does not `yield`")
    return result


def _users_code(run: Callable[[], Any]) -> Any:
    try:
        return run()
    except (TwinrailError, Terminated):
        raise
    except KeyboardInterrupt:
        raise Terminated("interrupted") from None
    except SystemExit as error:
        # `sys.exit(0)` at the end of a script that became a step means "done".
        if error.code is None or error.code == 0:
            return None
        raise StepRaised(trim(error)) from None
    except BaseException as error:  # noqa: BLE001 - pytest.fail, CancelledError and the like are failures of the step
        raise StepRaised(trim(error)) from None


def _check_signature(call: str, function: Callable[..., Any], arguments: dict[str, Any]) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(**arguments)
    except TypeError as error:
        raise ContractError(f"{call}{signature} does not take the step's inputs: {error}") from None


# The result -----------------------------------------------------------------------------------------------------------


def _returned_path(value: Any, type_: Type, place: Place) -> _Upload:
    if not isinstance(value, Path):
        hint = ": return pathlib.Path(...)" if isinstance(value, str) else ""
        raise ContractError(mismatch(value, type_, place) + (hint or " (a pathlib.Path is expected)"))
    kind = type_["artifact"]
    path = value.absolute()
    if not path.exists():
        raise ContractError(f"{place} is the path {str(value)!r}, but there is no such file")
    if kind == "directory" and not path.is_dir():
        raise ContractError(f"{place} is the path {str(value)!r}, a file, but the TypeScript type says Directory")
    if kind != "directory" and not path.is_file():
        raise ContractError(f"{place} is the path {str(value)!r}, a folder, but the TypeScript type says {show(type_)}")
    return _Upload(path, kind, place)


def _store_artifact(upload: _Upload, store: Store, prefix: str) -> Reference:
    parts = [component(str(key)) for key in upload.place.keys()]  # noqa: SIM118 - a Place is no dict
    name = file_name(upload.path.name)
    if upload.kind == "directory":
        return store.put_folder("/".join([prefix, *parts, f"{name}.tar"]), upload.path)
    return store.put_file("/".join([prefix, *parts, name]), upload.path)


# Shared ---------------------------------------------------------------------------------------------------------------


def _replace(value: Any, kind: type, replace: Callable[[Any], Any]) -> Any:
    if isinstance(value, kind):
        return replace(value)
    if isinstance(value, dict):
        return {key: _replace(item, kind, replace) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace(item, kind, replace) for item in value]
    return value


@contextmanager
def _scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="twinrail-")).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _working_directory(folder: Path) -> Iterator[None]:
    before = os.open(".", os.O_RDONLY)
    os.chdir(folder)
    try:
        yield
    finally:
        os.fchdir(before)
        os.close(before)
