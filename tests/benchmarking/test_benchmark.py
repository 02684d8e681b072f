"""Size, time, memory and operations, against counts made another way."""

import json
import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.base.errors import InputError
from kerasft.benchmarking import worker
from kerasft.benchmarking.plots import plot_benchmarks
from kerasft.benchmarking.results import Benchmark, Timing, names_of, to_table
from kerasft.cli.main import main
from kerasft.formats import tflite
from kerasft.formats.tflite_graph import read_graph
from tests.descriptions import of_images
from tests.programs import program_of


@pytest.fixture(scope="module")
def model():
    image = keras.Input((16, 16, 3), name="image", dtype="float32")
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same")(image)
    x = keras.layers.DepthwiseConv2D(3, padding="same")(x)
    found = keras.Model(image, keras.layers.Dense(5)(keras.layers.Flatten()(x)))
    rng = np.random.default_rng(0)
    for weight in found.weights:  # the converter keeps equal biases, such as zeros, only once
        weight.assign(rng.normal(0, 0.1, weight.shape))
    return found


def write(model, quantization, path, pictures=None):
    description = of_images(tuple("abcde"), 16, quantization=quantization)
    tflite.write_tflite(program_of(model, description), path, pictures)
    return path


@pytest.fixture(scope="module")
def files(model, tmp_path_factory):
    """A float32, an int8 and an int16 file. Don't write into their folder."""
    pictures = np.random.default_rng(0).integers(0, 256, (100, 16, 16, 3), dtype="uint8")
    folder = tmp_path_factory.mktemp("files")
    return {
        quantization: write(model, quantization, folder / f"{quantization}.tflite", pictures)
        for quantization in ("float32", "int8", "int16")
    }


@pytest.mark.parametrize("quantization", ["float32", "int8", "int16"])
def test_weights_and_multiplications_are_counted(quantization, files, model):
    graph = read_graph(files[quantization])
    assert graph.parameters == model.count_params()
    conv, depthwise, dense = 8 * 8 * 8 * 27, 8 * 8 * 8 * 9, 8 * 8 * 8 * 5
    assert graph.million_macs == (conv + depthwise + dense) / 1e6


def test_what_runs_outside_xnnpack(files):
    assert read_graph(files["float32"]).outside_xnnpack == {}
    int8, int16 = read_graph(files["int8"]), read_graph(files["int16"])
    assert int8.outside_xnnpack == {"QUANTIZE": 2, "SOFTMAX": 1} or int8.outside_xnnpack == {"SOFTMAX": 1}, (
        int8
    )
    # XNNPACK has no 16-bit kernels
    assert {
        "CONV_2D": 1,
        "DEPTHWISE_CONV_2D": 1,
        "FULLY_CONNECTED": 1,
    }.items() <= int16.outside_xnnpack.items()
    assert sum(int16.outside_xnnpack.values()) <= int16.operations


def test_an_artifact_is_measured_in_a_process_of_its_own(files):
    (found,) = kerasft.benchmark([files["int8"]], threads=2)
    assert found.kind == "tflite" and found.megabytes == files["int8"].stat().st_size / 1e6
    assert [timing.threads for timing in found.timings] == [1, 2]
    assert all(0 < timing.median <= timing.p95 < 1000 and timing.answers >= 5 for timing in found.timings)
    assert 0 < found.memory < 200 and 0 < found.load < 10_000
    assert found.score is None
    assert json.loads(json.dumps(found.as_dict()))["path"] == str(files["int8"])


