"""Data sets, recipes, runs and evaluation."""

from seqzoo.lazy import lazy_names

__getattr__ = lazy_names(
    __name__,
    {
        "GradientNorms": "gradient_flow",
        "Recipe": "recipe",
        "RecipeError": "recipe",
        "RunError": "run",
        "draw_gradient_norm_history": "gradient_curves",
        "draw_gradient_norms": "gradient_curves",
        "gradient_norms": "gradient_flow",
        "training_of": "model_training",
        "train": "run",
    },
)
