# ruff: noqa: E501
"""All bad input that is on our list: which test holds what, and a run of the command for each kind.

`HOLDS` names the tests; that they exist is tested here, what they say is tested there. The commands below end with
exit code 2, one line per problem, no traceback, and without a run folder.
"""

import ast
import os
from functools import cache
from pathlib import Path

import pytest

from kerasft.cli.main import main

TESTS = Path(__file__).parent
FOLDER, AWKWARD, DECODE = "data/test_folder.py", "data/test_awkward.py", "data/test_decode.py"
PICTURE_CSV, TEXT_CSV = "data/test_csv_table.py", "data/texts/test_csv.py"
BUNDLES, RUNS, CODE = (
    "security/test_bundles.py",
    "security/test_runs_of_strangers.py",
    "security/test_code_in_files.py",
)
WEIGHTS, HERE = "security/test_weights_of_strangers.py", "test_bad_input.py"
_AWKWARD = f"{AWKWARD}::test_the_rest_is_read_when_broken_pictures_are_skipped"
_BROKEN = f"{AWKWARD}::test_all_broken_pictures_are_listed_together"
_NAMES = f"{FOLDER}::test_empty_classes_and_bad_names_are_listed_together"
_COMMAND = f"{HERE}::test_each_is_refused_by_the_command"

HOLDS = {
    "folder: missing, empty, a file": f"{FOLDER}::test_missing_empty_or_no_folder",
    "folder: unreadable": f"{FOLDER}::test_an_unreadable_folder",
    "folder: zero or one class": f"{FOLDER}::test_one_class_and_a_folder_in_between",
    "folder: an empty class": _NAMES,
    "folder: one image per class": f"{FOLDER}::test_too_few_different_pictures",
    "folder: hidden files, __MACOSX, ._*": _AWKWARD,
    "folder: nested folders, a symlink loop": _AWKWARD,
    "folder: classes that differ only in case": _NAMES,
    "folder: names with spaces and non-ASCII": _AWKWARD,
    "folder: names with newlines": _NAMES,
    "folder: other validation classes": f"{FOLDER}::test_split_folders_that_can_not_be_right",
    "image: zero-byte, truncated, text as .jpg": _BROKEN,
    "image: wrong extension": f"{DECODE}::test_rgb_png_is_unchanged_whatever_its_name",
    "image: CMYK": f"{DECODE}::test_cmyk_jpeg_is_close_to_its_rgb",
    "image: RGBA, LA": f"{DECODE}::test_alpha_is_laid_over_white",
    "image: palette": f"{DECODE}::test_palette_with_and_without_transparency",
    "image: 1-bit": f"{DECODE}::test_grey_and_one_bit",
    "image: 16-bit": f"{DECODE}::test_sixteen_bits_keep_the_high_byte",
    "image: animated GIF": f"{DECODE}::test_first_frame_of_a_gif_and_first_page_of_a_tiff",
    "image: EXIF 1-8": f"{AWKWARD}::test_exif_orientations_give_upright_pictures",
    "image: 1x1, 1x10000": f"{DECODE}::test_extreme_shapes",
    "image: a bomb of 20000x20000": f"{DECODE}::test_a_bomb_is_refused_from_its_header",
    "image: webp, tiff": _AWKWARD,
    "image: heic": _BROKEN,
    "image: below the model's minimum": "test_catalog.py::test_too_small_pictures_name_the_flag",
    "image: damaged in any way": "fuzz/test_pictures.py::test_mangled_pictures_are_decoded_or_refused",
    "table: missing column": f"{PICTURE_CSV}::test_missing_columns_are_named",
    "table of texts: missing column": f"{TEXT_CSV}::test_missing_columns_are_named",
    "table: BOM": f"{PICTURE_CSV}::test_separators_byte_order_mark_and_line_ends",
    "table of texts: BOM": f"{TEXT_CSV}::test_separators_byte_order_mark_and_line_ends",
    "table: bad UTF-8": f"{PICTURE_CSV}::test_bad_utf8_is_found_by_line",
    "table of texts: bad UTF-8": f"{TEXT_CSV}::test_bad_utf8_is_found_by_line",
    "text: NaN, None, empty": f"{TEXT_CSV}::test_texts_that_are_not_there",
    "label: NaN, None, empty": f"{TEXT_CSV}::test_labels_that_are_not_there",
    "text: numbers": f"{TEXT_CSV}::test_numbers_as_texts_stay_as_they_are_written",
    "text: embedded newlines": f"{TEXT_CSV}::test_embedded_newlines_are_one_row",
    "text: the same under two labels": f"{TEXT_CSV}::test_one_text_with_two_labels_is_reported_with_both",
    "label: floats": f"{TEXT_CSV}::test_float_labels_are_refused_with_the_reason",
    "label: unseen in training": f"{TEXT_CSV}::test_a_label_that_training_never_sees",
    "text: 1 MB": f"{TEXT_CSV}::test_a_megabyte_of_text_is_kept_and_noted",
    "table: header only": f"{TEXT_CSV}::test_header_only",
    "config: unknown key": "test_config.py::test_unknown_and_missing_keys_are_named_together",
    "config: wrong type": "test_config.py::test_a_wrong_type_in_json_is_refused",
    "config: negative or NaN rate, zero epochs": _COMMAND,
    "config: batch larger than the data": "test_training.py::test_all_problems_of_a_plan_come_before_anything_is_written",
    "config: unknown backbone, bad size": _COMMAND,
    "config: path traversal in a name": f"{RUNS}::test_a_result_that_is_none_is_refused",
    "config: unwritable output": f"{HERE}::test_an_output_that_cannot_be_written",
    "config: existing output": "cli/test_flags.py::test_an_existing_run_folder_needs_overwrite",
    "artifact: truncated": f"{BUNDLES}::test_a_truncated_bundle_is_refused",
    "artifact: a truncated .tflite": "test_predictors.py::test_a_truncated_tflite_is_named",
    "artifact: empty, plain text": f"{BUNDLES}::test_what_is_no_bundle_is_refused",
    "artifact: of another kind": "test_predictors.py::test_wrong_files_are_told_apart",
    "artifact: another recipe's, newer version": f"{RUNS}::test_a_config_that_asks_for_more_than_a_run_needs_is_refused",
    "artifact: hash mismatch, missing labels": f"{BUNDLES}::test_changed_bundles_are_refused",
    "artifact: Lambda, TFSMLayer, pickle": f"{CODE}::test_as_an_artifact",
    "artifact: `..` members": f"{BUNDLES}::test_members_that_no_bundle_has_are_refused",
    "artifact: links": f"{RUNS}::test_links_out_of_the_folder_are_refused",
    "artifact: bombs": f"{BUNDLES}::test_a_bomb_is_refused_before_it_is_unpacked",
    "artifact: HDF5 external and virtual data": f"{WEIGHTS}::test_anything_but_plain_arrays_is_refused",
    "artifact: oversize shapes": f"{WEIGHTS}::test_other_arrays_than_the_model_has_are_refused_before_one_is_read",
}


