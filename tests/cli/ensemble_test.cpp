// Several runs that answer together.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "program.hpp"
#include "tables.hpp"

namespace fathom {
namespace {

using Json = nlohmann::json;

class Ensembles : public ::testing::Test {
 protected:
  Ensembles() {
    place_.write("kinds.csv", kind_table(300));
    place_.write("prices.csv", price_table(300));
    place_.write("new.csv", without_target(kind_table(25)));
  }
  void train(const std::string& data, const std::string& target, std::vector<std::string> more) const {
    more.insert(more.begin(), {"train", data, "--target", target, "--epochs", "3"});
    const Outcome outcome = place_.run(more);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  Json json(std::vector<std::string> words) const {
    words.push_back("--json");
    const Outcome outcome = place_.run(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return Json::parse(outcome.out, nullptr, false);
  }
  void expect_refused(const std::vector<std::string>& words, int code, const std::vector<std::string>& parts) const {
    const Outcome outcome = place_.run(words);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    for (const std::string& part : parts) EXPECT_TRUE(contains(outcome.err, part)) << part << "\n" << outcome.err;
  }

  Workplace place_;
};

TEST_F(Ensembles, AverageProbabilitiesBesideEachRun) {
  train("kinds.csv", "kind", {"--set", "model.hidden=[16]"});
  train("kinds.csv", "kind", {"--set", "model.bins=4"});  // with encoders of its own
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"eval", "1", "2"}, {"eval", "1", "latest", "kinds.csv"}}) {
    const Json both = json(words);
    ASSERT_EQ(both["runs"].size(), 2u);
    double worst = 0, mean = 0;
    for (const Json& run : both["runs"]) {
      const double loss = run["metrics"]["test/log_loss"]["value"];
      worst = std::max(worst, loss);
      mean += loss / 2;
      auto alone = words;
      alone.erase(alone.begin() + 1, alone.begin() + 3);
      alone.insert(alone.begin() + 1, run["run"].get<std::string>());
      EXPECT_EQ(json(alone)["metrics"], run["metrics"]);
    }
    // The logarithm curves, so the mean of two probabilities loses at most the mean of their losses.
    EXPECT_LE(both["metrics"]["test/log_loss"]["value"].get<double>(), mean);
    EXPECT_LT(both["metrics"]["test/log_loss"]["value"].get<double>(), worst);
  }
  const Outcome shown = place_.run({"eval", "1", "2"});
  for (const char* part : {"2 runs averaged", "run 1", "run 2", "average", "test/accuracy"})
    EXPECT_TRUE(contains(shown.out, part)) << shown.out;
  EXPECT_EQ(place_.run({"eval", "1", "2", "--min", "accuracy=1.01"}).code, 6);

