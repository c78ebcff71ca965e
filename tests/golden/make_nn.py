"""Records PyTorch's activations, layers and losses with their gradients, in f64: /usr/bin/python3 tests/golden/make_nn.py

For a function f the records are its inputs, f/out, and f/d_<input>: the gradient of sum(c * out) for the recorded c.
"""

import os

import torch
import torch.nn.functional as F

from recorded import Recorded

torch.set_num_threads(1)
here = os.path.dirname(os.path.abspath(__file__))
out = Recorded(os.path.join(here, "nn.txt"), f"made by make_nn.py with PyTorch {torch.__version__}")
generator = torch.Generator().manual_seed(11)


def draw(*shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def record(name, function, **inputs):
    leaves = {k: v.clone().requires_grad_(v.is_floating_point()) for k, v in inputs.items()}
    result = function(**leaves)
    c = draw(*result.shape)
    (result * c).sum().backward()
    for key, leaf in leaves.items():
        out.add(f"{name}/{key}", leaf)
        if leaf.grad is not None:
            out.add(f"{name}/d_{key}", leaf.grad)
    out.add(f"{name}/c", c)
    out.add(f"{name}/out", result)


wide = torch.cat([draw(10) * 3, torch.tensor([0.0, 1.0, -1.0, 20.0, -20.0, 100.0, -100.0, 1e4, -1e4], dtype=torch.float64)])
activations = {
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "softplus": F.softplus,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}
for name, function in activations.items():
    record(name, lambda x: function(x), x=wide)

big = draw(4, 5) * 3
big[1] *= 1000
big[2] = torch.tensor([1e4, -1e4, 0.0, 1e4, 5.0])
record("softmax", lambda x: torch.softmax(x, -1), x=big)
record("log_softmax", lambda x: torch.log_softmax(x, -1), x=big)

record("linear", lambda x, weight, bias: x @ weight + bias, x=draw(2, 3, 4), weight=draw(4, 5), bias=draw(5))
record("layer_norm", lambda x, weight, bias: F.layer_norm(x, (6,), weight, bias, 1e-5), x=draw(3, 6) * 2 + 1, weight=draw(6), bias=draw(6))
record("embedding", lambda x, weight: F.embedding(x, weight), x=torch.tensor([[3, 0], [3, 6], [1, 1]], dtype=torch.int32), weight=draw(7, 3))
# Row 7 is outside of a table of 7 rows: padding.
bags = torch.tensor([[3, 0, 7, 2], [6, 6, 7, 7], [7, 7, 7, 7], [1, 2, 3, 4]], dtype=torch.int32)


def bag(mode, x, weight, weights=None):
    padded = torch.cat([weight, torch.zeros(1, weight.shape[1], dtype=weight.dtype)])
    return F.embedding_bag(x, padded, mode=mode, padding_idx=7, per_sample_weights=weights)


record("bag_sum", lambda x, weight: bag("sum", x, weight), x=bags, weight=draw(7, 3))
record("bag_mean", lambda x, weight: bag("mean", x, weight), x=bags, weight=draw(7, 3))
record("bag_weighted", lambda x, weight, weights: bag("sum", x, weight, weights), x=bags, weight=draw(7, 3), weights=draw(4, 4))

prediction, target = draw(9) * 3, draw(9)
record("mse", lambda x, y: F.mse_loss(x, y, reduction="none"), x=prediction, y=target)
record("mae", lambda x, y: F.l1_loss(x, y, reduction="none"), x=prediction, y=target)
record("huber", lambda x, y: F.huber_loss(x, y, reduction="none", delta=0.7), x=prediction, y=target)
record("mse_rows", lambda x, y: F.mse_loss(x, y, reduction="none").mean(1), x=draw(3, 4), y=draw(3, 4))
record("binary_cross_entropy", lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction="none"), x=wide, y=torch.rand(19, generator=generator, dtype=torch.float64))
classes = torch.tensor([4, 0, 1, 2])
for smoothing in (0.0, 0.1):
    record(f"softmax_cross_entropy_{smoothing}", lambda x, y: F.cross_entropy(x, y.long(), reduction="none", label_smoothing=smoothing), x=big, y=classes.int())



# Images have their channels last here, and after the batch in PyTorch.
def first(x):
    return x.permute(0, 3, 1, 2)


def last(x):
    return x.permute(0, 2, 3, 1)


