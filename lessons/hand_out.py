"""Writes the notebooks without their solutions, for students: `python lessons/hand_out.py FOLDER [zh]`."""

import re
import sys
from pathlib import Path

import nbformat


def without_solutions(notebook):
    """Returns a notebook whose questions stand alone; cells that have nothing else are gone."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"\s*<details>.*?</details>", "", cell.source, flags=re.DOTALL).strip()
    notebook.cells = [cell for cell in notebook.cells if cell.source]
    return notebook


def main(folder, language="."):
    """Writes all of them; a file that is there already is not touched, since a student may have worked in it."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted((Path(__file__).parent / language).glob("*.ipynb")):
        copy = target / path.name
        if copy.exists():
            raise SystemExit(f"error: the file is there already (received: {copy}); give a new folder")
        nbformat.write(without_solutions(nbformat.read(path, as_version=4)), copy)
        print(copy)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["zh"]):
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
