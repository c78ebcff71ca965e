#include "fathom/train/initial_weights.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "fathom/base/atomic_file.hpp"
#include "fathom/train/checkpoint.hpp"
#include "support/test_files.hpp"

namespace fathom {
namespace {

// Two numbers and a category; three classes.
Pipeline pipeline_of() {
  Pipeline pipeline;
  pipeline.numbers.emplace_back().name = "a";
  pipeline.numbers.emplace_back().name = "b";
  pipeline.categories = {{.name = "city", .vocabulary = {"x", "y", "z"}, .width = 4}};
  pipeline.target.name = "kind";
  pipeline.target.task = Task::multiclass;
  pipeline.target.classes = {"flat", "long", "round"};
  return pipeline;
}

TableModelOptions options_of(std::vector<Index> hidden = {8}) {
  TableModelOptions options;
  options.hidden = std::move(hidden);
  return options;
}

class InitialWeightsTest : public testing::Test {
 protected:
  InitialWeightsTest() {
    const TableModel model(before_, options_of());
    weights_ = model.parameters().initialise(3);
    write_file(folder_ + "/pipeline.json", to_json(before_));
    save_weights(folder_ + "/model.safetensors", weights_, model_metadata(options_of()));
  }

  InitialWeights load(const Pipeline& now, const TableModelOptions& options = options_of()) const {
    const TableModel model(now, options);
    return InitialWeights::from_run(folder_, model, options, now);
  }
  // The names that are new, each with the reason.
  static std::map<std::string, std::string> fresh(const InitialWeights& initial) {
    std::map<std::string, std::string> reasons;
    for (const auto& [name, why] : initial.fresh()) reasons[name] = why.text;
    return reasons;
  }

  const TestFolder test_folder_;
  const std::string folder_ = test_folder_.path();
  const Pipeline before_ = pipeline_of();
  Flat weights_;
};

using Reasons = std::map<std::string, std::string>;

TEST_F(InitialWeightsTest, TakeEverythingOfTheSameModel) {
  const InitialWeights initial = load(before_);
  EXPECT_EQ(fresh(initial), Reasons());
  EXPECT_TRUE(initial.left().empty());
  EXPECT_EQ(initial.numbers(), 3 * 4 + 6 * 8 + 8 + 8 * 3 + 3);
  const TableModel model(before_, options_of());
  Flat now = model.parameters().initialise(99);
  initial.save(folder_ + "/init.safetensors");
  const InitialWeights again = InitialWeights::from_file(folder_ + "/init.safetensors");
  EXPECT_EQ(again.names(), initial.names());
  EXPECT_EQ(again.origin(), folder_);
  again.apply(now);
  EXPECT_EQ(std::memcmp(now.values().view().data, weights_.values().view().data, now.values().bytes()), 0);
}

TEST_F(InitialWeightsTest, AreNewWhereTheNumbersWouldMeanSomethingElse) {
  Pipeline now = before_;
  now.target.classes.push_back("wide");
  EXPECT_EQ(fresh(load(now)), (Reasons{{"output.weight", "of the shape [8, 3] in the run, [8, 4] here"},
                                       {"output.bias", "of the shape [3] in the run, [4] here"}}));
  now = before_;
  std::swap(now.target.classes[0], now.target.classes[1]);
  EXPECT_EQ(fresh(load(now)),
            (Reasons{{"output.weight", "its target is another"}, {"output.bias", "its target is another"}}));
  now = before_;
  std::swap(now.categories[0].vocabulary[0], now.categories[0].vocabulary[1]);
  EXPECT_EQ(fresh(load(now)), (Reasons{{"category.city.weight", "its categories are others"}}));
  now = before_;
  std::swap(now.numbers[0], now.numbers[1]);
  EXPECT_EQ(fresh(load(now)),
            (Reasons{{"hidden1.weight", "its inputs are others"}, {"hidden1.bias", "the weight of its layer is new"}}));
  now = before_;
  now.numbers[0].center = 100;  // the same number, of other rows
  EXPECT_EQ(fresh(load(now)), Reasons());
}

TEST_F(InitialWeightsTest, SayWhatIsNewAndWhatWasLeft) {
  const InitialWeights initial = load(before_, options_of({8, 5}));
  EXPECT_EQ(initial.names(), (std::set<std::string>{"category.city.weight", "hidden1.weight", "hidden1.bias"}));
  EXPECT_EQ(fresh(initial), (Reasons{{"hidden2.weight", "the run has none of this name"},
                                     {"hidden2.bias", "the run has none of this name"},
                                     {"output.weight", "of the shape [8, 3] in the run, [5, 3] here"},
                                     {"output.bias", "the weight of its layer is new"}}));
  EXPECT_EQ(initial.left(), (std::vector<std::string>{"output.weight", "output.bias"}));
}

TEST_F(InitialWeightsTest, TakeABiasAndANormWithTheirLayerOnly) {
  TableModelOptions normed = options_of();
  normed.norm = "layer";
  const TableModel model(before_, normed);
  save_weights(folder_ + "/model.safetensors", model.parameters().initialise(3), model_metadata(normed));
  EXPECT_EQ(fresh(load(before_, normed)), Reasons());
  Pipeline now = before_;
  std::swap(now.numbers[0], now.numbers[1]);
  const std::string alone = "the weight of its layer is new";
  EXPECT_EQ(fresh(load(now, normed)), (Reasons{{"hidden1.weight", "its inputs are others"},
                                               {"hidden1.bias", alone},
                                               {"norm1.weight", alone},
                                               {"norm1.bias", alone}}));
}

// Of these two networks, the three numbers of the output's bias alone have the same name, shape and target.
TEST_F(InitialWeightsTest, RefuseARunOfWhichABiasAloneFits) {
  try {
    load(before_, options_of({}));
    FAIL() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::config);
    EXPECT_EQ(std::string(error.what()), "no weight of " + folder_ + " fits this model");
  }
}

TEST_F(InitialWeightsTest, RefuseARunWithNothingInCommon) {
  Pipeline other;
  other.numbers.emplace_back().name = "p";
  other.target.name = "price";
  try {
    load(other, options_of({5}));
    FAIL() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::config);
    EXPECT_EQ(std::string(error.what()), "no weight of " + folder_ + " fits this model");
    EXPECT_NE(error.hint().find("hidden1.weight [1, 5]: hidden1.weight [6, 8]"), std::string::npos) << error.hint();
  }
  EXPECT_THROW(InitialWeights::from_run(folder_ + "/nowhere", TableModel(other, options_of()), options_of(), other),
               Error);
}

TEST(MatchingNames, ReadStars) {
  const Pipeline pipeline = pipeline_of();
  const TableModel model(pipeline, options_of({8, 8}));
  const auto matching = [&](const std::vector<std::string>& patterns) {
    return matching_names(patterns, model.parameters());
  };
  EXPECT_EQ(matching({"hidden?.bias"}), (std::set<std::string>{"hidden1.bias", "hidden2.bias"}));
  EXPECT_EQ(matching({"category.*", "output.bias"}), (std::set<std::string>{"category.city.weight", "output.bias"}));
  EXPECT_EQ(matching({}), std::set<std::string>());
  EXPECT_EQ(matching({"*"}).size(), model.parameters().size());
  try {
    matching({"hidden1.*", "encoder.*"});
    FAIL() << "taken";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "trainer.freeze has \"encoder.*\", which fits the name of no weight");
    EXPECT_NE(error.hint().find("category.city.weight, hidden1.weight"), std::string::npos) << error.hint();
  }
}

}  // namespace
}  // namespace fathom
