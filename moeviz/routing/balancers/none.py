"""No load balancing."""

from __future__ import annotations

from moeviz.routing.balancers.base import Balancer, register


@register
class NoBalancing(Balancer):
    """No load balancing."""

    name = "none"
    order = 0
    title = "None"
    short = "None"
    trained = "without load balancing"
    formula = "0"
    source = "Shazeer et al. 2017, arXiv:1701.06538, section 4: why unbalanced gates collapse"
    used_by = "ablations in papers"
    description = (
        "Nothing is added to the loss. An expert that gets more tokens learns more, and then gets "
        "even more tokens, so the router tends to collapse onto a few experts."
    )
