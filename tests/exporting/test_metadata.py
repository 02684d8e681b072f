"""TFLite metadata, read back with FlatBuffers alone, and put into models that stay as they are."""

import io
import zipfile

import flatbuffers
import numpy as np
import pytest
import tensorflow as tf

from kerasft.base.errors import KerasftError
from kerasft.formats import description as artifact
from kerasft.formats.attaching import BUFFER_NAME, with_files, with_metadata
from kerasft.formats.tflite_metadata import About
from tests.descriptions import attach, of_images
from tests.programs import metadata_of_images, metadata_of_texts

ABOUT = About("Blümchen", "Tells flowers apart.", "1.2", "A. Gärtner", "CC BY 4.0")


@pytest.fixture(scope="module")
def bert(make_text_toy):
    return make_text_toy("bert")


class Table:
    """A table of the schema by slot, as the wire format has it."""

    def __init__(self, data, place):
        self.table = flatbuffers.table.Table(data, place)

    def place(self, slot):
        offset = self.table.Offset(4 + 2 * slot)
        return self.table.Pos + offset if offset else 0

    def text(self, slot):
        return self.table.String(self.place(slot)).decode() if self.place(slot) else None

    def number(self, slot, kind):
        flags = getattr(flatbuffers.number_types, f"{kind}Flags")
        return self.table.Get(flags, self.place(slot)) if self.place(slot) else 0

    def child(self, slot):
        return Table(self.table.Bytes, self.table.Indirect(self.place(slot))) if self.place(slot) else None

    def children(self, slot):
        offset = self.table.Offset(4 + 2 * slot)
        if not offset:
            return []
        start = self.table.Vector(offset)
        places = (start + 4 * number for number in range(self.table.VectorLen(offset)))
        return [Table(self.table.Bytes, self.table.Indirect(place)) for place in places]

    def floats(self, slot):
        offset = self.table.Offset(4 + 2 * slot)
        start, length = self.table.Vector(offset), self.table.VectorLen(offset)
        return np.frombuffer(self.table.Bytes, "<f4", length, start).tolist()


def root(metadata):
    data = bytearray(metadata)
    assert data[4:8] == b"M001"
    return Table(data, int.from_bytes(data[:4], "little"))


def graph_of(metadata):
    (graph,) = root(metadata).children(3)
    return graph


def test_people_are_told_what_the_model_is():
    model = root(metadata_of_images(ABOUT, 224))
    texts = {slot: model.text(slot) for slot in (0, 1, 2, 4, 5, 7)}
    assert list(texts.values()) == [*vars(ABOUT).values(), "1.0.0"]
    bare = root(metadata_of_images(About("a model"), 224))
    assert [bare.text(slot) for slot in (0, 1, 2, 4, 5)] == ["a model", None, None, None, None]


def test_pictures_are_raw_rgb_and_answers_have_labels():
    graph = graph_of(metadata_of_images(ABOUT, 96))
    (image,), (answer,) = graph.children(2), graph.children(3)
    assert image.text(0) == "image" and answer.text(0) == "probability"
    content = image.child(3)
    assert content.number(0, "Uint8") == 2  # ImageProperties
    properties = content.child(1)
    size = properties.child(1)
    assert properties.number(0, "Int8") == 1  # RGB
    assert (size.number(0, "Uint32"), size.number(1, "Uint32")) == (96, 96)
    (unit,) = image.children(4)
    assert unit.number(0, "Uint8") == 1  # NormalizationOptions
    assert (unit.child(1).floats(0), unit.child(1).floats(1)) == ([0.0], [1.0])
    assert (image.child(5).floats(0), image.child(5).floats(1)) == ([255.0], [0.0])
    assert answer.children(4) == []
    (labels,) = answer.children(6)
    assert (labels.text(0), labels.number(2, "Int8")) == ("labels.txt", 2)  # TENSOR_AXIS_LABELS


def test_a_threshold_is_a_process_unit_of_the_answer(bert):
    for metadata in (
        metadata_of_images(ABOUT, 96, score_threshold=0.75),
        metadata_of_texts(ABOUT, bert.encoder, ["ids"], score_threshold=0.75),
    ):
        (answer,) = graph_of(metadata).children(3)
        (unit,) = answer.children(4)
        assert unit.number(0, "Uint8") == 3 and unit.child(1).number(0, "Float32") == 0.75


