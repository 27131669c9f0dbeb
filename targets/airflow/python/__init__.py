"""Operators of one compiled pipeline. Standard library and airflow.sdk only; a task's work is imported when it runs."""

from .expressions import Absent, Bound, Each, Error, Index, Item, Length, Op, Out, Params, Run, Secret, Text
from .operators import Branch, End, Fail, Finish, Items, Start, Step

__all__ = [
    "Absent",
    "Bound",
    "Branch",
    "Each",
    "End",
    "Error",
    "Fail",
    "Finish",
    "Index",
    "Item",
    "Items",
    "Length",
    "Op",
    "Out",
    "Params",
    "Run",
    "Secret",
    "Start",
    "Step",
    "Text",
]
