"""Who runs trainers, and where: the protocol, the worker processes, the runs and their leases."""
