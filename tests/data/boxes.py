"""Images with boxes, written as the exporters of other tools write them."""

import csv
import json

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 40, 30
NAMES = ("cat", "dog")


def rows_of(number):
    """The boxes of an image: class, x1, y1, x2, y2; every fifth has none."""
    if number % 5 == 4:
        return []
    first = (NAMES[number % 2], 4 + number % 3, 3, 20, 17)
    return [first] if number % 3 else [first, ("dog", 21, 10, 39, 28)]


def write_images(folder, numbers, suffix="jpg", prefix=""):
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        pixels = np.random.default_rng(number).integers(0, 255, (HEIGHT, WIDTH, 3)).astype("uint8")
        Image.fromarray(pixels).save(folder / f"{prefix}{number:02}.{suffix}")


def text(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")
    return path


def coco_values(numbers, names=NAMES, first=1, file_name="{:02}.jpg", **more):
    """COCO's JSON with what each tool adds to a box in `more`."""
    images, things = [], []
    for number in numbers:
        images.append({"id": number, "file_name": file_name.format(number), "width": WIDTH, "height": HEIGHT})
        for name, x1, y1, x2, y2 in rows_of(number):
            box = [x1, y1, x2 - x1, y2 - y1]
            things.append(
                {
                    "id": len(things),
                    "image_id": number,
                    "category_id": first + names.index(name),
                    "bbox": box,
                    "area": box[2] * box[3],
                    "iscrowd": 0,
                    **more,
                }
            )
    categories = [{"id": first + k, "name": name, "supercategory": ""} for k, name in enumerate(names)]
    return {"images": images, "annotations": things, "categories": categories}


def coco(folder, numbers=range(30), name="instances.json", **options):
    write_images(folder / "images", numbers)
    return text(folder / name, json.dumps(coco_values(numbers, **options)))


def roboflow_coco(folder, sizes=(("train", 20), ("valid", 6), ("test", 6))):
    first = 0
    for name, count in sizes:
        numbers = range(first, first := first + count)
        write_images(folder / name, numbers)
        values = coco_values(numbers, segmentation=[])
        values["categories"] = [{"id": 0, "name": "pets", "supercategory": "none"}] + [
            {**each, "supercategory": "pets"} for each in values["categories"]
        ]
        values = {"info": {"year": "2024", "contributor": ""}, "licenses": [{"id": 1, "url": ""}], **values}
        text(folder / name / "_annotations.coco.json", json.dumps(values))
    return folder


def cvat_coco(folder, numbers=range(30)):
    """Export "COCO 1.0" of CVAT 2."""
    write_images(folder / "images" / "default", numbers)
    values = coco_values(
        numbers, segmentation=[], file_name="{:02}.jpg", attributes={"occluded": False, "rotation": 0.0}
    )
    extra = {"licenses": [{"name": "", "id": 0, "url": ""}], "info": {"contributor": "", "date_created": ""}}
    for image in values["images"]:
        image.update(license=0, flickr_url="", coco_url="", date_captured=0)
    text(folder / "annotations" / "instances_default.json", json.dumps({**extra, **values}))
    return folder


def label_studio_coco(folder, numbers=range(30)):
    """Export "COCO with images" of Label Studio: upload prefixes, ids from 0, numbers of many digits."""
    write_images(folder / "images", numbers, prefix="0a1b2c3d-")
    values = coco_values(
        numbers,
        first=0,
        file_name="images/0a1b2c3d-{:02}.jpg",
        segmentation=[],
        ignore=0,
    )
    for thing in values["annotations"]:
        x, y, width, height = thing["bbox"]
        thing["bbox"] = [x + 1e-13, float(y), width - 2e-13, float(height)]
    for category in values["categories"]:
        del category["supercategory"]
    values["info"] = {"year": 2024, "version": "1.0", "description": "", "contributor": "Label Studio"}
    return text(folder / "result.json", json.dumps(values, indent=2))


def voc_xml(number, file_name, boxes=None, size=(WIDTH, HEIGHT), database="Unknown", difficult=(), first=1):
    """An XML as LabelImg and Roboflow write it."""
    things = "".join(
        f"""
	<object>
		<name>{name}</name>
		<pose>Unspecified</pose>
		<truncated>0</truncated>
		<difficult>{int(place in difficult)}</difficult>
		<bndbox>
			<xmin>{x1 + first}</xmin>
			<ymin>{y1 + first}</ymin>
			<xmax>{x2}</xmax>
			<ymax>{y2}</ymax>
		</bndbox>
	</object>"""
        for place, (name, x1, y1, x2, y2) in enumerate(rows_of(number) if boxes is None else boxes)
    )
    return f"""<annotation>
	<folder>JPEGImages</folder>
	<filename>{file_name}</filename>
	<path>/home/somebody/pets/{file_name}</path>
	<source>
		<database>{database}</database>
	</source>
	<size>
		<width>{size[0]}</width>
		<height>{size[1]}</height>
		<depth>3</depth>
	</size>
	<segmented>0</segmented>{things}
</annotation>
"""


def voc(folder, numbers=range(30), lists=True):
    """As the data sets of 2007 to 2012."""
    write_images(folder / "JPEGImages", numbers)
    for number in numbers:
        text(folder / "Annotations" / f"{number:02}.xml", voc_xml(number, f"{number:02}.jpg"))
    if lists:
        parts = {
            "train": numbers[:-12],
            "val": numbers[-12:-6],
            "trainval": numbers[:-6],
            "test": numbers[-6:-1],
        }
        for name, part in parts.items():
            text(folder / "ImageSets" / "Main" / f"{name}.txt", "".join(f"{number:02}\n" for number in part))
        text(folder / "ImageSets" / "Main" / "cat_train.txt", "00  1\n01 -1\n")
    return folder


def cvat_voc(folder, numbers=range(30)):
    """Export "PASCAL VOC 1.1" of CVAT 2: numbers with fractions, a map of labels, one list."""
    write_images(folder / "JPEGImages", numbers)
    for number in numbers:
        things = "".join(
            f"<object><name>{name}</name><truncated>0</truncated><occluded>0</occluded><difficult>0</difficult>"
            f"<bndbox><xmin>{x1 + 1}.0</xmin><ymin>{y1 + 1}.0</ymin><xmax>{x2}.0</xmax><ymax>{y2}.0</ymax></bndbox>"
            "<attributes><attribute><name>rotation</name><value>0.0</value></attribute></attributes></object>"
            for name, x1, y1, x2, y2 in rows_of(number)
        )
        size = f"<size><width>{WIDTH}</width><height>{HEIGHT}</height><depth></depth></size>"
        xml = f"<folder></folder><filename>{number:02}.jpg</filename>{size}<segmented>0</segmented>{things}"
        text(folder / "Annotations" / f"{number:02}.xml", f"<annotation>{xml}</annotation>")
    text(folder / "ImageSets" / "Main" / "default.txt", "".join(f"{number:02}\n" for number in numbers))
    labels = (
        "# label:color_rgb:parts:actions\nbackground:0,0,0::\ncat:255,0,0::\ndog:0,255,0::\nfox:0,0,255::\n"
    )
    text(folder / "labelmap.txt", labels)
    return folder


def roboflow_voc(folder, sizes=(("train", 20), ("valid", 6), ("test", 6))):
    first = 0
    for name, count in sizes:
        numbers = range(first, first := first + count)
        write_images(folder / name, numbers)
        for number in numbers:
            xml = voc_xml(number, f"{number:02}.jpg", database="roboflow.com")
            text(folder / name / f"{number:02}.xml", xml)
    text(folder / "README.dataset.txt", "# pets\nhttps://universe.roboflow.com/pets\n")
    return folder


def yolo_lines(number, names=NAMES):
    lines = []
    for name, x1, y1, x2, y2 in rows_of(number):
        shares = ((x1 + x2) / 2 / WIDTH, (y1 + y2) / 2 / HEIGHT, (x2 - x1) / WIDTH, (y2 - y1) / HEIGHT)
        lines.append(" ".join([str(names.index(name)), *(f"{share:.6f}" for share in shares)]))
    return "\n".join(lines)


def yolo_part(images, labels, numbers):
    """Images and labels; of one without boxes there is no label."""
    write_images(images, numbers)
    for number in numbers:
        if rows_of(number):
            text(labels / f"{number:02}.txt", yolo_lines(number))


def roboflow_yolo(folder, sizes=(("train", 20), ("valid", 6), ("test", 6))):
    first = 0
    for name, count in sizes:
        yolo_part(folder / name / "images", folder / name / "labels", range(first, first := first + count))
    text(
        folder / "data.yaml",
        """train: ../train/images
val: ../valid/images
test: ../test/images

nc: 2
names: ['cat', 'dog']

roboflow:
  workspace: pets
  project: pets
  version: 1
  license: CC BY 4.0
  url: https://universe.roboflow.com/pets/pets/dataset/1
""",
    )
    return folder


def ultralytics(folder, sizes=(("train", 20), ("val", 8))):
    first = 0
    for name, count in sizes:
        yolo_part(folder / "images" / name, folder / "labels" / name, range(first, first := first + count))
    text(
        folder / "pets.yaml",
        """# Ultralytics, AGPL-3.0 license
path: ../datasets/pets  # dataset root dir
train: images/train  # train images (relative to 'path')
val: images/val  # val images (relative to 'path')
test:  # test images (optional)

# Classes
names:
  0: cat
  1: dog
  2: fox

# Download script/URL (optional)
download: https://example.org/pets.zip
""",
    )
    return folder / "pets.yaml"


def cvat_yolo(folder, numbers=range(30)):
    """Export "YOLO 1.1" of CVAT 2."""
    yolo_part(folder / "obj_train_data", folder / "obj_train_data", numbers)
    text(folder / "obj.names", "cat\ndog\n")
    text(
        folder / "obj.data", "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\nbackup = backup/\n"
    )
    text(folder / "train.txt", "".join(f"data/obj_train_data/{number:02}.jpg\n" for number in numbers))
    return folder


def label_studio_yolo(folder, numbers=range(30)):
    """Export "YOLO with images" of Label Studio."""
    write_images(folder / "images", numbers)
    for number in numbers:
        text(folder / "labels" / f"{number:02}.txt", yolo_lines(number))
    text(folder / "classes.txt", "cat\ndog\n")
    notes = {"categories": [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}], "info": {"year": 2024}}
    text(folder / "notes.json", json.dumps(notes, indent=2))
    return folder


def table(folder, rows, name="boxes.csv"):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / name, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return folder / name


def table_rows(numbers=range(30), header=("path", "x1", "y1", "x2", "y2", "label"), folder="images/"):
    rows = [header]
    for number in numbers:
        for name, *corners in rows_of(number) or [("", "", "", "", "")]:
            rows.append((f"{folder}{number:02}.jpg", *corners, name))
    return rows
