"""`python -m moeviz record`: records the trace that the first picture of the app shows.

Trains the lab's model B, asks it the picture's question and writes the answer beside the module
that reads it. Knows nothing of the picture.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from moeviz.analysis.tour import (
    EXAMPLE,
    MODEL,
    RECORD,
    STEPS,
    record_text,
    tour_question,
    tour_trace,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the trace is written."""
    words = f"where to write the trace. Default: {RECORD.name} in the package"
    parser.add_argument("--to", type=Path, default=RECORD, metavar="FILE", help=words)


def run(options: argparse.Namespace) -> int:
    """Train, ask, write; 0, or 1 when the file was not written."""
    trace, corpus = traced_example()
    try:
        options.to.write_text(record_text(trace, corpus), encoding="utf-8")
    except OSError as error:
        print(f"moeviz: {options.to} was not written: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"{options.to}: step {trace['step']}, {len(trace['tokens'])} tokens")  # noqa: T201
    return 0


def traced_example() -> tuple[dict[str, Any], str]:
    """What the picture shows of EXAMPLE after STEPS steps, and the hash of the training text."""
    # Imported here: torch takes seconds, and --help should not wait for it.
    import torch

    from moeviz.data.corpus import load_corpus
    from moeviz.data.corpus_hash import corpus_hash
    from moeviz.training.lockstep import LockstepTrainer

    torch.set_num_threads(1)
    trainer = LockstepTrainer(MODEL)
    for _ in range(STEPS):
        trainer.step()
    corpus = load_corpus(MODEL.arms[0].model.vocab_size)
    return tour_trace(trainer.answer(tour_question(EXAMPLE))), corpus_hash(corpus.hashes)
