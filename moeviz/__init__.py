"""moeviz: a small real Mixture-of-Experts language model that trains while you watch."""

# Before any other module: routers and balancers declare knobs of their own, and whatever is made of
# the table of knobs (addresses, flags, controls) must find them there, in every process.
from moeviz.config import close_table
from moeviz.routing import balancers, routers

close_table()

__all__ = ["balancers", "routers"]
