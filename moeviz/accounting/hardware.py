"""Accelerators by their data sheets: peak operations, memory bandwidth, memory.

Peaks are those of dense 16-bit matrix products, without structured sparsity, and no kernel
reaches them: times from them are lower bounds. Knows nothing of models.
"""

from __future__ import annotations

from dataclasses import dataclass

from moeviz.accounting.bounds import positive, whole

_TERA, _GIGA = 10**12, 10**9


@dataclass(frozen=True, slots=True)
class Hardware:
    """One accelerator, or several as one.

    Attributes:
        flops_per_second: peak of dense bf16 or fp16 products with 32-bit sums.
        bytes_per_second: peak of reading its memory.
        memory_bytes: as printed, in powers of ten.
        source: the data sheet's name.
    """

    name: str
    flops_per_second: float
    bytes_per_second: float
    memory_bytes: float
    source: str = "your own figures"

    def __post_init__(self) -> None:
        for field in ("flops_per_second", "bytes_per_second", "memory_bytes"):
            positive(field, getattr(self, field))

    def times(self, count: int) -> Hardware:
        """This many of them, perfectly divided: communication costs nothing here."""
        if whole("count", count) == 1:
            return self
        return Hardware(
            f"{count:,} × {self.name}",
            count * self.flops_per_second,
            count * self.bytes_per_second,
            count * self.memory_bytes,
            self.source,
        )


def _preset(
    name: str, tera_flops: float, giga_bytes: float, memory: float, source: str
) -> Hardware:
    return Hardware(name, tera_flops * _TERA, giga_bytes * _GIGA, memory * _GIGA, source)


HARDWARE: dict[str, Hardware] = {
    each.name: each
    for each in (
        _preset("A100 80 GB SXM", 312, 2039, 80, "NVIDIA A100 Tensor Core GPU data sheet"),
        _preset("H100 SXM", 989, 3350, 80, "NVIDIA H100 Tensor Core GPU data sheet"),
        _preset("H200 SXM", 989, 4800, 141, "NVIDIA H200 Tensor Core GPU data sheet"),
        _preset("B200 SXM", 2250, 8000, 180, "NVIDIA HGX B200 data sheet, an eighth of it"),
        _preset("L40S", 362, 864, 48, "NVIDIA L40S data sheet"),
        _preset("RTX 4090", 165.2, 1008, 24, "NVIDIA Ada GPU architecture white paper, appendix A"),
        _preset("MI300X", 1307.4, 5300, 192, "AMD Instinct MI300X data sheet"),
    )
}
