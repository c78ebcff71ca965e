#include "fathom/train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fathom/base/clock.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/train/batch_feeder.hpp"
#include "fathom/train/update_step.hpp"

namespace fathom {

namespace {

bool all_finite(const TensorView& view) {
  return visit(view.type.dtype, [&](auto zero) {
    // Their sum of zeros is a NaN where one of them is not finite.
    decltype(zero) sum = 0;
    for (const auto value : view.span<decltype(zero)>()) sum += value * 0;
    return sum == 0;
  });
}

constexpr std::string_view ending_names[] = {"epochs_done",   "steps_done",  "time_over",
                                             "stopped_early", "interrupted", "diverged"};

}  // namespace

std::string_view name_of(Ending ending) { return ending_names[static_cast<std::size_t>(ending)]; }

// Without the product where it would be too large to hold.
Index total_steps(const TrainerOptions& options, Index batches) {
  return options.epochs > options.max_steps / batches ? options.max_steps : options.epochs * batches;
}

struct Trainer::Impl {
  Impl(Objective objective_, const Parameters& parameters_, const Source& source_, TrainerOptions options_);

  Request step_body(Trace& trace);
  void bind_state();
  // One of the feeder's two.
  void bind_batch(BatchTensors& batch) {
    const void* data = batch.at(Source::row_weight_name).view().data;
    if (data == bound_batch) return;
    for (auto& [name, tensor] : batch) step_program->bind(name, tensor.view());
    bound_batch = data;
  }
  // The order of the training rows in an epoch, until the one of two epochs later is asked for.
  std::span<const Index> order_of(Index epoch);
  std::span<const Index> rows_of_batch(Index epoch, Index number) {
    const std::span<const Index> order = order_of(epoch);
    const auto first = static_cast<std::size_t>(number * options.batch);
    return order.subspan(first, std::min(static_cast<std::size_t>(options.batch), order.size() - first));
  }
  // Those of the step after this one, which may begin the next epoch; none where the training ends.
  std::span<const Index> rows_of_next_batch() {
    if (state.step + 1 >= options.max_steps) return {};
    if (state.batch_in_epoch + 1 < batches) return rows_of_batch(state.epoch, state.batch_in_epoch + 1);
    return state.epoch + 1 < options.epochs ? rows_of_batch(state.epoch + 1, 0) : std::span<const Index>();
  }
  // One update. Gives false when the loss or the gradient is not finite.
  bool step(StepReport& report);
  // What made a weight or a number of the optimizer that is not finite; empty when there is none.
  Message bad_update() const;
  TrainResult diverged(Message bad_value) const { return {Ending::diverged, std::move(bad_value), state.step}; }
  // Judges the weights at the end of an epoch and lets them compete. Gives where a loss that is not finite arose.
  Message judge(EpochReport& report, Evaluation& valid);
  double rate() const { return fathom::rate(options.schedule, state.step + 1, total_steps, state.plateau); }
  double seconds() const { return state.seconds + session.seconds(); }

