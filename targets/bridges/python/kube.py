"""A Kubernetes client of a few requests, from the standard library: importing the official one costs 0.7 CPU seconds
a poke.

Reads Airflow's Kubernetes connection in all of its forms. What it cannot honour is a ValueError, not a guess.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

Json = Any

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TIMEOUT = 30
UNSUPPORTED_USER = ("auth-provider", "as", "as-uid", "as-groups", "as-user-extra")


class ApiError(Exception):
    """The API server's answer of 400 and above."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(f"HTTP {status}: {message}")


UNREACHABLE = (OSError, http.client.HTTPException)
"""What a request raises when no answer came."""


class Kube:
    """Requests to one API server. Nothing is opened before the first."""

    def __init__(
        self, server: str, tls: ssl.SSLContext | None, headers: Mapping[str, str], proxy: str | None = None
    ) -> None:
        self._server = urlsplit(server)
        self._tls = tls
        self._headers = headers
        self._proxy = urlsplit(proxy) if proxy else None

    @classmethod
    def of_connection(cls, connection_id: str) -> Kube:
        """The client that an Airflow connection of type Kubernetes describes.

        Raises ValueError for what it cannot honour.
        """
        from airflow.sdk import Connection

        return from_extra(Connection.get(connection_id).extra_dejson)

    def request(self, method: str, path: str, body: Json = None, content_type: str = "application/json") -> bytes:
        """The answer's body. Raises ApiError for an error status, one of UNREACHABLE when there is no answer."""
        connection = self._connect()
        try:
            headers = {**self._headers, "Accept": "application/json"}
            if body is not None:
                headers["Content-Type"] = content_type
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, self._server.path.rstrip("/") + path, data, headers)
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status >= 400:
            raise ApiError(response.status, _message(answer))
        return answer

    def get(self, path: str, **query: str | int) -> Json | None:
        """The object at `path`, None when there is none."""
        try:
            return json.loads(self.request("GET", path + (f"?{urlencode(query)}" if query else "")))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._server.hostname or "", self._server.port
        to, to_port = (self._proxy.hostname or "", self._proxy.port) if self._proxy else (host, port)
        if self._server.scheme == "https":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                to, to_port, timeout=TIMEOUT, context=self._tls
            )
        else:
            connection = http.client.HTTPConnection(to, to_port, timeout=TIMEOUT)
        if self._proxy:
            connection.set_tunnel(host, port or (443 if self._server.scheme == "https" else 80))
        return connection


def _message(answer: bytes) -> str:
    text = answer.decode("utf-8", "replace")
    try:
        return json.loads(text)["message"]
    except (ValueError, KeyError, TypeError):
        return text[:500]


# Airflow's connection -------------------------------------------------------------------------------------------


def from_extra(extra: Mapping[str, Json]) -> Kube:
    """The client of a connection's extra fields; with none, as Airflow: the pod's own account, else the kubeconfig."""

    def field(name: str) -> Json:
        # Connections made before Airflow 2.3 carry the prefix.
        value = extra.get(name)
        return extra.get(f"extra__kubernetes__{name}") if value in (None, "") else value

    inline, path, inside = field("kube_config"), field("kube_config_path"), field("in_cluster")
    insecure, context = bool(field("disable_verify_ssl")), field("cluster_context") or None
    if sum(map(bool, (inline, path, inside))) > 1:
        raise ValueError("the connection has more than one of kube_config, kube_config_path and in_cluster")
    if inside or (not inline and not path and "KUBERNETES_SERVICE_HOST" in os.environ):
        return in_cluster(insecure=insecure)
    if inline:
        config = inline if isinstance(inline, dict) else _parse(inline)
        return from_kubeconfig(config, Path.cwd(), context, insecure=insecure)
    file = Path(path or os.environ.get("KUBECONFIG") or "~/.kube/config").expanduser()
    return from_kubeconfig(_parse(file.read_text("utf-8")), file.parent, context, insecure=insecure)


