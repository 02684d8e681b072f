"""One tiny run of each recipe, and hashes of all that it leaves: what a refactoring may not change.

    python -m tests.recorded > before.json     in one checkout
    python -m tests.recorded before.json       in another: says what differs, and exits 1

Both on one machine, since other kernels round otherwise. What isn't compared: times, the numbers in pages for people
(JSON and CSV have them), and the graph of a SavedModel, in which TensorFlow numbers functions as it goes.
"""

import hashlib
import json
import os
import re
import sys
import tempfile
from pathlib import Path

from kerasft.cli.main import main

TIMED = {"seconds", "milliseconds", "ms", "created", "started", "finished"}
BRIEF = ("--head-epochs", "2", "--tune-epochs", "1", "--batch-size", "8", "--test-share", "0.25")
GRAPH = ("saved_model/saved_model.pb", "saved_model/fingerprint.pb", "saved_model/variables")


def write_data(folder: Path) -> dict[str, list[str]]:
    """Writes tiny data, and returns each recipe's flags."""
    import keras

    from tests.conftest import write_pictures
    from tests.text.conftest import write_preset

    write_pictures(folder / "images", per_class=12, size=24)
    words = (("lovely", "good"), ("fine", "good"), ("dull", "bad"))
    texts = [f"{word} film number {number},{label}" for word, label in words for number in range(15)]
    (folder / "texts.csv").write_text("\n".join(["text,label", *texts]), "utf-8")
    words = (("open", "same"), ("shut", "other"))
    pairs = [
        f"the shop is open {number},it is {word} {number},{label}"
        for word, label in words
        for number in range(20)
    ]
    (folder / "pairs.csv").write_text("\n".join(["one,two,label", *pairs]), "utf-8")
    keras.utils.set_random_seed(0)
    write_preset("bert", folder / "bert")
    pair = ["--text", "one", "--text-pair", "two"]
    return {
        "image-classification": ["--data", "images", "--backbone", "starter", "--image-size", "24"],
        "text-classification": ["--data", "texts.csv", "--backbone", "bert"],
        "text-pair-classification": ["--data", "pairs.csv", *pair, "--backbone", "bert"],
    }


def record(folder: Path) -> dict[str, str]:
    """Trains each recipe in a folder, the current one, and returns a hash of each file by its place."""
    found = {}
    for recipe, flags in write_data(folder).items():
        assert main(["train", recipe, *flags, *BRIEF, "--run-dir", f"runs/{recipe}"]) == 0
        assert main(["export", f"runs/{recipe}", "--format", "saved_model"]) == 0
        for path in sorted((folder / "runs" / recipe).rglob("*")):
            name = path.relative_to(folder / "runs").as_posix()
            if path.is_file() and not any(part in name for part in GRAPH):
                found[name] = hashlib.sha256(plain(path, folder)).hexdigest()[:16]
    return found


def plain(path: Path, folder: Path) -> bytes:
    """Returns what a file says, without what another run of the same says otherwise."""
    content = path.read_bytes()
    if path.suffix in (".html", ".md"):
        content = re.sub(
            rb"config\.json</dt><dd><code>\w+", b"", content
        )  # its hash: it says when it was made
        return re.sub(rb"[\d.,e-]*\d", b"", content.replace(str(folder).encode(), b""))
    if path.suffix == ".json":
        return json.dumps(untimed(json.loads(content))).replace(str(folder), "").encode()
    if path.name == "history.csv":
        return b"\n".join(
            line.rpartition(b",")[0] for line in content.splitlines()
        )  # seconds are its last column
    return content


def untimed(value):
    """Returns a JSON value without what is a time, or the hash of a graph."""
    if isinstance(value, dict):
        timed = {
            key
            for key in value
            if TIMED & set(key.split("_")) or key.endswith(".pb") or key.startswith("variables/")
        }
        kept = {key: untimed(each) for key, each in value.items() if key not in timed}
        return kept | (
            {"megabytes": round(kept["megabytes"], 3)} if "megabytes" in kept else {}
        )  # of a graph too
    return [untimed(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    before = json.loads(Path(sys.argv[1]).read_text("utf-8")) if len(sys.argv) > 1 else None
    os.chdir(tempfile.mkdtemp(prefix="kerasft-recorded-"))
    sys.argv = ["kerasft"]  # it is kept in the run
    stdout = os.dup(1)
    os.dup2(2, 1)  # the recipes print
    found = record(Path.cwd())
    os.dup2(stdout, 1)
    if before is None:
        print(json.dumps(found, indent=1))
    else:
        differ = sorted(name for name in before.keys() | found.keys() if before.get(name) != found.get(name))
        print("\n".join(differ) or f"all {len(found)} files are the same")
        sys.exit(bool(differ))
