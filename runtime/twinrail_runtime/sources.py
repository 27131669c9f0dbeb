"""The user's code: `steps/train.py:train` from one source root, whatever else is installed or was imported before."""

from __future__ import annotations

import importlib
import os
import sys
from importlib.machinery import PathFinder
from pathlib import Path

from .errors import ContractError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any


class SourceFinder:
    """Finds the source root's own top-level names before anything else on the path.

    `sys.path[0]` alone does not: a folder without `__init__.py` loses against a package of that name anywhere on it.
    """

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self.names = _top_level_names(root)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Python calls this for every import; submodules (with a `path`) are found by their package."""
        if path is not None or name not in self.names:
            return None
        return PathFinder.find_spec(name, [self.root], target)


def _top_level_names(root: Path) -> set[str]:
    # The standard library's names stay its own: purging `random` would break others. The compiler refuses such sources.
    names = {
        entry.stem if entry.suffix == ".py" else entry.name
        for entry in root.iterdir()
        if entry.suffix == ".py" or entry.is_dir()
    }
    return names - sys.stdlib_module_names - {"twinrail_runtime"}


def load_function(source: Path, call: str) -> Callable[..., Any]:
    """The function `call` (`<file>:<name>`, the file relative to `source`).

    Modules that another source root brought are forgotten first: in Airflow two pipelines with two versions of `steps/`
    may share a process. Raises ContractError when file or function do not exist; what the module itself raises comes
    through.
    """
    source = source.resolve()
    file, _, name = call.partition(":")
    path = source / file
    if not name or not file.endswith(".py") or not path.resolve().is_relative_to(source):
        raise ContractError(f"{call!r} does not name a Python function (steps/train.py:train)")
    if not path.is_file():
        raise ContractError(f"there is no file {file} in {source}")
    finder = SourceFinder(source)
    sys.meta_path[:] = [finder, *(other for other in sys.meta_path if not isinstance(other, SourceFinder))]
    root = str(source)
    sys.path[:] = [root, *(entry for entry in sys.path if entry != root)]
    for module in [module for module in sys.modules if module.partition(".")[0] in finder.names]:
        del sys.modules[module]
    importlib.invalidate_caches()
    module_name = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    function = getattr(importlib.import_module(module_name), name, None)
    if function is None:
        raise ContractError(f"{file} has no function `{name}`")
    if not callable(function):
        raise ContractError(f"`{name}` in {file} is not a function")
    return function


def source_folder() -> Path:
    """Default source root: `src` beside the package's folder (the layout of a step's layer)."""
    return Path(os.path.abspath(__file__)).parent.parent / "src"  # noqa: PTH100 - the package may be reached through a link
