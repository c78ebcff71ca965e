#!/usr/bin/python3
"""The tables of docs/performance.md from what bench/run.py --json has measured.

    bench/tables.py build/bench.json                               prints them
    bench/tables.py build/bench.json --write docs/performance.md   puts each between its two marks there
"""
import argparse
import json
import pathlib
import re
import statistics
import sys

import arithmetic
import problems

STEPS = ["mlp", "tiny", "embed", "cnn", "resnet20", "deepfm", "hvp", *problems.GROUPS["predict"]]


def brief(values):
    """The median with three digits."""
    middle = statistics.median(values)
    return f"{middle:.3g}" if middle < 100 else f"{middle:.0f}"


def megabytes(side):
    return f"{max(side['memory_mb']):.0f}" if side else "absent"


def row(*cells):
    return f"| {' | '.join(cells)} |"


def head(*names):
    return [row(*names), "|" + "---|" * len(names)]


def steps(results, threads):
    lines = head("problem", "Fathom ms", "PyTorch ms", "PyTorch / Fathom", "wanted", "share of FMA peak", "wanted",
                 "peak MB, Fathom", "PyTorch")
    for name in STEPS:
        figures = results.get(f"{name}/{threads}")
        if not figures:
            continue
        problem, wanted = problems.read(name), problems.wanted(name, threads)
        ours, theirs = figures["fathom"], figures.get("torch")
        of_peak = problem.get("wanted_of_peak") if threads == 1 else None
        lines.append(row(f"`{name}`: {problem['title']}", brief(ours["median_ms"]),
                         brief(theirs["median_ms"]) if theirs else "absent",
                         problems.spread(problems.ratios(theirs["median_ms"], ours["median_ms"])) if theirs else "",
                         f"{wanted:g}" if wanted else "",
                         f"{statistics.median(arithmetic.share_of_peak(problem, threads, ours)):.0%}",
                         f"{of_peak:.0%}" if of_peak else "", megabytes(ours), megabytes(theirs)))
    return lines


def hvp(results):
    problem = problems.read("hvp")
    counted = arithmetic.gflop(problem) / arithmetic.gradient_gflop(problem)
    lines = head("cores", "Fathom: gradient ms", "product ms", "product / gradient", "wanted at most", "by count of products",
                 "PyTorch: gradient ms", "product ms", "product / gradient")
    for threads in (1, 2):
        figures = results.get(f"hvp/{threads}")
        if not figures:
            continue
        cells = []
        for side in (figures["fathom"], figures.get("torch")):
            cells.append([brief(side["gradient_ms"]), brief(side["median_ms"]),
                          problems.spread(problems.ratios(side["median_ms"], side["gradient_ms"]))] if side else ["absent", "", ""])
        lines.append(row(str(threads), *cells[0], f"{problem['wanted_gradients']:g}", f"{counted:.2f}", *cells[1]))
    return lines


def gemm(results):
    figures = results.get("gemm/1")
    if not figures:
        return []
    libraries = ["OpenBLAS", "BLIS", "oneDNN"]
    problem, good = problems.read("gemm"), 0
    lines = head("m n k", "Fathom GF/s", "of peak", *libraries, "Fathom / best of them")
    peak = statistics.median(figures["peak_gflops"])
    for shape, best, ratio in problems.gemm_rows(figures):
        work = problems.product_gflop(shape["shape"])
        rate = {name: work / statistics.median(times) * 1e6 for name, times in shape["us"].items()}
        good += bool(ratio) and statistics.median(ratio) >= problem["wanted_of_best"]
        lines.append(row(problems.product_name(shape["shape"]), f"{rate['Fathom']:.1f}", f"{rate['Fathom'] / peak:.0%}",
                         *(f"{rate[name]:.1f}" if name in rate else "absent" for name in libraries),
                         f"{problems.spread(ratio)} {best}" if ratio else ""))
    return lines + ["", f"At least {problem['wanted_of_best']:g} of the best library on {good} of {len(figures['rows'])} shapes; "
                    f"wanted on {problem['wanted_shapes']}."]


def neighbour(results):
    lines = head("problem", "Fathom ms, two threads, busy neighbour", "one quiet core", "speed over one quiet core", "wanted",
                 "the same, PyTorch", "PyTorch / Fathom, busy neighbour", "peak MB, Fathom", "PyTorch")
    for name in problems.GROUPS["neighbour"]:
        figures = results.get(f"{name}/2")
        if not figures:
            continue
        ours, alone = figures["fathom"]["median_ms"], figures["fathom_alone"]["median_ms"]
        peer = ["absent", ""]
        if "torch" in figures:
            theirs = figures["torch"]["median_ms"]
            peer = [problems.spread(problems.ratios(figures["torch_alone"]["median_ms"], theirs)),
                    problems.spread(problems.ratios(theirs, ours))]
        lines.append(row(f"`{name}`", brief(ours), brief(alone), problems.spread(problems.ratios(alone, ours)), "0.95", *peer,
                         megabytes(figures["fathom"]), megabytes(figures.get("torch"))))
    return lines


INSTRUCTIONS = {"AVX3": "AVX-512"}  # as Highway's names are known


def machine(results):
    peaks, copies, rounds, targets = [], [], [], set()
    for name, figures in results.items():
        targets.update([figures["target"]] if name.startswith("gemm") else figures["fathom"]["target"])
        if not name.startswith("gemm"):
            peaks += figures["fathom"]["peak_gflops"]
            copies += figures["fathom"]["copy_gb_s"]
            rounds.append(len(figures["fathom"]["median_ms"]))
    if not peaks:
        return []
    if len(targets) > 1:
        sys.exit(f"error: these figures are of machines that differ: {', '.join(sorted(targets))}; measure all on one")
    instructions = INSTRUCTIONS.get(*targets, *targets)
    count = f"{min(rounds)}" if min(rounds) == max(rounds) else f"{min(rounds)} to {max(rounds)}"
    return [f"Medians of {count} rounds; in brackets the least and the largest. In the same rounds one core, with {instructions}, multiplied and added at "
            f"{problems.spread(peaks, 1)} GF/s (f32), and copied memory at {problems.spread(copies, 1)} GB/s (read and written)."]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--write", type=pathlib.Path, metavar="PAGE")
    options = parser.parse_args()
    results = json.loads(options.results.read_text())
    picture = (options.write or pathlib.Path("docs/performance.md")).parent / "pictures/ratios.svg"
    tables = {"one core": steps(results, 1), "two cores": steps(results, 2), "hvp": hvp(results), "gemm": gemm(results),
              "neighbour": neighbour(results)}
    tables = {name: lines for name, lines in tables.items() if len(lines) > 2}  # what was not measured stays as it is
    if machine(results):
        tables["machine"] = machine(results)
    if picture.exists():
        tables["picture"] = ["![All ratios of this page](pictures/ratios.svg)"]
    if not options.write:
        print("\n\n".join(f"{name}\n\n" + "\n".join(lines) for name, lines in tables.items()))
        return
    page = options.write.read_text()
    for name, lines in tables.items():
        marks = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        page = marks.sub(lambda found: found[1] + "\n".join(lines) + "\n" + found[2], page)
    options.write.write_text(page)


if __name__ == "__main__":
    main()
