"""Names: from the tags of tokens to findings, over windows, beside the recognizers of `pii`."""

import math

import pytest

pytest.importorskip("onnxruntime", reason="the extra `cpu` is not installed")
pytest.importorskip("tokenizers", reason="the extra `cpu` is not installed")

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from guardrail import Guard
from guardrail.errors import ModelError, PolicyError
from guardrail.language.source import Source
from guardrail.models import read_model
from guardrail.models.manifest import TokenHead
from guardrail.stages.classifier import ClassifierDetector, Engine, NamesDetector
from guardrail.stages.classifier.names import TagReader
from guardrail.stages.classifier.windows import owned, seen, windows
from guardrail.values import Failure, Subject
from tests.support import models as tiny

TAGS = ("O", "B-PERSON", "I-PERSON", "B-PLACE", "I-PLACE")
SURE = 9.0


def read(tags, thresholds=None, temperature=1.0, words=None):
    """Read tokens of three characters each, a blank between words, from the tags given."""
    head = TokenHead(
        tags=TAGS, thresholds=thresholds or {"PERSON": 0.5, "PLACE": 0.5}, temperature=temperature
    )
    logits = np.array(
        [tag if isinstance(tag, list) else [SURE * (t == tag) for t in TAGS] for tag in tags]
    )
    words = list(range(len(tags))) if words is None else words
    places = [(4 * i, 4 * i + 3) for i in range(len(tags))]
    found = TagReader(head).read(logits, words, places)
    return (
        found
        if isinstance(found, Failure)
        else [(s.start // 4, (s.end + 1) // 4, s.type) for s in found]
    )


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ([], []),
        (["O", "O"], []),
        (["B-PERSON"], [(0, 1, "PERSON")]),
        (["B-PERSON", "I-PERSON", "O"], [(0, 2, "PERSON")]),
        (["B-PERSON", "B-PERSON"], [(0, 1, "PERSON"), (1, 2, "PERSON")]),
        (["O", "I-PERSON", "I-PERSON"], [(1, 3, "PERSON")]),
        (["B-PERSON", "I-PLACE"], [(0, 1, "PERSON"), (1, 2, "PLACE")]),
        (["B-PERSON", "O", "I-PERSON"], [(0, 1, "PERSON"), (2, 3, "PERSON")]),
    ],
)
def test_tags_become_findings(tags, found):
    assert read(tags) == found


def test_a_word_has_the_tags_of_its_first_token():
    tags, words = ["B-PERSON", "O", "O", "B-PLACE", "O"], [0, 0, 1, 2, 2]
    assert read(tags, words=words) == [(0, 2, "PERSON"), (3, 5, "PLACE")]


def test_a_threshold_counts_both_tags_of_an_entity():
    unsure = [0.9, 0.8, 0.8, -9, -9]  # O is the likeliest tag, PERSON the likelier of the two
    share = 2 * math.exp(0.8) / (math.exp(0.9) + 2 * math.exp(0.8))
    assert read([unsure], {"PERSON": share - 0.01, "PLACE": 0.5}) == [(0, 1, "PERSON")]
    assert read([unsure], {"PERSON": share + 0.01, "PLACE": 0.5}) == []


def test_a_temperature_makes_less_sure():
    assert read(["B-PERSON"], {"PERSON": 0.9, "PLACE": 0.9}) == [(0, 1, "PERSON")]
    assert read(["B-PERSON"], {"PERSON": 0.9, "PLACE": 0.9}, temperature=20) == []


def test_what_is_not_a_number_is_an_error():
    assert read(["O", [math.nan, 0, 0, 0, 0]]) == Failure("not a number")


