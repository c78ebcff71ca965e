#include "bench/machine.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "fathom/base/clock.hpp"
#include "fathom/base/error.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "machine.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fathom::bench::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Ten independent chains, enough to cover the latency of a multiply-add. Gives the flops done; `sink` keeps the work.
double multiply_add(long rounds, float& sink) {
  const hn::ScalableTag<float> d;
  const auto x = hn::Set(d, 0.999999f), y = hn::Set(d, 1e-6f);
  const auto start = [&](float at) HWY_ATTR { return hn::Set(d, at); };
  auto a0 = start(0.0f), a1 = start(0.1f), a2 = start(0.2f), a3 = start(0.3f), a4 = start(0.4f), a5 = start(0.5f),
       a6 = start(0.6f), a7 = start(0.7f), a8 = start(0.8f), a9 = start(0.9f);
  for (long i = 0; i < rounds; ++i) {
    a0 = hn::MulAdd(a0, x, y);
    a1 = hn::MulAdd(a1, x, y);
    a2 = hn::MulAdd(a2, x, y);
    a3 = hn::MulAdd(a3, x, y);
    a4 = hn::MulAdd(a4, x, y);
    a5 = hn::MulAdd(a5, x, y);
    a6 = hn::MulAdd(a6, x, y);
    a7 = hn::MulAdd(a7, x, y);
    a8 = hn::MulAdd(a8, x, y);
    a9 = hn::MulAdd(a9, x, y);
  }
  const auto sum = hn::Add(hn::Add(hn::Add(a0, a1), hn::Add(a2, a3)),
                           hn::Add(hn::Add(a4, a5), hn::Add(hn::Add(a6, a7), hn::Add(a8, a9))));
  sink = hn::GetLane(hn::SumOfLanes(d, sum));
  return 2.0 * 10.0 * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}

}  // namespace
}  // namespace fathom::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::bench {

HWY_EXPORT(multiply_add);

double fma_peak_gflops() {
  double best = 0;
  float sink = 0;
  for (int run = 0; run < 7; ++run) {
    const Stopwatch watch;
    const double flops = HWY_DYNAMIC_DISPATCH(multiply_add)(2'000'000, sink);
    best = std::max(best, flops / watch.seconds() * 1e-9);
  }
  volatile float keep = sink;
  static_cast<void>(keep);
  return best;
}

double copy_gb_per_second() {
  std::vector<char> from(256 << 20, 1), to(from.size(), 2);
  double best = 0;
  for (int run = 0; run < 3; ++run) {
    const Stopwatch watch;
    std::memcpy(to.data(), from.data(), from.size());
    best = std::max(best, 2.0 * static_cast<double>(from.size()) / watch.seconds() * 1e-9);
  }
  return best;
}

double peak_memory_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) * 1024 * 1e-6;
  return 0;
}

void forget_peak_memory() {
  malloc_trim(0);
  std::ofstream marks("/proc/self/clear_refs");
  if (!(marks << "5" << std::flush)) fail(Code::resource, "/proc/self/clear_refs cannot be written");
}

}  // namespace fathom::bench
#endif
