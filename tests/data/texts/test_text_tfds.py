"""Text data sets written in TFDS' own format, without a network."""

import numpy as np
import pytest

from kerasft.base.errors import InputError, UnavailableError
from kerasft.data.splits_file import write_splits
from kerasft.inputs.texts.texts import TextColumns
from kerasft.tasks.text_classification.reading import read_labelled_texts, read_texts
from tests.restoring import restore_text_splits

tf = pytest.importorskip("tensorflow")
tfds = pytest.importorskip("tensorflow_datasets")
FILES = "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}"


def store(folder, name, features, examples) -> None:
    """Writes a data set in the format of TFDS: records, and the metadata beside them."""
    root = folder / name / "1.0.0"
    root.mkdir(parents=True)
    features = tfds.features.FeaturesDict(features)
    template = tfds.core.ShardedFileTemplate(
        data_dir=root, dataset_name=name, filetype_suffix="tfrecord", template=FILES
    )
    infos = []
    for split, rows in examples.items():
        path = root / f"{name}-{split}.tfrecord-00000-of-00001"
        with tf.io.TFRecordWriter(str(path)) as writer:
            for row in rows:
                writer.write(features.serialize_example(features.encode_example(row)))
        size = path.stat().st_size
        infos.append(
            tfds.core.SplitInfo(
                name=split, shard_lengths=[len(rows)], num_bytes=size, filename_template=template
            )
        )
    tfds.folder_dataset.write_metadata(
        data_dir=root, features=features, split_infos=infos, filename_template=FILES, check_data=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tfds")
    label = tfds.features.ClassLabel(names=["no", "yes"])
    text = tfds.features.Text()

    def examples(first, count, secret=False):
        return [{"text": f"thé {n}", "label": -1 if secret else n % 2} for n in range(first, first + count)]

    splits = {
        "train": examples(0, 16),
        "validation": examples(50, 4),
        "test": examples(80, 4, secret=True),
        "unsupervised": examples(100, 3, secret=True),
    }
    store(folder, "reviews", {"text": text, "label": label}, splits)
    pairs = [
        {"premise": f"p{n}", "hypothesis": f"h{n}", "label": n % 2, "idx": n, "other": n % 2}
        for n in range(20)
    ]
    features = {"premise": text, "hypothesis": text, "label": label, "idx": np.int64, "other": label}
    store(folder, "pairs", features, {"train": pairs, "test": [{**row, "premise": "t"} for row in pairs]})
    return folder


def test_splits_labels_and_secret_labels(folder, tables):
    splits = read_texts("tfds:reviews", data_dir=folder)
    assert splits.class_names == ("no", "yes") and splits.source == "tfds:reviews"
    assert splits.validation.ids == tuple(f"tfds:validation/{n}" for n in range(4))
    assert splits.validation.texts == ("thé 50", "thé 51", "thé 52", "thé 53")
    assert splits.validation.labels.tolist() == [0, 1, 0, 1]
    assert all(name.startswith("tfds:train/") for name in splits.test.ids) and len(splits.test) == 2
    assert splits.notes == ("splits of reviews left out, unknown or without labels: unsupervised, test",)
    for name, (text, label) in tables.by_id(splits).items():
        assert label == ("no", "yes")[int(text.split()[1]) % 2], name


def test_pairs_and_restore(folder, tmp_path):
    splits = read_texts("tfds:pairs", data_dir=folder, text="premise", text_pair="hypothesis")
    assert splits.columns == TextColumns("premise", "hypothesis", "label")
    assert splits.test.pairs == tuple(f"h{n}" for n in range(20)) and splits.test.texts[0] == "t"
    path = write_splits(splits, tmp_path / "splits.csv")
    again = restore_text_splits(path, splits.source, splits.columns, splits.class_names, folder)
    assert again.train.pairs == splits.train.pairs and again.train.hashes == splits.train.hashes
    test = read_labelled_texts("tfds:pairs", ("yes", "no"), splits.columns, data_dir=folder)
    assert test.labels.tolist() == [1, 0] * 10


def test_features_that_do_not_fit(folder, tables):
    lines = tables.refused("tfds:pairs", data_dir=folder)
    assert lines == [
        "the data set 'pairs' has no column 'text' (--text) "
        "(received: columns hypothesis, idx, label, other, premise); name the right one with --text"
    ]
    lines = tables.refused("tfds:pairs", data_dir=folder, text="idx", label="premise")
    assert lines == [
        "the feature 'idx' (--text) is not a text (received: idx); those that fit: hypothesis, premise",
        "the feature 'premise' (--label) is not a class label (received: premise); "
        "those that fit: label, other",
    ]
    with pytest.raises(InputError, match="a class is not in the saved class list .received: 'no'."):
        read_labelled_texts("tfds:pairs", ("yes", "never"), TextColumns("premise"), data_dir=folder)
    with pytest.raises(UnavailableError, match="tfds:nothing, looked in .*; give its folder with --data-dir"):
        read_texts("tfds:nothing", data_dir=folder)
