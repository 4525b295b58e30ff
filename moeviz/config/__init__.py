"""The configuration of a run: frozen, validated, and the error that refuses a bad value.

Every field carries its own bounds, label and help, so that the controls, the address, the command
line and the validation read one table (`KNOBS`). Knows nothing of torch, of the widgets or of how a
run is executed.
"""

from moeviz.config.balance import BalanceConfig
from moeviz.config.errors import ConfigError, Unquoted, length, no_such_knob
from moeviz.config.group import OwnValues
from moeviz.config.knob import MAX_USER_TEXT_CHARACTERS, MIN_USER_TEXT_CHARACTERS, Knob
from moeviz.config.knobs import (
    FORMER_NAMES,
    GROUPS,
    KNOBS,
    LIVE_KNOBS,
    check_live,
    close_table,
    declare_own,
    knobs_with_controls,
    present_knobs,
)
from moeviz.config.model import ACTIVATIONS, ModelConfig
from moeviz.config.routing import DROP_POLICIES, RoutingConfig
from moeviz.config.run import (
    DENSE_NAMES,
    MAX_ARMS,
    ArmConfig,
    Arms,
    RunConfig,
    ScheduledChange,
    dense_baseline,
)
from moeviz.config.train import TrainConfig

__all__ = [
    "ACTIVATIONS",
    "DENSE_NAMES",
    "DROP_POLICIES",
    "FORMER_NAMES",
    "GROUPS",
    "KNOBS",
    "LIVE_KNOBS",
    "MAX_ARMS",
    "MAX_USER_TEXT_CHARACTERS",
    "MIN_USER_TEXT_CHARACTERS",
    "ArmConfig",
    "Arms",
    "BalanceConfig",
    "ConfigError",
    "Knob",
    "ModelConfig",
    "OwnValues",
    "RoutingConfig",
    "RunConfig",
    "ScheduledChange",
    "TrainConfig",
    "Unquoted",
    "check_live",
    "close_table",
    "declare_own",
    "dense_baseline",
    "knobs_with_controls",
    "length",
    "no_such_knob",
    "present_knobs",
]
