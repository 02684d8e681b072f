"""Data sets written in TFDS' own format, and its ImageFolder layout, without a network."""

import inspect
import sys

import numpy as np
import pytest

from kerasft.base.errors import InputError, UnavailableError
from kerasft.data.splits_file import write_splits
from kerasft.tasks.image_classification.reading import read_images, read_labelled
from kerasft.tasks.image_regression.reading import read_images_with_numbers
from tests.restoring import restore_splits

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
        records = [features.serialize_example(features.encode_example(row)) for row in rows]
        with tf.io.TFRecordWriter(str(path)) as writer:
            for record in records:
                writer.write(record)
        infos.append(
            tfds.core.SplitInfo(
                name=split,
                shard_lengths=[len(rows)],
                num_bytes=path.stat().st_size,
                filename_template=template,
            )
        )
    tfds.folder_dataset.write_metadata(
        data_dir=root, features=features, split_infos=infos, filename_template=FILES, check_data=False
    )


def store_pictures(make, folder, name="tiny", splits=(("train", 24), ("test", 6)), **more) -> None:
    """The class of each example is its number modulo 2."""
    seeds, examples = iter(range(1000)), {}
    for split, count in splits:
        examples[split] = [
            {
                "image": make.noise(next(seeds), 9, 10),
                "label": number % 2,
                "number": number,
                **dict.fromkeys(more, 0),
            }
            for number in range(count)
        ]
    image = tfds.features.Image(shape=(None, None, 3), encoding_format="png")
    label = tfds.features.ClassLabel(names=["yes", "no"])
    store(folder, name, {"image": image, "label": label, "number": np.int64, **more}, examples)


@pytest.fixture(scope="module")
def tiny(make, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tfds")
    store_pictures(make, folder)
    return folder


def test_pictures_labels_ids_and_splits(tiny, make):
    splits = read_images("tfds:tiny", 9, data_dir=tiny, validation_share=0.25)
    assert splits.class_names == ("yes", "no") and splits.source == "tfds:tiny"
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [18, 6, 6]
    from kerasft.inputs.images.decode import resize_image

    assert splits.test.ids == tuple(f"tfds:test/{number}" for number in range(6))
    for part, first in ((splits.test, 24), (splits.train, 0), (splits.validation, 0)):
        for image, label, name in zip(part.images, part.labels, part.ids, strict=True):
            number = int(name.rsplit("/")[-1])
            assert label == number % 2
            assert np.array_equal(image, resize_image(make.noise(first + number, 9, 10), 9))


def test_class_list_and_evaluation(tiny):
    test = read_labelled("tfds:tiny", ("no", "yes"), 8, data_dir=tiny)
    assert test.labels.tolist() == [1, 0, 1, 0, 1, 0]
    with pytest.raises(InputError, match="a class is not in the saved class list .*'no'"):
        read_labelled("tfds:tiny", ("yes", "never"), 8, data_dir=tiny)


def test_restore(tiny, tmp_path):
    splits = read_images("tfds:tiny:1.0.0", 8, data_dir=tiny)
    path = write_splits(splits, tmp_path / "splits.csv")
    again = restore_splits(path, splits.source, splits.class_names, 8, "stretch", splits.data_dir)
    for name in ("train", "validation", "test"):
        one, other = getattr(splits, name), getattr(again, name)
        assert (
            np.array_equal(one.images, other.images) and one.ids == other.ids and one.hashes == other.hashes
        )
    path.write_text(path.read_text().replace("tfds:train/0,", "tfds:train/99,"))
    with pytest.raises(InputError, match=r"not what it was, missing \(received: tfds:train/99\)"):
        restore_splits(path, splits.source, splits.class_names, 8, "stretch", splits.data_dir)


def test_not_on_this_machine(tmp_path):
    with pytest.raises(UnavailableError) as error:
        read_images("tfds:beans", 8, data_dir=tmp_path)
    assert str(error.value) == (
        f"the TFDS data set is not prepared on this machine (received: tfds:beans, looked in {tmp_path}); "
        "give its folder with --data-dir, or prepare it where there is a network: tfds build beans"
    )
    with pytest.raises(InputError, match="not a name of a TFDS data set .received: tfds:no name!"):
        read_images("tfds:no name!", 8, data_dir=tmp_path)


def test_numbers_are_a_feature_of_their_own(tiny, make, tmp_path):
    """The class label beside them is passed over, as numbers are where classes are wanted."""
    splits = read_images_with_numbers("tfds:tiny", 9, data_dir=tiny, validation_share=0.25)
    numbers = [int(name.rsplit("/")[-1]) for name in splits.test.ids]
    assert splits.test.targets.tolist() == numbers == [0, 1, 2, 3, 4, 5]
    assert splits.class_names == () and splits.schema.means[0] > 0
    store_pictures(make, tmp_path, "two", other=np.float32)
    with pytest.raises(InputError, match=r"more than one number .*only one image and one number fit"):
        read_images_with_numbers("tfds:two", 9, data_dir=tmp_path)


def test_readers_of_images_say_the_same_of_their_arguments():
    of_classes, of_numbers = map(inspect.signature, (read_images, read_images_with_numbers))
    own = [each for each in of_numbers.parameters.values() if each.name != "unit"]
    assert own == list(of_classes.parameters.values())
    assert list(of_classes.parameters)[:3] == ["source", "image_size", "resize"]
    for reader in (read_images, read_images_with_numbers):
        told = inspect.getdoc(reader)
        assert all(f"    {name}: " in told for name in of_classes.parameters) and "targets:" not in told


def test_features_and_splits_that_do_not_fit(make, tmp_path):
    store_pictures(make, tmp_path, "notrain", splits=(("test", 8),))
    with pytest.raises(InputError, match="the data set 'notrain' has no split train"):
        read_images("tfds:notrain", 8, data_dir=tmp_path)
    store_pictures(make, tmp_path, "two", other=tfds.features.ClassLabel(num_classes=2))
    with pytest.raises(InputError, match="the data set 'two' has more than one class label"):
        read_images("tfds:two", 8, data_dir=tmp_path)
    store_pictures(make, tmp_path, "extra", splits=(("train", 24), ("unlabelled", 2)))
    splits = read_images("tfds:extra", 8, data_dir=tmp_path)
    assert "splits of extra left out: unlabelled" in splits.notes
    store(tmp_path, "numbers", {"value": np.int64}, {"train": [{"value": 1}]})
    with pytest.raises(InputError) as error:
        read_images("tfds:numbers", 8, data_dir=tmp_path)
    assert str(error.value).splitlines() == [
        "the data set 'numbers' has no image (received: value); only one image and one class label fit",
        "the data set 'numbers' has no class label (received: value); only one image and one class label fit",
    ]


def test_a_missing_package_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(
        UnavailableError, match=r'^tfds: needs .*not installed; pip install "kerasft\[tfds\]"$'
    ):
        read_images("tfds:tiny", 8)


def test_the_image_folder_layout_of_tfds(make, tmp_path):
    """root/split/label/file, as in tfds.ImageFolder, is a folder like any other."""
    for split, count, seed in (("train", 6, 0), ("validation", 2, 50), ("test", 2, 80)):
        make.classes(tmp_path / split, {"cat": count, "dog": count}, seed)
    splits = read_images(tmp_path, 8)
    reference = tfds.ImageFolder(str(tmp_path))
    assert list(splits.class_names) == reference.info.features["label"].names
    for name in ("train", "validation", "test"):
        assert len(getattr(splits, name)) == reference.info.splits[name].num_examples
