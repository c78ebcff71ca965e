#!/usr/bin/python3
"""Fathom beside PyTorch: the same work, in turn, in one run, with the machine's own limits beside it.

    bench/run.py                                   every problem, on one core and on two
    bench/run.py mlp hvp predict --threads 1       some of them
    bench/run.py --json build/bench.json --resume  goes on where an earlier run with the same file stopped

Each round runs Fathom, then PyTorch, for some time each, pinned to the same cores; a ratio is taken within each round, and
the median of the rounds is what counts. PyTorch runs at its best: OpenBLAS's OpenMP build first on the library path where
it is installed, glibc's malloc told to keep large blocks, and of several ways to write a problem (on two cores: with one
thread or two) the one that is fastest in the first round.

    predict    predict_tiny_1, predict_tiny_256, predict_mlp_1, predict_mlp_256: scores alone, by batch size
    neighbour  two threads on two cores while another process keeps the second core busy, beside one thread on a quiet core
    gemm       products on one core beside OpenBLAS, BLIS and oneDNN, as far as they are installed
"""
import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys

import arithmetic
import problems

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"
OPENBLAS = "/usr/lib/x86_64-linux-gnu/openblas-openmp"
GIVE_UP = 1800  # seconds for one process


class Failed(Exception):
    pass


def output_of(command, cores, environment=None):
    """The JSON that a command prints last, run on the first `cores` cores."""
    pinned = ["taskset", "-c", ",".join(map(str, range(cores))), *map(str, command)]
    try:
        done = subprocess.run(pinned, capture_output=True, text=True, env={**os.environ, **(environment or {})}, timeout=GIVE_UP)
    except subprocess.TimeoutExpired:
        raise Failed(f"{' '.join(pinned)} took more than {GIVE_UP} s") from None
    if done.returncode != 0:
        raise Failed(f"{' '.join(pinned)} gave {done.returncode}\n{done.stderr.strip()}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def torch_environment(threads):
    """What PyTorch runs fastest with."""
    environment = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
                   "MALLOC_TOP_PAD_": str(1 << 28), "OMP_NUM_THREADS": str(threads)}
    if os.path.isdir(OPENBLAS):
        environment["LD_LIBRARY_PATH"] = OPENBLAS
    return environment


class Sides:
    """Runs one problem on either side."""

    def __init__(self, name, options):
        self.path, self.options, self.way = problems.path_of(name), options, {}
        self.may_use_fewer = not name.startswith("neighbour")

    def fathom(self, threads):
        return output_of([self.options.binaries / "fathom_bench", self.path, self.options.seconds, threads], threads)

    def torch(self, cores):
        """The fastest way at the first call, and the same way from then on. On two cores one thread may be the fastest."""
        if cores in self.way:
            return self.torch_run(cores, *self.way[cores])
        found = {}
        for way in output_of([PYTHON, HERE / "peer_torch.py", self.path], cores):
            try:
                found[way, cores] = self.torch_run(cores, way, cores)
            except Failed as failure:  # another version of PyTorch may lack one of the ways
                print(f"  PyTorch, {way}: {str(failure).splitlines()[-1]}", file=sys.stderr)
        if not found:
            raise Failed("no way to do it in PyTorch worked")
        fastest = min(found, key=lambda key: found[key]["median_ms"])
        if cores > 1 and self.may_use_fewer:
            found[fastest[0], 1] = self.torch_run(cores, fastest[0], 1)
            fastest = min(found, key=lambda key: found[key]["median_ms"])
        self.way[cores] = fastest
        return found[fastest]

    def torch_run(self, cores, way, threads):
        record = output_of([PYTHON, HERE / "peer_torch.py", self.path, self.options.seconds, threads, way], cores,
                           torch_environment(threads))
        return {**record, "way": f"{way}, 1 thread" if threads < cores else way}


def lists(records):
    """[{a: 1}, {a: 2}] -> {a: [1, 2]}"""
    return {key: [record[key] for record in records] for key in records[0]}


@contextlib.contextmanager
def busy_neighbour(core):
    """Another process that computes on this core and never waits."""
    neighbour = subprocess.Popen(["taskset", "-c", str(core), PYTHON, "-c", "while True: pass"])
    try:
        yield
    finally:
        neighbour.kill()
        neighbour.wait()


def measure(name, threads, options):
    if name == "gemm":
        return output_of([options.binaries / "gemm_bench", problems.path_of(name), 3 * options.rounds], 1)
    sides, records = Sides(name, options), {}
    for _ in range(options.rounds):
        if name.startswith("neighbour"):
            with busy_neighbour(threads - 1):
                turn = {"fathom": sides.fathom(threads), "torch": sides.torch(threads) if options.peer else None}
            turn.update(fathom_alone=sides.fathom(1), torch_alone=sides.torch(1) if options.peer else None)
        else:
            turn = {"fathom": sides.fathom(threads), "torch": sides.torch(threads) if options.peer else None}
        for side, record in turn.items():
            if record:
                records.setdefault(side, []).append(record)
    return {side: lists(found) for side, found in records.items()}


