"""A run of groups, with a test folder of its own, from training over a stop to evaluation, report and the next run."""

import csv
import json
import shutil

import pytest

import kerasft
from kerasft.cli.main import main
from kerasft.data.earlier import read_group_sides
from kerasft.training import session

QUICK = ["--backbone", "starter", "--image-size", "16", "--head-epochs", "2", "--tune-epochs", "0",
         "--batch-size", "8", "--augment", "none", "--quantize", "none"]  # fmt: skip


@pytest.fixture
def patients(tmp_path, write_pictures):
    """A table of 12 patients with 4 images each, and a folder of test images."""
    rows = [("path", "label", "patient")]
    for path in sorted(write_pictures(tmp_path / "scans", 16).rglob("*.png")):
        rows.append(
            (
                f"scans/{path.parent.name}/{path.name}",
                path.parent.name,
                f"{path.parent.name}-{int(path.stem) // 4}",
            )
        )
    with open(tmp_path / "patients.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    write_pictures(tmp_path / "held_out", 4, seed=9)
    return tmp_path


@pytest.mark.slow
def test_groups_and_test_data_hold_from_the_first_epoch_to_the_next_run(patients, monkeypatch, capsys):
    def stop(folder, state, variables, write=session.write_checkpoint):
        write(folder, state, variables)
        if state.epoch:
            raise KeyboardInterrupt

    run = patients / "run"
    argv = ["train", "image-classification", "--data", str(patients / "patients.csv"), "--group", "patient"]
    argv += ["--test-data", str(patients / "held_out"), *QUICK]
    with monkeypatch.context() as patch:
        patch.setattr(session, "write_checkpoint", stop)
        assert main([*argv, "--run-dir", str(run)]) != 0
    sides = read_group_sides(run)
    assert len(sides) == 12 and set(sides.values()) == {"train", "validation"}
    capsys.readouterr()
    assert main(["train", "--resume", str(run), "--json"]) == 0
    resumed = json.loads(capsys.readouterr().out)["test_accuracy"]
    assert main(["evaluate", str(run), "--json"]) == 0
    evaluated = json.loads(capsys.readouterr().out)
    assert evaluated["accuracy"] == resumed and evaluated["examples"] == 12
    splits = kerasft.Run.open(run).splits()
    assert all(each.startswith("test-data:") for each in splits.test.ids)

    shutil.move(patients / "held_out", patients / "moved")
    assert main(["evaluate", str(run)]) == 2
    assert "the test data of this run is not where it was" in capsys.readouterr().err
    assert main(["report", str(run), "--no-explain", "--test-data", str(patients / "moved")]) == 0
    assert main(["export", str(run), "--test-data", str(patients / "moved")]) == 0
    assert main(["report", str(run), "--validation-data", str(patients / "moved")]) == 2
    assert "the run has no validation data of its own" in capsys.readouterr().err

    bundle = kerasft.bundle(run, patients / "run.kerasft")
    for earlier in (run, bundle):
        again = kerasft.read_images(
            patients / "patients.csv", 16, earlier=earlier, test_data=patients / "moved", seed=5
        )
        assert again.group == "patient" and again.group_sides == sides
        assert again.train.ids == splits.train.ids and again.test.ids == splits.test.ids
