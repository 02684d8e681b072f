"""Whether the backbone's tokenizer can read the texts at all."""

from __future__ import annotations

from collections.abc import Sequence

from kerasft.contract.findings import Finding
from kerasft.inputs.texts.backbones import catalog
from kerasft.inputs.texts.column import Texts
from kerasft.inputs.texts.rows import TextItem
from kerasft.inputs.texts.scripts import share_of_scripts
from kerasft.inputs.texts.unknown import Unknown, backbone_for

CHECK = "vocabulary"


def vocabulary_finding(items: Sequence[TextItem], backbone: str | None) -> tuple[Finding, bool]:
    """Returns the finding on unknown tokens, and whether the backbone can read the texts.

    Args:
        items: The texts.
        backbone: The one that was asked for, or that is at hand; None where there is none.
    """
    texts = [item.text for item in items]
    if backbone is None:
        return _without_a_tokenizer(texts), False
    found = count_unknown(items, backbone)
    if found.too_many:
        what = f"{backbone}: {found}; the model can't tell them apart"
        return Finding(CHECK, "warn", what, found.advice), False
    return Finding(CHECK, "ok", f"{backbone}: {found}"), True


def count_unknown(items: Sequence[TextItem], backbone: str) -> Unknown:
    """Counts the tokens that a backbone's tokenizer doesn't know."""
    from kerasft.inputs.texts.backbones.presets import find_text_preset
    from kerasft.inputs.texts.unknown_tokens import unknown_tokens

    pairs = None if items[0].pair is None else tuple(item.pair or "" for item in items)
    texts = Texts(tuple(item.text for item in items), pairs)
    return unknown_tokens(texts, find_text_preset(backbone).tokenizer, backbone)


def _without_a_tokenizer(texts: Sequence[str]) -> Finding:
    scripts = share_of_scripts(texts)
    foreign = scripts.total() - scripts["Latin"]
    what = f"not looked at: {catalog.DEFAULT}, whose vocabulary would be asked, isn't fetched"
    if 2 * foreign > scripts.total():
        main = scripts.most_common(1)[0][0]
        return Finding(
            CHECK, "warn", f"{what}; it is English, and the texts are mostly {main}", backbone_for(texts)
        )
    return Finding(CHECK, "note", what, f"kerasft fetch {catalog.DEFAULT}")
