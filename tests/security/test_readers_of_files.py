"""Whatever reads bytes of others is known, and has a test that damages such a file; see docs/threat_model.md.

A new place that opens or parses a file fails here, until it is in the list: with a target of tests/fuzz/targets.py, a
test of its own, or the reason why nobody else writes what it reads.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS
from tests.security.readers import found

ROOT = Path(__file__).parent.parent.parent
OURS, CACHE, OUTPUT, CALLER, SYSTEM = (
    "ours: a file of the package",
    "ours: a cache or a folder that this computer wrote, compared by hash or checksum",
    "ours: what this process has just written",
    "ours: passes on what another place of this list has read",
    "ours: what the operating system tells",
)
TRUSTED = "tests/security/test_trust.py::test_one_from_elsewhere_is_not_loaded_until_it_is_trusted"
MUTATED = "tests/security/test_mutated_json.py::test_every_value_of_a_run_of_pictures"
DESCRIPTIONS = "tests/fuzz/test_values.py::test_any_description_of_an_exported_file"
READERS = {
    # exported files
    "formats/description.py:read_embedded": "description in a .tflite",
    "formats/description.py:hash_of_start": "description in a .tflite",
    "formats/description.py:parse_description": "description in a .tflite",
    "formats/description.py:read_saved_model": "description of a SavedModel",
    "formats/litert.py:check_is_tflite": "model in a .tflite",
    "formats/litert.py:check_has_graph": "model in a .tflite",
    "formats/litert.py:_count_graphs": "model in a .tflite",
    "formats/litert.py:open_interpreter": "model in a .tflite",
    "formats/tflite_graph.py:read_graph": "model in a .tflite",
    "benchmarking/worker.py:_tflite.answer": CALLER,
    "predicting/runtimes.py:LiteRTRuntime._answers": CALLER,
    "formats/onnx_contents.py:check_contents": "contents of an .onnx",
    "formats/onnx_file.py:open_onnx": "model in an .onnx",
    "formats/onnx_file.py:_session": "model in an .onnx",
    "formats/onnx_file.py:OnnxFile._values": DESCRIPTIONS,
    "predicting/runtimes.py:SavedModelRuntime.__init__": TRUSTED,
    # runs and bundles
    "base/bundle_file.py:unpack_into": "bundle",
    "base/bundle_file.py:_manifest": "bundle",
    "base/zip_members.py:open_archive": "bundle",
    "base/zip_members.py:Archive._chunks": "bundle",
    "base/files.py:read_json": "JSON of a run",
    "base/files.py:sha256_of": "bundle",
    "base/bounded.py:read_bytes": "JSON of a run",
    "base/untrusted.py:read_object": "JSON of a run",
    "base/config_file.py:read_options": "options of a recipe",
    "base/config_file.py:_parsed": "options of a recipe",
    "base/config_file.py:_of_run": "tests/cli/test_config_file.py",
    "base/notebook.py:png": "tests/test_notebook.py",
    "runs/run.py:Run._repr_html_": MUTATED,
    "runs/run.py:Run.open": MUTATED,
    "runs/run.py:Run.result": MUTATED,
    "runs/run.py:Run.load_model": "weights of a run",
    "runs/folder.py:write_result": OUTPUT,
    "runs/calibration.py:calibration_of": "calibration",
    "runs/calibration.py:keep_calibration": "calibration",
    "training/history.py:read_history": "history",
    "training/checkpoint.py:_read": "checkpoint",
    "training/checkpoint.py:_write": OUTPUT,
    "training/resuming.py:check_unchanged": "checkpoint",
    "training/resuming.py:check_splits": OUTPUT,
    "training/fine_tune.py:_session": CALLER,
    "training/fine_tune.py:_run": OUTPUT,
    "training/phases.py:run_phases": OUTPUT,
    "base/locking.py:locked": "tests/test_locking.py",
    "data/splits_file.py:read_split_rows": "list of splits",
    "data/earlier.py:_rows": "earlier.csv",
    "data/placing.py:_earlier_group": "JSON of a run",
    "reporting/facts.py:_exports": MUTATED,
    "exporting/model_card.py:measured_files": MUTATED,
    "benchmarking/measure.py:score_of": MUTATED,
    "comparing/cells.py:read_cells": "comparison",
    "runs/bundling.py:_add": CALLER,
    # weights and presets
    "networks/hdf5.py:read_shapes": "weights in HDF5",
    "networks/attributes.py:check": "weights in HDF5",
    "networks/attributes.py:check_heaps": "weights in HDF5",
    "networks/weights.py:load_weights_file": "weights in HDF5",
    "networks/weights.py:_load": "tests/security/test_weights_of_strangers.py",
    "networks/weights.py:_weights_of_archive": "tests/security/test_weights_of_strangers.py",
    "runs/model.py:load_weights": "tests/security/test_weights_of_runs.py",
    "inputs/images/backbones/starter.py:_read_arrays": "tests/test_starter.py",
    "base/tensors.py:open_tensors": "weights of a run",
    "base/tensors.py:read_tensors": "weights of a run",
    "base/tensors.py:_check_header": "weights of a run",
    "networks/torch_state.py:_unpickled": "weights of PyTorch",
    "networks/torch_state.py:_storage": "weights of PyTorch",
    "inputs/images/backbones/efficientnet_lite_weights.py:load_file": "weights of PyTorch",
    "inputs/images/backbones/hub.py:build_hub": CALLER,
    "inputs/texts/backbones/building.py:build_text_backbone": CALLER,
    "networks/preset_folders.py:check_preset_folder": "preset",
    "networks/preset_folders.py:check_index": "preset",
    "networks/preset_folders.py:check_vocabulary": "vocabulary",
    "networks/presets.py:find_preset": "tests/security/test_presets_of_strangers.py",
    "networks/presets.py:Preset.load_weights": "tests/security/test_presets_of_strangers.py",
    "inputs/texts/backbones/presets.py:find_text_preset": "tests/security/test_presets_of_strangers.py",
    "inputs/texts/backbones/presets.py:_read_keras": "tests/security/test_presets_of_strangers.py",
    "inputs/texts/backbones/presets.py:_read_hugging_face": "tests/security/test_presets_of_strangers.py",
    "inputs/texts/backbones/presets.py:_pooling": "tests/security/test_presets_of_strangers.py",
    "inputs/texts/backbones/presets.py:_load_parts": "preset",
    "inputs/texts/backbones/presets.py:TextPreset.load_weights": "safetensors",
    "inputs/texts/backbones/presets.py:_check_layers": "safetensors",
    "inputs/texts/backbones/tokenizers.py:build_tokenizer": "vocabulary",
    "inputs/texts/backbones/tokenizers.py:load_tokenizer": "tokenizer's config",
    "inputs/images/backbones/catalog.py:_preset_size": "size of a preset",
    "networks/fetching/__init__.py:_listing": CACHE,
    "networks/fetching/pinned.py:_copy_plain": "tests/backbones/test_fetching_lite.py",
    "networks/fetching/pinned.py:_unzip_members": "tests/text/test_fetching.py",
    "networks/fetching/presets.py:copy_preset": "tests/text/test_fetching.py",
    "cli/fetch.py:_work": CACHE,
    # data
    "inputs/images/digits.py:_shows": "tests/data/test_splits.py",
    "inputs/images/avif_boxes.py:_boxes": "picture",
    "inputs/images/avif_boxes.py:_image": "picture",
    "inputs/images/avif_boxes.py:_items": "picture",
    "inputs/images/avif_boxes.py:_size": "picture",
    "inputs/images/avif_boxes.py:_streams": "picture",
    "inputs/images/loading.py:_read": "picture",
    "inputs/images/decode.py:_decode": "picture",
    "inputs/images/decode.py:open_image": "picture",
    "inputs/images/decode.py:read_bytes": "picture",
    "inputs/images/container.py:open_container": "picture",
    "inputs/images/depth.py:read_pnm": "picture",
    "inputs/images/exif.py:orientation_of": "picture",
    "inputs/images/plain_pixels.py:check_bmp": "picture",
    "inputs/images/png_chunks.py:pixels_only": "picture",
    "inputs/images/tiff_tags.py:check": "picture",
    "inputs/images/tiff_tags.py:_directory": "picture",
    "inputs/images/tiff_tags.py:_numbers": "picture",
    "data/signatures.py:_head": "suffix of content",
    "inputs/images/headers.py:read_header": "image's header",
    "inputs/images/upright.py:upright_size": "image's size",
    "targets/boxes/spelling.py:boxes_of_label": "tests/data/test_box_labels.py",
    "targets/masks/decoding.py:_read": "mask",
    "targets/masks/decoding.py:decode_mask": "mask",
    "data/class_list.py:_read": "list of classes",
    "inputs/images/coco.py:has_shapes": "COCO's JSON",
    "inputs/images/coco.py:read_coco": "COCO's JSON",
    "tasks/object_detection/files.py:read_text": "label of YOLO",
    "tasks/object_detection/voc.py:_class_names": "map of labels",
    "tasks/object_detection/voc_xml.py:read_annotation": "XML of Pascal VOC",
    "tasks/object_detection/yolo.py:_listed_images": "list of YOLO's images",
    "tasks/object_detection/yolo_data.py:read_data": "data.yaml of YOLO",
    "tasks/object_detection/yolo_labels.py:read_labels": "label of YOLO",
    "inputs/images/voc_lists.py:listed_splits": "lists of Pascal VOC",
    "data/dialect.py:decode_table": "CSV of texts",
    "data/dialect.py:_quoted_rows": "CSV of texts",
    "data/tables.py:_json_object": "JSON lines",
    "data/tables.py:_open_parquet.read": "Parquet",
    "data/parquet.py:parquet_columns": "Parquet",
    "data/parquet.py:read_parquet": "Parquet",
    "inputs/texts/text_folder.py:row_of_file": "file of a text",
    "data/tfds.py:open_builder": "tests/security/test_places.py",
    "data/tfds_files.py:_read": "features.json of TFDS",
    "data/tfds_files.py:_objects": "features.json of TFDS",
    # nobody else's
    "training/feature_cache/disk.py:DiskPart._open": OUTPUT,
    "training/feature_cache/disk.py:DiskPart._take_up": CACHE,
    "training/feature_cache/disk.py:DiskPart._has_header": "header of .npy",
    "training/feature_cache/disk.py:DiskPart._checksum": CACHE,
    "training/feature_cache/disk.py:DiskRows.__init__": CACHE,
    "benchmarking/measure.py:_in_a_process": OUTPUT,
    "benchmarking/worker.py:memory": SYSTEM,
    "base/memory.py:available_memory": SYSTEM,
    "base/memory.py:_system_memory": SYSTEM,
    "base/kernels.py:_flags": SYSTEM,
    "cli/recipes.py:_copy": OURS,
    "doctor/page.py:write_page": OURS,
    "base/languages.py:read_table": OURS,
    "base/pages.py:asset": OURS,
    "base/keras_settings.py:read_settings": "ours: the settings of Keras of this user",
    "doctor/facts.py:_probe": OUTPUT,
    "explaining/writing.py:_is_ours": "ours: the first bytes, compared with a mark",
    "formats/attaching.py:with_metadata": OUTPUT,
    "formats/integer.py:_distance": OUTPUT,
    "formats/integer.py:measured": OUTPUT,
    "formats/operations.py:Operations.__init__": OUTPUT,
    "formats/operations.py:Operations.alone": OUTPUT,
    "formats/operations.py:Operations.run_alone": OUTPUT,
    "formats/operations.py:open_content": OUTPUT,
    "exporting/comparing.py:_signals": OUTPUT,
    "exporting/comparing.py:_operations": OUTPUT,
    "exporting/plan.py:Plan._noisy_operations": OUTPUT,
    "exporting/plan.py:Plan._with_finer_kernels": OUTPUT,
    "exporting/kernels.py:use_kernels": OUTPUT,
    "formats/runtime_version.py:needed_runtime": OUTPUT,
    "formats/runtime_version.py:tflite_version": OUTPUT,
    "formats/runtime_version.py:_opset": OUTPUT,
    "inputs/texts/near_texts.py:_runs": CALLER,
    "inputs/images/kind.py:_encoded": CALLER,
    "formats/onnx.py:converted": OUTPUT,
    "formats/selective.py:readers_of": OUTPUT,
    "formats/selective.py:_ranked": OUTPUT,
    "inputs/texts/backbones/tokenizers.py:tokenizer_files": OUTPUT,
    "formats/tflite.py:_names": OUTPUT,
    "formats/tflite.py:require_builtin_operators": OUTPUT,
    "formats/tflite.py:_require_integer": OUTPUT,
}


def test_every_place_that_reads_a_file_is_known():
    places = found()
    new, gone = places.keys() - READERS.keys(), READERS.keys() - places.keys()
    assert not new, (
        f"they read files: give each a test that damages them {[(k, places[k]) for k in sorted(new)]}"
    )
    assert not gone, f"they read no files any more: {sorted(gone)}"


def test_a_new_reader_would_be_found(tmp_path, monkeypatch):
    from tests.security import readers

    text = "def read(path):\n    return open(path, 'rb').read()\n\ndef write(path):\n    open(path, 'w')\n"
    (tmp_path / "new.py").write_text(text)
    monkeypatch.setattr(readers, "ROOT", tmp_path)
    assert list(readers.found()) == ["new.py:read"]


def exists(test):
    """Whether a test is there that is named as pytest names it, or a file of tests."""
    path, _, name = test.partition("::")
    if not (ROOT / path).is_file():
        return False
    names = {each.name for each in ast.walk(ast.parse((ROOT / path).read_text("utf-8")))
             if isinstance(each, ast.FunctionDef)}  # fmt: skip
    return name in names if name else any(each.startswith("test_") or each == "main" for each in names)


@pytest.mark.parametrize("held_by", sorted(set(READERS.values())))
def test_what_damages_a_file_exists(held_by):
    assert held_by in TARGETS or held_by.startswith("ours: ") or exists(held_by)


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/threat_model.md"])
def test_every_test_that_a_page_names_exists(page):
    named = re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", (ROOT / page).read_text("utf-8"))
    assert len(named) > 8 and [test for test in named if not exists(test)] == []


def test_what_any_page_names_of_the_tests_exists():
    pages = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
    named = {
        test: page.name
        for page in pages
        for test in re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", page.read_text("utf-8"))
    }
    assert len(named) > 50
    gone = [test for test in named if not (exists(test) if "::" in test else (ROOT / test).is_file())]
    commands = {
        each: page.name
        for page in pages
        for each in re.findall(r"python -m (tests[\w.]+)", page.read_text("utf-8"))
    }
    gone += [each for each in commands if not (ROOT / f"{each.rstrip('.').replace('.', '/')}.py").is_file()]
    assert gone == []
