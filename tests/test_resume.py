"""An interrupted fine-tuning goes on to the same end: bit-equal on CPUs, with and without kept features."""

import dataclasses
import functools
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time

import keras
import numpy as np
import pytest

import kerasft
from kerasft.base import kernels
from kerasft.base.errors import InputError, Interrupted, KerasftError
from kerasft.base.locking import locked
from kerasft.cli.main import main
from kerasft.runs.folder import new_run_dir
from kerasft.training import checkpoint, phases
from kerasft.training import session as fitting
from kerasft.training.history import read_history
from kerasft.training.resuming import check_kernels

PHASES = kerasft.two_phases(3, 3, unfreeze=2, head_learning_rate=1e-2, tune_learning_rate=1e-3)


def begin(splits, folder, phases=PHASES, **training):
    model = kerasft.build_model(
        "image_classification", backbone="starter", class_names=splits.class_names, image_size=16
    )
    settings = kerasft.Training(**{"batch_size": 8, "augment": "light", "views": 2, **training})
    return kerasft.fine_tune(model, splits, phases, folder, settings, verbose=False)


def stop_after(monkeypatch, epochs, how=KeyboardInterrupt):
    """Lets training stop right after the state of so many epochs was kept."""
    write, count = fitting.write_checkpoint, 0

    def stopping(folder, state, variables):
        nonlocal count
        write(folder, state, variables)
        count += state.epoch > 0
        if count == epochs and state.epoch:
            raise how

    monkeypatch.setattr(fitting, "write_checkpoint", stopping)


def outcome(run):
    """Everything that must be equal: all weights files' contents, history and result, but no times."""
    rows = [dataclasses.replace(row, seconds=0) for row in read_history(run.run_dir / "history.csv")]
    result = run.result
    for phase in result["phases"].values():
        phase.pop("seconds")
    weights = {name: run.at(name).load_model().get_weights() for name in result["phases"]}
    recorded = {name: (each["probe"]) for name, each in result.pop("weights").items()}
    return rows, result, recorded, weights


