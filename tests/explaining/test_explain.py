"""`kerasft explain`, by function and by command: which method, which files, which refusals."""

import json
import os

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.base.errors import InputError
from kerasft.base.odds import log_odds
from kerasft.cli.main import main
from kerasft.explaining import METHODS
from kerasft.inputs.images.explanation import ImageExplanation
from kerasft.inputs.images.overlay import write_png
from kerasft.networks.completeness import Completeness
from kerasft.targets.classes.claim import ClassClaim
from tests.made_up_predictors import OfImages


class Exported(OfImages):
    """What an exported file can do: predict."""

    def __init__(self, inner):
        super().__init__(inner.class_names, inner.encoder.image_size)
        self.inner = inner

    def predict(self, images):
        return self.inner.predict(images)


@pytest.fixture(scope="module")
def predictor(run):
    from kerasft.predicting.opening import as_predictor

    return as_predictor(run)


@pytest.fixture(scope="module")
def exported(predictor):
    return Exported(predictor)


@pytest.fixture
def paths(pictures):
    return [str(pictures / "circle" / "000.png"), str(pictures / "stripes" / "000.png")]


def test_the_command_writes_a_png_for_each_picture_and_json(run, paths, tmp_path, capsys):
    folder = tmp_path / "maps"
    assert main(["explain", str(run.run_dir), *paths, "--output", str(folder), "--json"]) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)["explanations"]
    # both are called 000.png
    assert sorted(os.listdir(folder)) == ["000-2.grad-cam.png", "000.grad-cam.png"]
    predictions = kerasft.predict(run, paths)
    for each, path, prediction in zip(found, paths, predictions, strict=True):
        assert each["input"] == path and each["method"] == "grad-cam"
        assert each["class_name"] == each["predicted"] == prediction.class_name
        assert each["probability"] == pytest.approx(prediction.probability)
        with Image.open(each["file"]) as image:
            assert image.format == "PNG" and image.width > 600
            assert np.asarray(image.convert("RGB")).std() > 20
    assert f"wrote {folder / '000.grad-cam.png'}" in printed.err


def test_files_of_an_earlier_call_are_replaced_and_others_never(predictor, paths, tmp_path):
    for _ in range(2):
        kerasft.explain(predictor, paths, output=tmp_path)
    mine = tmp_path / "000-2.grad-cam.png"
    Image.new("RGB", (4, 4)).save(mine)
    before, ours = mine.read_bytes(), (tmp_path / "000.grad-cam.png").read_bytes()
    (tmp_path / "000.grad-cam.png").write_bytes(ours + b"x")
    with pytest.raises(InputError) as caught:
        kerasft.explain(predictor, paths, output=tmp_path)
    expected = f"a file is there that kerasft did not write (received: {mine}); choose another --output"
    assert expected in str(caught.value)
    assert mine.read_bytes() == before
    assert (tmp_path / "000.grad-cam.png").read_bytes() == ours + b"x"  # nothing was written
    with pytest.raises(InputError, match="the output folder is a file"):
        kerasft.explain(predictor, paths[0], output=mine)


def test_a_target_is_explained_in_place_of_the_answer(predictor, paths):
    answer = kerasft.predict(predictor, paths[:1], top=3)[0]
    other = answer.top[-1][0]
    (found,) = kerasft.explain(predictor, paths[0], target=other)
    assert (found.claim.class_name, found.claim.predicted) == (other, answer.class_name)
    assert found.claim.probability == pytest.approx(answer.top[-1][1])
    assert f"{other} {found.claim.probability:.3f} (answer: {answer.class_name})" in str(found)
    (own,) = kerasft.explain(predictor, paths[0])
    assert not np.allclose(own.attribution, found.attribution)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "gradcam"}, r"--method is unknown \(received: gradcam\); did you mean 'grad-cam'\?"),
        (
            {"target": "circel"},
            r"no class or label of this model \(received: circel\); did you mean 'circle'\?",
        ),
        ({"method": "token-gradients"}, "the backbone has no patch tokens.*--method grad-cam"),
        ({"steps": 0}, r"--steps must be between 1 and 4096 \(received: 0\)"),
        ({"method": "occlusion", "patch": 17}, r"doesn't fit.*17 pixels.*--patch 1 to 16"),
        ({"method": "grad-cam", "steps": 9}, r"grad-cam takes no steps \(received: --steps 9\); leave out"),
        ({"patch": 4}, "only occlusion of images has a patch.*--patch 4.*--method occlusion"),
        ({"pairs": "a"}, "takes images, which have no second text.*--text-pair"),
    ],
)
def test_what_can_not_be_explained_is_refused(predictor, paths, options, message):
    with pytest.raises(InputError, match=message):
        kerasft.explain(predictor, paths[:1], **options)


