"""`--config`: the options of a recipe from a file or from a run; flags go before it, and `KERASFT_CONFIG` after it."""

import dataclasses
import json

import pytest

from kerasft.base import config_file
from kerasft.base.errors import InputError
from kerasft.cli.flags import cli_main
from kerasft.contract.plan import RunOptions, option


@dataclasses.dataclass(frozen=True)
class Config:
    """The options of a recipe."""

    data: str = option("digits", "the data")
    tune_epochs: int = option(10, "epochs", minimum=0)
    head_learning_rate: float | str = 1e-3
    tune_learning_rate: float | str = 1e-4
    overwrite: bool = False
    flip: bool = True
    run_dir: str | None = None


@pytest.fixture
def used(monkeypatch):
    """Runs the recipe with some arguments, and returns the config that it gets, or what is printed."""
    monkeypatch.setattr("kerasft.base.environment.load_quietly", lambda: None)
    monkeypatch.delenv(config_file.DEFAULTS, raising=False)
    got = []

    def main(config):
        """A recipe."""
        got.append((config, config_file.in_use()))

    def run(*arguments):
        code = cli_main(Config, main, list(map(str, arguments)), "kerasft train toy")
        return got.pop() if code == 0 else code

    return run


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_gives_what_no_flag_does(used, tmp_path):
    text = (
        "data: flowers/\ntune-epochs: 3\nlearning_rate: 0.01\noverwrite: true\nflip: false\nrun_dir: null\n"
    )
    config, recorded = used("--config", write(tmp_path / "a.yaml", text), "--tune-epochs", "5")
    assert config == Config("flowers/", 5, 0.01, 0.01, True, False, None)
    assert recorded["options"] == dataclasses.asdict(config)
    config, _ = used(
        "--config", write(tmp_path / "a.json", json.dumps({"tune_learning_rate": "auto"})), "--flip"
    )
    assert config == Config(tune_learning_rate="auto", flip=True)
    assert used()[0] == Config() and config_file.in_use() is None


def test_the_environment_names_defaults_and_a_recipe_takes_those_it_has(used, tmp_path, monkeypatch):
    shared = write(tmp_path / "mine.yaml", "licence: MIT\ntune_epochs: 2\nflip: false\n")
    monkeypatch.setenv(config_file.DEFAULTS, str(shared))
    assert used()[0] == Config(tune_epochs=2, flip=False)
    assert used("--config", write(tmp_path / "b.yaml", "flip: true"))[0] == Config(tune_epochs=2)
    assert used("--flip", "--tune-epochs", 7)[0] == Config(tune_epochs=7)


def test_a_run_is_repeated_somewhere_else(used, tmp_path):
    _, recorded = used("--tune-epochs", 4, "--overwrite", "--run-dir", tmp_path / "first")
    write(tmp_path / "config.json", json.dumps({"recipe": recorded}))
    assert used("--config", tmp_path)[0] == Config(tune_epochs=4)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            "a.yaml",
            "tune_epoch: 3",
            "--config has an unknown option: tune_epoch; did you mean 'tune_epochs'?",
        ),
        ("a.yaml", "tune_epochs: [3]", "the option 'tune_epochs' in a.yaml is no text, number or yes and no"),
        ("a.yaml", "tune_epochs: three", "--tune-epochs must be a whole number"),
        ("a.yaml", "tune_epochs: 1.5", "--tune-epochs must be"),
        ("a.yaml", "a: &x 1\ntune_epochs: *x", "the config can't be read: aliases are not taken"),
        (
            "a.yaml",
            "!!python/object/apply:os.system ['x']",
            "the config can't be read: could not determine a constr",
        ),
        ("a.yaml", "- 3", "the config holds no options"),
        ("a.yaml", "a: [", "the config can't be read: "),
        ("a.json", "{", "the config can't be read: "),
        ("a.json", "[" * 5000, "the config can't be read: "),
        ("a.toml", "x", "--config takes a .yaml, a .json or a run folder"),
        ("none.yaml", None, "the config can't be read: "),
    ],
)
def test_what_can_t_be_meant_is_told(used, tmp_path, capsys, name, text, words):
    if text is not None:
        write(tmp_path / name, text)
    assert used("--config", tmp_path / name) == 2
    assert words in capsys.readouterr().err


def test_a_folder_that_is_no_run_or_was_trained_in_python_is_told(used, tmp_path, capsys):
    assert used("--config", tmp_path) == 2
    assert "this folder is not a run" in capsys.readouterr().err
    write(tmp_path / "config.json", "{}")
    assert used("--config", tmp_path) == 2
    assert "the run was not trained by a recipe's command line" in capsys.readouterr().err


def test_a_file_of_anybodys_is_read_with_a_bound(tmp_path):
    with pytest.raises(InputError, match="the config can't be read"):
        config_file.read_options(write(tmp_path / "a.yaml", "#" * 1_000_001))


def test_a_folder_for_tensorboard_needs_the_package(used, tmp_path, monkeypatch, capsys):
    @dataclasses.dataclass(frozen=True)
    class Logging(RunOptions):
        """The options of a recipe that trains."""

    def main(config):
        """A recipe."""
        assert [type(each).__name__ for each in config.callbacks()] == ["TensorBoard"]

    monkeypatch.setattr("kerasft.base.environment.load_quietly", lambda: None)
    assert cli_main(Logging, main, ["--log-dir", str(tmp_path)], "kerasft train toy") == 0
    assert RunOptions().callbacks() == []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert cli_main(Logging, main, ["--log-dir", str(tmp_path)], "kerasft train toy") == 2
    assert "--log-dir needs the package tensorboard" in capsys.readouterr().err
