"""How large a network may be that a file of a few bytes describes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import keras
from keras.src.backend.common import global_state
from keras.src.initializers.random_initializers import RandomInitializer

from kerasft.base.errors import UnsafeFileError

_PENDING = (
    "uninitialized_variables"  # Keras' name for its list of variables without values, one for each thread
)


@contextmanager
def weight_budget(values: float, *, drawn: bool = True) -> Iterator[None]:
    """Limits how many weights the layers built inside may have together; they get their values at its end.

    A config of a few bytes can ask for a network that no machine holds. Those who build a model to load a file
    into know how many values the file has: a model of more is refused layer by layer, before it is in memory.

    Inside, variables have shapes only, so that nothing can be loaded.

    Args:
        values: The most weights, counted as single numbers.
        drawn: Whether weights get the random values that their layers ask for; False, where all are loaded afterwards:
            they are zeros until then, since drawing takes longer than reading.

    Raises:
        UnsafeFileError: Inside, from the layer that goes beyond it.
        RuntimeError: Inside, where a value is given to a variable.
    """
    earlier, pending = global_state.get_global_attribute(_PENDING), _Pending(values)
    global_state.set_global_attribute(_PENDING, pending)
    try:
        with _ShapesOnly(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute(_PENDING, earlier)
    for variable in pending:
        if not drawn and isinstance(variable._initializer, RandomInitializer):
            variable._initializer = keras.initializers.Zeros()
        variable._deferred_initialize()


def drawing_only_if(needed: bool) -> AbstractContextManager[None]:
    """Returns a context in which no random weights are drawn for the layers built inside, unless they are needed.

    Args:
        needed: False, where all weights are loaded afterwards.
    """
    return nullcontext() if needed else weight_budget(math.inf, drawn=False)


class _ShapesOnly(keras.StatelessScope):
    def add_update(self, update: tuple[keras.Variable, object]) -> None:
        """Refuses a value, which would be lost."""
        raise RuntimeError(f"{update[0].path} can't be given a value inside a weight budget")


class _Pending(list):
    """The variables that wait for their values.

    Args:
        most: Numbers in all of them together.
    """

    def __init__(self, most: float):
        super().__init__()
        self.most = self.left = most

    def append(self, variable: keras.Variable) -> None:
        """Takes one more, or raises `UnsafeFileError`."""
        self.left -= math.prod(variable.shape)
        if self.left < 0:
            what = f"the config asks for more than the {self.most} weights that the file can hold"
            raise UnsafeFileError(what)
        super().append(variable)
