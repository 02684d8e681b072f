"""How much of what is wrong with labels `kerasft doctor` finds: `python -m benchmarks.planted`.

Several labels: of the sample data, 5 % of the labels that are there are taken away, and as many are put where they are
not. Order: examples of the sample data are drawn, and their classes named in another order; the right one, or the
right one turned round, is to be found, and none is to be suspected where the order is right. Both with the judges
that the doctor takes, whose features are computed once.

About 5 CPU-minutes for 3 draws; MiniLM is fetched once.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

import kerasft
from kerasft.base import environment

environment.prepare()

from kerasft.contract.splits import Splits  # noqa: E402
from kerasft.data.suspects import IMAGES, TEXTS, WORDS, Judged, judged_labels  # noqa: E402
from kerasft.inputs.images.features import frozen_features  # noqa: E402
from kerasft.inputs.texts.features import text_features  # noqa: E402
from kerasft.inputs.texts.rows import TextItem  # noqa: E402
from kerasft.targets.labels.examining import suspected_finding  # noqa: E402
from kerasft.targets.labels.schema import Labels  # noqa: E402
from kerasft.targets.order.examining import better_order  # noqa: E402

PLANTED, SIZE, MINILM = 0.05, 64, "all_minilm_l6_v2"
COUNTS = (150, 300, 1000)  # examples whose order is judged


def whole(splits: Splits) -> tuple[list[TextItem], np.ndarray, list[Any]]:
    """Returns items of all splits, whose labels are as in the data, their targets, and the splits."""
    parts = [splits.train, splits.validation, splits.test]
    items = [
        TextItem(
            part.ids[row],
            splits.schema.to_text(part.targets, row),
            str(getattr(part, "texts", [""])[0]),
            None,
        )
        for part in parts
        for row in range(len(part))
    ]
    return items, np.concatenate([np.asarray(part.targets) for part in parts]), parts


def of_images(
    read: Callable[..., Splits], name: str
) -> Iterator[tuple[str, str, Any, Any, np.ndarray, Any, float]]:
    """Yields what the doctor's judge of images has: data, judge, features, items, targets, schema, strength."""
    splits = read(name, SIZE)
    items, targets, parts = whole(splits)
    images = np.concatenate([np.asarray(part.images) for part in parts])
    yield (
        name,
        "`starter`",
        frozen_features(images, "starter", SIZE, "pretrained"),
        items,
        targets,
        splits.schema,
        IMAGES,
    )


def of_texts(
    read: Callable[..., Splits], name: str
) -> Iterator[tuple[str, str, Any, Any, np.ndarray, Any, float]]:
    """Yields the same of texts, for both judges."""
    splits = read(name)
    items, targets, parts = whole(splits)
    texts = [text for part in parts for text in part.texts]
    items = [replace(item, text=text) for item, text in zip(items, texts, strict=True)]
    for judge, backbone, strength in (("all-MiniLM-L6-v2", MINILM, TEXTS), ("TF-IDF", None, WORDS)):
        yield (
            name,
            judge,
            text_features(items, backbone, "pretrained"),
            items,
            targets,
            splits.schema,
            strength,
        )


def planted_labels(
    features: Any, items: Sequence[TextItem], present: np.ndarray, schema: Labels, strength: float, seed: int
) -> tuple[int, float, float]:
    """Returns how many errors were planted, the share found, and the share of the suspected ones that were planted."""
    rng, wrong = np.random.default_rng(seed), present > 0
    there, absent = np.argwhere(present > 0), np.argwhere(present == 0)
    count = round(PLANTED * len(there))
    chosen = np.concatenate([rng.permutation(each)[:count] for each in (there, absent)])
    wrong[tuple(chosen.T)] ^= True
    names = np.array(schema.class_names)
    changed = [replace(item, label="|".join(names[row])) for item, row in zip(items, wrong, strict=True)]
    found = suspected_finding(features, changed, schema, range(len(items)), "", seed, strength)
    planted = {(int(row), str(names[k]), bool(present[row, k])) for row, k in chosen}
    said = {
        (cast(int, each.row), name, lacks) for each in found.suspects for name, lacks in [_claim(each.why)]
    }
    return len(planted), len(said & planted) / len(planted), len(said & planted) / max(len(said), 1)


def _claim(why: str) -> tuple[str, bool]:
    """Returns the label of "lacks NAME (...)" or "should not have NAME (...)", and whether it is said to be missing."""
    name = why.rpartition(" (")[0]
    return name.removeprefix("lacks ").removeprefix("should not have "), name.startswith("lacks ")


def orders(features: Any, labels: np.ndarray, strength: float, count: int, seed: int) -> list[bool]:
    """Returns whether the right order is suspected, and whether it is found with two swapped, and shuffled."""
    rng, classes = np.random.default_rng(seed), int(labels.max()) + 1
    rows = rng.permutation(len(labels))[:count]
    judged = cast(Judged, judged_labels(features[rows], labels[rows], seed, strength))
    swapped, place = np.arange(classes), int(rng.integers(classes - 1))
    swapped[[place, place + 1]] = place + 1, place
    shuffled = np.arange(classes)
    while (
        min(np.abs(shuffled - np.arange(classes)).sum(), np.abs(shuffled[::-1] - np.arange(classes)).sum())
        < 4
    ):
        shuffled = rng.permutation(classes)
    return [better_order(judged) is not None, *(_found(judged, each) for each in (swapped, shuffled))]


def _found(judged: Judged, names: np.ndarray) -> bool:
    """Returns whether the order is found where class k is called names[k]."""
    renamed = replace(
        judged, labels=names[judged.labels], probabilities=judged.probabilities[:, np.argsort(names)]
    )
    found = better_order(renamed)
    return found is not None and found in (tuple(names), tuple(names[::-1]))


def main(argv: Sequence[str] | None = None) -> None:
    """Prints a table of labels and one of orders."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.planted", description="What the doctor finds."
    )
    parser.add_argument("--draws", type=int, default=3, help="each with other errors, examples and orders")
    draws = range(parser.parse_args(argv).draws)
    print(
        "| data | judged by | planted | found | of the suspected ones, planted |\n| --- | --- | --- | --- | --- |"
    )
    labels = (
        *of_images(kerasft.read_images_with_labels, "several-digits"),
        *of_texts(kerasft.read_texts_with_labels, "several-topics"),
    )
    for name, judge, features, items, targets, schema, strength in labels:
        found = np.array([planted_labels(features, items, targets, schema, strength, seed) for seed in draws])
        cells = [f"{each.mean():.0%} ({each.min():.0%} to {each.max():.0%})" for each in found.T[1:]]
        print(f"| {name}, {len(items)} | {judge} | {int(found[0, 0])} | {' | '.join(cells)} |", flush=True)
    print(
        "\n| data | judged by | examples | suspected although right | neighbours swapped, found | shuffled, found |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    graded = (
        *of_images(kerasft.read_images_with_order, "crowds"),
        *of_texts(kerasft.read_texts_with_order, "reviews"),
    )
    for name, judge, features, _, targets, _, strength in graded:
        for count in COUNTS:
            found = np.array([orders(features, targets.astype(int), strength, count, seed) for seed in draws])
            cells = [f"{each} of {len(draws)}" for each in found.sum(axis=0)]
            print(f"| {name} | {judge} | {count} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
