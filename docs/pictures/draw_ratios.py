#!/usr/bin/env python3
"""Draws every ratio that bench/run.py --json has measured as SVG, for light and dark pages.

    docs/pictures/draw_ratios.py build/bench.json > docs/pictures/ratios.svg
"""
import html
import json
import math
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
import problems  # noqa: E402

WIDTH, LEFT, RIGHT, ROW, GAP = 760, 190, 92, 22, 74
# Okabe and Ito's colours, lighter on a dark page.
STYLE = """
  .page { fill: #ffffff } .ink { fill: #222222 } .faint { fill: #666666 } .grid { stroke: #dddddd } .even { stroke: #888888; stroke-width: 1.5 }
  .one { fill: #0072b2; stroke: #0072b2 } .two { fill: #d55e00; stroke: #d55e00 } .wanted { stroke: #222222; stroke-width: 2 }
  text { stroke: none }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .ink { fill: #e6edf3 } .faint { fill: #9aa4af } .grid { stroke: #30363d } .even { stroke: #8b949e }
    .one { fill: #56b4e9; stroke: #56b4e9 } .two { fill: #e69f00; stroke: #e69f00 } .wanted { stroke: #e6edf3 }
  }"""


def steps(results):
    """[(label, [(class, ratios, wanted)])]: PyTorch's time over Fathom's."""
    rows = []
    for name in problems.ORDER:
        marks = []
        for threads, colour in ((1, "one"), (2, "two")):
            figures = results.get(f"{name}/{threads}", {})
            if "torch" in figures and not name.startswith("neighbour"):
                ratio = problems.ratios(figures["torch"]["median_ms"], figures["fathom"]["median_ms"])
                marks.append((colour, ratio, problems.wanted(name, threads)))
        if marks:
            rows.append((name.replace("_", " "), marks))
    return rows


def neighbours(results):
    """Two threads beside a busy neighbour over one thread on a quiet core, by speed."""
    rows = []
    for name in problems.GROUPS["neighbour"]:
        figures = results.get(f"{name}/2", {})
        for side, who, wanted in (("fathom", "Fathom", 0.95), ("torch", "PyTorch", None)):
            if side in figures:
                ratio = problems.ratios(figures[f"{side}_alone"]["median_ms"], figures[side]["median_ms"])
                rows.append((f"{name.removeprefix('neighbour_')}, {who}", [("two", ratio, wanted)]))
    return rows


def products(results):
    """Fathom's speed over that of the best library for the shape."""
    if "gemm/1" not in results:
        return []
    limit = problems.read("gemm")["wanted_of_best"]
    return [(problems.product_name(row["shape"]), [("one", ratio, limit)])
            for row, best, ratio in problems.gemm_rows(results["gemm/1"]) if best]


def text(x, y, words, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{html.escape(words)}</text>'


def line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def panel(title, rows, top):
    """A title, a logarithmic axis and one line a row; gives the parts and the height."""
    seen = [value for _, marks in rows for _, ratio, wanted in marks for value in [*ratio, *([wanted] if wanted else [])]]
    low, high = math.log(min([*seen, 0.9]) * 0.92), math.log(max([*seen, 1.1]) * 1.08)
    bottom = top + 18 + ROW * len(rows)

    def x(ratio):
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log(ratio) - low) / (high - low)

    out = [text(16, top - 14, title, 'class="ink" font-size="15"')]
    scale = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 30, 50, 100]
    if high - low < math.log(3):
        scale = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4, 1.6, 1.8, 2, 2.5]
    for tick in scale:
        if low <= math.log(tick) <= high:
            out.append(line(x(tick), top, x(tick), bottom - 10, "even" if tick == 1 else "grid"))
            out.append(text(x(tick), bottom + 6, f"{tick:g}", 'class="faint" text-anchor="middle"'))
    for number, (label, marks) in enumerate(rows):
        middle = top + 18 + ROW * number
        out.append(text(LEFT - 12, middle + 4, label, 'class="ink" text-anchor="end"'))
        for place, (colour, ratio, wanted) in enumerate(marks):
            y = middle + (0 if len(marks) == 1 else 9 * place - 4.5)
            if wanted:
                out.append(line(x(wanted), y - 5, x(wanted), y + 5, "wanted"))
            out.append(f'<g class="{colour}">{line(x(min(ratio)), y, x(max(ratio)), y, colour)}'
                       f'<circle cx="{x(statistics.median(ratio)):.1f}" cy="{y:.1f}" r="4"/></g>')
        values = " / ".join(f"{statistics.median(ratio):.3g}" for _, ratio, _ in marks)
        out.append(text(WIDTH - RIGHT + 10, middle + 4, values, 'class="faint" font-size="12"'))
    return out, bottom - top


def main():
    results = json.loads(pathlib.Path(sys.argv[1]).read_text())
    panels = [("Times as fast as PyTorch", steps(results)),
              ("Two threads beside a busy process, over one thread on a quiet core", neighbours(results)),
              ("Products on one core, over the fastest of OpenBLAS, BLIS and oneDNN (m n k)", products(results))]
    parts, top = [], 92
    for title, rows in panels:
        if rows:
            drawn, height = panel(title, rows, top)
            parts += drawn
            top += height + GAP
    height = top - GAP + 26
    key = []
    for place, (colour, name) in enumerate((("one", "one core"), ("two", "two cores"))):
        key += [f'<circle cx="{24 + 110 * place}" cy="34" r="4" class="{colour}"/>', text(34 + 110 * place, 38, name, 'class="ink"')]
    key += [line(244, 28, 244, 40, "wanted"), text(252, 38, "wanted", 'class="ink"'),
            line(330, 34, 360, 34, "one"), text(366, 38, "least to largest of the rounds; the dot is the median", 'class="ink"')]
    print("\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">',
                     f"<style>{STYLE}\n</style>", f'<rect width="{WIDTH}" height="{height}" class="page"/>', *key, *parts, "</svg>"]))


if __name__ == "__main__":
    main()
