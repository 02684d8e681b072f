"""How many augmented views to keep: `python -m benchmarks.views`.

Two data sets of real images: scikit-learn's handwritten digits, and the same digits drawn over cut-outs of its two
sample photos, which is harder. `starter` trains in two phases of ten epochs with the light augmentation; the features
of K views take turns (K = 0: a new view in every epoch, through the whole model). Accuracy is on the images that did
not train, mean of the seeds; CPU time is that of `fine_tune`. About 6 CPU-minutes.
"""

from __future__ import annotations

import argparse
import tempfile
import time

import numpy as np

import kerasft
from kerasft.base import environment

VIEWS = (0, 1, 2, 4, 8)
SIZE = 32


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Returns the digits as uint8 (1797, 32, 32, 3), and their classes."""
    from PIL import Image
    from sklearn.datasets import load_digits

    data = load_digits()
    small = (data.images * 255 / 16).astype("uint8")
    large = np.stack([np.asarray(Image.fromarray(image).resize((SIZE, SIZE))) for image in small])
    return np.repeat(large[..., None], 3, axis=-1), data.target


def digits_on_photos() -> tuple[np.ndarray, np.ndarray]:
    """Returns the digits in random colours over cut-outs of scikit-learn's sample photos."""
    from sklearn.datasets import load_sample_images

    (ink, labels), rng = digits(), np.random.default_rng(0)
    photos = load_sample_images().images
    pictures = np.empty_like(ink)
    for row, each in enumerate(ink):
        photo = photos[rng.integers(2)]
        top, left = (int(rng.integers(side - SIZE)) for side in photo.shape[:2])
        ground = photo[top : top + SIZE, left : left + SIZE]
        share = each / 255 * rng.uniform(0.6, 1.0)
        pictures[row] = ground * (1 - share) + rng.uniform(0, 255, 3) * share
    return pictures, labels


def score(
    images: np.ndarray, labels: np.ndarray, per_class: int, views: int, seed: int
) -> tuple[float, float]:
    """Trains with so many images per class, as many validate; returns test accuracy and CPU seconds."""
    rng = np.random.default_rng(seed)
    chosen = [rng.permutation(np.flatnonzero(labels == each))[: 2 * per_class] for each in range(10)]
    used = np.concatenate(chosen)
    names = [str(label) for label in labels]
    splits = kerasft.read_images(
        images[used],
        SIZE,
        labels=[names[row] for row in used],
        validation_share=0.48,
        test_share=0.04,
        seed=seed,
    )
    model = kerasft.build_model(
        "image_classification", backbone="starter", class_names=splits.class_names, image_size=SIZE, seed=seed
    )
    phases = kerasft.two_phases(10, 10, patience=10)
    training = kerasft.Training(augment="light", flip=False, views=views, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        begin = time.process_time()
        kerasft.fine_tune(model, splits, phases, f"{folder}/run", training, verbose=False)
        seconds = time.process_time() - begin
    rest = np.setdiff1d(np.arange(len(labels)), used)
    model.jit_compile = False
    answers = model.predict(images[rest].astype("float32"), verbose=0).argmax(1)
    return float(np.mean(answers == labels[rest])), seconds


def main() -> None:
    """Runs the sweep and prints its table."""
    environment.load_quietly()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--views", type=int, nargs="+", default=VIEWS)
    options = parser.parse_args()
    data = {
        "digits, 20 per class": (*digits(), 20),
        "digits on photos, 60 per class": (*digits_on_photos(), 60),
    }
    print("| data | views | accuracy (range) | CPU s |\n| --- | --: | --- | --: |", flush=True)
    for name, (images, labels, per_class) in data.items():
        for views in options.views:
            runs = [score(images, labels, per_class, views, seed) for seed in range(options.seeds)]
            found, seconds = np.array(runs).T
            spread = f"{found.mean():.4f} ({found.min():.3f} to {found.max():.3f})"
            print(f"| {name} | {views or 'new ones'} | {spread} | {seconds.mean():.1f} |", flush=True)


if __name__ == "__main__":
    main()
