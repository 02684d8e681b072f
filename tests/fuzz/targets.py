# ruff: noqa: E501
"""Readers of foreign bytes as one kind of function, with files to damage: for tests/fuzz/test_targets.py and guided.py.

A reader takes the path of a file that anybody could have made. It may answer, or raise a `KerasftError`, or what it
says that it raises; anything else is a fault.
"""

from __future__ import annotations

import csv
import functools
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from kerasft.base import bundle_file, config_file, npy, untrusted
from kerasft.base.errors import UnsafeFileError
from kerasft.base.quiet import quiet
from kerasft.base.specs import Spec
from kerasft.base.tensors import OtherTensorsError, read_tensors
from kerasft.comparing.cells import read_cells
from kerasft.data import earlier, signatures, splits_file, tfds_files
from kerasft.data.class_list import names_of
from kerasft.data.listing import Item
from kerasft.formats import description, onnx_contents, tflite_graph
from kerasft.formats.attaching import with_files
from kerasft.formats.litert import check_is_tflite
from kerasft.formats.onnx_file import open_onnx
from kerasft.inputs.images import coco, voc_lists
from kerasft.inputs.images.backbones.catalog import _preset_size
from kerasft.inputs.images.columns import ImageColumns
from kerasft.inputs.images.decode import BrokenImageError, decode_image
from kerasft.inputs.images.headers import read_header
from kerasft.inputs.images.table import list_table
from kerasft.inputs.images.upright import upright_size
from kerasft.inputs.texts import text_folder
from kerasft.inputs.texts.backbones import presets, tokenizers
from kerasft.inputs.texts.rows import check_rows, spelling_of_rows
from kerasft.inputs.texts.table import read_table
from kerasft.inputs.texts.texts import TextColumns
from kerasft.networks import hdf5, preset_folders, torch_state
from kerasft.networks.presets import find_preset
from kerasft.predicting.opening import predictor_of_file
from kerasft.predicting.runtimes import LiteRTRuntime, OnnxRuntime
from kerasft.runs.calibration import calibration_of
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.schema import Classes
from kerasft.targets.masks.decoding import BrokenMaskError, decode_mask
from kerasft.targets.masks.painting import index_png
from kerasft.tasks.image_segmentation import coco as painting
from kerasft.tasks.object_detection import voc, yolo
from kerasft.tasks.object_detection.annotated import BrokenBoxesError, check_all
from kerasft.tasks.object_detection.coco import coco_boxes
from kerasft.tasks.object_detection.table import table_boxes
from kerasft.tasks.object_detection.voc_xml import read_annotation
from kerasft.tasks.object_detection.yolo_data import read_data
from kerasft.tasks.object_detection.yolo_labels import read_labels
from kerasft.training.checkpoint import State, read_checkpoint, write_checkpoint
from kerasft.training.history import read_history
from tests.descriptions import of_images
from tests.fuzz.mangling import pictures


@dataclass(frozen=True)
class Target:
    """A reader, and whole files for it.

    Args:
        read: Reads a file of this name.
        seeds: Makes whole files.
        name: What the file is called.
        refusals: What else it may raise, as its docstring says.
    """

    read: Callable[[Path], object]
    seeds: Callable[[], list[bytes]]
    name: str
    refusals: tuple[type[Exception], ...] = ()


def _text_table(path: Path) -> object:
    rows = read_table(path, TextColumns()).rows
    return check_rows(rows, spelling_of_rows(rows, CLASSES), with_pairs=False)


def _csv(separator: str) -> list[bytes]:
    plain = f"text{separator}label\ngood day{separator}a\nbad day{separator}b\n"
    quoted = f'text{separator}label\n"one, ""two""\n three"{separator}a\n"x{separator}y"{separator}b\n'
    return [
        plain.encode(),
        quoted.encode(),
        ("\ufeff" + plain).encode(),
        plain.replace("\n", "\r\n").encode(),
    ]


