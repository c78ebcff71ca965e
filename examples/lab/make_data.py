#!/usr/bin/env python3
"""The small tables that the configurations in this folder train on. Needs nothing but Python; writes the same bytes each time.

  examples/lab/make_data.py
"""

import math
import pathlib
import random

here = pathlib.Path(__file__).resolve().parent


def spirals(rows, turns=1.5, noise=0.1):
    """Two arms that wind around each other: no straight line, and no small network, tells them apart."""
    draw = random.Random(1)
    for i in range(rows):
        arm = i % 2
        along = math.sqrt(draw.random())
        angle = 2 * math.pi * turns * along + math.pi * arm
        yield (f"{along * math.cos(angle) + draw.gauss(0, noise):.4f},"
               f"{along * math.sin(angle) + draw.gauss(0, noise):.4f},{'inner' if arm == 0 else 'outer'}")


def polynomial(rows, noise=0.3):
    """A cubic under noise: few rows, so that a large network learns the noise too."""
    draw = random.Random(2)
    for _ in range(rows):
        x = draw.uniform(-2, 2)
        yield f"{x:.4f},{x ** 3 - 2 * x + 0.5 + draw.gauss(0, noise):.4f}"


def write(name, header, rows):
    (here / name).write_text("\n".join([header, *rows]) + "\n")


write("spirals.csv", "x,y,arm", spirals(2000))
write("polynomial.csv", "x,y", polynomial(300))
