#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <atomic>
#include <numeric>
#include <set>

#include "fathom/base/pool.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/base/tensor.hpp"

namespace fathom {
namespace {

TEST(Philox, MatchesTheKnownAnswers) {
  // Known-answer vectors of the reference implementation (Random123, kat_vectors, philox4x32 10).
  EXPECT_EQ(philox({0, 0}, {0, 0, 0, 0}),
            (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}),
            (std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0xa4093822, 0x299f31d0}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}),
            (std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, HasTheMomentsOfItsDistributions) {
  Random random(7, "moments");
  double sum = 0, normal_sum = 0, normal_squares = 0;
  constexpr int n = 200000;
  for (int i = 0; i < n; ++i) {
    sum += random.uniform();
    const double z = random.normal();
    normal_sum += z;
    normal_squares += z * z;
  }
  EXPECT_NEAR(sum / n, 0.5, 0.003);
  EXPECT_NEAR(normal_sum / n, 0.0, 0.01);
  EXPECT_NEAR(normal_squares / n, 1.0, 0.02);
}

TEST(Random, ShuffleIsAPermutationThatDependsOnTheStreamAlone) {
  std::vector<int> a(1000), b;
  std::iota(a.begin(), a.end(), 0);
  b = a;
  Random(1, "shuffle", 3).shuffle(a);
  Random(1, "shuffle", 3).shuffle(b);
  EXPECT_EQ(a, b);
  EXPECT_EQ(std::set<int>(a.begin(), a.end()).size(), 1000u);
  Random(1, "shuffle", 4).shuffle(b);
  EXPECT_NE(a, b);
}

TEST(Pool, CallsEveryChunkOnceForAnyNumberOfThreads) {
  for (int threads : {1, 2, 3, 7}) {
    Pool pool(threads);
    for (int chunks : {0, 1, 2, 5, 64, 1000}) {
      std::vector<std::atomic<int>> calls(static_cast<std::size_t>(chunks));
      for (int repeat = 0; repeat < 50; ++repeat)
        pool.run(chunks, [&](std::int64_t chunk) { calls[static_cast<std::size_t>(chunk)].fetch_add(1); });
      for (auto& count : calls) EXPECT_EQ(count.load(), 50);
    }
  }
}

TEST(Pool, ARunInsideARunIsDoneByTheCallingThread) {
  Pool pool(3);
  std::atomic<int> calls{0};
  pool.run(8, [&](std::int64_t) { pool.run(4, [&](std::int64_t) { calls.fetch_add(1); }); });
  EXPECT_EQ(calls.load(), 32);
}

TEST(Pool, ChangesItsSizeInPlace) {
  Pool& pool = Pool::shared();
  const int before = pool.threads();
  for (int threads : {3, 1, 7, 2}) {
    Pool::resize_shared(threads);
    EXPECT_EQ(&Pool::shared(), &pool);
    EXPECT_EQ(pool.threads(), threads);
    for (int run = 0; run < 50; ++run) {
      std::atomic<int> calls{0};
      pool.run(17, [&](std::int64_t) { ++calls; });
      EXPECT_EQ(calls, 17);
    }
  }
  EXPECT_THROW(pool.resize(0), Error);
  Pool::resize_shared(before);
}

#if defined(__SANITIZE_THREAD__)
constexpr bool signals_come_late = true;  // when the thread next calls what is watched
#else
constexpr bool signals_come_late = false;
#endif

std::atomic<bool> is_held{false}, is_let_go{false};

// Keeps the thread that a signal comes to from going on, as a neighbour that takes its processor does: until it is let
// go, or ten seconds are over.
void hold_this_thread(int) {
  is_held = true;
  timespec began{}, now{};
  clock_gettime(CLOCK_MONOTONIC, &began);
  do clock_gettime(CLOCK_MONOTONIC, &now);
  while (!is_let_go && now.tv_sec < began.tv_sec + 10);
  is_held = false;
}

TEST(Pool, NeverWaitsForAThreadThatHasNoWorkToGiveBack) {
  if (signals_come_late) GTEST_SKIP() << "the thread sanitizer holds signals back";
  Pool pool(2);
  std::atomic<int> begun{0};
  pthread_t worker_thread{};
  pool.run(2, [&](std::int64_t, int worker) {
    if (worker == 1) worker_thread = pthread_self();
    for (++begun; begun < 2;) std::this_thread::yield();  // each thread takes one
  });
  struct sigaction hold {};
  hold.sa_handler = hold_this_thread;
  struct sigaction before {};
  ASSERT_EQ(sigaction(SIGUSR1, &hold, &before), 0);
  ASSERT_EQ(pthread_kill(worker_thread, SIGUSR1), 0);
  while (!is_held) std::this_thread::yield();
  int calls = 0, by_the_worker = 0;
  pool.run(100, [&](std::int64_t, int worker) {
    ++calls;
    by_the_worker += worker;
  });
  EXPECT_EQ(calls, 100);
  EXPECT_EQ(by_the_worker, 0);
  EXPECT_TRUE(is_held);
  is_let_go = true;
  while (is_held) std::this_thread::yield();
  sigaction(SIGUSR1, &before, nullptr);
  std::atomic<int> after{0};
  pool.run(100, [&](std::int64_t) { ++after; });
  EXPECT_EQ(after, 100);
}

TEST(Shape, CountsAndStrides) {
  const Shape shape{2, 3, 4};
  EXPECT_EQ(shape.count(), 24);
  EXPECT_EQ(shape.strides(), (Shape{12, 4, 1}));
  EXPECT_EQ(shape.without(1), (Shape{2, 4}));
  EXPECT_EQ(Shape{}.count(), 1);
  EXPECT_EQ(to_string(Type{Dtype::f64, shape}), "f64[2, 3, 4]");
  EXPECT_THROW((Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}), Error);
}

TEST(AlignedBytes, AreZeroOnALineWhateverTheirSize) {
  constexpr std::size_t mega = std::size_t{1} << 20;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{65}, mega - 1, mega, mega + 1, 2 * mega, 3 * mega + 5, 5 * mega}) {
    for (int round = 0; round < 2; ++round) {  // the second may get the memory of the first
      const AlignedBytes bytes = aligned_bytes(size);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes.get()) % 64, 0u);
      EXPECT_TRUE(std::all_of(bytes.get(), bytes.get() + size, [](std::byte b) { return b == std::byte{0}; })) << size;
      std::fill(bytes.get(), bytes.get() + size, std::byte{7});
    }
  }
}

TEST(Tensor, CopiesAreDeepAndValuesChecked) {
  Tensor a({2, 2}, {1.f, 2.f, 3.f, 4.f});
  Tensor b = a;
  b.set(0, 9);
  EXPECT_EQ(a.at(0), 1);
  EXPECT_EQ(b.at(0), 9);
  EXPECT_THROW((Tensor({3}, {1.f})), Error);
}

}  // namespace
}  // namespace fathom
