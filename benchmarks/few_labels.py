"""What pretraining is worth when labels are few: `python -m benchmarks.few_labels`.

Five labelled digits per class (scikit-learn's, at 32 pixels) train several models; the other 1747 digits are the
test. No further label is used: the epoch that is kept is chosen on the 50 training images themselves. The
network trained from scratch gets what the others get (batches, augmentation, optimizer, warm-up and decay, number
of epochs), its BatchNorm trains, and the best of its learning rates is chosen *on the test images*, which is
more than the others are granted: their rates were chosen once, on three other draws of the training images.

About 8 CPU-minutes for 5 draws and both augmentations.
"""

from __future__ import annotations

import argparse
import tempfile

import numpy as np

import kerasft
from kerasft.base import environment

environment.prepare()

import keras  # noqa: E402

from kerasft.contract.plan import Phase, Training, two_phases  # noqa: E402
from kerasft.data.batches import Batches  # noqa: E402
from kerasft.inputs.images.augment import make_augment  # noqa: E402
from kerasft.inputs.images.splits import ImageReading, ImageSplit, ImageSplits  # noqa: E402
from kerasft.targets.classes import head as heads  # noqa: E402
from kerasft.targets.classes.encoding import one_hot  # noqa: E402
from kerasft.targets.classes.schema import Classes  # noqa: E402
from kerasft.training.optimizers import make_optimizer  # noqa: E402

IMAGE_SIZE = 32
CLASS_NAMES = tuple("0123456789")
SCRATCH_LEARNING_RATES = (1e-3, 3e-3)  # 1e-2 was worse in every trial


def main(argv: list[str] | None = None) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.few_labels", description="Few labels on digits."
    )
    parser.add_argument("--seeds", type=int, default=5, help="draws of the training images")
    parser.add_argument("--labels", type=int, default=5, help="labelled images per class")
    parser.add_argument("--epochs", type=int, default=10, help="epochs of each of the two phases")
    parser.add_argument(
        "--augment", nargs="+", default=("none", "light"), help="augmentations, a column each"
    )
    parser.add_argument(
        "--weights", default="pretrained", help="another file of recipes/pretrain_backbone.py"
    )
    options = parser.parse_args(argv)
    scores: dict[tuple[str, str], list[float]] = {}
    for augment in options.augment:
        for seed in range(options.seeds):
            splits = draw_splits(seed, options.labels)
            training = Training(augment=augment, flip=False, seed=seed)
            for name, accuracy in train_all(splits, training, options.epochs, options.weights).items():
                scores.setdefault((name, augment), []).append(accuracy)
                print(f"seed {seed}, augmentation {augment}: {name}: {accuracy:.3f}", flush=True)
    print(
        f"\n{options.labels} labels per class, {2 * options.epochs} epochs; mean of {options.seeds} draws (range)\n"
    )
    print(table(scores))


def train_all(splits: ImageSplits, training: Training, epochs: int, weights: str) -> dict[str, float]:
    """Returns the test accuracy of each way to train, by name."""
    both = two_phases(epochs, epochs, unfreeze=0.5, tune_learning_rate=1e-3, patience=epochs)
    head = two_phases(2 * epochs, 0, patience=2 * epochs)
    found = {
        "`starter`, two phases": fine_tuned(splits, training, both, weights),
        "`starter`, head only": fine_tuned(splits, training, head, weights),
        "same network, random features, head only": fine_tuned(splits, training, head, None),
    }
    for rate in SCRATCH_LEARNING_RATES:
        name = f"same network from scratch, learning rate {rate:g}"
        found[name] = from_scratch(splits, training, 2 * epochs, rate)
    return found


def draw_splits(seed: int, labels_per_class: int) -> ImageSplits:
    """Returns a few digits to train on, the same ones as validation, and all others as the test split."""
    digits = kerasft.read_images("digits", IMAGE_SIZE)
    parts = (digits.train, digits.validation, digits.test)
    by_id = np.argsort(np.concatenate([part.ids for part in parts]))
    images = np.concatenate([part.images for part in parts])[by_id]
    labels = np.concatenate([part.labels for part in parts])[by_id]
    random = np.random.default_rng(seed)
    shuffled = [random.permutation(np.flatnonzero(labels == digit)) for digit in range(10)]
    train = np.concatenate([rows[:labels_per_class] for rows in shuffled])
    test = np.setdiff1d(np.arange(len(labels)), train)

    def split(name: str, rows: np.ndarray) -> ImageSplit:
        ids = tuple(map(str, rows))
        return ImageSplit(name, images[rows], labels[rows], ids, ids)

    few, others = split("train", train), split("test", test)
    reading = ImageReading(IMAGE_SIZE)
    return ImageSplits(few, few, others, Classes(CLASS_NAMES), reading, source="digits", seed=seed)


def fine_tuned(
    splits: ImageSplits, training: Training, phases: tuple[Phase, ...], weights: str | None
) -> float:
    """Returns the test accuracy of kerasft's own fine-tuning, from these weights or random ones."""
    model = new_model(training.seed, weights)
    with tempfile.TemporaryDirectory() as folder:
        kerasft.fine_tune(model, splits, phases, f"{folder}/run", training, verbose=False)
    return test_accuracy(model, splits)


def from_scratch(splits: ImageSplits, training: Training, epochs: int, learning_rate: float) -> float:
    """Returns the test accuracy when the whole network trains from random weights, BatchNorm too."""
    model = new_model(training.seed, None)
    augment = make_augment(training.augment, IMAGE_SIZE, flip=training.flip)
    size, seed = training.batch_size, training.seed
    train, encode = splits.train, one_hot(len(CLASS_NAMES))
    batches = Batches(train.images, train.labels, encode, size, shuffle=True, seed=seed, augment=augment)
    phase = Phase("scratch", "all", epochs, learning_rate, warmup=0.1, decay=True)
    model.compile(
        optimizer=make_optimizer(training.optimizer, phase, batches.steps, training.weight_decay),
        jit_compile=False,
        **heads.classification_objective(len(CLASS_NAMES), training.label_smoothing).compiled(),
    )
    set_epoch = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: setattr(batches, "epoch", epoch)
    )
    model.fit(batches.dataset(), epochs=epochs, verbose=0, callbacks=[set_epoch])
    return test_accuracy(model, splits)


def new_model(seed: int, weights: str | None) -> keras.Model:
    """Returns `starter` with a head for ten digits."""
    return kerasft.build_model(
        "image_classification",
        backbone="starter",
        class_names=CLASS_NAMES,
        image_size=IMAGE_SIZE,
        weights=weights,
        precision="float32",
        seed=seed,
    )


def test_accuracy(model: keras.Model, splits: ImageSplits) -> float:
    """Returns the share of the test split that the model gets right."""
    predicted = model.predict(splits.test.images, batch_size=128, verbose=0).argmax(axis=-1)
    return float((predicted == splits.test.labels).mean())


def table(scores: dict[tuple[str, str], list[float]]) -> str:
    """Returns a Markdown table: a row per way to train, a column per augmentation."""
    columns = list(dict.fromkeys(augment for _, augment in scores))
    lines = [
        "| | " + " | ".join(f"augmentation {name}" for name in columns) + " |",
        "| --- " * (len(columns) + 1) + "|",
    ]
    for way in dict.fromkeys(name for name, _ in scores):
        cells = [scores[way, augment] for augment in columns]
        texts = [f"{np.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})" for values in cells]
        lines.append(f"| {way} | " + " | ".join(texts) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
