"""The package as the compiler lays it out, importable as `compiled`: operators, bridge and runtime side by side.

Airflow is replaced by what little of it these files name; what Airflow does with them is tested on the real one.
"""

import shutil
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]


def stub_airflow():
    if "airflow.sdk" in sys.modules:
        return
    airflow, sdk, exceptions = (types.ModuleType(name) for name in ("airflow", "airflow.sdk", "airflow.sdk.exceptions"))

    class Operator:
        def __init__(self, **options):
            self.__dict__.update(options)

    for name in ("BaseOperator", "BaseSensorOperator", "BaseBranchOperator"):
        setattr(sdk, name, type(name, (Operator,), {}))
    sdk.NEVER_EXPIRE = "never"
    sdk.TriggerRule = types.SimpleNamespace(ALL_DONE="all_done")
    sdk.conf = types.SimpleNamespace(
        get=lambda section, key, fallback="": {"base_url": "https://airflow.acme.com"}.get(key, fallback),
        getint=lambda section, key, fallback: fallback,
    )
    for name in ("AirflowFailException", "AirflowRescheduleException", "AirflowSkipException"):
        setattr(exceptions, name, type(name, (Exception,), {"__module__": "airflow.sdk.exceptions"}))
    airflow.sdk, sdk.exceptions = sdk, exceptions
    sys.modules.update({"airflow": airflow, "airflow.sdk": sdk, "airflow.sdk.exceptions": exceptions})


@pytest.fixture(scope="session", autouse=True)
def compiled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle")
    package = folder / "compiled"
    shutil.copytree(ROOT / "runtime/twinrail_runtime", package / "twinrail_runtime")
    for source in ("targets/airflow/python", "targets/bridges/python"):
        for file in (ROOT / source).glob("*.py"):
            shutil.copy(file, package)
    (package / "regions").mkdir()
    stub_airflow()
    sys.path.insert(0, str(folder))
    return package
