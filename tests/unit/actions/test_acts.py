"""The acts, the rules and the steps agree: nothing a person does ends in the void."""

from __future__ import annotations

import pytest
import yaml

from actions.custom import STEPS
from actions.facets import Facet
from actions.reply import Act
from actions.state import Mode
from knowledge.phrases import LEXICON
from knowledge.settings import PROJECT
from tests.builders import action_for, rules

DOMAIN = yaml.safe_load((PROJECT / "nlu" / "domain.yml").read_text(encoding="utf-8"))


def test_the_intents_are_the_acts() -> None:
    assert {next(iter(i)) if isinstance(i, dict) else i for i in DOMAIN["intents"]} == {act.value for act in Act}


def test_the_actions_are_the_steps() -> None:
    assert set(DOMAIN["actions"]) == set(STEPS)


def test_the_slot_s_values_are_the_modes() -> None:
    assert set(DOMAIN["slots"]["mode"]["values"]) == {mode.value for mode in Mode}


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("act", Act)
def test_every_act_has_a_step_in_every_mode(act: Act, mode: Mode) -> None:
    assert action_for(act.value, mode.value) in STEPS


def test_every_step_is_reached_by_some_rule() -> None:
    assert set(rules().values()) == set(STEPS)


def test_the_facets_of_the_lexicon_are_those_that_can_be_answered() -> None:
    known = yaml.safe_load((LEXICON / "facet.yml").read_text(encoding="utf-8"))
    assert set(known) == set(Facet)