def _parquet() -> list[bytes]:
    import pyarrow
    from pyarrow import parquet

    made = []
    for texts, options in (
        (["good day", "bad day"] * 20, {}),
        (["x" * 2000, None] * 20, {"compression": "zstd", "use_dictionary": False}),
        ([b"a\xff", b"b"] * 20, {"compression": "gzip", "data_page_version": "2.0"}),
    ):
        buffer = io.BytesIO()
        parquet.write_table(pyarrow.table({"text": texts, "label": ["a", "b"] * 20}), buffer, **options)
        made.append(buffer.getvalue())
    return made


def _zip(members: dict[str, bytes], before: bytes = b"", packed: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO(before)
    buffer.seek(len(before))
    with zipfile.ZipFile(buffer, "w" if not before else "a", packed) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


_DESCRIPTION = of_images(("a", "b"), 16)
_READING = {
    "sequence_length": 16, "input_names": ("token_ids",), "pairs": False,
    "special_ids": {"start": 1, "end": 2, "pad": 0, "separators": [2]}, "tokenizer": {"class": "x", "config": {}},
}  # fmt: skip
_TEXTS = description.Description("text_classification", Classes(("a", "b")), _READING, "b", "float32")


def _described() -> list[bytes]:
    import hashlib

    model = b"\x1c\0\0\0TFL3" + bytes(40)
    sha256 = hashlib.sha256(model).hexdigest()
    images = json.dumps({**_DESCRIPTION.as_dict(), "sha256": sha256}).encode()
    vocabulary = b"[PAD]\n[UNK]\n"
    hashes = {"model": sha256, "vocabulary.txt": hashlib.sha256(vocabulary).hexdigest()}
    texts = {"kerasft.json": _TEXTS.as_json(hashes), "vocabulary.txt": vocabulary}
    return [_zip({"kerasft.json": images, "labels.txt": b"a\nb\n"}, model), _zip(texts, model)]


def _hdf5() -> list[bytes]:
    import h5py

    made = []
    for options in ({}, {"compression": "gzip", "chunks": (1, 2)}, {"dtype": "f2"}):
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            file.attrs["layer_names"] = [b"a", b"b"]
            for name in "ab":
                file.create_dataset(
                    f"layers/{name}/vars/0", data=np.arange(12, dtype="f4").reshape(3, 4), **options
                )
        made.append(buffer.getvalue())
    return made


def _masks() -> list[bytes]:
    from PIL import Image

    made, numbers = [], np.arange(48, dtype=np.uint8).reshape(6, 8) % 5
    for image in (Image.fromarray(numbers), Image.fromarray(numbers > 1)):
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        made.append(buffer.getvalue())
    return [index_png(numbers), *made]


_COCO = {
    "images": [{"id": 1, "file_name": "a.jpg", "height": 9, "width": 7}],
    "categories": [{"id": 3, "name": "cat"}, {"id": 4, "name": "dog", "supercategory": "none"}],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 3, "segmentation": [[1, 1, 5.5, 1, 3, 6]]},
        {"id": 2, "image_id": 1, "category_id": 3, "segmentation": {"size": [9, 7], "counts": ";36000g0NTO"}},
        {"id": 3, "image_id": 1, "category_id": 4, "segmentation": {"size": [9, 7], "counts": [60, 2, 1]}},
    ],
}


def _coco(path: Path) -> object:
    found = coco.read_coco(path)
    numbers = {name: k for k, name in enumerate((painting.BACKGROUND, *found.names))}
    small = [image for image in found.images if (image.height or 1) * (image.width or 1) < 1e6]
    return [painting.paint(image, numbers) for image in small]


def _voc(path: Path) -> object:
    place = path.parent / "voc" / "ImageSets" / "Segmentation"
    place.mkdir(parents=True, exist_ok=True)
    (place / "train.txt").write_bytes(path.read_bytes())
    return voc_lists.listed_splits(path.parent / "voc", "Segmentation")


