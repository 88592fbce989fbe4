"""Where a version's model lies: one file of text that is written once, read only under the digest that the register keeps.

warehouse/predictors/<predictor>/<number>/model.json
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from zhike.insight import snapshots
from zhike.insight.predictors import learners
from zhike.insight.predictors.learners import Fitted


class Changed(Exception):
    """A model's file is missing, or is not what was judged."""


def path_of(home: Path, predictor: str, number: int) -> Path:
    """The file of a version."""
    return snapshots.root(home) / "predictors" / predictor / str(number) / "model.json"


def write(home: Path, predictor: str, number: int, text: str) -> str:
    """Keep a version's text; its digest. Raises FileExistsError where there is one already."""
    path = path_of(home, predictor, number)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("x", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    return digest_of(text)


def text_of(fitted: Fitted) -> str:
    """A fitted model as text."""
    return json.dumps({"level": fitted.level, "model": fitted.model.text()})


def read(home: Path, predictor: str, number: int, digest: str) -> Fitted:
    """A version's model. Raises Changed."""
    said = json.loads(read_text(home, predictor, number, digest))
    return Fitted(learners.read(said["model"]), said["level"])


def read_text(home: Path, predictor: str, number: int, digest: str) -> str:
    """A version's text. Raises Changed."""
    path = path_of(home, predictor, number)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if digest_of(text) != digest:
        raise Changed(str(path))
    return text


def digest_of(text: str) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
