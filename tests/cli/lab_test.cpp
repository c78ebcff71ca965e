// The laboratory as a user meets it: what experiments find, that they go on where they were stopped, and mistakes.
#include <gtest/gtest.h>
#include <signal.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "english_words.hpp"
#include "pages.hpp"
#include "program.hpp"
#include "tables.hpp"

namespace fathom {
namespace {

using nlohmann::json;

std::string example(const std::string& name) { return std::string(FATHOM_SOURCES) + "/examples/lab/" + name; }

json findings(const Outcome& outcome) {
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const json result = json::parse(outcome.out, nullptr, false);
  EXPECT_FALSE(result.is_discarded()) << outcome.out;
  return result.is_discarded() ? json() : result;
}

#ifdef NDEBUG
constexpr bool is_quick = true;
#else
constexpr bool is_quick = false;
#endif

// An experiment on its example. A checked build is too slow to train until there is something to be found: there it
// works through the experiment with an epoch of each training.
std::vector<std::string> experiment(const std::string& name, const std::string& seeds,
                                    const std::vector<std::string>& more = {}, const std::string& config = {}) {
  std::vector<std::string> words{"lab", name, example((config.empty() ? name : config) + ".toml"), "--seeds",
                                 is_quick ? seeds : "1"};
  if (!is_quick) words.insert(words.end(), {"--epochs", "1"});
  words.insert(words.end(), more.begin(), more.end());
  return words;
}
std::vector<std::string> in_chinese(std::vector<std::string> words) {
  words.insert(words.begin(), {"--lang", "zh"});
  return words;
}

// On the terminal and on the page there is no English, but for names.
void expect_chinese(const Workplace& place, const std::vector<std::string>& words, const std::string& folder) {
  const Outcome outcome = place.run(in_chinese(words));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(english_words(outcome.out), "") << outcome.out;
  const std::set<std::string> names{"SGD", "RMSProp", "AdamW", "Nesterov", "adamw", "sgd"};
  std::istringstream left(english_words(visible_text(checked_page(place.read("labs/" + folder + "/report.html")))));
  for (std::string word; left >> word;)
    EXPECT_TRUE(names.contains(word) || contains(folder, word)) << word << " on the page of " << folder;
}

// On spirals that overlap, a rate that falls settles where one that stays high keeps jumping.
TEST(Lab, ScheduleFindsThatAFallingRateSettles) {
  Workplace place;
  const json found = findings(place.run(experiment("schedule", "3", {"--json"})));
  EXPECT_TRUE(found["complete"]);
  if (is_quick) {
    EXPECT_GT(found["findings"]["settles"]["low"], 0) << found;
    // Of the first batch alone, then of many.
    EXPECT_GT(found["findings"]["second_moment"]["first"], 3) << found;
    EXPECT_GT(found["findings"]["second_moment"]["settled"], 1) << found;
  }
  EXPECT_GE(found["findings"]["late_burst"]["removed"], 0.9) << found;
  EXPECT_FALSE(found["advice"].empty());
  // The page is whole and draws; the trainings are runs like any other.
  const std::string page = place.read("labs/schedule-schedule/report.html");
  EXPECT_FALSE(checked_page(page).all("svg").empty());
  EXPECT_TRUE(contains(place.read("labs/schedule-schedule/numbers.csv"), "curves,training loss: cosine,"));
  const Outcome runs = place.run({"runs", "--runs-dir", "labs/schedule-schedule/runs"});
  EXPECT_TRUE(contains(runs.out, "warm-up-and-cosine-seed-42")) << runs.out;
  EXPECT_EQ(place.run({"report", "1", "--runs-dir", "labs/schedule-schedule/runs"}).code, 0);
  // All is there: the same command draws it again, in another language too.
  expect_chinese(place, experiment("schedule", "3"), "schedule-schedule");
}

// At a low rate, updates that remember those before come down several times as fast.
TEST(Lab, MomentumFindsThatItIsFaster) {
  Workplace place;
  const json found = findings(place.run(experiment("momentum", "3", {"--json"})));
  if (is_quick) {
    EXPECT_GT(found["findings"]["best"]["place"], 0) << found;
    EXPECT_LE(found["findings"]["speed"]["epochs_with"].get<double>() * 2,
              found["findings"]["speed"]["epochs_without"].get<double>())
        << found;
    EXPECT_TRUE(contains(found["advice"][0], "trainer.momentum = 0.9")) << found;
  }
  EXPECT_TRUE(contains(place.read("labs/momentum-momentum/numbers.csv"), "plane,momentum 0.9,0,0,,,"));
  EXPECT_FALSE(checked_page(place.read("labs/momentum-momentum/report.html")).all("svg").empty());
  expect_chinese(place, experiment("momentum", "3"), "momentum-momentum");
}

// Of a confident mistake, squared errors of probabilities say next to nothing.
TEST(Lab, LossFindsWhatAMistakeSays) {
  Workplace place;
  const json found = findings(place.run(experiment("loss", "3", {"--json"})));
  const json& mistake = found["findings"]["confident_mistake"];
  EXPECT_NEAR(mistake["cross_entropy"], std::sqrt(2), 0.001) << found;  // (p - 1, 1 - p)
  EXPECT_GT(mistake["ratio"], 100) << found;
  if (is_quick) {
    EXPECT_GT(found["findings"]["surface"]["cross_entropy"], found["findings"]["surface"]["mse"]) << found;
  }
  EXPECT_GE(checked_page(place.read("labs/loss-loss/report.html")).all("svg").size(), 4u);
  expect_chinese(place, experiment("loss", "3"), "loss-loss");
}

TEST(Lab, LossFindsWhatOutliersDo) {
  Workplace place;
  const json found = findings(place.run(experiment("loss", "3", {"--json"}, "loss_numbers")));
  if (is_quick) {
    EXPECT_GT(found["findings"]["mse"]["low"], 0) << found;
    EXPECT_GT(found["findings"]["robust"]["low"], 0) << found;
    EXPECT_TRUE(contains(found["advice"][0], "huber")) << found;
  }
  expect_chinese(place, experiment("loss", "3", {}, "loss_numbers"), "loss-loss-numbers");
}

// Layers of sigmoid units under plain SGD: the deep ones do not move, though one of them would do.
TEST(Lab, DepthFindsThatOptimizationHoldsUpDeepNetworks) {
  Workplace place;
  const json found = findings(place.run(experiment("depth", "3", {"--json"})));
  if (is_quick) {
    const json& optimization = found["findings"]["optimization"];
    EXPECT_EQ(optimization["harder"], 1.0) << found;
    EXPECT_GE(optimization["layers"], 3.0) << found;
    EXPECT_GT(optimization["low"], 0.1) << found;
    EXPECT_LE(found["findings"]["best_constant_width"]["layers"], 2.0) << found;
    EXPECT_TRUE(contains(found["advice"][0], "optimization")) << found;
  }
  EXPECT_NEAR(found["findings"]["gap"]["margin"], std::sqrt(std::log(2 / 0.05) / (2 * 1000)), 1e-9);
  expect_chinese(place, experiment("depth", "3"), "depth-depth");
}

// Ninety rows of a cubic under noise: a penalty on the weights helps, more rows help more, and means of networks help.
TEST(Lab, RegularizationRanksWhatHelps) {
  Workplace place;
  const json found = findings(place.run(experiment("regularization", "5", {"--json"})));
  const json& all = found["findings"];
  if (is_quick) {
    EXPECT_GT(all["l2"]["low"], 0) << found;
    EXPECT_GT(all["ensemble"]["low"], 0) << found;
    EXPECT_GT(all["more_rows"]["low"], 0) << found;
    EXPECT_GT(all["more_rows"]["difference"], all["l2"]["gain"]) << found;
    EXPECT_TRUE(contains(found["advice"].dump(), "trainer.l2 = 0.001")) << found;
  }
  EXPECT_GT(checked_page(place.read("labs/regularization-regularization/report.html")).all("svg").size(), 2u);
  expect_chinese(place, experiment("regularization", "5"), "regularization-regularization");
}

// So many that a killed experiment is in its middle.
const std::string epochs = is_quick ? "60" : "6";

std::vector<std::string> small(const std::string& labs, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{
      "lab", "schedule", example("schedule.toml"), "--labs-dir", labs, "--epochs", epochs, "--seeds", "2"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST(Lab, AKilledExperimentEndsWithTheSameReport) {
  Workplace place;
  ASSERT_EQ(place.run(small("whole")).code, 0);
  const std::string folder = "/schedule-schedule/";
  const std::string begun = "cut" + folder + "lab.json";
  const Outcome killed =
      place.run(small("cut"), {.environment = {}, .signal = SIGKILL, .signal_after = 0.3, .signal_file = begun});
  EXPECT_EQ(killed.signal, SIGKILL);
  EXPECT_FALSE(place.has("cut" + folder + "report.html"));
  const Outcome stopped =
      place.run(small("cut"), {.environment = {}, .signal = SIGINT, .signal_after = 0.3, .signal_file = begun});
  EXPECT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_TRUE(contains(stopped.err, "the same command goes on")) << stopped.err;
  EXPECT_FALSE(place.has("cut" + folder + "report.html"));
  ASSERT_EQ(place.run(small("cut")).code, 0);
  for (const char* file : {"report.html", "numbers.csv"})
    EXPECT_EQ(place.read("cut" + folder + file), place.read("whole" + folder + file)) << file;
}

// The other kinds of experiment: measurements of the machine, a search that pauses trainings, a range test. Times are
// kept, so that what is killed after they were measured ends as the whole experiment does.
TEST(Lab, EveryKilledExperimentEndsWithTheSameReport) {
  const std::vector<std::pair<std::string, std::string>> kinds{
      {"batch", "60"}, {"rate", "200"}, {"optimizer", "60"}, {"momentum", "200"}, {"depth", "60"}, {"loss", "60"}};
  for (const auto& [name, quick_epochs] : kinds) {
    SCOPED_TRACE(name);
    Workplace place;
    const std::string folder = "labs/" + name + "-" + name + "/";
    const std::vector<std::string> words{
        "lab",       name, example(name + ".toml"), "--epochs", is_quick ? quick_epochs : "2", "--seeds", "1",
        "--threads", "2"};
    // In its trainings: after what is measured before them, if anything is.
    const std::string begun = folder + (name == "batch"  ? "measured/time-of-an-epoch-up-to-2-threads.json"
                                        : name == "rate" ? "measured/range-test-seed-42.json"
                                                         : "lab.json");
    const Outcome killed =
        place.run(words, {.environment = {}, .signal = SIGKILL, .signal_after = 0.2, .signal_file = begun});
    ASSERT_EQ(killed.signal, SIGKILL);
    EXPECT_FALSE(place.has(folder + "report.html"));
    ASSERT_EQ(place.run(words).code, 0);
    const std::string report = place.read(folder + "report.html"), numbers = place.read(folder + "numbers.csv");
    // From the measured times on, but with every training done anew.
    std::filesystem::remove_all(place.path(folder + "runs"));
    std::filesystem::remove(place.path(folder + "report.html"));
    ASSERT_EQ(place.run(words).code, 0);
    EXPECT_EQ(place.read(folder + "report.html"), report);
    EXPECT_EQ(place.read(folder + "numbers.csv"), numbers);
  }
}

TEST(Lab, OtherSettingsAreAnotherExperiment) {
  Workplace place;
  const std::vector<std::string> brief{"--seeds", "1", "--epochs", "1"};
  ASSERT_EQ(place.run(small("labs", brief)).code, 0);
  const auto runs = place.content().size();
  ASSERT_EQ(place.run(small("labs", brief)).code, 0);
  EXPECT_EQ(place.content().size(), runs);
  ASSERT_EQ(place.run(small("labs", {"--seeds", "1", "--epochs", "2"})).code, 0);
  EXPECT_TRUE(place.has("labs/schedule-schedule-2/report.html"));
}

// What a cut experiment has is told; what to change is not advised by half of it.
TEST(Lab, TimeThatIsOverLeavesAReportOfWhatIsDone) {
  // Of epochs so many that one training is done in the time, and not all.
  struct Kind {
    std::string name, many, many_checked;
  };
  for (const auto& [name, many, many_checked] :
       {Kind{"schedule", "400", "12"}, Kind{"optimizer", "400", "12"}, Kind{"rate", "1000", "30"},
        Kind{"loss", "400", "12"}, Kind{"momentum", "400", "12"}}) {
    SCOPED_TRACE(name);
    Workplace place;
    std::vector<std::string> words{"lab", name,       example(name + ".toml"),        "--threads",
                                   "1",   "--epochs", is_quick ? many : many_checked, "--time-limit",
                                   "3s",  "--json"};
    const Outcome outcome = place.run(words);
    const json found = findings(outcome);
    EXPECT_FALSE(found["complete"]);
    EXPECT_LT(outcome.seconds, is_quick ? 15 : 60);
    ASSERT_EQ(found["advice"].size(), 1u) << found["advice"];
    EXPECT_TRUE(contains(found["advice"].dump(), "Nothing is advised before all of the trainings are done"));
    EXPECT_TRUE(place.has("labs/" + name + "-" + name + "/report.html"));
  }
}

// A training that diverges is a result: every experiment has its page, and says nothing that no number stands for.
TEST(Lab, TrainingsThatDivergeAreAResult) {
  for (const std::string name :
       {"batch", "momentum", "rate", "optimizer", "schedule", "loss", "loss_numbers", "depth", "regularization"})
    // At the first some trainings end with every neuron dead; at the second none ends.
    for (const std::string rate : {"1e12", "1e38"}) {
      if (!is_quick && rate == "1e12") continue;
      SCOPED_TRACE(name + " at " + rate);
      Workplace place;
      const std::string kind = name == "loss_numbers" ? "loss" : name;
      std::vector<std::string> words{"lab",
                                     kind,
                                     example(name + ".toml"),
                                     "--seeds",
                                     "2",
                                     "--set",
                                     "trainer.optimizer=sgd",
                                     "--epochs",
                                     "4",
                                     "--set",
                                     "trainer.clip_norm=0",
                                     "--set",
                                     "trainer.learning_rate=" + rate};
      const Outcome outcome = place.run(words);
      ASSERT_EQ(outcome.code, 0) << outcome.err;
      EXPECT_FALSE(contains(outcome.out, "nan")) << outcome.out;
      EXPECT_FALSE(contains(outcome.out, "no result")) << outcome.out;
      std::string page;
      for (const std::string& file : place.content())
        if (contains(file, "report.html")) page = place.read(file);
      EXPECT_FALSE(contains(visible_text(checked_page(page)), "nan")) << page;
      if (kind == "optimizer") continue;  // which looks for a rate of its own, and finds one
      if (rate == "1e38") {
        words.emplace_back("--json");
        const json found = findings(place.run(words));
        EXPECT_TRUE(contains(found["advice"].dump(), "came to its end")) << found["advice"];
        words.pop_back();
      }
      const Outcome chinese = place.run(in_chinese(words));
      EXPECT_EQ(english_words(chinese.out), "") << chinese.out;
    }
}

TEST(Lab, TimeTooShortForOneTrainingIsTold) {
  for (const std::string name : {"momentum", "rate", "optimizer", "schedule", "loss", "depth", "regularization"}) {
    SCOPED_TRACE(name);
    Workplace place;
    std::vector<std::string> words{"lab",      name,     example(name + ".toml"), "--seeds", "1",
                                   "--epochs", "100000", "--time-limit",          "1s"};
    const Outcome outcome = place.run(words);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "one training takes about")) << outcome.err;
    EXPECT_LT(outcome.seconds, 40);
  }
  Workplace place;
  const Outcome tune =
      place.run({"--lang", "zh", "tune", example("tune.toml"), "--epochs", "100000", "--time-limit", "1s"});
  EXPECT_EQ(tune.code, 2) << tune.err;
  EXPECT_TRUE(contains(tune.err, "一次训练约需")) << tune.err;
}

TEST(Lab, MistakesAreTold) {
  Workplace place;
  place.write("prices.csv", price_table(60));
  const auto expect = [&](const std::vector<std::string>& words, int code, const std::string& part) {
    for (const char* language : {"en", "zh"}) {
      std::vector<std::string> all{"--lang", language, "lab"};
      all.insert(all.end(), words.begin(), words.end());
      const Outcome outcome = place.run(all);
      EXPECT_EQ(outcome.code, code) << outcome.err;
      if (std::string(language) == "en")
        EXPECT_TRUE(contains(outcome.err, part)) << outcome.err;
      else
        EXPECT_TRUE(part == "the experiments are" || english_words(outcome.err) == "") << outcome.err;
    }
    EXPECT_FALSE(place.has("labs"));
  };
  expect({"shedule", "prices.csv"}, 2, "did you mean \"schedule\"?");
  expect({"everything", "prices.csv"}, 2, "the experiments are");
  expect({"schedule", "prices.csv", "--target", "price", "--seeds", "0"}, 2, "--seeds must be a whole number");
  expect({"schedule", "prices.csv", "--target", "price", "--time-limit", "soon"}, 2, "--time-limit must be a time");
  expect({"schedule", "none.csv", "--target", "price"}, 4, "none.csv");
  expect({"schedule", "prices.csv", "--target", "price", "--set", "trainer.epochs=0"}, 3, "trainer.epochs");
}

}  // namespace
}  // namespace fathom
