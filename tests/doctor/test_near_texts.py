"""Near copies of texts: what counts as one, and that the work doesn't grow with the square."""

import random
import time

import pytest

from kerasft.data.copy_findings import near_finding
from kerasft.data.suspects import Suspicion, rows_judged
from kerasft.inputs.texts.near_texts import near_texts
from kerasft.inputs.texts.rows import TextItem
from kerasft.targets.classes.examining import label_finding

LONG = "The invoice that you sent me yesterday evening is wrong by a large amount of money, see order 4711."
TEMPLATE = (
    "Dear {}, your order {} leaves our house on {}, follow it under https://shop.example/{} from tomorrow on."
)


@pytest.mark.parametrize(
    "one, other",
    [
        (LONG, LONG.replace("4711", "4712")),
        (LONG, LONG.replace("4711", "5")),
        (LONG, LONG.replace("yesterday", "yesterdya")),
        (LONG, LONG.replace("evening", "morning")),
        (LONG, LONG.upper()),
        (f"{LONG} https://a.example/1", f"{LONG} www.other.example/path?q=2"),
        (f"{LONG} mail me: ann@a.example", f"{LONG} mail me: bob.b@b.example"),
        (
            TEMPLATE.format("Ann", 17, "Monday", "x/1"),
            TEMPLATE.format("Robert", "99-3", "Friday", "zzz?id=99"),
        ),
        ("parcel 12", "parcel 13"),
        (
            "我的包裹在哪里我昨天付了钱还没有收到请帮我查一下",
            "我的包裹在哪里我昨天付了钱还没有收到请帮他查一下",
        ),
        ("Great product, would buy again", "Great produkt, would buy again"),
    ],
)
def test_near_copies(one, other):
    assert near_texts(["something else entirely, about the weather", one, "ok", other]) == [[1, 3]]


@pytest.mark.parametrize(
    "one, other",
    [
        ("12", "13"),
        ("https://a.example", "https://b.example"),
        ("good", "goof"),
        ("I want my money back", "Where is my parcel now"),
        (
            LONG,
            "The parcel that you sent me last week came with a scratch, and nobody calls me back about it.",
        ),
    ],
)
def test_texts_that_are_no_near_copies(one, other):
    assert near_texts([one, other]) == []


def test_groups_are_joined_and_in_their_order():
    texts = [LONG, "x", LONG.replace("4711", "1"), "hello there my friend", LONG.replace("money", "monye")]
    assert near_texts(texts) == [[0, 2, 4]]
    assert near_texts([]) == [] and near_texts(["", ""]) == []


def test_it_does_not_compare_all_with_all():
    """3000 random texts, 300 with a typo, and 1000 from one template; docs/doctor.md has the time for 200,000."""
    r = random.Random(1)
    words = ["".join(r.choices("abcdefghijklmnopqrstuvwxyz", k=r.randint(2, 9))) for _ in range(5000)]
    texts = [" ".join(r.choices(words, k=r.randint(8, 25))) for _ in range(3000)]
    for text in texts[:300]:
        place = r.randrange(5, len(text) - 5)
        texts.append(f"{text[:place]}x{text[place + 1 :]}")
    texts += [
        TEMPLATE.format(r.choice(words), r.randint(1, 999), r.choice(words), r.randint(1, 9))
        for _ in range(1000)
    ]
    started = time.process_time()
    groups = near_texts(texts)
    assert time.process_time() - started < 20
    assert max(groups, key=len) == list(range(3300, 4300))
    pairs = [group for group in groups if len(group) == 2]
    assert sorted(pairs) == [[row, 3000 + row] for row in range(300)]


def items(count):
    return [TextItem(f"t.csv:{n}", "c", f"text {n}", None, "") for n in range(count)]


def test_a_check_that_skipped_some_of_its_work_says_so():
    finding = near_finding([], items(2), [b"1", b"2"], "image", skipped=12_345)
    assert (finding.level, finding.what) == ("note", "none; 12,345 pairs that might be were not compared")
    assert near_finding([], items(2), [b"1", b"2"], "image").level == "ok"


def test_labels_that_were_not_looked_at_are_not_ok():
    import numpy as np

    assert rows_judged(np.array([0] * 20_000 + [1] * 20_000)) == 30_000
    assert rows_judged(np.array([0, 0, 0, 1])) == 0 and rows_judged(np.array([0, 0, 1, 1, 2])) == 4
    part = label_finding([], 0.9, items(2), ("a", "b"), "TF-IDF", 30_000, 40_000)
    assert part.level == "note" and part.what.endswith("; 30,000 of 40,000 were looked at")
    nothing = label_finding([], 1.0, items(2), ("a", "b"), "TF-IDF", 0, 4)
    assert nothing.level == "note" and nothing.what.startswith("not looked at")
    assert label_finding([], 0.9, items(2), ("a", "b"), "TF-IDF", 4, 4).level == "ok"


def test_a_judge_that_hardly_knows_the_classes_judges_no_label():
    doubt = [Suspicion(0, 1, 0.9, 0.1)]
    good, bad = (label_finding(doubt, share, items(2), ("a", "b"), "starter", 2, 2) for share in (0.6, 0.59))
    assert good.level == "warn" and len(good.suspects) == 1
    assert bad.level == "note" and not bad.suspects and "starter agrees with 59.0%" in bad.what
