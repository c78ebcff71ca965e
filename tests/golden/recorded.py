"""Writes recorded tensors as text: a line "name AxB" followed by a line of its numbers."""


class Recorded:
    def __init__(self, path, about):
        self.path = path
        self.lines = ["# " + about]

    def add(self, name, tensor):
        import torch

        tensor = tensor.detach()
        shape = "x".join(str(n) for n in tensor.shape) or "scalar"
        self.lines.append(f"{name} {shape}")
        # 9 digits hold an f32, 17 an f64.
        digits = {torch.float32: ".9g", torch.float64: ".17g"}.get(tensor.dtype, "d")
        self.lines.append(" ".join(format(v, digits) for v in tensor.reshape(-1).tolist()))

    def write(self):
        with open(self.path, "w", encoding="utf-8") as out:
            out.write("\n".join(self.lines) + "\n")