def conv(x, weight, **options):
    return last(F.conv2d(first(x), weight.permute(3, 2, 0, 1), **options))


record("conv", lambda x, weight: conv(x, weight, padding=1), x=draw(2, 5, 6, 3), weight=draw(3, 3, 3, 4))
record("conv_strided", lambda x, weight: conv(x, weight, stride=(2, 1), padding=(0, 2)), x=draw(1, 7, 5, 2), weight=draw(3, 2, 2, 5))
record("conv_groups", lambda x, weight: conv(x, weight, groups=2, dilation=2, padding=2), x=draw(2, 6, 6, 4), weight=draw(3, 3, 2, 6))
record("conv_transposed", lambda x, weight: last(F.conv_transpose2d(first(x), weight.permute(3, 2, 0, 1), stride=2, padding=1, output_padding=1)), x=draw(2, 3, 3, 4), weight=draw(3, 3, 2, 4))
record("conv1d", lambda x, weight: F.conv1d(x.permute(0, 2, 1), weight.permute(2, 1, 0), stride=2, padding=1).permute(0, 2, 1), x=draw(2, 9, 3), weight=draw(4, 3, 5))
record("max_pool", lambda x: last(F.max_pool2d(first(x), 2)), x=draw(2, 5, 6, 3))
record("mean_pool", lambda x: last(F.avg_pool2d(first(x), (2, 3))), x=draw(2, 5, 6, 3))
record("global_mean_pool", lambda x: x.mean((1, 2)), x=draw(2, 5, 6, 3))
record("batch_norm", lambda x, weight, bias: last(F.batch_norm(first(x), None, None, weight, bias, training=True)), x=draw(3, 4, 2, 5) * 2 + 1, weight=draw(5), bias=draw(5))
running = {"mean": draw(5), "variance": draw(5) ** 2}
record("batch_norm_inference", lambda x, weight, bias, mean, variance: (x - mean) / torch.sqrt(variance + 1e-5) * weight + bias, x=draw(3, 4, 2, 5), weight=draw(5), bias=draw(5), **running)
seen = draw(6, 5) * 2 + 1
mean, variance = torch.zeros(5, dtype=torch.float64), torch.ones(5, dtype=torch.float64)
F.batch_norm(seen, mean, variance, training=True)
for key, value in {"x": seen, "mean": mean, "variance": variance}.items():
    out.add(f"running/{key}", value)


# Later records draw from a generator of their own, so that those above stay as they are.
generator = torch.Generator().manual_seed(12)
sequence = lambda f: lambda x: f(x.permute(0, 2, 1)).permute(0, 2, 1)
record("max_pool_padded", lambda x: last(F.max_pool2d(first(x), (3, 2), stride=(2, 1), padding=(1, 1))), x=draw(2, 7, 6, 3))
record("max_pool_overlapping", lambda x: last(F.max_pool2d(first(x), 3, stride=1)), x=draw(1, 5, 6, 9))
record("max_pool1d", sequence(lambda x: F.max_pool1d(x, 4, stride=3, padding=2)), x=draw(2, 9, 3))
record("mean_pool_padded", lambda x: last(F.avg_pool2d(first(x), (3, 2), stride=(2, 1), padding=(1, 1), count_include_pad=False)), x=draw(2, 7, 6, 3))
record("mean_pool_counted", lambda x: last(F.avg_pool2d(first(x), (3, 2), stride=(2, 1), padding=(1, 1), count_include_pad=True)), x=draw(2, 7, 6, 3))
record("mean_pool1d", sequence(lambda x: F.avg_pool1d(x, 4, stride=3, padding=2, count_include_pad=False)), x=draw(2, 9, 3))
record("group_norm", lambda x, weight, bias: last(F.group_norm(first(x), 3, weight, bias, 1e-5)), x=draw(2, 4, 3, 6) * 2 + 1, weight=draw(6), bias=draw(6))
record("group_norm_rows", lambda x, weight, bias: F.group_norm(x, 2, weight, bias, 1e-5), x=draw(4, 6) * 2 + 1, weight=draw(6), bias=draw(6))


# Second derivatives: for l = sum(c * sin(f)), the Hessian times v in all inputs, f/h_<input>, for the recorded v_<input>.
def record_second(name, function, **inputs):
    values = list(inputs.values())
    directions = [draw(*value.shape) for value in values]
    c = draw(*function(*values).shape)
    _, products = torch.autograd.functional.hvp(lambda *leaves: (function(*leaves).sin() * c).sum(), tuple(values), tuple(directions))
    out.add(f"{name}/c", c)
    for key, value, direction, product in zip(inputs, values, directions, products):
        out.add(f"{name}/{key}", value)
        out.add(f"{name}/v_{key}", direction)
        out.add(f"{name}/h_{key}", product)


