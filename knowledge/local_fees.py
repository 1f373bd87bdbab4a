"""Fees that a province decided for itself (`data/local_fees.yml`), put onto the procedures they hold for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml
from pydantic import Field

from knowledge.procedure import Channel, Code, Fee, Frozen, GovernmentLevel, OnlineLevel, Procedure

LOCAL_FEES = Path(__file__).parent / "data" / "local_fees.yml"


class Waiver(Frozen):
    """What is free, and which procedures it is asked for in."""

    what: str
    fields: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()
    but: tuple[Code, ...] = Field(default=(), alias="except")

    def holds_for(self, procedure: Procedure) -> bool:
        if procedure.code in self.but:
            return False
        if procedure.online_level is OnlineLevel.NONE:
            return False  # it is filing online that costs nothing
        local = GovernmentLevel.WARD in procedure.levels
        return procedure.code in self.codes or (procedure.field in self.fields and local)


class Resolution(Frozen):
    """A council's resolution: nothing to pay for these when filed online."""

    province: str
    text: str
    valid_from: dt.date
    valid_until: dt.date | None = None
    source: str
    waives: tuple[Waiver, ...]

    def fee_for(self, procedure: Procedure) -> Fee | None:
        waiver = next((w for w in self.waives if w.holds_for(procedure)), None)
        if waiver is None or any(fee.province == self.province for fee in procedure.fees):
            return None  # a record that states the province's own fee knows better
        return Fee(
            channel=Channel.ONLINE,
            amount=0,
            text=self.text.format(what=waiver.what),
            province=self.province,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )


@cache
def load_resolutions(path: Path = LOCAL_FEES) -> tuple[Resolution, ...]:
    rows = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return tuple(Resolution.model_validate(row) for row in rows)


def with_local_fees(procedure: Procedure, resolutions: Iterable[Resolution]) -> Procedure:
    """The procedure with the fees of the provinces that have their own."""
    added = tuple(fee for r in resolutions if (fee := r.fee_for(procedure)))
    return procedure.model_copy(update={"fees": (*procedure.fees, *added)}) if added else procedure
