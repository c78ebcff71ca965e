#!/usr/bin/python3
"""The peer of bench: one problem in PyTorch, timed. Prints one JSON line.

usage: peer_torch.py PROBLEM.toml SECONDS THREADS [WAY]

A WAY is one of several to do the same arithmetic; `peer_torch.py PROBLEM.toml` lists them. bench/run.py tries all in its
first round and keeps the fastest. Run it as bench/run.py does, with the allocator and BLAS settings that serve PyTorch best.
"""
import json
import sys
import time
import tomllib

import torch
from torch import nn


def peak_memory_mb():
    """The most memory that this process has held at once (VmHWM)."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024e-6 for line in file if line.startswith("VmHWM:"))


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


class Tables(nn.Module):
    """Rows of sparse tables, then layers; with first-order weights and products of pairs it is DeepFM."""

    def __init__(self, problem, way):
        super().__init__()
        rows, self.deepfm, self.joined = problem["fields"] * problem["levels"], problem["network"] == "deepfm", way == "one table"
        self.table = nn.Embedding(rows, problem["width"] + self.joined, sparse=True)
        if self.deepfm and not self.joined:
            self.first = nn.EmbeddingBag(rows, 1, mode="sum", sparse=True)
        self.body = mlp(problem["layers"])

    def forward(self, x):
        rows = self.table(x)
        if not self.deepfm:
            return self.body(rows.flatten(1))
        if self.joined:
            rows, weights = rows[:, :, :-1], rows[:, :, -1]
            first = weights.sum(1, keepdim=True)
        else:
            first = self.first(x)
        pairs = 0.5 * (rows.sum(1).square().sum(1) - rows.square().sum((1, 2)))
        return self.body(rows.flatten(1)) + pairs[:, None] + first


IMAGES = {"cnn": (cnn, (1, 28, 28)), "resnet20": (resnet20, (3, 32, 32))}


def ways(problem):
    if problem["task"] == "hvp":
        return ["double backward", "forward over reverse"]
    if problem["task"] == "predict":
        return ["inference_mode", "traced", "frozen", "optimized"]
    return {"deepfm": ["two tables", "one table"], "embed": ["eager"], "mlp": ["eager", "foreach", "traced"],
            "cnn": ["eager", "channels_last"], "resnet20": ["eager", "channels_last"]}[problem["network"]]


def network(problem, way):
    if problem["network"] in IMAGES:
        return IMAGES[problem["network"]][0]()
    return Tables(problem, way) if "fields" in problem else mlp(problem["layers"])


def batches(problem, count=8):
    """Batches made beforehand, with the loss that goes with their targets."""
    batch, classes = problem["batch"], problem.get("layers", [10])[-1]
    if "fields" in problem:
        offsets = torch.arange(problem["fields"]) * problem["levels"]
        inputs = [torch.randint(0, problem["levels"], (batch, problem["fields"])) + offsets for _ in range(count)]
    else:
        shape = IMAGES[problem["network"]][1] if problem["network"] in IMAGES else problem["layers"][:1]
        inputs = [torch.randn(batch, *shape) for _ in range(count)]
    if classes > 1:
        return inputs, [torch.randint(0, classes, (batch,)) for _ in range(count)], nn.CrossEntropyLoss()
    return inputs, [torch.randint(0, 2, (batch, 1)).float() for _ in range(count)], nn.BCEWithLogitsLoss() if "fields" in problem else nn.MSELoss()


def train(problem, way):
    """Gives a function that does one step: loss, gradient, update."""
    model = network(problem, way)
    inputs, targets, loss_of = batches(problem)
    rate, foreach = problem["learning_rate"], way == "foreach"
    dense = [p for name, p in model.named_parameters() if not name.startswith(("table", "first"))]
    if problem["optimizer"] == "adam":
        optimizers = [torch.optim.Adam(dense, lr=rate, foreach=foreach)]
    else:
        optimizers = [torch.optim.SGD(dense, lr=rate, momentum=0.9, foreach=foreach)]
    if "fields" in problem:
        tables = [p for name, p in model.named_parameters() if name.startswith(("table", "first"))]
        optimizers.append(torch.optim.SparseAdam(tables, lr=rate))
    if way == "channels_last":
        model = model.to(memory_format=torch.channels_last)
        inputs = [x.to(memory_format=torch.channels_last) for x in inputs]
    if way == "traced":
        model = torch.jit.trace(model, inputs[0])

    def step(i):
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss_of(model(inputs[i % 8]), targets[i % 8]).backward()
        for optimizer in optimizers:
            optimizer.step()

    return step


def differentiate(problem, way):
    """Gives functions that take one gradient, and one Hessian-vector product."""
    from torch.autograd import forward_ad
    from torch.nn.utils import stateless
    model = network(problem, way)
    inputs, targets, loss_of = batches(problem, 1)
    names, weights = zip(*model.named_parameters())
    direction = [torch.randn_like(w) for w in weights]

    def gradient(i):
        return torch.autograd.grad(loss_of(model(inputs[0]), targets[0]), weights)

    def double_backward(i):
        first = torch.autograd.grad(loss_of(model(inputs[0]), targets[0]), weights, create_graph=True)
        return torch.autograd.grad(first, weights, direction)

    def forward_over_reverse(i):
        with forward_ad.dual_level():
            duals = [forward_ad.make_dual(w, v) for w, v in zip(weights, direction)]
            scores = stateless.functional_call(model, dict(zip(names, duals)), inputs[0])
            # cross_entropy's own backward has no forward derivative in PyTorch 1.13; these two have.
            loss = (torch.logsumexp(scores, 1) - scores.gather(1, targets[0][:, None])[:, 0]).mean()
            return [forward_ad.unpack_dual(g).tangent for g in torch.autograd.grad(loss, duals)]

    return gradient, forward_over_reverse if way == "forward over reverse" else double_backward


def predict(problem, way):
    model = network(problem, way).eval()
    inputs, _, _ = batches(problem)
    if way != "inference_mode":
        model = torch.jit.trace(model, inputs[0])
        if way == "frozen":
            model = torch.jit.freeze(model)
        if way == "optimized":
            model = torch.jit.optimize_for_inference(model)

    def one(i):
        with torch.inference_mode():
            return model(inputs[i % 8])

    return one


def median_ms(one, seconds):
    """The median time of one(i) over `seconds`, from at least three calls, after two that do not count."""
    one(0)
    one(1)
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        one(len(times))
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2] * 1e3


def main():
    with open(sys.argv[1], "rb") as file:
        problem = tomllib.load(file)
    if len(sys.argv) < 4:
        print(json.dumps(ways(problem)))
        return
    start_mb, seconds, way = peak_memory_mb(), float(sys.argv[2]), (sys.argv[4:] or ways(problem))[0]
    torch.set_num_threads(int(sys.argv[3]))
    torch.manual_seed(1)
    result = {"way": way}
    if problem["task"] == "hvp":
        gradient, product = differentiate(problem, way)
        result["gradient_ms"] = median_ms(gradient, seconds)
        result["median_ms"] = median_ms(product, seconds)
    else:
        result["median_ms"] = median_ms({"train": train, "predict": predict}[problem["task"]](problem, way), seconds)
    print(json.dumps({**result, "memory_mb": peak_memory_mb(), "start_mb": start_mb}))


if __name__ == "__main__":
    main()
