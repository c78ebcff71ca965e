#!/usr/bin/env python3
"""Trains on the public datasets of a folder with three seeds each and prints the mean of the test results.

    bench/accuracy.py DATA [--only NAME] [--seeds 1,2,3] [-- flags for fathom train]

DATA holds fashion_mnist/, mnist/, adult/ ... as their publishers name the files. What is absent is skipped, and so is
what takes long unless it is named by --only.
"""
import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import typing

ROOT = pathlib.Path(__file__).resolve().parent.parent
IMAGES = ["--encoder", "none", "--set", "model.hidden=[512,256]", "--set", "model.dropout=0.3",
          "--set", "trainer.early_stopping.monitor=valid/accuracy"]


class Problem(typing.NamedTuple):
    path: str                  # of the data
    wanted: dict               # metrics with the least (or most, for an error) that is good
    flags: list = []
    config: str = ""           # of examples/, which is trained with this data
    test: list = []            # the file that is judged, with its flags; none: the run's own test part
    archives: list = []        # beside path: unpacked, with path, into a folder of their own
    only_named: bool = False   # takes too long to be trained unless it is asked for


PROBLEMS = {
    "fashion_mnist": Problem("fashion_mnist", {"test/accuracy": 0.890}, IMAGES),
    "mnist": Problem("mnist", {"test/accuracy": 0.982}, IMAGES),
    "adult": Problem("adult/adult.data.gz", {"test/auc": 0.908, "test/accuracy": 0.854}, ["--target", "target"],
                     test=["adult/adult.test.gz", "--set", "data.trim_labels=."]),
    "california_housing": Problem("california_housing/housing.csv.gz", {"test/rmse": 52000},
                                  ["--target", "median_house_value"]),
    "bank_marketing": Problem("bank_marketing/bank_marketing_full.csv.gz", {"test/auc": 0.785},
                              ["--target", "class", "--ignore", "duration", "--set", "split.by=random"]),
    "waimai_10k": Problem("text_zh_reviews/waimai_10k.csv.gz", {"test/accuracy": 0.89}, ["--target", "label"]),
    "fashion_cnn": Problem("fashion_mnist", {"test/accuracy": 0.920}, config="fashion_cnn.toml", only_named=True),
    "fashion_batch_norm": Problem("fashion_mnist", {"test/accuracy": 0.935}, config="fashion_batch_norm.toml",
                                  only_named=True),
    "grocery": Problem("ecom_grocery_store/images.csv.gz", {"test/accuracy": 0.55}, config="grocery.toml",
                       archives=["images64.tar.gz"], only_named=True),
    "cifar10": Problem("cifar10_jpeg", {"test/accuracy": 0.85}, config="cifar_resnet20.toml",
                       archives=["train.tar.gz", "test.tar.gz"], only_named=True),
}


def fathom(*words):
    done = subprocess.run([ROOT / "fathom", *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"fathom {' '.join(map(str, words))}\n{done.stderr}")
    return done


def prepared(problem, data, folder):
    """The path of a problem's data, with its archives unpacked into `folder`."""
    path = data / problem.path
    if not problem.archives:
        return path
    source = path if path.is_dir() else path.parent
    for archive in problem.archives:
        subprocess.run(["tar", "-xzf", source / archive, "-C", folder], check=True)
    return folder if path.is_dir() else shutil.copy(path, folder)


def results(problem, path, data, seed, runs, more):
    """The metrics of one training, by name."""
    what = [ROOT / "examples" / problem.config, "--set", f"data.path={path}"] if problem.config else [path]
    run = fathom("train", *what, *problem.flags, *more, "--seed", seed, "--runs-dir", runs, "--quiet").stdout.strip()
    judged = [data / problem.test[0], *problem.test[1:]] if problem.test else []
    found = json.loads(fathom("eval", run, *judged, "--json").stdout)
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
    for name, problem in PROBLEMS.items():
        is_asked_for = arguments.only == name or (arguments.only is None and not problem.only_named)
        if not is_asked_for or not (arguments.data / problem.path).exists():
            continue
        with tempfile.TemporaryDirectory() as runs, tempfile.TemporaryDirectory() as unpacked:
            path = prepared(problem, arguments.data, pathlib.Path(unpacked))
            start = time.time()
            seeds = [int(seed) for seed in arguments.seeds.split(",")]
            found = [results(problem, path, arguments.data, seed, runs, more) for seed in seeds]
            seconds = (time.time() - start) / len(seeds)
        for metric, limit in problem.wanted.items():
            values = [result[metric] for result in found]
            mean = statistics.mean(values)
            good = mean <= limit if limit > 1 else mean >= limit
            missed = missed or not good
            digits = 0 if limit > 1 else 4
            print(f"| {name} | {metric.split('/')[1]} | {mean:,.{digits}f} | "
                  f"{' '.join(f'{value:,.{digits}f}' for value in values)} | "
                  f"{'at most' if limit > 1 else 'at least'} {limit:,.{digits}f}{'' if good else ' MISSED'} | {seconds:.0f} |",
                  flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
