"""Long lists of problems on one screen."""

from kerasft.base.errors import Problem
from kerasft.base.folding import Fault, fault_problems, most_problems


def said(faults):
    both = "the boxes of {} can't be used"
    return list(map(str, fault_problems(faults, both, both, "image", "whose boxes can't be used", "skip")))


def test_alike_faults_share_a_line_from_six_on():
    faults = [Fault(f"{n}.jpg", "they are shares", "multiply", f"{n}.txt") for n in range(5)]
    assert said(faults) == [
        f"the boxes of {n}.jpg can't be used, they are shares (received: {n}.txt); multiply" for n in range(5)
    ]
    (line,) = said([*faults, Fault("5.jpg", "they are shares", "multiply")])
    assert line == (
        "the boxes of 6 images can't be used, they are shares (received: 0.txt, 1.txt, 2.txt and 3 more); multiply"
    )


def test_twenty_lines_are_told_and_all_others_counted_by_what_they_are_of():
    single = [Fault(f"{n}", f"reason {n}", "mend it") for n in range(20)]
    assert len(said(single)) == 20
    many = [Fault(f"b{n}", "alike", "mend it") for n in range(7)]
    lines = said([*single, *many, Fault("c", "one more", "mend it")])
    assert len(lines) == 21 and lines[-1] == "and 8 more images whose boxes can't be used; skip"


def test_problems_beyond_the_first_are_counted():
    problems = [Problem(f"line {n}") for n in range(23)]
    assert most_problems(problems[:20]) == problems[:20]
    found = most_problems(problems, noun="image", tail="missing or changed", next_step="restore them")
    assert found[:20] == problems[:20]
    assert str(found[20]) == "and 3 more images missing or changed; restore them" and len(found) == 21
