// lab rate as a user meets it: what it finds on spirals whose rates are known.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "english_words.hpp"
#include "pages.hpp"
#include "program.hpp"

namespace fathom {
namespace {

using nlohmann::json;

const std::string rate_config = std::string(FATHOM_SOURCES) + "/examples/lab/rate.toml";

json rate_findings(const Outcome& outcome) {
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const json result = json::parse(outcome.out, nullptr, false);
  EXPECT_FALSE(result.is_discarded()) << outcome.out;
  return result.is_discarded() ? json() : result;
}

TEST(LabRate, TellsWhatHardlyMovesFromWhatConvergesAndOscillates) {
  Workplace place;
  const json found = rate_findings(place.run({"lab", "rate", rate_config, "--json"}));
  const json& findings = found["findings"];
  EXPECT_EQ(findings["tenth"]["hardly_moves"], 3) << findings;
  EXPECT_EQ(findings["once"]["converges"], 3) << findings;
  EXPECT_EQ(findings["tenfold"]["oscillates"].get<double>() + findings["tenfold"]["diverges"].get<double>(), 3)
      << findings;
  EXPECT_NEAR(findings["tenth"]["rate"], 0.005, 1e-9);
  EXPECT_NEAR(findings["tenfold"]["rate"], 0.5, 1e-9);
  // The range test sees it in a few hundred updates: what it calls too high lies above all that converged.
  EXPECT_EQ(findings["range"]["fell_in_seeds"], 3);
  EXPECT_GT(findings["range"]["blows_up"], 0.5) << findings;
  EXPECT_LT(findings["range"]["blows_up"], 20) << findings;
  EXPECT_LT(findings["suggestion"]["rate"], findings["range"]["edge"]);
  EXPECT_NE(found["advice"][0].get<std::string>().find("Keep trainer.learning_rate = 0.05"), std::string::npos);
  EXPECT_GE(checked_page(place.read("labs/rate-rate/report.html")).all("svg").size(), 2u);
  EXPECT_TRUE(contains(place.read("labs/rate-rate/numbers.csv"), "range_test,"));
  const Outcome chinese = place.run({"--lang", "zh", "lab", "rate", rate_config});
  EXPECT_EQ(chinese.code, 0);
  EXPECT_EQ(english_words(chinese.out), "") << chinese.out;
}

TEST(LabRate, CallsTenTimesTooMuchDiverged) {
  Workplace place;
  const json found = rate_findings(place.run({"lab", "rate", rate_config, "--lr", "0.1", "--json"}));
  const json& tenfold = found["findings"]["tenfold"];
  EXPECT_EQ(tenfold["diverges"], 3) << found;
  EXPECT_NE(tenfold["text"].get<std::string>().find("diverges"), std::string::npos) << tenfold;
  // A rate at which numbers stop being finite is a result, not a failure.
  const json broken = rate_findings(place.run(
      {"lab", "rate", rate_config, "--lr", "1e30", "--epochs", "2", "--seeds", "1", "--labs-dir", "high", "--json"}));
  EXPECT_EQ(broken["findings"]["tenfold"]["diverges"], 1) << broken;
  EXPECT_TRUE(broken["findings"]["tenfold"]["fell"].is_null());
  EXPECT_FALSE(broken["advice"].empty());
}

// Where the rate is left to the program, the trainings are around the one that the range test suggests.
TEST(LabRate, TakesItsOwnSuggestionWhereNoRateIsSet) {
  Workplace place;
  const json found = rate_findings(place.run({"lab", "rate", rate_config, "--lr", "auto", "--seeds", "2", "--json"}));
  const json& findings = found["findings"];
  EXPECT_DOUBLE_EQ(findings["once"]["rate"], findings["suggestion"]["rate"]);
  EXPECT_EQ(findings["tenfold"]["converges"], 0) << findings;
}

}  // namespace
}  // namespace fathom
