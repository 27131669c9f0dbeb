"""Where a run's objects are, below the artifact root: the one place that makes keys.

<pipeline>/<run key>/<node>/<index path>/<attempt>/<place>/<name>   an artifact
<pipeline>/<run key>/<node>/<index path>/<attempt>/_value.json      a value too large to travel inline
<pipeline>/<run key>/<node>/<index path>/out.<attempt>              the wire of one iteration, which gathers read
<pipeline>/<run key>/<node>/<index path>/error.<attempt>            why that attempt failed, which handlers read
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_HARMLESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_RECORD = re.compile(r"(out|error)\.(\d+)")


def component(text: str) -> str:
    """`text` as one path component that every file system and object store takes as it is.

    Two texts never give one component: what had to be changed carries a hash of the original.
    """
    if _HARMLESS.fullmatch(text):
        return text
    readable = re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._-")[:80]
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{readable or 'x'}-{digest}"


def file_name(name: str) -> str:
    """The base name under which an artifact is kept and handed on: the user's own as far as it is harmless."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", name)[-100:].lstrip(".-")
    return name or "artifact"


def node_prefix(pipeline: str, run_key: str, node: str) -> str:
    """Everything that one node of one run writes."""
    return f"{component(pipeline)}/{component(run_key)}/{component(node)}"


def index_path(indices: Sequence[int]) -> str:
    """Indices of the enclosing loops, outermost first: `000001/000012`, "" outside of loops."""
    return "/".join(f"{index:06}" for index in indices)


def iteration_prefix(pipeline: str, run_key: str, node: str, indices: Sequence[int]) -> str:
    """Everything that one iteration (all attempts) of a node writes."""
    return "/".join(filter(None, (node_prefix(pipeline, run_key, node), index_path(indices))))


def attempt_prefix(pipeline: str, run_key: str, node: str, indices: Sequence[int], attempt: int) -> str:
    """Everything that one attempt writes, except its `out` file."""
    return f"{iteration_prefix(pipeline, run_key, node, indices)}/{attempt}"


def out_key(pipeline: str, run_key: str, node: str, indices: Sequence[int], attempt: int) -> str:
    """The wire of one attempt of one iteration."""
    return f"{iteration_prefix(pipeline, run_key, node, indices)}/out.{attempt}"


def error_key(pipeline: str, run_key: str, node: str, indices: Sequence[int], attempt: int) -> str:
    """Why one attempt of one iteration failed."""
    return f"{iteration_prefix(pipeline, run_key, node, indices)}/error.{attempt}"


class Record(NamedTuple):
    """What an attempt left behind: `kind` is `out` or `error`."""

    attempt: int
    kind: str
    key: str


def latest_records(keys: Sequence[str], prefix: str) -> dict[tuple[int, ...], Record]:
    """Of all `keys` below the node prefix, the record of the highest attempt of each iteration.

    An attempt that wrote its `out` and died after that leaves an `error`, too: it failed.
    """
    latest: dict[tuple[int, ...], Record] = {}
    for key in keys:
        *indices, name = key.removeprefix(f"{prefix}/").split("/")
        match = _RECORD.fullmatch(name)
        if match is None or not all(index.isdigit() for index in indices):
            continue
        iteration, attempt = tuple(map(int, indices)), int(match[2])
        known = latest.get(iteration)
        if known is None or known.attempt < attempt or (known.attempt == attempt and match[1] == "error"):
            latest[iteration] = Record(attempt, match[1], key)
    return latest
