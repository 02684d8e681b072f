"""An export that fails leaves nothing and says what to do; one that succeeds replaces the earlier one."""

import dataclasses
import re

import numpy as np
import pytest

from kerasft.base import files
from kerasft.base.errors import GateError, InputError
from kerasft.exporting import choose_quantization, export, measuring
from kerasft.formats import ladder, saved_model, selective, tflite


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("format", "quantize", "quantization"),
    [
        ("tflite", None, "float32"),
        ("tflite", "float16", "float16"),
        ("tflite", "dynamic", "dynamic"),
        ("tflite", "int8", "int8"),
        ("saved_model", None, "saved_model"),
    ],
)
def test_format_and_quantize_choose_the_quantization(format, quantize, quantization):
    assert choose_quantization(format, quantize) == quantization


def test_what_may_be_asked_for_is_the_ladder():
    assert ladder.QUANTIZATIONS == ("none", "float16", "mixed", "int16", "dynamic", "int8", "auto")
    assert choose_quantization("tflite", "none") == "float32"
    assert choose_quantization("onnx", "none") == "onnx"


def test_bad_arguments_are_listed_together():
    with pytest.raises(InputError) as caught:
        choose_quantization("tflight", "int4")
    assert str(caught.value).splitlines() == [
        "the format is unknown (received: tflight); did you mean 'tflite'?",
        "the quantization is unknown (received: int4); did you mean 'int8'?",
    ]
    with pytest.raises(
        InputError, match="a SavedModel is not quantized .received: int8.; leave out --quantize"
    ):
        choose_quantization("saved_model", "int8")


@pytest.fixture
def rubbish(monkeypatch):
    """Makes the files of some quantizations answer at random."""
    bad = set()
    open_exported = measuring.open_exported

    def open_rubbish(path, num_threads):
        predictor = open_exported(path, num_threads)
        if predictor.description.quantization in bad:
            rng = np.random.default_rng(0)
            predictor.predict = lambda images: rng.dirichlet(np.ones(10), len(images)).astype("float32")
        return predictor

    monkeypatch.setattr(measuring, "open_exported", open_rubbish)
    return bad


def test_a_failed_gate_leaves_nothing_and_names_the_smallest_quantization_that_holds(rubbish, toy_run):
    rubbish.add("float16")
    with pytest.raises(GateError) as caught:
        export(toy_run, quantize="float16")
    first, *table, advice = str(caught.value).splitlines()
    start = r"model_float16\.tflite misses its targets: largest difference (0\.\d+|1), allowed 0\.01"
    assert re.match(start, first), first
    assert "largest difference" in table[0] and table[2].startswith("model_float16.tflite ")
    assert advice.startswith("the smallest that holds is float32 (0.0")
    assert advice.endswith(f"kerasft export '{toy_run.run_dir}' --format tflite")
    assert tree(toy_run.run_dir) == ["exports"]
    assert caught.value.exit_code == 1


@pytest.mark.slow
def test_a_failed_int8_names_what_hurts_most(rubbish, monkeypatch, toy_run):
    rubbish |= {"int8", "dynamic", "int16", "mixed"}
    monkeypatch.setattr(selective, "counts_to_try", lambda operations: [1])
    with pytest.raises(GateError) as caught:
        export(toy_run, quantize="int8")
    first, *_, advice = str(caught.value).splitlines()
    assert first.startswith("model_int8.tflite misses its targets: agreement 0.")
    assert ", needed 0.97; accuracy 0." in first and "lower, allowed 0.01" in first
    assert re.search(r"; int8 hurts most: [\w/]+ \([A-Z_0-9]+, noise \d\.\d%\), ", first)
    assert advice.startswith("the smallest that holds is float16 (0.0")
    assert advice.endswith(f"kerasft export '{toy_run.run_dir}' --format tflite --quantize float16")
    assert tree(toy_run.run_dir) == ["exports"]


def test_when_no_quantization_holds_it_says_so(rubbish, toy_run):
    rubbish |= {"float32", "saved_model"}
    with pytest.raises(GateError, match="no larger one holds either; the run itself still predicts"):
        export(toy_run)
    assert tree(toy_run.run_dir) == ["exports"]


def test_an_earlier_export_is_replaced_by_one_that_passes_and_kept_otherwise(rubbish, toy_run):
    old = toy_run.run_dir / "exports" / "saved_model" / "variables" / "old"
    old.parent.mkdir(parents=True)
    old.write_text("of an earlier export")
    assert export(toy_run, "saved_model").path == old.parents[1]
    assert not old.exists()
    before = {path: path.read_bytes() for path in toy_run.run_dir.rglob("*") if path.is_file()}
    rubbish.add("saved_model")
    with pytest.raises(GateError):
        export(toy_run, "saved_model")
    assert {path: path.read_bytes() for path in toy_run.run_dir.rglob("*") if path.is_file()} == before