_BOXES = {
    **_COCO,
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 1.5, 3, 4], "iscrowd": 1},
        {"id": 2, "image_id": 1, "category_id": 3, "bbox": [5, 5, 9, 9], "ignore": 0},
        {"id": 3, "image_id": 1, "category_id": 4, "segmentation": [[1, 1, 5.5, 1, 3, 6]]},
    ],
}
_XML = b"""<annotation><filename>a.png</filename><size><width>7</width><height>9</height><depth>3</depth></size>
<object><name>cat</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>2.5</ymin><xmax>7</xmax><ymax>9</ymax></bndbox>
</object></annotation>"""


def _image_beside(path: Path, name: str = "a.jpg") -> None:
    from PIL import Image

    if not (path.parent / name).exists():
        Image.new("RGB", (7, 9)).save(path.parent / name)


def _coco_boxes(path: Path) -> object:
    _image_beside(path)
    return check_all(coco_boxes(path, {"": path}, None).images)


def _table_of_boxes(path: Path) -> object:
    _image_beside(path)
    return check_all(table_boxes(path, ImageColumns(), None, "--data").images)


def _map_of_labels(path: Path) -> object:
    return voc._class_names(path.parent)


def _listed_images(path: Path) -> object:
    _image_beside(path)
    return list(yolo._listed_images(path, (path.parent,)))


_SPECS = {"a": Spec((3, 4), "float32"), "b": Spec((2,), "float16")}


def _weights() -> list[bytes]:
    from safetensors.numpy import save

    return [save({name: np.zeros(spec.shape, spec.dtype) for name, spec in _SPECS.items()})]


def _npy() -> list[bytes]:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros((3, 4), "f4"))
    return [buffer.getvalue()]


def _read_npy(path: Path) -> object:
    with open(path, "rb") as file:
        return npy.read_header(file)


def _checkpoints() -> list[bytes]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        write_checkpoint(Path(folder), State(epoch=1), {"weight/0": np.zeros(3)})
        written = (Path(folder) / "checkpoint.safetensors").read_bytes()
    length = int.from_bytes(written[:8], "little")
    header = json.loads(written[8 : 8 + length])
    del header["__metadata__"]["state_sha256"]  # as older versions wrote it: any state is read
    older = json.dumps(header).encode()
    return [written, len(older).to_bytes(8, "little") + older + written[8 + length :]]


def _onnx() -> list[bytes]:
    import onnx
    from onnx import TensorProto, helper

    weight = helper.make_tensor("w", TensorProto.FLOAT, [3], [0.0] * 3)
    given = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 4, 4, 3])
    answers = helper.make_tensor_value_info("answers", TensorProto.FLOAT, ["n", 3])
    nodes = [
        helper.make_node("Add", ["images", "w"], ["sum"]),
        helper.make_node("ReduceMean", ["sum"], ["answers"], axes=[1, 2], keepdims=0),
    ]
    graph = helper.make_graph(nodes, "g", [given], [answers], [weight])
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    written = model.SerializeToString()
    described = of_images("abc", 4).beside(written, {}, model_bytes=len(written))
    behind = onnx.ModelProto()
    for name, content in described.items():
        behind.metadata_props.add(key=name, value=content.decode())
    return [written + behind.SerializeToString(), b"\x08\x08"]


def _read_onnx(path: Path) -> object:
    file = open_onnx(path, 1)
    OnnxRuntime(file.session, path)
    return predictor_of_file(path, 1)


def _bundles() -> list[bytes]:
    import hashlib

    contents = {name: b"{}" for name in (*bundle_file.REQUIRED, "tokenizer/vocabulary.txt")}
    described = {
        name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }
    manifest = json.dumps({"kerasft_bundle": 1, "files": described}).encode()
    return [_zip({**contents, "manifest.json": manifest})]


