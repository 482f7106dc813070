"""The built wheel, in an empty environment, outside the checkout."""

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


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """The programs of an environment that holds the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin/python", "-m", "pip", "install", "-q", wheel], check=True)
    return folder / "bin"


def test_the_wheel_holds_one_package_and_all_rooms(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"seqzoo"}
    for path in (
        "layers/peephole_lstm.py",
        "zoo/note_generator/task.py",
        "training/datasets/bach_chorales/bach_chorales_dataset_builder.py",
        "export/c_runtime_worker.py",
        "export/serving/page/page.html",
        "export/serving/page/layout.css",
        "export/serving/page/start.js",
        "cli/app.py",
    ):
        assert f"seqzoo/{path}" in names


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


def test_it_imports_and_fits(environment, tmp_path):
    script = (
        "import keras, numpy as np, seqzoo\n"
        "from seqzoo.layers import PeepholeLSTM\n"
        "model = keras.Sequential([PeepholeLSTM(4), keras.layers.Dense(1)])\n"
        "model.compile('adam', 'mse')\n"
        "model.fit(np.ones((4, 3, 2)), np.ones((4, 1)), verbose=0)\n"
        "from seqzoo.zoo import NoteGenerator\n"
        "import seqzoo.training, seqzoo.export\n"
        "print(seqzoo.__file__)\n"
    )
    ran = subprocess.run(
        [environment / "python", "-c", script],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "site-packages" in ran.stdout


def test_it_runs_the_command_line(environment, tmp_path):
    listed = subprocess.run(
        [environment / "seqzoo", "list"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert "note-generator" in listed.stdout
    failed = subprocess.run(
        [environment / "seqzoo", "info", "nothing"], cwd=tmp_path, capture_output=True, text=True
    )
    assert failed.returncode == 2