@given(st.integers(0, 200), st.integers(4, 30), st.data())
def test_each_token_is_owned_by_the_window_that_knows_it_best(count, room, data):
    overlap = data.draw(st.integers(0, room // 2))
    cut = windows(count, room, overlap)
    mine = owned(cut)
    assert [token for start, end in mine for token in range(start, end)] == list(range(count))
    assert seen(count, cut) == 1
    for (start, end), (first, last) in zip(cut, mine, strict=True):
        for token in range(first, last):
            others = [(a, b) for a, b in cut if a <= token < b and (a, b) != (start, end)]
            here = min(token - start, end - 1 - token)
            # The text's own edges cut nothing off, and are no edges of a window.
            assert all(
                here + 1 >= min(token - a, b - 1 - token) or a == 0 or b == count for a, b in others
            )


# ---------------------------------------------------------------- a model


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("models")
    tiny.write_model(place)
    return place


@pytest.fixture
def engine(place):
    return Engine(read_model(place / "tiny"))


def names(engine, text, entities=("PERSON", "LOCATION"), min_score=None):
    (found,) = NamesDetector(engine, entities, min_score).run([Subject(text)])
    return found if isinstance(found, Failure) else [(text[s.start : s.end], s.type) for s in found]


def test_names_lie_where_they_stand_in_the_text(engine):
    text = "fine:  Ann   LEE, (PARIS) 👍 ann"
    assert names(engine, text) == [
        ("Ann   LEE", "PERSON"),
        ("PARIS", "LOCATION"),
        ("ann", "PERSON"),
    ]
    assert names(engine, text, ["LOCATION"]) == [("PARIS", "LOCATION")]
    assert names(engine, text, min_score=0.9999) == []
    assert names(engine, "") == names(engine, "\ud800") == []


@pytest.mark.parametrize("before", range(40))
def test_names_are_found_whole_wherever_windows_part(engine, before):
    text = "fine " * before + "ann lee" + " fine" * 20
    assert names(engine, text) == [("ann lee", "PERSON")]


def test_an_entity_that_the_model_does_not_find_is_refused(engine, tmp_path):
    with pytest.raises(ModelError, match="does not find AGE") as caught:
        NamesDetector(engine, ["AGE"])
    assert caught.value.help == "it finds PERSON, LOCATION"
    mute = Engine(
        read_model(tiny.write_model(tmp_path, outputs={"logits": "logits"}, onnx=tiny.mute_onnx()))
    )
    with pytest.raises(ModelError, match="does not find PERSON"):
        NamesDetector(mute, ["PERSON"])


def test_names_labels_and_embedding_share_one_run(engine):
    session, runs = engine._session, []

    class Counted:
        def run(self, *given):
            runs.append(given)
            return session.run(*given)

    engine._session = Counted()
    texts = [Subject("ann lee"), Subject("idiot"), Subject("fine")]
    ClassifierDetector(engine, "toxic").run(texts)
    assert len(runs) == 1
    NamesDetector(engine, ["PERSON"]).run(texts[:2])
    assert NamesDetector(engine, ["PERSON"]).coverage(texts) == [1, 1, 1]
    assert len(runs) == 1


# ---------------------------------------------------------------- policies

POLICY = """edition 1
policy names
  on error treat as violation
  fallback no
reply no "No."
detector people = pii(entities: [{entities}], model: "tiny"{more})
rule hide on output severity high
  when people found
  then redact
"""


def load(place, entities="PERSON, EMAIL_ADDRESS", more=""):
    text = POLICY.format(entities=entities, more=more)
    return Guard.load(Source("p.guard", text), models=place)


def test_names_and_shapes_are_cut_together(place):
    pytest.importorskip("presidio_analyzer", reason="the extra `pii` is not installed")
    guard = load(place)
    verdict = guard.check("Ann Lee is at paris, lee@example.org.")
    assert verdict.output == "[PERSON] is at paris, [EMAIL_ADDRESS]."
    assert verdict.coverage == 1
    assert guard.check("nobody here").action == "allow"
    disguised = guard.check("ann: lee&#64;example.org")
    assert disguised.output == "[PERSON]: [EMAIL_ADDRESS]"


def test_names_alone_need_no_presidio(place, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "presidio_analyzer", None)
    assert load(place, "PERSON, LOCATION").check("ann in paris").output == "[PERSON] in [LOCATION]"


def test_an_error_of_the_model_withholds_the_reply(place, tmp_path):
    broken = tiny.write_model(tmp_path, onnx=tiny.tiny_onnx(spoilt_tags=True)).parent
    verdict = load(broken, "PERSON").check("ann is broken")
    assert (verdict.output, verdict.errors[0].error) == ("No.", "not a number")


def test_names_need_a_model_that_finds_them(place):
    with pytest.raises(PolicyError, match="the model `tiny` does not find `AGE`"):
        load(place, "PERSON, AGE")
    with pytest.raises(PolicyError, match="there is no model `tony`"):
        Guard.load(
            Source("p.guard", POLICY.format(entities="PERSON", more="").replace("tiny", "tony")),
            models=place,
        )


def test_the_model_of_a_policy_without_one_is_guard_mini(monkeypatch):
    monkeypatch.setattr("guardrail.runtime.host.models_in", lambda _: {})
    text = POLICY.format(entities="PERSON", more="").replace(', model: "tiny"', "")
    with pytest.raises(PolicyError, match="needs a model that finds PERSON"):
        Guard.load(Source("p.guard", text))


def test_names_hold_a_stream_until_its_end_and_by_sentence_less_long(place):
    text = "Ann is here. Lee is not."
    guard = load(place, "PERSON")
    with guard.stream() as stream:
        assert [stream.feed(char) for char in text] == [[]] * len(text)
        assert stream.close() == ["[PERSON] is here. [PERSON] is not."]
    source = POLICY.format(entities="PERSON", more="").replace(
        "on output", "on output each sentence"
    )
    with Guard.load(Source("p.guard", source), models=place).stream() as stream:
        assert stream.is_slow
        early = "".join(piece for char in text for piece in stream.feed(char))
        assert early == "[PERSON] is here. "
        assert early + "".join(stream.close()) == "[PERSON] is here. [PERSON] is not."


def test_a_policy_with_names_is_not_run_on_the_loop(place):
    assert load(place, "PERSON").blocks("output")
