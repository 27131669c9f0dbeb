"""A step as a process: arguments in, `out` and `extra.*` files out, an exit code that says whether to try again."""

from __future__ import annotations

import argparse
import base64
import faulthandler
import os
import re
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from .artifacts import Store
from .errors import ContractError, ExpressionError, StepRaised, Terminated, Thrown, TwinrailError
from .expressions import evaluate, to_string
from .layout import attempt_prefix, error_key, out_key
from .parameters import parse_parameter
from .run_context import RunContext
from .slots import Gatherer, Slots, World, define_item
from .sources import source_folder
from .steps import call_step
from .tracebacks import print_traceback
from .values import ABSENT, from_text, to_text, unwire, wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

    from .values import Absent, Json

_IN_FILE = re.compile(r"@/tmp/argo_arg_\d+\.txt")
TERMINATION_LOG = Path("/dev/termination-log")


class Arguments(NamedTuple):
    """The command line, parsed."""

    spec: dict[str, Any]
    run: RunContext
    slots: dict[str, str]
    params: dict[str, str]
    indices: dict[str, int]
    attempt: int
    source: Path
    out: Path


def main(argv: Sequence[str], termination_log: Path = TERMINATION_LOG) -> int:
    """Run one attempt and return the exit code (README: 0, 1, 64, 70, 143)."""
    _prepare_streams()
    node = "step"
    try:
        signal.signal(signal.SIGTERM, _terminate)
        arguments = parse_arguments(argv)
        node = arguments.spec["node"]
        run_attempt(arguments)
    except StepRaised as error:
        sys.stdout.flush()
        print_traceback(error.error)
        return _failed(node, error, error.exit_code, termination_log)
    except TwinrailError as error:
        return _failed(node, error, error.exit_code, termination_log)
    except (Terminated, KeyboardInterrupt) as error:
        return _failed(node, str(error) or "interrupted", Terminated.exit_code, termination_log)
    except Exception as error:  # noqa: BLE001 - whatever else goes wrong is the runtime's own failure
        sys.stdout.flush()
        print_traceback(error)
        return _failed(node, f"{type(error).__name__}: {error}", TwinrailError.exit_code, termination_log)
    finally:
        _flush()
    return 0


def run_attempt(arguments: Arguments) -> None:
    """One attempt: evaluate the inputs, call the step, write what the engine reads. `out` is written last."""
    spec, run = arguments.spec, arguments.run
    store = Store(run.root)
    inputs: dict[str, Json | Absent] | None = None
    try:
        _find_secrets(spec.get("secrets", {}))
        if checkpoints := os.environ.get("TWINRAIL_CHECKPOINT_DIR"):
            Path(checkpoints).mkdir(parents=True, exist_ok=True)
        slots = make_slots(arguments, store)
        if "fail" in spec:
            _throw(spec["fail"], slots)
        inputs = {name: evaluate(expr, slots) for name, expr in spec.get("inputs", {}).items()}
        _finish(arguments, store, slots, _value(arguments, store, slots, inputs))
    except BaseException as error:
        if spec.get("kept"):
            # An input that throws is the pipeline's failure: no step has begun.
            began = inputs is not None or not isinstance(error, ExpressionError)
            _keep_error(arguments, store, error, began=began)
        raise


def _value(arguments: Arguments, store: Store, slots: Slots, inputs: dict[str, Json | Absent]) -> Json | Absent:
    spec = arguments.spec
    if "value" in spec:
        return evaluate(spec["value"], slots)
    return call_step(
        call=spec["call"],
        source=arguments.source,
        inputs=inputs,
        input_types=spec.get("inputTypes", {}),
        output=spec["output"],
        store=store,
        prefix=_prefix(arguments),
    )


def _finish(arguments: Arguments, store: Store, slots: Slots, value: Json | Absent) -> None:
    spec, run = arguments.spec, arguments.run
    own = Slots(slots)
    own.set(f"output:{spec['node']}", value)
    extras = {name: evaluate(expr, own) for name, expr in spec.get("extras", {}).items()}
    wired = wire(value, lambda text: store.put_bytes(f"{_prefix(arguments)}/_value.json", text))
    if spec.get("loops") or spec.get("kept"):
        key = out_key(run.pipeline, run.key, spec["node"], _indices(arguments), arguments.attempt)
        store.put_bytes(key, wired.encode("ascii"))
    write_outputs(arguments.out, wired, extras)


