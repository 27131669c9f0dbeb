"""Shared by all tests: a process that is the real one, files that are real ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

RUNTIME = Path(__file__).parent.parent

# The engine suite runs these beside its S3 server; there they cannot be skipped, elsewhere they do not exist.
collect_ignore = [] if "TWINRAIL_S3_TEST" in os.environ else ["test_s3.py"]


class Result:
    """What one process did."""

    def __init__(self, code: int, stdout: str, stderr: str, out: Path) -> None:
        self.code = code
        self.stdout = stdout
        self.stderr = stderr
        self.out = out

    @property
    def wire(self) -> str:
        return (self.out / "out").read_text(encoding="ascii")

    @property
    def value(self) -> Any:
        assert self.code == 0, self.stderr
        assert self.wire.startswith("V"), self.wire
        return json.loads(self.wire[1:])

    @property
    def last_line(self) -> str:
        return self.stderr.rstrip("\n").rpartition("\n")[2]

    def extra(self, name: str) -> Any:
        return json.loads((self.out / f"extra.{name}").read_text(encoding="ascii"))


class Bench:
    """A project folder, an artifact root, and processes over them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = folder / "project"
        self.root = folder / "root"
        self.runs = 0
        self.source.mkdir()

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")

    def run_json(self, **fields: str) -> dict[str, str]:
        return {
            "pipeline": "churn",
            "id": "run-1",
            "key": "key-1",
            "scheduled": "2026-01-01T02:00:00Z",
            "started": "2026-01-01T02:00:07Z",
            "timezone": "UTC",
            "root": f"file://{self.root}",
            **fields,
        }

    def command(
        self, spec: dict[str, Any], *arguments: str, run: dict[str, str] | None = None
    ) -> tuple[list[str], Path]:
        self.runs += 1
        out = self.folder / f"out-{self.runs}"
        whole = {"node": "step", "output": {"kind": "absent"}, **spec}
        # The spec goes through a file once it is longer than an argument can be, as the engines do.
        text = json.dumps(whole)
        if len(text) > 100_000:
            path = self.folder / f"spec-{self.runs}.json"
            path.write_text(text)
            text = f"@{path}"
        fixed = [
            "--spec",
            text,
            "--run",
            json.dumps(run or self.run_json()),
            "--source",
            str(self.source),
            "--out",
            str(out),
        ]
        return [sys.executable, "-m", "twinrail_runtime", *fixed, *arguments], out

    def start(
        self, spec: dict[str, Any], *arguments: str, env: dict[str, str] | None = None
    ) -> tuple[subprocess.Popen[str], Path]:
        command, out = self.command(spec, *arguments)
        return subprocess.Popen(
            command, env=self.env(env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder
        ), out

    def run(
        self,
        spec: dict[str, Any],
        *arguments: str,
        run: dict[str, str] | None = None,
        env: dict[str, str] | None = None,
    ) -> Result:
        command, out = self.command(spec, *arguments, run=run)
        done = subprocess.run(
            command, env=self.env(env), capture_output=True, text=True, cwd=self.folder, timeout=60, check=False
        )
        return Result(done.returncode, done.stdout, done.stderr, out)

    def step(
        self, body: str, *, returns: Any, inputs: dict[str, Any] | None = None, arguments: str = "", **spec: Any
    ) -> Result:
        """Run one function `f` of `steps/s.py` whose body is given."""
        self.write(
            {
                "steps/s.py": f"from pathlib import Path\n\ndef f({arguments}):\n"
                + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
                + "\n"
            }
        )
        return self.run({"call": "steps/s.py:f", "output": returns, "inputs": inputs or {}, **spec})

    def env(self, extra: dict[str, str] | None) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(RUNTIME), "TMPDIR": str(self.folder), **(extra or {})}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
