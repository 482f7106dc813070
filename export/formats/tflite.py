"""Reads and runs TFLite files."""

import functools
import os
import warnings
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema

from seqzoo.core.errors import SeqzooError
from seqzoo.export.formats.strip_tensor_names import FILE_IDENTIFIER

_BUILTIN_NAMES = {
    code: name for name, code in vars(schema.BuiltinOperator).items() if not name.startswith("_")
}


class TFLiteFileError(SeqzooError, ValueError):
    """A file is not a TFLite file, or is damaged."""


class TFLiteFile:
    """A TFLite file, run by TensorFlow's interpreter.

    Args:
        path: The file.
        threads: The number of threads of the interpreter. Defaults to 1, as on a phone with a
            small model.

    Raises:
        TFLiteFileError: If the file is not a TFLite file, or is damaged.
    """

    def __init__(self, path: str | os.PathLike, threads: int = 1) -> None:
        self.path = Path(path)
        contents = self.path.read_bytes()
        if contents[4:8] != FILE_IDENTIFIER:
            raise TFLiteFileError(f"{path} is not a TFLite file: give one that an export wrote.")
        with warnings.catch_warnings():
            # TensorFlow 2.21 warns that the interpreter was removed in 2.20, but still has it.
            warnings.filterwarnings("ignore", ".*tf.lite.Interpreter is deprecated", UserWarning)
            try:
                self.interpreter = tf.lite.Interpreter(model_content=contents, num_threads=threads)
            except ValueError as error:
                raise TFLiteFileError(
                    f"{path} cannot be read ({error}): it is damaged, export it again."
                ) from error

    @property
    def signatures(self) -> dict[str, dict[str, list[str]]]:
        """The names of the inputs and outputs of every signature."""
        return self.interpreter.get_signature_list()

    def run(self, signature: str, /, **inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Runs a signature on arrays, or array-like values, of any batch size and length."""
        runner = self.interpreter.get_signature_runner(signature)
        dtypes = {name: tensor["dtype"] for name, tensor in runner.get_input_details().items()}
        arrays = {
            name: np.asarray(value).astype(dtypes.get(name), casting="same_kind")
            for name, value in inputs.items()
        }
        return {name: np.array(value) for name, value in runner(**arrays).items()}

    def reset_states(self) -> None:
        """Resets the states that a streaming file keeps between calls."""
        if self._keeps_states:
            self.interpreter.allocate_tensors()
            self.interpreter.reset_all_variables()

    @functools.cached_property
    def _keeps_states(self):
        return any(tensor.isVariable for graph in self._model.subgraphs for tensor in graph.tensors)

    @functools.cached_property
    def _model(self):
        return schema.ModelT.InitFromPackedBuf(self.path.read_bytes(), 0)

    def tensors(self, signature: str) -> dict[str, dict[str, tuple]]:
        """Returns dtype and shape of a signature's `inputs` and `outputs`; -1 for any size."""
        runner = self.interpreter.get_signature_runner(signature)
        kinds = {"inputs": runner.get_input_details(), "outputs": runner.get_output_details()}
        return {
            kind: {
                name: (np.dtype(tensor["dtype"]).name, tuple(tensor["shape_signature"]))
                for name, tensor in tensors.items()
            }
            for kind, tensors in kinds.items()
        }

    def operations(self) -> list[str]:
        """Returns the sorted operation names; others than builtins start with FLEX: or CUSTOM:."""
        return sorted({_operation_name(code) for code in self._model.operatorCodes})


def _operation_name(operator_code):
    if operator_code.customCode:
        name = operator_code.customCode.decode()
        return f"FLEX:{name[4:]}" if name.startswith("Flex") else f"CUSTOM:{name}"
    # Codes above 127 did not fit into the first field.
    return _BUILTIN_NAMES[max(operator_code.builtinCode, operator_code.deprecatedBuiltinCode)]
