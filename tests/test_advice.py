"""What a message recommends exists in the command that says it: every flag in every text of the package is tried."""

import ast
import contextlib
import io
import re
from functools import cache
from pathlib import Path

import pytest

from kerasft.cli.main import VERBS, main
from tests.sources import PATHS, ROOT, nodes_of

FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*[a-z0-9]")
# "train with --flag", "`kerasft export RUN --flag`": the text says itself whose flag it is
NAMED = re.compile(
    rf"(?:kerasft ({'|'.join(VERBS)})\b[^;`]*|\b({'|'.join(VERBS)}) (?:again |them )?with [\w ]*)$"
)
RECIPES = (
    "image-classification",
    "image-multilabel",
    "image-ordinal",
    "image-segmentation",
    "object-detection",
    "text-classification",
    "text-multilabel",
    "text-ordinal",
    "text-pair-classification",
    "text-regression",
    "pretrain-backbone",
)
PIP = {"--upgrade", "--force-reinstall", "--only-binary", "--no-deps"}  # what pip is asked for
READERS = ("train", "evaluate", "compare", "benchmark")  # the commands that read labelled data

# Which commands can say what a module says: the longest prefix counts. A flag must be known to all of them.
SAID_BY = {
    "": ("train",),  # training, runs, ...
    "benchmarking/": ("benchmark",),
    "comparing/": ("compare",),
    "networks/completeness": ("explain",),
    "contract/findings": ("doctor",),
    "contract/grid": ("compare",),
    "doctor/": ("doctor",),
    "explaining/": ("explain",),
    "exporting/": ("export",),
    "formats/": ("export",),
    "formats/description": (),
    "formats/onnx_file": (),
    "formats/trust": ("evaluate", "predict", "benchmark", "compare", "explain"),
    "inputs/images/backbones/": ("train", "lr-find"),
    "inputs/images/copies": ("doctor",),
    "tasks/image_classification/examining": ("doctor",),
    "inputs/images/explaining": ("explain",),
    "inputs/images/serving": ("export",),
    "targets/boxes/claim": ("explain",),
    "targets/classes/answering": ("export",),
    "inputs/images/mediapipe": ("export",),
    "inputs/images/headers": ("doctor",),
    "inputs/images/loading": READERS,
    "inputs/images/overlay": ("explain",),
    "inputs/texts/backbones/": ("train", "lr-find"),
    "tasks/text_classification/examining": ("doctor",),
    "inputs/images/explainer": ("explain",),
    "inputs/texts/explainer": ("explain",),
    "inputs/texts/explaining": ("explain",),
    "inputs/texts/near_texts": ("doctor",),
    "inputs/texts/page": ("explain",),
    "inputs/texts/rows": READERS,
    "inputs/texts/serving": ("export",),
    "inputs/texts/vocabulary": ("doctor",),
    "inputs/texts/words": ("explain",),
    "networks/": ("train", "lr-find"),
    "networks/division": ("explain",),
    "networks/gradients": ("explain",),
    "predicting/many": ("predict",),
    "predicting/predict": ("predict",),
    "predicting/drawing": ("predict",),
    "inputs/images/asking": ("predict",),
    "inputs/texts/asking": ("predict",),
    "predicting/writers": ("predict",),
    "reporting/": ("report",),
    "reporting/verdict": ("train",),
    "base/bundle_file": (),
    "runs/bundling": ("bundle",),
    "targets/classes/confusion": ("report",),
    "targets/classes/groups": ("report",),
    "targets/labels/answering": ("export",),
    "targets/masks/answering": ("export",),
    "targets/boxes/answering": ("export",),
    "tasks/image_segmentation/mediapipe": ("export",),
    "tasks/object_detection/mediapipe": ("export",),
    "targets/classes/examining": ("doctor",),
    "data/suspects": ("doctor",),
    "training/learning_rates/several": ("lr-find",),
}


@cache
def flags_of(verb: str) -> frozenset[str]:
    """Returns the flags that a verb's help shows, of all its forms."""
    forms = (
        (*RECIPES, "--resume=RUN") if verb == "train" else RECIPES if verb in ("lr-find", "compare") else ()
    )
    lines = [[verb, form, "--help"] for form in forms]
    found = io.StringIO()
    with contextlib.redirect_stdout(found):
        for line in [[verb, "--help"], *lines]:
            with contextlib.suppress(SystemExit):
                main(line)
    return frozenset(FLAG.findall(found.getvalue()))


def texts_of(path: Path) -> list[tuple[int, str]]:
    """Returns the texts of a module with their lines: parts of one f-string together, docstrings not."""
    nodes = nodes_of(path)
    passed = set()
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            passed.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            passed |= {id(part) for part in node.values}
    found = []
    for node in nodes:
        if id(node) in passed:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append((node.lineno, node.value))
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
            found.append((node.lineno, "".join(map(str, parts))))
    return found


def sayers(path: Path) -> tuple[str, ...]:
    name = path.relative_to(ROOT).with_suffix("").as_posix()
    if name.startswith("cli/"):
        verb = name.removeprefix("cli/").replace("_", "-")
        return (verb,) if verb in VERBS else ()
    return SAID_BY[max((prefix for prefix in SAID_BY if name.startswith(prefix)), key=len)]


def problems_of(path: Path) -> list[str]:
    everything = frozenset().union(*(flags_of(verb) for verb in VERBS)) | PIP | {"--version"}
    problems = []
    for line, text in texts_of(path):
        for match in FLAG.finditer(text):
            flag, before = match.group(), text[: match.start()]
            if flag == text.strip():  # the flag's own definition
                continue
            named = NAMED.search(before)
            verbs = (named[1] or named[2],) if named else sayers(path)
            lacking = [verb for verb in verbs if flag not in flags_of(verb)]
            if flag not in everything:
                problems.append(f"{path.name}:{line}: no command has {flag}: {text!r}")
            elif lacking and flag not in PIP:
                problems.append(f"{path.name}:{line}: {', '.join(lacking)} has no {flag}: {text!r}")
    return problems


def test_every_flag_that_a_text_recommends_exists_where_it_is_said():
    said = [path for path in PATHS if "--" in path.read_text("utf-8")]
    assert len(said) > 100 and [problem for path in said for problem in problems_of(path)] == []


def test_the_test_can_fail(tmp_path):
    for text, problem in (
        ("take --colour", "no command has --colour"),
        ("doctor with --skip-broken", "doctor has no --skip-broken"),
        ("use `kerasft predict RUN --epochs 3`", "predict has no --epochs"),
    ):
        path = tmp_path / f"kerasft_{len(list(tmp_path.iterdir()))}.py"  # a file is parsed once
        path.write_text(f"x = {text!r}")
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(globals(), "ROOT", tmp_path)
            (found,) = problems_of(path)
        assert problem in found
