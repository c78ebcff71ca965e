"""What a problem of bench/problems must multiply and add, counted from its definition and not from anybody's program.

Only products and convolutions count; a multiply-add is two operations, and positions of padding count as any other.

    a layer [batch, in] x [in, out]       2 batch in out
    a convolution                         2 batch rows columns (of the result) kernel-area in out
    prediction                            each layer once
    gradient                              each layer once, its weights' gradient once, and its input's gradient once where
                                          something is learned below it (not for the first layer of a network on numbers)
    Hessian times a direction V           with x and c a layer's input and its result's gradient, x' and c' their tangents:
                                          forward x W, x' W, x V; back c W, c' W, c V for the layer below and x'c, x c' for
                                          the weights. Eight products a layer, but three for the first one, below which there
                                          is neither a tangent nor a gradient, and seven for the second one, whose c W
                                          nobody needs.
"""


def layers(problem):
    """The multiplications of each layer or convolution, the input's first."""
    batch = problem["batch"]
    if problem["network"] == "cnn":
        return [batch * n for n in (26 * 26 * 9 * 1 * 32, 24 * 24 * 9 * 32 * 64, 9216 * 128, 128 * 10)]
    if problem["network"] == "resnet20":
        counts, fan_in, size = [batch * 32 * 32 * 9 * 3 * 16], 16, 32
        for width in (16, 32, 64):
            for block in range(3):
                size = size // 2 if width > 16 and block == 0 else size
                counts.append(batch * size * size * 9 * fan_in * width)
                counts.append(batch * size * size * 9 * width * width)
                if fan_in != width:
                    counts.append(batch * size * size * fan_in * width)  # the shortcut
                fan_in = width
        return counts + [batch * 64 * 10]
    widths = problem["layers"]
    return [batch * a * b for a, b in zip(widths, widths[1:])]


def gflop(problem):
    counts = layers(problem)
    learned_below = "fields" in problem
    if problem["task"] == "predict":
        total = sum(counts)
    elif problem["task"] == "hvp":
        total = 3 * counts[0] + 7 * counts[1] + 8 * sum(counts[2:])
    else:
        total = (3 if learned_below else 2) * counts[0] + 3 * sum(counts[1:])
    return 2e-9 * total


def gradient_gflop(problem):
    return gflop({**problem, "task": "train"})


def share_of_peak(problem, threads, fathom):
    """In each round: the problem's arithmetic over the time, as a share of what the cores can multiply and add."""
    work = gflop(problem)
    return [work / ms * 1e3 / (peak * threads) for ms, peak in zip(fathom["median_ms"], fathom["peak_gflops"])]
