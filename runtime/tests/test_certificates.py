"""Where an image has no CA certificates, the bundle beside the package is used; a system's own always comes first."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import os, sys
from twinrail_runtime import artifacts
if sys.argv[1] == "bare":
    artifacts.SYSTEM_CERTIFICATES = ("/nowhere/ca.crt",)
else:
    artifacts.SYSTEM_CERTIFICATES = (__file__ if "__file__" in globals() else sys.executable,)
artifacts._find_certificates()
print(os.environ.get("SSL_CERT_FILE"))
"""


@pytest.mark.parametrize(
    ("system", "given", "bundle", "expected"),
    [
        ("bare", None, True, "cacert.pem"),
        ("bare", None, False, "None"),
        ("bare", "/mine.pem", True, "/mine.pem"),
        ("full", None, True, "None"),
    ],
)
def test_which_certificates_are_used(tmp_path, system, given, bundle, expected):
    shutil.copytree(Path(__file__).parent.parent / "twinrail_runtime", tmp_path / "twinrail_runtime")
    if bundle:
        (tmp_path / "cacert.pem").touch()
    env = {key: value for key, value in os.environ.items() if key != "SSL_CERT_FILE"}
    env |= {"PYTHONPATH": str(tmp_path), **({"SSL_CERT_FILE": given} if given else {})}
    done = subprocess.run(
        [sys.executable, "-c", CODE, system], env=env, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == (str(tmp_path / expected) if expected == "cacert.pem" else expected)
