"""Products of 8 bits with a scale for each row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrail.training.classifier.eight_bits import columns, with_rows_of_8_bits

pytest.importorskip("onnx")


def product(matrix, gelu=False):
    """Return a graph `y = x @ matrix`, with a GELU before it if asked."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [helper.make_node("Gelu", ["x"], ["g"])] if gelu else []
    nodes.append(helper.make_node("MatMul", ["g" if gelu else "x", "m"], ["y"]))
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["a", "b", matrix.shape[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["a", "b", matrix.shape[1]])],
        [numpy_helper.from_array(matrix, "m")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def run(model, x):
    import onnxruntime

    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"x": x})[0]


@pytest.mark.parametrize(
    ("size", "gelu"), [(1e-3, False), (1.0, False), (1e3, False), (1.0, True), (1e3, True)]
)
def test_a_product_is_about_the_same_and_each_row_its_own(size, gelu):
    dice = np.random.default_rng(3)
    matrix = dice.normal(0, 0.05, (65, 24)).astype(np.float32)
    x = dice.normal(0, size, (3, 7, 65)).astype(np.float32)
    plain = run(product(matrix, gelu), x)
    eight = with_rows_of_8_bits(product(matrix, gelu))
    found = run(eight, x)
    assert np.abs(found - plain).max() < 0.03 * np.abs(plain).max()
    x[0] *= 1000
    assert (run(eight, x)[1:] == found[1:]).all()
    assert (run(eight, x[1:2, 2:3]) == found[1:2, 2:3]).all()


def test_a_row_of_zeros_stays_one():
    matrix = np.ones((4, 2), dtype=np.float32)
    assert (run(with_rows_of_8_bits(product(matrix)), np.zeros((1, 1, 4), np.float32)) == 0).all()


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.sampled_from((1e-12, 1e-3, 1.0, 1e6)))
def test_no_sum_of_two_products_leaves_16_bits(seed, rows, size):
    matrix = np.random.default_rng(seed).standard_t(2, (rows, 5)) * size
    quantized, scales = columns(matrix)
    numbers = np.pad(quantized.astype(int), ((0, rows % 2), (0, 0)))
    for low in (0, 255):
        for high in (0, 255):
            assert np.abs(low * numbers[0::2] + high * numbers[1::2]).max() < 2**15
    assert (np.abs(quantized * scales - matrix) <= scales * 0.51).all()