@cache
def names_in(path: Path) -> set[str]:
    return {
        node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("item, test", HOLDS.items(), ids=HOLDS)
def test_each_item_is_held_by_a_test(item, test):
    path, name = test.split("::")
    assert name in names_in(TESTS / path)


COMMANDS = {
    "no such data": (["--data", "nowhere"], "the data does not exist"),
    "a file as a folder": (["--data", "a.zip"], "the data is a file, not a folder"),
    "an empty folder": (["--data", "empty"], "has no class folders"),
    "one class": (["--data", "one"], "only one class"),
    "a header only": (["--data", "header.csv"], "a header and no rows"),
    "a missing column": (["--data", "column.csv"], "name it with --label"),
    "bad UTF-8": (["--data", "latin.csv"], "UTF-8"),
    "broken images": (["--data", "broken"], "can't be decoded"),
    "negative rate": (["--head-learning-rate", "-1"], "--head-learning-rate must be greater than 0"),
    "NaN rate": (["--tune-learning-rate", "nan"], "--tune-learning-rate must be a finite number"),
    "zero epochs": (["--head-epochs", "0", "--tune-epochs", "0"], "no phase to run"),
    "negative epochs": (["--head-epochs", "-3"], "--head-epochs must be at least 0"),
    "a batch of nothing": (["--batch-size", "0"], "--batch-size must be at least 1"),
    "a batch too large": (["--batch-size", "4000"], "--batch-size is larger than the training split"),
    "half a number": (["--batch-size", "8.5"], "--batch-size must be a whole number"),
    "unknown backbone": (["--backbone", "resnet5"], "did you mean 'resnet50'?"),
    "bad size": (["--image-size", "3"], "--image-size must be at least"),
    "too small a size": (["--backbone", "xception", "--image-size", "40"], "too small for xception"),
    "unknown flag": (["--epochs", "3"], "unknown argument"),
    "unknown choice": (["--optimizer", "adm"], "did you mean 'adam'?"),
    "missing weights": (["--weights", "none.safetensors"], "weights file does not exist"),
    "no run to start from": (["--from-run", "empty"], "no run"),
    "a share of all": (["--validation-share", "1"], "--validation-share must be less than"),
}


@pytest.fixture(scope="module")
def workplace(tmp_path_factory, write_pictures):
    folder = tmp_path_factory.mktemp("bad")
    write_pictures(folder / "good", 8)
    write_pictures(folder / "one", 3, ("circle",))
    (folder / "empty").mkdir()
    (folder / "a.zip").write_bytes(b"PK")
    (folder / "header.csv").write_text("path,label\n")
    (folder / "column.csv").write_text("path,width,height\nx.png,3,4\n")
    (folder / "latin.csv").write_bytes("path,label\nä.png,a\n".encode("latin-1"))
    write_pictures(folder / "broken", 4)
    for name in ("circle/a.jpg", "noise/b.png"):
        (folder / "broken" / name).write_bytes(b"")
    return folder


@pytest.mark.parametrize("flags, message", COMMANDS.values(), ids=COMMANDS)
def test_each_is_refused_by_the_command(flags, message, workplace, monkeypatch, capsys):
    monkeypatch.chdir(workplace)
    defaults = {"--data": "good", "--backbone": "starter", "--image-size": "16", "--run-dir": "run"}
    arguments = [word for flag, value in defaults.items() if flag not in flags for word in (flag, value)]
    before = sorted(os.listdir())
    assert main(["train", "image-classification", *arguments, *flags, "--json"]) == 2
    told = capsys.readouterr()
    assert message in told.err and "Traceback" not in told.err and told.out == ""
    assert [line for line in told.err.splitlines() if line.startswith("error: ")]
    assert sorted(os.listdir()) == before


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs permissions as Unix has them")
def test_an_output_that_cannot_be_written(workplace, monkeypatch, capsys):
    monkeypatch.chdir(workplace)
    monkeypatch.setattr(
        os, "access", lambda path, mode: False
    )  # the tests may run as root, who may write anywhere
    arguments = ["--data", "good", "--backbone", "starter", "--image-size", "16", "--run-dir", "locked/run"]
    assert main(["train", "image-classification", *arguments]) == 2
    assert (
        "the run folder can't be written (received: locked/run); choose another --run-dir"
        in capsys.readouterr().err
    )
    assert not Path("locked").exists()
