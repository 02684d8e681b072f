"""Paths and data sets that a run or a table names: no connection is opened and no module is imported for them."""

import json
import sys

import pytest

import kerasft
from kerasft.base.errors import InputError
from kerasft.base.places import elsewhere
from kerasft.data.tfds_files import FEATURES, check_tfds_files
from kerasft.tasks.image_classification.reading import read_images
from kerasft.tasks.text_classification.reading import read_texts

URLS = [
    "gs://bucket/set", "s3://bucket/set", "http://host/a.csv", "HTTPS://host/a.csv", "hdfs://host/a", "hf://user/set",
    "file:///etc/passwd", "file:/etc/passwd", " gs://bucket", "az:\\\\x", "gs://",
]  # fmt: skip
SHARES = [
    "//host/share",
    "\\\\host\\share",
    "\\/host/share",
    "/\\host\\share",
    "\\\\?\\UNC\\host\\share",
    " //h/s",
]
LOCAL = [
    "",
    "a/b.png",
    "/home/me/data",
    "C:\\data",
    "C:/data",
    "./x",
    "a:b/c",
    "odd: name.png",
    "12:30.jpg",
    "~/x",
]


def test_what_leads_off_this_computer():
    assert [elsewhere(path) for path in URLS] == ["a URL"] * len(URLS)
    assert [elsewhere(path) for path in SHARES] == ["a path of another computer"] * len(SHARES)
    assert [elsewhere(path) for path in LOCAL] == [""] * len(LOCAL)


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("data_dir", "gs://bucket/set"),
        ("data_dir", "\\\\host\\share"),
        ("source", "//host/share"),
        ("source", "tfds:gs://b"),
        ("test_data", "s3://bucket/test"),
        ("validation_data", "tfds:gs://b"),
        ("group", "//host/share/groups.csv"),
    ],
)
def test_a_run_names_no_place_elsewhere(key, place, handed_in, edit_json):
    edit_json(handed_in / "config.json", lambda config: config["data"].update({key: place}))
    run = kerasft.Run.open(handed_in)  # it predicts as ever
    with pytest.raises(InputError, match="the run names a .*only files of this computer are read"):
        run.splits()


@pytest.mark.parametrize("place", ["gs://bucket/a.png", "\\\\host\\share\\a.png", "tfds:gs://bucket/1"])
def test_splits_of_a_run_name_no_file_elsewhere(place, handed_in):
    path = handed_in / "splits.csv"
    lines = path.read_text("utf-8").splitlines()
    cells = lines[1].split(",")
    lines[1] = ",".join([*cells[:2], place, cells[3]])
    path.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(InputError, match="the splits file names a"):
        kerasft.Run.open(handed_in).splits()


@pytest.mark.parametrize("place", ["https://host/a.png", "//host/share/a.png"])
def test_tables_name_no_file_elsewhere(place, tmp_path):
    (tmp_path / "table.csv").write_text(f"path,label\n{place},a\n", "utf-8")
    with pytest.raises(
        InputError, match="line 2: the path is a .*, and only files of this computer are read"
    ):
        read_images(tmp_path / "table.csv", 16)


CORE = "tensorflow_datasets.core.features."
IMAGE, DICT = f"{CORE}image_feature.Image", f"{CORE}features_dict.FeaturesDict"
EVIL = {
    "nested": {
        "pythonClassName": DICT,
        "featuresDict": {"features": {"image": {"pythonClassName": "payload.Thing"}}},
    },
    "snake case": {
        "python_class_name": DICT,
        "features_dict": {"features": {"a": {"python_class_name": "payload.T"}}},
    },
    "legacy": {"type": DICT, "content": {"image": {"type": "payload.Thing", "content": {}}}},
    "the first": {"pythonClassName": "payload.Thing"},
    "JSON in JSON": {
        "pythonClassName": IMAGE,
        "jsonFeature": {"json": '{"type": "payload.Thing", "content": 1}'},
    },
    "a submodule": {"pythonClassName": f"{CORE}payload.Thing"},
}


