// Thread pools: the one that all computing shares, and one for what is made ready meanwhile.
//
// 1. Work is cut into chunks whose number depends on the shape of the work, never on the number of threads.
// 2. Chunks are claimed, never dealt out: a thread that is slow takes fewer, and nobody waits for one that took none.
// 3. A run allocates nothing and takes no lock; a run inside a run is done by the calling thread alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

namespace fathom {

class Pool {
 public:
  // Needs: threads >= 1. The calling thread is one of them.
  explicit Pool(int threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls work(chunk), or work(chunk, worker), once for every chunk in [0, chunks), on any thread, and returns when all
  // are done. No two calls of one run that overlap in time have the same worker, a number in [0, threads()).
  template <class Work>
  void run(std::int64_t chunks, Work&& work) {
    run(
        chunks,
        [](void* context, std::int64_t chunk, [[maybe_unused]] int worker) {
          auto& call = *static_cast<std::remove_reference_t<Work>*>(context);
          if constexpr (std::is_invocable_v<Work, std::int64_t, int>)
            call(chunk, worker);
          else
            call(chunk);
        },
        const_cast<void*>(static_cast<const void*>(&work)));
  }

  // Needs: threads >= 1, and no run is in progress.
  void resize(int threads);

  // The pool that the process shares: one object for as long as the process lives, of usable_processors() threads.
  static Pool& shared();
  static void resize_shared(int threads) { shared().resize(threads); }
  // Another one, for work that is done ahead on a thread of its own while the shared one computes: of as many threads
  // as that has when this one is first asked for.
  static Pool& background();

 private:
  using Call = void (*)(void* context, std::int64_t chunk, int worker);
  void run(std::int64_t chunks, Call call, void* context);
  bool claim_and_call(std::uint32_t job, int worker);
  void serve(int worker, std::uint32_t seen);  // `seen`: the last job that was there before
  void stop();

  std::vector<std::thread> workers_;
  std::atomic<Call> call_{nullptr};
  std::atomic<void*> context_{nullptr};
  std::atomic<std::uint32_t> chunks_{0};
  alignas(64) std::atomic<std::uint64_t> ticket_{0};  // job number in the high half, next chunk in the low half
  alignas(64) std::atomic<std::uint32_t> done_{0};
  alignas(64) std::atomic<std::uint32_t> job_{0};
  std::atomic<bool> busy_{false};
  std::atomic<bool> stop_{false};
};

// The processors that this process may use: the affinity mask, cut by the control group's quota.
int usable_processors();

}  // namespace fathom
