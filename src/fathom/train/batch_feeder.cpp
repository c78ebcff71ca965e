#include "fathom/train/batch_feeder.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include "fathom/base/clock.hpp"
#include "fathom/train/evaluator.hpp"

namespace fathom {

// Fills the back buffer for one step at a time.
struct BatchFeeder::Worker {
  Worker(const Source& source_, BatchTensors& back_) : source(source_), back(back_), thread([this] { serve(); }) {}
  ~Worker() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    changed.notify_all();
    thread.join();
  }

  void begin(std::span<const Index> next, Index next_step) {
    {
      const std::lock_guard lock(mutex);
      rows.assign(next.begin(), next.end());
      step = next_step;
      busy = true;
    }
    changed.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !busy; });
  }
  bool has(std::span<const Index> wanted, Index wanted_step) const {
    return step == wanted_step && std::equal(rows.begin(), rows.end(), wanted.begin(), wanted.end());
  }

  const Source& source;
  BatchTensors& back;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Index> rows;
  Index step = -1;
  bool busy = false, stop = false;
  std::exception_ptr error;
  std::thread thread;  // the last: it begins at once

 private:
  void serve() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return busy || stop; });
      if (stop) return;
      lock.unlock();
      error = nullptr;
      try {
        source.fill_step(rows, step, back);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      busy = false;
      changed.notify_all();
    }
  }
};

BatchFeeder::BatchFeeder(const Source& source, Index batch)
    : source_(source), front_(tensors_of(source.inputs(batch))), back_(tensors_of(source.inputs(batch))) {}
BatchFeeder::~BatchFeeder() = default;

void BatchFeeder::settle() {
  const Stopwatch watch;
  if (worker_) worker_->wait();
  waited_ += watch.seconds();
}

BatchTensors& BatchFeeder::get(std::span<const Index> rows, Index step, std::span<const Index> next) {
  const Stopwatch watch;
  bool ready = false;
  if (worker_) {
    worker_->wait();
    ready = worker_->has(rows, step);
  }
  if (ready) {
    if (worker_->error) std::rethrow_exception(worker_->error);
    front_.swap(back_);
  } else {
    source_.fill_step(rows, step, front_);
    // The quickest of the fills so far is the one that nothing disturbed.
    const double seconds = watch.seconds();
    fill_seconds_ = fill_seconds_ == 0 ? seconds : std::min(fill_seconds_, seconds);
  }
  if (!next.empty() && fill_seconds_ > worth_a_thread) {
    if (!worker_) start_worker();
    if (worker_) worker_->begin(next, step + 1);
  }
  waited_ += watch.seconds();
  return front_;
}

// Without a thread, batches are filled as they are needed.
void BatchFeeder::start_worker() {
  try {
    worker_ = std::make_unique<Worker>(source_, back_);
  } catch (const std::system_error&) {
  }
}

std::size_t BatchFeeder::bytes() const { return bytes_of(front_) + bytes_of(back_); }

}  // namespace fathom