def test_all_pictures_that_can_not_be_read_are_named(predictor, paths, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_text("no image")
    with pytest.raises(InputError) as caught:
        kerasft.explain(predictor, [paths[0], tmp_path / "none.png", broken], output=tmp_path / "maps")
    assert len(caught.value.problems) == 2 and not (tmp_path / "maps").exists()
    with pytest.raises(InputError, match="nothing to explain.*image files, or texts"):
        kerasft.explain(predictor, [])


def test_an_exported_file_is_explained_by_occlusion_and_by_nothing_else(exported, paths):
    (found,) = kerasft.explain(exported, paths[0])
    assert found.method == "occlusion" and found.attribution.shape == (16, 16)
    for method in set(METHODS) - {"auto", "occlusion"}:
        with pytest.raises(
            InputError, match=f"{method} needs gradients.*use --method occlusion, or give the run"
        ):
            kerasft.explain(exported, paths[0], method=method)


def test_occlusion_is_the_mean_fall_of_the_patches_that_cover_a_pixel(exported, paths):
    (found,) = kerasft.explain(exported, paths[0], method="occlusion", patch=8)
    image, target = found.image, exported.class_names.index(found.claim.class_name)
    grey = np.round(image.astype("float32").mean()).astype("uint8")
    falls = {}
    for top in (0, 4, 8):
        for left in (0, 4, 8):
            covered = image.copy()
            covered[top : top + 8, left : left + 8] = grey
            both = exported.predict(np.stack([image, covered]))
            odds = np.log(both[:, target]) - np.log(np.delete(both, target, 1).sum(1))
            falls[top, left] = odds[0] - odds[1]
    assert found.attribution[0, 0] == pytest.approx(falls[0, 0], abs=1e-3)
    # the pixel (5, 9) is under the patches at 0 and 4 from above, 4 and 8 from the left
    mean = np.mean([falls[top, left] for top in (0, 4) for left in (4, 8)])
    assert found.attribution[5, 9] == pytest.approx(mean, abs=1e-3)


def test_log_odds_tell_differences_near_certainty_and_are_finite():
    near = np.array([[1.0, 1e-9], [1.0, 1e-8], [1.0, 0.0]], "float32")
    found = log_odds(near, 0)
    assert np.isfinite(found).all()
    steps = np.array([[1.0, 0.0], [255 / 256, 1 / 256]], "float32")  # of a file of integers
    assert log_odds(steps, 0) == pytest.approx([np.log(512), np.log(255)])


def test_a_gap_of_the_shares_is_told_with_what_to_do():
    assert str(Completeness(64, 2.0, 1.95)).endswith("(gap 2.50% with 64 steps)")
    assert str(Completeness(64, 2.0, 1.5)).endswith("(gap 25.00% with 64 steps); try --steps 256")
    assert Completeness(8, -4.0, -3.0).relative_error == 0.25


def test_a_map_that_says_nothing_and_names_of_any_kind_are_drawn(tmp_path):
    for method in ("grad-cam", "occlusion"):
        empty = ImageExplanation(
            "x.png", method, ClassClaim("$5 note_{ ☃" * 9, 0.2, "other $"), np.zeros((40, 40), "float32"),
            np.full((40, 40, 3), 255, "uint8"), about="about $x",
        )  # fmt: skip
        with Image.open(write_png(empty, tmp_path / "a" / f"{method}.png")) as image:
            assert image.format == "PNG"


def test_a_bundle_is_explained_like_its_run(run, predictor, paths, tmp_path):
    kerasft.bundle(run.run_dir, tmp_path / "run.kerasft")
    (found,) = kerasft.explain(tmp_path / "run.kerasft", paths[0])
    (own,) = kerasft.explain(predictor, paths[0])
    assert np.allclose(found.attribution, own.attribution, atol=1e-5)


@pytest.mark.slow
def test_a_tflite_file_is_explained_from_the_command_line(run, paths, tmp_path, capsys):
    made = kerasft.export(run, "tflite", output=tmp_path / "exports")
    assert main(["explain", str(made.path), paths[0], "--output", str(tmp_path / "maps")]) == 0
    assert "by occlusion" in capsys.readouterr().out
    own, other = (
        kerasft.explain(each, paths[0], method="occlusion")[0].attribution for each in (run, made.path)
    )
    assert np.allclose(own, other, atol=0.05)
    assert main(["explain", str(made.path), paths[0], "--method", "grad-cam"]) == 2
    assert "an exported file has none" in capsys.readouterr().err
