"""The measures of the code, on a small checkout."""

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "house.py"

COPIED = "\n".join(f"    total = {n} * total + {n}" for n in range(1, 8))


@pytest.fixture(scope="module")
def house():
    spec = importlib.util.spec_from_file_location("house", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path):
    files = {
        "layers/__init__.py": "",
        "layers/cell.py": f'''"""A cell."""
from seqzoo.zoo.model import task


class Cell:
    """A docstring
    of two lines."""

    def step(self, total):
        """Ignored."""
        # One comment, which counts as a line.
{COPIED.replace("    ", "        ")}
        return total
''',
        "zoo/__init__.py": "",
        "zoo/model/__init__.py": "",
        "zoo/model/task.py": f"""from seqzoo.zoo.model import preprocessor


def train(total):
{COPIED}
    return total, preprocessor._flatten_layers()
""",
        "zoo/model/preprocessor.py": """import typing
from keras.src import backend
if typing.TYPE_CHECKING:
    from seqzoo.layers import cell
def late():
    import seqzoo.zoo.model.task
""",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def files(house, checkout):
    return house.source_files(checkout)


def test_sizes_leave_docstrings_out(house, files):
    rows = {row[0]: row[1:] for row in house.size_rows(files, [])}
    # Two files, one of them empty; the function has a comment, seven lines and a return.
    assert rows["layers"] == ["2", "19", "10 / 19", "10 / 10 / 10", "100%", "21%"]
    assert rows["zoo/model"][:2] == ["3", f"{0 + 12 + 6}"]
    assert "tests" not in rows


def test_imports_in_functions_count_and_those_for_type_checkers_do_not(house, files):
    assert house.arrows(files) == {
        ("seqzoo.layers.cell", "seqzoo.zoo.model.task"): 1,
        ("seqzoo.zoo.model.task", "seqzoo.zoo.model.preprocessor"): 1,
        ("seqzoo.zoo.model.preprocessor", "seqzoo.zoo.model.task"): 1,
    }


def test_upward_imports_and_circles(house, files):
    found = house.arrows(files)
    assert house.upward_imports(files, found) == {("layers", "zoo"): 1}
    circle = ["seqzoo.zoo.model.preprocessor", "seqzoo.zoo.model.task"]
    assert house.circles(found) == [circle]
    assert house.folder_circles(files, found) == {"seqzoo.zoo.model": ["preprocessor", "task"]}


def test_circles_of_more_than_two(house):
    pairs = [(1, 2), (2, 3), (3, 1), (3, 4), (4, 5), (5, 4), (6, 1)]
    assert sorted(house.circles(pairs)) == [[1, 2, 3], [4, 5]]


def test_equal_lines(house, files):
    # Seven lines are two windows of six, and one block.
    assert house.equal_blocks(files) == [(7, "layers/cell.py:12", "zoo/model/task.py:5")]


def test_private_names(house, files):
    assert house.private_names(files) == {
        "zoo/model/preprocessor.py": ["keras.src.backend"],
        "zoo/model/task.py": ["_flatten_layers"],
    }


def test_files_of_a_model(house, files):
    assert {name: len(own) for name, own in house.model_folders(files).items()} == {"model": 3}
