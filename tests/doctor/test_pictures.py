"""Each thing that is wrong with the messy folder is found, and nothing else is."""

import json
import re

import numpy as np
import pytest
from PIL import Image

import kerasft
from kerasft.base.errors import InputError
from kerasft.cli.main import main
from kerasft.inputs.images.copies import difference_hashes, near_copies
from kerasft.inputs.images.digits import write_digits


def found(diagnosis, check):
    finding = diagnosis.find(check)
    return finding.level, sorted(suspect.id for suspect in finding.suspects)


def test_broken_files_are_listed_with_the_reason(diagnosis):
    assert found(diagnosis, "broken files") == (
        "fail",
        ["noise/<b>text.jpg", "noise/empty.jpg", "stripes/cut.png"],
    )
    reasons = {suspect.id: suspect.why for suspect in diagnosis.find("broken files").suspects}
    assert reasons["noise/empty.jpg"] == "the file is empty (0 bytes)"
    assert reasons["stripes/cut.png"].startswith("truncated")


def test_odd_modes_and_sizes_are_listed(diagnosis):
    assert found(diagnosis, "formats") == ("note", ["noise/cmyk.jpg", "noise/turned.jpg"])
    assert found(diagnosis, "proportions") == ("warn", ["noise/long.png"])
    assert "all are enlarged to 64" in diagnosis.find("sizes").what


def test_copies_and_contradictions_are_told_apart(diagnosis):
    assert found(diagnosis, "conflicts") == ("fail", ["circle/002.png", "noise/contrary.png"])
    assert found(diagnosis, "exact copies") == ("note", ["circle/001.png", "circle/copy.png"])
    near = ["circle/003.png", "circle/004.png", "circle/darker.jpg", "circle/smaller.png"]
    level, ids = found(diagnosis, "near copies")  # most of the stripes are alike indeed
    assert (level, [each for each in ids if not each.startswith("stripes")]) == ("warn", near)


def test_tiny_and_unequal_classes_are_listed(diagnosis):
    assert found(diagnosis, "class sizes") == ("warn", ["tiny"])
    assert "from 4 (tiny) to" in diagnosis.find("balance").what
    assert {each.name: each.total for each in diagnosis.classes}["tiny"] == 4


def test_the_moved_picture_is_the_first_suspected_label(diagnosis):
    suspect = diagnosis.find("labels").suspects[0]
    assert (suspect.id, suspect.class_name) == ("stripes/moved.png", "stripes")
    assert suspect.why.startswith("looks like circle (")


def test_good_pictures_give_no_warning(tmp_path, write_pictures):
    diagnosis = kerasft.diagnose(write_pictures(tmp_path / "good", 20, ("circle", "noise")))
    levels = {finding.check: finding.level for finding in diagnosis.findings}
    assert [check for check, level in levels.items() if level in ("warn", "fail")] == [], str(diagnosis)


def test_a_class_with_too_few_pictures_fails_as_it_does_in_training(tmp_path, write_pictures):
    write_pictures(tmp_path, 8, ("circle", "noise"))
    for path in sorted((tmp_path / "noise").glob("*.png"))[2:]:
        path.unlink()
    finding = kerasft.diagnose(tmp_path, suspect_labels=False).find("splits")
    with pytest.raises(InputError) as caught:
        kerasft.read_images(tmp_path, 16)
    assert finding.level == "fail" and caught.value.problems[0].what in finding.what


def test_copies_across_given_splits_are_warned_of(tmp_path, write_pictures):
    for split, seed in (("train", 0), ("validation", 1), ("test", 2)):
        write_pictures(tmp_path / split, 6, ("circle", "noise"), seed=seed)
    (tmp_path / "test" / "circle" / "leaked.png").write_bytes(
        (tmp_path / "train" / "circle" / "000.png").read_bytes()
    )
    finding = kerasft.diagnose(tmp_path, suspect_labels=False).find("exact copies")
    assert finding.level == "warn" and "in two splits" in finding.what
    assert [suspect.why for suspect in finding.suspects] == ["in test, as train/circle/000.png", "in train"]


def test_data_that_cannot_be_listed_is_a_finding_too(tmp_path):
    (tmp_path / "only").mkdir()
    diagnosis = kerasft.diagnose(tmp_path, "image-classification")
    assert diagnosis.worst == "fail" and diagnosis.findings[0].check == "reading"


