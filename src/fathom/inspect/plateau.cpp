#include "fathom/inspect/plateau.hpp"

#include "fathom/inspect/chunk_length.hpp"
#include "fathom/train/initial_weights.hpp"

namespace fathom::curvature {

namespace {

constexpr Index plateau_rows = 2048, plateau_updates = 200;

}  // namespace

PlateauLook look_for_way_out(const Settings& settings, const Prepared& prepared, const Flat& weights,
                             const TrainOnOptions& how) {
  SurveyOptions options{.seed = settings.seed};
  options.stage = [&](const Message&) {
    if (how.alive) how.alive();
    if (how.interrupt != nullptr && how.interrupt->load()) throw Error(Code::interrupted, "interrupted");
  };
  TableModelOptions network = model_options(settings, prepared.pipeline);
  const TableModel trained(prepared.pipeline, network);
  network.dtype = trained.parameters().learned() <= options.dense_up_to ? Dtype::f64 : Dtype::f32;
  const TableModel model(prepared.pipeline, network);
  const Objective objective = make_objective(model, prepared.pipeline, settings);
  const Source& source = *prepared.source;
  const Flat here = converted(weights, model.parameters());
  const Index there = source.rows(Part::train);
  LossRows whole{.objective = objective,
                 .source = source,
                 .rows = spread_rows(source, Part::train, 0),
                 .frozen = matching_names(settings.trainer.freeze, model.parameters())};
  whole.chunk = chunk_within_training(whole, here, step_size(settings, there));
  LossRows rows = whole;
  rows.rows = spread_rows(source, Part::train, std::min(there, plateau_rows));
  options.gradient_rows = &whole;
  WayOut way_out{whole, training_of(settings, prepared, trained, plateau_updates, how), {.seed = settings.seed}};
  way_out.on_slopes = true;
  PlateauLook look{survey(rows, nullptr, here, options, &way_out), {}};
  if (look.survey.escape && look.survey.escape->outcome == Outcome::way_out)
    look.weights = converted(look.survey.escape->weights, weights.layout());
  return look;
}

}  // namespace fathom::curvature
