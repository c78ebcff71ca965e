#include "fathom/train/trainer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "fathom/base/pool.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/nn/activations.hpp"
#include "fathom/nn/images.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"
#include "fathom/train/checkpoint.hpp"
#include "support/test_files.hpp"

namespace fathom {
namespace {

struct Net : Module {
  Embedding words{*this, "words", {.rows = 50, .width = 4}};
  Linear hidden{*this, "hidden", {.in = 7, .out = 16}};
  Linear out{*this, "out", {.in = 16, .out = 1}};
  Var operator()(const Batch& b) const {
    const Var x = concat({b["x"], words(b["word"])}, 1);
    return reshape(out(dropout(tanh(hidden(x)), 0.1)), {x.rows()});
  }
};

// Rows with a smooth target and one word each; `weights` may mark rows as absent.
std::map<std::string, Tensor> rows_of(Index count, std::uint64_t seed) {
  Random random(seed, "rows");
  Tensor x({Dtype::f32, {count, 3}}), y({Dtype::f32, {count}});
  std::vector<std::int32_t> word;
  for (Index row = 0; row < count; ++row) {
    double sum = 0;
    for (Index k = 0; k < 3; ++k) {
      const double value = random.normal();
      x.set(row * 3 + k, value);
      sum += value * static_cast<double>(k + 1);
    }
    word.push_back(static_cast<std::int32_t>(random.below(50)));
    y.set(row, std::tanh(sum) + 0.02 * word.back());
  }
  return {{"x", x}, {"word", Tensor({count}, word)}, {"y", y}};
}

Objective objective_of(const Net& net) {
  return {.row_losses = [&net](const Batch& b) { return mse(net(b), b["y"]); },
          .outputs = [&net](const Batch& b) { return net(b); }};
}

bool same_bits(const Flat& a, const Flat& b) {
  return std::memcmp(a.values().view().data, b.values().view().data, a.values().bytes()) == 0;
}

class TrainerTest : public testing::Test {
 protected:
  TrainerTest() : source_(rows_of(230, 1), {.train = 170, .valid = 60, .test = 0}) {}

