"""The exported tiny model of the tests of training."""

from tests.training.conftest import exported as exported
from tests.training.conftest import no_socket as no_socket
from tests.training.conftest import one_thread as one_thread
from tests.training.conftest import tiny_model as tiny_model
