#include "fathom/lab/step_time.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fathom/base/clock.hpp"
#include "fathom/base/pool.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/train/memory.hpp"
#include "fathom/train/update_step.hpp"

namespace fathom {

namespace {

// Of what is free: what all sizes together may hold.
constexpr double memory_share = 0.5;
// Seconds: an update that takes longer is not disturbed by what the caches held before.
constexpr double long_update = 0.02;
constexpr int short_rounds = 8;  // of short updates for one of long ones
constexpr double least_exponent = 0.85, most_exponent = 1.2;
constexpr std::size_t least_larger_sizes = 2;

// The update of one batch size, with rows of its own.
class TimedUpdate {
 public:
  TimedUpdate(const Objective& objective, const Parameters& parameters, const Source& source,
              const TrainerOptions& training, Index batch)
      : types_(source.inputs(batch)), tensors_(tensors_of(types_)) {
    program_ = std::make_unique<Program>(
        [&](Trace& trace) {
          UpdateStep step = update_step(trace, objective, types_, parameters, training);
          states_ = std::move(step.states);
          return std::move(step.request);
        },
        Mode::training, PlanOptions{.recompute = training.recompute});
    std::vector<Index> rows(static_cast<std::size_t>(batch));
    std::iota(rows.begin(), rows.end(), Index{0});
    source.fill_step(rows, 0, tensors_);
    for (auto& [name, tensor] : tensors_) program_->bind(name, tensor.view());
  }

  const std::vector<StateVar>& states() const { return states_; }
  std::size_t bytes() const { return program_->bytes() + bytes_of(tensors_); }
  void bind(const Flat& weights, std::vector<Tensor>& optimizer, Tensor& rate, Tensor& step, Tensor& key) {
    bind_weights(*program_, weights);
    for (std::size_t k = 0; k < states_.size(); ++k) program_->bind(states_[k].name, optimizer[k].view());
    program_->bind(rate_input, rate.view());
    program_->bind(step_input, step.view());
    program_->bind(Trace::random_key_name, key.view());
  }
  // Seconds of one update.
  double time(int updates) {
    const Stopwatch watch;
    for (int i = 0; i < updates; ++i) program_->run();
    return watch.seconds() / updates;
  }