def test_texts_name_their_inputs_in_order_and_their_vocabulary(bert):
    names = ["ids", "segment_ids", "mask"]
    metadata = metadata_of_texts(ABOUT, bert.encoder, names)
    graph = graph_of(metadata)
    assert [each.text(0) for each in graph.children(2)] == names
    (unit,) = graph.children(5)
    assert unit.number(0, "Uint8") == 4  # BertTokenizerOptions
    (vocabulary,) = unit.child(1).children(0)
    assert (vocabulary.text(0), vocabulary.number(2, "Int8")) == ("vocabulary.txt", 5)  # VOCABULARY
    assert root(metadata).text(7) == "1.1.0"
    pairs = bert.encoder.for_pairs(True)  # which MediaPipe doesn't take
    assert graph_of(metadata_of_texts(ABOUT, pairs, ["ids", "mask"])).children(5) == []


WEIGHTS = np.random.default_rng(0).normal(size=(33, 7)).astype("float32")


@pytest.fixture(scope="module")
def content():
    function = tf.function(lambda x: tf.nn.softmax(x @ tf.constant(WEIGHTS)), autograph=False)
    concrete = function.get_concrete_function(tf.TensorSpec((1, 33), tf.float32))
    return tf.lite.TFLiteConverter.from_concrete_functions([concrete]).convert()


def read(content):
    from ai_edge_litert import schema_py_generated as schema

    return schema.Model.GetRootAs(content, 0)


def entries(model):
    found = [model.Metadata(index) for index in range(model.MetadataLength())]
    return {each.Name().decode(): model.Buffers(each.Buffer()) for each in found}


def data_of(buffer):
    return buffer.DataAsNumpy().tobytes() if buffer.DataLength() else b""


def run(content):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.ones((1, 33), "float32"))
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


@pytest.mark.parametrize("size", (15, 63, 64, 1000))
def test_the_model_stays_as_it_is(content, size):
    metadata = bytes(range(256)) * 4
    new = with_metadata(content, metadata[:size])
    assert new[4:8] == b"TFL3" and content in new  # the weights keep their places, 64 bytes by 64 bytes
    assert new.index(content) % 64 == 0
    before, after = read(content), read(new)
    assert after.BuffersLength() == before.BuffersLength() + 1
    for index in range(before.BuffersLength()):
        assert data_of(after.Buffers(index)) == data_of(before.Buffers(index))
    assert WEIGHTS.T.tobytes() in [data_of(after.Buffers(index)) for index in range(after.BuffersLength())]
    assert entries(after).keys() == {*entries(before), BUFFER_NAME}
    assert data_of(entries(after)[BUFFER_NAME]) == metadata[:size]
    assert new.index(metadata[:size], 0, new.index(content)) % 16 == 0
    assert after.Version() == before.Version() and after.Description() == before.Description()
    np.testing.assert_array_equal(run(new), run(content))


def test_metadata_is_replaced_and_never_there_twice(content):
    twice = with_metadata(with_metadata(content, b"old metadata"), b"new metadata")
    model = read(twice)
    names = [model.Metadata(index).Name() for index in range(model.MetadataLength())]
    assert names.count(BUFFER_NAME.encode()) == 1
    assert data_of(entries(model)[BUFFER_NAME]) == b"new metadata"
    np.testing.assert_array_equal(run(twice), run(content))


def test_a_model_with_weights_outside_is_refused(content):
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(read(content))
    model.buffers[1].offset, model.buffers[1].size = 4096, 16
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"TFL3")
    with pytest.raises(
        KerasftError, match="weights outside its FlatBuffer can't carry metadata; quantize it"
    ):
        with_metadata(bytes(builder.Output()), b"metadata")


def test_files_lie_behind_the_model_uncompressed_and_the_same_each_time(content):
    files = {"labels.txt": b"a\nb\n" * 99, "vocabulary.txt": b""}
    new = with_files(content, files)
    assert new.startswith(content) and new == with_files(content, files)
    with zipfile.ZipFile(io.BytesIO(new)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_STORED}
        start = archive.infolist()[0].header_offset
    assert start == len(content)


def test_our_own_description_still_goes_with_it(content, tmp_path):
    path = tmp_path / "model.tflite"
    description = of_images(("a", "b"), 8)
    path.write_bytes(with_metadata(content, metadata_of_images(ABOUT, 8)))
    attach(path, description)
    assert artifact.read_embedded(path) == (description, {})
    damaged = bytearray(path.read_bytes())
    damaged[300] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(KerasftError, match="damaged or was changed"):
        artifact.read_embedded(path)
