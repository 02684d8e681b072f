"""The recipes: flat scripts, one job each. Installed they lie here, in a clone in its folder `recipes/`."""

from pathlib import Path

_CLONE = Path(__file__).parents[2]
if (
    _CLONE / "setup.cfg"
).is_file():  # other packages, too, put a folder `recipes` beside kerasft's when installed
    __path__.append(str(_CLONE / "recipes"))
