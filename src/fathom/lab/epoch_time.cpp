#include "fathom/lab/epoch_time.hpp"

#include <algorithm>

#include "fathom/base/clock.hpp"

namespace fathom {

double time_epoch(Trainer& trainer, double seconds, std::atomic<bool>* interrupt) {
  const TrainerState before = trainer.state();
  std::atomic<bool> stop{false};
  std::vector<double> steps;
  const Stopwatch all;
  Stopwatch step;
  const auto interrupted = [&] { return interrupt != nullptr && interrupt->load(); };
  bool is_first = true;  // it also shuffles the rows
  trainer.interrupt = &stop;
  trainer.on_epoch = {};
  trainer.on_step = [&](const StepReport& report) {
    if (!is_first) steps.push_back(step.seconds());
    is_first = false;
    // The next step of another epoch would come after judging.
    stop = interrupted() || report.batch == report.batches || (steps.size() >= 2 && all.seconds() > seconds);
    step = Stopwatch();
  };
  while (!interrupted() && (steps.size() < 2 || all.seconds() < seconds)) {
    trainer.set_state(before);
    stop = false;
    step = Stopwatch();
    if (trainer.run().ending == Ending::diverged) break;
  }
  trainer.interrupt = nullptr;
  trainer.on_step = {};
  trainer.set_state(before);
  if (interrupted() || steps.empty()) return 0;
  std::nth_element(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2), steps.end());
  return steps[steps.size() / 2] * static_cast<double>(trainer.batches_per_epoch());
}

}  // namespace fathom
