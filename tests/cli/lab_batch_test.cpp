// lab batch as a user meets it: what it finds on small data, in any run of it.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>

#include "english_words.hpp"
#include "fathom/base/rng.hpp"
#include "pages.hpp"
#include "program.hpp"

namespace fathom {
namespace {

using nlohmann::json;

const std::string batch_example = std::string(FATHOM_SOURCES) + "/examples/lab/batch.toml";

json findings_of(const Outcome& outcome) {
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const json result = json::parse(outcome.out, nullptr, false);
  EXPECT_FALSE(result.is_discarded()) << outcome.out;
  return result.is_discarded() ? json() : result;
}

// The spirals of the example, with so many rows that time comes to grow with them.
std::string many_rows(int count) {
  Random random(1, "spirals");
  std::string table = "x,y,arm\n";
  for (int row = 0; row < count; ++row) {
    const double along = std::sqrt(random.uniform()),
                 angle = 2.5 * std::numbers::pi * along + std::numbers::pi * (row % 2);
    table += fmt::format("{:.4f},{:.4f},{}\n", along * std::cos(angle) + 0.1 * random.normal(),
                         along * std::sin(angle) + 0.1 * random.normal(), row % 2 == 0 ? "inner" : "outer");
  }
  return table;
}

// Batches of all rows get too few updates in as many epochs; the two estimates of the gradient's noise agree.
TEST(LabBatch, FindsThatTheLargestBatchLacksUpdates) {
#ifndef NDEBUG
  GTEST_SKIP() << "hundred thousand updates are too many for a checked build";
#endif
  Workplace place;
  const json found = findings_of(place.run({"lab", "batch", batch_example, "--seeds", "5", "--json"}));
  const json& all = found["findings"];
  EXPECT_TRUE(found["complete"]) << found;
  EXPECT_EQ(all["largest"]["batch"], 1200) << found;
  EXPECT_EQ(all["largest"]["sure"], 1.0) << found;
  EXPECT_GT(all["largest"]["train_loss_above"], 0) << found;
  EXPECT_GT(all["noise_scale"]["start_low"], 1) << found;
  EXPECT_LT(all["noise_scale"]["end_high"], 1200) << found;
  EXPECT_EQ(all["noise_scale"]["agree"], 1.0) << found;
  EXPECT_LT(all["first_to_reach"]["by_epochs"], all["first_to_reach"]["by_updates"]) << found;
  EXPECT_TRUE(contains(found["advice"][0], "trainer.batch_size = ")) << found;
  // All that is measured is drawn, and there as numbers; nothing but the language changes the second time.
  const std::string folder = "labs/batch-batch/";
  const XmlElement page = checked_page(place.read(folder + "report.html"));
  EXPECT_EQ(page.all("svg").size(), 7u);
  const std::string numbers = place.read(folder + "numbers.csv");
  for (const char* exhibit : {"update_time,", "epoch_time,", "reached,", "loss_by_updates,", "loss_by_epochs,",
                              "loss_by_seconds,", "noise_scale,"})
    EXPECT_TRUE(contains(numbers, std::string("\n") + exhibit)) << exhibit;
  const Outcome chinese = place.run({"--lang", "zh", "lab", "batch", batch_example, "--seeds", "5"});
  EXPECT_EQ(chinese.code, 0) << chinese.err;
  EXPECT_EQ(english_words(chinese.out), "") << chinese.out;
  EXPECT_EQ(findings_of(place.run({"lab", "batch", batch_example, "--seeds", "5", "--json"})), found);
}

TEST(LabBatch, FindsWhereTimeStopsBeingFlat) {
#ifndef NDEBUG
  GTEST_SKIP() << "a checked build spends its time on checks, which grow with the rows from the first on";
#endif
  Workplace place;
  place.write("many.csv", many_rows(10000));
  // A neighbour on the machine may disturb one measurement, hardly five. Without hidden layers an update is little
  // work.
  bool flat = false, linear = false;
  std::string told;
  for (int attempt = 0; attempt < 5 && !(flat && linear); ++attempt) {
    const std::string labs = fmt::format("labs{}", attempt);
    const json found =
        findings_of(place.run({"lab", "batch", batch_example, "--set", "data.path=" + place.path("many.csv"), "--set",
                               "model.hidden=[]", "--epochs", "1", "--seeds", "1", "--json", "--labs-dir", labs}));
    const json &until = found["findings"]["flat_until"], &growth = found["findings"]["linear_growth"];
    told += found.dump(1);
    flat = flat || (until["ratio_at_64"] < 2 && until["batch"] >= 64);
    linear = linear || (growth.contains("batch") && growth["batch"] >= 16 && growth["batch"] < 6000 &&
                        growth["exponent"] > 0.85 && growth["exponent"] < 1.2);
  }
  EXPECT_TRUE(flat && linear) << told;
}

TEST(LabBatch, TheRateFollowsTheBatchWhereItIsAskedTo) {
  Workplace place;
  const auto rates = [&](const std::string& scale) {
    const std::string labs = "labs-" + scale;
    const Outcome outcome = place.run(
        {"lab", "batch", batch_example, "--epochs", "1", "--seeds", "1", "--scale", scale, "--labs-dir", labs});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    std::map<int, double> found;
    for (const std::string& name : place.content()) {
      const std::string file = "/config.resolved.toml", mark = "-batch-";
      if (name.find(labs) != 0 || name.size() < file.size() || name.substr(name.size() - file.size()) != file) continue;
      const std::string text = place.read(name);
      found[std::stoi(name.substr(name.find(mark) + mark.size()))] =
          std::stod(text.substr(text.find("learning_rate = ") + 16));
    }
    return found;
  };
  EXPECT_EQ(rates("none").at(1200), 0.01);
  const auto linear = rates("linear"), root = rates("sqrt");
  EXPECT_NEAR(linear.at(64), 0.02, 1e-9);
  EXPECT_NEAR(linear.at(1), 0.01 / 32, 1e-9);
  EXPECT_NEAR(root.at(1200), 0.01 * std::sqrt(1200.0 / 32), 1e-6);
  const Outcome wrong = place.run({"lab", "batch", batch_example, "--scale", "cubic"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_TRUE(contains(wrong.err, "--scale must be one of none, linear, sqrt")) << wrong.err;
}

TEST(LabBatch, TimeTooShortForOneTrainingIsTold) {
  Workplace place;
  for (const char* language : {"en", "zh"}) {
    const Outcome outcome =
        place.run({"--lang", language, "lab", "batch", batch_example, "--epochs", "10000000", "--time-limit", "2s"});
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    if (std::string(language) == "en")
      EXPECT_TRUE(contains(outcome.err, "one training takes about")) << outcome.err;
    else
      EXPECT_EQ(english_words(outcome.err), "") << outcome.err;
  }
}

}  // namespace
}  // namespace fathom
