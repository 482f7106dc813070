"""Measures the code itself: sizes, imports that run upwards, circles, copies, private names.

`python benchmarks/house.py [checkout]` prints tables in Markdown. It needs the standard library
only, so that it measures any commit: `git worktree add ../before <commit>`, then this command on
`../before`. Lengths of functions exclude docstrings; tests are a separate row.
"""

import ast
import collections
import functools
import itertools
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOMS = ("core", "layers", "zoo", "training", "export", "serving", "seqzoo")
FLOORS = {
    **{"core": 0, "layers": 1, "zoo": 2, "training": 3, "export": 3, "serving": 4, "seqzoo": 5}
}
SHORT = 40
EQUAL_LINES = 6
RUNS = 5
# Private names of Python's own.
PYTHON = {"_replace", "_asdict", "_fields", "_exit", "_getframe"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)


class SourceFile:
    """A file of Python.

    Args:
        path: Its path.
        checkout: The root of the checkout.
    """

    def __init__(self, path, checkout):
        self.place = path.relative_to(checkout)
        self.text = path.read_text("utf-8")
        self.lines = self.text.splitlines()
        self.tree = ast.parse(self.text)
        names = self.place.with_suffix("").parts
        names = names[:-1] if names[-1] == "__init__" else names
        self.module = ".".join(names if names[0] == "seqzoo" else ("seqzoo", *names))
        self.room = self.place.parts[0]

    @property
    def is_package(self):
        """Whether it is the `__init__` of a package."""
        return self.place.name == "__init__.py"

    @functools.cached_property
    def docstring_lines(self):
        """The numbers of the lines of docstrings."""
        holders = (ast.Module, *DEFINITIONS)
        found = set()
        for node in ast.walk(self.tree):
            if isinstance(node, holders) and ast.get_docstring(node, clean=False) is not None:
                found.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
        return found

    def function_lengths(self):
        """Returns the number of lines of every function, without its docstring."""
        for node in ast.walk(self.tree):
            if isinstance(node, FUNCTIONS):
                lines = range(node.lineno, node.end_lineno + 1)
                yield len([n for n in lines if n not in self.docstring_lines])

    def imports(self, modules):
        """Returns the modules of the checkout that it imports at run time, with repetitions."""
        for node in _run_nodes(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names if alias.name in modules)
            if isinstance(node, ast.ImportFrom) and node.module in modules:
                for alias in node.names:
                    name = f"{node.module}.{alias.name}"
                    yield name if name in modules else node.module


def _run_nodes(tree):
    """Yields all nodes except those under `TYPE_CHECKING`."""
    remaining = [tree]
    while remaining:
        node = remaining.pop()
        yield node
        if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            remaining.extend(ast.iter_child_nodes(node))


def source_files(checkout, rooms=ROOMS):
    """Returns the files of rooms; links from one room to another are not followed."""
    found = []
    for room in rooms:
        for folder, _, names in os.walk(checkout / room):
            found += [pathlib.Path(folder, name) for name in names if name.endswith(".py")]
    return [SourceFile(path, checkout) for path in sorted(found)]


def size_rows(files, tests):
    """Yields the rows of the table of sizes, one for each room."""
    rows = {room: [file for file in files if file.room == room] for room in ROOMS}
    rows["layers/kernels"] = [
        file for file in files if file.place.parts[:2] == ("layers", "kernels")
    ]
    rows |= {f"zoo/{name}": own for name, own in model_folders(files).items()}
    rows = {**dict(sorted(rows.items())), "all": files, "tests": tests}
    return [[name, *_sizes(own)] for name, own in rows.items() if own]


def _sizes(files):
    sizes = [len(file.lines) for file in files]
    lengths = sorted(itertools.chain.from_iterable(file.function_lengths() for file in files)) or [
        0
    ]
    inner = [size for file, size in zip(files, sizes, strict=True) if not file.is_package] or [0]
    short = sum(size < SHORT for size in inner) / len(inner)
    documented = sum(len(file.docstring_lines) for file in files) / max(1, sum(sizes))
    return [
        f"{len(files)}",
        f"{sum(sizes):,}",
        f"{statistics.median(sizes):.0f} / {max(sizes)}",
        f"{statistics.median(lengths):.0f} / {lengths[int(0.9 * len(lengths))]} / {lengths[-1]}",
        f"{short:.0%}",
        f"{documented:.0%}",
    ]


def model_folders(files):
    """Returns the files of every model in the zoo, by the name of its folder."""
    folders = collections.defaultdict(list)
    for file in files:
        if file.room == "zoo" and len(file.place.parts) > 2:
            folders[file.place.parts[1]].append(file)
    is_model = {file.place.parts[1] for file in files if file.place.match("zoo/*/preprocessor.py")}
    return {name: folders[name] for name in sorted(is_model)}


def arrows(files):
    """Counts the imports from module to module."""
    modules = {file.module for file in files}
    counts = collections.Counter()
    for file in files:
        counts.update((file.module, name) for name in file.imports(modules) if name != file.module)
    return counts


def upward_imports(files, found):
    """Counts the imports from room to room that lead upwards or to a room on the same level."""
    rooms = {file.module: file.room for file in files}
    counts = collections.Counter()
    for (importer, imported), count in found.items():
        start, end = rooms[importer], rooms[imported]
        if start != end and FLOORS[end] >= FLOORS[start]:
            counts[start, end] += count
    return counts


def circles(pairs):
    """Returns the strongly connected components with a cycle (Tarjan 1972)."""
    following = collections.defaultdict(set)
    for start, end in pairs:
        following[start].add(end)
    return [sorted(group) for group in _components(following) if len(group) > 1]


