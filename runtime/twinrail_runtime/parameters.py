"""Parameters as people type them: raw text where the type is string, JSON elsewhere."""

from __future__ import annotations

import re

from .errors import ContractError
from .places import PARAMETER
from .types import check, only_strings, show
from .values import ABSENT, Absent, describe, from_text, string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .places import Place
    from .run_context import RunContext
    from .types import Type
    from .values import Json

_SPECIAL = re.compile(r"=+(undefined|run\.(id|logicalDate|day)|json:(.*))", re.DOTALL)


def parse_parameter(name: str, raw: str, type_: Type, run: RunContext) -> Json | Absent:
    r"""The parameter's value, or ABSENT.

    `=run.day`, `=run.id`, `=run.logicalDate` stand for the run's value and `=undefined` for no value. `=json:` and
    JSON is the value whatever the type: so a text can be typed that an engine would take for its own
    (`=json:"\u007b\u007b=1+1\u007d\u007d"`). A text that happens to be one of these is written with one more `=`
    in front (`==run.day`). Raises ContractError naming the parameter and its type.
    """
    place = PARAMETER.at(name)
    special = _SPECIAL.fullmatch(raw)
    if special and not raw.startswith("=="):
        if special[1] == "undefined":
            return ABSENT
        if special[2]:
            return check(run.field(special[2]), type_, place)
        return check(_json(special[3], type_, place), type_, place)
    if special:
        raw = raw[1:]
    string(raw, place)
    if only_strings(type_):
        return check(raw, type_, place)
    return check(_json(raw, type_, place), type_, place)


def _json(text: str, type_: Type, place: Place) -> Json:
    try:
        return from_text(text)
    except ContractError:
        raise
    except ValueError:
        raise ContractError(
            f"{place} is {describe(text)}, which is not JSON; the TypeScript type says {show(type_)}"
        ) from None
