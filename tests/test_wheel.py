"""The built wheel, in an empty environment of each version of Python, outside the checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", folder, CHECKOUT], check=True
    )
    (path,) = folder.glob("*.whl")
    return path


def interpreter(version):
    """A Python of a version, on the path or as pyenv keeps it; None where there is none."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found = [shutil.which(f"python{version}"), *sorted(kept.glob(f"{version}.*/bin/python"))]
    for path in filter(None, found):
        if subprocess.run([path, "-c", "import venv"], capture_output=True).returncode == 0:
            return path
    return None


# The versions that TensorFlow supports, from ours.
@pytest.fixture(
    scope="module",
    params=["3.11", pytest.param("3.12", marks=pytest.mark.exhaustive), "3.13"],
)
def environment(request, wheel, tmp_path_factory):
    """The programs of an environment that holds the wheel alone, without an extra."""
    python = interpreter(request.param)
    if python is None:
        pytest.skip(f"There is no Python {request.param} here")
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([python, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin/python", "-m", "pip", "install", "-q", wheel], check=True)
    return folder / "bin"


def test_the_wheel_holds_one_package_and_all_rooms(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"seqzoo"}
    rooms = [path for path in (CHECKOUT / "seqzoo").iterdir() if path.name != "saved_models"]
    files = {
        f"seqzoo/{path.relative_to(CHECKOUT / 'seqzoo')}"
        for room in rooms
        for path in ([room] if room.is_file() else room.rglob("[!.]*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    data_sets = "seqzoo/training/datasets"
    assert {f"{data_sets}/lener_br/checksums.tsv", f"{data_sets}/schubert_lieder/songs.txt"} < files
    assert files <= set(names)


def test_the_wheel_holds_the_presets_and_no_exports(tmp_path):
    checkout = tmp_path / "checkout"
    left_out = shutil.ignore_patterns(".*", "build", "dist", "runs", "saved_models")
    shutil.copytree(CHECKOUT, checkout, symlinks=True, ignore=left_out)
    (checkout / "seqzoo/saved_models").symlink_to("../saved_models")
    preset = {"README.md", "task.json", "config.json", "model.weights.h5", "assets/tags/x.txt"}
    exports = {"tiny/1/saved_model.pb", "tiny/1/assets/x.txt", "tiny.tflite", "serving/README.md"}
    for name in {f"tiny/{name}" for name in preset} | exports:
        path = checkout / "saved_models" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, checkout], check=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if "/saved_models/" in name}
    assert held == {f"seqzoo/saved_models/tiny/{name}" for name in preset}


def run(environment, folder, program, *arguments):
    return subprocess.run(
        [environment / program, *arguments], cwd=folder, capture_output=True, text=True
    )


def test_a_layer_fits_and_is_exported(environment, tmp_path):
    script = (
        "import keras, numpy as np, seqzoo\n"
        "from seqzoo.layers import PeepholeLSTM\n"
        "from seqzoo.export import export_saved_model, export_tflite\n"
        "model = keras.Sequential([keras.Input((3, 2)), PeepholeLSTM(4), keras.layers.Dense(1)])\n"
        "model.compile('adam', 'mse')\n"
        "model.fit(np.ones((4, 3, 2)), np.ones((4, 1)), verbose=0)\n"
        "export_saved_model(model, 'model')\n"
        "export_tflite(model, 'model.tflite')\n"
        "import seqzoo.training, seqzoo.zoo\n"
        "print(seqzoo.__file__)\n"
    )
    ran = run(environment, tmp_path, "python", "-c", script)
    assert ran.returncode == 0, ran.stderr
    assert "site-packages" in ran.stdout
    assert (tmp_path / "model.tflite").exists()


def test_it_runs_the_command_line(environment, tmp_path):
    listed = run(environment, tmp_path, "seqzoo", "list")
    assert "note-generator" in listed.stdout
    assert "bach-chorales" in listed.stdout
    assert run(environment, tmp_path, "seqzoo", "info", "nothing").returncode == 2
    found = run(environment, tmp_path, "seqzoo", "predict", "ner-lener-br", "Moro em Porto Alegre.")
    assert found.returncode == 0, found.stderr
    assert "Porto Alegre" in found.stdout


def test_a_command_that_lacks_a_package_names_the_extra(environment, tmp_path):
    lacking = run(environment, tmp_path, "seqzoo", "generate", "schubert", "--out", "x")
    sentence = "The package symusic is not installed: pip install 'seqzoo[music]' brings it."
    assert (lacking.returncode, lacking.stderr) == (1, f"seqzoo: {sentence}\n")
