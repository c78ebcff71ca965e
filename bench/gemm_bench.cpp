// A table of matrix products on one core, Fathom's beside those of other libraries: times as one JSON line.
//
// usage: gemm_bench PROBLEM.toml ROUNDS
// A shape is "m n k AB", A and B being T for an operand that is stored transposed and - for one that is not. Each round
// runs everyone in turn on the same operands for some milliseconds. Before that, the results are compared.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "bench/libraries.hpp"
#include "bench/machine.hpp"
#include "bench/problem.hpp"
#include "fathom/base/clock.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/base/tensor.hpp"
#include "fathom/cpu/executor.hpp"
#include "fathom/cpu/tile.hpp"
#include "fathom/graph/ops/matmul.hpp"
#include "fathom/graph/trace.hpp"

using namespace fathom;
using namespace fathom::bench;

namespace {

// Seconds of one call, from as many calls as fill two milliseconds.
template <class F>
double seconds_of(F&& f) {
  f();
  for (long calls = 1;; calls *= 2) {
    const Stopwatch watch;
    for (long i = 0; i < calls; ++i) f();
    if (const double taken = watch.seconds(); taken > 2e-3) return taken / static_cast<double>(calls);
  }
}

Tensor noise(Index rows, Index columns, Random& random) {
  Tensor tensor({Dtype::f32, {rows, columns}});
  for (float& x : tensor.span<float>()) x = static_cast<float>(random.uniform() - 0.5);
  return tensor;
}

// One shape: its operands, and Fathom's product of them by the kernel that the plan chooses.
struct Row {
  Row(const std::string& text, Random& random, Pool& pool) : shape(text) {
    std::string transposes;
    Index m = 0, n = 0, k = 0;
    if (!(std::istringstream(text) >> m >> n >> k >> transposes) || transposes.size() != 2)
      throw std::runtime_error("a shape is \"m n k AB\", not \"" + text + "\"");
    const bool ta = transposes[0] == 'T', tb = transposes[1] == 'T';
    a = noise(ta ? k : m, ta ? m : k, random);
    b = noise(tb ? n : k, tb ? k : n, random);
    c = Tensor({Dtype::f32, {m, n}});
    product = {static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), ta, tb,
               a.as<float>(),       b.as<float>(),       c.as<float>()};
    Trace trace;
    const Var out = matmul(trace.graph().input("a", a.type()), trace.graph().input("b", b.type()), {.a = ta, .b = tb});
    executor = std::make_unique<Executor>(make_plan({{out}, {}}), pool);
    executor->bind("a", a.view());
    executor->bind("b", b.view());
  }

  // Throws when the library's result is another one than Fathom's.
  void compare(const Library& library) {
    executor->run();
    library.multiply(product);
    const auto ours = executor->output(0).span<float>(), theirs = c.span<float>();
    const double allowed = 1e-5 * product.k;
    for (std::size_t i = 0; i < ours.size(); ++i)
      if (!(std::abs(ours[i] - theirs[i]) <= allowed))
        throw std::runtime_error(
            fmt::format("{}: element {} is {} by Fathom and {} by {}", shape, i, ours[i], theirs[i], library.name));
  }

  std::string shape;
  Tensor a, b, c;
  Product product{};
  std::unique_ptr<Executor> executor;
};

std::string json(const std::vector<double>& values) { return fmt::format("[{:.4g}]", fmt::join(values, ", ")); }

int run(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: gemm_bench PROBLEM.toml ROUNDS\n");
    return 2;
  }
  const auto rounds = static_cast<std::size_t>(std::max(1, std::atoi(argv[2])));
  std::vector<Library> libraries = open_libraries();
  Pool pool(1);
  Random random(1, "gemm bench");
  std::vector<double> peaks;
  fmt::print("{{\"target\": \"{}\", \"absent\": [", simd_target());
  std::string separator;
  for (const Library& library : libraries)
    if (!library.multiply) fmt::print("{}\"{}\"", std::exchange(separator, ", "), library.name);
  std::erase_if(libraries, [](const Library& library) { return !library.multiply; });
  fmt::print("], \"rows\": [");
  separator = "";
  for (const std::string& shape : read_problem(argv[1]).shapes) {
    Row row(shape, random, pool);
    for (const Library& library : libraries) row.compare(library);
    std::vector<std::vector<double>> microseconds(libraries.size() + 1);
    for (std::size_t round = 0; round < rounds; ++round) {
      peaks.push_back(fma_peak_gflops());
      for (std::size_t turn = 0; turn < microseconds.size(); ++turn) {
        const std::size_t who = (round + turn) % microseconds.size();  // another one begins each round
        microseconds[who].push_back(1e6 * (who == 0 ? seconds_of([&] { row.executor->run(); })
                                                    : seconds_of([&] { libraries[who - 1].multiply(row.product); })));
      }
    }
    fmt::print("{}{{\"shape\": \"{}\", \"us\": {{\"Fathom\": {}", std::exchange(separator, ", "), shape,
               json(microseconds[0]));
    for (std::size_t i = 0; i < libraries.size(); ++i)
      fmt::print(", \"{}\": {}", libraries[i].name, json(microseconds[i + 1]));
    fmt::print("}}}}");
  }
  fmt::print("], \"memory_mb\": {:.1f}, \"peak_gflops\": {}, \"copy_gb_s\": {:.2f}}}\n", peak_memory_mb(), json(peaks),
             copy_gb_per_second());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "gemm_bench: {}\n", error.what());
    return 1;
  }
}
