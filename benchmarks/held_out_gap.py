"""Does the lab's model memorise a domain? Held-out against training loss, for each domain.

    .venv/bin/python benchmarks/held_out_gap.py [--steps 600] [--seed 0]

Trains the lab's default model with the load-balancing loss and prints the README's table. The
training loss is the mean of the last TRAINING_STEPS batches, the held-out loss that of SEQUENCES
sequences a domain, evenly spaced over its held-out text, after the last step. *Passes* is how often
training has read the domain's text by then. Takes about half a minute.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import torch
from torch.nn import functional as F

from moeviz.config import ArmConfig
from moeviz.data.batches import held_out_batch
from moeviz.data.corpus import load_corpus
from moeviz.training.arm import ArmTrainer
from moeviz.training.measure import domain_means

TRAINING_STEPS, SEQUENCES = 50, 128


def held_out_loss(trainer: ArmTrainer) -> np.ndarray:
    """(domains,) cross-entropy on held-out text, in nats per token."""
    model = trainer.arm.model
    batch = held_out_batch(load_corpus(model.vocab_size), model.context_length, SEQUENCES)
    losses = []
    for tokens in batch.tokens.split(64):
        targets = tokens[:, 1:]
        with torch.no_grad():
            logits, _ = trainer.model(tokens[:, :-1], trainer.arm.routing)
        losses.append(F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none"))
    by_token = torch.cat(losses).view(len(batch.tokens), -1)
    return domain_means(by_token, batch.domain, len(trainer.domains))


def main() -> None:
    """Train, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(1)
    arm = ArmConfig.of("A", {"balancer": "switch", "seed": given.seed})
    trainer = ArmTrainer(arm)
    snapshots = [trainer.step() for _ in range(given.steps)]
    recent = np.array([each.domain_cross_entropy for each in snapshots[-TRAINING_STEPS:]])
    training, held_out = np.nanmean(recent, axis=0), held_out_loss(trainer)
    corpus = load_corpus(arm.model.vocab_size)
    read = given.steps * trainer.tokens_per_step / len(corpus.domains)
    print(f"E = {arm.model.n_experts}, {given.steps} steps, seed {given.seed}\n")
    print("| Domain | Training tokens | Held-out tokens | Passes | Training | Held-out | Gap |")
    print("|---|---|---|---|---|---|---|")
    for g, domain in enumerate(corpus.domains):
        sizes = len(corpus.train[g]), len(corpus.held_out[g])
        losses = f"{training[g]:.2f} | {held_out[g]:.2f} | {held_out[g] - training[g]:+.2f}"
        passes = read / sizes[0]
        print(f"| {domain} | {sizes[0]:,} | {sizes[1]:,} | {passes:.1f} | {losses} |")


if __name__ == "__main__":
    main()
