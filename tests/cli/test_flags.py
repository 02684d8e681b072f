import json
from dataclasses import dataclass

import pytest

from kerasft.base.errors import GateError
from kerasft.cli.flags import cli_main
from kerasft.contract.plan import option
from kerasft.inputs.images.backbones import catalog


@dataclass(frozen=True)
class Config:
    data: str = option("digits", "where the images are", kind="data")
    backbone: str | None = option(None, "which", find=catalog.find)
    run_dir: str | None = option(None, "where to", kind="new-run")
    overwrite: bool = option(False, "replace")
    flip: bool = option(True, "mirror")
    epochs: int = option(3, "how long, 100 % optional", minimum=1)
    rate: float = option(0.1, "how fast", above=0)
    size: int | None = option(None, "pixels", minimum=8)
    unfreeze: float | int | str = option(0.3, "how much")
    optimizer: str = option("adamw", "which", choices=("adamw", "sgd"))


seen: list[Config] = []


def main(config):
    seen.append(config)
    print("for people")
    return {"epochs": config.epochs}


def run(*argv, main=main):
    seen.clear()
    return cli_main(Config, main, argv)


def test_no_flags_give_the_defaults(capsys):
    assert run() == 0
    assert seen == [Config()]
    assert capsys.readouterr().out == "for people\n"


def test_flags_become_typed_values():
    assert run("--epochs", "5", "--rate=1e-3", "--size", "64", "--no-flip", "--overwrite") == 0
    assert seen == [Config(epochs=5, rate=1e-3, size=64, flip=False, overwrite=True)]


@pytest.mark.parametrize(("text", "value"), [("0.3", 0.3), ("3", 3), ("all", "all"), ("block_7", "block_7")])
def test_a_flag_of_several_types_takes_the_strictest(text, value):
    assert run("--unfreeze", text) == 0
    assert seen[0].unfreeze == value
    assert type(seen[0].unfreeze) is type(value)


def test_json_is_alone_on_stdout(capsys):
    assert run("--json") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"epochs": 3}
    assert captured.err == "for people\n"


@pytest.mark.parametrize(
    ("argv", "lines"),
    [
        (["--epochs", "many"], ["error: --epochs must be a whole number (received: 'many'); give a whole number"]),
        (["--epochs", "2.5"], ["error: --epochs must be a whole number (received: '2.5'); give a whole number"]),
        (["--rate", "fast"], ["error: --rate must be a number (received: 'fast'); give a number"]),
        (["--rate", "nan"], ["error: --rate must be a finite number (received: nan); give a number"]),
        (["--rate", "-1"], ["error: --rate must be greater than 0 (received: -1.0); give a number greater than 0"]),
        (["--epoch", "3"], ["error: unknown argument (received: --epoch); did you mean '--epochs'?"]),
        (["--optimizer", "sgdd"],
         ["error: --optimizer is not one of adamw, sgd (received: 'sgdd'); did you mean 'sgd'?"]),
        (["--data", "flowrs"],
         ["error: the data does not exist (received: flowrs); give a folder, a table or tfds:NAME with --data"]),
    ],
)  # fmt: skip
def test_bad_arguments_get_one_line_each_and_exit_code_2(argv, lines, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["pytest"])
    assert run(*argv) == 2
    captured = capsys.readouterr()
    assert captured.err.splitlines() == lines
    assert captured.out == ""
    assert seen == []


def test_all_problems_come_at_once(capsys, tmp_path):
    (tmp_path / "file").write_text("x")
    argv = ["--data", "nowhere", "--backbone", "resnet5", "--rate", "0", "--epochs", "x", "--run-dir"]
    assert run(*argv, str(tmp_path / "file")) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 5
    assert any("resnet5" in line and "did you mean 'resnet50'?" in line for line in lines)
    assert any("the run folder is a file" in line for line in lines)


def test_an_existing_run_folder_needs_overwrite(capsys, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    assert run("--run-dir", str(tmp_path)) == 2
    assert "add --overwrite or choose another --run-dir" in capsys.readouterr().err
    assert run("--run-dir", str(tmp_path), "--overwrite") == 0


def test_a_stopped_run_is_gone_on_with(capsys, tmp_path):
    folder = tmp_path / "my run"
    folder.mkdir()
    (folder / "start.safetensors").write_text("")
    assert run("--run-dir", str(folder)) == 2
    assert (
        f"holds a run that was stopped (received: {folder}); go on with `kerasft train --resume '{folder}'`"
        in (capsys.readouterr().err)
    )
    assert run("--run-dir", str(folder), "--overwrite") == 0


def test_a_failed_gate_exits_with_1_and_ctrl_c_with_130(capsys):
    def fail(config):
        raise GateError("int8 lost 4 points")

    def stop(config):
        raise KeyboardInterrupt

    assert run(main=fail) == 1
    assert capsys.readouterr().err == "error: int8 lost 4 points\n"
    assert run(main=stop) == 130


def test_a_full_disk_is_a_message(capsys):
    def fill(config):
        raise OSError(28, "No space left on device", "saved_models/a")

    assert run(main=fill) == 1
    assert capsys.readouterr().err == (
        "error: No space left on device (received: saved_models/a); free some space or write elsewhere\n"
    )


def test_help_shows_defaults_and_choices(capsys):
    with pytest.raises(SystemExit) as caught:
        run("--help")
    assert caught.value.code == 0
    out = " ".join(capsys.readouterr().out.split())
    for text in (
        "--epochs EPOCHS how long, 100 % optional (default: 3)",
        "which: adamw, sgd (default: adamw)",
    ):
        assert text in out
