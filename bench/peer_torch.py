"""The peer of bench: one training step of a problem in PyTorch, timed. Prints one JSON line.

usage: peer_torch.py PROBLEM.toml SECONDS
Run it as bench/run.py does, with the allocator and BLAS settings that serve PyTorch best.
"""
import json
import sys
import time
import tomllib

import torch
from torch import nn


def mlp(layers):
    modules = []
    for i, (fan_in, fan_out) in enumerate(zip(layers, layers[1:])):
        modules.append(nn.Linear(fan_in, fan_out))
        if i + 2 < len(layers):
            modules.append(nn.ReLU())
    return nn.Sequential(*modules)


class Block(nn.Module):
    def __init__(self, fan_in, fan_out, stride):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(fan_in, fan_out, 3, stride, 1, bias=False), nn.BatchNorm2d(fan_out), nn.ReLU(),
                                  nn.Conv2d(fan_out, fan_out, 3, 1, 1, bias=False), nn.BatchNorm2d(fan_out))
        same = stride == 1 and fan_in == fan_out
        self.shortcut = nn.Identity() if same else nn.Sequential(nn.Conv2d(fan_in, fan_out, 1, stride, bias=False), nn.BatchNorm2d(fan_out))

    def forward(self, x):
        return torch.relu(self.body(x) + self.shortcut(x))


def resnet20():
    blocks, fan_in = [], 16
    for width in (16, 32, 64):
        for i in range(3):
            blocks.append(Block(fan_in, width, 2 if width > 16 and i == 0 else 1))
            fan_in = width
    return nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), *blocks,
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def cnn():
    return nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10))


IMAGES = {"cnn": (cnn, (1, 28, 28)), "resnet20": (resnet20, (3, 32, 32))}


def train_step(problem):
    """Gives a function that does one step, on batches that are made beforehand."""
    torch.manual_seed(1)
    batch, layers = problem["batch"], problem.get("layers", [10])
    body = IMAGES[problem["kind"]][0]() if problem["kind"] in IMAGES else mlp(layers)
    classes = layers[-1]
    batches = 8
    if classes > 1:
        loss_of = nn.CrossEntropyLoss()
        targets = [torch.randint(0, classes, (batch,)) for _ in range(batches)]
    else:
        loss_of = nn.BCEWithLogitsLoss() if problem["kind"] == "embed" else nn.MSELoss()
        targets = [torch.randint(0, 2, (batch, 1)).float() for _ in range(batches)]
    rate = problem["learning_rate"]
    if problem["kind"] == "embed":
        fields, levels, width = problem["fields"], problem["levels"], problem["width"]
        table = nn.Embedding(fields * levels, width, sparse=True)
        offsets = torch.arange(fields) * levels
        inputs = [torch.randint(0, levels, (batch, fields)) for _ in range(batches)]
        model = lambda x: body(table(x + offsets).reshape(batch, fields * width))
        optimizers = [torch.optim.SparseAdam(table.parameters(), lr=rate), torch.optim.Adam(body.parameters(), lr=rate)]
    else:
        shape = IMAGES[problem["kind"]][1] if problem["kind"] in IMAGES else layers[:1]
        inputs = [torch.randn(batch, *shape) for _ in range(batches)]
        model = body
        if problem["optimizer"] == "adam":
            optimizers = [torch.optim.Adam(body.parameters(), lr=rate)]
        else:
            optimizers = [torch.optim.SGD(body.parameters(), lr=rate, momentum=0.9)]

    def step(i):
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss = loss_of(model(inputs[i % batches]), targets[i % batches])
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        return loss

    return step


def main():
    with open(sys.argv[1], "rb") as file:
        problem = tomllib.load(file)
    seconds = float(sys.argv[2])
    torch.set_num_threads(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    step = train_step(problem)
    for i in range(5):
        step(i)
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        loss = step(len(times))
        times.append(time.perf_counter() - start)
    times.sort()
    print(json.dumps({"problem": problem["name"], "median_ms": times[len(times) // 2] * 1e3, "steps": len(times), "loss": float(loss)}))


main()
