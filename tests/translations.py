"""Whether a Chinese page says what its English one does, as far as a program can tell."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)


def english_of(path: Path) -> Path:
    """Returns the page that a Chinese one translates: of README.zh.md README.md, of docs/zh/a.md docs/a.md."""
    if path.name.endswith(".zh.md"):
        return path.with_name(path.name.replace(".zh.md", ".md"))
    inside = path.parent.name == "zh" and path.parent != ROOT
    return path.parent.parent / path.name if inside else path


def chinese_of(path: Path) -> Path | None:
    """Returns the Chinese page of an English one, if there is one."""
    found = [path.with_name(f"{path.stem}.zh.md"), path.parent / "zh" / path.name]
    return next((each for each in found if each.exists()), None)


def prose_of(text: str) -> str:
    """Returns a page without its blocks of code and its comments."""
    return re.sub(r"<!--.*?-->", "", FENCE.sub("", text), flags=re.DOTALL)


def without_comments(code: str) -> list[str]:
    """Returns the lines of a block of code, without what stands behind a `#` and without lines that have only that."""
    lines = [re.sub(r"(^|\s+)#\s.*$", "", line) for line in code.splitlines()]
    return [line for line, whole in zip(lines, code.splitlines(), strict=True) if line or not whole]


def headings(prose: str) -> list[str]:
    return re.findall(r"^#+ .+$", prose, re.MULTILINE)


def anchor(heading: str) -> str:
    """Returns what a link names a heading by, as GitHub and MyST do."""
    return re.sub(r"[^\w\- ]", "", heading.lstrip("# ").lower()).replace(" ", "-")


def links(path: Path, prose: str) -> Counter:
    """Returns where the links lead, as places of English pages; without that to the page in the other language."""
    found = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"https?:", link):
            found.append(link)
            continue
        file, _, place = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        same = file and english_of(target) == english_of(path)
        if same or not english_of(target).exists():  # the other language; what there is in Chinese only
            continue
        if place:
            titles = [anchor(each) for each in headings(prose_of(target.read_text("utf-8")))]
            place = f"#{titles.index(place)}" if place in titles else f"#{place}"
        found.append(f"{english_of(target).relative_to(ROOT)}{place}")
    return Counter(found)


def tables(prose: str) -> list[tuple[int, ...]]:
    """Returns for each table how many cells each of its rows has."""
    blocks = re.findall(r"(?:^\|.*\|$\n?)+", prose, re.MULTILINE)
    return [tuple(row.count("|") for row in block.splitlines()) for block in blocks]


def shape(path: Path, text: str) -> dict[str, object]:
    """Returns what must be the same in both languages."""
    prose = prose_of(text)
    said = re.sub(r"\]\([^)\s]+\)|`[^`]*`", "]", prose)
    parts = re.split(r"^#+ .*$", said, flags=re.MULTILINE)
    return {
        "the levels of the headings": [len(each.split()[0]) for each in headings(prose)],
        "the blocks of code": [(kind, without_comments(code)) for _, kind, code in FENCE.findall(text)],
        "the comments of the page": re.findall(r"<!--.*?-->", text, re.DOTALL),
        "where links lead": links(path, prose),
        "the shapes of the tables": tables(prose),
        "how many list items there are": len(re.findall(r"^ *(?:[-*]|\d+\.) ", prose, re.MULTILINE)),
        "the code within sentences": Counter(re.findall(r"`([^`]+)`", prose)),
        "the numbers of each section": [
            Counter(each.rstrip(".,").replace(",", "") for each in re.findall(r"\d[\d.,]*", part))
            for part in parts
        ],
    }


def differences(english: Path, chinese: Path, texts: tuple[str, str] | None = None) -> list[str]:
    """Returns what is not the same, a line for each kind: what both have, and which text to mend.

    Args:
        english: The page.
        chinese: Its translation.
        texts: What they hold; default: the files.
    """
    one, other = texts or (english.read_text("utf-8"), chinese.read_text("utf-8"))
    found = []
    for (what, left), right in zip(shape(english, one).items(), shape(chinese, other).values(), strict=True):
        if left != right:
            left, right = only_different(left, right)
            found.append(f"{what}: English has {left}, Chinese has {right}")
    return found


def only_different(left, right):
    """Returns both without what they share, so that a message is short."""
    if isinstance(left, Counter):
        return dict(left - right), dict(right - left)
    if isinstance(left, list) and len(left) == len(right):
        pairs = [only_different(a, b) for a, b in zip(left, right, strict=True) if a != b]
        return [a for a, _ in pairs], [b for _, b in pairs]
    return left, right


KNOWN = {  # terms, file types and units that Chinese pages have, too
    "ap", "auc", "bolya", "coco", "conformal", "cpu", "dice", "dropout", "ece", "f", "holm", "iou", "kappa", "keras",
    "kerasft", "logit", "map", "mb", "mcnemar", "min", "nat", "r", "roc", "sha", "split", "tide", "top", "utc",
    "wilson",
}  # fmt: skip


def english_in(page: str, names: set[str]) -> list[str]:
    """Returns the English words of a page in Chinese, without code, the terms above, and names of data."""
    text = re.sub(r"<(style|script|code|pre|q)\b.*?</\1>", "", page, flags=re.DOTALL)
    said = re.findall(r"(?:aria-label|alt|title)=[\"']([^\"']*)", text)
    said.append(re.sub(r"<[^>]*>|&\w+;", " ", text))
    known = KNOWN | {word.lower() for name in names for word in re.findall("[A-Za-z]+", name)}
    words = re.findall(r"(?<![\w./-])[A-Za-z]{3,}(?![\w/-]|\.\w)", " ".join(said))
    return sorted({word for word in words if word.lower() not in known})
