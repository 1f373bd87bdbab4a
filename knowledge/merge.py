"""Our record and the portal's made one, field by field.

The portal's facts count, with three exceptions that are all visible in the result:
* plain words (summary, aliases, cases, advice) are ours;
* where both state the same fact (same amounts by channel, same days), our wording is shown;
* a field named in `overrides` is ours, if its `valid_from` has come and it gives a source and a reason.
`knowledge.differences` lists every other disagreement, so none is hidden.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable
from typing import Any

from knowledge.procedure import Fee, Origin, Procedure
from knowledge.text import fold, squeeze

# Facts of the portal, and what of each must agree for both to say the same.
FACTS: dict[str, Callable[[Procedure], Hashable]] = {
    "name": lambda p: squeeze(fold(p.name)),
    "uuid": lambda p: p.uuid,
    "ministry": lambda p: fold(p.ministry),
    "levels": lambda p: frozenset(p.levels),
    "applicants": lambda p: frozenset(fold(a) for a in p.applicants),
    "online_level": lambda p: p.online_level,
    "variants": lambda p: frozenset(v.id for v in p.variants),
    "fees": lambda p: frozenset((f.channel, f.amount) for f in p.fees if _is_price(f, p)),
    "times": lambda p: frozenset((t.channel, t.quantity, t.unit) for t in p.times if t.quantity),
}
_WORDED = ("name", "fees", "times")  # where both say the same, our wording is shown
_PORTALS = ("state", "non_territorial", "province")  # only the portal knows
# Ours wherever we say something; the portal's text fills what we leave out.
_OURS_IF_SAID = ("cases", "steps", "place", "requirements", "results", "legal_basis", "agencies", "field")


def merge(own: Procedure, portal: Procedure, *, today: dt.date) -> Procedure:
    """The record that is served. Raises ValueError where the two are different procedures."""
    if own.code != portal.code:
        raise ValueError(f"cannot merge {own.code} with {portal.code}")
    active = {o.field for o in own.overrides if o.valid_from <= today}
    values: dict[str, Any] = {name: getattr(portal, name) for name in _PORTALS}
    for field, fact in FACTS.items():
        same = field in _WORDED and bool(getattr(own, field)) and states(own, portal, fact)
        ours_counts = field in active or same
        values[field] = getattr(own if ours_counts else portal, field)
    for field in _OURS_IF_SAID:
        values[field] = getattr(own, field) or getattr(portal, field)
    known_variants = {v.id for v in values["variants"]}
    values["link_variant"] = own.link_variant if own.link_variant in known_variants else None
    values["overrides"] = tuple(o for o in own.overrides if o.field in active)
    values["checked_on"] = max(own.checked_on, portal.checked_on)
    values["origin"] = Origin.MERGED
    return own.model_copy(update=values)


def states(own: Procedure, portal: Procedure, fact: Callable[[Procedure], Hashable]) -> bool:
    """Whether our value says all that the portal's says (it may say more: "lost: 400,000" out of the remarks)."""
    ours, theirs = fact(own), fact(portal)
    if isinstance(ours, frozenset) and isinstance(theirs, frozenset):
        return all(_covered(item, ours) for item in theirs)
    return ours == theirs


def _is_price(fee: Fee, procedure: Procedure) -> bool:
    """An amount that means something: a bare 0 does not, nor does the portal's price for a time that has an end."""
    is_passing = bool(fee.valid_until) and procedure.origin is Origin.NATIONAL
    return not is_passing and (bool(fee.amount) or (fee.amount == 0 and bool(fee.text)))


def _covered(item: Hashable, ours: frozenset[Hashable]) -> bool:
    """A value for one channel is also covered by ours for every channel (None)."""
    if item in ours:
        return True
    return isinstance(item, tuple) and (None, *item[1:]) in ours