def _unpack(path: Path) -> object:
    import tempfile

    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        bundle_file.unpack_into(path, Path(folder) / "run")
    return None


def _json(value: object) -> Callable[[], list[bytes]]:
    return lambda: [json.dumps(value).encode(), b"{}", b"[]"]


def _rows(*rows: tuple[str, ...]) -> Callable[[], list[bytes]]:
    def made() -> list[bytes]:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        return [text.getvalue().encode()]

    return made


def _image_preset(path: Path) -> object:
    described = {"registered_name": "keras_hub>ResNetBackbone", "config": {}}
    (path.parent / "config.json").write_text(json.dumps(described))
    return find_preset(f"hub:{path.parent}")


def _splits(path: Path) -> object:
    return splits_file.read_split_rows(path, Classes(("a", "b")))


def _tfds(path: Path) -> object:
    (path.parent / "dataset_info.json").write_bytes(b"{}")
    return tfds_files.check_tfds_files(path.parent, "x")


def _info(path: Path) -> object:
    (path.parent / "features.json").write_bytes(b"{}")
    return tfds_files.check_tfds_files(path.parent, "x")


@functools.cache
def _tflite() -> list[bytes]:
    import tensorflow as tf

    kernel = np.linspace(-1, 1, 3 * 3 * 3 * 2, dtype="f4").reshape(3, 3, 3, 2)

    @tf.function(input_signature=[tf.TensorSpec([1, 4, 4, 3])])
    def model(images):
        return tf.nn.softmax(tf.reshape(tf.nn.conv2d(images, kernel, 1, "SAME"), [1, 32]))

    converter = tf.lite.TFLiteConverter.from_concrete_functions([model.get_concrete_function()], model)
    with quiet():
        return [converter.convert()]


def _described_tflite() -> list[bytes]:
    (model,) = _tflite()
    return [with_files(model, of_images(map(str, range(32)), 4).beside(model, {}))]


def _read_tflite(path: Path) -> object:
    check_is_tflite(path)
    tflite_graph.read_graph(path)  # which has LiteRT load it first
    return LiteRTRuntime(path, 1)


def _torch_states() -> list[bytes]:
    return [(Path(__file__).parents[1] / "backbones" / "torch_1_5.pth").read_bytes()]


def _safetensors() -> list[bytes]:
    from safetensors.numpy import save

    return [save({f"encoder.layer.{number}.weight": np.zeros(3, "f4") for number in range(2)})]


def _check_safetensors(path: Path) -> object:
    with presets.explained(path.parent):
        return presets._check_layers(path.parent, SimpleNamespace(num_layers=2))


def _sentencepiece() -> list[bytes]:
    import sentencepiece

    model = io.BytesIO()
    words = [f"word{number} a b c" for number in range(60)]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(words), model_writer=model, vocab_size=30, hard_vocab_limit=False, minloglevel=9,
        pad_id=0, unk_id=1, bos_id=2, eos_id=3,
    )  # fmt: skip
    return [model.getvalue()]


_ALBERT = {"class": "keras_hub>AlbertTokenizer", "config": {}}
_HASH = "0" * 64


def _run_of(folder):
    """What a calibration needs of a run."""
    config = SimpleNamespace(task="image_classification")
    weights = {"weights": {"best": {"sha256": _HASH}}}
    return SimpleNamespace(run_dir=folder, model_config=config, weights="best", result=weights)


_HISTORY = (
    "phase",
    "epoch",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "val_log_loss",
    "learning_rate",
    "seconds",
)
_WORDPIECE = {"class": "keras_hub>BertTokenizer", "config": {"lowercase": True}}

