"""The archive: the closest attack of each rule and technique, and a search that mutates those."""

from random import Random

import pytest

from guardrail.redteam.archive import Archive, closeness
from guardrail.redteam.run import run
from tests.redteam.outputs import outputs
from tests.redteam.policies import leaky, settings
from tests.redteam.test_resume import answer


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    guard = leaky()
    made = settings(guard, 400, rounds=4, search="archive")
    return run(guard, answer, tmp_path_factory.mktemp("run") / "log", made)


def test_what_came_further_is_closer_and_a_twin_is_nothing(done):
    order = ["safe", "caught", "partly", "missed"]
    found = {name: [] for name in order}
    for each in done.attempts:
        reached = closeness(each)
        assert (reached is None) == (each.attack.is_twin or each.result not in found)
        if reached is not None:
            found[each.result].append(reached)
    assert max(found["safe"]) < min(found["caught"]) < min(found["missed"])


def test_each_cell_keeps_the_first_of_its_closest(done):
    archive = Archive()
    archive.add(done.attempts)
    best = {}
    for each in done.attempts:
        reached = closeness(each)
        key = each.attack.rule, each.attack.names[-1]
        if reached is not None and (key not in best or reached > closeness(best[key])):
            best[key] = each
    assert archive.elites == [best[key] for key in sorted(best)]
    assert len(best) > 20


def test_later_attacks_are_mutations_of_cells_and_more_than_what_got_through(done):
    known = {each.id: each for each in done.attempts}
    later = [each for each in done.attempts if each.attack.parents and not each.attack.is_twin]
    assert len(later) > 50
    archive = Archive()
    for round_ in (2, 3, 4):
        archive.add(each for each in done.attempts if each.attack.round == round_ - 1)
        elites = {each.id for each in archive.elites}
        mine = [each for each in later if each.attack.round == round_]
        assert {each.attack.parents[0] for each in mine} <= elites
    parents = [known[each.attack.parents[0]] for each in later]
    assert {"missed", "caught", "safe"} <= {each.result for each in parents}
    assert all(
        each.attack.split == parent.attack.split
        for each, parent in zip(later, parents, strict=True)
    )


def test_a_search_that_was_stopped_ends_like_one_that_was_not(tmp_path):
    guard, log = leaky(), tmp_path / "attempts.jsonl"
    made = settings(guard, search="archive")
    whole = outputs(guard, log, made, target=answer)
    size = len(whole["attempts"])
    for at in sorted(Random(4).sample(range(size + 1), 8)):
        log.write_bytes(whole["attempts"][:at])
        assert outputs(guard, log, made, target=answer, resume=True) == whole
