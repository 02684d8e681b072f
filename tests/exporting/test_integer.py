"""int8 files whose layers answer as in float32: the rounding of kernels, what kernels read, and a converted file."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from kerasft.formats import integer, tflite
from kerasft.formats.kernel_rounding import rounded
from kerasft.formats.operations import WEIGHTED, Operations, fed, open_content
from kerasft.formats.patches import MOST_PLACES, seen_by
from kerasft.networks.rounding import UNIT
from tests.descriptions import of_images
from tests.programs import program_of
from tests.seeds import draw_from

RANDOM = np.random.default_rng(0)


def nearest(kernels, scales):
    return np.clip(np.round(kernels / scales[..., None]), -127, 127)


def test_without_correlation_numbers_are_rounded_to_the_nearest():
    kernels, scales = RANDOM.normal(size=(3, 4, 40)), np.full((3, 4), 0.05)
    variances = RANDOM.uniform(0.5, 2, (3, 40))
    for covariances in (variances[:, None] * np.eye(40), np.zeros((3, 40, 40))):
        np.testing.assert_array_equal(rounded(kernels, scales, covariances), nearest(kernels, scales))


@pytest.mark.parametrize(("groups", "kernels", "inputs"), [(16, 1, 25), (1, 20, 70)])
def test_where_inputs_move_together_answers_change_less(groups, kernels, inputs):
    """Neighbouring pixels: a common brightness, and a tenth of it for each by itself."""
    seen = RANDOM.normal(size=(groups, 2000, 1)) + 0.1 * RANDOM.normal(size=(groups, 2000, inputs))
    exact = RANDOM.normal(size=(groups, kernels, inputs))
    scales = np.abs(exact).max(axis=2) / 127 * 8
    found = rounded(exact, scales, np.swapaxes(seen, 1, 2) @ seen / 2000)
    assert np.array_equal(found, np.round(found)) and np.abs(found).max() <= 127

    def error(whole):
        return np.sqrt(np.mean((seen @ np.swapaxes(whole * scales[..., None] - exact, 1, 2)) ** 2))

    # to the nearest, the common part sums up n errors, sqrt(n) in the mean, beside a tenth of that of the others
    assert error(found) < error(nearest(exact, scales)) / 2


def layer(kind, padding="same", stride=1, dilation=1):
    options = SimpleNamespace(
        padding={"same": 0, "valid": 1}[padding],
        strideH=stride, strideW=stride, dilationHFactor=dilation, dilationWFactor=dilation,
    )  # fmt: skip
    return SimpleNamespace(kind=kind, table=SimpleNamespace(builtinOptions=options))


@pytest.mark.parametrize(
    ("padding", "size", "stride", "dilation"),
    [("same", 3, 1, 1), ("same", 3, 2, 1), ("same", 2, 2, 1), ("same", 3, 1, 2), ("valid", 2, 2, 1)],
)
@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
def test_what_a_kernel_reads_times_the_kernel_is_the_answer(kind, padding, size, stride, dilation):
    images = RANDOM.normal(size=(2, 4, 5, 3)).astype("float32")
    convolve, outputs, way = {
        "CONV_2D": (keras.ops.conv, 6, "nkc,okc->no"),
        "DEPTHWISE_CONV_2D": (keras.ops.depthwise_conv, 1, "nkc,okc->nc"),
    }[kind]
    kernel = RANDOM.normal(size=(size, size, 3, outputs)).astype("float32")
    wanted = np.asarray(convolve(images, kernel, stride, padding, dilation_rate=dilation))
    theirs = kernel.transpose(3, 0, 1, 2)
    operation = layer(kind, padding, stride, dilation)
    seen = seen_by(operation, theirs, images[:, None], (0, 1), (1, *wanted.shape[1:])).astype("float64")
    flat = theirs.reshape(outputs, -1, 3)
    found, size_of_sums = np.einsum(way, seen, flat), np.einsum(way, np.abs(seen), np.abs(flat))
    off = np.abs(found - wanted.reshape(found.shape))
    assert (off <= 3 * size * size * UNIT * size_of_sums).all(), "more than float32 sums explain"


def test_a_float_model_and_its_int8_file_are_asked_about_the_same_places():
    images = np.arange(400.0).reshape(1, 1, 20, 20, 1)
    kernel, output = np.zeros((1, 1, 1, 1)), (1, 20, 20, 1)
    first, second, other = (
        seen_by(layer("CONV_2D"), kernel, images.astype(dtype), (row,), output).ravel()
        for dtype, row in (("float32", 3), ("int16", 3), ("float32", 4))
    )
    assert len(set(first)) == MOST_PLACES
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def plain_pictures():
    """Bright squares of some size and place on black: as with product photos, the background is all the same."""
    images = np.zeros((60, 16, 16, 3), "uint8")
    for number, image in enumerate(images):
        side, top, left = 4 + number % 5, number % 7, 3 * number % 8
        image[top : top + side, left : left + side] = 255 - 2 * number
    return images


def toy():
    draw_from(1)
    layers = keras.layers
    image = keras.Input((16, 16, 3), name="image", dtype="float32")
    x = layers.Rescaling(1 / 127.5, -1, name="rescaling")(image)
    first = layers.Conv2D(16, 3, 2, "same", bias_initializer="random_normal", name="stem")(x)
    x = layers.DepthwiseConv2D(3, padding="same", bias_initializer="random_normal", name="depthwise")(first)
    x = layers.Conv2D(16, 1, bias_initializer="random_normal", name="project")(layers.ReLU(6, name="relu")(x))
    x = layers.GlobalAveragePooling2D(name="pool")(layers.Add(name="add")([x, first]))
    logits = layers.Dense(
        4, kernel_initializer="random_normal", bias_initializer="random_normal", name="logits"
    )
    return keras.Model(image, logits(x), name="toy")


@pytest.fixture(scope="module")
def made():
    """A toy's float model as TensorFlow calibrates it and as we do, and its int8 file before and after."""
    program = program_of(toy(), of_images("abcd", 16, quantization="int8"))
    pictures = plain_pictures()
    representative = tflite.calibration_of(program, pictures)
    with tflite.converter_of(program) as converter:
        tflite.set_quantization(converter, "int8", representative)
        converter._experimental_calibrate_only = True
        theirs = converter.convert()
    ours = integer.measured(theirs, representative, len(pictures))
    before = integer.quantize(ours.content, "uint8")
    after, count = integer.corrected(before, ours, representative)
    return SimpleNamespace(
        theirs=theirs, ours=ours, before=before, after=after, count=count, representative=representative
    )


