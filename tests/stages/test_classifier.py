"""`classifier` and `similarity` over a tiny model that the tests write themselves."""

import asyncio
import itertools
import math
import threading

import pytest

pytest.importorskip("onnxruntime", reason="the extra `cpu` is not installed")
pytest.importorskip("tokenizers", reason="the extra `cpu` is not installed")

from guardrail import Guard
from guardrail.errors import ModelError, PolicyError, SettingsError
from guardrail.language.source import Source
from guardrail.models import read_model
from guardrail.stages.classifier import ClassifierDetector, Engine, SimilarityDetector
from guardrail.stages.classifier.engine import MOST_WINDOWS
from guardrail.stages.together import Together
from guardrail.values import Failure, Subject
from tests.support import models as tiny
from tests.support import onnx_bytes as pb

HIGH, LOW = 1 / (1 + math.exp(-4)), 1 / (1 + math.exp(4))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("models")
    tiny.write_model(place)
    return place


@pytest.fixture(scope="module")
def model(place):
    return read_model(place / "tiny")


@pytest.fixture
def engine(model):
    return Engine(model)


def scores(engine, texts, label="toxic"):
    return ClassifierDetector(engine, label).run([Subject(text) for text in texts])


def test_a_score_is_that_of_the_worst_word(engine):
    assert scores(engine, ["You IDIOT", "please"]) == pytest.approx([HIGH, LOW])


@pytest.mark.parametrize("before", [0, 5, 13, 14, 15, 200, 1000])
def test_a_long_text_is_read_to_its_end(engine, before):
    assert scores(engine, ["fine " * before + "idiot"]) == pytest.approx([HIGH])


def test_windows_cover_every_token_and_overlap(engine):
    windows = engine.windows(100)
    assert {each for start, end in windows for each in range(start, end)} == set(range(100))
    assert all(end - start <= 14 for start, end in windows)
    for (_, end), (start, _) in itertools.pairwise(windows):
        assert end - start == 4


@pytest.mark.parametrize("length", range(40))
def test_no_window_is_needless(engine, length):
    windows = engine.windows(length)
    assert len(windows) == max(1, math.ceil((length - 4) / 10))


def test_a_batch_says_what_single_texts_say(engine, model):
    texts = ["fine " * n + ("idiot" if n % 3 else "please") for n in range(0, 60, 3)]
    alone = [scores(Engine(model), [text])[0] for text in texts]
    assert scores(engine, texts) == pytest.approx(alone)


def test_empty_texts_and_lone_surrogates_have_scores(engine):
    found = scores(engine, ["", "\ud800", "idiot \udfff", "\ud800\udc00"])
    assert found == pytest.approx([LOW, LOW, HIGH, LOW])


def test_a_score_that_is_not_a_number_is_an_error(engine):
    assert scores(engine, ["broken", "idiot"]) == [Failure("not a number"), pytest.approx(HIGH)]


def test_a_text_with_too_many_windows_is_an_error_and_its_neighbors_are_not(engine):
    long = "fine " * (MOST_WINDOWS * 10 + 5)
    assert scores(engine, [long, "idiot"]) == [Failure("too long"), pytest.approx(HIGH)]


def test_labels_of_one_model_share_a_pass(engine):
    session, runs = engine._session, []

    class Counted:
        def run(self, *given):
            runs.append(given)
            return session.run(*given)

    engine._session = Counted()
    assert scores(engine, ["idiot"], "toxic") == pytest.approx([HIGH])
    assert scores(engine, ["idiot"], "polite") == pytest.approx([LOW])
    assert len(runs) == 1
    assert scores(engine, ["please"], "polite") == pytest.approx([HIGH])
    assert len(runs) == 2


@pytest.mark.parametrize(
    "hidden", ["id\u0456ot", "i\u200bdiot", "i.d.i.o.t", "idi0t", "\uff49diot"]
)
def test_a_text_is_scored_as_it_is_read_too(engine, hidden):
    assert hidden != "idiot"
    assert scores(engine, [f"please {hidden}", "please"]) == pytest.approx([HIGH, LOW])


def test_names_stand_where_the_text_was_typed(engine):
    (answer,) = engine.answers(["ann lee i\u200bdiot"])
    assert [(span.start, span.end) for span in answer.names] == [(0, 7)]
    assert len(answer.vectors) == 2


def test_nothing_that_was_asked_is_kept(engine):
    scores(engine, ["a secret text"])
    assert "secret" not in repr(engine._last.held)
    assert not engine._together


