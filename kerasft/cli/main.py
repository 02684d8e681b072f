"""`kerasft VERB ...`: one file per verb. Help is instant; Keras is loaded by the verb that needs it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import kerasft
from kerasft.base.errors import InputError
from kerasft.cli.guard import guarded

VERBS = {
    "train": "fine-tune: run a recipe by its name",
    "lr-find": "look for a phase's learning rate, with a plot",
    "evaluate": "score a run, a SavedModel or a .tflite on labelled data",
    "compare": "compare runs, or the ways to train: is the difference real?",
    "export": "write a SavedModel or a .tflite, and measure the file",
    "benchmark": "measure size, speed, memory and operations of artifacts",
    "predict": "classify images or texts with any artifact",
    "explain": "show where in an image or text the evidence for an answer is",
    "report": "write one page to look at: data, curves, mistakes, confidence, groups",
    "bundle": "put a run into one file, to hand in or to keep",
    "doctor": "look for what is wrong with data, or with this environment",
    "backbones": "list the backbones for images and for texts",
    "fetch": "bring a text backbone to this machine, for use without a network",
    "recipes": "list the recipes, or copy one to change it",
    "completion": "print what makes bash, zsh or fish complete all this",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb.

    Returns:
        The exit code: 0, 1 for a failure, 2 for the user's input, 130 after Ctrl-C.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)

    def action() -> int:
        if not arguments or arguments[0] in ("-h", "--help"):
            print(_help())
            return 0
        verb = arguments[0]
        if verb == "__complete":
            from kerasft.cli.completion import answer

            return answer(arguments[1:], list(VERBS))
        if verb == "--version":
            print(_version())
            return 0
        if verb not in VERBS:
            from kerasft.cli.aliases import unknown_verb

            raise InputError(unknown_verb(verb, arguments[1:], VERBS))
        return importlib.import_module(f"kerasft.cli.{verb.replace('-', '_')}").run(arguments[1:])

    return guarded(action)


def _version() -> str:
    """The version of kerasft, and those of what it stands on."""
    from kerasft.base import environment

    found = environment.versions("keras", "tensorflow", "ai-edge-litert")
    lines = [f"kerasft {kerasft.__version__}", *(f"  {name} {version}" for name, version in found.items())]
    return "\n".join(lines)


def _help() -> str:
    verbs = "\n".join(f"  {name:<12}{text}" for name, text in VERBS.items())
    return (
        "usage: kerasft COMMAND ...\n\n"
        "Fine-tune a pretrained Keras backbone in two phases, and ship the file that was measured.\n\n"
        f"commands:\n{verbs}\n\n"
        "`kerasft COMMAND --help` shows the options of a command."
    )


if __name__ == "__main__":
    raise SystemExit(main())
