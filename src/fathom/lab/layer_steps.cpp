#include "fathom/lab/layer_steps.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace fathom {

namespace {

std::set<Index> sampled(Index steps, Index samples) {
  std::set<Index> result;
  const double last = std::log(static_cast<double>(steps));
  for (Index k = 0; k < samples; ++k)
    result.insert(static_cast<Index>(
        std::lround(std::exp(last * static_cast<double>(k) / static_cast<double>(std::max<Index>(1, samples - 1))))));
  return result;
}

double moved(const TensorView& before, const TensorView& after) {
  return visit(before.type.dtype, [&](auto zero) {
    const auto from = before.span<decltype(zero)>(), to = after.span<decltype(zero)>();
    double change = 0, size = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
      const double difference = static_cast<double>(to[i]) - static_cast<double>(from[i]);
      change += difference * difference;
      size += static_cast<double>(from[i]) * static_cast<double>(from[i]);
    }
    const double ratio = std::sqrt(change / size);
    return std::isfinite(ratio) ? ratio : std::nan("");
  });
}

}  // namespace

LayerSteps measure_layer_steps(const Objective& objective, const Parameters& parameters, const Source& source,
                               TrainerOptions training, Index steps, Index samples,
                               const std::function<bool()>& should_stop) {
  FATHOM_ASSERT(steps >= 1 && samples >= 1);
  LayerSteps result;
  const std::set<std::string> frozen = training.frozen;
  for (const Parameter& parameter : parameters)
    if (parameter.learned && !frozen.contains(parameter.name)) result.names.push_back(parameter.name);
  result.ratios.resize(result.names.size());
  training.max_steps = steps;
  training.epochs = std::max(training.epochs, steps);
  training.patience = 0;
  training.monitor = {};
  Trainer trainer(objective, parameters, source, std::move(training));
  std::atomic<bool> stop{false};
  trainer.interrupt = &stop;
  const std::set<Index> wanted = sampled(steps, samples);
  Flat before = trainer.state().weights;
  trainer.on_step = [&](const StepReport& report) {
    const Flat& after = trainer.state().weights;
    if (wanted.contains(report.step)) {
      result.steps.push_back(report.step);
      for (std::size_t k = 0; k < result.names.size(); ++k)
        result.ratios[k].push_back(moved(before.view(result.names[k]), after.view(result.names[k])));
    }
    if (wanted.contains(report.step + 1)) before = after;
    if (should_stop && should_stop()) stop = true;
  };
  trainer.run();
  return result;
}

}  // namespace fathom