def in_cluster(*, insecure: bool = False) -> Kube:
    """The account of the pod that this runs in. Raises ValueError outside of a pod."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    token = SERVICE_ACCOUNT / "token"
    if not host or not token.exists():
        raise ValueError("the connection says in_cluster, but this is not a pod with a service account")
    tls = _tls(ca=(SERVICE_ACCOUNT / "ca.crt").read_text("ascii"), insecure=insecure)
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    return Kube(server, tls, {"Authorization": f"Bearer {token.read_text('ascii').strip()}"})


def from_kubeconfig(config: Json, folder: Path, context_name: str | None, *, insecure: bool = False) -> Kube:
    """The client of a kubeconfig's current (or the named) context; relative file names in it are below `folder`."""
    context = _named(config, "contexts", context_name or config.get("current-context"))["context"]
    cluster = _named(config, "clusters", context["cluster"])["cluster"]
    user = _named(config, "users", context["user"]).get("user") or {} if context.get("user") else {}
    refused = [name for name in UNSUPPORTED_USER if user.get(name)] + ["tls-server-name"] * bool(
        cluster.get("tls-server-name")
    )
    if refused:
        raise ValueError(f"the kubeconfig uses {', '.join(refused)}, which Twinrail's client does not support")
    if user.get("exec"):
        user = {**user, **_exec_credential(user["exec"], folder)}
    headers = {}
    if token := user.get("token") or _file(user.get("tokenFile"), folder):
        headers["Authorization"] = f"Bearer {token.strip()}"
    elif user.get("username"):
        pair = f"{user['username']}:{user.get('password', '')}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    tls = None
    if cluster["server"].startswith("https:"):
        tls = _tls(
            ca=_data(cluster, "certificate-authority", folder),
            insecure=insecure or bool(cluster.get("insecure-skip-tls-verify")),
            certificate=_data(user, "client-certificate", folder),
            key=_data(user, "client-key", folder),
        )
    return Kube(cluster["server"], tls, headers, cluster.get("proxy-url"))


def _parse(text: str) -> Json:
    try:
        config = json.loads(text)
    except ValueError:
        import yaml  # Airflow itself depends on it

        config = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe, and in C
    if not isinstance(config, dict):
        raise ValueError("the kubeconfig is not an object")  # noqa: TRY004 - one error for bad connections
    return config


def _named(config: Json, kind: str, name: str | None) -> Json:
    for entry in config.get(kind) or ():
        if entry.get("name") == name:
            return entry
    raise ValueError(f"the kubeconfig has no {kind.removesuffix('s')} {name!r}")


def _file(name: str | None, folder: Path) -> str | None:
    return (folder / name).read_text("utf-8") if name else None


def _data(of: Mapping[str, Json], name: str, folder: Path) -> str | None:
    inline = of.get(f"{name}-data")
    return base64.b64decode(inline).decode("ascii") if inline else _file(of.get(name), folder)


def _exec_credential(plugin: Mapping[str, Json], folder: Path) -> dict[str, str]:
    """What a credential plugin prints (`aws eks get-token`, `gke-gcloud-auth-plugin`)."""
    info = {"apiVersion": plugin["apiVersion"], "kind": "ExecCredential", "spec": {"interactive": False}}
    env = {
        **os.environ,
        **{pair["name"]: pair["value"] for pair in plugin.get("env") or ()},
        "KUBERNETES_EXEC_INFO": json.dumps(info),
    }
    command = plugin["command"]
    command = str(folder / command) if "/" in command and not command.startswith("/") else command
    done = subprocess.run(
        [command, *(plugin.get("args") or ())], env=env, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    if done.returncode != 0:
        raise ValueError(f"the credential plugin {plugin['command']} failed: {done.stderr.strip()[-500:]}")
    status = json.loads(done.stdout)["status"]
    found = {"token": status.get("token")}
    for name, key in (("client-certificate-data", "clientCertificateData"), ("client-key-data", "clientKeyData")):
        if status.get(key):
            found[name] = base64.b64encode(status[key].encode()).decode()
    return {name: value for name, value in found.items() if value}


def _tls(*, ca: str | None, insecure: bool, certificate: str | None = None, key: str | None = None) -> ssl.SSLContext:
    # Not create_default_context(): it reads all of the system's authorities, 21 ms.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca:
        context.load_verify_locations(cadata=ca)
    else:
        context.load_default_certs()
    if certificate and key:
        # OpenSSL reads a client certificate from files only.
        with tempfile.TemporaryDirectory(prefix="twinrail-") as folder:
            paths = [Path(folder, name) for name in ("tls.crt", "tls.key")]
            for path, pem in zip(paths, (certificate, key), strict=True):
                path.touch(mode=0o600)
                path.write_text(pem, "ascii")
            context.load_cert_chain(*paths)
    return context


def segment(name: str) -> str:
    """One path segment of a URL."""
    return quote(name, safe="")
