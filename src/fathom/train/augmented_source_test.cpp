#include "fathom/train/augmented_source.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <numeric>
#include <thread>

#include "fathom/base/pool.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/train/batch_feeder.hpp"
#include "fathom/train/table_model.hpp"
#include "fathom/train/trainer.hpp"
#include "support/test_files.hpp"

namespace fathom {
namespace {

std::vector<Index> range(Index first, Index last) {
  std::vector<Index> rows(static_cast<std::size_t>(last - first));
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

// 90 coloured images of 6 x 5 pixels in three classes, which their first channel tells.
class AugmentedSourceTest : public testing::Test {
 protected:
  AugmentedSourceTest() {
    pipeline_.image_rows = 6;
    pipeline_.image_columns = 5;
    pipeline_.image_channels = 3;
    pipeline_.target.name = "label";
    pipeline_.target.task = Task::multiclass;
    pipeline_.target.classes = {"a", "b", "c"};
    Random random(1, "pixels");
    ImageBlock block{{6, 5, 3}, {}};
    data_.rows = 90;
    for (Index row = 0; row < 90; ++row) {
      data_.target_classes.push_back(static_cast<std::int32_t>(row % 3));
      for (Index p = 0; p < 90; ++p)
        block.pixels.push_back(static_cast<std::uint8_t>(random.below(160) + (p % 3 == 0 ? 40 * (row % 3) : 0)));
    }
    data_.images = ImageStore(std::move(block));
    fit_images(pipeline_, data_.images, range(0, 60));
    plain_ = std::make_unique<DatasetSource>(data_, pipeline_, range(0, 60), range(60, 80), range(80, 90));
  }

  BatchTensors filled(const Source& source, Part part, Index step, Index batch = 16) const {
    BatchTensors tensors = tensors_of(source.inputs(batch));
    const auto rows = range(3, 9);
    if (step < 0)
      source.fill(part, rows, tensors);
    else
      source.fill_step(rows, step, tensors);
    return tensors;
  }
  static bool same(const Tensor& a, const Tensor& b) {
    return a.bytes() == b.bytes() && std::memcmp(a.view().data, b.view().data, a.bytes()) == 0;
  }

  Pipeline pipeline_;
  Dataset data_;
  std::unique_ptr<DatasetSource> plain_;
  const Augmentation all_{
      .flip = true, .shift = 2, .rotate = 20, .brightness = 0.2, .contrast = 0.2, .cutout = 2, .mixup = 0.5};
};

TEST_F(AugmentedSourceTest, ChangesTrainingStepsAlone) {
  const AugmentedSource source(*plain_, all_, 42);
  for (const Part part : {Part::train, Part::valid, Part::test}) {
    const auto as_it_is = filled(*plain_, part, -1), through = filled(source, part, -1);
    for (const auto& [name, tensor] : as_it_is) EXPECT_TRUE(same(tensor, through.at(name))) << name;
    EXPECT_TRUE(same(through.at(inputs::target), through.at(inputs::mixed_target)));
    for (const float share : through.at(inputs::own_share).span<float>()) EXPECT_EQ(share, 1);
  }
  const auto step = filled(source, Part::train, 7);
  EXPECT_FALSE(same(step.at(inputs::image), filled(*plain_, Part::train, -1).at(inputs::image)));
  EXPECT_TRUE(same(step.at(inputs::image), filled(source, Part::train, 7).at(inputs::image)));
  EXPECT_FALSE(same(step.at(inputs::image), filled(source, Part::train, 8).at(inputs::image)));
}

TEST_F(AugmentedSourceTest, MixesImagesAndSaysOfWhat) {
  const AugmentedSource source(*plain_, {.mixup = 1}, 42);
  const auto own = filled(*plain_, Part::train, -1), mixed = filled(source, Part::train, 5);
  const float share = mixed.at(inputs::own_share).span<float>()[0];
  EXPECT_GT(share, 0.5f);
  EXPECT_LT(share, 1.0f);
  const auto target = own.at(inputs::target).span<std::int32_t>(),
             other = mixed.at(inputs::mixed_target).span<std::int32_t>();
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(other[i], target[5 - i]);
    for (std::size_t p = 0; p < 90; ++p)
      EXPECT_NEAR(mixed.at(inputs::image).span<float>()[i * 90 + p],
                  share * own.at(inputs::image).span<float>()[i * 90 + p] +
                      (1 - share) * own.at(inputs::image).span<float>()[(5 - i) * 90 + p],
                  1e-5);
  }
}

// Cross-entropy by hand, of what the model makes of the mixed images.
TEST_F(AugmentedSourceTest, MixesTheLossesOfBothTargetsByTheirShares) {
  const AugmentedSource source(*plain_, {.mixup = 1}, 42);
  const TableModel model(pipeline_, {.hidden = {8}});
  const Objective objective = make_objective(model, pipeline_, {});
  const Flat weights = random_like(Flat(model.parameters()), 1);
  BatchTensors batch = filled(source, Part::train, 5, 6);
  const auto types = source.inputs(6);
  Program program([&](Trace& trace) {
    const Batch b(trace.graph(), types);
    return Request{{objective.row_losses(b), objective.outputs(b)}, {}};
  });
  for (auto& [name, tensor] : batch) program.bind(name, tensor.view());
  bind_weights(program, weights);
  program.run();
  const auto losses = program.output(0).span<float>(), scores = program.output(1).span<float>();
  const auto own = batch.at(inputs::target).span<std::int32_t>(),
             other = batch.at(inputs::mixed_target).span<std::int32_t>();
  const double share = batch.at(inputs::own_share).at(0);
  EXPECT_GT(share, 0.5);
  EXPECT_LT(share, 0.999);
  double least = 1e9, most = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    double total = 0;
    for (std::size_t c = 0; c < 3; ++c) total += std::exp(static_cast<double>(scores[i * 3 + c]));
    const auto loss_of = [&](std::int32_t target) {
      return std::log(total) - static_cast<double>(scores[i * 3 + static_cast<std::size_t>(target)]);
    };
    EXPECT_NEAR(static_cast<double>(losses[i]), share * loss_of(own[i]) + (1 - share) * loss_of(other[i]), 1e-4);
    least = std::min(least, loss_of(own[i]) / loss_of(other[i]));
    most = std::max(most, loss_of(own[i]) / loss_of(other[i]));
  }
  EXPECT_LT(least, 0.8);  // the two are no more alike than the shares
  EXPECT_GT(most, 1.2);
}

TEST_F(AugmentedSourceTest, RefusesWhatDoesNotFit) {
  const auto refused = [&](const Augmentation& how) {
    return std::string(error_from([&] { AugmentedSource(*plain_, how, 1); }).what());
  };
  EXPECT_EQ(refused({.shift = 5}), "augment.shift is 5, but the images have 6 x 5 pixels");
  EXPECT_EQ(refused({.cutout = 9}), "augment.cutout is 9, but the images have 6 x 5 pixels");
  pipeline_.numbers.emplace_back();
  EXPECT_EQ(refused({.mixup = 1}), "augment.mixup mixes images, but the rows have other inputs beside them");
  pipeline_.numbers.clear();
  pipeline_.target.task = Task::regression;
  EXPECT_EQ(refused({.mixup = 1}), "augment.mixup mixes classes, but the target is a number");
  pipeline_.image_rows = 0;
  EXPECT_EQ(refused({.flip = true}), "augment.* changes images, and this data has none");
}

// A whole training and one that is interrupted, on one and on three threads: the same weights, to the bit.
TEST_F(AugmentedSourceTest, TrainsToTheSameBitsWhereverItStops) {
  const AugmentedSource source(*plain_, all_, 42);
  const TableModel model(pipeline_, {.hidden = {8}, .dropout = 0.1});
  const Settings settings;
  const auto trained = [&](int threads, Index stop_at) {
    Pool::resize_shared(threads);
    TrainerOptions options{.batch = 16, .epochs = 3, .schedule = {.base = 0.01}};
    Trainer first(make_objective(model, pipeline_, settings), model.parameters(), source, options);
    std::atomic<bool> stop{false};
    first.interrupt = &stop;
    first.on_step = [&](const StepReport& report) { stop = report.step == stop_at; };
    first.run();
    if (stop_at == 0) return first.state().weights;
    Trainer second(make_objective(model, pipeline_, settings), model.parameters(), source, options);
    second.set_state(first.state());
    second.run();
    return second.state().weights;
  };
  const int threads = Pool::shared().threads();
  const Flat whole = trained(1, 0);
  for (const int count : {1, 3})
    for (const Index stop_at : {0, 1, 4, 6}) {
      const Flat other = trained(count, stop_at);
      EXPECT_TRUE(same(whole.values(), other.values())) << count << " threads, stopped at " << stop_at;
    }
  Pool::resize_shared(threads);
}

// Slow enough to be filled ahead; counts who filled what.
class SlowSource final : public Source {
 public:
  std::map<std::string, Type> inputs(Index batch) const override {
    return {{"x", {Dtype::f32, {batch}}}, {row_weight_name, {Dtype::f32, {batch}}}};
  }
  Index rows(Part) const override { return 100; }
  void fill(Part, std::span<const Index> rows, BatchTensors& batch) const override {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (fail_at == rows.front()) throw Error(Code::data, "a row is gone");
    for (std::size_t i = 0; i < rows.size(); ++i)
      batch.at("x").set(static_cast<Index>(i), static_cast<double>(rows[i]));
    if (is_elsewhere()) ++elsewhere;
  }
  void fill_step(std::span<const Index> rows, Index step, BatchTensors& batch) const override {
    fill(Part::train, rows, batch);
    steps.emplace_back(step, is_elsewhere());
  }
  bool is_elsewhere() const { return std::this_thread::get_id() != owner; }

