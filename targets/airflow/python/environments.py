"""A step in an environment of its own: the same call, made by another Python. That Python runs this very file; the
folder `environment` is what `twinrail env sync` has made.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent


def call_in(environment: str, request: Mapping[str, Any]) -> str:
    """Call the step with the Python of an environment. Its result's wire string."""
    from .twinrail_runtime.errors import ContractError, StepRaised, TwinrailError

    folder = Path(environment)
    if root := os.environ.get("TWINRAIL_ENVIRONMENTS"):
        folder = Path(root) / folder.name
    python = folder / "bin" / "python"
    if not python.exists():
        raise ContractError(f"there is no environment {folder} on this worker: run `twinrail env sync` on it")
    with tempfile.TemporaryDirectory(prefix="twinrail-") as scratch:
        asked, answered = Path(scratch, "request.json"), Path(scratch, "answer.json")
        asked.write_text(json.dumps(request), "utf-8")
        # `-I`: neither the modules beside this file nor a PYTHONPATH of Airflow's are for the step.
        code = _run([str(python), "-I", "-u", __file__, str(asked), str(answered)])
        if not answered.exists():
            raise TwinrailError(f"the step's process ended with exit code {code} and without a result")
        answer = json.loads(answered.read_text("utf-8"))
    if "wire" in answer:
        return answer["wire"]
    if answer["kind"] == "contract":
        raise ContractError(answer["message"])
    if answer["kind"] == "step":
        raise StepRaised(type(answer["type"], (Exception,), {})(answer["message"]))
    raise TwinrailError(answer["message"])


def _run(command: list[str]) -> int:
    """Its output line by line as this task's; it ends when this task is ended."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True
    )
    try:
        for line in process.stdout or ():
            sys.stdout.write(line)
        return process.wait()
    finally:
        if process.poll() is None:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """In the environment: the step's result, or what went wrong."""
    import traceback

    from twinrail_runtime.artifacts import Store
    from twinrail_runtime.errors import ContractError, StepRaised
    from twinrail_runtime.steps import call_step
    from twinrail_runtime.values import wire

    store = Store(request["root"])
    prefix = request["prefix"]
    try:
        result = call_step(
            call=request["call"],
            source=PACKAGE / "src",
            inputs=request["inputs"],
            input_types=request["types"]["inputs"],
            output=request["types"]["output"],
            store=store,
            prefix=prefix,
        )
        return {"wire": wire(result, lambda data: store.put_bytes(f"{prefix}/_value.json", data))}
    except StepRaised as raised:
        traceback.print_exception(raised.error)
        return {"kind": "step", "type": type(raised.error).__name__, "message": str(raised.error)}
    except ContractError as error:
        return {"kind": "contract", "message": str(error)}
    except Exception as error:  # noqa: BLE001 - told to the task, which may be tried again
        traceback.print_exc()
        return {"kind": "runtime", "message": f"{type(error).__name__}: {error}"}


def _import_runtime() -> None:
    """`twinrail_runtime` alone: its neighbours' names may be those of the step's own packages."""
    from importlib.util import module_from_spec, spec_from_file_location

    folder = PACKAGE / "twinrail_runtime"
    spec = spec_from_file_location("twinrail_runtime", folder / "__init__.py", submodule_search_locations=[str(folder)])
    if spec is None or spec.loader is None:
        raise ImportError("twinrail_runtime is not beside this file")
    module = module_from_spec(spec)
    sys.modules["twinrail_runtime"] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    _import_runtime()
    answer = _answer(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    draft = Path(f"{sys.argv[2]}.draft")
    draft.write_text(json.dumps(answer), "utf-8")
    draft.rename(sys.argv[2])
