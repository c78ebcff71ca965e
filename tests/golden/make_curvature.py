"""Records PyTorch's Hessian of a small network's loss, in f64: /usr/bin/python3 tests/golden/make_curvature.py

Two tanh layers and softmax cross-entropy, the mean over rows. The records are the rows, the parameters by name, the loss,
its gradient and its Hessian in all of them, in the order of `parameters`.
"""

import os

import torch
import torch.nn.functional as F

from recorded import Recorded

torch.set_num_threads(1)
here = os.path.dirname(os.path.abspath(__file__))
out = Recorded(os.path.join(here, "curvature.txt"), f"made by make_curvature.py with PyTorch {torch.__version__}")
generator = torch.Generator().manual_seed(21)


def draw(*shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


# Rows as f32 holds them.
x = draw(11, 3).float().double()
classes = torch.randint(0, 3, (11,), generator=generator, dtype=torch.int32)
parameters = {
    "hidden1.weight": draw(3, 5),
    "hidden1.bias": draw(5),
    "hidden2.weight": draw(5, 4),
    "hidden2.bias": draw(4),
    "output.weight": draw(4, 3),
    "output.bias": draw(3),
}


def loss(flat):
    parts = flat.split([p.numel() for p in parameters.values()])
    w1, b1, w2, b2, w3, b3 = (part.reshape(p.shape) for part, p in zip(parts, parameters.values()))
    hidden = torch.tanh(torch.tanh(x @ w1 + b1) @ w2 + b2)
    return F.cross_entropy(hidden @ w3 + b3, classes.long())


flat = torch.cat([p.reshape(-1) for p in parameters.values()])
out.add("x", x)
out.add("classes", classes)
for name, parameter in parameters.items():
    out.add(name, parameter)
out.add("loss", loss(flat))
out.add("gradient", torch.autograd.functional.jacobian(loss, flat))
out.add("hessian", torch.autograd.functional.hessian(loss, flat))
out.write()
