"""Kills real training runs at random moments, resumes them, and compares the end with a run that was never killed.

    python -m tests.kill --trials 100

Each trial trains the small backbone in two phases in a process of its own, kills it with SIGKILL at a random moment
(during saves, too), perhaps kills the resumed run again, and lets it finish. Counted are the kills that left no state
to go on from, the epochs that were lost, and the ends that were not bit-equal: weights of both phases, history, result.
Then exports, reports, bundles and fetches are killed, a fifth as often each (see `tests.kill_works`).
The processes are forked from one that has imported TensorFlow and not used it, which saves its start. POSIX only.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import kerasft
from kerasft.base.environment import load_quietly
from kerasft.runs.run import weights_path
from kerasft.training.checkpoint import read_checkpoint
from kerasft.training.history import read_history
from tests.conftest import write_pictures
from tests.kill_works import kill_works

PLACES = ("off", "memory", "disk")
START_AGAIN = "stopped before it had begun"


def main() -> int:
    """Runs the trials and prints their table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--works", action="store_true", help="only exports, reports, bundles and fetches")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    load_quietly()
    rng, count = random.Random(options.seed), Counter({"trials": 0})
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        pictures = write_pictures(root / "pictures")
        expected, seconds = {}, {}
        for place in PLACES[: 1 if options.works else None]:
            begin = time.monotonic()
            assert run_child(lambda place=place: train(pictures, root / place, place), None) == 0
            seconds[place] = time.monotonic() - begin
            expected[place] = outcome(root / place)
        for attempt in range(0 if options.works else 3 * options.trials):
            if count["trials"] == options.trials:
                break
            place = PLACES[attempt % len(PLACES)]
            run_dir, begin = root / f"trial{attempt}", time.monotonic()
            one = kill_and_resume(pictures, run_dir, place, seconds[place], rng)
            one["bit_equal"] = int(outcome(run_dir) == expected[place])
            if not one["kills"]:  # it was faster than the run that was timed: no trial, but a better clock
                assert one["bit_equal"]
                seconds[place] = time.monotonic() - begin
                count["finished_before_the_kill"] += 1
                continue
            one["trials"] = 1
            count.update(one)
            count["most_lost_epochs"] = max(count["most_lost_epochs"], one.pop("lost", 0))
            print(f"trial {count['trials']}: {place}, {dict(one)}", file=sys.stderr, flush=True)
        works = kill_works(root / PLACES[0], root / "works", -(-options.trials // 5), rng, run_child)
    del count["lost"]
    if options.json:
        print(json.dumps({**count, "works": works}))
    else:
        print("\n".join(f"{name.replace('_', ' '):<28}{value}" for name, value in count.items()))
        print("\n".join(f"{name:<28}{dict(each)}" for name, each in works.items()))
    bad = any(len(set(each.values())) > 1 or not each["kills"] for each in works.values())
    if not options.works:
        bad |= min(count["bit_equal"], count["trials"]) < options.trials
        bad |= bool(count["no_state"]) or count["most_lost_epochs"] > 1
    return int(bad)


def train(pictures: Path, run_dir: Path, place: str) -> None:
    """One fine-tuning: four epochs of each phase."""
    splits = kerasft.read_images(pictures, 16)
    model = kerasft.build_model(
        "image_classification", backbone="starter", class_names=splits.class_names, image_size=16
    )
    phases = kerasft.two_phases(4, 4, unfreeze=2, head_learning_rate=1e-2, tune_learning_rate=1e-3)
    training = kerasft.Training(batch_size=8, augment="light", views=3, feature_cache=place)
    kerasft.fine_tune(model, splits, phases, run_dir, training, overwrite=True, verbose=False)


def kill_and_resume(pictures: Path, run_dir: Path, place: str, seconds: float, rng: random.Random) -> Counter:
    """Kills a run at random, up to three times, and finishes it; returns what was counted."""
    count: Counter = Counter()
    moment = rng.uniform(0.05, 1.0) * seconds
    if run_child(lambda: train(pictures, run_dir, place), moment) == 0:
        return count  # without a kill
    for again in (rng.random() < 0.3, rng.random() < 0.1, False):
        count["kills"] += 1
        in_history = len(read_history(run_dir / "history.csv")) if (run_dir / "history.csv").exists() else 0
        saved = read_checkpoint(run_dir)
        finished = saved is None and (run_dir / "calibration.json").exists()  # killed when all was done
        lost = 0 if finished else in_history - len(saved[0].rows) if saved else in_history
        count["lost"] = max(count["lost"], lost)
        began = (run_dir / "config.json").exists() and saved is not None
        if not began and not finished:
            count["no_state" if in_history else "killed_before_the_first_state"] += 1

        def go_on(began: bool = began, finished: bool = finished) -> None:
            if began:
                kerasft.resume(run_dir, verbose=False)
            elif not finished:
                train(pictures, run_dir, place)

        if run_child(go_on, rng.uniform(0.05, 1.0) * seconds if again else None) == 0:
            return count
        if not again:
            raise SystemExit("the resumed run failed")
    return count


def run_child(work: Callable[[], None], kill_after: float | None) -> int:
    """Forks, works in the child, kills it after some seconds; returns its exit code, -9 when it was killed."""
    child = os.fork()
    if child == 0:
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stderr.flush()
        os._exit(code)
    begin = time.monotonic()
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if kill_after is not None and time.monotonic() - begin >= kill_after:
            os.kill(child, signal.SIGKILL)
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        time.sleep(0.01)


def outcome(run_dir: Path) -> str:
    """Returns a hash of all that must be equal: the weights, the history, the result."""
    found = hashlib.sha256()
    for name in ("head", "tune", "best"):
        found.update(weights_path(run_dir, name).read_bytes())
    rows = [dataclasses.replace(row, seconds=0) for row in read_history(run_dir / "history.csv")]
    result = json.loads((run_dir / "result.json").read_text())
    for phase in result["phases"].values():
        phase.pop("seconds")
    kept = {"phases": result["phases"], "best": result["best"]}
    found.update(json.dumps([dataclasses.asdict(row) for row in rows]).encode() + json.dumps(kept).encode())
    return found.hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
