"""The website made of the Markdown pages and the docstrings: `python -m sphinx -W -c docs . site`.

The repository is the source, so that links between README, docs/ and other files are the same on the site and in a
browser of the repository; one that leads nowhere is an error. Docstrings are read without Keras and TensorFlow.
"""

import contextlib
import io
import os
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ["COLUMNS"] = "110"  # the width of help texts

from sphinx.ext.autodoc.mock import _MockObject  # noqa: E402

import kerasft  # noqa: E402
from kerasft.base import keras_settings  # noqa: E402
from kerasft.cli.main import VERBS, main  # noqa: E402
from kerasft.cli.recipes import recipe_names  # noqa: E402

keras_settings.require_backend = lambda: None  # it would look at the mocked Keras
_MockObject.__or__ = _MockObject.__ror__ = lambda self, other: self  # in types: keras.Layer | None

project = "kerasft"
release = kerasft.__version__
copyright = "the kerasft project"
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**.md", "lessons/README.md", "lessons/zh/README.md"]
exclude_patterns = [".*", "*.egg-info", "build", "dist", "saved_models", "site"]
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = f"kerasft {release}"
default_role = "code"  # as in Markdown, `name` in a docstring is code
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_mock_imports = [
    "ai_edge_litert", "jax", "keras", "keras_hub", "matplotlib", "onnx", "onnxruntime", "scipy", "sklearn",
    "tensorflow",
]  # fmt: skip

ROOMS = {  # of kerasft/, where a public name comes from, in the order of the page
    "tasks": "Read data, and simple baselines",
    "inputs": "Examples and backbones",
    "networks": "Heads of your own",
    "runs": "Models and runs",
    "contract": "Plans and splits",
    "training": "Train",
    "predicting": "Predict and evaluate",
    "exporting": "Export",
    "benchmarking": "Measure files",
    "explaining": "Explain",
    "comparing": "Compare",
    "reporting": "Report",
    "doctor": "Doctor",
    "base": "Errors",
}


def rst(lines: list[str]) -> str:
    """Returns reStructuredText as a block of Markdown."""
    return "\n".join(["```{eval-rst}", *lines, "```"])


def public_names() -> str:
    """Returns all that `kerasft` exports, by room."""
    unknown = {home.split(".")[0] for home in kerasft._HOME.values()} - {*ROOMS}
    if unknown:
        raise ValueError(f"docs/conf.py: ROOMS has no {', '.join(sorted(unknown))}")
    parts = []
    for room, title in ROOMS.items():
        names = sorted(name for name, home in kerasft._HOME.items() if home.split(".")[0] == room)
        parts += [f"## {title}", rst([line for name in names for line in documented(name)])]
    return "\n\n".join(parts)


def documented(name: str) -> list[str]:
    """Returns the directive that documents a public name; only classes begin with a capital."""
    kind = "function" if name[0].islower() else "exception" if name.endswith("Error") else "class"
    return [f".. auto{kind}:: kerasft.{name}", *(["   :members:"] if kind == "class" else []), ""]


def contract() -> str:
    """Returns the modules of `kerasft/contract/`, without what `public_names` has."""
    parts = []
    for path in sorted((ROOT / "kerasft" / "contract").glob("[!_]*.py")):
        left_out = [name for name, home in kerasft._HOME.items() if home == f"contract.{path.stem}"]
        options = ["   :members:", *([f"   :exclude-members: {', '.join(left_out)}"] if left_out else [])]
        parts += [f"## {path.stem}", rst([f".. automodule:: kerasft.contract.{path.stem}", *options])]
    return "\n\n".join(parts)


def help_texts() -> str:
    """Returns what `--help` says of each command, and of each recipe."""
    parts = [shown()]
    for verb in VERBS:
        parts += [f"## {verb}", shown(verb)]
        for name in recipe_names() if verb == "train" else ():
            parts += [f"### train {name}", shown(verb, name)]
    return "\n\n".join(parts)


def shown(*words: str) -> str:
    """Returns a command's help as a block."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        main([*words, "--help"])
    return f"```text\n{out.getvalue().strip()}\n```"


GENERATED = {"public names": public_names, "contract": contract, "help texts": help_texts}


def fill(app, name: str, source: list[str]) -> None:
    """Puts what is generated where a page has a comment for it."""
    source[0] = re.sub(r"<!-- generated: (.+) -->", lambda found: GENERATED[found[1]](), source[0])


def begin_with_the_readme(app, error: Exception | None) -> None:
    """Makes the README the site's first page."""
    if error is None and app.builder.format == "html":
        shutil.copyfile(Path(app.outdir) / "README.html", Path(app.outdir) / "index.html")


def setup(app) -> None:
    """Connects the two."""
    app.connect("source-read", fill)
    app.connect("build-finished", begin_with_the_readme)
