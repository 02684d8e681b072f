"""What people type because other tools call it so, and what it is called here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from kerasft.base.errors import Problem, did_you_mean
from kerasft.base.shells import command_line, quoted

# The flags that stand for one of another tool; those that a command has are named.
FLAGS = {
    "--lr": ("--learning-rate", "--head-learning-rate", "--tune-learning-rate"),
    "--lr0": ("--learning-rate",),
    "--epochs": ("--head-epochs", "--tune-epochs", "--epochs"),
    "--num-epochs": ("--head-epochs", "--tune-epochs"),
    "--num-train-epochs": ("--head-epochs", "--tune-epochs"),
    "--batch": ("--batch-size",),
    "--bs": ("--batch-size",),
    "--imgsz": ("--image-size",),
    "--img-size": ("--image-size",),
    "--img": ("--image-size",),
    "--size": ("--image-size",),
    "--name": ("--run-dir", "--output"),
    "--project": ("--run-dir", "--output"),
    "--output-dir": ("--run-dir", "--output"),
    "--out": ("--output", "--run-dir"),
    "--model": ("--backbone",),
    "--arch": ("--backbone",),
    "--dataset": ("--data",),
    "--max-length": ("--sequence-length",),
    "--max-len": ("--sequence-length",),
    "--max-seq-length": ("--sequence-length",),
    "--val-split": ("--validation-share",),
    "--val-share": ("--validation-share",),
    "--freeze": ("--unfreeze",),
    "--wd": ("--weight-decay",),
    "--exist-ok": ("--overwrite",),
    "--force": ("--overwrite",),
    "--int8": ("--quantize int8",),
    "--half": ("--quantize float16",),
    "--silent": ("--quiet",),
    "--gpu": ("--device gpu",),
    "--gpus": ("--device gpu",),
    "--cpu": ("--device cpu",),
    "--no-cuda": ("--device cpu",),
    "--resume-from": ("--resume", "--from-run"),
}
# What is no flag here, and what to do instead.
INSTEAD = {
    "--workers": "leave it out: images are decoded ahead, on all cores",
    "--num-workers": "leave it out: images are decoded ahead, on all cores",
    "--amp": "leave it out: --precision auto does so where a GPU gains from it",
    "--pretrained": "leave it out: --weights pretrained is the default",
}
VERBS = {
    "val": "evaluate", "eval": "evaluate", "validate": "evaluate", "test": "evaluate", "score": "evaluate",
    "finetune": "train", "fine-tune": "train", "fit": "train",
    "models": "backbones", "infer": "predict", "inference": "predict", "classify": "predict", "convert": "export",
    "download": "fetch", "pull": "fetch", "diff": "compare", "bench": "benchmark", "check": "doctor", "lr": "lr-find",
    "ls": "recipes", "list": "recipes", "help": "--help", "version": "--version",
}  # fmt: skip


def unknown_verb(verb: str, rest: Sequence[str], verbs: Collection[str]) -> Problem:
    """Returns the problem of a command that does not exist, with what to type."""
    what = "there is no such command"
    if verb.lower() in VERBS:
        return Problem(what, verb, f"type: {command_line(['kerasft', VERBS[verb.lower()], *rest])}")
    return Problem(what, verb, did_you_mean(verb, verbs, "`kerasft --help` lists the commands"))


def unknown_flags(
    unknown: Sequence[str],
    known: Collection[str],
    given: Sequence[str],
    otherwise: str,
    elsewhere: Callable[[str], str] = lambda name: "",
) -> list[Problem]:
    """Returns a problem for each flag that a command doesn't have; the value of such a flag is not one more.

    Args:
        unknown: What was not understood, in its order.
        known: The flags of the command.
        given: All arguments as they were typed.
        otherwise: The next step where nothing is near.
        elsewhere: The next step for a flag that commands of the same kind have; "" where none has.
    """
    problems: list[Problem] = []
    value_of = ""
    for text in unknown:
        if value_of and _follows(text, value_of, given):
            value_of = ""
            continue
        value_of = text if text.startswith("--") and "=" not in text else ""
        name, _, value = text.partition("=")
        value = value or _value_after(text, unknown, given)
        problems.append(Problem("unknown argument", text, _advice(name, value, known, otherwise, elsewhere)))
    return problems


def _follows(text: str, flag: str, given: Sequence[str]) -> bool:
    return not text.startswith("--") and any(
        (first, second) == (flag, text) for first, second in zip(given, given[1:], strict=False)
    )


def _value_after(flag: str, unknown: Sequence[str], given: Sequence[str]) -> str:
    """Returns what was typed after an unknown flag, where it is its value."""
    following = given[list(given).index(flag) + 1 :][:1] if flag in given else []
    return following[0] if following and not following[0].startswith("--") else ""


def _advice(
    name: str, value: str, known: Collection[str], otherwise: str, elsewhere: Callable[[str], str]
) -> str:
    name = name.lower().replace("_", "-")
    if name in known:
        return f"type {_with(name, value)}"
    here = [each for each in FLAGS.get(name, ()) if each.split()[0] in known]
    if here and here[0].endswith("-epochs"):
        return "type " + " and ".join(_with(each, value) for each in here) + ", one for each phase"
    if here:
        return f"type {_with(here[0], value if ' ' not in here[0] else '')}"
    return INSTEAD.get(name) or elsewhere(name) or did_you_mean(name, known, otherwise)


def _with(flag: str, value: str) -> str:
    return f"{flag} {quoted(value)}" if value else flag
