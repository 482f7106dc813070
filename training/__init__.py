"""Data sets, recipes, runs and evaluation."""

from seqzoo.lazy import lazy_names

__getattr__ = lazy_names(
    __name__,
    {
        "Recipe": "recipe",
        "RecipeError": "recipe",
        "RunError": "run",
        "evaluate": "evaluation",
        "load": "datasets",
        "train": "run",
    },
)