TARGETS = {
    "picture": Target(decode_image, pictures, "a", (BrokenImageError,)),
    "mask": Target(decode_mask, _masks, "a.png", (BrokenMaskError,)),
    "COCO's JSON": Target(_coco, _json(_COCO), "a.json", (BrokenMaskError,)),
    "COCO's JSON of boxes": Target(_coco_boxes, _json(_BOXES), "a.json"),
    "table of boxes": Target(_table_of_boxes, lambda: [b"path,x1,y1,x2,y2,label,width,height,iscrowd,split\na.jpg,1,2,3,4,x,7,9,0,train\na.jpg,,,,,,,,,train\n", b"TRAIN,a.jpg,x,0.1,0.2,,,0.3,0.5,,\n"], "a.csv"),
    "XML of Pascal VOC": Target(read_annotation, lambda: [_XML, b"<annotation/>"], "a.xml", (BrokenBoxesError,)),
    "map of labels": Target(_map_of_labels, lambda: [b"# label:color_rgb:parts:actions\nbackground:0,0,0::\ncat:1,2,3::\n"], "labelmap.txt"),
    "label of YOLO": Target(lambda path: read_labels(path, {0: "x", 1: "y"}), lambda: [b"0 0.5 0.5 0.1 0.2\n1 0.1 0.1 0.2 0.1 0.2 0.3\n", b""], "a.txt", (BrokenBoxesError,)),
    "list of YOLO's images": Target(_listed_images, lambda: [b"data/a.jpg\n./a.jpg\n"], "train.txt"),
    "data.yaml of YOLO": Target(read_data, lambda: [b"path: ../x\ntrain: images\nval: [a, b]\nnames: {0: cat, 1: dog}\nkpt_shape: [17, 3]\n", b"names: ['cat', 'dog']\n"], "data.yaml"),
    "obj.data of YOLO": Target(read_data, lambda: [b"classes = 2\ntrain = data/train.txt\nnames = data/obj.data\n"], "obj.data"),
    "list of classes": Target(lambda path: names_of(path, None), lambda: [b"road\ncar\n", "\ufeffé\r\n\r\n".encode()], "classes.txt"),
    "lists of Pascal VOC": Target(_voc, lambda: [b"2007_000032\n2007_000039\n", b"a 1\nb -1\n"], "train.txt"),
    "image's header": Target(read_header, pictures, "a", (BrokenImageError,)),
    "image's size": Target(upright_size, pictures, "a", (BrokenImageError,)),
    "suffix of content": Target(lambda path: signatures.is_image_file(str(path)), pictures, "a"),
    "CSV of texts": Target(_text_table, lambda: _csv(","), "a.csv"),
    "TSV of texts": Target(_text_table, lambda: _csv("\t"), "a.tsv"),
    "JSON lines": Target(_text_table, lambda: [b'{"text": "a b", "label": "x"}\n{"text": "c", "label": 1}\n'], "a.jsonl"),
    "Parquet": Target(_text_table, _parquet, "a.parquet"),
    "table of images": Target(lambda path: list(list_table(path, CLASSES).items()), lambda: [b"path,label\na.csv,x\nb.png,y\n"], "a.csv"),
    "JSON lines of images": Target(lambda path: list(list_table(path, CLASSES).items()), lambda: [b'{"path": "a.jsonl", "label": 1}\n{"path": 2, "label": "x"}\n'], "a.jsonl"),
    "file of a text": Target(lambda path: text_folder.row_of_file(Item("x/a", "x", path)), lambda: [b"a text", "\ufeffé".encode()], "a.txt"),
    "features.json of TFDS": Target(_tfds, _json({"pythonClassName": "x", "featuresDict": {"features": {"image": {"pythonClassName": "y", "json": "{}"}}}}), "features.json"),
    "dataset_info.json of TFDS": Target(_info, _json({"name": "x", "splits": [{"name": "train", "filepathTemplate": "{DATASET}-{SPLIT}"}]}), "dataset_info.json"),
    "description in a .tflite": Target(description.read_embedded, _described, "a.tflite"),
    "description of a SavedModel": Target(lambda path: description.read_saved_model(path.parent), lambda: [json.dumps({**_DESCRIPTION.as_dict(), "sha256": {}}).encode()], "kerasft.json"),
    "description of a SavedModel of texts": Target(lambda path: description.read_saved_model(path.parent), lambda: [_TEXTS.as_json({})], "kerasft.json"),
    "bundle": Target(_unpack, _bundles, "a.kerasft"),
    "weights in HDF5": Target(hdf5.read_shapes, _hdf5, "a.h5", (OSError, UnsafeFileError)),
    "weights of a run": Target(lambda path: dict(read_tensors(path, _SPECS)), _weights, "best.weights.safetensors", (UnsafeFileError, OtherTensorsError)),
    "weights of PyTorch": Target(lambda path: torch_state.read_torch_state(path.read_bytes()), _torch_states, "a.pth", (torch_state.TorchFileError,)),
    "header of .npy": Target(_read_npy, _npy, "a.npy", (ValueError,)),
    "checkpoint": Target(lambda path: read_checkpoint(path.parent), _checkpoints, "checkpoint.safetensors"),
    "model in a .tflite": Target(_read_tflite, _tflite, "a.tflite"),
    "whole .tflite": Target(lambda path: predictor_of_file(path, 1), _described_tflite, "a.tflite"),
    "model in an .onnx": Target(_read_onnx, _onnx, "a.onnx"),
    "safetensors": Target(_check_safetensors, _safetensors, "model.safetensors"),
    "SentencePiece": Target(lambda path: tokenizers.build_tokenizer(_ALBERT, path.parent, "x"), _sentencepiece, "vocabulary.spm"),
    "contents of an .onnx": Target(lambda path: onnx_contents.check_contents(path.read_bytes(), path, ""), _onnx, "a.onnx"),
    "JSON of a run": Target(untrusted.read_object, _json({"a": [1, 2.5, None], "b": {"c": "x"}}), "config.json"),
    "calibration": Target(lambda path: calibration_of(_run_of(path.parent)), _json({_HASH: {"temperature": 1.5, "examples": 60, "ece_before": 0.1, "ece_after": 0.05, "note": ""}}), "calibration.json"),
    "options of a recipe": Target(config_file.read_options, lambda: [b"data: a/b\ntune_epochs: 3\nflip: no\nlearning-rate: 1e-3\nx: {a: [1, &b 2]}\n"], "a.yaml"),
    "list of splits": Target(_splits, _rows(("split", "label", "id", "sha256"), ("train", "a", "a/1", _HASH), ("test", "b", "b/1", _HASH)), "splits.csv"),
    "earlier.csv": Target(earlier._rows, _rows(("split", "sha256"), ("train", _HASH)), "earlier.csv"),
    "history": Target(read_history, _rows(_HISTORY, ("head", "1", *["0.5"] * 7)), "history.csv", (ValueError,)),
    "comparison": Target(lambda path: read_cells(path.parent, {}), _json({"format": 1, "plan": {}, "cells": []}), "comparison.json"),
    "vocabulary": Target(lambda path: tokenizers.build_tokenizer(_WORDPIECE, path.parent, "x"), lambda: [b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n"], "vocabulary.txt"),
    "tokenizer's config": Target(lambda path: tokenizers.load_tokenizer(path.parent), _json(_WORDPIECE), "tokenizer.json"),
    "preset": Target(lambda path: preset_folders.check_preset_folder(path.parent), _json({"weight_map": {"a": "x.safetensors"}}), "model.safetensors.index.json"),
    "image converter of a preset": Target(_image_preset, _json({"config": {"scale": 0.5, "offset": [1, 2, 3], "mean": [1, 2, 3], "variance": [1, 2, 3]}}), "image_converter.json"),
    "size of a preset": Target(lambda path: _preset_size(path.parent), _json({"config": {"image_shape": [32, 32, 3]}}), "config.json"),
}  # fmt: skip
