#include "fathom/lab/rate_range.hpp"

#include <algorithm>
#include <cmath>

namespace fathom {

namespace {

// Of a loss in f32, as a share of it.
constexpr double resolution = 1e-6;

std::size_t window_of(const RangeOptions& options) {
  return static_cast<std::size_t>(std::max(2.0, std::round(options.smoothing * static_cast<double>(options.updates))));
}

std::vector<double> smooth(const std::vector<double>& values, std::size_t window) {
  const double keep = 1 - 1 / static_cast<double>(window);
  std::vector<double> result;
  double mean = 0, kept = 1;
  for (const double value : values) {
    mean = keep * mean + (1 - keep) * value;
    kept *= keep;
    result.push_back(mean / (1 - kept));
  }
  return result;
}

// Of one loss beside the next: a drift of the loss that is slow against the updates does not count as noise.
double deviation(const std::vector<double>& losses) {
  std::vector<double> jumps;
  for (std::size_t i = 1; i < losses.size(); ++i)
    if (std::isfinite(losses[i]) && std::isfinite(losses[i - 1])) jumps.push_back(std::abs(losses[i] - losses[i - 1]));
  if (jumps.empty()) return 0;
  const auto middle = jumps.begin() + static_cast<std::ptrdiff_t>(jumps.size() / 2);
  std::nth_element(jumps.begin(), middle, jumps.end());
  // The difference of two normal numbers has sqrt(2) of their deviation, and half of it lies within 0.6745 deviations.
  return *middle / (0.6745 * std::sqrt(2.0));
}

}  // namespace

RangeReading read_range(const RangeSweep& sweep, const RangeOptions& options) {
  FATHOM_ASSERT(!sweep.rates.empty() && sweep.rates.size() == sweep.losses.size());
  const std::size_t window = window_of(options), count = sweep.losses.size();
  RangeReading result;
  result.smoothed = smooth(sweep.losses, window);
  const std::vector<double>& smoothed = result.smoothed;
  result.start = smoothed[std::min(window, count) - 1];
  const double keep = 1 - 1 / static_cast<double>(window);
  result.noise =
      std::max(deviation(sweep.losses) * std::sqrt((1 - keep) / (1 + keep)), resolution * std::abs(result.start));

  // The mean of the first few losses is too noisy to be the lowest.
  result.lowest = std::min(window, count) - 1;
  for (std::size_t i = 0; i < count && !result.diverges; ++i) {
    if (!std::isfinite(smoothed[i])) {
      result.diverges = i;
    } else if (i > result.lowest) {
      const double lowest = smoothed[result.lowest];
      if (smoothed[i] > lowest + std::max((result.start - lowest) / 2, 8 * result.noise)) result.diverges = i;
      if (smoothed[i] < lowest) result.lowest = i;
    }
  }
  result.falls = result.start - smoothed[result.lowest] > 6 * result.noise;
  for (std::size_t i = result.lowest; i < result.diverges.value_or(count); ++i)
    if (smoothed[i] <= smoothed[result.lowest] + 2 * result.noise) result.edge = i;
  if (result.falls) result.suggestion = sweep.rates[result.edge] / options.safety;
  return result;
}

RangeSweep sweep_rates(const Objective& objective, const Parameters& parameters, const Source& source,
                       TrainerOptions training, const RangeOptions& options, const std::function<bool()>& should_stop) {
  if (!(options.low > 0 && options.high > options.low && std::isfinite(options.high) && options.updates >= 2))
    fail(Code::usage, "a range test of {} updates cannot go from rate {:g} to {:g}", options.updates, options.low,
         options.high);
  const double factor = std::pow(options.high / options.low, 1 / static_cast<double>(options.updates - 1));
  training.schedule = {.base = options.low, .decay = ExponentialDecay{.every = 1, .factor = factor}};
  training.epochs = training.max_steps = options.updates + 1;  // the last loss is that of one more batch
  training.patience = 0;
  training.monitor = {};
  Trainer trainer(objective, parameters, source, std::move(training));
  RangeSweep sweep;
  std::atomic<bool> enough{false};
  trainer.interrupt = &enough;
  trainer.on_step = [&](const StepReport& report) {
    if (report.step == 1) {
      sweep.start_loss = report.loss;
    } else {
      sweep.losses.push_back(report.loss);
    }
    enough =
        (should_stop && should_stop()) || (!sweep.losses.empty() && read_range(sweep, options).diverges.has_value());
    if (!enough && report.step <= options.updates) sweep.rates.push_back(report.learning_rate);
  };
  const TrainResult ended = trainer.run();
  if (ended.ending == Ending::diverged && sweep.rates.empty()) {  // before any update
    sweep.start_loss = std::numeric_limits<double>::infinity();
    sweep.rates.push_back(options.low);
  }
  sweep.losses.resize(sweep.rates.size(), std::numeric_limits<double>::infinity());
  return sweep;
}

}  // namespace fathom