def _indices(arguments: Arguments) -> list[int]:
    return [arguments.indices[loop] for loop in arguments.spec.get("loops", [])]


def _prefix(arguments: Arguments) -> str:
    run = arguments.run
    return attempt_prefix(run.pipeline, run.key, arguments.spec["node"], _indices(arguments), arguments.attempt)


def _throw(fail: dict[str, Any], slots: Slots) -> NoReturn:
    if "error" not in fail:
        raise Thrown({"message": to_string(evaluate(fail["message"], slots))})
    error = evaluate(fail["error"], slots)
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        raise ContractError("what is thrown again is no error")
    raise Thrown(error)


def _keep_error(arguments: Arguments, store: Store, error: BaseException, *, began: bool) -> None:
    """Write down why the attempt failed: handlers in other pods read it."""
    spec, run = arguments.spec, arguments.run
    kept: dict[str, Json]
    if isinstance(error, Thrown):
        kept = error.error
    else:
        text = str(error) if isinstance(error, (TwinrailError, Terminated)) else f"{type(error).__name__}: {error}"
        who: dict[str, Json] = {"step": spec["step"], "attempt": arguments.attempt + 1} if "step" in spec else {}
        kept = {**(who if began else {}), "message": one_line(text)}
        if getattr(error, "retry", True):
            kept["retry"] = True
    key = error_key(run.pipeline, run.key, spec["node"], _indices(arguments), arguments.attempt)
    try:
        store.put_bytes(key, to_text(kept).encode("ascii"))
    except Exception as problem:  # noqa: BLE001 - the attempt's own failure is what counts
        print(f"twinrail: the failure could not be written down: {one_line(str(problem))}", file=sys.stderr)


def make_slots(arguments: Arguments, store: Store) -> Slots:
    """Everything that the step's expressions may read; nothing is loaded before it is asked for."""
    spec, run = arguments.spec, arguments.run
    slots = Slots()
    for field in ("id", "logicalDate", "day"):
        slots.define(f"run:{field}", lambda field=field: run.field(field))
    for name, type_ in spec.get("params", {}).items():
        raw = arguments.params.get(name)
        if raw is None:
            slots.set(f"param:{name}", ABSENT)
        else:
            slots.define(
                f"param:{name}", lambda name=name, raw=raw, type_=type_: parse_parameter(name, raw, type_, run)
            )
    for name, wired in arguments.slots.items():
        slots.define(name, lambda wired=wired: unwire(wired, store.get_bytes))
    for loop, index in arguments.indices.items():
        slots.set(f"index:{loop}", index)
    for loop, items in spec.get("items", {}).items():
        if loop not in arguments.indices:
            raise ContractError(f"--index {loop}=... is missing")
        define_item(slots, loop, items, arguments.indices[loop])
    gathers, stored, errors = (spec.get(part, {}) for part in ("gathers", "stored", "errors"))
    World(Gatherer(store, run), gathers, stored, errors).define(slots)
    return slots


def write_outputs(folder: Path, wired: str, extras: dict[str, Json | Absent]) -> None:
    """The files that the engine reads, each whole or not there."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {f"extra.{name}": "null" if value is ABSENT else to_text(value) for name, value in extras.items()}
    for name, text in {**texts, "out": wired}.items():
        partial = folder / f".{name}.partial"
        partial.write_text(text, encoding="ascii")
        partial.replace(folder / name)


# Arguments ------------------------------------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ContractError(f"bad arguments: {message}")


def parse_arguments(argv: Sequence[str]) -> Arguments:
    """Raises ContractError for what is missing or malformed."""
    parser = _Parser(
        prog="python3 -m twinrail_runtime", allow_abbrev=False, description="Runs one attempt of one Twinrail step."
    )
    parser.add_argument("--spec", required=True, help="text of the step's static part, or @FILE")
    parser.add_argument("--task", default="{}", help="more of the step's static part, where several tasks share a spec")
    parser.add_argument("--run", required=True, help="JSON of the run, or @FILE")
    parser.add_argument("--slot", action="append", default=[], metavar="NAME=WIRE")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=RAW")
    parser.add_argument("--param-base64", action="append", default=[], metavar="NAME=BASE64")
    parser.add_argument("--index", action="append", default=[], metavar="NODE=INDEX")
    parser.add_argument("--attempt", default="0")
    parser.add_argument("--source", type=Path, default=source_folder(), help="folder with the sources")
    parser.add_argument("--out", type=Path, default=Path("/tmp/twinrail"))  # noqa: S108 - the engines read it there, in a pod of its own
    given = parser.parse_args([_whole(_decoded(argument)) for argument in argv])
    spec = {**_object("--spec", given.spec), **_object("--task", given.task)}
    builtin = [name for name in ("value", "fail") if name in spec]
    for name in ("node", *(builtin or ("call", "output"))):
        if name not in spec:
            raise ContractError(f"--spec lacks `{name}`")
    indices = {name: _count("--index", text) for name, text in _pairs("--index", given.index).items()}
    for loop in spec.get("loops", []):
        if loop not in indices:
            raise ContractError(f"--index {loop}=... is missing")
    return Arguments(
        spec=spec,
        run=RunContext.parse(_object("--run", given.run)),
        slots=_pairs("--slot", given.slot),
        params={**_pairs("--param", given.param), **_from_base64("--param-base64", given.param_base64)},
        indices=indices,
        attempt=_count("--attempt", given.attempt),
        source=given.source.absolute(),
        out=given.out.absolute(),
    )


def _decoded(argument: str) -> str:
    """Arguments are UTF-8 whatever the container's locale says."""
    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeError:
        raise ContractError(f"an argument is not UTF-8: {argument[:60]!a}") from None


