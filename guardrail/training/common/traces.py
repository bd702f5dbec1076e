"""Graphs without the places of the source they were exported from."""

from __future__ import annotations

from typing import Any


def without_traces(model: Any) -> Any:
    """Return an ONNX model without the stack traces of its nodes: they hold paths of a machine."""
    del model.metadata_props[:]
    _clean(model.graph)
    for function in model.functions:
        _clean(function)
    return model


def _clean(graph: Any) -> None:
    del graph.metadata_props[:]
    for node in graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
        for attribute in node.attribute:
            if attribute.HasField("g"):
                _clean(attribute.g)
