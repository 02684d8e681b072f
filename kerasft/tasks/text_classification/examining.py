"""Examining texts: read as training reads them, then looked at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kerasft.base.class_names import in_order
from kerasft.base.errors import InputError, Problem
from kerasft.base.wording import plural
from kerasft.contract.examination import Examination
from kerasft.contract.findings import Diagnosis, Finding, Suspect
from kerasft.contract.splits import class_names_of
from kerasft.data.copy_findings import copy_findings, near_finding, split_finding, with_texts
from kerasft.data.given import Given
from kerasft.data.group_column import used_columns
from kerasft.data.group_findings import group_finding
from kerasft.data.splitting import find_copies
from kerasft.inputs.texts.backbones import catalog
from kerasft.inputs.texts.counting import tfidf_vectorizer
from kerasft.inputs.texts.languages import language_of, script_of
from kerasft.inputs.texts.near_texts import near_texts
from kerasft.inputs.texts.rows import Broken, TextItem, folded
from kerasft.inputs.texts.sources import open_source
from kerasft.inputs.texts.texts import TextColumns
from kerasft.inputs.texts.usable import usable_items
from kerasft.inputs.texts.vocabulary import vocabulary_finding
from kerasft.networks import fetching
from kerasft.targets.classes.examining import (
    class_findings,
    count_classes,
    label_finding,
    label_indexes,
)
from kerasft.targets.classes.kind import CLASSES
from kerasft.targets.classes.schema import Classes
from kerasft.targets.classes.suspects import TEXTS, WORDS, rows_judged, suspected_labels

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SENTENCES = "all_minilm_l6_v2"
_SHORT, _LONG = 3, 5000
_MARKUP = re.compile(r"</?[a-z][a-z0-9]*[^<>]*>|&(amp|nbsp|lt|gt|quot|#\d+);", re.IGNORECASE)
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]")


def examine_texts(wish: Examination) -> Diagnosis:
    """Examines texts.

    Raises:
        InputError: The source can't be read, or the backbone can't be used.
    """
    columns = TextColumns(wish.text, wish.text_pair, wish.label or TextColumns.label)
    found = open_source(Given(wish.source, data_dir=wish.data_dir), columns, CLASSES)
    usable = usable_items(found, CLASSES)
    items, broken = usable.items, usable.broken
    if not items:
        raise InputError(Problem("no row can be used", str(wish.source), "check --text and --label"))
    labels = {item.label for item in items}
    names = in_order(labels) if found.schema is None else class_names_of(found.schema)
    names = (*names, *sorted(labels - set(names)))
    keys, texts = [folded(item) for item in items], [_whole(item) for item in items]
    classes = count_classes(items, names)
    given = found.given_splits
    given = tuple(sorted({item.split for item in items} - {""})) if given is None else given
    findings = [Finding("reading", "note", note) for note in (*found.notes, *usable.notes)]
    findings += [_broken(broken, len(items)), *text_findings(items, texts)]
    findings += [*class_findings(classes, "text"), *copy_findings(items, keys, "text")]
    findings += [near_finding(near_texts(texts), items, keys, "text")]
    used = {*names, *used_columns({"columns": vars(found.columns)})}
    findings.append(group_finding(found.header, used, items, len(names), given, "text"))
    split = split_finding(items, keys, Classes(names), given, "text")
    findings.append(split)
    at_hand = wish.backbone or best_at_hand()
    vocabulary, readable = vocabulary_finding(items, at_hand)
    findings.insert(findings.index(split), vocabulary)
    if wish.suspect_labels and len(names) > 1:
        judge = at_hand if readable else None
        features = text_features(items, judge, wish.weights)
        strength = WORDS if judge is None else TEXTS
        # without copies: one in another fold would give its label away
        kept = np.array(find_copies(items, keys, "text").keep)
        suspicions, agreement = suspected_labels(
            features[kept], label_indexes(items, names)[kept], wish.seed, strength
        )
        suspicions = [replace(each, row=int(kept[each.row])) for each in suspicions]
        by = judge or ("TF-IDF" if at_hand is None else f"TF-IDF, since {at_hand} can't read the texts,")
        judged = rows_judged(label_indexes(items, names)[kept])
        finding = label_finding(suspicions, agreement, items, names, by, judged, len(kept))
        if at_hand is None and suspicions:
            better = f"`kerasft fetch {SENTENCES}` finds more of them, and fewer by mistake"
            finding = replace(finding, next_step=f"{finding.next_step}; {better}")
        findings.append(finding)
    shown = [with_texts(each, texts) for each in findings]
    title = f"{wish.source}: {plural(len(items), 'text')} of {plural(len(names), 'class')}"
    return Diagnosis(title, tuple(shown), classes)


def text_findings(items: Sequence[TextItem], texts: Sequence[str]) -> list[Finding]:
    """Returns the findings on lengths, languages and encoding."""
    return [_lengths(items, texts), _languages(items, texts), _encoding(items, texts)]


def best_at_hand() -> str | None:
    """Returns the backbone of sentences if it was fetched; None means TF-IDF."""
    return SENTENCES if fetching.cached(catalog.find(SENTENCES)) is not None else None


def text_features(
    items: Sequence[TextItem], backbone: str | None, weights: str | None
) -> np.ndarray | csr_matrix:
    """Returns TF-IDF (texts, words or runs of characters), sparse, or what a frozen backbone makes of the texts."""
    if backbone is None:
        whole = [_whole(item) for item in items]
        return tfidf_vectorizer(whole).fit_transform(whole)
    import keras

    from kerasft.inputs.texts.backbones.building import build_text_backbone
    from kerasft.inputs.texts.encoding import TextEncoder

    parts = build_text_backbone(backbone, weights)
    length = min(128, parts.max_length)
    pairs = [item.pair or "" for item in items] if items[0].pair is not None else None
    tokens = TextEncoder(parts.tokenizer, length, parts.input_names)([item.text for item in items], pairs)
    inputs = parts.inputs(length)
    model = keras.Model(inputs, parts.features(inputs))
    batches = (
        {name: array[start : start + 32] for name, array in tokens.items()}
        for start in range(0, len(items), 32)
    )
    return np.concatenate([np.asarray(model.predict_on_batch(batch)) for batch in batches])


def _whole(item: TextItem) -> str:
    return item.text if item.pair is None else f"{item.text} | {item.pair}"


def _lengths(items: Sequence[TextItem], texts: Sequence[str]) -> Finding:
    sizes = np.array([len(text) for text in texts])
    words = np.array([len(text.split()) for text in texts])
    what = (
        f"{sizes.min()} to {sizes.max():,} characters, median {int(np.median(sizes))}; "
        f"99 % have up to {int(np.percentile(words, 99))} words"
    )
    odd = [(row, f"{size} characters") for row, size in enumerate(sizes) if size < _SHORT]
    odd += [(row, f"{sizes[row]:,} characters") for row in np.argsort(-sizes) if sizes[row] > _LONG]
    if not odd:
        return Finding("lengths", "ok", what)
    suspects = tuple(Suspect(items[row].id, why, items[row].label, row=int(row)) for row, why in odd)
    what += f"; {len(suspects)} shorter than {_SHORT} or longer than {_LONG} characters"
    return Finding(
        "lengths",
        "note",
        what,
        "a model reads their beginning: train with --sequence-length 256 for more of it",
        suspects,
    )


def _languages(items: Sequence[TextItem], texts: Sequence[str]) -> Finding:
    languages = [language_of(text) for text in texts]
    counts = Counter(filter(None, languages))
    if not counts:
        scripts = Counter(filter(None, map(script_of, texts)))
        return Finding("languages", "ok", f"not known; script: {', '.join(scripts) or 'no letters'}")
    main, most = counts.most_common(1)[0]
    others = [row for row, language in enumerate(languages) if language not in ("", main)]
    known = sum(counts.values())
    if len(others) <= max(1, known // 200):
        return Finding("languages", "ok", f"{main} ({most} of the {known} texts whose language can be told)")
    listed = ", ".join(f"{name} {count}" for name, count in counts.most_common(5))
    suspects = tuple(Suspect(items[row].id, languages[row], items[row].label, row=row) for row in others)
    next_step = "a backbone reads the languages it was trained on: take a multilingual one, or one language"
    return Finding("languages", "warn", f"probably mixed: {listed}", next_step, suspects)


def _encoding(items: Sequence[TextItem], texts: Sequence[str]) -> Finding:
    odd = []
    for row, text in enumerate(texts):
        if "\ufffd" in text:
            odd.append((row, "holds U+FFFD, where a character was lost"))
        elif _is_mojibake(text):
            odd.append((row, "was decoded wrongly: UTF-8 read as Windows-1252"))
        elif _HIDDEN.search(text):
            odd.append((row, "holds control characters or invisible ones"))
        elif _MARKUP.search(text):
            odd.append((row, "holds HTML"))
    if not odd:
        return Finding("encoding", "ok", "no lost characters, no HTML")
    suspects = tuple(Suspect(items[row].id, why, items[row].label, row=row) for row, why in odd)
    kinds = Counter(why for _, why in odd)
    what = "; ".join(f"{plural(count, 'text')}: {why}" for why, count in kinds.most_common())
    return Finding("encoding", "warn", what, "clean them, or serve texts with the same blemishes", suspects)


def _is_mojibake(text: str) -> bool:
    """Whether a text can be read as Windows-1252 bytes that are valid UTF-8, which true text almost never can."""
    if text.isascii():
        return False
    try:
        return text.encode("cp1252").decode("utf-8") != text
    except (UnicodeEncodeError, UnicodeDecodeError):
        return False


def _broken(broken: Sequence[Broken], good: int) -> Finding:
    if not broken:
        return Finding("broken rows", "ok", f"all {good} can be used")
    suspects = tuple(Suspect(each.place, str(each.error)) for each in broken)
    what = f"{plural(len(broken), 'row')} of {good + len(broken)} can't be used"
    return Finding(
        "broken rows",
        "fail",
        what,
        "repair or remove them, or leave them out: train with --skip-broken",
        suspects,
    )
