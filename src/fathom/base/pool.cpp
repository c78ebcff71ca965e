#include "fathom/base/pool.hpp"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "fathom/base/error.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace fathom {

namespace {

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

// How long an idle worker looks for the next job before it sleeps: about 20 microseconds.
constexpr int spins_before_sleep = 500;

thread_local bool inside_run = false;

}  // namespace

Pool::Pool(int threads) { resize(threads); }
Pool::~Pool() { stop(); }

void Pool::resize(int threads) {
  if (threads < 1) fail(Code::usage, "a pool needs at least 1 thread, not {}", threads);
  if (threads == this->threads()) return;
  stop();
  stop_.store(false);
  workers_.reserve(static_cast<std::size_t>(threads - 1));
  const std::uint32_t last_job = job_.load();
  for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i, last_job] { serve(i, last_job); });
}

void Pool::stop() {
  stop_.store(true);
  job_.fetch_add(1);
  job_.notify_all();
  for (auto& worker : workers_) worker.join();
  workers_.clear();
}

bool Pool::claim_and_call(std::uint32_t job, int worker) {
  const Call call = call_.load(std::memory_order_acquire);
  void* context = context_.load(std::memory_order_acquire);
  const std::uint32_t chunks = chunks_.load(std::memory_order_acquire);
  std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
  // The ticket carries the job's number, so a claim can only succeed while the fields read above are that job's.
  while (static_cast<std::uint32_t>(ticket >> 32) == job && static_cast<std::uint32_t>(ticket) < chunks) {
    if (ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel)) {
      call(context, static_cast<std::uint32_t>(ticket), worker);
      done_.fetch_add(1, std::memory_order_release);
      return true;
    }
  }
  return false;
}

void Pool::run(std::int64_t chunks, Call call, void* context) {
  bool idle = false;
  if (chunks <= 1 || workers_.empty() || inside_run || !busy_.compare_exchange_strong(idle, true)) {
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) call(context, chunk, 0);
    return;
  }
  inside_run = true;
  const std::uint32_t job = job_.load(std::memory_order_relaxed) + 1;
  // Close the old job before its fields change: no claim can succeed until the new ticket is stored.
  ticket_.store((std::uint64_t{job} << 32) | 0xffffffffu, std::memory_order_seq_cst);
  call_.store(call, std::memory_order_release);
  context_.store(context, std::memory_order_release);
  chunks_.store(static_cast<std::uint32_t>(chunks), std::memory_order_release);
  done_.store(0, std::memory_order_release);
  ticket_.store(std::uint64_t{job} << 32, std::memory_order_seq_cst);
  job_.store(job, std::memory_order_seq_cst);
  job_.notify_all();
  while (claim_and_call(job, 0)) {
  }
  for (int spin = 0; done_.load(std::memory_order_acquire) != static_cast<std::uint32_t>(chunks); ++spin)
    spin < spins_before_sleep ? relax() : std::this_thread::yield();
  inside_run = false;
  busy_.store(false, std::memory_order_release);
}

void Pool::serve(int worker, std::uint32_t seen) {
  inside_run = true;
  while (true) {
    for (int spin = 0; spin < spins_before_sleep && job_.load(std::memory_order_acquire) == seen; ++spin) relax();
    job_.wait(seen, std::memory_order_acquire);
    seen = job_.load(std::memory_order_acquire);
    if (stop_.load()) return;
    while (claim_and_call(seen, worker)) {
    }
  }
}

Pool& Pool::shared() {
  static Pool pool(usable_processors());
  return pool;
}

Pool& Pool::background() {
  static Pool pool(shared().threads());
  return pool;
}

int usable_processors() {
  int processors = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) processors = std::max(1, CPU_COUNT(&mask));
  std::ifstream quota_file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (quota_file >> quota >> period && quota != "max" && period > 0)
    processors = std::clamp(static_cast<int>(std::lround(std::stod(quota) / period)), 1, processors);
  return processors;
}

}  // namespace fathom