def test_an_unknown_label_is_refused(engine):
    with pytest.raises(ModelError, match="no label `rude`"):
        ClassifierDetector(engine, "rude")


def test_threads_get_their_own_answers_and_share_batches(engine):
    session, sizes, gate = engine._session, [], threading.Event()

    class Slow:
        def run(self, wanted, given):
            gate.wait(5)
            sizes.append(len(given["input_ids"]))
            return session.run(wanted, given)

    engine._session = Slow()
    found = {}

    def work(number):
        found[number] = scores(engine, ["idiot" if number % 2 else "please"])[0]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    while len(engine._together) < 5:
        threading.Event().wait(0.01)
    gate.set()
    for thread in threads:
        thread.join()
    assert found == {n: pytest.approx(HIGH if n % 2 else LOW) for n in range(6)}
    assert sum(sizes) == 6
    assert len(sizes) == 2


def test_a_runtime_that_fails_fails_everybody_who_waits_and_nobody_after(engine):
    session = engine._session

    class Broken:
        def run(self, *given):
            raise MemoryError("idiot")

    engine._session = Broken()
    with pytest.raises(MemoryError):
        scores(engine, ["idiot"])
    engine._session = session
    assert scores(engine, ["idiot"]) == pytest.approx([HIGH])


def test_similarity_is_to_the_nearest_example(engine):
    near = SimilarityDetector(engine, ["ann lee", "paris"])
    found = near.run([Subject("lee ann"), Subject("paris"), Subject("please"), Subject("")])
    assert found == pytest.approx([1, 1, 0, 0])


def test_a_provider_that_does_not_run_is_refused(model):
    with pytest.raises(ModelError, match=r"CUDAExecutionProvider was asked for|cannot be loaded"):
        Engine(model, "cuda")
    with pytest.raises(ModelError, match="no provider `tpu`"):
        Engine(model, "tpu")


def test_a_graph_that_the_runtime_refuses_is_an_error_of_the_model(tmp_path):
    nodes = [pb.node("Add", ["nowhere", "one"], ["logits"]), *tiny.nodes()[:6]]
    onnx = pb.model(pb.graph(nodes, tiny.tensors(), tiny.inputs(), tiny.outputs()))
    with pytest.raises(ModelError, match="cannot be loaded"):
        Engine(read_model(tiny.write_model(tmp_path, onnx)))


# ---------------------------------------------------------------- policies

POLICY = """edition 1
policy learned
  on error treat as violation
  fallback no
reply no "No."
detector rude = classifier(model: "tiny", label: toxic)
detector nice = classifier(model: "tiny", label: polite)
rule no_insults on output severity high
  when rude >= 0.5
  then block with no
rule thanks on output
  when nice >= 0.5
  then flag
"""


def load(place, text=POLICY):
    return Guard.load(Source("p.guard", text), models=place)


def test_a_policy_blocks_by_a_model(place):
    guard = load(place)
    assert guard.check("you idiot").action == "block"
    assert guard.check("yes please").action == "flag"
    assert guard.check("hello").action == "allow"


def test_an_error_of_the_model_is_decided_by_on_error(place):
    verdict = load(place).check("broken")
    assert verdict.blocked
    assert verdict.errors


def test_async_callers_do_not_hold_the_loop(place):
    guard = load(place)
    assert guard.blocks("output")

    async def many():
        return await asyncio.gather(*(guard.acheck("idiot") for _ in range(8)))

    assert {verdict.action for verdict in asyncio.run(many())} == {"block"}


def test_async_checks_share_batches(place):
    guard = load(place)
    engine = next(
        each._engine
        for each in guard.output.detectors.values()
        if isinstance(each, ClassifierDetector)
    )
    session, sizes = engine._session, []

    class Slow:
        provider = session.provider

        def run(self, wanted, given):
            sizes.append(len(given["input_ids"]))
            threading.Event().wait(0.01)
            return session.run(wanted, given)

    async def every():
        texts = [f"idiot number {n}" if n % 2 else f"number {n}" for n in range(100)]
        return await asyncio.gather(*map(guard.acheck, texts))

    engine._session = Slow()
    try:
        verdicts = asyncio.run(every())
    finally:
        engine._session = session
    assert [verdict.blocked for verdict in verdicts] == [n % 2 == 1 for n in range(100)]
    assert sum(sizes) == 100
    assert len(sizes) < 50


def test_a_wrong_label_or_model_is_a_mistake_of_the_policy(place):
    with pytest.raises(PolicyError, match="no label `toxik`"):
        load(place, POLICY.replace("label: toxic", "label: toxik"))
    with pytest.raises(PolicyError, match="no model `tony`"):
        load(place, POLICY.replace('"tiny", label: toxic', '"tony", label: toxic'))


