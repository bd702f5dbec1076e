"""Ways to ask: each prompt asks for the text that is wanted, and each is reached by a run."""

import pytest

from guardrail.redteam.campaign import campaign
from guardrail.redteam.carriers import CARRIERS
from guardrail.redteam.techniques import ASKING
from tests.redteam.policies import leaky, settings


@pytest.mark.parametrize("name", [name for name in ASKING if name != "split_payload"])
@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_prompt_holds_the_text_it_asks_for(name, carrier):
    wanted = CARRIERS[carrier]("shadow ledger")
    assert wanted.text in ASKING[name](wanted)


@pytest.mark.parametrize("value", ["nightjar", "ab", "a", "shadow ledger"])
def test_a_split_value_is_whole_only_once_it_is_joined(value):
    wanted = CARRIERS["prose"](value)
    prompt = ASKING["split_payload"](wanted)
    first, second = (prompt.split(f'{name} = "')[1].split('"')[0] for name in "ab")
    assert first + second == value
    assert len(value) == 1 or wanted.text not in prompt
    assert prompt.endswith(f"{wanted.before}{{a+b}}{wanted.after}")


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_carrier_keeps_a_plain_value_as_it_is(carrier):
    carried = CARRIERS[carrier]("shadow ledger")
    assert carried.shown == "shadow ledger"
    assert carried.text == carried.before + carried.shown + carried.after


def test_a_run_against_a_model_asks_in_every_way():
    guard = leaky()
    made = campaign(guard, settings(guard, 4000, rounds=1), can_ask=True)
    attacks = [made.attack(2 * turn, ()) for turn in range(len(made.cells))]
    assert set(ASKING) <= {name for attack in attacks for name in attack.names}
    for attack in attacks:
        if attack.names[0] in ASKING:
            assert attack.shown == attack.value
