#!/usr/bin/python3
"""Fathom beside PyTorch: the same training steps, in turn, in one run, with the machine's own limits beside them.

usage: bench/run.py [PROBLEM ...] [--rounds 7] [--seconds 1.5] [--cores 1] [--binary build/release/bench/fathom_bench] [--json FILE]

Each round runs Fathom, then PyTorch, for some seconds each, pinned to the same cores; a ratio is taken within each round,
and the median of the rounds is what counts. PyTorch runs at its best: OpenBLAS's OpenMP build first on the library path
where it is installed, and glibc's malloc told to keep large blocks.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
OPENBLAS = "/usr/lib/x86_64-linux-gnu/openblas-openmp"


def pinned(command, cores, environment=None):
    result = subprocess.run(["taskset", "-c", ",".join(map(str, range(cores)))] + command, capture_output=True, text=True, env={**os.environ, **(environment or {})})
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{result.stderr}")
    return json.loads(result.stdout.strip().splitlines()[-1])


def peer_environment(cores):
    environment = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30), "MALLOC_TOP_PAD_": str(1 << 28), "OMP_NUM_THREADS": str(cores)}
    if os.path.isdir(OPENBLAS):
        environment["LD_LIBRARY_PATH"] = OPENBLAS
    return environment


def spread(values):
    return f"{statistics.median(values):7.3f} ({min(values):.3f} - {max(values):.3f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", nargs="*", help="names of files in bench/problems (default: all)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--binary", default=str(HERE.parent / "build/release/bench/fathom_bench"))
    parser.add_argument("--json", help="also write every figure to this file")
    options = parser.parse_args()
    names = options.problems or sorted(path.stem for path in (HERE / "problems").glob("*.toml"))
    has_peer = subprocess.run(["/usr/bin/python3", "-c", "import torch"], capture_output=True).returncode == 0
    if not has_peer:
        print("PyTorch is not installed (./setup --bench): Fathom's own figures only\n")

    figures = {}
    for name in names:
        problem = str(HERE / "problems" / f"{name}.toml")
        ours, theirs, peaks, copies = [], [], [], []
        for _ in range(options.rounds):
            own = pinned([options.binary, problem, str(options.seconds), str(options.cores)], options.cores)
            ours.append(own["median_ms"])
            peaks.append(own["peak_gflops"])
            copies.append(own["copy_gb_s"])
            if has_peer:
                peer = pinned(["/usr/bin/python3", str(HERE / "peer_torch.py"), problem, str(options.seconds), str(options.cores)], options.cores, peer_environment(options.cores))
                theirs.append(peer["median_ms"])
        share = [own["gflop"] / ms * 1e3 / peak for ms, peak in zip(ours, peaks)]
        figures[name] = {"fathom_ms": ours, "torch_ms": theirs, "ratio": [t / o for t, o in zip(theirs, ours)], "peak_gflops": peaks, "copy_gb_s": copies, "share_of_peak": share}
        print(f"{name:8} {options.cores} core{'s' if options.cores > 1 else ''}")
        print(f"  Fathom        ms a step   {spread(ours)}")
        if theirs:
            print(f"  PyTorch       ms a step   {spread(theirs)}")
            print(f"  ratio         times       {spread(figures[name]['ratio'])}   wanted {own['target']}")
        print(f"  of FMA peak               {spread(share)}")
        print(f"  FMA peak      GF/s a core {spread(peaks)}")
        print(f"  copy          GB/s        {spread(copies)}\n", flush=True)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(figures, indent=1))


main()
