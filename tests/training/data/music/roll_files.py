"""Files of piano rolls, in the layout of the published ones."""

import numpy as np
from scipy.io import savemat


def write_rolls(path, train, validation, test):
    """Writes lists of rolls as cells of a MATLAB file."""
    cells = {"traindata": train, "validdata": validation, "testdata": test}
    savemat(path, {name: _cell(rolls) for name, rolls in cells.items()})


def _cell(rolls):
    cell = np.empty((1, len(rolls)), object)
    for index, roll in enumerate(rolls):
        cell[0, index] = roll
    return cell
