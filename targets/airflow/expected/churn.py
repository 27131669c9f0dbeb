# Compiled by Twinrail from the pipeline "churn". Edit the pipeline and compile again; changes made here are lost.
from datetime import timedelta

import pendulum
from airflow.sdk import DAG, CronTriggerTimetable, Param
from twinrail_churn_0123456789ab import Bound, Branch, Each, End, Finish, Item, Items, Out, Params, Start, Step, Text

with DAG(
    dag_id="churn",
    schedule=CronTriggerTimetable("0 3 * * *", timezone="Europe/Berlin"),
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Berlin"),
    catchup=True,
    tags=["ml"],
    max_active_runs=2,
    default_args={"owner": "data", "retries": 0, "retry_delay": timedelta(seconds=10), "retry_exponential_backoff": 2},
    params={
        "day": Param(None, type=["null", "string"], description_md="Day to train on.\n\nEmpty: the run's day."),
        "threshold": Param(0.8, type="number"),
    },
    doc_md=(
        "Trains daily.\n"
        "\n"
        "See runbook.md\n"
    ),
):
    run_start = Start(task_id="run.start").as_setup()
    extract = Step(task_id="extract", call="steps/all.py:extract", inputs={"day": Params.day}, retries=3)
    regions = Items(task_id="regions", items=Out("extract").regions, result=Out("build-features"))
    build_features = Step.partial(
        task_id="build-features",
        call="steps/all.py:build_features",
        inputs={"events": Out("extract").events, "region": Item("regions")},
    ).expand(index=regions.output)
    regions_end = End(task_id="regions.end")
    train = Step(
        task_id="train",
        call="steps/all.py:train",
        inputs={"features": Each(Out("regions"), "part", Bound("part").features), "lr": 0.01},
    )
    if_auc = Branch(
        task_id="if-auc",
        condition=Out("train").auc >= Params.threshold,
        then=["publish"],
        otherwise=["alert"],
    )
    publish = Step(task_id="publish", call="steps/all.py:publish", inputs={"model": Out("train").model})
    alert = Step(
        task_id="alert",
        call="steps/all.py:alert",
        inputs={"text": Text("AUC ", Out("train").auc, " is below ", Params.threshold)},
    )
    if_auc_end = End(task_id="if-auc.end")
    run_finish = Finish(task_id="run.finish", must=["if-auc.end"]).as_teardown(on_failure_fail_dagrun=True)

    run_start >> extract >> regions
    [regions, build_features] >> regions_end >> train >> if_auc >> [publish, alert]
    [if_auc, publish, alert] >> if_auc_end
    [run_start, build_features, publish, alert, if_auc_end] >> run_finish