 private:
  std::map<std::string, Type> types_;
  BatchTensors tensors_;
  std::vector<StateVar> states_;
  std::unique_ptr<Program> program_;
};

// As large a share of the sorted values lies below it.
double quantile_of(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

PoolAsBefore::PoolAsBefore() : threads_(Pool::shared().threads()) {}
PoolAsBefore::~PoolAsBefore() { Pool::resize_shared(threads_); }

std::vector<StepTimes> time_steps(const Objective& objective, const Parameters& parameters, const Source& source,
                                  const TrainerOptions& training, std::span<const Index> batches,
                                  const StepTimeOptions& options) {
  const Index rows = source.rows(Part::train);
  if (rows == 0) fail(Code::data, "there are no training rows");
  const PoolAsBefore as_before;
  std::vector<TimedUpdate> updates;
  std::vector<Index> sizes;
  const double available = memory_share * static_cast<double>(available_memory());
  double held = 0;
  for (const Index batch : batches) {
    if (batch > rows) break;
    if (!sizes.empty()) {
      const double growth = static_cast<double>(batch) / static_cast<double>(sizes.back());
      if (held + growth * static_cast<double>(updates.back().bytes()) > available) break;
    }
    updates.emplace_back(objective, parameters, source, training, batch);
    sizes.push_back(batch);
    held += static_cast<double>(updates.back().bytes());
  }
  if (sizes.empty()) return {};
  const Flat weights = parameters.initialise(training.seed);
  std::vector<Tensor> optimizer = initial_states(updates.front().states());
  Tensor rate(Type{Dtype::f32, {}}), step(Type{Dtype::f32, {}}), key(Type{Dtype::i32, {4}});
  step.set(0, 1);
  set_random_key(key, training.seed, 0);
  for (TimedUpdate& update : updates) update.bind(weights, optimizer, rate, step, key);

  struct Case {
    std::size_t size = 0;
    int updates = 1;  // in one timing
    bool is_long = false;
    double spent = 0;
    std::vector<double> seconds = {};
  };
  std::vector<std::vector<Case>> cases(options.threads.size());
  const auto stopped = [&] { return options.interrupt != nullptr && options.interrupt->load(); };
  for (std::size_t t = 0; t < options.threads.size(); ++t) {
    Pool::resize_shared(options.threads[t]);
    for (std::size_t s = 0; s < sizes.size() && !stopped(); ++s) {
      // The quickest of a few is the one that nothing disturbed.
      double once = updates[s].time(1);
      for (int i = 0; i < 5 && once < long_update; ++i) once = std::min(once, updates[s].time(1));
      once = std::max(once, 1e-9);
      const auto several = static_cast<int>(std::clamp(std::ceil(options.least_timing / once), 1.0, 1000.0));
      cases[t].push_back({.size = s, .updates = several, .is_long = once >= long_update});
    }
  }
  Random random(training.seed, "step times");
  const double share = options.seconds / static_cast<double>(options.threads.size() * sizes.size());
  bool any = true;
  for (int round = 0; round < options.most_rounds && any; ++round) {
    any = false;
    for (std::size_t t = 0; t < options.threads.size(); ++t) {
      Pool::resize_shared(options.threads[t]);
      random.shuffle(cases[t]);
      for (Case& timed : cases[t]) {
        if (stopped()) return {};
        const int least = options.least_rounds * (timed.is_long ? 1 : short_rounds);
        if (round >= least && timed.spent > share) continue;
        any = true;
        TimedUpdate& update = updates[timed.size];
        const Stopwatch watch;
        if (!timed.is_long) update.time(1);  // brings its memory into the caches
        timed.seconds.push_back(update.time(timed.updates));
        timed.spent += watch.seconds();
      }
    }
  }
  if (stopped()) return {};
  std::vector<StepTimes> result;
  for (std::size_t t = 0; t < options.threads.size(); ++t) {
    StepTimes times{.threads = options.threads[t], .batches = sizes, .seconds = {}, .low = {}, .high = {}, .bytes = {}};
    std::sort(cases[t].begin(), cases[t].end(), [](const Case& a, const Case& b) { return a.size < b.size; });
    for (Case& timed : cases[t]) {
      std::sort(timed.seconds.begin(), timed.seconds.end());
      times.seconds.push_back(quantile_of(timed.seconds, 0.5));
      times.low.push_back(quantile_of(timed.seconds, 0.25));
      times.high.push_back(quantile_of(timed.seconds, 0.75));
      times.bytes.push_back(static_cast<double>(updates[timed.size].bytes()));
    }
    result.push_back(std::move(times));
  }
  return result;
}

Index flat_until(const StepTimes& times, double factor) {
  Index largest = 0;
  for (std::size_t i = 0; i < times.batches.size(); ++i) {
    if (!(times.seconds[i] < factor * times.seconds[0])) break;
    largest = times.batches[i];
  }
  return largest;
}

std::optional<LinearGrowth> linear_growth(const StepTimes& times) {
  for (std::size_t i = 0; i + least_larger_sizes < times.batches.size(); ++i) {
    std::vector<double> exponents;
    for (std::size_t j = i + 1; j < times.batches.size(); ++j)
      exponents.push_back(std::log(times.seconds[j] / times.seconds[i]) /
                          std::log(static_cast<double>(times.batches[j]) / static_cast<double>(times.batches[i])));
    std::sort(exponents.begin(), exponents.end());
    const double exponent = quantile_of(exponents, 0.5);
    if (exponent >= least_exponent && exponent <= most_exponent)
      return LinearGrowth{.batch = times.batches[i], .exponent = exponent};
  }
  return std::nullopt;
}

}  // namespace fathom
