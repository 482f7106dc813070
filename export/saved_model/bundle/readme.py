"""The operator's README beside the files of the server."""

from pathlib import Path

from seqzoo.core.atomic import atomic_file
from seqzoo.export.saved_model.bundle.manifests import image

_PAGE = """\
# Serving these models

Each folder beside this one holds the versions of a model; this one holds the configuration with
which TF Serving serves all of them. Every export rewrites `README.md` and `requests/`. You may edit
the other files: an export adds its model to `models.config` if it is missing, and does not touch
other files that you have edited.

The newest export was made for `{image}`.

## Start

```sh
docker compose up --detach --wait    # or: kubectl apply -f kubernetes.yaml
```

## Ask

{questions}
gRPC is on port 8500; `seqzoo.export.saved_model.bundle.ServingClient` is a client in Python. The
metrics are at `http://localhost:8501/monitoring/prometheus/metrics`.
"""

_QUESTION = """\
```sh
curl http://localhost:8501/v1/models/{model}
{asks}```
"""


def write_readme(folder: Path) -> None:
    """Writes the README, with a command for every request in the folder `requests`."""
    models = sorted(path for path in (folder / "requests").iterdir() if path.is_dir())
    page = _PAGE.format(image=image(), questions="\n".join(map(_question, models)))
    with atomic_file(folder / "README.md") as aside:
        aside.write_text(page, "utf-8")


def _question(model):
    asks = "".join(
        f"curl -d @requests/{model.name}/{request.name} "
        f"http://localhost:8501/v1/models/{model.name}:predict\n"
        for request in sorted(model.glob("*.json"))
    )
    return _QUESTION.format(model=model.name, asks=asks)