def _whole(argument: str) -> str:
    """Argo 4 puts an argument above 128 KiB, the most that Linux takes, into a file and passes the file's name."""
    if not _IN_FILE.fullmatch(argument):
        return argument
    try:
        return Path(argument[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise ContractError(f"argument {argument}: {error}") from None


def _pairs(option: str, texts: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise ContractError(f"{option} {text[:60]!a} is not NAME=VALUE")
        pairs[name] = value
    return pairs


def _from_base64(option: str, texts: list[str]) -> dict[str, str]:
    """Raw texts as an engine passes them that would otherwise replace what looks like its own tags in them."""
    try:
        return {
            name: base64.b64decode(value, validate=True).decode("utf-8")
            for name, value in _pairs(option, texts).items()
        }
    except ValueError as error:
        raise ContractError(f"{option}: {error}") from None


def _count(option: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ContractError(f"{option}: {text[:60]!a} is not a number from 0")
    return int(text)


def _object(option: str, text: str) -> dict[str, Any]:
    if text.startswith("@"):
        try:
            text = Path(text[1:]).read_text(encoding="utf-8")
        except OSError as error:
            raise ContractError(f"{option}: {error}") from None
    try:
        value = from_text(text)
    except ValueError as error:
        raise ContractError(f"{option} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ContractError(f"{option} is not a JSON object")
    return value


def _find_secrets(secrets: dict[str, dict[str, str]]) -> None:
    """Check that each secret is in the environment. Only names are in the spec.

    Engines put them there; on this machine they come from `TWINRAIL_SECRET_<SECRET>__<KEY>`.
    """
    missing: list[str] = []
    for variable, reference in secrets.items():
        if variable in os.environ:
            continue
        local = f"TWINRAIL_SECRET_{_upper(reference['secret'])}__{_upper(reference['key'])}"
        if local in os.environ:
            os.environ[variable] = os.environ[local]
        else:
            name = f"{reference['secret']}/{reference['key']}"
            missing.append(f"the secret {name} is not given: set {variable}, or {local} on this machine")
    if missing:
        raise ContractError(*missing)


def _upper(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", text).upper()


# Endings --------------------------------------------------------------------------------------------------------------


def _terminate(_signal: int, _frame: object) -> NoReturn:
    raise Terminated("terminated by SIGTERM")


def _prepare_streams() -> None:
    """A line printed is a line out, also when the process is killed the next moment."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True)
    if not faulthandler.is_enabled():
        with suppress(OSError, ValueError):  # stderr is no file
            faulthandler.enable()  # a crash in native code shows where


def _failed(node: str, reason: object, code: int, termination_log: Path) -> int:
    _flush()
    line = f"twinrail: {node} failed: {one_line(str(reason))}"
    print(line, file=sys.stderr)
    if termination_log.exists():
        with suppress(OSError):
            termination_log.write_text(line, encoding="utf-8")
    return code


def one_line(text: str, limit: int = 1000) -> str:
    """`text` without line breaks and control characters, shortened."""
    text = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).split(" "))
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= limit else f"{text[:limit]}..."


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # the reader is gone, or the user closed it
            stream.flush()