def tell(name, threads, figures, say=print):
    cores = "1 core" if threads == 1 else f"{threads} cores"
    say(f"{name}, {cores}")
    if name == "gemm":
        tell_gemm(figures, say)
        return
    ours, theirs = figures["fathom"], figures.get("torch")
    say(f"  Fathom              ms      {problems.spread_ms(ours['median_ms'])}")
    if theirs:
        say(f"  PyTorch             ms      {problems.spread_ms(theirs['median_ms'])}   {theirs['way'][-1]}")
        wanted = None if name.startswith("neighbour") else problems.wanted(name, threads)
        say(f"  PyTorch / Fathom            {problems.spread(problems.ratios(theirs['median_ms'], ours['median_ms']))}"
            + (f"   wanted {wanted:g}" if wanted else ""))
    if name.startswith("neighbour"):
        alone = figures["fathom_alone"]["median_ms"]
        say(f"  Fathom, quiet core  ms      {problems.spread_ms(alone)}")
        say(f"  speed over one quiet core   {problems.spread(problems.ratios(alone, ours['median_ms']))}   wanted 0.95")
        if theirs:
            alone = figures["torch_alone"]["median_ms"]
            say(f"  the same, PyTorch           {problems.spread(problems.ratios(alone, theirs['median_ms']))}")
    problem = problems.read(name)
    if problem["task"] == "hvp":
        for who, side in (("Fathom", ours), ("PyTorch", theirs)):
            if side:
                say(f"  {who:8}            in its gradients {problems.spread(problems.ratios(side['median_ms'], side['gradient_ms']))}"
                    f"   gradient {problems.spread(side['gradient_ms'], 1)} ms" + ("   wanted at most 2.2" if side is ours else ""))
        counted = arithmetic.gflop(problem) / arithmetic.gradient_gflop(problem)
        say(f"  counted             in gradients {counted:.2f}")
    tell_machine(problem, threads, ours, theirs, say)


def tell_machine(problem, threads, ours, theirs, say):
    work, planned = arithmetic.gflop(problem), ours["plan_gflop"][-1]
    share = problems.spread(arithmetic.share_of_peak(problem, threads, ours))
    wanted = problem.get("wanted_of_peak")
    say(f"  share of FMA peak           {share}   {work:.4g} GFlop"
        + (f"   wanted {wanted:g}" if wanted and threads == 1 else ""))
    if abs(planned / work - 1) > 0.01:
        say(f"  note: the plan does {planned:.4g} GFlop in products, {planned / work:.2f} of what the problem needs")
    for who, side in (("Fathom", ours), ("PyTorch", theirs)):
        if side:
            say(f"  {who:8} peak memory MB {max(side['memory_mb']):.0f}, of which {max(side['start_mb']):.0f} before the problem was read")
    say(f"  one core: FMA peak {problems.spread(ours['peak_gflops'], 1)} GF/s, copy {problems.spread(ours['copy_gb_s'], 1)} GB/s\n")


def tell_gemm(figures, say):
    names = list(figures["rows"][0]["us"])
    say(f"  {figures['target']}; not installed: {', '.join(figures['absent']) or 'none'}; FMA peak {problems.spread(figures['peak_gflops'], 1)} GF/s")
    say(f"  {'m n k':22}" + "".join(f"{name:>10}" for name in names) + "   GF/s; Fathom over the best library")
    limit, good = problems.read("gemm")["wanted_of_best"], 0
    for row, best, ratio in problems.gemm_rows(figures):
        work = problems.product_gflop(row["shape"])
        rates = "".join(f"{work / statistics.median(times) * 1e6:10.1f}" for times in row["us"].values())
        good += bool(ratio) and statistics.median(ratio) >= limit
        say(f"  {row['shape']:22}{rates}   " + (f"{problems.spread(ratio)} {best}" if ratio else ""))
    say(f"  at least {limit:g} of the best library on {good} of {len(figures['rows'])}, wanted {problems.read('gemm')['wanted_shapes']}\n")


def chosen(words):
    names = []
    for word in words or problems.ORDER:
        found = problems.GROUPS.get(word, [word])
        for name in found:
            if name not in problems.ORDER:
                sys.exit(f"error: there is no problem {name}; there are {' '.join([*problems.ORDER, *problems.GROUPS])}")
            names.append(name)
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", nargs="*", metavar="PROBLEM", help=f"of {' '.join([*problems.ORDER, *problems.GROUPS])}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each side in each round")
    parser.add_argument("--threads", default="1,2", help="1, 2 or 1,2")
    parser.add_argument("--binaries", type=pathlib.Path, default=HERE.parent / "build/release/bench", metavar="FOLDER")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="keep every figure in this file, beside those that it has")
    parser.add_argument("--resume", action="store_true", help="leave out what the file has")
    options = parser.parse_args()
    if options.resume and not options.json:
        sys.exit("error: --resume needs --json FILE")
    options.peer = subprocess.run([PYTHON, "-c", "import torch"], capture_output=True).returncode == 0
    if not options.peer:
        print("PyTorch is not installed (./setup --bench): Fathom's own figures only\n")
    results = json.loads(options.json.read_text()) if options.json and options.json.exists() else {}
    failed = False
    for threads in sorted({int(word) for word in options.threads.split(",")}):
        for name in chosen(options.problems):
            key = f"{name}/{threads}"
            alone = name == "gemm"  # on one core only; a neighbour needs a second one
            if threads > (os.cpu_count() or 1) or (alone and threads > 1) or (name.startswith("neighbour") and threads == 1):
                continue
            if options.resume and key in results:
                continue
            try:
                results[key] = measure(name, threads, options)
            except Failed as failure:
                failed = True
                print(f"{name}, {threads} threads: {failure}\n", file=sys.stderr, flush=True)
                continue
            tell(name, threads, results[key], lambda line: print(line, flush=True))
            if options.json:
                options.json.parent.mkdir(parents=True, exist_ok=True)
                partial = options.json.with_suffix(".partial")
                partial.write_text(json.dumps(results, indent=1))
                partial.replace(options.json)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
