"""Lines of arithmetic whose results are true, in a dozen forms.

Every line is an equation or a comparison that exact rational arithmetic confirms; `^` is the power,
`mod` the remainder. Knows nothing of the rest of the corpus.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from random import Random

from moeviz.data.picking import number, pick


def arithmetic_line(random: Random) -> str:
    """One true line, without line end."""
    return pick(random, _FORMS)(random)


def _sum(random: Random) -> str:
    a, b = number(random, 0, 999), number(random, 0, 999)
    return f"{a} + {b} = {a + b}"


def _difference(random: Random) -> str:
    a, b = number(random, 0, 999), number(random, 0, 999)
    return f"{a} - {b} = {a - b}"


def _product(random: Random) -> str:
    a, b = number(random, 2, 99), number(random, 2, 99)
    return f"{a} * {b} = {a * b}"


def _quotient(random: Random) -> str:
    divisor, result = number(random, 2, 40), number(random, 2, 99)
    return f"{divisor * result} / {divisor} = {result}"


def _remainder(random: Random) -> str:
    a, b = number(random, 10, 999), number(random, 2, 30)
    return f"{a} mod {b} = {a % b}"


def _power(random: Random) -> str:
    base = number(random, 2, 60)
    exponent = number(random, 2, 3 if base > 9 else 5)
    offset = number(random, 1, 50)
    return f"{base}^{exponent} + {offset} = {base**exponent + offset}"


def _precedence(random: Random) -> str:
    a, b, c, d = (number(random, 1, 30) for _ in range(4))
    return f"{a} + {b} * {c} - {d} = {a + b * c - d}"


def _brackets(random: Random) -> str:
    a, b, c = (number(random, 1, 50) for _ in range(3))
    return f"({a} - {b}) * {c} = {(a - b) * c}"


def _comparison(random: Random) -> str:
    a, b, c = (number(random, 1, 99) for _ in range(3))
    sign = "<" if a + b < c else ">" if a + b > c else "="
    return f"{a} + {b} {sign} {c}"


def _decimals(random: Random) -> str:
    a, b = number(random, 1, 9999), number(random, 1, 9999)
    return f"{a / 100:.2f} + {b / 100:.2f} = {(a + b) / 100:.2f}"


def _fractions(random: Random) -> str:
    a = Fraction(number(random, 1, 11), number(random, 2, 12))
    b = Fraction(number(random, 1, 11), number(random, 2, 12))
    return f"{a} + {b} = {a + b}"


def _extreme(random: Random) -> str:
    values = [number(random, 0, 99) for _ in range(number(random, 2, 4))]
    name, function = pick(random, (("max", max), ("min", min)))
    return f"{name}({', '.join(map(str, values))}) = {function(values)}"


def _common_divisor(random: Random) -> str:
    shared = number(random, 1, 12)
    a, b = shared * number(random, 1, 20), shared * number(random, 1, 20)
    return f"gcd({a}, {b}) = {math.gcd(a, b)}"


def _unknown(random: Random) -> str:
    factor, x, offset = number(random, 2, 12), number(random, 1, 60), number(random, 1, 60)
    return f"{factor} * x + {offset} = {factor * x + offset}, x = {x}"


def _carried(random: Random) -> str:
    a, b, c = (number(random, 10, 299) for _ in range(3))
    return f"{a} + {b} + {c} = {a + b} + {c} = {a + b + c}"


_FORMS: tuple[Callable[[Random], str], ...] = (
    _sum,
    _difference,
    _product,
    _quotient,
    _remainder,
    _power,
    _precedence,
    _brackets,
    _comparison,
    _decimals,
    _fractions,
    _extreme,
    _common_divisor,
    _unknown,
    _carried,
)
