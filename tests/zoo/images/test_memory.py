"""How much memory the largest pictures take, in the runtime that TF Serving uses."""

import json
import subprocess
import sys

import pytest

# Of one picture of 80 million pixels, beside the runtime; docs/image-captioner.md and
# docs/serving.md say so.
OPAQUE_GB, TRANSPARENT_GB = 0.8, 1.8

MEASURE = """
import io, json, math, resource, sys
from pathlib import Path
from PIL import Image
from seqzoo.export.parity.c_runtime import Call, run_signatures
from seqzoo.zoo.images.limits import PIXEL_LIMIT

folder, kind = Path(sys.argv[1]), sys.argv[2]

def peak(side):
    mode, format, options = {
        "png": ("RGB", "PNG", {"compress_level": 1}),
        "transparent": ("RGBA", "PNG", {"compress_level": 1}),
        "jpeg": ("RGB", "JPEG", {}),
        "progressive": ("RGB", "JPEG", {"progressive": True}),
    }[kind]
    file = io.BytesIO()
    Image.new(mode, (side, side), (200, 30, 40, 100)[: len(mode)]).save(file, format, **options)
    run_signatures(folder, [Call("fit", {"images": [file.getvalue()]})])
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024

small = peak(16)
print(json.dumps(peak(math.isqrt(PIXEL_LIMIT)) - small))
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The part of a captioner that reads pictures, as its export has it."""
    import tensorflow as tf

    from seqzoo.zoo.image_captioner.image_converter import ImageCaptionerImageConverter
    from seqzoo.zoo.images.decoder import decode_image

    module = tf.Module()
    module.converter = ImageCaptionerImageConverter(image_size=(224, 224))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "images")])
    def fit(images):
        def one(contents):
            return tf.ensure_shape(module.converter(decode_image(contents)), [224, 224, 3])

        spec = tf.TensorSpec([224, 224, 3])
        return {"y": tf.map_fn(one, images, fn_output_signature=spec, parallel_iterations=1)}

    folder = tmp_path_factory.mktemp("reader") / "1"
    tf.saved_model.save(module, str(folder), signatures={"fit": fit})
    return folder


@pytest.mark.representative("jpeg-0.8", "transparent-1.8")
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="Other systems count memory otherwise.")
@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("png", OPAQUE_GB),
        ("jpeg", OPAQUE_GB),
        ("progressive", OPAQUE_GB),
        ("transparent", TRANSPARENT_GB),
    ],
)
def test_the_memory_of_the_largest_picture(exported, kind, most):
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(exported), kind],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    # As decoded, 80 million pixels are 0.24 GB: less would not be the picture.
    assert 0.24 < json.loads(done.stdout.splitlines()[-1]) / 1e9 < most
