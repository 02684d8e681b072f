"""A number is explained by what makes it higher and what makes it lower."""

import json

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.base.errors import InputError
from kerasft.cli.main import main
from kerasft.predicting.opening import as_predictor
from tests.tasks.examples import EXAMPLES

PHASES = kerasft.two_phases(4, 0, head_learning_rate=3e-2)


@pytest.fixture(scope="module")
def meter(tmp_path_factory):
    """A run that tells how bright images are."""
    folder, example = tmp_path_factory.mktemp("meter"), EXAMPLES["image_regression"]
    splits = example.read(folder)
    training = kerasft.Training(batch_size=8, augment="none")
    run = kerasft.fine_tune(example.build(splits), splits, PHASES, folder / "run", training, verbose=False)
    half = np.zeros((16, 16, 3), "uint8")
    half[:, 8:] = 255
    Image.fromarray(half).save(folder / "half.png")
    return run, str(folder / "half.png")


def test_the_command_says_number_and_value_and_writes_a_png(meter, tmp_path, capsys):
    run, path = meter
    assert main(["explain", str(run.run_dir), path, "--output", str(tmp_path), "--json"]) == 0
    printed = capsys.readouterr()
    (found,) = json.loads(printed.out)["explanations"]
    (answer,) = kerasft.predict(run, path)
    assert found["number"] == "brightness" and found["value"] == pytest.approx(answer.value)
    assert "class_name" not in found and f"brightness {answer.value:.4g}, by " in printed.err
    with Image.open(found["file"]) as image:
        assert image.format == "PNG"


def test_occlusion_is_the_fall_of_the_number(meter):
    run, path = meter
    predictor = as_predictor(run)
    (found,) = kerasft.explain(predictor, path, method="occlusion", patch=16)
    covered = np.full((1, 16, 16, 3), round(float(found.image.mean())), "uint8")
    fall = predictor.predict(found.image[None]) - predictor.predict(covered)
    np.testing.assert_allclose(found.attribution, float(fall[0, 0]), rtol=1e-3, atol=1e-5)


def test_shares_of_the_pixels_add_up_to_the_number_in_standard_deviations(meter):
    run, path = meter
    predictor = as_predictor(run)
    (found,) = kerasft.explain(predictor, path, method="integrated-gradients", steps=128)
    grey = np.full((1, 16, 16, 3), found.image.mean(), "float32")
    ends = [float(predictor.model(each, training=False)[0, 0]) for each in (found.image[None] * 1.0, grey)]
    assert found.completeness.difference == pytest.approx(ends[0] - ends[1], rel=1e-3, abs=1e-4)
    assert found.signed


def test_grad_cam_of_a_number_keeps_what_makes_it_lower(meter):
    run, path = meter
    predictor = as_predictor(run)
    (found,) = kerasft.explain(predictor, path, method="grad-cam")
    head = predictor.model.layers[-1]
    head.set_weights([-each for each in head.get_weights()])  # what made the number higher makes it lower
    (other,) = kerasft.explain(predictor, path, method="grad-cam")
    assert found.signed and np.abs(found.attribution).max() > 0
    np.testing.assert_allclose(other.attribution, -found.attribution, rtol=1e-3, atol=1e-6)


def test_a_number_has_no_target(meter):
    with pytest.raises(
        InputError, match="--target is no class or label of this model .received: 3.; leave it out"
    ):
        kerasft.explain(*meter, target="3")
