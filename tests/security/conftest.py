"""Runs and bundles as a stranger could have made them, and a canary that shows whether any of them did something."""

import hashlib
import json
import shutil
import zipfile

import pytest

import kerasft
from kerasft.base import bundle_file

NEEDED = (*bundle_file.REQUIRED, "labels.txt", "history.csv")


@pytest.fixture
def canary(tmp_path):
    """A path that every payload writes to. Nothing may have: not there, and not beside the test's own folder."""
    path = tmp_path / "canary"
    before = set(tmp_path.parent.iterdir())
    yield path
    assert not path.exists(), "code of the file was executed"
    assert set(tmp_path.parent.iterdir()) == before, "something was written outside"


@pytest.fixture
def handed_in(run, tmp_path):
    """A copy of the shared run's folder, to be tampered with."""
    folder = tmp_path / "handed_in"
    folder.mkdir()
    for name in NEEDED:
        shutil.copy(run.run_dir / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def bundled(run, tmp_path_factory):
    """A bundle of the shared run. Don't write into it."""
    return kerasft.bundle(run, tmp_path_factory.mktemp("bundles") / "run.kerasft")


@pytest.fixture
def rehash():
    """Writes the true hash of the weights into result.json, as whoever changes them would."""

    def rehash(folder):
        result = json.loads((folder / "result.json").read_text("utf-8"))
        digest = hashlib.sha256((folder / "best.weights.safetensors").read_bytes()).hexdigest()
        result["weights"]["best"]["sha256"] = digest
        (folder / "result.json").write_text(json.dumps(result), "utf-8")
        return folder

    return rehash


@pytest.fixture
def edit_json():
    """Changes a JSON file: edit_json(path, lambda value: ...)."""

    def edit(path, change):
        value = json.loads(path.read_text("utf-8"))
        change(value)
        path.write_text(json.dumps(value), "utf-8")

    return edit


@pytest.fixture
def rewrite(bundled, tmp_path):
    """Writes a bundle again with other members: rewrite({name: bytes or None to leave it out})."""

    def rewrite(changes=None, manifest=None, true_hashes=False, extra=()):
        target = tmp_path / "handed_in.kerasft"
        with zipfile.ZipFile(bundled) as archive:
            members = {info.filename: archive.read(info) for info in archive.infolist()}
        members |= changes or {}
        members = {name: content for name, content in members.items() if content is not None}
        described = json.loads(members["manifest.json"])
        if true_hashes:
            described["files"] = {
                name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
                for name, content in members.items()
                if name != "manifest.json"
            }
        if manifest:
            manifest(described)
        if changes is None or "manifest.json" not in changes:
            members["manifest.json"] = json.dumps(described).encode()
        with zipfile.ZipFile(target, "w") as archive:
            for name, content in members.items():
                archive.writestr(zipfile.ZipInfo(name), content)
            for info, content in extra:
                archive.writestr(info, content)
        return target

    return rewrite
