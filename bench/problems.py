"""The problems of bench/problems, by name and in the order in which they are told."""
import pathlib
import statistics
import tomllib

FOLDER = pathlib.Path(__file__).resolve().parent / "problems"
GROUPS = {"predict": ["predict_tiny_1", "predict_tiny_256", "predict_mlp_1", "predict_mlp_256"],
          "neighbour": ["neighbour_mlp", "neighbour_resnet20"]}
ORDER = ["mlp", "tiny", "embed", "cnn", "resnet20", "deepfm", "hvp", *GROUPS["predict"], "gemm", *GROUPS["neighbour"]]


def path_of(name):
    return FOLDER / f"{name.removeprefix('neighbour_')}.toml"


def read(name):
    with open(path_of(name), "rb") as file:
        return tomllib.load(file)


def wanted(name, threads):
    """How many times as fast as PyTorch the problem is to be; None where nothing was set."""
    values = read(name).get("wanted", [])
    return values[threads - 1] if threads <= len(values) else None


def ratios(over, under):
    return [a / b for a, b in zip(over, under)]


def spread(values, digits=2):
    """Median (least - largest)."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} - {max(values):.{digits}f})"


def spread_ms(values):
    """The same of times in milliseconds, with digits enough for microseconds."""
    return spread(values, 2 if statistics.median(values) >= 10 else 3 if statistics.median(values) >= 1 else 5)


def gemm_rows(figures):
    """For each shape: (row of gemm_bench, the best library by median, Fathom's speed over that library's in each round)."""
    for row in figures["rows"]:
        others = {name: times for name, times in row["us"].items() if name != "Fathom"}
        best = min(others, key=lambda name: statistics.median(others[name]), default=None)
        yield row, best, ratios(others[best], row["us"]["Fathom"]) if best else []


def product_name(shape):
    """"784 512 128 T-" -> "784 512 128 AᵀB"."""
    size, transposed = shape.rsplit(" ", 1)
    return size + {"--": "", "T-": " AᵀB", "-T": " ABᵀ", "TT": " AᵀBᵀ"}[transposed]


def product_gflop(shape):
    m, n, k = map(int, shape.split()[:3])
    return 2e-9 * m * n * k
