"""`kerasft completion SHELL` prints what makes a shell complete commands, recipes, flags and their values."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterable, Iterator, Sequence

from kerasft.base.errors import InputError, Problem, did_you_mean
from kerasft.cli.parser import Caught, Parser, catching
from kerasft.cli.recipes import recipe_names
from kerasft.contract.registry import catalogues

WORD = "__complete"  # the command that the scripts ask
SCRIPTS = {
    "bash": f"""_kerasft() {{
    local IFS=$'\\n'
    COMPREPLY=($(kerasft {WORD} "${{COMP_WORDS[@]:1:COMP_CWORD}}" 2>/dev/null))
}}
complete -o default -F _kerasft kerasft
""",
    "zsh": f"""#compdef kerasft
_kerasft() {{
    local -a found
    found=("${{(@f)$(kerasft {WORD} "${{(@)words[2,CURRENT]}}" 2>/dev/null)}}")
    if [[ -n "$found" ]]; then compadd -a found; else _files; fi
}}
compdef _kerasft kerasft
""",
    "fish": f"complete -c kerasft -a '(kerasft {WORD} (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'\n",
}
HOW = {
    "bash": 'eval "$(kerasft completion bash)"   # in ~/.bashrc',
    "zsh": 'eval "$(kerasft completion zsh)"   # in ~/.zshrc, after compinit',
    "fish": "kerasft completion fish | source   # in ~/.config/fish/config.fish",
}
_WITH_RECIPE = ("train", "lr-find")
_FORMS = {"train": ["--resume"], "compare": ["RUN"]}  # of commands that have several


def run(argv: Sequence[str]) -> int:
    """Prints the script of a shell."""
    shells = ", ".join(SCRIPTS)
    parser = Parser(prog="kerasft completion", description=__doc__, epilog="\n".join(HOW.values()))
    parser.add_argument("shell", help=f"one of {shells}")

    def work(arguments: argparse.Namespace) -> dict[str, str]:
        if arguments.shell not in SCRIPTS:
            hint = did_you_mean(arguments.shell, SCRIPTS, f"use one of {shells}")
            raise InputError(Problem("there is no completion for this shell", arguments.shell, hint))
        print(SCRIPTS[arguments.shell], end="")
        return {"shell": arguments.shell, "script": SCRIPTS[arguments.shell]}

    return parser.verb(argv, work, computes=False)


def answer(words: Sequence[str], verbs: Sequence[str]) -> int:
    """Prints what the last of some words may become, each on a line; nothing where it may be a file.

    Args:
        words: What was typed behind `kerasft`; the last one is not finished, and may be "".
        verbs: All commands.
    """
    for each in candidates(list(words) or [""], verbs):
        print(each)
    return 0


def candidates(words: list[str], verbs: Sequence[str]) -> list[str]:
    """Returns what the last word may become; see `answer`."""
    *before, partial = words
    if not before:
        found: Iterable[str] = [*verbs, "--help", "--version"]
    elif len(before) == 1 and before[0] in _WITH_RECIPE and not partial.startswith("-"):
        found = recipe_names()
    elif before[0] in verbs:
        actions = _actions(before)
        flags = {text: action for action in actions for text in action.option_strings}
        found = _values(before[-1], flags[before[-1]]) if before[-1] in flags else sorted(flags)
        if before[-1] not in flags and not partial.startswith("-"):
            found = ()  # an argument, mostly a file
    else:
        found = ()
    return [each for each in found if each.startswith(partial)]


def _actions(words: Sequence[str]) -> list[argparse.Action]:
    """Returns what the command of some words takes, without doing anything."""
    verb, *rest = words
    given = rest[:1] or _FORMS.get(verb, [])
    try:
        with catching():
            importlib.import_module(f"kerasft.cli.{verb.replace('-', '_')}").run(given)
    except Caught as caught:
        return caught.actions
    return []


def _values(flag: str, action: argparse.Action) -> Iterator[str]:
    """Returns what may stand behind a flag; nothing for files, numbers and what needs no value."""
    if flag == "--backbone":
        return (name for each in catalogues() for name in each.names())
    return iter(getattr(action, "known", None) or action.choices or ())
