"""Heads of the caller's own: registered under a name, by which `build_model` and the config of a run know them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TypeAlias

import keras

from kerasft.base.errors import InputError, Problem, did_you_mean, first_line, raise_problems

GROUP = "kerasft.heads"  # the entry point by which other packages register theirs
LAYER = "own_head"  # what the model calls it
TAKES = ("pooled", "map")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_HINT = "call kerasft.register_head(NAME, FUNCTION) first, as when it was trained"

Head: TypeAlias = Callable[..., keras.KerasTensor]
Pool: TypeAlias = Callable[[], keras.KerasTensor]


@dataclass(frozen=True)
class _Own:
    build: Head
    takes: str


_REGISTERED: dict[str, _Own] = {}


def register_head(name: str, build: Head, *, takes: str = "pooled") -> str:
    """Makes layers of your own known under a name, in this process: they lie between backbone and outputs.

    The name then works as `head` in `build_model`. A run keeps the name and the weights, and not the function, since no
    code from a file is ever run: whoever opens the run must have registered it too. A package does so for all processes
    by the entry point `kerasft.heads`, NAME = package.module:function, whose function calls this.

    Args:
        name: Letters, digits, ".", "_" and "-". One that is registered already is replaced.
        build: A function that applies Keras layers, to a KerasTensor (batch, channels); the outputs of the task, such
            as logits, are a dense layer on it. It takes what `takes` says.
        takes: "pooled": the pooled features (batch, channels). "map": what the backbone gives, of images a feature map
            (batch, height, width, channels), tokens or a vector; of texts the tokens (batch, tokens, channels) and the
            padding mask (batch, tokens), 1 for tokens and 0 for padding, or None where the backbone has none.

    Returns:
        The name.

    Raises:
        InputError: An argument can't be used; all problems are listed.
    """
    problems = []
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        hint = "use letters, digits, '.', '_' and '-'"
        problems.append(Problem("the name can't be used for a head", repr(name)[:80], hint))
    if not callable(build):
        problems.append(Problem("the head is no function", repr(build)[:80], "give one of a KerasTensor"))
    if takes not in TAKES:
        problems.append(Problem("what the head takes is unknown", repr(takes)[:80], "use 'pooled' or 'map'"))
    raise_problems(problems)
    _REGISTERED[name] = _Own(build, takes)
    return name


def name_of_head(given: str | Head) -> str:
    """Returns the name of a head that was registered, or of a function, which is registered under its own name.

    Raises:
        InputError: There is no such head, or the function has no name.
    """
    if isinstance(given, str):
        _find(given)
        return given
    name = getattr(given, "__name__", "")
    if not _NAME.fullmatch(name):
        hint = "kerasft.register_head(NAME, FUNCTION), and head=NAME"
        raise InputError(Problem("the head has no name to be kept by", repr(given)[:80], hint))
    return register_head(name, given)


def head_notes(name: str | None) -> list[str]:
    """Returns that a head is known to this process alone, for whoever trains with it."""
    if name is None or name in _elsewhere():
        return []
    needs = "the run has its weights, and needs kerasft.register_head again wherever it is opened"
    return [f"the head {name} is of your own: {needs}"]


def features_of(name: str | None, pool: Pool, *maps: keras.KerasTensor | None) -> keras.KerasTensor:
    """Returns what the outputs are made of, (batch, channels).

    Args:
        name: Of a head; None for pooled features.
        pool: Returns the pooled features (batch, channels).
        maps: What the backbone gives, and of texts the padding mask (batch, tokens) or None.

    Raises:
        InputError: The head is not known, fails, or gives something else.
    """
    if name is None:
        return pool()
    own = _find(name)
    given = (pool(),) if own.takes == "pooled" else maps
    taken = [each for each in given if each is not None]
    inputs = [keras.Input(each.shape[1:], dtype=each.dtype) for each in taken]
    try:
        output = own.build(*inputs, *[None] * (len(given) - len(taken)))
        found = tuple(output.shape)
        layers = keras.Model(inputs, output, name=LAYER)
    except Exception as error:
        shapes = ", ".join(str(tuple(each.shape)) for each in inputs)
        what = f"the head {name} can't be built: {first_line(error)}"
        raise InputError(Problem(what, f"on {shapes}", "mend the function")) from error
    if len(found) != 2 or found[1] is None:
        hint = "return (batch, channels); outputs are made of them"
        raise InputError(Problem(f"the head {name} gives no vector for each example", str(found), hint))
    return layers(taken if len(taken) > 1 else taken[0])


def copy_own_head(old: keras.Model, new: keras.Model) -> bool:
    """Copies the weights of the own head of one model to that of another; both may have none.

    Returns:
        Whether the outputs of both now lie on the same features.
    """
    ours, theirs = (
        [layer for layer in model.layers if isinstance(layer, keras.Model) and layer.name == LAYER]
        for model in (new, old)
    )
    names = {getattr(model.kerasft, LAYER, None) for model in (old, new)}
    if len(names) > 1 or [w.shape for each in ours for w in each.weights] != [
        w.shape for each in theirs for w in each.weights
    ]:
        return False
    for layer, earlier in zip(ours, theirs, strict=True):
        layer.set_weights(earlier.get_weights())
    return True


def _find(name: str) -> _Own:
    """Returns a head by its name, registered here or by an installed package."""
    if name not in _REGISTERED and (point := _elsewhere().get(name)) is not None:
        point.load()()
    if name not in _REGISTERED:
        known = did_you_mean(name, [*_REGISTERED, *_elsewhere()], _HINT)
        raise InputError(Problem("the head is not known here", name, known))
    return _REGISTERED[name]


@functools.cache
def _elsewhere() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}
