"""The same package as the Airflow target's tests have."""

import importlib.util
from pathlib import Path

file = Path(__file__).resolve().parents[3] / "airflow/python/tests/conftest.py"
spec = importlib.util.spec_from_file_location("twinrail_airflow_conftest", file)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
compiled = module.compiled