def test_the_kind_of_data_is_told_by_what_it_holds(tmp_path, pictures):
    from kerasft.contract.examination import Examination
    from kerasft.doctor.examine import task_of_data

    (tmp_path / "a.csv").write_text("path,label\nx.png,a\n")
    (tmp_path / "b.csv").write_text('"text";"label"\nx;a\n')
    (tmp_path / "texts" / "a").mkdir(parents=True)
    (tmp_path / "texts" / "a" / "1.txt").write_text("x")
    image, text = "image_classification", "text_classification"
    expected = {"a.csv": image, "b.csv": text, "texts": text}
    assert {name: task_of_data(Examination(str(tmp_path / name))) for name in expected} == expected
    assert (
        task_of_data(Examination(str(pictures))),
        task_of_data(Examination("digits")),
        task_of_data(Examination("messages")),
    ) == (
        image,
        image,
        text,
    )
    with pytest.raises(InputError, match="can't be told what kind of data.*--task"):
        task_of_data(Examination("tfds:beans"))
    with pytest.raises(InputError, match="does not exist"):
        task_of_data(Examination("nowhere"))


def test_the_page_shows_the_pictures_and_escapes_what_strangers_wrote(diagnosis, messy, tmp_path, capsys):
    path = kerasft.write_page(diagnosis, tmp_path / "page.html")
    page = path.read_text("utf-8")
    assert page.count('<img src="data:image/jpeg;base64,') > 8
    assert "<b>text.jpg" not in page and "&lt;b&gt;text.jpg" in page
    assert not re.search(r"<script|https?://|<link", page)
    assert "Content-Security-Policy" in page and "prefers-color-scheme: dark" in page


def test_the_page_folds_what_passes(diagnosis, tmp_path):
    page = kerasft.write_page(diagnosis, tmp_path / "page.html").read_text("utf-8")
    passed = [number for number, each in enumerate(diagnosis.findings, 1) if each.level == "ok"]
    before, folded = page.split('<details id="passed">')
    assert len(passed) > 1 and page.count("<section id=") == len(diagnosis.findings)
    assert [f'<section id="f{number}">' in folded for number in passed] == [True] * len(passed)
    assert folded.count("<section id=") == len(passed) and before.count('href="#f') == len(
        diagnosis.findings
    ) - len(passed)
    assert f"{len(passed)} checks passed" in before and 'href="#passed"' in before


def test_the_command_fails_when_training_would(messy, tmp_path, capsys):
    target = tmp_path / "page.html"
    assert main(["doctor", str(messy), "--no-labels", "--html", str(target), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["worst"] == "fail" and target.is_file()
    assert [each["id"] for each in told["findings"][0]["suspects"]][0].startswith("noise/")
    assert "labels" not in [each["check"] for each in told["findings"]]


def test_the_difference_hash_is_what_it_is_said_to_be():
    """By another way: one box mean after the other."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (72, 72, 3), "uint8")
    grey = image @ np.array([0.299, 0.587, 0.114])
    boxes = grey.reshape(8, 9, 9, 8).mean((1, 3))
    expected = "".join("1" if boxes[y, x + 1] > boxes[y, x] + 3 else "0" for y in range(8) for x in range(8))
    assert f"{int(difference_hashes(image[None])[0]):064b}" == expected


def test_near_copies_are_found_and_plain_pictures_only_if_equally_bright():
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (20, 8, 8, 3), "uint8").repeat(8, 1).repeat(8, 2)
    noisy = np.clip(pictures[3].astype(int) + rng.integers(-9, 10, (64, 64, 3)), 0, 255).astype("uint8")
    plain = [np.full((64, 64, 3), value, "uint8") for value in (10, 200, 201)]
    assert near_copies(np.stack([*pictures, noisy, *plain])) == [[3, 20], [22, 23]]
    assert near_copies(np.zeros((0, 8, 8, 3), "uint8")) == []


@pytest.mark.slow
def test_most_planted_label_errors_are_found(tmp_path):
    """5 % of the digits get another label; the numbers are those of docs/doctor.md."""
    digits, rng = write_digits(tmp_path / "digits"), np.random.default_rng(0)
    paths = sorted(digits.glob("*/*.png"))
    planted = rng.choice(len(paths), round(0.05 * len(paths)), replace=False)
    for index in planted:
        other = (int(paths[index].parent.name) + rng.integers(1, 10)) % 10
        paths[index].rename(digits / str(other) / paths[index].name)
    finding = kerasft.diagnose(digits).find("labels")
    wrong = {paths[index].name for index in planted}
    hits = [suspect.id.split("/")[1] in wrong for suspect in finding.suspects]
    assert sum(hits) / len(wrong) > 0.8 and sum(hits) / len(hits) > 0.9
    assert Image.open(paths[0] if paths[0].exists() else next(digits.glob("*/*.png"))).mode == "L"
