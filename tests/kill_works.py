"""Kills exports, reports, bundles and fetches at random moments, for `python -m tests.kill`.

After each kill: under the final name there is the earlier file or a whole one; the run is as it was; and the same work,
begun again, ends as if there had been no kill, and leaves nothing of the killed one.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import kerasft
from kerasft.base.bundle_file import unpack
from kerasft.inputs.texts.backbones import catalog
from kerasft.networks import fetching
from kerasft.predicting.opening import load_predictor

PRESET = "hf://kerasft/killed"


@dataclass(frozen=True)
class Work:
    """Something that writes.

    Args:
        do: Does it, in a folder of its own for what is not written into the run.
        made: What it makes, in that folder.
        check: Raises if what was made is not whole.
    """

    do: Callable[[Path, Path], object]
    made: Callable[[Path, Path], Path]
    check: Callable[[Path], object]


def _export(run_dir: Path, folder: Path) -> object:
    return kerasft.export(run_dir, format="saved_model", min_agreement=0, max_accuracy_drop=1)


def _tflite(run_dir: Path, folder: Path) -> object:
    return kerasft.export(run_dir, format="tflite", quantize="none")


def _report(run_dir: Path, folder: Path) -> object:
    return kerasft.report(run_dir)


def _bundle(run_dir: Path, folder: Path) -> object:
    return kerasft.bundle(run_dir, folder / "a.kerasft", overwrite=True)


def _bring(folder: Path) -> None:
    for number in range(20):
        (folder / f"{number}.bin").write_bytes(bytes(1_000_000))
        time.sleep(0.01)


def _fetch(run_dir: Path, folder: Path) -> object:
    os.environ["KERASFT_HOME"] = str(folder)
    fetching._sources = lambda entry: [("here", "here", _bring)]
    return fetching.fetch(catalog.find(PRESET))


def _preset(run_dir: Path, folder: Path) -> Path:
    os.environ["KERASFT_HOME"] = str(folder)
    return fetching.preset_folder(catalog.find(PRESET))


def _is_page(path: Path) -> None:
    assert path.read_text("utf-8").rstrip().endswith("</html>"), path


def _is_preset(path: Path) -> None:
    listed = json.loads((path / "manifest.json").read_text("utf-8"))["files"]
    assert len(listed) == 20 and all((path / name).stat().st_size == 1_000_000 for name in listed), path


WORKS = {
    "bundle": Work(_bundle, lambda run, folder: folder / "a.kerasft", unpack),
    "fetch": Work(_fetch, _preset, _is_preset),
    "report": Work(_report, lambda run, folder: run / "report.html", _is_page),
    "export tflite": Work(
        _tflite, lambda run, folder: run / "exports" / "model_float32.tflite", load_predictor
    ),
    "export saved_model": Work(_export, lambda run, folder: run / "exports" / "saved_model", load_predictor),
}


def kill_works(
    finished: Path, root: Path, trials: int, rng: random.Random, run_child: Callable[..., int]
) -> dict[str, Counter]:
    """Kills each work so many times, half of them where an earlier result lies already; returns what was counted."""
    return {
        name: _kill(work, finished, root / name.replace(" ", "_"), trials, rng, run_child)
        for name, work in WORKS.items()
    }


def _kill(
    work: Work, finished: Path, root: Path, trials: int, rng: random.Random, run_child: Callable
) -> Counter:
    whole = _fresh(finished, root / "whole")
    begin = time.monotonic()
    assert run_child(lambda: work.do(*whole), None) == 0
    seconds, count = (
        time.monotonic() - begin,
        Counter(kills=0, whole_after_the_kill=0, nothing_left=0, good_end=0),
    )
    expected = _names(*whole)
    for attempt in range(3 * trials):
        if count["kills"] == trials:
            break
        run_dir, folder = whole if attempt % 2 else _fresh(finished, root / str(attempt))
        if attempt % 2:
            run_dir, folder = _copied(whole, root / str(attempt))
        begin = time.monotonic()
        if run_child(lambda: work.do(run_dir, folder), rng.uniform(0.02, 1.0) * seconds) != -9:  # noqa: B023
            seconds = time.monotonic() - begin  # it was faster: no trial, but a better clock
            continue
        count["kills"] += 1
        there = work.made(run_dir, folder).exists()
        assert there or not attempt % 2, "the earlier file is gone"
        if there:
            assert run_child(lambda: work.check(work.made(run_dir, folder)), None) == 0, "half a file"  # noqa: B023
        count["whole_after_the_kill"] += 1
        assert _hashes(run_dir) == _hashes(finished), "the run has changed"
        assert run_child(lambda: work.do(run_dir, folder), None) == 0, "it doesn't work again"  # noqa: B023
        assert run_child(lambda: work.check(work.made(run_dir, folder)), None) == 0  # noqa: B023
        count["good_end"] += 1
        count["nothing_left"] += _names(run_dir, folder) == expected
        shutil.rmtree(root / str(attempt))
    return count


def _fresh(finished: Path, root: Path) -> tuple[Path, Path]:
    (root / "folder").mkdir(parents=True)
    return shutil.copytree(finished, root / "run"), root / "folder"


def _copied(whole: tuple[Path, Path], root: Path) -> tuple[Path, Path]:
    shutil.copytree(whole[0].parent, root)
    return root / "run", root / "folder"


def _names(*folders: Path) -> list[str]:
    """Returns what there is; marks of SavedModels that were exported here are named by hashes of their own."""
    return sorted(
        path.relative_to(folder).as_posix()
        for folder in folders
        for path in folder.rglob("*")
        if path.parent.name != "exported_here"
    )


def _hashes(run_dir: Path) -> dict[str, str]:
    names = (
        "config.json",
        "result.json",
        "splits.csv",
        "best.weights.safetensors",
        "history.csv",
        "calibration.json",
    )
    return {name: hashlib.sha256((run_dir / name).read_bytes()).hexdigest() for name in names}
