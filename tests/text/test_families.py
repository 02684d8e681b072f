"""Every family of text encoders, in toy size, the whole way: train, save, reload, export, predict from raw texts."""

import json

import numpy as np
import pytest

import kerasft
from kerasft.base.errors import GateError
from kerasft.cli.main import main
from tests.floats import assert_alike, limit_of, rows_of

MEGABYTE = "the parcel " * 100_000
AWKWARD = [
    "",
    " ",
    "🙂 👩‍👩‍👧",
    "我的包裹在哪里",
    "x" * 300,
    "nul\0nul",
    "half \ud83d",
    "the app crashes",
    MEGABYTE,
]


pytestmark = pytest.mark.usefixtures("loading_anew")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("texts") / "messages.csv"
    lines = [
        f"the {about} number {number} {'never arrived' if number % 2 else 'crashes'},{about}"
        for number in range(48)
        for about in [("app", "parcel")[number % 2]]
    ]
    path.write_text("\n".join(["text,label", *lines]) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def trained(toy_preset, table, tmp_path_factory):
    """The name of a family, and a run of one epoch per phase, as another process would open it."""
    preset = toy_preset[0]
    splits = kerasft.read_texts(table)
    model = kerasft.build_model(
        "text_classification", backbone=str(preset), class_names=splits.class_names, sequence_length=16
    )
    before = {weight.path: weight.numpy() for weight in model.weights}
    phases = kerasft.two_phases(1, 1, unfreeze="all", head_learning_rate=0.05, tune_learning_rate=0.01)
    folder = tmp_path_factory.mktemp("runs") / preset.name
    kerasft.fine_tune(model, splits, phases, folder, kerasft.Training(batch_size=8), verbose=False)
    tuned = kerasft.Run.open(folder).at("tune").load_model()
    return preset.name, kerasft.Run.open(folder), before, {w.path: w.numpy() for w in tuned.weights}


@pytest.mark.slow
@pytest.mark.turns(3)
def test_a_family_trains_and_says_the_same_when_it_is_loaded_again(trained):
    _, run, before, after = trained
    changed = [path for path in before if not np.array_equal(before[path], after[path])]
    assert any("embedding" in path for path in changed) and any("logits" in path for path in changed)
    first, second = (run.load_model() for _ in range(2))
    tokens, again = first.encoder(AWKWARD[:-1]), second.encoder(AWKWARD[:-1])
    assert all(np.array_equal(tokens[name], again[name]) for name in tokens)
    found = first.predict_on_batch(tokens)
    np.testing.assert_array_equal(found, second.predict_on_batch(tokens))
    assert np.isfinite(found).all()


@pytest.mark.slow
@pytest.mark.turns(3)
def test_its_files_are_measured_and_say_the_same_of_any_text(trained, capsys):
    family, run, *_ = trained
    if family == "f_net":
        with pytest.raises(GateError) as caught:
            kerasft.export(run)
        assert "operators that TFLite has no builtin for: Complex, FFT2D" in str(caught.value)
        assert f"kerasft export {run.run_dir} --format saved_model" in str(caught.value)
        assert main(["export", str(run.run_dir), "--quantize", "dynamic"]) == 1
        assert not list(run.run_dir.rglob("*.tflite"))
        made = [kerasft.export(run, "saved_model")]
    else:
        made = [kerasft.export(run), kerasft.export(run, "saved_model")]
    expected = kerasft.predict(run, AWKWARD, top=2)
    for each in made:
        assert not each.row.failures and each.row.agreement == 1
        found = kerasft.predict(each.path, AWKWARD, top=2)
        assert_alike(
            f"{each.row.quantization} of a run, {family}", rows_of(found), rows_of(expected), limit_of(run)
        )


@pytest.mark.slow
@pytest.mark.turns(3)
def test_a_phone_gets_the_ids_of_training(trained):
    family, run, *_ = trained
    if family == "f_net":
        pytest.skip("it has no .tflite")
    encoder = run.load_model().encoder
    golden = json.loads((run.run_dir / "exports" / "model_float32.golden.json").read_text())
    tokens = encoder([each["text"] for each in golden])
    assert len(golden) >= 5
    for name, array in tokens.items():
        np.testing.assert_array_equal(array, [each[name] for each in golden])
    if golden[0].get("padding_mask"):
        assert all(0 < sum(each["padding_mask"]) <= 16 for each in golden)
