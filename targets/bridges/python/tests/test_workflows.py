PLACES = [
    {"node": "load", "step": "load", "loops": []},
    {"node": "fit", "step": "train", "loops": ["each"]},
    {"node": "fail-bad", "loops": ["each"]},
    {"node": "ship", "step": "ship", "loops": []},
]


def workflow(**pods):
    """Pods by node name: the last words of each attempt, or None of one that succeeded."""
    nodes = {}
    for name, said in pods.values():
        message = {} if said is None else {"message": f"Error (exit code 1): twinrail: {said}"}
        phase = "Succeeded" if said is None else "Failed"
        nodes[name] = {"id": name, "name": name, "type": "Pod", "phase": phase, **message}
    return {"metadata": {"name": "w"}, "status": {"nodes": nodes}}


def test_the_error_of_a_region_is_the_first_in_source_and_item_order():
    from compiled.workflows import first_error

    failed = workflow(
        a=("w.each(1:1).fit(0)", "fit failed: KeyError: one"),
        b=("w.each(1:1).fit(1)", "fit failed: KeyError: two"),
        c=("w.each(0:0).fit(0)", "fit failed: gone, but a retry helped"),
        d=("w.each(0:0).fit(1)", None),
        e=("w.each(0:0).fail-bad", "fail-bad failed: 0.25 is bad: sorry"),
        f=("w.ship", "ship failed: OSError"),
    )
    assert first_error(failed, PLACES) == {"message": "0.25 is bad: sorry"}
    failed["status"]["nodes"].pop("w.each(0:0).fail-bad")
    assert first_error(failed, PLACES) == {"step": "train", "attempt": 2, "message": "KeyError: two"}


def test_a_pod_that_was_killed_is_known_by_its_template():
    from compiled.workflows import first_error

    killed = {"id": "p", "name": "w.load", "type": "Pod", "phase": "Failed", "message": "OOMKilled (exit code 137)"}

    def of(node):
        return first_error({"metadata": {"name": "w"}, "status": {"nodes": {"p": node}}}, PLACES)

    assert of({**killed, "templateName": "load"}) == {
        "step": "load",
        "attempt": 1,
        "message": "OOMKilled (exit code 137)",
    }
    assert of(killed) is None
