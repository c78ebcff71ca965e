#include "fathom/inspect/train_on.hpp"

#include <limits>

#include "fathom/train/augmented_source.hpp"
#include "fathom/train/initial_weights.hpp"
#include "fathom/train/session_options.hpp"

namespace fathom::curvature {

Flat converted(const Flat& weights, const Parameters& layout) {
  Flat result(layout);
  for (std::size_t k = 0; k < layout.size(); ++k) {
    const TensorView from = weights.view(k), to = result.view(k);
    visit(from.type.dtype, [&](auto source) {
      visit(to.type.dtype, [&](auto target) {
        const auto numbers = from.span<decltype(source)>();
        const auto places = to.span<decltype(target)>();
        for (std::size_t i = 0; i < numbers.size(); ++i) places[i] = static_cast<decltype(target)>(numbers[i]);
      });
    });
  }
  return result;
}

TrainOn training_of(const Settings& settings, const Prepared& prepared, const TableModel& model, Index updates,
                    const TrainOnOptions& how) {
  return [&settings, &prepared, &model, updates, how](const Flat& start, std::uint64_t seed) {
    TrainerOptions options = trainer_options(settings, prepared);
    options.seed = seed;
    options.schedule = {.base = learning_rate(settings), .decay = ConstantRate{}};
    options.epochs = std::numeric_limits<Index>::max();
    options.max_steps = updates;
    options.patience = 0;
    options.monitor = {};
    if (!how.loaded.empty())
      options.update.rate_factor = [&](Var parameter) {
        return how.loaded.contains(parameter.node().name) ? settings.trainer.loaded_learning_rate_factor : 1.0;
      };
    options.frozen = matching_names(settings.trainer.freeze, model.parameters());
    std::unique_ptr<AugmentedSource> augmented;
    if (settings.augment.any()) augmented = std::make_unique<AugmentedSource>(*prepared.source, settings.augment, seed);
    Trainer trainer(make_objective(model, prepared.pipeline, settings), model.parameters(),
                    augmented ? static_cast<const Source&>(*augmented) : *prepared.source, options);
    trainer.interrupt = how.interrupt;
    if (how.alive) trainer.on_step = [&](const StepReport&) { how.alive(); };
    TrainerState state = trainer.state();
    state.weights = converted(start, model.parameters());
    trainer.set_state(std::move(state));
    const TrainResult result = trainer.run();
    if (result.ending == Ending::interrupted) throw Error(Code::interrupted, "interrupted");
    Flat end = converted(trainer.state().weights, start.layout());
    // The weights before a step whose loss is not finite may themselves be.
    if (result.ending == Ending::diverged) fill(end, std::numeric_limits<double>::quiet_NaN());
    return end;
  };
}

}  // namespace fathom::curvature
