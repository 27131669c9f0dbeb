"""Argo workflows as the API server shows them."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

from .kube import ApiError, Kube, segment

Json = Any

DONE = ("Succeeded", "Failed", "Error")
MERGE_PATCH = "application/merge-patch+json"
NODE_ID = "workflows.argoproj.io/node-id"
WORKFLOW = "workflows.argoproj.io/workflow"


class Workflows:
    """The workflows of one namespace."""

    def __init__(self, kube: Kube, namespace: str) -> None:
        self._kube = kube
        self._base = f"/apis/argoproj.io/v1alpha1/namespaces/{segment(namespace)}/workflows"
        self._pods = f"/api/v1/namespaces/{segment(namespace)}/pods"

    def get(self, name: str) -> Json | None:
        """The workflow, None when there is none."""
        return self._kube.get(f"{self._base}/{segment(name)}")

    def create(self, workflow: Json) -> Json:
        """The workflow as it is now: made, or there already because an earlier answer was lost."""
        try:
            return json.loads(self._kube.request("POST", self._base, workflow))
        except ApiError as error:
            found = self.get(workflow["metadata"]["name"]) if error.status == 409 else None
            if found is None:
                raise
            return found

    def active(self, label: str, value: str) -> list[Json]:
        """Those with the label that have not ended."""
        found = self._kube.get(self._base, labelSelector=f"{label}={value}") or {}
        return [workflow for workflow in found.get("items") or () if phase_of(workflow) not in DONE]

    def stop(self, name: str) -> None:
        """End all of its pods. One that is gone is as good."""
        try:
            self._kube.request(
                "PATCH", f"{self._base}/{segment(name)}", {"spec": {"shutdown": "Terminate"}}, MERGE_PATCH
            )
        except ApiError as error:
            if error.status != 404:
                raise

    def log_of(self, workflow: str, node_id: str, lines: int) -> tuple[str, str] | None:
        """Name and last lines of the node's pod; None when the pod is gone."""
        pods = self._kube.get(self._pods, labelSelector=f"{WORKFLOW}={workflow}") or {}
        for pod in pods.get("items") or ():
            metadata = pod["metadata"]
            if (metadata.get("annotations") or {}).get(NODE_ID) == node_id:
                path = f"{self._pods}/{segment(metadata['name'])}/log?container=main&tailLines={lines}"
                return metadata["name"], self._kube.request("GET", path).decode("utf-8", "replace")
        return None


def phase_of(workflow: Json) -> str:
    """`Succeeded`, `Failed`, `Error`, `Running`, `Pending`, or "" before the controller has looked at it."""
    return (workflow.get("status") or {}).get("phase") or ""


def age_of(workflow: Json) -> float:
    """Seconds since it was made."""
    created = datetime.fromisoformat(workflow["metadata"]["creationTimestamp"].replace("Z", "+00:00"))
    return max(0.0, (datetime.now(timezone.utc) - created).total_seconds())


def nodes_of(workflow: Json) -> dict[str, Json]:
    """Its nodes by id. Argo compresses a large status, and then `nodes` is not there."""
    status = workflow.get("status") or {}
    packed = status.get("compressedNodes")
    if packed and not status.get("nodes"):
        return json.loads(gzip.decompress(base64.b64decode(packed)))
    return status.get("nodes") or {}


def outputs_of(workflow: Json) -> dict[str, str] | None:
    """Parameters that the entry template put out, by name.

    They are the root node's: `status.outputs` stays empty. None without that node.
    """
    root = nodes_of(workflow).get(workflow["metadata"]["name"])
    if root is None:
        return None
    return {one["name"]: one.get("value", "") for one in (root.get("outputs") or {}).get("parameters") or ()}


def declared_outputs(workflow: Json) -> set[str]:
    """Names of the parameters that the entry template puts out."""
    spec = workflow.get("spec") or {}
    entry = [template for template in spec.get("templates") or () if template["name"] == spec.get("entrypoint")]
    return {one["name"] for template in entry for one in (template.get("outputs") or {}).get("parameters") or ()}


def failed_pods(workflow: Json) -> Iterator[Json]:
    """Pod nodes that failed, in the order in which they ended."""
    pods = [
        node
        for node in nodes_of(workflow).values()
        if node.get("type") == "Pod" and node.get("phase") in ("Failed", "Error")
    ]
    yield from sorted(pods, key=lambda node: (node.get("finishedAt") or "", node["id"]))


_SAID = re.compile(r"twinrail: ([a-z][a-z0-9-]*) failed: (.*)", re.DOTALL)
"""What the runtime leaves as a pod's last words; Argo shows them in the node's message."""

_ATTEMPT = re.compile(r"\(\d+\)$")
_ITEM = re.compile(r"\((\d+):")


def first_error(workflow: Json, places: Sequence[Json]) -> Json | None:
    """`{step?, attempt?, message}` of the failed task that comes first in source and item order. None when no pod
    tells which task it was.

    `places` are the region's tasks in source order, each with the loops around it.
    """
    position = {place["node"]: number for number, place in enumerate(places)}
    loops: dict[str, int] = {}
    for number, place in enumerate(places):
        for loop in place["loops"]:
            loops.setdefault(loop, number)
    found = []
    for name, attempts in _attempts_of(workflow).items():
        last = attempts[-1]
        said = _SAID.search(last.get("message") or "")
        # A pod that was killed says nothing; its template has the task's name.
        failed = said[1] if said else last.get("templateName")
        if last.get("phase") not in ("Failed", "Error") or failed not in position:
            continue
        place = places[position[failed]]
        items = zip(place["loops"], map(int, _ITEM.findall(name)), strict=False)
        order = [*((loops[loop], index) for loop, index in items), (position[failed], 0)]
        who = {"step": place["step"], "attempt": len(attempts)} if "step" in place else {}
        found.append((order, {**who, "message": said[2] if said else last.get("message") or "no message"}))
    return min(found, key=lambda one: one[0])[1] if found else None


def _attempts_of(workflow: Json) -> dict[str, list[Json]]:
    """Pod nodes by the name of the node that they are attempts of, in order."""
    attempts: dict[str, list[tuple[int, Json]]] = {}
    for node in nodes_of(workflow).values():
        if node.get("type") == "Pod":
            match = _ATTEMPT.search(node["name"])
            number = int(match[0][1:-1]) if match else 0
            attempts.setdefault(_ATTEMPT.sub("", node["name"]), []).append((number, node))
    return {name: [node for _, node in sorted(of, key=lambda one: one[0])] for name, of in attempts.items()}