def assert_equal(mine, theirs):
    assert mine[:3] == theirs[:3]
    for name in theirs[3]:
        for one, other in zip(mine[3][name], theirs[3][name], strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.fixture(scope="module")
def uninterrupted(splits, tmp_path_factory):
    """Trains to the end, once for each place of features."""
    folder = tmp_path_factory.mktemp("whole")
    return functools.cache(lambda place: begin(splits, folder / place, feature_cache=place))


@pytest.mark.floats
@pytest.mark.slow
@pytest.mark.turns(3)
@pytest.mark.parametrize(
    ("epochs", "place"),
    [(2, "off"), (3, "memory"), (4, "memory"), (5, "off"), (5, "disk"), (6, "memory")],
)
def test_it_ends_bit_equal(epochs, place, splits, uninterrupted, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        stop_after(patch, epochs)
        with pytest.raises(Interrupted, match=r"the best weights so far.*kerasft train --resume .*run"):
            begin(splits, tmp_path / "run", feature_cache=place)
    partial = kerasft.Run.open(tmp_path / "run")
    assert kerasft.evaluate(partial).accuracy > 0.3  # it can be used as it is
    run = kerasft.resume(tmp_path / "run", verbose=False)
    assert_equal(outcome(run), outcome(uninterrupted(place)))
    assert sorted(path.name for path in run.run_dir.iterdir()) == sorted(
        path.name for path in uninterrupted(place).run_dir.iterdir()
    )


@pytest.mark.slow
@pytest.mark.parametrize("optimizer, decay", [("sgd", 0.5), ("lion", 1.0)])
def test_every_kind_of_optimizer_goes_on(optimizer, decay, splits, tmp_path, monkeypatch):
    phases = [kerasft.Phase("tune", 2, 3, 1e-3, 0.1, True, layer_decay=decay)]
    settings = {"optimizer": optimizer, "label_smoothing": 0.1, "augment": "strong", "class_weight": "auto"}
    whole = begin(splits, tmp_path / "whole", phases, **settings)
    assert np.isfinite(whole.result["phases"]["tune"]["metrics"]["val_balanced_log_loss"])
    with monkeypatch.context() as patch:
        stop_after(patch, 1)
        with pytest.raises(Interrupted):
            begin(splits, tmp_path / "run", phases, **settings)
    assert_equal(outcome(kerasft.resume(tmp_path / "run", verbose=False)), outcome(whole))


@pytest.mark.slow
def test_the_early_stop_is_remembered(splits, tmp_path, monkeypatch):
    phases = [kerasft.Phase("head", 0, 12, 1e-9, patience=2)]
    whole = begin(splits, tmp_path / "whole", phases)
    done = whole.result["phases"]["head"]["epochs"]
    assert done < 12
    for epochs in (1, done):
        with monkeypatch.context() as patch:
            stop_after(patch, epochs)
            with pytest.raises(Interrupted):
                begin(splits, tmp_path / str(epochs), phases)
        assert_equal(outcome(kerasft.resume(tmp_path / str(epochs), verbose=False)), outcome(whole))


@pytest.fixture
def stopped(trained_and_killed, tmp_path):
    """The shared run as it is when the process is killed after its fourth epoch, the first of the phase tune."""
    return shutil.copytree(trained_and_killed[1], tmp_path / "run")


def test_the_command_finishes_bit_equal_and_scores(stopped, run, capsys):
    """The slow `test_it_ends_bit_equal` stops it elsewhere, and in the ways that users do."""
    assert main(["train", "--resume", str(stopped), "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["test_accuracy"] > 0.5
    assert "going on after epoch 1 of phase tune" in printed.err
    assert f"kerasft export {stopped} --format tflite --quantize int8\n" in printed.err
    assert f"kerasft report {stopped}\n" in printed.err
    assert_equal(outcome(kerasft.Run.open(stopped)), outcome(run))
    assert sorted(path.name for path in stopped.iterdir()) == sorted(
        ["evaluation", *(path.name for path in run.run_dir.iterdir())]
    )
    assert main(["train", "--resume", str(stopped)]) == 2
    assert "this run is finished" in capsys.readouterr().err


@pytest.mark.slow
def test_a_broken_checkpoint_falls_back_to_the_one_before(stopped, run):
    path = stopped / checkpoint.FILE
    path.write_bytes(path.read_bytes()[:-7])
    state, _ = checkpoint.read_checkpoint(stopped)
    assert (state.phase, state.epoch) == (1, 0)
    assert_equal(outcome(kerasft.resume(stopped, verbose=False)), outcome(run))


def test_a_flipped_bit_is_noticed(stopped):
    path = stopped / checkpoint.FILE
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    before, _ = checkpoint.read_checkpoint(stopped)
    assert (before.phase, before.epoch) == (1, 0)


@pytest.mark.slow
def test_first_weights_that_are_gone_or_broken_are_named(splits, tmp_path, monkeypatch):
    """The phase head goes on from them."""
    stopped = tmp_path / "run"
    with monkeypatch.context() as patch:
        stop_after(patch, 2)
        with pytest.raises(Interrupted):
            begin(splits, stopped)
    start = stopped / checkpoint.START
    content = bytearray(start.read_bytes())
    content[-1] ^= 1
    start.write_bytes(content)
    with pytest.raises(KerasftError, match="broken"):
        kerasft.resume(stopped, verbose=False)
    start.unlink()
    with pytest.raises(KerasftError, match=r"began with are missing .*start\.safetensors"):
        kerasft.resume(stopped, verbose=False)


def test_a_changed_plan_is_refused_with_the_difference(stopped, capsys):
    path = stopped / "config.json"
    config = json.loads(path.read_text())
    config["training"]["batch_size"] = 16
    config["versions"]["keras"] = "3.0"
    path.write_text(json.dumps(config))
    assert main(["train", "--resume", str(stopped)]) == 2
    said = capsys.readouterr().err
    assert "training.batch_size was 8 (received: 16)" in said
    assert f"the run began with keras 3.0 (received: {keras.__version__})" in said


def trained_by(monkeypatch, **other):
    """Lets this process look like one with other instructions or switches."""
    real = kernels.in_force()
    monkeypatch.setattr(kernels, "in_force", lambda: {**real, **other})
    return real


@pytest.mark.parametrize(
    ("name", "was", "now", "way"),
    [
        ("instruction set", "AVX2", "AVX512_CORE", "set ONEDNN_MAX_CPU_ISA=AVX2, or add --accept-rounding"),
        ("instruction set", "AVX512_CORE", "AVX2", "resume on a computer like it, or add --accept-rounding"),
        ("TF_ENABLE_ONEDNN_OPTS", "1", "0", "put it back, or add --accept-rounding"),
        ("device", "NVIDIA H200", "CPU", "resume on a computer like it, or add --accept-rounding"),
        ("XLA_FLAGS", None, "--x", "put it back, or add --accept-rounding"),
    ],
)
def test_other_rounding_is_refused_with_the_difference(name, was, now, way, tmp_path, monkeypatch):
    began = {**kernels.in_force(), **({name: was} if was else {})}
    trained_by(monkeypatch, **{name: now})
    run = kerasft.Run(tmp_path, {"kernels": began})
    with pytest.raises(InputError) as refused:
        check_kernels(run)
    (problem,) = refused.value.problems
    assert problem.what == f"the run was trained with {name} {was or 'not set'}"
    assert problem.received == now and problem.next_step.startswith(way)
    accepted, (note,) = check_kernels(run, accept_rounding=True)
    assert note.startswith(f"{name} {was or 'not set'} is now {now}") and "bit-equal" in note
    assert accepted.config["resumed_by"] == [kernels.in_force()] and "resumed_by" not in run.config
    assert check_kernels(accepted) == (accepted, [])  # and the next time it is as it was


def test_another_backend_is_refused_whatever_is_accepted(tmp_path, monkeypatch):
    trained_by(monkeypatch, backend="jax")
    began = {**kernels.in_force(), "backend": "tensorflow"}
    with pytest.raises(InputError, match="set KERAS_BACKEND as it was"):
        check_kernels(kerasft.Run(tmp_path, {"kernels": began}), accept_rounding=True)


def test_a_run_that_does_not_say_by_what_it_began_goes_on_with_a_note(tmp_path):
    _, (note,) = check_kernels(kerasft.Run(tmp_path, {}))
    assert "doesn't say by which instructions it began" in note


def contents(folder):
    """The files of a run and what is in them, without the lock that a killed process leaves behind."""
    files = (path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".lock"))
    return {path.name: path.read_bytes() for path in files}


def test_resuming_by_other_instructions_is_refused(stopped, monkeypatch, capsys):
    real = trained_by(monkeypatch, **{"instruction set": "AVX99"})
    before = contents(stopped)
    assert main(["train", "--resume", str(stopped)]) == 2
    said = capsys.readouterr().err
    assert f"the run was trained with instruction set {real['instruction set']} (received: AVX99)" in said
    assert contents(stopped) == before


@pytest.mark.slow
def test_resuming_by_other_instructions_that_are_accepted_is_said_and_written_down(
    stopped, monkeypatch, capsys
):
    trained_by(monkeypatch, **{"instruction set": "AVX99"})
    with monkeypatch.context() as patch:
        stop_after(patch, 1)  # it is stopped once more: what was accepted needs no flag again
        assert main(["train", "--resume", str(stopped), "--accept-rounding"]) != 0
    assert "from here on sums are rounded otherwise" in capsys.readouterr().err
    run = kerasft.resume(stopped, verbose=False)
    assert [each["instruction set"] for each in run.config["resumed_by"]] == ["AVX99"]
    assert json.loads((stopped / "config.json").read_text())["resumed_by"] == run.config["resumed_by"]


@pytest.mark.slow
def test_changed_data_is_refused(write_pictures, tmp_path, monkeypatch):
    folder = write_pictures(tmp_path / "pictures")
    splits = kerasft.read_images(folder, 16)
    with monkeypatch.context() as patch:
        stop_after(patch, 1)
        with pytest.raises(Interrupted):
            begin(splits, tmp_path / "run")
    victim = folder / splits.train.ids[0]
    victim.write_bytes((folder / splits.train.ids[-1]).read_bytes())
    with pytest.raises(InputError, match=splits.train.ids[0]):
        kerasft.resume(tmp_path / "run", verbose=False)


def test_other_splits_by_hand_are_refused(stopped, splits):
    other = dataclasses.replace(splits, train=splits.train.subset(range(10)))
    with pytest.raises(InputError, match="the splits are not those of the run"):
        kerasft.resume(stopped, other, verbose=False)


def test_a_second_process_is_kept_out(stopped):
    code = textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        from kerasft.base.locking import locked
        with locked(Path({str(stopped)!r})):
            print("locked", flush=True)
            time.sleep(60)
    """)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(InputError, match=f"process {other.pid} is training in this run folder"):
            kerasft.resume(stopped, verbose=False)
        os.kill(other.pid, signal.SIGKILL)
    with locked(stopped):  # a crash leaves no lock behind
        pass


@pytest.mark.slow
def test_a_clock_that_is_set_back_an_hour_and_forward_a_year_changes_nothing(
    splits, uninterrupted, tmp_path, monkeypatch
):
    """Real jumps, that C++ sees too, are made by `python -m tests.clock_jumps`."""
    run_dir, now, shifts = tmp_path / "run", [0.0], itertools.cycle((-3600.0, 31536000.0))
    whole, write = outcome(uninterrupted("memory")), fitting.write_checkpoint

    def jumping(folder, state, variables):
        write(folder, state, variables)
        now[0] = next(shifts)
        with pytest.raises(InputError, match="is training in this run folder"), locked(run_dir):
            pass

    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + now[0])
    monkeypatch.setattr(time, "time_ns", lambda: int((clock() + now[0]) * 1e9))
    monkeypatch.setattr(fitting, "write_checkpoint", jumping)
    with monkeypatch.context() as patch:
        stop_after(patch, 4)
        with pytest.raises(Interrupted):
            begin(splits, run_dir, feature_cache="memory")
    (run_dir / ".lock").touch()  # as a killed process leaves it
    for written in (time.time() + 31536000, 0):
        os.utime(run_dir / ".lock", (written, written))
    run = kerasft.resume(run_dir, verbose=False)
    assert_equal(outcome(run), whole)
    assert all(0 <= row.seconds < 600 for row in read_history(run_dir / "history.csv"))
    assert now[0] and all(0 <= phase["seconds"] < 600 for phase in run.result["phases"].values())


@pytest.mark.slow
def test_a_loss_that_is_no_number_stops_the_run(splits, tmp_path):
    with pytest.raises(
        KerasftError, match=r"the loss became \w+ in epoch \d of phase 'tune', batch \d of 6\b.*"
    ):
        begin(splits, tmp_path / "run", kerasft.two_phases(1, 3, tune_learning_rate=9.0, unfreeze="all"),
              optimizer="sgd", augment="none")  # fmt: skip
    assert kerasft.evaluate(kerasft.Run.open(tmp_path / "run")).accuracy > 0.2


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_sigterm_ends_cleanly_and_the_run_goes_on(pictures, tmp_path):
    command = [
        sys.executable, "-m", "kerasft.cli.main", "train", "image-classification", "--data", str(pictures),
        "--backbone", "starter", "--image-size", "16", "--batch-size", "8", "--run-dir", str(tmp_path / "run"),
        "--head-epochs", "300", "--tune-epochs", "0", "--patience", "300",
    ]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as training:
        for line in training.stderr:
            if "head   3/300" in line:
                training.send_signal(signal.SIGTERM)
                break
        rest = training.stderr.read()
        assert training.wait() == 130
    assert "stopped; the best weights so far are the run's" in rest
    assert f"kerasft train --resume {tmp_path / 'run'}" in rest
    assert checkpoint.read_checkpoint(tmp_path / "run")[0].epoch >= 2  # the line comes before the checkpoint


@pytest.mark.slow
@pytest.mark.turns(4)
@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount a small disk"
)
@pytest.mark.parametrize("megabytes", [3, 7, 10, 13])
def test_a_full_disk_stops_the_run_and_leaves_a_state(megabytes, pictures, tmp_path, capfd):
    """The disk is full at the first weights, at a checkpoint, or at the weights of a phase."""
    disk = tmp_path / "disk"
    disk.mkdir()
    size = f"size={megabytes}m"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", disk]).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        command = [
            sys.executable, "-m", "kerasft.cli.main", "train", "image-classification", "--data", str(pictures),
            "--backbone", "starter", "--image-size", "16", "--batch-size", "8", "--run-dir", str(disk / "run"),
            "--head-epochs", "2", "--tune-epochs", "2", "--unfreeze", "all",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 1, done.stderr
        assert "the disk is full" in done.stderr and "Traceback" not in done.stderr, done.stderr
        saved = checkpoint.read_checkpoint(disk / "run")
        if saved:
            shutil.copytree(disk / "run", tmp_path / "run")
            kerasft.resume(tmp_path / "run", verbose=False)
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
    if saved:
        assert kerasft.evaluate(kerasft.Run.open(tmp_path / "run")).accuracy > 0.3
    else:
        assert megabytes < 5


@pytest.mark.slow
def test_mixed_float16_keeps_its_loss_scale(splits, tmp_path, monkeypatch):
    """Trap 11: the tail above the feature cache has no dtype policy that Keras would look at."""

    def begin_mixed(folder):
        model = kerasft.build_model(
            "image_classification", backbone="starter", class_names=splits.class_names, image_size=16,
            precision="mixed_float16",
        )  # fmt: skip
        settings = kerasft.Training(batch_size=8, augment="none")
        return kerasft.fine_tune(model, splits, PHASES, folder, settings, verbose=False)

    optimizers, scales = [], []
    write, variables_of = fitting.Session.checkpoint, phases.optimizer_variables

    def asked(optimizer):
        optimizers.append(optimizer)
        return variables_of(optimizer)

    def watched(self, state, variables=None):
        if state.epoch:
            scales.append(float(optimizers[-1].dynamic_scale))
        return write(self, state, variables)

    monkeypatch.setattr(phases, "optimizer_variables", asked)
    monkeypatch.setattr(fitting.Session, "checkpoint", watched)
    whole = begin_mixed(tmp_path / "whole")
    assert {type(optimizer).__name__ for optimizer in optimizers} == {"LossScaleOptimizer"}
    assert len(scales) == 6 and min(scales) > 1
    with monkeypatch.context() as patch:
        stop_after(patch, 4)
        with pytest.raises(Interrupted):
            begin_mixed(tmp_path / "run")
    assert_equal(outcome(kerasft.resume(tmp_path / "run", verbose=False)), outcome(whole))


@pytest.mark.parametrize("fault", ["cut", "bit"])
def test_a_checkpoint_that_was_not_written_right_never_replaces_the_one_before(tmp_path, monkeypatch, fault):
    import safetensors.numpy

    checkpoint.write_checkpoint(tmp_path, checkpoint.State(epoch=1), {"weight/0": np.zeros(3)})

    def write_wrong(arrays, path, header, save=safetensors.numpy.save_file):
        save(arrays, path, header)
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content if fault == "bit" else content[:-1])

    monkeypatch.setattr(safetensors.numpy, "save_file", write_wrong)
    with pytest.raises(OSError, match="not written as it should be"):
        checkpoint.write_checkpoint(tmp_path, checkpoint.State(epoch=2), {"weight/0": np.ones(3)})
    assert checkpoint.read_checkpoint(tmp_path)[0].epoch == 1
    assert not (tmp_path / checkpoint.PREVIOUS).exists()


def test_the_best_weights_are_kept_apart_only_where_they_are_not_the_last(tmp_path):
    weights, before = {"weight/0": np.ones(3), "weight/1": np.zeros(2)}, np.full(3, 7.0)
    best_now = checkpoint.State(epoch=2, best_epoch=2)
    checkpoint.write_checkpoint(tmp_path, best_now, weights)
    assert [v.tolist() for v in checkpoint.best_values(*checkpoint.read_checkpoint(tmp_path))] == [
        [1] * 3,
        [0] * 2,
    ]
    best_before = checkpoint.State(epoch=2, best_epoch=1)
    checkpoint.write_checkpoint(tmp_path, best_before, weights | {"best/0": before, "best/1": np.ones(2)})
    assert checkpoint.best_values(*checkpoint.read_checkpoint(tmp_path))[0].tolist() == [7] * 3
    assert checkpoint.best_values(checkpoint.State(), weights) == []


def test_a_run_that_was_killed_before_its_plan_was_there_may_be_replaced(tmp_path):
    folder = tmp_path / "run"
    (folder / ".partial-x").mkdir(parents=True)
    (folder / "splits.csv").write_text("")
    with pytest.raises(InputError, match="add --overwrite"):
        new_run_dir(folder, "default")
    assert new_run_dir(folder, "default", overwrite=True) == folder and not any(folder.iterdir())
    (folder / "splits.csv").write_text("")
    (folder / "mine.txt").write_text("a canary")
    with pytest.raises(InputError, match="the folder is not empty and not a run"):
        new_run_dir(folder, "default", overwrite=True)
    assert (folder / "mine.txt").exists()


def test_work_in_the_background_is_done_in_order_and_its_errors_are_raised():
    from kerasft.training.background import Background

    def fail():
        raise OSError("the disk is full")

    for beside in (False, True):
        done = []
        with Background(beside) as background:
            for number in range(5):
                background.run(done.append, number)
        assert done == [0, 1, 2, 3, 4]
    background.run(fail)
    with pytest.raises(OSError, match="full"):
        background.run(done.append, 5)
    assert done == [0, 1, 2, 3, 4]
