#!/usr/bin/python3
"""The peer of sharpness_bench: power iteration in PyTorch by double backward, on the same weights and rows.

usage: peer_sharpness.py PROBLEM.toml POINT.safetensors THREADS [MOST]

Iterates until the residual bounds the error by 1 %, or for MOST products, and prints one JSON line: what it came to, the
products, and the seconds that they took.
"""
import json
import struct
import sys
import time
import tomllib

import torch
from torch import nn

import peer_torch


def read_point(path):
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header, data = json.loads(file.read(length)), file.read()
    types = {"F32": torch.float32, "I32": torch.int32}
    header.pop("__metadata__", None)
    as_written = sorted(header.items(), key=lambda item: item[1]["data_offsets"])  # the header is in the order of names
    return {name: torch.frombuffer(bytearray(data[slice(*entry["data_offsets"])]), dtype=types[entry["dtype"]]).reshape(entry["shape"])
            for name, entry in as_written}


def take_over(model, point):
    """Our parameters in PyTorch's layout, in the order in which both networks were written down."""
    ours = [value for name, value in point.items() if name not in ("x", "y")]
    theirs = [tensor for name, tensor in model.state_dict().items() if not name.endswith("num_batches_tracked")]
    with torch.no_grad():
        for tensor in theirs:
            wanted = tensor.shape
            for k, value in enumerate(ours):
                turned = value.permute(3, 2, 0, 1) if value.dim() == 4 else value.T if value.dim() == 2 else value
                if turned.shape == wanted:
                    tensor.copy_(turned)
                    del ours[k]
                    break
            else:
                raise SystemExit(f"no parameter of shape {tuple(wanted)} is left")


def main():
    with open(sys.argv[1], "rb") as file:
        problem = tomllib.load(file)
    point = read_point(sys.argv[2])
    torch.set_num_threads(int(sys.argv[3]))
    most = int(sys.argv[4]) if len(sys.argv) > 4 else 1000
    torch.manual_seed(1)
    model = peer_torch.network(problem, "eager").eval()
    take_over(model, point)
    images = problem["network"] in peer_torch.IMAGES
    x = point["x"].permute(0, 3, 1, 2).contiguous() if images else point["x"]
    y, loss_of = point["y"].long(), nn.CrossEntropyLoss(reduction="sum")
    rows, weights = len(x), list(model.parameters())
    chunk = 128 if images else rows  # what its memory holds with ease

    def product(v):
        total = [torch.zeros_like(w) for w in weights]
        for first in range(0, rows, chunk):
            loss = loss_of(model(x[first:first + chunk]), y[first:first + chunk]) / rows
            gradient = torch.autograd.grad(loss, weights, create_graph=True)
            for sum_, part in zip(total, torch.autograd.grad(gradient, weights, v)):
                sum_ += part
        return total

    def dot(a, b):
        return sum(float((p * q).sum()) for p, q in zip(a, b))

    v = [torch.randn_like(w) for w in weights]
    norm = dot(v, v) ** 0.5
    v = [p / norm for p in v]
    start, value, products, reached = time.perf_counter(), 0.0, 0, False
    while products < most and not reached:
        image = product(v)
        products += 1
        value, norm = dot(v, image), dot(image, image) ** 0.5
        reached = max(0.0, norm * norm - value * value) ** 0.5 <= 0.01 * value  # |Av - value v| of a v of length 1
        v = [p / norm for p in image]
    seconds = time.perf_counter() - start
    with torch.no_grad():
        loss = sum(float(loss_of(model(x[k:k + chunk]), y[k:k + chunk])) for k in range(0, rows, chunk)) / rows
    print(json.dumps({"loss": loss, "value": value, "products": products, "seconds": seconds,
                      "reached": reached}))


main()
