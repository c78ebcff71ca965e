// A training that is parked at a saddle, as a user meets it: it is found, left, and gone on from.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "english_words.hpp"
#include "pages.hpp"
#include "program.hpp"

namespace fathom {
namespace {

using Json = nlohmann::json;

// Two ridges and noise. Units that begin equal fit one ridge between both, and no gradient tells them apart.
class Saddle : public testing::Test {
 protected:
  Saddle() {
    std::mt19937 chance(3);
    std::normal_distribution<double> noise(0, 0.1);
    std::ostringstream rows;
    rows << "a,b,y\n";
    for (int i = -7; i <= 7; ++i)
      for (int j = -7; j <= 7; ++j) {
        const double a = 0.2 * i, b = 0.2 * j;
        rows << a << ',' << b << ',' << std::tanh(2 * a - b) - std::tanh(a + 2 * b) + noise(chance) << '\n';
      }
    place_.write("ridges.csv", rows.str());
    place_.write("saddle.toml",
                 "[data]\npath = \"ridges.csv\"\n[output]\nname = \"y\"\n"
                 "[model]\nhidden = [8]\nactivation = \"tanh\"\ninit = \"constant\"\ndropout = 0.0\nbins = 0\n"
                 "[trainer]\noptimizer = \"adam\"\nlearning_rate = 0.02\nbatch_size = 512\nepochs = 150\n"
                 "keep_checkpoints = 50\n[trainer.schedule]\ntype = \"constant\"\n"
                 "[trainer.early_stopping]\nenabled = false\n");
  }
  Json event_of(const Outcome& outcome, const std::string& name) const {
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    for (const std::string& line : lines_of(outcome.out))
      if (Json one = Json::parse(line); one["event"] == name) return one;
    return {};
  }
  // The last training loss in a run's metrics.
  double last_loss(const std::string& of) const {
    const std::vector<std::string> lines = lines_of(place_.read(of + "/metrics.csv"));
    std::istringstream cells(lines.back());
    std::string cell;
    for (int k = 0; k < 3; ++k) std::getline(cells, cell, ',');
    return std::stod(cell);
  }
  static constexpr const char* run = "runs/0001-saddle";
  Workplace place_;
};

TEST_F(Saddle, IsFoundAndGoneOnFrom) {
  ASSERT_EQ(place_.run({"train", "saddle.toml"}).code, 0);
  EXPECT_EQ(place_.run({"resume", "1", "--escape", "--epochs", "300"}).code, 4);  // nothing was looked for yet
  EXPECT_TRUE(contains(place_.run({"runs"}).out, "finished"));
  const double parked = last_loss(run);

  const Json found = event_of(place_.run({"curvature", "1", "--checkpoint", "last", "--json"}), "curvature");
  EXPECT_EQ(found["verdict"], "saddle, escapable");
  EXPECT_EQ(found["way_out"]["outcome"], "way out");
  EXPECT_LT(found["way_out"]["loss_after"].get<double>(), found["way_out"]["loss_before"].get<double>());
  ASSERT_EQ(found["way_out"]["twins"].size(), 3u);
  for (const Json& twins : found["way_out"]["twins"])
    EXPECT_LT(twins["escaped"].get<double>(), 0.5 * twins["stayed"].get<double>());
  // What the line search saw, lowest at the step; and the weights behind it.
  double lowest = INFINITY;
  for (const Json& step : found["way_out"]["line"]) lowest = std::min(lowest, step["loss"].get<double>());
  EXPECT_EQ(lowest, found["way_out"]["loss_after"].get<double>());
  EXPECT_GT(found["way_out"]["line"].size(), 30u);
  EXPECT_TRUE(place_.has(found["way_out"]["weights"].get<std::string>()));
  EXPECT_TRUE(found["sharpness"].contains("preconditioned"));
  const XmlElement page = checked_page(place_.read(std::string(run) + "/curvature/last.html"));
  EXPECT_EQ(page.all("svg").size(), 2u);

  // All epochs are done: that is said, and the run is as it was.
  const Outcome refused = place_.run({"resume", "1", "--escape"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_TRUE(contains(refused.err, "--escape --epochs 300")) << refused.err;
  EXPECT_TRUE(contains(place_.run({"runs"}).out, "finished"));
  ASSERT_EQ(place_.run({"resume", "1", "--escape", "--epochs", "300"}).code, 0);
  EXPECT_LT(last_loss(run), 0.5 * parked);
  EXPECT_TRUE(place_.has(std::string(run) + "/checkpoints/before_escape-0150.safetensors"));
  EXPECT_EQ(place_.run({"resume", "1", "--escape", "--epochs", "600"}).code, 4);  // it was taken

  // Every checkpoint that was kept, with the state of its optimizer.
  const Json path = event_of(place_.run({"curvature", "1", "--path", "--json"}), "curvature_path");
  ASSERT_EQ(path["checkpoints"].size(), 7u);
  for (std::size_t k = 0; k < 7; ++k) {
    EXPECT_EQ(path["checkpoints"][k]["epoch"], 50 * k);
    EXPECT_EQ(path["checkpoints"][k]["preconditioned"].is_null(), k == 0);
    const Json noise = path["checkpoints"][k]["noise_scale"];
    if (noise.contains("at_least")) {
      EXPECT_GT(noise["at_least"].get<double>(), 0) << noise;
    } else {
      EXPECT_TRUE(noise["low"] <= noise["value"] && noise["value"] <= noise["high"]) << noise;
    }
  }
  EXPECT_LT(path["checkpoints"][3]["smallest"]["value"].get<double>(), -0.01);
  EXPECT_EQ(lines_of(place_.read(std::string(run) + "/curvature/path.csv")).size(), 8u);
  checked_page(place_.read(std::string(run) + "/curvature/path.html"));
  // Of fewer rows than groups, each row is one.
  const Json few = event_of(place_.run({"curvature", "1", "--path", "--rows", "8", "--json"}), "curvature_path");
  EXPECT_EQ(few["checkpoints"].size(), 7u);
  // A way out from where the run no longer is says so, and nothing goes on from there.
  EXPECT_EQ(event_of(place_.run({"curvature", "1", "--checkpoint", "150", "--json"}), "curvature")["verdict"],
            "saddle, escapable");
  EXPECT_EQ(place_.run({"resume", "1", "--escape", "--epochs", "600"}).code, 4);
  // Before the first step the optimizer has kept nothing to divide by.
  EXPECT_FALSE(
      event_of(place_.run({"curvature", "1", "--checkpoint", "0", "--json"}), "curvature")["sharpness"].contains(
          "preconditioned"));
}

TEST_F(Saddle, AWayOutIsOfTheStepWhereItWasFound) {
  ASSERT_EQ(place_.run({"train", "saddle.toml"}).code, 0);
  ASSERT_EQ(place_.run({"curvature", "1", "--checkpoint", "last"}).code, 0);
  ASSERT_EQ(place_.run({"resume", "1", "--epochs", "160"}).code, 0);
  const Outcome stale = place_.run({"resume", "1", "--escape", "--epochs", "300"});
  EXPECT_EQ(stale.code, 4);
  EXPECT_TRUE(contains(stale.err, "has gone on since its way out was found")) << stale.err;
}

TEST_F(Saddle, IsToldInChinese) {
  ASSERT_EQ(place_.run({"train", "saddle.toml"}).code, 0);
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{"--checkpoint", "last"}, std::vector<std::string>{"--path"}}) {
    std::vector<std::string> words{"--lang", "zh", "curvature", "latest"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = place_.run(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    std::istringstream english(english_words(outcome.out + outcome.err));
    for (std::string word; english >> word;)
      EXPECT_TRUE(word == "adam" || word == "hidden" || word == "output" || word == "weight" || word == "bias" ||
                  word == "relu" || word == "fathom" || word == "resume" || word == "escape" || word == "saddle")
          << word << "\n"
          << outcome.out;
  }
}

TEST_F(Saddle, IsLeftWhileTraining) {
  const std::vector<std::string> flags{
      "--set", "trainer.on_plateau=curvature", "--set", "trainer.plateau_patience=30", "--epochs", "240"};
  const auto words = [&](std::vector<std::string> first) {
    first.insert(first.end(), flags.begin(), flags.end());
    return first;
  };
  const Outcome whole = place_.run(words({"train", "saddle.toml", "--json"}));
  const Json left = event_of(whole, "plateau");
  EXPECT_EQ(left["verdict"], "saddle, escapable");
  ASSERT_EQ(place_.run({"train", "saddle.toml", "--epochs", "240"}).code, 0);
  EXPECT_LT(last_loss(run), 0.5 * last_loss("runs/0002-saddle"));
  // Killed anywhere, in the middle of looking too, it goes the same way.
  for (const double share : {0.4, 0.7}) {
    const std::string runs = "killed" + std::to_string(static_cast<int>(10 * share));
    place_.run(words({"train", "saddle.toml", "--runs-dir", runs}),
               {.environment = {}, .signal = SIGKILL, .signal_after = share * whole.seconds});
    if (!place_.has(runs + "/0001-saddle/config.resolved.toml")) continue;
    const Outcome rest = place_.run({"resume", "latest", "--runs-dir", runs});
    ASSERT_EQ(rest.code, 0) << rest.err;
    EXPECT_EQ(place_.read(runs + "/0001-saddle/metrics.csv"), place_.read(std::string(run) + "/metrics.csv"));
  }
}

TEST_F(Saddle, WhatCannotBeWrittenIsSaid) {
  ASSERT_EQ(place_.run({"train", "saddle.toml", "--epochs", "2"}).code, 0);
  const RunOptions full_disk{.environment = {}, .largest_file = 2000};
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"curvature", "1"}, std::vector<std::string>{"curvature", "1", "--path"}})
    for (const bool as_json : {false, true}) {
      std::vector<std::string> all = words;
      if (as_json) all.push_back("--json");
      const Outcome full = place_.run(all, full_disk);
      EXPECT_EQ(full.code, 7);
      EXPECT_TRUE(contains(full.err, "cannot write runs/0001-saddle/curvature/")) << full.err;
      EXPECT_TRUE(contains(full.out, "eigenvalue") || contains(full.out, "\"largest\"")) << full.out;
    }
  for (const std::string& name : place_.content()) EXPECT_FALSE(contains(name, ".partial")) << name;
  EXPECT_TRUE(contains(place_.run({"runs"}).out, "finished"));
  const Outcome nothing_kept = place_.run({"curvature", "1", "--checkpoint", "1"});
  EXPECT_EQ(nothing_kept.code, 4);
  EXPECT_TRUE(contains(nothing_kept.err, "1 is none of them")) << nothing_kept.err;
}

}  // namespace
}  // namespace fathom
