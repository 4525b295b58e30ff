"""Which number format a file's `quantization_config` stores weights in, by this program's names.

Sources: transformers/utils/quantization_config.py for the methods' fields; compressed-tensors'
`config_groups`; NVIDIA ModelOpt's `quant_algo`. Knows nothing of bytes: see `precision`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moeviz.accounting.precision import PRECISIONS

_BY_METHOD = {"fp8": "fp8", "fbgemm_fp8": "fp8", "finegrained_fp8": "fp8"}
_INTEGERS = {4: "int4", 8: "int8"}
_BY_ALGORITHM = {
    "NVFP4": "nvfp4", "NVFP4_AWQ": "nvfp4", "FP8": "fp8", "FP8_PB_WO": "fp8", "MXFP8": "mxfp8",
    "MXFP4": "mxfp4", "INT8": "int8", "W4A16_AWQ": "int4", "INT4_AWQ": "int4",
}  # fmt: skip


def weights_as(quantisation: Mapping[str, Any] | None) -> str | None:
    """A name in `PRECISIONS`; None where the file says nothing or a format that is not there."""
    found = None if quantisation is None else _format(quantisation)
    return found if found in PRECISIONS else None


def _format(quantisation: Mapping[str, Any]) -> str | None:
    method = str(quantisation.get("quant_method", "")).lower()
    if method in _BY_METHOD:
        return _BY_METHOD[method]
    if method in ("gptq", "awq", "auto-round", "autoround"):
        return _INTEGERS.get(_whole(quantisation.get("bits", quantisation.get("w_bit"))))
    if method == "mxfp4":
        return _but_for(quantisation.get("modules_to_not_convert"), "mxfp4")
    if method == "bitsandbytes":
        if quantisation.get("load_in_8bit"):
            return "int8"
        return "nf4" if quantisation.get("bnb_4bit_quant_type") == "nf4" else None
    if method.startswith("modelopt"):
        return _BY_ALGORITHM.get(str(quantisation.get("quant_algo", "")).upper())
    return _of_groups(quantisation) if method == "compressed-tensors" else None


def _of_groups(quantisation: Mapping[str, Any]) -> str | None:
    """Of compressed-tensors: one format for all groups, or none."""
    groups = quantisation.get("config_groups")
    found = {_of_group(each) for each in groups.values()} if isinstance(groups, Mapping) else set()
    if len(found) != 1:
        return None
    return _but_for(quantisation.get("ignore"), found.pop())


def _but_for(kept: Any, stored: str | None) -> str | None:
    """MXFP4 that leaves out attention is the experts' alone, as in gpt-oss."""
    names = kept if isinstance(kept, list) else ()
    left_out = any("self_attn" in str(name) for name in names)
    return "gpt-oss" if stored == "mxfp4" and left_out else stored


def _of_group(group: Any) -> str | None:
    weights = group.get("weights") if isinstance(group, Mapping) else None
    if not isinstance(weights, Mapping):
        return None
    bits = _whole(weights.get("num_bits"))
    if weights.get("type") != "float":
        return _INTEGERS.get(bits)
    group_size = weights.get("group_size")
    return {8: "fp8", 4: "nvfp4" if group_size == 16 else "mxfp4"}.get(bits)


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0
