"""One broken file doesn't keep the others from being evaluated, compared or predicted."""

import json
import shutil

import pytest

from kerasft.cli.main import main
from kerasft.tasks.image_classification.reading import read_labelled
from kerasft.tasks.text_classification.reading import read_labelled_texts


@pytest.fixture
def damaged(pictures, tmp_path):
    folder = shutil.copytree(pictures, tmp_path / "damaged")
    (folder / "noise" / "003.png").write_bytes(b"")
    return folder


def test_evaluate_leaves_it_out_and_names_it(run, damaged, capsys):
    command = ["evaluate", str(run.run_dir), "--data", str(damaged)]
    assert main(command) == 2
    assert "noise/003.png" in capsys.readouterr().err
    assert main([*command, "--skip-broken", "--json"]) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert found["examples"] == 59
    assert found["left_out"] == ["noise/003.png: the file is empty (0 bytes)"]
    assert "left out: noise/003.png: the file is empty (0 bytes)" in printed.err


def test_compare_leaves_it_out_for_all(run, damaged, capsys):
    place = str(run.run_dir)
    assert main(["compare", place, place, "--data", str(damaged), "--skip-broken", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["examples"] == 59
    assert printed.err.count("left out: noise/003.png") == 1


def test_benchmark_scores_the_others(run, damaged, capsys, monkeypatch):
    """Time and memory, which are measured in a process of their own, have tests elsewhere."""
    from kerasft.benchmarking import measure

    measured = {"load": 1.0, "memory": 1.0, "median": 1.0, "p95": 1.0, "answers": 10}
    monkeypatch.setattr(measure, "_in_a_process", lambda *_: measured)
    command = ["benchmark", str(run.run_dir), "--data", str(damaged), "--threads", "1"]
    assert main(command) == 2
    assert "noise/003.png" in capsys.readouterr().err
    assert main([*command, "--skip-broken", "--json"]) == 0
    printed = capsys.readouterr()
    (found,) = json.loads(printed.out)["artifacts"]
    assert main(["evaluate", *command[1:-2], "--skip-broken", "--json"]) == 0
    assert found["accuracy"] == json.loads(capsys.readouterr().out)["accuracy"]
    assert "left out: noise/003.png: the file is empty (0 bytes)" in printed.err


def test_data_is_given_once(run, damaged, capsys):
    assert main(["evaluate", str(run.run_dir), str(damaged), "--data", str(damaged)]) == 2
    assert "the data is given twice" in capsys.readouterr().err


def test_a_split_read_alone_knows_what_was_left_out(damaged, tmp_path):
    split = read_labelled(damaged, ("circle", "noise", "stripes"), 16, skip_broken=True)
    assert len(split) == 59 and split.skipped == ("noise/003.png: the file is empty (0 bytes)",)
    table = tmp_path / "texts.csv"
    table.write_text("text,label\nfine,a\n,b\nwell,b\n")
    texts = read_labelled_texts(table, ("a", "b"), skip_broken=True)
    assert len(texts) == 2 and texts.skipped == ("texts.csv:3: the text is empty",)