@pytest.mark.parametrize("kind", ["tflite", "onnx"])
def test_neither_keras_nor_tensorflow_is_imported_to_measure_a_file(kind):
    code = f"""if True:
        import sys
        from kerasft.benchmarking import worker
        worker._import_libraries({kind!r}, 1)
        assert not {{"keras", "tensorflow", "keras_hub"}} & set(sys.modules)
    """
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.slow
def test_memory_is_that_of_the_artifact(model, tmp_path):
    """50 MB of weights are seen, and none of what this process has."""
    image = keras.Input((16, 16, 3), name="image", dtype="float32")
    x = keras.layers.Dense(12_000_000 // 768, use_bias=False)(keras.layers.Flatten()(image))
    large = keras.Model(image, keras.layers.Dense(5)(keras.layers.Dense(2)(x)))
    small, large = (
        write(model, "float32", tmp_path / "s.tflite"),
        write(large, "float32", tmp_path / "l.tflite"),
    )
    memory = [worker_of(path)["memory"] for path in (small, large)]
    assert memory[0] < 30 < memory[1] < 200


def worker_of(path, kind="tflite"):
    from kerasft.benchmarking.measure import _in_a_process

    return _in_a_process(path, kind, 1, False)


@pytest.mark.slow
def test_all_kinds_in_one_table_and_picture(run, tmp_path, capsys):
    folder = tmp_path / "run"
    shutil.copytree(run.run_dir, folder)
    copy = kerasft.Run.open(folder)
    paths = [
        str(folder), str(kerasft.export(copy, "saved_model").path), str(kerasft.export(copy, "onnx").path),
        str(kerasft.export(copy, quantize="int8").path),
    ]  # fmt: skip
    capsys.readouterr()
    picture = tmp_path / "plot.png"
    assert main(["benchmark", *paths, "--plot", str(picture), "--threads", "1", "--json"]) == 0
    out, table = capsys.readouterr()
    found = json.loads(out)["artifacts"]
    assert [each["kind"] for each in found] == ["run", "saved_model", "onnx", "tflite"]
    assert all(each["accuracy"] > 0.5 and len(each["timings"]) == 1 for each in found)
    assert "operations outside XNNPACK" in table and f"wrote {picture}" in table
    assert Image.open(picture).size == (1500, 630)


def made_up(name, accuracy=0.9, outside=None):
    timings = (Timing(1, 2.0, 3.0, 200), Timing(4, 1.0, 1.5, 200))
    return Benchmark(name, "tflite", 1.5, 4.0, timings, 12.0, 1_234_567, 42, 56.7, outside, accuracy)


def test_the_table(tmp_path):
    text = to_table([made_up(tmp_path / "a.tflite", outside={"SOFTMAX": 1, "MUL": 3}),
                     made_up(tmp_path / "run", None)])  # fmt: skip
    header, first, second, *rest = text.splitlines()
    assert header.split() == ["MB", "load", "ms", "1", "thread", "ms", "p95", "4", "threads", "ms", "p95", "peak", "MB",
                              "parameters", "operations", "M", "MACs", "accuracy"]  # fmt: skip
    assert first.split() == ["a.tflite", "1.50", "4.0", "2.00", "3.00", "1.00", "1.50", "12.0", "1,234,567", "42",
                             "56.7", "0.9000"]  # fmt: skip
    assert second.split()[-1] == "-"
    assert rest[0] == "a.tflite: 4 of 42 operations outside XNNPACK: 3 MUL, 1 SOFTMAX"


def test_names_tell_paths_apart(tmp_path):
    a, b, c = tmp_path / "a" / "model", tmp_path / "b" / "model", tmp_path / "other"
    assert names_of([a, b, c]) == [str(a), str(b), "other"]


def test_a_picture_needs_accuracies_and_a_name(tmp_path):
    with pytest.raises(InputError) as caught:
        plot_benchmarks([made_up(tmp_path / "a", None)], tmp_path / "plot.jpg")
    assert [problem.what for problem in caught.value.problems] == [
        "--plot writes a PNG", "no score is known, so there is nothing to plot",
    ]  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_artifact_is_listed(files, tmp_path):
    (tmp_path / "model.h5").touch()
    with pytest.raises(InputError) as caught:
        kerasft.benchmark([files["int8"], tmp_path / "none", tmp_path / "model.h5"], threads=0)
    assert [problem.received for problem in caught.value.problems] == [
        str(tmp_path / "none"), str(tmp_path / "model.h5"), "0",
    ]  # fmt: skip
    assert "give a run folder" in str(caught.value)


def test_a_damaged_file_is_named(files, tmp_path):
    path = tmp_path / "cut.tflite"
    path.write_bytes(files["int8"].read_bytes()[:-100])
    with pytest.raises(InputError, match="truncated, or not from kerasft"):
        kerasft.benchmark([path])


def test_the_worker_reports_an_unusable_file(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(InputError, match="can't load the .onnx file|is missing: pip install"):
        worker_of(tmp_path / "model.onnx", "onnx")


def test_noise_has_the_type_of_the_input():
    for dtype, low, high in (("uint8", 0, 255), ("int8", -128, 127), ("float32", 0, 255)):
        values = worker._numbers([1, 32, 32, 3], dtype)
        assert values.dtype == dtype and values.min() == low and values.max() == high
    assert worker._numbers([1, 4], "int32").tolist() == [[1, 1, 1, 1]]