def range_of(content, name):
    file = Operations(content)
    (number,) = (number for each in file.all for number in each.outputs if name in file.name(number))
    found = file._graph.Tensors(number).Quantization()
    return found.Min(0), found.Max(0)


def values_of(content, representative, name):
    """Returns what an operation answers to all examples, as numbers, and the step of these; 0 of a float model."""
    file, interpreter, found = Operations(content), open_content(content, keep_all=True), []
    (number,) = (number for each in file.all for number in each.outputs if name in file.name(number))
    scales, zero = file.scales(number)
    step = scales[0] if len(scales) else 0.0
    for example in representative():
        fed(interpreter, example)
        found.append(interpreter.get_tensor(number)[0].astype("float64"))
    return (np.stack(found) - zero) * (step or 1.0), step


def test_what_goes_into_a_sum_has_a_range_of_its_own(made):
    values, _ = values_of(made.ours.content, made.representative, "project")
    assert range_of(made.ours.content, "project") == (np.float32(values.min()), np.float32(values.max()))
    sums = range_of(made.ours.content, "/Add")
    both = min(sums[0], np.float32(values.min())), max(sums[1], np.float32(values.max()))
    assert range_of(made.theirs, "project") == both != range_of(made.ours.content, "project"), (
        "TensorFlow's calibration reads it before it is overwritten now: leave the ranges to it"
    )


def test_layers_answer_on_average_as_in_float32(made):
    assert made.count == 4, "stem, depthwise, project and logits"
    for name in ("project", "logits"):
        exact, _ = values_of(made.ours.content, made.representative, name)
        off = {}
        for content in (made.before, made.after):
            values, step = values_of(content, made.representative, name)
            off[content] = np.abs((values - exact).reshape(-1, exact.shape[-1]).mean(axis=0)).max()
        assert off[made.after] <= step / 2, "rounding to whole steps may part the means by half of one"
        assert off[made.after] < off[made.before]


def test_the_answers_are_nearer_to_those_in_float32(made):
    before, after = (
        integer._distance(content, made.ours, made.representative) for content in (made.before, made.after)
    )
    assert after < before


def test_nothing_but_kernels_and_biases_is_changed_where_they_lie(made):
    assert len(made.after) == len(made.before)
    file, old = Operations(made.after), Operations(made.before)
    layers = [each for each in old.all if each.kind in WEIGHTED]
    for each in layers:
        for number in each.inputs[1:3]:
            old.constant(number)[...] = file.constant(number)
    assert bytes(old.content) == made.after


def test_the_same_model_gives_the_same_file(made):
    again = integer.measured(made.theirs, made.representative, 60)
    assert again.content == made.ours.content
    assert integer.corrected(made.before, again, made.representative) == (made.after, made.count)


def test_a_file_that_would_not_be_better_stays_as_it_is(made, monkeypatch):
    monkeypatch.setattr(integer, "_distance", lambda content, *_: float(content != made.before))
    assert integer.corrected(made.before, made.ours, made.representative) == (made.before, 0)


def test_a_file_with_an_operation_that_does_not_run_alone_stays_as_it_is(made, monkeypatch):
    def stop(self, operation, given):
        raise RuntimeError("Node number 0 failed to prepare.")

    monkeypatch.setattr(Operations, "run_alone", stop)
    assert integer.corrected(made.before, made.ours, made.representative) == (made.before, 0)


def test_so_many_examples_as_memory_has_room_for(made, monkeypatch):
    model = Operations(made.before)
    assert len(integer.rows_to_correct(model, 300)) == integer.MOST_EXAMPLES
    assert integer.rows_to_correct(model, 5) == (0, 1, 2, 3, 4)
    monkeypatch.setattr(integer, "MOST_BYTES", 20 * 3 * 8 * 8 * 16)  # of the sum: two maps in, one out
    assert len(integer.rows_to_correct(model, 300)) == 20