  std::thread::id owner = std::this_thread::get_id();
  mutable std::atomic<int> elsewhere{0};
  mutable std::vector<std::pair<Index, bool>> steps;  // which, and whether on another thread
  Index fail_at = -1;
};

TEST(BatchFeeder, FillsAheadAndGivesWhatIsAskedFor) {
  SlowSource source;
  BatchFeeder feeder(source, 10);
  for (Index step = 0; step < 8; ++step) {
    const auto rows = range(step * 10, step * 10 + 10), next = range(step * 10 + 10, step * 10 + 20);
    EXPECT_EQ(feeder.get(rows, step, next).at("x").at(9), static_cast<double>(step * 10 + 9));
  }
  EXPECT_GE(source.elsewhere.load(), 7);
  // Other rows than were expected, as after going back to an earlier state.
  EXPECT_EQ(feeder.get(range(50, 60), 3, {}).at("x").at(0), 50);
  EXPECT_GT(feeder.waited(), 0);
}

TEST(BatchFeeder, PassesErrorsOn) {
  SlowSource source;
  source.fail_at = 20;
  BatchFeeder feeder(source, 10);
  feeder.get(range(0, 10), 0, range(10, 20));
  feeder.get(range(10, 20), 1, range(20, 30));
  EXPECT_EQ(error_from([&] { feeder.get(range(20, 30), 2, {}); }).code(), Code::data);
}

// Only what nothing came before is filled where it is needed: not the first batch of a later epoch.
TEST(BatchFeeder, FillsAheadFromOneEpochToTheNext) {
  struct Scores : Module {
    Weight weight{*this, "weight", {}};
  } model;
  const Objective objective{[&](const Batch& b) { return square(b["x"] - model.weight()); },
                            [&](const Batch& b) { return b["x"] - model.weight(); }};
  SlowSource source;
  const auto trained = [&](Index max_steps) {
    Trainer trainer(objective, model.parameters(), source,
                    {.batch = 30, .epochs = 3, .max_steps = max_steps, .schedule = {.base = 0.01}});
    source.steps.clear();
    const Ending ending = trainer.run().ending;
    EXPECT_EQ(ending, max_steps < 12 ? Ending::steps_done : Ending::epochs_done);
    return source.steps;
  };
  using Steps = std::vector<std::pair<Index, bool>>;
  Steps expected{{0, false}};
  for (Index step = 1; step < 12; ++step) expected.emplace_back(step, true);
  EXPECT_EQ(trained(100), expected);
  // Nothing is filled that is not trained on.
  EXPECT_EQ(trained(5), Steps(expected.begin(), expected.begin() + 5));
}

}  // namespace
}  // namespace fathom
