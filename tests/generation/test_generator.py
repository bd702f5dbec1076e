"""A generator over an exported model: replies, streams, sampling, and folders not to be trusted."""

import json
import shutil
import subprocess
import sys

import pytest

from guardrail import Guard, guard
from guardrail.errors import ModelError, SettingsError
from guardrail.generation import Generator, Sampling
from guardrail.language.source import Source
from tests.training.conftest import PROMPTS

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries that train

POLICY = """edition 1
policy plain
  on error treat as violation
reply no "Please call us."
rule all on output
  when text contains any words
  then replace with no
list words ["perhaps", "please"]
"""


@pytest.fixture(scope="module")
def generator(exported):
    return Generator.load(exported, threads=1).with_sampling(max_tokens=24)


def test_it_runs_without_torch_and_transformers(exported):
    code = (
        "import sys\n"
        "from guardrail.generation import Generator\n"
        f"print(repr(Generator.load({str(exported)!r})('Hi')))\n"
        "print([m for m in ('torch', 'transformers', 'jinja2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_a_stream_says_what_the_call_says(exported, temperature, precision):
    generator = Generator.load(
        exported, precision=precision, sampling=Sampling(max_tokens=24, temperature=temperature)
    )
    for prompt in PROMPTS:
        chunks = list(generator.stream(prompt))
        assert "".join(chunks) == generator(prompt)
        assert len(chunks) > 1


def test_the_same_seed_says_the_same_and_another_one_something_else(generator):
    warm = generator.with_sampling(temperature=1.5, seed=1)
    assert warm.batch(PROMPTS) == warm.batch(PROMPTS)
    assert warm.batch(PROMPTS) != warm.with_sampling(seed=2).batch(PROMPTS)


def test_one_token_to_choose_from_is_greedy(generator):
    greedy = generator.batch(PROMPTS)
    assert generator.with_sampling(temperature=2.0, top_k=1).batch(PROMPTS) == greedy
    assert generator.with_sampling(temperature=2.0, top_p=1e-9).batch(PROMPTS) == greedy


def test_draws_follow_the_probabilities():
    import numpy as np

    from guardrail.generation.sampling import choose

    logits = np.log(np.array([[0.6, 0.3, 0.1]] * 4000))
    random = np.random.default_rng(0)
    shares = np.bincount(choose(logits, Sampling(temperature=1.0), random), minlength=3) / 4000
    assert shares == pytest.approx([0.6, 0.3, 0.1], abs=0.03)
    shares = np.bincount(choose(logits, Sampling(temperature=1.0, top_p=0.7), random), minlength=3)
    assert shares[2] == 0
    assert shares[0] / 4000 == pytest.approx(2 / 3, abs=0.03)


def test_a_stop_text_ends_the_reply_and_is_not_shown(generator):
    whole = generator(PROMPTS[0])
    stop = whole[4:7]
    cut = generator.with_sampling(stop=(stop,))
    expected = whole[: whole.index(stop)]
    assert cut(PROMPTS[0]) == expected == "".join(cut.stream(PROMPTS[0]))
    assert cut.batch([PROMPTS[0], PROMPTS[1]])[0] == expected


def test_a_guard_goes_around_it(generator):
    loaded = Guard.load(Source("plain.guard", POLICY))
    said = generator(PROMPTS[0]).lower()
    assert "perhaps" in said or "please" in said
    assert loaded.wrap(generator)(PROMPTS[0]) == "Please call us."


def test_a_guard_goes_around_its_stream(generator, tmp_path):
    policy = tmp_path / "plain.guard"
    policy.write_text(POLICY, "utf-8")

    @guard(str(policy))
    def answer(prompt: str):
        yield from generator.stream(prompt)

    assert "".join(answer(PROMPTS[0])) == "Please call us."


def test_it_judges_for_a_policy(generator):
    text = """edition 1
policy judged
  on error treat as violation
detector fit = judge(question: "Is it fit?", model: "bot")
rule r on output
  when fit >= 0.000001
  then flag
"""
    judge = generator.judge()
    score = judge("some text", "Is it fit?")
    assert 0 < score < 1
    assert score != judge("something else entirely", "Is it fit?")
    verdict = Guard.load(Source("j.guard", text), judges={"bot": judge}).check("some text")
    assert verdict.action == "flag"


def test_a_conversation_with_roles(generator):
    talk = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": PROMPTS[0]},
    ]
    assert len(generator.ids(talk)) > len(generator.ids(PROMPTS[0]))
    assert isinstance(generator(talk), str)


def test_nothing_is_cut_in_silence(generator):
    with pytest.raises(SettingsError, match="leaves no room in a context of 96"):
        generator("word " * 200)


def test_an_empty_batch_is_empty(generator):
    assert generator.batch([]) == []


@pytest.mark.parametrize(
    "wrong",
    [{"max_tokens": 0}, {"temperature": -1}, {"top_p": 0}, {"top_k": -1}, {"stop": ("",)}],
)
def test_samplings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(SettingsError, match=f"`{next(iter(wrong))}`"):
        Sampling(**wrong)


def broken(exported, tmp_path, change):
    folder = tmp_path / "bot"
    shutil.copytree(exported, folder)
    change(folder)
    return folder


def flip(folder):
    data = bytearray((folder / "model.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "model.onnx").write_bytes(data)


def rehash(folder, **changes):
    import hashlib

    manifest = json.loads((folder / "manifest.json").read_text())
    for name in manifest["files"]:
        manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest | changes))


def other_graph(folder):
    (folder / "model.onnx").write_bytes(b"\x08\x08")
    rehash(folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (flip, "does not have the SHA-256"),
        (other_graph, "is refused|has not the inputs"),
        (lambda folder: rehash(folder, layers=3), "has not the inputs and outputs"),
        (lambda folder: rehash(folder, graphs={"fp32": "../../etc/passwd"}), "outside its folder"),
        (lambda folder: rehash(folder, kind="classifier"), "no manifest of a language model"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "does not have the SHA-256"),
        (lambda folder: (folder / "manifest.json").unlink(), "holds no exported language model"),
    ],
)
def test_folders_that_are_not_what_they_say_are_refused(exported, tmp_path, change, said):
    with pytest.raises(ModelError, match=said) as error:
        Generator.load(broken(exported, tmp_path, change))
    assert error.value.help


def test_providers_and_precisions_that_are_not_here_are_refused(exported):
    with pytest.raises(ModelError, match="no provider `tpu`"):
        Generator.load(exported, provider="tpu")
    with pytest.raises(ModelError, match="no precision `int4`"):
        Generator.load(exported, precision="int4")
