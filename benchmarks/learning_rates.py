"""Whether `--learning-rate auto` is worth it: `python -m benchmarks.learning_rates`.

`starter` trains in two phases of ten epochs with the light augmentation, on scikit-learn's handwritten digits and on
the same digits over cut-outs of its two sample photos (see `benchmarks.views`): with the default rates, with rates ten
times too low and ten times too high, and with those that the sweep finds. What came of it is in
docs/learning_rates.md. Accuracy is on all the images that neither trained nor validated. About 10 CPU-minutes.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from typing import Any

import numpy as np

import kerasft
from benchmarks.views import SIZE, digits, digits_on_photos
from kerasft.base import environment

HEAD, TUNE = 1e-3, 3e-4
RATES: dict[str, tuple[Any, Any]] = {
    "the defaults": (HEAD, TUNE),
    "auto": ("auto", "auto"),
    "a tenth of the defaults": (HEAD / 10, TUNE / 10),
    "ten times the defaults": (HEAD * 10, TUNE * 10),
}


def score(images: np.ndarray, labels: np.ndarray, per_class: int, rates: Any, seed: int) -> dict[str, float]:
    """Trains with so many images per class, as many validate; returns accuracies, CPU seconds and rates."""
    rng = np.random.default_rng(seed)
    used = np.concatenate(
        [rng.permutation(np.flatnonzero(labels == each))[: 2 * per_class] for each in range(10)]
    )
    names = [str(labels[row]) for row in used]
    splits = kerasft.read_images(
        images[used], SIZE, labels=names, validation_share=0.48, test_share=0.04, seed=seed
    )
    model = kerasft.build_model(
        "image_classification", backbone="starter", class_names=splits.class_names, image_size=SIZE, seed=seed
    )
    phases = kerasft.two_phases(10, 10, head_learning_rate=rates[0], tune_learning_rate=rates[1], patience=10)
    training = kerasft.Training(augment="light", flip=False, seed=seed)
    rest = np.setdiff1d(np.arange(len(labels)), used)
    with tempfile.TemporaryDirectory() as folder:
        begin = time.process_time()
        run = kerasft.fine_tune(model, splits, phases, f"{folder}/run", training, verbose=False)
        found = {"seconds": time.process_time() - begin}
        for phase in ("head", "tune"):
            found[f"{phase} rate"] = run.result["phases"][phase]["learning_rate"]
        for name in ("head", "best"):
            trained = (run.at("head") if name == "head" else run).load_model()
            trained.jit_compile = False
            answers = trained.predict(images[rest].astype("float32"), verbose=0).argmax(1)
            found[name] = float(np.mean(answers == labels[rest]))
    return found


def main() -> None:
    """Runs the sweep and prints its table."""
    environment.load_quietly()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rates", nargs="+", default=list(RATES), choices=list(RATES))
    options = parser.parse_args()
    data = {
        "digits, 20 per class": (*digits(), 20),
        "digits on photos, 60 per class": (*digits_on_photos(), 60),
    }
    print("| data | rates | head | tune | after head (range) | the run's best (range) | CPU s |")
    print("| --- | --- | --- | --- | --- | --- | --: |", flush=True)
    for name, (images, labels, per_class) in data.items():
        for way in options.rates:
            runs = [score(images, labels, per_class, RATES[way], seed) for seed in range(options.seeds)]
            cells = [_range([run[key] for run in runs], "g") for key in ("head rate", "tune rate")]
            cells += [_mean([run[key] for run in runs]) for key in ("head", "best")]
            seconds = np.mean([run["seconds"] for run in runs])
            print(f"| {name} | {way} | {' | '.join(cells)} | {seconds:.1f} |", flush=True)


def _range(values: list[float], form: str) -> str:
    low, high = (format(float(f"{each:.2g}"), form) for each in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def _mean(values: list[float]) -> str:
    return f"{np.mean(values):.4f} ({min(values):.3f} to {max(values):.3f})"


if __name__ == "__main__":
    main()
