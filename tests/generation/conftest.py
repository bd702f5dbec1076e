"""The exported tiny model of the tests of training."""

from tests.training.conftest import exported, no_socket, one_thread, tiny_model

__all__ = ["exported", "no_socket", "one_thread", "tiny_model"]
