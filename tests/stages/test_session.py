"""Where models run: providers by name, with a stand-in for the runtime where no card is."""

import sys
from types import SimpleNamespace

import pytest

pytest.importorskip("onnxruntime", reason="the extra `cpu` is not installed")
pytest.importorskip("tokenizers", reason="the extra `cpu` is not installed")

import numpy as np
import onnxruntime

from guardrail.errors import MissingExtraError, ModelError
from guardrail.models import read_model
from guardrail.models.manifest import HALF
from guardrail.stages.classifier import session as sessions
from guardrail.stages.classifier.engine import Engine
from guardrail.stages.classifier.session import open_session, provider_here
from guardrail.stages.classifier.windows import BATCH
from tests.support import models as tiny

CPU, CUDA, TENSORRT = (sessions.PROVIDERS[each] for each in ("cpu", "cuda", "tensorrt"))


class Runtime:
    """What we use of `onnxruntime`, run by the real one on the processor."""

    def __init__(self, runs=None):
        self.runs, self.loaded, self.chains, self.bound = runs, [], [], []
        self.fell_back = True
        self.SessionOptions = onnxruntime.SessionOptions
        self.OrtValue = SimpleNamespace(
            ortvalue_from_numpy=lambda array, device, number: (array, device, number)
        )

    def preload_dlls(self):
        sys.stdout.write("cudnn64_9.dll is not found")

    def InferenceSession(self, onnx, options, providers):  # noqa: N802
        names = [each if isinstance(each, str) else each[0] for each in providers]
        if CPU not in names:
            sys.stdout.write("*** EP Error ***")
        self.loaded.append(onnx)
        self.chains.append(providers)
        return Session(self, onnx, options, self.runs or [*names, CPU])


class Session:
    def __init__(self, runtime, onnx, options, providers):
        self._runtime, self._providers = runtime, providers
        self._session = onnxruntime.InferenceSession(onnx, options, providers=[CPU])

    def get_providers(self):
        return self._providers

    def disable_fallback(self):
        self._runtime.fell_back = False

    def io_binding(self):
        return Binding(self._runtime)

    def run(self, wanted, given):
        return self._session.run(wanted, given)

    def run_with_iobinding(self, binding):
        binding.found = self._session.run(binding.outputs, binding.inputs)


class Binding:
    def __init__(self, runtime):
        self.inputs, self.outputs, self._runtime = {}, [], runtime

    def bind_ortvalue_input(self, name, value):
        array, device, number = value
        self._runtime.bound.append((name, device, number))
        self.inputs[name] = array

    def bind_output(self, name, device):
        self._runtime.bound.append((name, device))
        self.outputs.append(name)

    def copy_outputs_to_cpu(self):
        return self.found


@pytest.fixture
def stand_in(monkeypatch):
    def make(**changes):
        runtime = Runtime(**changes)
        monkeypatch.setitem(sys.modules, "onnxruntime", runtime)
        return runtime

    return make


@pytest.fixture
def model(tmp_path):
    return read_model(tiny.write_model(tmp_path))


@pytest.mark.parametrize(("provider", "runs"), [("cuda", CUDA), ("tensorrt", TENSORRT)])
def test_a_card_is_used_with_bound_inputs_and_outputs(stand_in, model, provider, runs, capsys):
    plain = Engine(model).answers(["ann, you idiot"])[0]
    runtime = stand_in()
    engine = Engine(model, provider)
    assert engine.provider == runs
    assert not runtime.fell_back
    answer = engine.answers(["ann, you idiot"])[0]
    assert (answer.scores, answer.names) == (plain.scores, plain.names)
    assert ("input_ids", "cuda", 0) in runtime.bound
    assert ("tokens", "cuda") in runtime.bound
    assert capsys.readouterr().out == ""


def test_a_card_is_warmed_up_with_the_smallest_and_the_largest_batch(stand_in, model):
    stand_in()
    engine, shapes = Engine(model, "cuda"), []
    batch = engine._batch
    engine._batch = lambda pieces: shapes.append(len(pieces)) or batch(pieces)
    engine.warm_up()
    assert shapes == [1, BATCH]


def test_tensorrt_may_use_cuda_and_half_precision(stand_in, model):
    runtime = stand_in()
    open_session(model, "tensorrt")
    assert runtime.chains == [[(TENSORRT, {"trt_fp16_enable": True}), CUDA]]


def test_a_card_runs_the_graph_of_half_precision_if_there_is_one(stand_in, tmp_path):
    half = tiny.tiny_onnx() + b""
    half = half.replace(b"hundred", b"HUNDRED")
    folder = tiny.write_model(tmp_path, more={HALF: half})
    runtime = stand_in()
    model = read_model(folder)
    for provider in ("cpu", "cuda"):
        open_session(model, provider)
    assert runtime.loaded == [tiny.tiny_onnx(), half]


def test_the_graph_of_half_precision_is_looked_through_too(tmp_path):
    folder = tiny.write_model(tmp_path, more={HALF: tiny.tiny_onnx()[:-40]})
    with pytest.raises(ModelError, match=r"model\.fp16\.onnx` is refused"):
        read_model(folder)


def test_a_provider_that_only_falls_back_is_refused(stand_in, model, monkeypatch):
    stand_in(runs=[CPU])
    monkeypatch.setattr(sessions, "installed_runtimes", lambda: ("onnxruntime-gpu",))
    with pytest.raises(ModelError, match="CUDAExecutionProvider was asked for, but CPU") as caught:
        open_session(model, "cuda")
    assert "guardrail doctor" in caught.value.help
    monkeypatch.setattr(sessions, "installed_runtimes", lambda: ("onnxruntime", "onnxruntime-gpu"))
    with pytest.raises(ModelError) as caught:
        open_session(model, "cuda")
    assert "both installed" in caught.value.help
    assert provider_here("cuda").why == caught.value.help


def test_what_two_packages_leave_behind_is_explained(monkeypatch, model):
    monkeypatch.setitem(sys.modules, "onnxruntime", SimpleNamespace())
    with pytest.raises(ModelError, match="share a folder, and one was removed"):
        open_session(model, "cpu")
    assert "share a folder" in provider_here("cpu").why


def test_where_models_run_is_found_out_by_loading_one(stand_in, monkeypatch):
    assert provider_here("cpu").is_kept
    stand_in()
    assert provider_here("cuda").runs == CUDA
    stand_in(runs=[CPU])
    found = provider_here("cuda")
    assert (found.runs, found.is_kept) == (CPU, False)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert provider_here("cpu").runs is None


def test_a_missing_runtime_names_the_extra(monkeypatch, model):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError):
        open_session(model, "cpu")


def test_bound_runs_say_what_plain_runs_say(model):
    """The real runtime, bound to the processor in place of a card."""
    session = onnxruntime.InferenceSession(model.onnx, providers=[CPU])
    ids = np.array([[2, 4, 8, 3]], dtype=np.int64)
    given = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    wanted = ["logits", "tokens"]
    bound = sessions._run_bound(session, wanted, given, "cpu")
    for one, other in zip(bound, session.run(wanted, given), strict=True):
        assert np.array_equal(one, other)
