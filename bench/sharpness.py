#!/usr/bin/python3
"""The largest eigenvalue of a Hessian to 1 %: Fathom's Lanczos method, begun on an eighth of the rows, beside power
iteration, ours and PyTorch's.

    bench/sharpness.py                     mlp and resnet20, on one core and on two
    bench/sharpness.py mlp --threads 2     one of them

The weights and rows are the same on both sides: Fathom trains some updates and writes them down. Both methods
stop where the residual says that an eigenvalue is within 1 %; how soon the value itself is right, which neither can tell, is
said beside it. A product over some of the rows counts as that share of one. Where PyTorch's products take long (--most), only
some are timed, and the rest of those that power iteration needs count as much.
"""
import argparse
import pathlib
import statistics
import tempfile

import problems
import run


def measure(name, threads, updates, options, folder):
    path, point = problems.path_of(f"sharpness_{name}"), pathlib.Path(folder) / f"{name}-{updates}-{threads}.safetensors"
    binary = options.binaries / "sharpness_bench"
    first = run.output_of([binary, path, threads, point, updates], threads)
    peer = [run.PYTHON, run.HERE / "peer_sharpness.py", path, point, threads, options.most]
    ours, theirs, ratios, memory = [], [], [], []
    for _ in range(options.rounds):
        mine = run.output_of([binary, path, threads, point, updates], threads)
        other = run.output_of(peer, threads, run.torch_environment(threads))
        if abs(other["loss"] / first["loss"] - 1) > 1e-4:
            raise run.Failed(f"{name}: the losses differ, {first['loss']} and {other['loss']}")
        needed = other["products"] if other["reached"] else max(other["products"], first["power_to_bound"])
        seconds = other["seconds"] / other["products"] * needed
        ours.append(mine["seconds"])
        theirs.append(seconds)
        ratios.append(seconds / mine["seconds"])
        memory.append(mine["memory_mb"] / mine["vector_mb"])
    wanted = problems.read(f"sharpness_{name}")
    products = mine["products"] + mine["sample_products"]
    print(f"{name} after {updates} updates, {threads} core{'s' if threads > 1 else ''}: largest eigenvalue {first['known']:.5g}")
    print(f"  Lanczos             {mine['products']} products and {mine['sample_products']:.1f} over samples, {problems.spread(ours)} s: {mine['value']:.5g} within {mine['bound']:.2g}")
    print(f"  power iteration     {first['power_to_bound']} products for the same bound, {first['power_to_bound'] / products:.1f} times as many"
          f"   wanted {wanted['wanted_products']}")
    print(f"                      its value is within 1 % after {first['power_to_value']}, which it cannot tell")
    print(f"  PyTorch             {problems.spread(theirs)} s, {other['products']} products timed of {needed}")
    print(f"  PyTorch / Fathom    {problems.spread(ratios)}   wanted {wanted['wanted'][threads - 1]}")
    print(f"  memory              {max(0, max(memory)):.0f} vectors of {mine['vector_mb']:.1f} MB beyond the {mine['training_mb']:.0f} MB of training   wanted at most {wanted['wanted_vectors']}")
    print(f"                      {mine['rows_at_a_time']} rows at a time; one core's FMA peak {mine['peak_gflops']:.1f} GF/s\n", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=["mlp", "resnet20"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--most", type=int, default=4, help="products that PyTorch is timed on, at most")
    parser.add_argument("--binaries", type=pathlib.Path, default=run.HERE.parent / "build/release/bench", metavar="FOLDER")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for threads in map(int, options.threads.split(",")):
            for name in options.networks:
                for updates in problems.read(f"sharpness_{name}")["updates"]:
                    measure(name, threads, updates, options, folder)


if __name__ == "__main__":
    main()
