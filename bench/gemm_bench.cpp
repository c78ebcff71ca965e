// A table of matrix products on one core: GF/s, the share of the core's multiply-add peak, and OpenBLAS beside it.
//
// usage: gemm_bench [--rounds N] [--openblas LIBRARY]
// Each round runs Fathom, then OpenBLAS, on the same operands for some milliseconds; the medians of the rounds count.
#include <dlfcn.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/machine.hpp"
#include "fathom/base/clock.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/base/tensor.hpp"
#include "fathom/cpu/executor.hpp"
#include "fathom/cpu/gemm.hpp"
#include "fathom/cpu/tile.hpp"
#include "fathom/graph/ops/matmul.hpp"
#include "fathom/graph/trace.hpp"

using namespace fathom;

namespace {

// What the benchmark networks of this folder and a few neighbours ask for.
const std::vector<GemmShape> shapes{
    {.m = 128, .n = 512, .k = 784},
    {.m = 784, .n = 512, .k = 128, .transpose_a = true},
    {.m = 128, .n = 256, .k = 512},
    {.m = 512, .n = 256, .k = 128, .transpose_a = true},
    {.m = 128, .n = 512, .k = 256, .transpose_b = true},
    {.m = 128, .n = 10, .k = 256},
    {.m = 256, .n = 10, .k = 128, .transpose_a = true},
    {.m = 128, .n = 256, .k = 10, .transpose_b = true},
    {.m = 2048, .n = 400, .k = 416},
    {.m = 416, .n = 400, .k = 2048, .transpose_a = true},
    {.m = 2048, .n = 416, .k = 400, .transpose_b = true},
    {.m = 2048, .n = 1, .k = 400},
    {.m = 400, .n = 1, .k = 2048, .transpose_a = true},
    {.m = 2048, .n = 400, .k = 1, .transpose_b = true},
    {.m = 32, .n = 64, .k = 16},
    {.m = 32, .n = 64, .k = 64},
    {.m = 64, .n = 64, .k = 32, .transpose_a = true},
    {.m = 32, .n = 64, .k = 64, .transpose_b = true},
    {.m = 32, .n = 1, .k = 64},
    {.m = 64, .n = 1, .k = 32, .transpose_a = true},
    {.m = 1, .n = 512, .k = 784},
    {.m = 1000, .n = 1000, .k = 1000},
};

using Sgemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float* a,
                       int lda, const float* b, int ldb, float beta, float* c, int ldc);

// OpenBLAS's product, on one thread; nullptr when the library is not there.
Sgemm open_openblas(const std::string& given) {
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  setenv("OMP_NUM_THREADS", "1", 1);
  for (const std::string& name : {given, std::string("/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblas.so.0"),
                                  std::string("libopenblas.so.0")})
    if (void* library = name.empty() ? nullptr : dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL))
      return reinterpret_cast<Sgemm>(dlsym(library, "cblas_sgemm"));
  return nullptr;
}

// Seconds of one call, from as many calls as fill two milliseconds.
template <class F>
double seconds_of(F&& f) {
  f();
  long calls = 1;
  for (;; calls *= 2) {
    const Stopwatch watch;
    for (long i = 0; i < calls; ++i) f();
    if (const double taken = watch.seconds(); taken > 2e-3) return taken / static_cast<double>(calls);
  }
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Tensor noise(const Shape& shape, Random& random) {
  Tensor tensor({Dtype::f32, shape});
  for (float& x : tensor.span<float>()) x = static_cast<float>(random.uniform() - 0.5);
  return tensor;
}

}  // namespace

int main(int argc, char** argv) {
  int rounds = 9;
  std::string library;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string(argv[i]) == "--rounds") rounds = std::max(1, std::atoi(argv[i + 1]));
    if (std::string(argv[i]) == "--openblas") library = argv[i + 1];
  }
  const Sgemm openblas = open_openblas(library);
  Pool pool(1);
  Random random(1, "gemm bench");
  fmt::print("f32, one core, {}; medians of {} rounds; OpenBLAS {}\n\n", simd_target(), rounds,
             openblas ? "on one thread" : "not found");
  fmt::print("{:>5} {:>5} {:>5}  {:2} {:>9} {:>8} {:>7} {:>9} {:>7}\n", "m", "n", "k", "", "us", "GF/s", "peak",
             "OpenBLAS", "ratio");
  for (const GemmShape& s : shapes) {
    // The kernel that the plan chooses for the shape.
    Trace trace;
    const auto stored = [&](const char* name, bool transposed, Index rows, Index columns) {
      return trace.graph().input(name, {Dtype::f32, transposed ? Shape{columns, rows} : Shape{rows, columns}});
    };
    const Var product = matmul(stored("a", s.transpose_a, s.m, s.k), stored("b", s.transpose_b, s.k, s.n),
                               {.a = s.transpose_a, .b = s.transpose_b});
    Executor executor(make_plan({{product}, {}}), pool);
    const Tensor a = noise(s.transpose_a ? Shape{s.k, s.m} : Shape{s.m, s.k}, random),
                 b = noise(s.transpose_b ? Shape{s.n, s.k} : Shape{s.k, s.n}, random);
    executor.bind("a", a.view());
    executor.bind("b", b.view());
    Tensor c({Dtype::f32, {s.m * s.n}});
    const Index lda = s.transpose_a ? s.m : s.k, ldb = s.transpose_b ? s.k : s.n;
    std::vector<double> ours, theirs, ratios, peaks;
    for (int round = 0; round < rounds; ++round) {
      peaks.push_back(bench::fma_peak_gflops());
      ours.push_back(seconds_of([&] { executor.run(); }));
      if (openblas == nullptr) continue;
      theirs.push_back(seconds_of([&] {
        openblas(101, s.transpose_a ? 112 : 111, s.transpose_b ? 112 : 111, static_cast<int>(s.m),
                 static_cast<int>(s.n), static_cast<int>(s.k), 1, a.as<float>(), static_cast<int>(lda), b.as<float>(),
                 static_cast<int>(ldb), 0, c.as<float>(), static_cast<int>(s.n));
      }));
      ratios.push_back(theirs.back() / ours.back());
    }
    const double gflop = 2e-9 * static_cast<double>(s.m * s.n * s.k), rate = gflop / median(ours);
    fmt::print("{:5} {:5} {:5}  {}{} {:9.2f} {:8.2f} {:6.1f}%", s.m, s.n, s.k, s.transpose_a ? 'T' : '-',
               s.transpose_b ? 'T' : '-', median(ours) * 1e6, rate, 100 * rate / median(peaks));
    if (openblas) fmt::print(" {:9.2f} {:6.2f}x", gflop / median(theirs), median(ratios));
    fmt::print("\n");
  }
}