  Net net_;
  TensorSource source_;
  const TestFolder test_folder_;
  const std::string folder_ = test_folder_.path();
};

TEST_F(TrainerTest, GoesOnToTheSameBitsFromAnyStep) {
  for (const std::string& name : optimizer_names()) {
    TrainerOptions options{.batch = 32,
                           .epochs = 4,
                           .optimizer = optimizer(name),
                           .schedule = {.base = 0.01, .decay = PlateauDecay{.patience = 0}, .warmup_steps = 3}};
    options.update.clip_norm = 1;
    options.update.weight_decay = 0.01;
    options.patience = 3;
    Trainer whole(objective_of(net_), net_.parameters(), source_, options);
    whole.run();
    for (const Index stop_at : {1, 5, 6, 7, 13, 24}) {  // an epoch has 6 steps
      const std::string path = folder_ + "/state.safetensors";
      {
        Trainer first(objective_of(net_), net_.parameters(), source_, options);
        std::atomic<bool> stop{false};
        first.interrupt = &stop;
        first.on_step = [&](const StepReport& report) { stop = report.step >= stop_at; };
        first.run();
        save_state(path, first);
      }
      Trainer second(objective_of(net_), net_.parameters(), source_, options);
      second.set_state(load_state(path, second));
      second.run();
      EXPECT_TRUE(same_bits(second.state().weights, whole.state().weights)) << name << " stopped at " << stop_at;
      EXPECT_TRUE(same_bits(second.state().best_weights, whole.state().best_weights))
          << name << " stopped at " << stop_at;
      EXPECT_EQ(second.state().best, whole.state().best);
      EXPECT_EQ(second.state().best_epoch, whole.state().best_epoch);
      EXPECT_EQ(second.state().plateau, whole.state().plateau);
    }
  }
}

TEST_F(TrainerTest, ThreadsDoNotChangeBits) {
  Flat first;
  for (const int threads : {1, 2, 3}) {
    Pool::resize_shared(threads);
    Trainer trainer(objective_of(net_), net_.parameters(), source_, {.batch = 64, .epochs = 3, .optimizer = Adam{}});
    trainer.run();
    if (threads == 1) first = trainer.state().weights;
    EXPECT_TRUE(same_bits(trainer.state().weights, first)) << threads;
  }
  Pool::resize_shared(usable_processors());
}

TEST_F(TrainerTest, EarlyStoppingGivesTheBestWeightsBack) {
  // A rate that overfits quickly: validation gets worse in the end.
  TrainerOptions options{.batch = 8, .epochs = 400, .optimizer = Adam{}, .schedule = {.base = 0.05}};
  options.patience = 4;
  Trainer trainer(objective_of(net_), net_.parameters(), source_, options);
  std::vector<double> losses;
  trainer.on_epoch = [&](const EpochReport& report) { losses.push_back(report.valid->loss); };
  EXPECT_EQ(trainer.run().ending, Ending::stopped_early);
  const auto best = std::min_element(losses.begin(), losses.end());
  EXPECT_EQ(trainer.state().best_epoch, best - losses.begin() + 1);
  EXPECT_EQ(static_cast<Index>(losses.size()), trainer.state().best_epoch + 4);
  EXPECT_EQ(trainer.run().ending, Ending::stopped_early) << "a stopped training stays stopped";
  EXPECT_EQ(static_cast<Index>(losses.size()), trainer.state().best_epoch + 4);
  // Patience that begins again waits for the best from there on, and what was best stays so until something is better.
  // A checkpoint keeps both.
  TrainerState state = trainer.state();
  const Index from = state.awaited_epoch = state.epoch;
  state.awaited = std::numeric_limits<double>::infinity();
  const double lowest = *best;
  trainer.set_state(std::move(state));
  const std::string path = folder_ + "/patience.safetensors";
  save_state(path, trainer);
  EXPECT_EQ(load_state(path, trainer).awaited, std::numeric_limits<double>::infinity());
  EXPECT_EQ(load_state(path, trainer).awaited_epoch, from);
  EXPECT_EQ(load_state(path, trainer).best, lowest);
  EXPECT_EQ(trainer.run().ending, Ending::stopped_early);
  const auto since = std::min_element(losses.begin() + from, losses.end());
  EXPECT_EQ(trainer.state().awaited_epoch, since - losses.begin() + 1);
  EXPECT_EQ(static_cast<Index>(losses.size()), trainer.state().awaited_epoch + 4);
  trainer.restore_best();
  EXPECT_EQ(trainer.evaluate(Part::valid).loss, *std::min_element(losses.begin(), losses.end()));
  EXPECT_LE(trainer.evaluate(Part::valid).loss, lowest);
}

TEST_F(TrainerTest, ANumberThatIsNotFiniteChangesNothing) {
  auto columns = rows_of(230, 1);
  columns.at("y").set(100, 1e38);  // its square overflows
  const TensorSource source(std::move(columns), {.train = 170, .valid = 60, .test = 0});
  Trainer trainer(objective_of(net_), net_.parameters(), source,
                  {.batch = 32, .epochs = 2, .optimizer = Adam{}, .schedule = {.base = 0.01}});
  Flat before = trainer.state().weights;
  trainer.on_step = [&](const StepReport&) { before = trainer.state().weights; };
  const TrainResult result = trainer.run();
  EXPECT_EQ(result.ending, Ending::diverged);
  EXPECT_NE(result.bad_value.text.find("mul"), std::string::npos) << result.bad_value.text;
  EXPECT_NE(result.bad_value.text.find("trainer_test.cpp"), std::string::npos) << result.bad_value.text;
  EXPECT_TRUE(same_bits(trainer.state().weights, before));
  for (Index i = 0; i < before.total(); ++i) ASSERT_TRUE(std::isfinite(before.values().at(i)));
}

TEST_F(TrainerTest, CountsStepsWithoutOverflow) {
  constexpr Index most = std::numeric_limits<Index>::max();
  EXPECT_EQ(total_steps({.epochs = 3}, 7), 21);
  EXPECT_EQ(total_steps({.epochs = 3, .max_steps = 20}, 7), 20);
  EXPECT_EQ(total_steps({.epochs = most}, 7), most);
  EXPECT_EQ(total_steps({.epochs = most, .max_steps = 5}, 7), 5);
}

TEST_F(TrainerTest, StopsWhereItIsTold) {
  TrainerOptions options{.batch = 32, .epochs = 100};
  options.max_steps = 9;
  Trainer by_steps(objective_of(net_), net_.parameters(), source_, options);
  EXPECT_EQ(by_steps.run().ending, Ending::steps_done);
  EXPECT_EQ(by_steps.state().step, 9);
  options.max_steps = 1000000;
  options.epochs = 1000000;
  Trainer by_time(objective_of(net_), net_.parameters(), source_, options);
  by_time.time_limit = 0.05;
  EXPECT_EQ(by_time.run().ending, Ending::time_over);
  EXPECT_LT(by_time.state().seconds, 5);
}

// The rate turns finite gradients into weights that are not; no later step looks at them.
TEST_F(TrainerTest, WeightsThatAreNotFiniteAreFoundInTheStepThatMadeThem) {
  TrainerOptions options{.batch = 170, .epochs = 3, .optimizer = Sgd{}, .schedule = {.base = 1e39}};
  for (const Index steps : {1, 100}) {
    options.max_steps = steps;
    Trainer trainer(objective_of(net_), net_.parameters(), source_, options);
    trainer.on_epoch = [&](const EpochReport&) { ADD_FAILURE() << "they were judged"; };
    EXPECT_TRUE(trainer.is_finite());
    const TrainResult result = trainer.run();
    EXPECT_EQ(result.ending, Ending::diverged);
    EXPECT_EQ(result.bad_step, 1);
    EXPECT_NE(result.bad_value.text.find("the update of \"words.weight\" by sgd"), std::string::npos)
        << result.bad_value.text;
    EXPECT_FALSE(trainer.is_finite());
    for (Index i = 0; i < trainer.state().best_weights.total(); ++i)
      ASSERT_TRUE(std::isfinite(trainer.state().best_weights.values().at(i)));
  }
}

TEST_F(TrainerTest, AValidationLossThatIsNotFiniteIsDivergence) {
  auto columns = rows_of(230, 1);
  columns.at("y").set(200, 1e38);
  const TensorSource source(std::move(columns), {.train = 170, .valid = 60, .test = 0});
  Trainer trainer(objective_of(net_), net_.parameters(), source, {.batch = 32, .epochs = 2, .optimizer = Adam{}});
  const TrainResult result = trainer.run();
  EXPECT_EQ(result.ending, Ending::diverged);
  EXPECT_NE(result.bad_value.text.find("trainer_test.cpp"), std::string::npos) << result.bad_value.text;
}

TEST_F(TrainerTest, ABatchWithoutWeightTeachesNothing) {
  auto columns = rows_of(230, 1);
  Tensor weights({Dtype::f32, {230}});
  for (Index row = 170; row < 230; ++row) weights.set(row, 1);
  columns.emplace(Source::row_weight_name, weights);
  const TensorSource source(std::move(columns), {.train = 170, .valid = 60, .test = 0});
  Trainer trainer(objective_of(net_), net_.parameters(), source, {.batch = 32, .epochs = 1, .optimizer = Sgd{}});
  const Flat before = trainer.state().weights;
  EXPECT_EQ(trainer.run().ending, Ending::epochs_done);
  EXPECT_TRUE(same_bits(trainer.state().weights, before));
}

TEST_F(TrainerTest, AnEpochThatIsCutCompetesAndIsForgottenByAResume) {
  const std::string path = folder_ + "/state.safetensors";
  TrainerOptions options{.batch = 32, .epochs = 4, .optimizer = Adam{}, .schedule = {.base = 0.01}};
  Trainer whole(objective_of(net_), net_.parameters(), source_, options);
  whole.run();
  options.max_steps = 9;  // an epoch has 6
  {
    Trainer cut(objective_of(net_), net_.parameters(), source_, options);
    std::vector<EpochReport> reports;
    cut.on_epoch = [&](const EpochReport& report) { reports.push_back(report); };
    const TrainResult ended = cut.run();
    save_state(path, cut);
    EXPECT_EQ(cut.judge_cut_epoch(ended).ending, Ending::steps_done);
    ASSERT_EQ(reports.size(), 2u);
    EXPECT_FALSE(reports[0].cut);
    EXPECT_TRUE(reports[1].cut);
    EXPECT_EQ(reports[1].epoch, 2);
    EXPECT_EQ(reports[1].step, 9);
    EXPECT_TRUE(reports[1].best);
    EXPECT_TRUE(same_bits(cut.state().best_weights, cut.state().weights));
  }
  options.max_steps = 1000;
  Trainer second(objective_of(net_), net_.parameters(), source_, options);
  second.set_state(load_state(path, second));
  second.run();
  EXPECT_TRUE(same_bits(second.state().weights, whole.state().weights));
  EXPECT_TRUE(same_bits(second.state().best_weights, whole.state().best_weights));
}

// The last batch is filled up with rows that must not count, whatever the batch size of the evaluation.
TEST_F(TrainerTest, EvaluationCountsEachRowOnce) {
  Trainer trainer(objective_of(net_), net_.parameters(), source_, {.batch = 32, .epochs = 2, .optimizer = Adam{}});
  trainer.run();
  const Evaluation valid = trainer.evaluate(Part::valid);
  ASSERT_EQ(valid.outputs.count(), 60);
  const auto columns = rows_of(230, 1);
  double sum = 0;
  for (Index row = 0; row < 60; ++row) sum += std::pow(valid.outputs.at(row) - columns.at("y").at(170 + row), 2);
  EXPECT_NEAR(valid.loss, sum / 60, 1e-6);
}

TEST_F(TrainerTest, RefusesForeignCheckpoints) {
  const std::string path = folder_ + "/state.safetensors";
  Trainer adam(objective_of(net_), net_.parameters(), source_, {.optimizer = Adam{}});
  Trainer sgd(objective_of(net_), net_.parameters(), source_, {.optimizer = Sgd{}});
  save_state(path, sgd);
  try {
    load_state(path, adam);
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::data);
    EXPECT_NE(std::string(error.what()).find("adam.m/"), std::string::npos) << error.what();
  }
  save_weights(path, adam.state().weights);
  EXPECT_THROW(load_state(path, adam), Error);
  EXPECT_THROW(load_state(folder_ + "/none.safetensors", adam), Error);
}

// A norm before the layer that learns: what its running numbers do depends on whether they are frozen.
struct Normed : Module {
  Linear hidden{*this, "hidden", {.in = 3, .out = 8}};
  BatchNorm norm{*this, "norm", {.width = 8}};
  Linear out{*this, "out", {.in = 8, .out = 1}};
  Var operator()(const Batch& b) const { return reshape(out(tanh(norm(hidden(b["x"])))), {b["x"].rows()}); }
};

TEST_F(TrainerTest, LeavesFrozenWeightsAlone) {
  const Normed net;
  const Objective objective{.row_losses = [&net](const Batch& b) { return mse(net(b), b["y"]); },
                            .outputs = [&net](const Batch& b) { return net(b); }};
  TrainerOptions options{.batch = 32, .epochs = 2, .schedule = {.base = 0.01}};
  options.update.weight_decay = 0.1;
  options.frozen = {"hidden.weight", "hidden.bias", "norm.weight", "norm.running_mean", "norm.running_variance"};
  Trainer trainer(objective, net.parameters(), source_, options);
  for (const std::string& name : trainer.optimizer_names())
    for (const std::string& frozen : options.frozen) EXPECT_EQ(name.find(frozen), std::string::npos) << name;
  EXPECT_EQ(trainer.optimizer_names().size(), 2u * 3);  // of the norm's bias and of the output
  const Flat before = trainer.state().weights;
  trainer.run();
  const Flat& after = trainer.state().weights;
  const auto moved = [&](const std::string& name) {
    return std::memcmp(before.view(name).data, after.view(name).data, before.view(name).type.bytes()) != 0;
  };
  for (const Parameter& parameter : net.parameters())
    EXPECT_EQ(moved(parameter.name), !options.frozen.contains(parameter.name)) << parameter.name;
  options.frozen = {"out.weight"};  // running numbers that are not frozen follow
  Trainer other(objective, net.parameters(), source_, options);
  other.run();
  EXPECT_NE(
      std::memcmp(before.view("norm.running_mean").data, other.state().weights.view("norm.running_mean").data, 32), 0);
}

TEST_F(TrainerTest, ABadStepChangesNoRunningNumbers) {
  const Normed net;
  const Objective objective{.row_losses = [&net](const Batch& b) { return mse(net(b), b["y"]); },
                            .outputs = [&net](const Batch& b) { return net(b); }};
  // The first step makes weights so large that the variance of the second overflows.
  Trainer trainer(objective, net.parameters(), source_,
                  {.batch = 32, .epochs = 2, .optimizer = Sgd{}, .schedule = {.base = 1e30}});
  EXPECT_EQ(trainer.run().ending, Ending::diverged);
  for (const char* name : {"norm.running_mean", "norm.running_variance"}) {
    const TensorView numbers = trainer.state().weights.view(name);
    for (Index i = 0; i < 8; ++i) EXPECT_TRUE(std::isfinite(numbers.as<float>()[i])) << name;
  }
}

TEST_F(TrainerTest, DerivesNothingForFrozenWeights) {
  const auto steps = [&](std::set<std::string> frozen) {
    TrainerOptions options{.batch = 32, .epochs = 1};
    options.frozen = std::move(frozen);
    return Trainer(objective_of(net_), net_.parameters(), source_, options).explain().size();
  };
  EXPECT_LT(steps({"words.weight", "hidden.weight", "hidden.bias"}), 2 * steps({}) / 3);
  TrainerOptions all{.batch = 32, .epochs = 1};
  for (const Parameter& parameter : net_.parameters()) all.frozen.insert(parameter.name);
  EXPECT_THROW(Trainer(objective_of(net_), net_.parameters(), source_, all), Error);
}

}  // namespace
}  // namespace fathom
