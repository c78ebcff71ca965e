// lab optimizer as a user meets it: what it finds on the spirals and on the bowl.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "english_words.hpp"
#include "pages.hpp"
#include "program.hpp"

namespace fathom {
namespace {

TEST(LabOptimizer, FindsWhatOneRateForAllDirectionsCosts) {
  Workplace place;
  const std::string config = std::string(FATHOM_SOURCES) + "/examples/lab/optimizer.toml";
  const Outcome outcome = place.run({"lab", "optimizer", config, "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const nlohmann::json found = nlohmann::json::parse(outcome.out);
  const nlohmann::json& findings = found["findings"];
  // The bowl of curvatures 1:100: gradient descent as theory has it, Adam in a tenth of that.
  const nlohmann::json& bowl = findings["bowl"];
  const double sgd = bowl["sgd"], adam = bowl["adam"];
  EXPECT_NEAR(sgd, bowl["sgd_theory"], 0.1 * sgd) << bowl;
  EXPECT_LE(10 * adam, sgd) << bowl;
  EXPECT_LT(bowl["momentum"], sgd) << bowl;
  // Gradient descent takes a higher rate than Adam, and moves its layers less evenly.
  EXPECT_GT(findings["rates"]["sgd"], 10 * findings["rates"]["adam"].get<double>()) << findings;
  EXPECT_GT(findings["layer_steps"]["sgd"], findings["layer_steps"]["adam"]) << findings;
  EXPECT_NE(findings["best"]["place"], 0) << "SGD is not the best: " << findings;
  EXPECT_NE(found["advice"][0].get<std::string>().find("trainer.optimizer"), std::string::npos);
  EXPECT_EQ(checked_page(place.read("labs/optimizer-optimizer/report.html")).all("svg").size(), 4u);
  const std::string numbers = place.read("labs/optimizer-optimizer/numbers.csv");
  for (const char* part : {"search,", "curves,", "layer_steps,", "bowl,", "bowl_steps,"})
    EXPECT_TRUE(contains(numbers, part)) << part;
  // All is there: nothing is trained again, and it is told in another language.
  const auto files = place.content().size();
  const Outcome chinese = place.run({"--lang", "zh", "lab", "optimizer", config});
  EXPECT_EQ(chinese.code, 0);
  EXPECT_EQ(place.content().size(), files);
  // But for the names of optimizers.
  std::istringstream words(english_words(chinese.out));
  const std::set<std::string> names{"SGD", "sgd", "Adagrad", "RMSProp", "Adam", "AdamW", "adamw"};
  for (std::string word; words >> word;) EXPECT_TRUE(names.contains(word)) << word << "\n" << chinese.out;
}

}  // namespace
}  // namespace fathom
