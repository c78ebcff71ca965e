"""Records what PyTorch's optimizers do in 100 steps: /usr/bin/python3 tests/golden/make_optim.py

In f64 the loss is mean((tanh(x w + b) - y)^2) for x [16, 4], w [4, 3], b [3]. In f32 it is sum(w u) + sum(b v) with u and v of step t
taken from row t mod 16 of recorded numbers: gradients that do not follow the parameters, so that rounding is not amplified.
Values are kept after steps 1, 10 and 100.
"""

import math
import os

import torch

from recorded import Recorded

torch.set_num_threads(1)
here = os.path.dirname(os.path.abspath(__file__))
out = Recorded(os.path.join(here, "optim.txt"), f"made by make_optim.py with PyTorch {torch.__version__}")

generator = torch.Generator().manual_seed(7)


def draw(*shape):
    # Multiples of 2^-8: exact in f32.
    return torch.round(torch.randn(*shape, generator=generator, dtype=torch.float64) * 256) / 256


x, y, w, b = draw(16, 4), torch.tanh(draw(16, 3)).mul(256).round().div(256), draw(4, 3), draw(3)
u, v = draw(16, 4, 3), draw(16, 3)
for name, tensor in (("x", x), ("y", y), ("w", w), ("b", b), ("u", u), ("v", v)):
    out.add(name, tensor)

cases = {
    "sgd": (torch.optim.SGD, dict(lr=0.1), {}),
    "sgd_decay": (torch.optim.SGD, dict(lr=0.1, weight_decay=0.05), {}),
    "sgd_clip_value": (torch.optim.SGD, dict(lr=0.1), dict(clip_value=0.03)),
    "momentum": (torch.optim.SGD, dict(lr=0.05, momentum=0.9), {}),
    "momentum_schedule": (torch.optim.SGD, dict(lr=0.1, momentum=0.9), dict(schedule=True)),
    "nesterov_decay": (torch.optim.SGD, dict(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01), {}),
    "adagrad": (torch.optim.Adagrad, dict(lr=0.1), {}),
    "adagrad_decay": (torch.optim.Adagrad, dict(lr=0.1, weight_decay=0.05), {}),
    "rmsprop": (torch.optim.RMSprop, dict(lr=0.01), {}),
    "rmsprop_centered": (torch.optim.RMSprop, dict(lr=0.01, alpha=0.9, centered=True, momentum=0.5, weight_decay=0.01), {}),
    "adam": (torch.optim.Adam, dict(lr=0.02), {}),
    "adam_decay_clip": (torch.optim.Adam, dict(lr=0.02, betas=(0.8, 0.99), weight_decay=0.05), dict(clip_norm=0.2)),
    "adam_schedule": (torch.optim.Adam, dict(lr=0.05), dict(schedule=True)),
    "adamw": (torch.optim.AdamW, dict(lr=0.02, weight_decay=0.1), {}),
    "adamw_clip": (torch.optim.AdamW, dict(lr=0.02, weight_decay=0.1), dict(clip_norm=0.1)),
}

for name, (make, options, more) in cases.items():
    for dtype, suffix in ((torch.float32, "f32"), (torch.float64, "f64")):
        weights = [w.to(dtype).clone().requires_grad_(), b.to(dtype).clone().requires_grad_()]
        optimizer = make(weights, **options)
        base = options["lr"]
        norms = []
        for step in range(1, 101):
            if more.get("schedule"):
                # Cosine after 10 steps of linear warm-up.
                rate = base * step / 10 if step <= 10 else base * (1 + math.cos(math.pi * (step - 11) / 90)) / 2
                optimizer.param_groups[0]["lr"] = rate
            optimizer.zero_grad()
            if dtype == torch.float64:
                loss = ((torch.tanh(x @ weights[0] + weights[1]) - y) ** 2).mean()
            else:
                loss = (weights[0] * u[step % 16].to(dtype)).sum() + (weights[1] * v[step % 16].to(dtype)).sum()
            loss.backward()
            norms.append(torch.sqrt(sum((p.grad**2).sum() for p in weights)).detach())
            if "clip_norm" in more:
                torch.nn.utils.clip_grad_norm_(weights, more["clip_norm"])
            if "clip_value" in more:
                torch.nn.utils.clip_grad_value_(weights, more["clip_value"])
            optimizer.step()
            if step in (1, 10, 100):
                out.add(f"{name}/{suffix}/{step}/w", weights[0])
                out.add(f"{name}/{suffix}/{step}/b", weights[1])
        out.add(f"{name}/{suffix}/norms", torch.stack([norms[i] for i in (0, 9, 99)]))

out.write()