def test_a_changed_model_stops_the_load(tmp_path):
    folder = tiny.write_model(tmp_path)
    (folder / "model.onnx").write_bytes(tiny.tiny_onnx() + b"\0")
    with pytest.raises(ModelError, match="SHA-256"):
        load(tmp_path)


# ---------------------------------------------------------------- what is kept, and what was seen


def counted(engine):
    """Count the texts that really go through the model."""
    run, seen = engine._run, []

    def counting(texts):
        seen.extend(texts)
        return run(texts)

    engine._together = Together(counting)
    return seen


def test_texts_of_a_batch_that_were_answered_are_not_asked_again(engine):
    seen = counted(engine)
    scores(engine, ["idiot", "please", "fine"])
    scores(engine, ["fine", "idiot"], "polite")
    assert seen == ["idiot", "please", "fine"]
    scores(engine, ["fine", "paris"])
    assert seen[3:] == ["paris"]


def test_other_threads_share_a_cache_only_if_there_is_one(model):
    for size, asked in ((0, 2), (8, 1)):
        engine = Engine(model, cache=size)
        seen = counted(engine)
        for _ in range(2):
            thread = threading.Thread(target=scores, args=(engine, ["idiot"]))
            thread.start()
            thread.join()
        assert len(seen) == asked


def test_a_cache_keeps_no_text_and_only_so_many(model):
    engine = Engine(model, cache=2)
    for text in ("a secret text", "please", "fine"):
        scores(engine, [text])
    assert len(engine.cache._held) == 2
    assert "secret" not in repr(engine.cache._held)


def test_a_verdict_says_how_much_of_the_text_the_model_saw(place):
    guard = load(place)
    assert guard.check("fine " * 300 + "idiot").coverage == 1
    too_long = guard.check("fine " * (MOST_WINDOWS * 10 + 5))
    assert (too_long.coverage, too_long.blocked, too_long.errors[0].error) == (0, True, "too long")
    assert too_long.record()["coverage"] == 0
    assert [verdict.coverage for verdict in guard.check_batch(["", "idiot"])] == [1, 1]


def test_a_policy_without_models_says_nothing_of_what_they_saw():
    text = 'edition 1\npolicy p\n  on error treat as violation\nrule r on output\n  when text contains "x"\n  then flag\n'
    verdict = Guard.load(Source("p.guard", text)).check("x")
    assert verdict.coverage is None
    assert "coverage" not in verdict.record()


def test_the_first_check_finds_a_model_that_has_run(place, monkeypatch):
    runs = []
    monkeypatch.setattr(Engine, "_run", lambda self, texts: runs.append(texts) or [])
    monkeypatch.setattr("guardrail.stages.classifier.engine._engines", {})
    load(place)
    assert [len(texts[0]) for texts in runs] == [1, 28]  # characters: a word, a full window


def test_a_model_that_cannot_run_stops_the_load(place, monkeypatch):
    def fail(self, texts):
        raise MemoryError

    monkeypatch.setattr(Engine, "_run", fail)
    monkeypatch.setattr("guardrail.stages.classifier.engine._engines", {})
    for _ in range(2):
        with pytest.raises(ModelError, match="`tiny` cannot run: MemoryError"):
            load(place)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"provider": "tpu"}, "no provider `tpu`"), ({"model_cache": -1}, "`model_cache`")],
)
def test_options_that_cannot_be_are_refused(place, options, words):
    with pytest.raises(SettingsError, match=words) as caught:
        Guard.load(Source("p.guard", POLICY), models=place, **options)
    assert caught.value.help


def test_a_guard_hands_provider_and_cache_on(place, monkeypatch):
    asked = []
    made = Engine(read_model(place / "tiny"))

    def engine_of(model, *options):
        asked.append(options)
        return made

    monkeypatch.setattr("guardrail.runtime.detectors.engine_of", engine_of)
    Guard.load(Source("p.guard", POLICY), models=place, provider="cuda", model_cache=7)
    assert set(asked) == {("cuda", 7)}


def test_a_broken_manifest_stops_only_the_policies_that_use_it(tmp_path):
    folder = tiny.write_model(tmp_path)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "manifest.json").write_text("{}")
    assert load(tmp_path).check("you idiot").blocked
    (folder / "manifest.json").rename(folder / "kept")
    with pytest.raises(ModelError, match=r"broken.manifest\.json` is no manifest"):
        load(tmp_path, POLICY.replace('"tiny"', '"broken"'))