  const auto column = [&](const std::vector<std::string>& words, std::size_t number) {
    std::vector<double> values;
    const auto lines = lines_of(place_.run(words).out);
    for (std::size_t i = 1; i < lines.size(); ++i) {
      std::size_t at = 0;
      for (std::size_t k = 0; k < number; ++k) at = lines[i].find(',', at) + 1;
      values.push_back(std::stod(lines[i].substr(at)));
    }
    return values;
  };
  const Outcome predict = place_.run({"predict", "1", "2", "new.csv", "--proba"});
  EXPECT_EQ(lines_of(predict.out).at(0), "prediction,p(flat),p(long),p(round),run(1),run(2)");
  EXPECT_TRUE(contains(predict.err, "2 runs averaged")) << predict.err;
  const auto both = column({"predict", "1", "2", "new.csv", "--proba"}, 1);
  const auto one = column({"predict", "1", "new.csv", "--proba"}, 1),
             two = column({"predict", "2", "new.csv", "--proba"}, 1);
  ASSERT_EQ(both.size(), 25u);
  for (std::size_t i = 0; i < both.size(); ++i) EXPECT_NEAR(both[i], (one[i] + two[i]) / 2, 1e-6);
}

TEST_F(Ensembles, AverageNumbers) {
  train("prices.csv", "price", {"--seed", "1"});
  train("prices.csv", "price", {"--seed", "2"});
  const auto lines = lines_of(place_.run({"predict", "1", "2", "prices.csv"}).out);
  ASSERT_EQ(lines.size(), 301u);
  EXPECT_EQ(lines[0], "prediction,run(1),run(2)");
  for (std::size_t i = 1; i < lines.size(); ++i) {
    double mean = 0, one = 0, two = 0;
    ASSERT_EQ(std::sscanf(lines[i].c_str(), "%lf,%lf,%lf", &mean, &one, &two), 3) << lines[i];
    EXPECT_NEAR(mean, (one + two) / 2, 1e-4 * (1 + std::abs(mean)));
  }
  const auto documents = lines_of(place_.run({"predict", "1", "2", "prices.csv", "--format", "jsonl"}).out);
  EXPECT_EQ(Json::parse(documents.at(0)).size(), 3u);
}

// With a test file of their own, runs of several seeds are judged on the same rows.
TEST_F(Ensembles, AreOfSeveralSeeds) {
  place_.write("test.csv", kind_table(90));
  for (const char* seed : {"1", "2", "3"})
    train("kinds.csv", "kind", {"--seed", seed, "--set", "data.test_path=test.csv"});
  EXPECT_EQ(json({"eval", "1", "2", "3"})["runs"].size(), 3u);
  // Those that were to be judged on other rows are not averaged, and a test file that has changed is noticed.
  place_.write("other.csv", kind_table(80));
  train("kinds.csv", "kind", {"--seed", "1", "--set", "data.test_path=other.csv"});
  expect_refused({"eval", "1", "4"}, 4, {"runs 1 and 4 do not have the same test part"});
  place_.write("test.csv", kind_table(60));
  expect_refused({"eval", "1"}, 4, {"is not the data that run 1 was trained on"});
}

TEST_F(Ensembles, RefuseRunsThatDoNotBelongTogether) {
  train("kinds.csv", "kind", {"--seed", "1"});
  train("prices.csv", "price", {"--seed", "1"});
  train("kinds.csv", "kind", {"--seed", "1", "--set", "split.train=0.7", "--set", "split.valid=0.2"});
  expect_refused({"eval", "1", "2"}, 3, {"run 1 predicts \"kind\", but run 2 \"price\"", "the same target"});
  expect_refused({"predict", "1", "2", "new.csv"}, 3, {"run 1 predicts \"kind\", but run 2 \"price\""});
  expect_refused({"eval", "1", "3"}, 4, {"runs 1 and 3 do not have the same test part", "fathom eval RUN RUN DATA"});
  EXPECT_EQ(place_.run({"eval", "1", "3", "kinds.csv"}).code, 0);
  expect_refused({"eval", "1", "9"}, 4, {"there is no run \"9\""});
  expect_refused({"eval", "1", "nothing.csv"}, 4, {"nothing.csv"});
  expect_refused({"predict", "1", "3", "-"}, 2, {"several runs need a file"});
  std::filesystem::copy(place_.path("runs/0001-kinds/model"), place_.path("model"));
  expect_refused({"eval", "model", "1"}, 2, {"model is a copy of a model without its data"});
  EXPECT_EQ(place_.run({"eval", "model", "1", "kinds.csv"}).code, 0);
  place_.write(
      "two.csv", "length,width,kind\n" + [] {
        std::string rows;
        for (int i = 0; i < 100; ++i)
          rows += std::to_string(i) + "," + std::to_string(i % 7) + (i % 2 ? ",flat\n" : ",long\n");
        return rows;
      }());
  train("two.csv", "kind", {});
  expect_refused({"predict", "1", "4", "new.csv"}, 3, {"run 1 makes a classification, but run 4 a binary"});
}

}  // namespace
}  // namespace fathom