  Objective objective;
  const Parameters& parameters;
  const Source& source;
  TrainerOptions options;
  std::map<std::string, Type> types;
  std::vector<StateVar> state_vars;
  TrainerState state;
  std::unique_ptr<BatchFeeder> feeder;
  const void* bound_batch = nullptr;
  Tensor rate_now{Type{Dtype::f32, {}}}, step_now{Type{Dtype::f32, {}}}, key{Type{Dtype::i32, {4}}};
  struct Order {
    Index epoch = -1;
    std::vector<Index> rows;
  };
  Order orders[2];  // of the current epoch and the next
  StepReport last_step;
  Index batches = 0, total_steps = 0;
  std::unique_ptr<Program> step_program;
  Evaluator evaluator;
  Stopwatch session, epoch_time;
  double waited_before = 0;  // the epoch of this run()
  // Of the epoch's time so far: the share in which the loop waited for rows.
  double data_wait() const { return (feeder->waited() - waited_before) / std::max(epoch_time.seconds(), 1e-9); }
  Index first_batch = 0;  // of the epoch in this run()
};

Trainer::Impl::Impl(Objective objective_, const Parameters& parameters_, const Source& source_, TrainerOptions options_)
    : objective(std::move(objective_)),
      parameters(parameters_),
      source(source_),
      options(std::move(options_)),
      evaluator(objective, source_, std::max(options.batch, Evaluator::good_batch(source_))) {
  const Index rows = source.rows(Part::train);
  if (rows == 0) fail(Code::data, "there are no training rows");
  options.batch = std::min(options.batch, rows);
  types = source.inputs(options.batch);
  feeder = std::make_unique<BatchFeeder>(source, options.batch);
  batches = (rows + options.batch - 1) / options.batch;
  total_steps = fathom::total_steps(options, batches);
  step_program = std::make_unique<Program>([this](Trace& trace) { return step_body(trace); }, Mode::training,
                                           PlanOptions{.recompute = options.recompute});
  state.weights = parameters.initialise(options.seed);
  state.best_weights = state.weights;
  state.optimizer = initial_states(state_vars);
  step_program->bind(rate_input, rate_now.view());
  step_program->bind(step_input, step_now.view());
  step_program->bind(Trace::random_key_name, key.view());
  bind_state();
}

Request Trainer::Impl::step_body(Trace& trace) {
  UpdateStep step = update_step(trace, objective, types, parameters, options);
  state_vars = std::move(step.states);
  return std::move(step.request);
}

void Trainer::Impl::bind_state() {
  bind_weights(*step_program, state.weights);
  for (std::size_t k = 0; k < state_vars.size(); ++k) step_program->bind(state_vars[k].name, state.optimizer[k].view());
}

std::span<const Index> Trainer::Impl::order_of(Index epoch) {
  Order& order = orders[epoch % 2];
  if (order.epoch != epoch) {
    order.rows.resize(static_cast<std::size_t>(source.rows(Part::train)));
    std::iota(order.rows.begin(), order.rows.end(), Index{0});
    Random(options.seed, "shuffle", static_cast<std::uint64_t>(epoch)).shuffle(order.rows);
    order.epoch = epoch;
  }
  return order.rows;
}

bool Trainer::Impl::step(StepReport& report) {
  BatchTensors& batch = feeder->get(rows_of_batch(state.epoch, state.batch_in_epoch), state.step, rows_of_next_batch());
  bind_batch(batch);
  report.learning_rate = rate();
  rate_now.set(0, report.learning_rate);
  step_now.set(0, static_cast<double>(state.step + 1));
  set_random_key(key, options.seed, state.step);
  step_program->run();
  report.loss = step_program->number(0);
  report.gradient_norm = step_program->number(1);
  if (!std::isfinite(report.loss) || !std::isfinite(report.gradient_norm)) return false;
  const auto weights = batch.at(Source::row_weight_name).span<float>();
  const double weight = std::accumulate(weights.begin(), weights.end(), 0.0);
  state.epoch_loss += report.loss * weight;
  state.epoch_weight += weight;
  state.epoch_gradient += report.gradient_norm;
  ++state.step;
  ++state.batch_in_epoch;
  report.epoch = state.epoch + 1;
  report.step = state.step;
  report.batch = state.batch_in_epoch;
  report.batches = batches;
  report.data_wait = data_wait();
  last_step = report;
  return true;
}

Message Trainer::Impl::bad_update() const {
  const auto made = [&](const std::string& name) {
    return last_step.step == 0 ? message("\"{}\" as it was loaded", name)
                               : message("the update of \"{}\" by {}, rate {:.2g}, gradient norm {:.2g}", name,
                                         name_of(options.optimizer), last_step.learning_rate, last_step.gradient_norm);
  };
  for (const Parameter& parameter : state.weights.layout())
    if (!all_finite(state.weights.view(parameter.name))) return made(parameter.name);
  for (std::size_t k = 0; k < state_vars.size(); ++k)
    if (!all_finite(state.optimizer[k].view())) return made(state_vars[k].name);
  return {};
}

Message Trainer::Impl::judge(EpochReport& report, Evaluation& valid) {
  feeder->settle();
  const Part part = source.rows(Part::valid) > 0 ? Part::valid : Part::train;
  valid = evaluator.run(state.weights, part, source);
  if (valid.weight > 0 && !std::isfinite(valid.loss)) return evaluator.first_bad_value(state.weights, part, source);
  report.epoch = state.epoch + 1;
  report.step = state.step;
  report.train_loss = state.epoch_weight > 0 ? state.epoch_loss / state.epoch_weight : 0;
  report.gradient_norm = state.epoch_gradient / static_cast<double>(state.batch_in_epoch);
  report.learning_rate = fathom::rate(options.schedule, state.step, total_steps, state.plateau);
  report.seconds = epoch_time.seconds();
  report.rows_per_second =
      static_cast<double>((state.batch_in_epoch - first_batch) * options.batch) / std::max(report.seconds, 1e-9);
  report.valid = &valid;
  report.monitored = options.monitor ? options.monitor(valid) : valid.loss;
  const auto betters = [&](double best, Index epoch) {
    return report.monitored < best - (epoch > 0 ? options.min_delta : 0);
  };
  report.best = betters(state.best, state.best_epoch);
  if (betters(state.awaited, state.awaited_epoch)) {
    state.awaited = report.monitored;
    state.awaited_epoch = report.epoch;
  }
  if (report.best) {
    state.best = report.monitored;
    state.best_epoch = report.epoch;
    state.best_weights = state.weights;
  }
  return {};
}

Trainer::Trainer(Objective objective, const Parameters& parameters, const Source& source, TrainerOptions options)
    : impl_(std::make_unique<Impl>(std::move(objective), parameters, source, std::move(options))) {}
Trainer::~Trainer() = default;

TrainResult Trainer::run() {
  Impl& self = *impl_;
  TrainerState& state = self.state;
  self.session = Stopwatch();
  const auto leave = [&](TrainResult result) {
    state.seconds = self.seconds();
    self.session = Stopwatch();
    return result;
  };
  // No step has looked at what the last one made.
  const auto end = [&](Ending ending) {
    Message bad = self.bad_update();
    return leave(bad.empty() ? TrainResult{.ending = ending} : self.diverged(std::move(bad)));
  };
  while (true) {
    // Asked here and not after an epoch, so that a resumed run stops where the whole one did.
    if (self.options.patience > 0 && state.epoch - state.awaited_epoch >= self.options.patience)
      return end(Ending::stopped_early);
    if (state.epoch >= self.options.epochs) return end(Ending::epochs_done);
    self.epoch_time = Stopwatch();
    self.first_batch = state.batch_in_epoch;
    self.waited_before = self.feeder->waited();
    while (state.batch_in_epoch < self.batches) {
      if (interrupt != nullptr && interrupt->load()) return end(Ending::interrupted);
      if (state.step >= self.options.max_steps) return end(Ending::steps_done);
      if (self.session.seconds() >= time_limit) return end(Ending::time_over);
      StepReport report;
      if (!self.step(report)) {
        if (Message bad = self.bad_update(); !bad.empty()) return leave(self.diverged(std::move(bad)));
        return leave({Ending::diverged, self.step_program->first_bad_value(), state.step + 1});
      }
      if (on_step) on_step(report);
    }
    if (Message bad = self.bad_update(); !bad.empty()) return leave(self.diverged(std::move(bad)));
    EpochReport report;
    Evaluation valid;
    if (Message bad = self.judge(report, valid); !bad.empty()) return leave(self.diverged(std::move(bad)));
    observe(self.options.schedule, state.plateau, report.monitored);
    ++state.epoch;
    state.batch_in_epoch = 0;
    state.epoch_loss = state.epoch_weight = state.epoch_gradient = 0;
    if (on_epoch) on_epoch(report);
  }
}

TrainResult Trainer::judge_cut_epoch(TrainResult ended) {
  Impl& self = *impl_;
  if (self.state.batch_in_epoch == 0) return ended;
  EpochReport report{.cut = true};
  Evaluation valid;
  if (Message bad = self.judge(report, valid); !bad.empty()) return self.diverged(std::move(bad));
  if (on_epoch) on_epoch(report);
  return ended;
}

Evaluation Trainer::evaluate(Part part) { return impl_->evaluator.run(impl_->state.weights, part, impl_->source); }
Evaluation Trainer::evaluate(Part part, const Source& source) {
  return impl_->evaluator.run(impl_->state.weights, part, source);
}

void Trainer::restore_best() {
  if (impl_->state.best_epoch == 0) return;
  impl_->state.weights = impl_->state.best_weights;
  impl_->bind_state();
}

const TrainerState& Trainer::state() const { return impl_->state; }
bool Trainer::is_finite() const { return impl_->bad_update().empty(); }

void Trainer::set_state(TrainerState state) {
  const TrainerState& own = impl_->state;
  bool fits =
      state.weights.values().type() == own.weights.values().type() && state.optimizer.size() == own.optimizer.size();
  for (std::size_t k = 0; fits && k < own.optimizer.size(); ++k)
    fits = state.optimizer[k].type() == own.optimizer[k].type();
  if (!fits) throw Error(Code::data, "the saved state is of another model or another optimizer");
  if (state.batch_in_epoch < 0 || state.batch_in_epoch > impl_->batches)
    fail(Code::data, "the saved state is in batch {} of an epoch of {}", state.batch_in_epoch, impl_->batches);
  impl_->state = std::move(state);
  impl_->bind_state();
}

std::vector<std::string> Trainer::optimizer_names() const {
  std::vector<std::string> names;
  for (const StateVar& var : impl_->state_vars) names.push_back(var.name);
  return names;
}

std::size_t Trainer::bytes() const {
  const Impl& self = *impl_;
  std::size_t total = 2 * self.state.weights.values().bytes() + self.feeder->bytes() + self.step_program->bytes() +
                      self.evaluator.bytes();
  for (const Tensor& tensor : self.state.optimizer) total += tensor.bytes();
  return total;
}

std::size_t Trainer::bytes(bool recompute) const {
  const Program& step = *impl_->step_program;
  return bytes() - step.plan().arena_bytes + step.arena_bytes({.recompute = recompute});
}

std::string Trainer::explain() const { return impl_->step_program->explain(); }
Index Trainer::batches_per_epoch() const { return impl_->batches; }
double Trainer::learning_rate() const { return impl_->rate(); }

}  // namespace fathom
