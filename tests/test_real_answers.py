"""`benchmarks.real_answers`: what it makes of packages and ratings, and its table."""

import io
import tarfile

import pytest

from benchmarks import real_answers
from benchmarks.real_answers import description, distinct, drawn, grade, labels_of, to_table


def test_labels_are_those_of_two_facets_without_what_stands_below_them():
    tags = "interface::x11, use::editing,\n works-with::image, works-with::image:raster, use::TODO, special"
    assert labels_of(tags) == ["use::editing", "works-with::image"]


def test_a_description_ends_with_its_first_paragraph():
    assert description("a tool\n It does\n  so.\n .\n And more.") == "a tool. It does so."
    assert description("") == ""


def test_grades_are_cut_between_ratings():
    assert [grade(mean) for mean in ("-4", "-1.5", "-1.4", "0", "0.55", "1.6")] == list("112345")


def test_a_text_counts_once_and_groups_are_drawn_whole(monkeypatch):
    rows = [("A  text.", "1", "x"), ("a text.", "2", "y"), *((f"t{n}", "1", f"g{n % 4}") for n in range(40))]
    kept = distinct(rows)
    assert kept == [rows[0], *rows[2:]]
    monkeypatch.setattr(real_answers, "EXAMPLES", 21)
    first, again, other = drawn(kept, 0), drawn(kept, 0), drawn(kept, 3)
    assert first == again != other and len(first) == len(set(first)) == 21
    assert (
        sum(len([row for row in first if row[2] == group]) == 10 for group in ("g0", "g1", "g2", "g3")) >= 2
    )


def test_the_reviews_are_read_from_an_archive_within_the_archive(tmp_path):
    lines = "\ufeff1_1\t-0.9\tNo picture.\n1_2\t2.5\t Fine. \n2_1\t0\t\n"
    inner = packed("hutto/amazonReviewSnippets_GroundTruth.txt", lines.encode("utf-8"))
    source = packed("vader/additional/hutto_ICWSM_2014.tar.gz", inner)
    (tmp_path / "vaderSentiment-3.3.2.tar.gz").write_bytes(source)
    assert real_answers.vader(tmp_path) == [("No picture.", "-0.9", "1"), ("Fine.", "2.5", "1")]


def packed(name, content):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def test_the_table_has_means_and_ranges_and_leaves_out_what_was_not_measured():
    runs = [
        {way: {"score": value + place} for place, way in enumerate(real_answers.WAYS)}
        for value in (0.25, 0.75)
    ]
    for run, more in zip(runs, (1, 2), strict=True):
        run["bag of words"]["more"] = more
    lines = to_table(runs).splitlines()
    assert lines[0] == "| way | score | more |" and len(lines) == 5
    assert lines[2] == "| bag of words | 0.500 (0.250 to 0.750) | 1.500 (1.000 to 2.000) |"
    assert lines[4] == "| the run | 2.500 (2.250 to 2.750) |  |"


def test_a_command_that_fails_ends_with_what_it_said():
    with pytest.raises(SystemExit, match=r"ended with 2:\n.*No such file"):
        real_answers._output("ls", "/nowhere/at/all")
