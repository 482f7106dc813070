import resource
import subprocess
import sys

import pytest

from seqzoo.core.atomic import atomic_file, atomic_folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_it_is_whole(tmp_path):
    with atomic_file(tmp_path / "deep" / "file") as aside:
        aside.write_text("new")
        assert not (tmp_path / "deep" / "file").exists()
    assert (tmp_path / "deep" / "file").read_text() == "new"
    assert names(tmp_path / "deep") == ["file"]


def test_a_folder_updates_an_older_one_if_told_to(tmp_path):
    for content in ("old", "new"):
        with atomic_folder(tmp_path / "folder", replace=True) as aside:
            (aside / content).write_text(content)
    assert names(tmp_path / "folder") == ["new", "old"]
    assert names(tmp_path) == ["folder"]


def test_a_folder_that_somebody_made_in_the_meantime_stays(tmp_path):
    def write():
        with atomic_folder(tmp_path / "folder"):
            (tmp_path / "folder").mkdir()
            (tmp_path / "folder" / "theirs").touch()

    with pytest.raises(FileExistsError, match="folder"):
        write()
    assert names(tmp_path / "folder") == ["theirs"]
    assert names(tmp_path) == ["folder"]


@pytest.mark.parametrize("atomic", [atomic_file, atomic_folder])
def test_a_failure_leaves_the_old_and_nothing_else(tmp_path, atomic):
    target = tmp_path / "target"
    target.mkdir()

    def fail_halfway():
        with atomic(target) as aside:
            (aside / "half" if aside.is_dir() else aside).write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert names(tmp_path) == ["target"]
    assert names(target) == []


@pytest.mark.parametrize("atomic", ["atomic_file", "atomic_folder"])
def test_a_disk_without_room_is_named_before_anything_is_written(tmp_path, atomic):
    script = (
        f"from seqzoo.core.atomic import {atomic}\n"
        f"with {atomic}({str(tmp_path / 'target')!r}, size=10**6): print('writing')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10**5, 10**5)),
        capture_output=True,
        text=True,
    )
    assert "writing" not in ran.stdout
    assert f"File too large: '{tmp_path}'" in ran.stderr
    assert names(tmp_path) == []
