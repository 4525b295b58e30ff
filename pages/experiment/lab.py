"""Training lab: two copies of one model, every knob, and what each change does while they train."""

from moeviz.ui.components.lab_stage import lab_stage
from moeviz.ui.lab.new_run import new_run_banner
from moeviz.ui.lab.stage_data import stage_data
from moeviz.ui.lab.strip import control_strip, load_lab
from moeviz.ui.shared.lab_session import STAGE, keep_run, load_state, show_notices, write_address
from moeviz.ui.shared.lesson import (
    below_the_picture,
    how_this_is_computed,
    in_an_interview,
    opening,
    try_this,
)
from moeviz.ui.shared.navigation import LAB
from moeviz.ui.shared.page_run import page_run
from moeviz.ui.shared.presets import PRESETS
from moeviz.ui.shared.session import show_refusal

opening(
    "Training lab",
    "Two models share seed, data and every knob except those you set apart: what differs between "
    "the pictures is what those knobs do.",
    in_one_line=True,
)

status = page_run(load_lab())
state = load_state()
write_address()  # before anything is drawn: the end of a run of the script is lost most easily
control_strip(state)
show_notices()
show_refusal()
new_run_banner(state, status)
if status is not None:
    lab_stage(stage_data(status, state), key=STAGE, on_kept=keep_run)


def lesson() -> None:
    """What stands below the stage."""
    try_this(LAB, PRESETS)
    how_this_is_computed(
        "Everything above is live, from the models that a worker process trains for this page. The "
        "measures are taken of the mean load over the last 20 steps. An expert's capacity is ⌈CF · "
        "k · T / E⌉ slots: the factor k is included, as in Megatron-Core, DeepSpeed, MegaBlocks "
        "and V-MoE; Switch, Mesh-TensorFlow and Flaxformer leave it out, so that their CF 2 at "
        "top-2 is CF 1 here.",
        [
            ("moeviz.routing.losses", "load_balancing_loss"),
            ("moeviz.routing.capacity", "expert_capacity"),
            ("moeviz.routing.losses", "router_z_loss"),
        ],
        live=True,
        metrics=True,
    )
    in_an_interview(
        "Your router collapses. How do you notice, and what do you try?",
        "Notice it by the load per layer, not by the loss: normalised entropy far below 1, MaxVio "
        "near E − 1, dead experts. A tight capacity factor hides it, since what is computed looks "
        "even while tokens are dropped: watch what the router asks for. Then: a load-balancing "
        "loss of about 0.01, or a selection bias that moves against the load; k above 1; a small "
        "z-loss and a lower learning rate when router logits grow. Too strong a load-balancing "
        "loss costs language-model loss.",
    )


below_the_picture(lesson)
