"""moeviz: a small real Mixture-of-Experts language model that trains while you watch."""
