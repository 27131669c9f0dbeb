import os

import pytest


def test_an_expression_has_no_value_while_the_file_is_parsed():
    from compiled.expressions import Out

    with pytest.raises(TypeError):
        bool(Out("a") == 1)
    with pytest.raises(TypeError):
        list(Out("a"))
    with pytest.raises(AttributeError):
        _ = Out("a")._private


def test_task_states_of_mapped_tasks_are_not_those_of_others():
    from compiled.operators import keys_of

    states = dict.fromkeys(["train", "train_0", "train_12", "train.stop", "train_body", "train-2_0"], "success")
    assert list(keys_of("train", states)) == ["train", "train_0", "train_12"]


def test_variables_of_a_step_are_taken_away_again(monkeypatch):
    from compiled.operators import environment

    monkeypatch.setenv("KEPT", "before")
    monkeypatch.delenv("NEW", raising=False)
    import airflow.sdk
    from compiled.expressions import Secret

    class Variable:
        get = staticmethod({"db__password": "s3cret"}.__getitem__)

    monkeypatch.setattr(airflow.sdk, "Variable", Variable, raising=False)
    with environment({"KEPT": "inside", "NEW": Secret("db", "password")}):
        assert (os.environ["KEPT"], os.environ["NEW"]) == ("inside", "s3cret")
    assert (os.environ["KEPT"], os.environ.get("NEW")) == ("before", None)
