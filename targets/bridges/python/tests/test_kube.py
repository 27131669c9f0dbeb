import base64
import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest


@pytest.fixture
def server():
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen.append((self.command, self.path, dict(self.headers), body))
            status = 404 if "gone" in self.path else 403 if "secret" in self.path else 200
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps({"message": "because"} if status >= 400 else {"ok": True}).encode())

        do_GET = do_POST = do_PATCH = answer

        def log_message(self, *_):
            pass

    http = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    http.seen = seen
    http.url = f"http://127.0.0.1:{http.server_port}"
    yield http
    http.shutdown()


def kubeconfig(url, user, **cluster):
    return {
        "current-context": "here",
        "contexts": [
            {"name": "other", "context": {"cluster": "none"}},
            {"name": "here", "context": {"cluster": "c", "user": "u"}},
        ],
        "clusters": [{"name": "c", "cluster": {"server": url, **cluster}}],
        "users": [{"name": "u", "user": user}],
    }


def authorization(server, extra):
    from compiled.kube import from_extra

    from_extra(extra).request("GET", "/x")
    return server.seen[-1][2].get("Authorization")


@pytest.mark.parametrize("form", ["text", "dict", "prefix", "yaml", "file", "exec", "tokenFile", "password"])
def test_forms_of_the_connection(server, form, tmp_path):
    token = kubeconfig(server.url, {"token": "t"})
    expected = "Bearer t"
    if form == "text":
        extra = {"kube_config": json.dumps(token)}
    elif form == "dict":
        extra = {"kube_config": token}
    elif form == "prefix":
        extra = {"extra__kubernetes__kube_config": json.dumps(token), "kube_config": ""}
    elif form == "yaml":
        text = f"current-context: a\ncontexts: [{{name: a, context: {{cluster: c, user: u}}}}]\nclusters: [{{name: c, cluster: {{server: '{server.url}'}}}}]\nusers: [{{name: u, user: {{token: t}}}}]"
        extra = {"kube_config": text}
    elif form == "file":
        (tmp_path / "config").write_text(json.dumps(token))
        extra = {"kube_config_path": str(tmp_path / "config")}
    elif form == "tokenFile":
        (tmp_path / "token").write_text("t\n")
        (tmp_path / "config").write_text(json.dumps(kubeconfig(server.url, {"tokenFile": "token"})))
        extra = {"kube_config_path": str(tmp_path / "config")}
    elif form == "exec":
        (tmp_path / "plugin").write_text('#!/bin/sh\necho "{\\"status\\": {\\"token\\": \\"$WHO\\"}}"\n')
        (tmp_path / "plugin").chmod(0o755)
        plugin = {"apiVersion": "v1", "command": "./plugin", "env": [{"name": "WHO", "value": "t"}]}
        (tmp_path / "config").write_text(json.dumps(kubeconfig(server.url, {"exec": plugin})))
        extra = {"kube_config_path": str(tmp_path / "config")}
    else:
        extra = {"kube_config": kubeconfig(server.url, {"username": "a", "password": "b"})}
        expected = "Basic " + base64.b64encode(b"a:b").decode()
    assert authorization(server, extra) == expected


def test_what_it_cannot_honour_is_an_error(server, monkeypatch):
    from compiled.kube import from_extra

    for user in ({"auth-provider": {"name": "gcp"}}, {"token": "t", "as": "root"}):
        with pytest.raises(ValueError, match="does not support"):
            from_extra({"kube_config": kubeconfig(server.url, user)})
    with pytest.raises(ValueError, match="does not support"):
        from_extra({"kube_config": kubeconfig(server.url, {}, **{"tls-server-name": "x"})})
    with pytest.raises(ValueError, match="more than one"):
        from_extra({"kube_config": "{}", "in_cluster": True})
    with pytest.raises(ValueError, match="no context 'else'"):
        from_extra({"kube_config": kubeconfig(server.url, {}), "cluster_context": "else"})
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(ValueError, match="not a pod"):
        from_extra({"in_cluster": True})


def test_answers(server):
    from compiled.kube import ApiError, from_extra
    from compiled.workflows import Workflows

    kube = from_extra({"kube_config": kubeconfig(server.url + "/prefix", {"token": "t"})})
    assert kube.get("/gone") is None
    with pytest.raises(ApiError, match="HTTP 403: because"):
        kube.get("/secret")
    workflows = Workflows(kube, "a b")
    workflows.stop("gone")
    method, path, headers, body = server.seen[-1]
    assert (method, path) == ("PATCH", "/prefix/apis/argoproj.io/v1alpha1/namespaces/a%20b/workflows/gone")
    assert headers["Content-Type"] == "application/merge-patch+json"
    assert json.loads(body) == {"spec": {"shutdown": "Terminate"}}


def test_outputs_are_the_root_nodes_also_when_compressed():
    from compiled.workflows import declared_outputs, failed_pods, outputs_of, phase_of

    nodes = {
        "w": {"id": "w", "type": "DAG", "outputs": {"parameters": [{"name": "a", "value": "V1"}]}},
        "w-2": {"id": "w-2", "type": "Pod", "phase": "Failed", "finishedAt": "2"},
        "w-1": {"id": "w-1", "type": "Pod", "phase": "Error", "finishedAt": "1"},
    }
    plain = {"metadata": {"name": "w"}, "status": {"phase": "Succeeded", "nodes": nodes}}
    packed = base64.b64encode(gzip.compress(json.dumps(nodes).encode())).decode()
    assert outputs_of(plain) == {"a": "V1"}
    assert outputs_of({**plain, "status": {"compressedNodes": packed}}) == {"a": "V1"}
    assert outputs_of({**plain, "status": {"phase": "Succeeded"}}) is None
    assert [node["id"] for node in failed_pods(plain)] == ["w-1", "w-2"]
    assert phase_of({"metadata": {}}) == ""
    templates = [{"name": "main", "outputs": {"parameters": [{"name": "a"}, {"name": "b"}]}}, {"name": "x"}]
    assert declared_outputs({"spec": {"entrypoint": "main", "templates": templates}}) == {"a", "b"}