def _components(following):
    numbers, lowest, stack, groups = {}, {}, [], []

    def visit(name):
        numbers[name] = lowest[name] = len(numbers)
        stack.append(name)
        for other in following.get(name, ()):
            if other not in numbers:
                visit(other)
            if other in stack:
                lowest[name] = min(lowest[name], lowest[other])
        if lowest[name] == numbers[name]:
            index = stack.index(name)
            groups.append(stack[index:])
            del stack[index:]

    for name in list(following):
        if name not in numbers:
            visit(name)
    return groups


def folder_circles(files, found):
    """Returns the cycles among sibling folders and files, at any depth."""
    siblings = collections.defaultdict(set)
    for importer, imported in found:
        start, end = importer.split("."), imported.split(".")
        depth = next((n for n, (a, b) in enumerate(zip(start, end, strict=False)) if a != b), None)
        if depth is not None:
            siblings[".".join(start[:depth])].add((start[depth], end[depth]))
    return {name: group for name, pairs in siblings.items() for group in circles(pairs)}


def code_lines(file):
    """Returns the numbered lines of code, without docstrings, comments, imports and signatures."""
    left_out = set(file.docstring_lines)
    for node in ast.walk(file.tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            left_out.update(range(node.lineno, node.end_lineno + 1))
        if isinstance(node, FUNCTIONS):
            left_out.update(range(node.lineno, node.body[0].lineno))
    numbered = ((n, line.strip()) for n, line in enumerate(file.lines, 1) if n not in left_out)
    return [(n, line) for n, line in numbered if line and not line.startswith("#")]


def equal_blocks(files):
    """Finds duplicate blocks of lines: `(lines, place, place)`, the longest first."""
    lines = {file.place: code_lines(file) for file in files}
    windows = collections.defaultdict(list)
    for place, own in lines.items():
        for start in range(len(own) - EQUAL_LINES + 1):
            windows[tuple(text for _, text in own[start : start + EQUAL_LINES])].append(
                (place, start)
            )
    pairs = {pair for places in windows.values() for pair in itertools.combinations(places, 2)}
    blocks = []
    for (one, n), (two, m) in pairs:
        if ((one, n - 1), (two, m - 1)) not in pairs:
            length = next(
                k for k in itertools.count(1) if ((one, n + k), (two, m + k)) not in pairs
            )
            places = (f"{one}:{lines[one][n][0]}", f"{two}:{lines[two][m][0]}")
            blocks.append((length + EQUAL_LINES - 1, *sorted(places)))
    return sorted(blocks, key=lambda block: (-block[0], block[1:]))


def private_names(files):
    """Returns the private names of Keras that each file uses, by its path."""
    own = PYTHON.union(*(_defined(file.tree) for file in files))
    found = {str(file.place): sorted({*_private(file.tree, own)}) for file in files}
    return {place: names for place, names in found.items() if names}


def _defined(tree):
    for node in ast.walk(tree):
        if isinstance(node, DEFINITIONS):
            yield node.name
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield from [node.attr] if ast.unparse(node.value) in ("self", "cls") else []


def _private(tree, own):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("keras.src."):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            yield from [] if node.attr.startswith("__") or node.attr in own else [node.attr]
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "getattr":
            name = node.args[1].value if isinstance(node.args[1], ast.Constant) else ""
            yield from [name] if name.startswith("_keras") else []


def seconds(checkout, *arguments):
    """Returns the median time of a Python command in a checkout."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, *arguments], env=environment, check=True, stdout=subprocess.DEVNULL
        )
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def table(heading, rows):
    """Formats a table in Markdown."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def report(checkout):
    """Yields all figures of a checkout, in Markdown."""
    files, tests = source_files(checkout), source_files(checkout, ["tests"])
    found = arrows(files)
    heading = ["room", "files", "lines", "file: median / max", "function: median / p90 / max"]
    yield table([*heading, f"files < {SHORT} lines", "docstrings"], size_rows(files, tests))
    counts = {
        name: sum(not file.is_package for file in own) for name, own in model_folders(files).items()
    }
    each = ", ".join(f"{name} {count}" for name, count in counts.items())
    yield f"Files of a model: median {statistics.median(counts.values()):g} ({each}).\n"
    upwards = upward_imports(files, found)
    each = ", ".join(f"{start} -> {end} {count}" for (start, end), count in sorted(upwards.items()))
    yield f"Imports upwards: {sum(upwards.values())}{f' ({each})' if each else ''}.\n"
    yield from _circle_lines(files, found)
    blocks = equal_blocks(files)
    yield f"Pairs of {EQUAL_LINES} or more equal lines: {len(blocks)}.\n"
    yield table(["lines", "here", "and here"], [[str(n), *places] for n, *places in blocks[:10]])
    private = private_names(files)
    yield f"Files with private names of Keras: {len(private)}.\n"
    yield table(["file", "names"], [[place, ", ".join(names)] for place, names in private.items()])
    yield f"`import seqzoo`: {seconds(checkout, '-c', 'import seqzoo'):.2f} s"
    yield f"`seqzoo --help`: {seconds(checkout, '-m', 'seqzoo', '--help'):.2f} s"
    for wheel in sorted(checkout.glob("dist/*.whl")):
        yield f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB"


def _circle_lines(files, found):
    yield f"Circles of files: {_listed(circles(found))}.\n"
    of_folders = folder_circles(files, found)
    groups = [[f"{name or 'seqzoo'}: {', '.join(group)}"] for name, group in of_folders.items()]
    yield f"Circles of folders: {_listed(groups)}.\n"


def _listed(groups):
    return f"{len(groups)} ({'; '.join(', '.join(group) for group in groups)})" if groups else "0"


if __name__ == "__main__":
    default = pathlib.Path(__file__).resolve().parent.parent
    chosen = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else default
    for paragraph in report(chosen):
        print(paragraph)