@pytest.fixture
def evil_set(tmp_path, monkeypatch, canary):
    """Writes a TFDS data set whose features name a module, which would leave its mark."""
    (tmp_path / "payload.py").write_text(f"open({str(canary)!r}, 'w').close()\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    splits = [{"name": "train", "shardLengths": ["1"], "numBytes": "1"}]
    info = {"name": "pets", "version": "1.0.0", "fileFormat": "tfrecord", "splits": splits}

    def write(features, **changes):
        folder = tmp_path / "sets" / "pets" / "1.0.0"
        folder.mkdir(parents=True)
        (folder / "features.json").write_text(json.dumps(features), "utf-8")
        (folder / "dataset_info.json").write_text(json.dumps(info | changes), "utf-8")
        return tmp_path / "sets"

    yield write
    sys.modules.pop("payload", None)


@pytest.mark.parametrize("read", [read_images, read_texts])
@pytest.mark.parametrize("features", EVIL.values(), ids=EVIL)
def test_a_data_set_imports_no_module(features, read, evil_set):
    with pytest.raises(InputError, match="features of a type that kerasft doesn't read .*payload.T"):
        read("tfds:pets", data_dir=evil_set(features))


@pytest.mark.parametrize("splits", [1.5, True, "train", {"name": "train"}, ["train"], [{"name": "../train"}]])
@pytest.mark.parametrize("read", [read_images, read_texts])
def test_splits_of_a_data_set_that_are_no_splits_are_refused(splits, read, evil_set):
    """A number there ended in an error of Python's; found by the fuzzer."""
    own = {"pythonClassName": DICT, "featuresDict": {"features": {"image": {"pythonClassName": IMAGE}}}}
    with pytest.raises(InputError, match="dataset_info.json of the TFDS data set .* no file names"):
        read("tfds:pets", data_dir=evil_set(own, splits=splits))


VERBS = {
    "evaluate": kerasft.evaluate,
    "report": kerasft.report,
    "export": kerasft.export,
    "compare": lambda run: kerasft.compare([run, run]),
    "resume": kerasft.Run.splits,
}


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_a_run_imports_no_module(verb, evil_set, handed_in, edit_json):
    place = {"source": "tfds:pets", "data_dir": str(evil_set(EVIL["nested"]))}
    edit_json(handed_in / "config.json", lambda config: config["data"].update(place))
    with pytest.raises(InputError, match="features of a type that kerasft doesn't read"):
        verb(kerasft.Run.open(handed_in))


@pytest.mark.parametrize(
    "changes",
    [{"name": "../../pets"}, {"splits": [{"name": "train", "filepathTemplate": "/etc/{SPLIT}"}]},
     {"splits": [{"name": "..", "shardLengths": ["1"]}]}, {"splits": [{"filepathTemplate": "gs://b/{SPLIT}"}]},
     {"version": "1.0.0/.."}],
)  # fmt: skip
def test_the_names_in_a_data_set_stay_in_its_folder(changes, evil_set):
    folder = evil_set({"pythonClassName": IMAGE}, **changes) / "pets" / "1.0.0"
    with pytest.raises(InputError, match="holds names that are no file names"):
        check_tfds_files(folder, "pets")


@pytest.mark.parametrize("text", ["[" * 100_000, "no JSON", ""])
def test_damaged_metadata_is_one_message(text, evil_set):
    folder = evil_set({"pythonClassName": IMAGE}) / "pets" / "1.0.0"
    (folder / "features.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match="features.json of the TFDS data set 'pets' can't be read"):
        check_tfds_files(folder, "pets")


def test_the_allowed_features_are_what_tfds_has():
    import tensorflow_datasets as tfds

    found = {
        f"{each.__module__}.{each.__name__}"
        for each in vars(tfds.features).values()
        if isinstance(each, type)
    }
    assert found >= FEATURES
