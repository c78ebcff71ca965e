#!/usr/bin/env python3
"""Draws the loss curves of one run as SVG.

    docs/pictures/draw_training.py runs/0001-fashion-mnist > docs/pictures/training.svg
"""
import csv
import math
import pathlib
import sys

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 360, 64, 44, 150, 48
TRAIN, VALID, INK, FAINT = "#0072B2", "#D55E00", "#222222", "#DDDDDD"  # Okabe and Ito's colours


def main():
    run = pathlib.Path(sys.argv[1])
    with open(run / "metrics.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    epochs = [int(row["epoch"]) for row in rows]
    train = [float(row["train/loss"]) for row in rows]
    valid = [float(row["valid/loss"]) for row in rows]
    low, high = math.log(min(train + valid) * 0.95), math.log(max(train + valid) * 1.05)

    def x(epoch):
        return LEFT + (WIDTH - LEFT - RIGHT) * (epoch - 1) / max(1, epochs[-1] - 1)

    def y(loss):
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - math.log(loss)) / (high - low)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13" fill="{INK}">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<text x="{LEFT}" y="24" font-size="16">{run.resolve().name[5:]}: loss by epoch</text>']
    ticks = [t for t in (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1, 1.5, 2, 3) if low <= math.log(t) <= high]
    for tick in ticks:
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="{FAINT}"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    step = max(1, round(epochs[-1] / 8))
    for epoch in range(step, epochs[-1] + 1, step):
        out.append(f'<text x="{x(epoch):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{epoch}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">epoch</text>')
    for name, values, colour in (("training", train, TRAIN), ("validation", valid, VALID)):
        points = " ".join(f"{x(e):.1f},{y(v):.1f}" for e, v in zip(epochs, values))
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        out.append(f'<text x="{WIDTH - RIGHT + 8}" y="{y(values[-1]) + 4:.1f}" fill="{colour}">{name} {values[-1]:.3f}</text>')
    best = min(range(len(valid)), key=valid.__getitem__)
    out.append(f'<circle cx="{x(epochs[best]):.1f}" cy="{y(valid[best]):.1f}" r="5" fill="{VALID}"/>')
    out.append(f'<text x="{x(epochs[best]):.1f}" y="{y(valid[best]) - 12:.1f}" text-anchor="middle">lowest at epoch {epochs[best]}</text>')
    out.append("</svg>")
    print("\n".join(out))


if __name__ == "__main__":
    main()
