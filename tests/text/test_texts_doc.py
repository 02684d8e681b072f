"""docs/texts.md says what is so."""

import re
import shlex
from pathlib import Path

import pytest

from kerasft.cli import checks
from kerasft.cli.flags import Parser, add_flags
from kerasft.cli.recipes import find_recipe
from kerasft.formats import description
from kerasft.inputs.texts import encoding, kind, message_pairs
from kerasft.inputs.texts.backbones import presets
from kerasft.inputs.texts.backbones.tokenizers import tokenizer_files
from kerasft.inputs.texts.encoding import TextEncoder
from kerasft.inputs.texts.serving import mediapipe_reads
from kerasft.targets.classes.schema import Classes

DOC = (Path(__file__).parents[2] / "docs" / "texts.md").read_text("utf-8")
NAMES = {
    "BERT": "bert", "DistilBERT": "distil_bert", "RoBERTa": "roberta", "ALBERT": "albert", "FNet": "f_net",
    "XLM-RoBERTa": "xlm_roberta", "DeBERTa V3": "deberta_v3", "RoFormer V2": "roformer_v2",
}  # fmt: skip
CONVERTED = {"albert": "albert", "bert": "bert", "distilbert": "distil_bert", "roberta": "roberta",
             "xlm-roberta": "xlm_roberta"}  # fmt: skip


def table(header: str) -> list[list[str]]:
    """The rows below a header, as cells."""
    rows = (header + DOC.split(header)[1]).split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_the_families_and_who_reads_them(toys):
    rows = {NAMES[row[0].split(" (")[0]]: row[1:] for row in table("| family | Hugging Face folder |")}
    registered = {name.split(">")[1].removesuffix("Backbone").lower() for name in presets.FAMILIES}
    assert {name.replace("_", "") for name in rows} == registered
    assert {CONVERTED[name] for name in presets._CONVERTED} == {
        k for k, row in rows.items() if row[0] == "yes"
    }
    for family, (_, tflite, mediapipe) in rows.items():
        assert tflite.startswith("no") == (family == "f_net")  # tests/text/test_families.py exports them all
        reads = mediapipe_reads(TextEncoder(toys.tokenizer_of(family), 16))
        # RoFormer's toy has BERT's vocabulary; its checkpoints are Chinese
        assert family == "roformer_v2" or reads == mediapipe.startswith("yes"), family


def test_the_fields_of_the_contract(toys):
    documented = [row[0].strip("`") for row in table("| field | meaning |")]
    encoder = TextEncoder(toys.tokenizer_of("bert"), 16)
    fields = description.Description(
        "text_classification",
        Classes(("a", "b")),
        encoder.describe(),
        "b",
        "onnx",
        {"temperature": 1.0, "score_threshold": None},
    )
    assert {*documented} == {*fields.as_dict(), "sha256"} - {
        "kerasft_format",
        "task",
        "backbone",
        "quantization",
    }
    told = description.__doc__ + kind.__doc__
    assert all(f"| {name} |" in told for name in documented)


@pytest.mark.parametrize(
    "family, names",
    [
        ("bert", ["vocabulary.txt"]),
        ("roberta", ["merges.txt", "vocabulary.json"]),
        ("xlm_roberta", ["vocabulary.spm"]),
    ],
)
def test_the_names_of_vocabularies(family, names, toys):
    assert list(tokenizer_files(toys.tokenizer_of(family))) == names
    assert all(f"`{name}`" in DOC for name in names)


def test_numbers_and_names():
    assert f"{encoding.MAX_CHARACTERS:,} characters are read at most" in DOC
    assert set(re.findall(r"^\| `([a-z-]+)` \| ", DOC, re.MULTILINE)) >= {*checks.NAMED_DATA} - {"digits"}
    assert message_pairs.HEADER == ("text", "text_pair", "label")


def test_the_flags_of_its_commands_exist():
    commands = [
        line for block in re.findall(r"```bash\n(.*?)```", DOC, re.DOTALL) for line in block.split("\n")
    ]
    trains = [shlex.split(line) for line in commands if line.startswith("kerasft train")]
    assert trains
    for words in trains:
        parser = Parser()
        add_flags(parser, find_recipe(words[2]).Config)
        assert parser.verb(words[3:], lambda arguments: None) == 0
