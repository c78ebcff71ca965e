#!/usr/bin/env python3
"""Trains on the public datasets of a folder with three seeds each and prints the mean of the test results.

    bench/accuracy.py DATA [--only NAME] [--seeds 1,2,3] [-- flags for fathom train]

DATA holds fashion_mnist/, mnist/, adult/ ... as their publishers name the files. What is absent is skipped.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
IMAGES = ["--encoder", "none", "--set", "model.hidden=[512,256]", "--set", "model.dropout=0.3",
          "--set", "trainer.early_stopping.monitor=valid/accuracy"]

# name: data, flags, metrics with the least (or most, for an error) that is good, and how the test part is read
PROBLEMS = {
    "fashion_mnist": ("fashion_mnist", IMAGES, {"test/accuracy": 0.890}, None),
    "mnist": ("mnist", IMAGES, {"test/accuracy": 0.982}, None),
    "adult": ("adult/adult.data.gz", ["--target", "target"], {"test/auc": 0.908, "test/accuracy": 0.854},
              ["adult/adult.test.gz", "--set", "data.trim_labels=."]),
    "california_housing": ("california_housing/housing.csv.gz", ["--target", "median_house_value"],
                           {"test/rmse": 52000}, None),
    "bank_marketing": ("bank_marketing/bank_marketing_full.csv.gz",
                       ["--target", "class", "--ignore", "duration", "--set", "split.by=random"],
                       {"test/auc": 0.785}, None),
    "waimai_10k": ("text_zh_reviews/waimai_10k.csv.gz", ["--target", "label"], {"test/accuracy": 0.89}, None),
}


def fathom(*words):
    done = subprocess.run([ROOT / "fathom", *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"fathom {' '.join(map(str, words))}\n{done.stderr}")
    return done


def results(problem, data, seed, runs, more):
    """The metrics of one training, by name."""
    path, flags, _, test = PROBLEMS[problem]
    run = fathom("train", data / path, *flags, *more, "--seed", seed, "--runs-dir", runs, "--quiet").stdout.strip()
    if test:
        found = json.loads(fathom("eval", run, data / test[0], *test[1:], "--json").stdout)
    else:
        found = json.loads(fathom("eval", run, "--json").stdout)
    return {name: metric["value"] for name, metric in found["metrics"].items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--only", choices=PROBLEMS)
    parser.add_argument("--seeds", default="1,2,3")
    arguments, more = parser.parse_known_args()
    more = [word for word in more if word != "--"]
    print("| problem | metric | mean | of each seed | wanted | seconds a run |\n|---|---|---|---|---|---|")
    missed = False
    for problem, (path, _, wanted, _) in PROBLEMS.items():
        if arguments.only not in (None, problem) or not (arguments.data / path).exists():
            continue
        with tempfile.TemporaryDirectory() as runs:
            start = time.time()
            seeds = [int(seed) for seed in arguments.seeds.split(",")]
            found = [results(problem, arguments.data, seed, runs, more) for seed in seeds]
            seconds = (time.time() - start) / len(seeds)
        for metric, limit in wanted.items():
            values = [result[metric] for result in found]
            mean = statistics.mean(values)
            good = mean <= limit if limit > 1 else mean >= limit
            missed = missed or not good
            digits = 0 if limit > 1 else 4
            print(f"| {problem} | {metric.split('/')[1]} | {mean:,.{digits}f} | "
                  f"{' '.join(f'{value:,.{digits}f}' for value in values)} | "
                  f"{'at most' if limit > 1 else 'at least'} {limit:,.{digits}f}{'' if good else ' MISSED'} | {seconds:.0f} |",
                  flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