def test_a_quantization_that_cannot_be_converted_names_one_that_can(monkeypatch, toy_run):
    set_quantization = tflite.set_quantization

    def without_int8_kernels(converter, quantization, *rest):
        set_quantization(converter, quantization, *rest)
        if quantization == "int8":
            raise_needs = RuntimeError("error: 'tf.Erfinv' op is neither a custom op nor a flex op")
            monkeypatch.setattr(converter, "convert", lambda: (_ for _ in ()).throw(raise_needs))

    monkeypatch.setattr(tflite, "set_quantization", without_int8_kernels)
    with pytest.raises(GateError) as caught:
        export(toy_run, quantize="int8")
    first, advice = str(caught.value).splitlines()
    assert first.startswith("the backbone toy needs operators that TFLite has no builtin for: Erfinv;")
    assert "the smallest that holds is dynamic" in advice
    assert tree(toy_run.run_dir) == ["exports"]


FULL = OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("quantization", "error"),
    [("float32", KeyboardInterrupt()), ("float32", FULL), ("saved_model", SystemExit(143))],
)
def test_stopped_or_full_disk_leaves_nothing(quantization, error, monkeypatch, toy_run):
    def stop(*arguments):
        raise error

    if quantization == "float32":
        monkeypatch.setattr(tflite, "with_files", stop)
    else:
        monkeypatch.setattr(saved_model, "write_beside_saved_model", stop)
    with pytest.raises(InputError if error is FULL else type(error)) as caught:
        export(toy_run, "saved_model" if quantization == "saved_model" else "tflite")
    if error is FULL:
        assert "the export can't be written (No space left on device)" in str(caught.value)
        assert "make room" in str(caught.value)
    assert tree(toy_run.run_dir) == ["exports"]


def test_a_rename_that_fails_leaves_nothing(monkeypatch, toy_run):
    def fail(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", fail)
    with pytest.raises(InputError, match="can't be written .No space left"):
        export(toy_run)
    assert tree(toy_run.run_dir) == ["exports"]


def test_a_file_in_the_place_of_the_folder_is_told_before_the_work(monkeypatch, toy_run):
    toy_run.run_dir.mkdir()
    (toy_run.run_dir / "exports").write_text("in the way")
    monkeypatch.setattr(type(toy_run), "load_model", lambda self: pytest.fail("too late"))
    with pytest.raises(InputError, match="the export can't be written .File exists.*make room"):
        export(toy_run)


def test_the_int8_pictures_come_from_the_training_split(monkeypatch, toy_run):
    seen = []
    write = tflite.write_tflite
    monkeypatch.setattr(
        tflite, "write_tflite", lambda *args, **more: (seen.append(args[2]), write(*args, **more))[1]
    )
    export(toy_run, quantize="int8")
    (pictures,) = seen
    train = {image.tobytes() for image in toy_run.data.train.images}
    assert len(pictures) == 300 and all(image.tobytes() in train for image in pictures)


def test_wrong_representative_pictures_are_refused_before_the_work(monkeypatch, toy_run):
    monkeypatch.setattr(type(toy_run), "load_model", lambda self: pytest.fail("too late"))
    train = toy_run.data.train.images
    for pictures in (train[:99], train[:0], train / 255.0, train.astype("float32") - 127.5):
        with pytest.raises(InputError, match="representative images"):
            export(toy_run, quantize="int8", representative=pictures)


def test_without_a_test_split_the_next_one_with_pictures_is_used(toy_run):
    data, empty = toy_run.data, toy_run.data.test.subset([])
    toy_run.data = dataclasses.replace(data, test=empty)
    made = export(toy_run)
    assert made.split == "validation" and made.row.examples == len(data.validation)
    toy_run.data = dataclasses.replace(data, train=empty, validation=empty, test=empty)
    with pytest.raises(InputError, match="no images to measure the file on"):
        export(toy_run)


def test_a_file_that_cannot_be_loaded_fails_the_gate(monkeypatch, toy_run):
    write = tflite.write_tflite

    def truncated(*arguments, **more):
        write(*arguments, **more)
        path = arguments[1]
        path.write_bytes(path.read_bytes()[:-400])

    monkeypatch.setattr(tflite, "write_tflite", truncated)
    with pytest.raises(GateError, match="the exported file can't be loaded: .*truncated") as caught:
        export(toy_run)
    assert "the smallest that holds is saved_model" in str(caught.value)


def test_the_gate_runs_the_very_file_that_ships(monkeypatch, toy_run):
    hashes = []
    open_exported = measuring.open_exported

    def opened(path, num_threads):
        hashes.append(files.sha256_of(path))
        return open_exported(path, num_threads)

    monkeypatch.setattr(measuring, "open_exported", opened)
    made = export(toy_run)
    assert set(hashes) == {files.sha256_of(made.path)}
    assert open_exported(made.path, 1).kind == "tflite"


@pytest.mark.parametrize("quantization", (*ladder.LADDER, "saved_model", "onnx"))
def test_the_command_gives_back_the_quantization(quantization, tmp_path):
    words = ladder.command(tmp_path, quantization).split()
    quantize = words[words.index("--quantize") + 1] if "--quantize" in words else None
    assert choose_quantization(words[words.index("--format") + 1], quantize) == quantization


def test_another_backend_is_told_how_to_export(monkeypatch, toy_run):
    import keras

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(InputError) as caught:
        export(toy_run, quantize="int8")
    assert "exports are made on the TensorFlow backend (received: jax)" in str(caught.value)
    assert "; KERAS_BACKEND=tensorflow kerasft export '" in str(caught.value)
