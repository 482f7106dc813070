"""Measurements in a JSON file that is complete after every row."""

import json

from seqzoo.core.atomic import atomic_file


class Records:
    """Measured rows, and their environment.

    Args:
        path: The JSON file, or `None` to keep the rows in memory only.
        environment: The environment that the figures depend on: versions, processor.
        resume: Whether to continue the rows in the file. Otherwise the first row replaces the file.

    Raises:
        ValueError: If the file to continue was measured in another environment.
    """

    def __init__(self, path, environment, resume=False):
        self.path, self.environment, self.rows = path, environment, []
        if resume and path is not None and path.exists():
            report = json.loads(path.read_text())
            if report["environment"] != environment:
                raise ValueError(
                    f"{path} was measured in another environment: {report['environment']}, not "
                    f"{environment}. Measure again, without --resume."
                )
            self.rows = report["rows"]

    def find(self, **key):
        """Returns the row whose entries match the key, or `None`."""
        return next(iter(self.select(**key)), None)

    def select(self, **key):
        """Returns all rows whose entries match the key."""
        return [row for row in self.rows if key.items() <= _scalars(row).items()]

    def add(self, row):
        """Adds a row, and writes the file."""
        self.rows.append(row)
        if self.path is None:
            return
        report = {"environment": self.environment, "rows": self.rows}
        with atomic_file(self.path) as aside:
            aside.write_text(json.dumps(report, indent=1) + "\n")


def _scalars(row):
    """Returns the entries of a row that can be part of a key."""
    return {name: value for name, value in row.items() if not isinstance(value, dict | list)}