norms = {
    "batch_norm_second": lambda x, weight, bias: last(F.batch_norm(first(x), None, None, weight, bias, training=True)),
    "group_norm_second": lambda x, weight, bias: last(F.group_norm(first(x), 2, weight, bias, 1e-5)),
}
for name, function in norms.items():
    record_second(name, function, x=draw(3, 2, 2, 4) * 2 + 1, weight=draw(4), bias=draw(4))
record_second("batch_norm_rows_second", lambda x, weight, bias: F.batch_norm(x, None, None, weight, bias, training=True), x=draw(5, 4) * 2 + 1, weight=draw(4), bias=draw(4))
record_second("batch_norm_inference_second", lambda x, weight, bias, mean, variance: (x - mean) / torch.sqrt(variance + 1e-5) * weight + bias, x=draw(3, 2, 2, 4), weight=draw(4), bias=draw(4), mean=draw(4), variance=draw(4) ** 2 + 0.5)
record_second("max_pool_second", lambda x: last(F.max_pool2d(first(x), 3, stride=2, padding=1)), x=draw(2, 5, 4, 3))
record_second("mean_pool_second", lambda x: last(F.avg_pool2d(first(x), 3, stride=2, padding=1, count_include_pad=False)), x=draw(2, 5, 4, 3))


# Networks, their weights under the names that they have in Fathom. Later records draw from a generator of their own.
generator = torch.Generator().manual_seed(13)


def batch_norm(x, weights, name, training):
    weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    if training:
        return last(F.batch_norm(first(x), None, None, weight, bias, training=True))
    return (x - weights[f"{name}.running_mean"]) / torch.sqrt(weights[f"{name}.running_variance"] + 1e-5) * weight + bias


def residual_block(stride, training, x, **weights):
    y = conv(x, weights["first.weight"], stride=stride, padding=1)
    y = F.relu(batch_norm(y, weights, "first_norm", training))
    y = batch_norm(conv(y, weights["second.weight"], padding=1), weights, "second_norm", training)
    if "shortcut.weight" in weights:
        x = batch_norm(conv(x, weights["shortcut.weight"], stride=stride), weights, "shortcut_norm", training)
    return F.relu(y + x)


def norm_weights(name, width, training):
    weights = {f"{name}.weight": draw(width), f"{name}.bias": draw(width)}
    if not training:
        weights |= {f"{name}.running_mean": draw(width), f"{name}.running_variance": draw(width) ** 2 + 0.5}
    return weights


for mode in ("training", "inference"):
    for name, into, stride in (("same", 3, 1), ("strided", 4, 2)):
        weights = {"first.weight": draw(3, 3, 3, into), "second.weight": draw(3, 3, into, into)}
        norms = ["first_norm", "second_norm"]
        if stride > 1:
            weights["shortcut.weight"] = draw(1, 1, 3, into)
            norms.append("shortcut_norm")
        for norm in norms:
            weights |= norm_weights(norm, into, mode == "training")
        record(f"residual_{name}_{mode}", lambda **inputs: residual_block(stride, mode == "training", **inputs), x=draw(2, 5, 4, 3), **weights)


# LeNet has more weights than a file should hold: w[i] = sin(i) / sqrt(inputs of a sum), and 0.1 cos(i) in a bias.
def waves(*shape):
    count = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    fan = torch.Size(shape[:-1]).numel()
    return (count.cos() * 0.1 if len(shape) == 1 else count.sin() / fan**0.5).reshape(shape)


def lenet(x, **weights):
    second = lambda y: conv(y, waves(5, 5, 6, 16)) + waves(16)
    pooled = lambda y: last(F.max_pool2d(first(F.relu(y)), 2))
    y = pooled(second(pooled(conv(x, weights["first.weight"], padding=2) + weights["first.bias"]))).flatten(1)
    for width in (120, 84):
        y = F.relu(y @ waves(y.shape[1], width) + waves(width))
    return y @ waves(84, 3) + waves(3)


record("lenet", lenet, x=draw(2, 13, 16, 2), **{"first.weight": waves(5, 5, 2, 6), "first.bias": waves(6)})

out.write()
