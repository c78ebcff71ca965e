// fathom landscape as a user meets it: the loss around a run, the same in text, JSON, tables and page.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "english_words.hpp"
#include "pages.hpp"
#include "program.hpp"
#include "tables.hpp"

namespace fathom {
namespace {

using Json = nlohmann::json;

class Landscape : public testing::Test {
 protected:
  void train(const std::vector<std::string>& more = {}) {
    place_.write("prices.csv", price_table(400));
    std::vector<std::string> words{"train", "prices.csv", "--target",         "price",          "--epochs",
                                   "6",     "--set",      "model.hidden=[6]", "--no-early-stop"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = place_.run(words);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  void train_with_kept() { train({"--set", "trainer.keep_checkpoints=2"}); }
  Json look(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"landscape", "latest", "--json", "--rows", "200", "--grid", "7"});
    const Outcome outcome = place_.run(more);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.code == 0 ? Json::parse(outcome.out) : Json();
  }
  void refused(const std::vector<std::string>& more, int code, const std::string& part, const std::string& hint = {}) {
    std::vector<std::string> words{"landscape", "latest"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = place_.run(words);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, part) && contains(outcome.err, hint)) << outcome.err;
    words.insert(words.begin(), {"--lang", "zh"});
    EXPECT_FALSE(contains(place_.run(words).err, part)) << part;
  }

  const std::string run_ = "runs/0001-prices/";
  Workplace place_;
};

TEST_F(Landscape, DrawsAllThatItCan) {
  train_with_kept();
  for (const char* kept : {"0000", "0002", "0004", "0006"})
    EXPECT_TRUE(place_.has(run_ + "checkpoints/epoch-" + kept + ".safetensors")) << kept;
  EXPECT_FALSE(place_.has(run_ + "checkpoints/epoch-0001.safetensors"));
  const Json found = look();
  EXPECT_EQ(found["event"], "landscape");
  EXPECT_EQ(found["rows"]["train"], 200);
  // The line runs from the start to the best weights, whose loss all pictures share.
  const Json line = found["line"];
  EXPECT_EQ(line["from"], "start");
  EXPECT_EQ(line["to"], "best");
  const double here = found["loss"]["train"][0];
  double start = 0;
  for (std::size_t i = 0; i < line["t"].size(); ++i) {
    if (line["t"][i] == 0) start = line["losses"]["train"][i];
    if (line["t"][i] == 1) {
      EXPECT_EQ(line["losses"]["train"][i], here);
    }
  }
  EXPECT_GT(start, here);
  for (const char* plane : {"random", "eigen"}) {
    ASSERT_EQ(found[plane]["losses"]["train"].size(), 49u);
    ASSERT_EQ(found[plane]["losses"]["valid"].size(), 49u);
    EXPECT_NEAR(found[plane]["losses"]["train"][24], here, 1e-6 * here) << plane;  // the middle
  }
  const Json eigen = found["eigen"];
  EXPECT_GT(eigen["top"]["value"], eigen["bottom"]["value"]);
  // The walk begins at the start, and what is on its plane has the plane's loss.
  const Json path = found["path"];
  ASSERT_EQ(path["steps"].size(), 4u);
  EXPECT_EQ(path["steps"][0]["checkpoint"], "0");
  EXPECT_NEAR(path["steps"][0]["loss"], start, 1e-9);
  EXPECT_NEAR(path["steps"][3]["loss_on_plane"], path["steps"][3]["loss"], 1e-9);
  EXPECT_GT(path["shares"][0].get<double>() + path["shares"][1].get<double>(), 0.8);
  // The tables have what the JSON has.
  EXPECT_EQ(Json::parse(place_.read(run_ + "landscape/landscape.json")), found);
  const auto rows = [&](const std::string& name) { return lines_of(place_.read(run_ + "landscape/" + name)); };
  EXPECT_EQ(rows("line.csv").size(), 1 + line["t"].size());
  EXPECT_EQ(rows("line.csv")[0], "t,train,valid");
  for (const char* plane : {"random.csv", "eigen.csv", "path.csv"}) {
    ASSERT_EQ(rows(plane).size(), 50u) << plane;
    EXPECT_EQ(rows(plane)[0], "a,b,train,valid");
  }
  EXPECT_EQ(rows("walk.csv").size(), 5u);
  EXPECT_EQ(rows("walk.csv")[1].substr(0, 2), "0,");
  // Contours of both parts and a surface for each plane, and the line.
  EXPECT_EQ(checked_page(place_.read(run_ + "landscape/landscape.html")).all("svg").size(), 10u);
  // The same bits for other numbers of threads.
  for (const char* threads : {"1", "2", "5"}) EXPECT_EQ(look({"--threads", threads}), found);
  EXPECT_NE(look({"--seed", "2"})["random"], found["random"]);
}

TEST_F(Landscape, WithoutKeptCheckpointsThereIsNoWalk) {
  train();
  const Outcome all = place_.run({"landscape", "latest", "--rows", "100", "--grid", "5"});
  EXPECT_EQ(all.code, 0) << all.err;
  for (const char* part : {"From start to best", "Along the top eigenvector", "Two directions of", "a plane needs 3"})
    EXPECT_TRUE(contains(all.out, part)) << part << "\n" << all.out;
  EXPECT_FALSE(place_.has(run_ + "landscape/path.csv"));
  refused({"--kind", "path"}, 4, "has kept 0 checkpoints of its walk, and a plane needs 3", "trainer.keep_checkpoints");
  refused({"--kind", "line", "--from", "2"}, 4, "has kept no weights of epoch 2", "trainer.keep_checkpoints");
}

// The walk that goes on after the last kept epoch ends at the last weights; a run that is gone on with keeps the rest.
TEST_F(Landscape, WalksToTheLastWeights) {
  train({"--set", "trainer.keep_checkpoints=4"});
  const Json path = look({"--kind", "path"});
  EXPECT_FALSE(path.contains("line") || path.contains("random") || path.contains("eigen"));
  ASSERT_EQ(path["path"]["steps"].size(), 3u);
  EXPECT_EQ(path["path"]["steps"][2]["checkpoint"], "last");
  ASSERT_EQ(place_.run({"resume", "latest", "--epochs", "8"}).code, 0);
  EXPECT_TRUE(place_.has(run_ + "checkpoints/epoch-0008.safetensors"));
}

TEST_F(Landscape, OfALineBetweenTwoCheckpoints) {
  train_with_kept();
  const Json found = look({"--kind", "line", "--from", "2", "--to", "last", "--rows", "all"});
  EXPECT_EQ(found["line"]["from"], "2");
  EXPECT_EQ(found["line"]["to"], "last");
  EXPECT_FALSE(found.contains("random") || found.contains("path"));
  EXPECT_EQ(checked_page(place_.read(run_ + "landscape/landscape.html")).all("svg").size(), 1u);
  // The start that was kept is the one that is made from the seed.
  const Json kept = look({"--kind", "line", "--from", "start"});
  std::filesystem::remove(place_.path(run_ + "checkpoints/epoch-0000.safetensors"));
  EXPECT_EQ(look({"--kind", "line", "--from", "start"}), kept);
}

TEST_F(Landscape, IsToldInBothLanguages) {
  train_with_kept();
  const Outcome chinese = place_.run({"--lang", "zh", "landscape", "latest", "--grid", "5"});
  EXPECT_EQ(chinese.code, 0) << chinese.err;
  std::istringstream words(english_words(chinese.out));
  for (std::string word; words >> word;) ADD_FAILURE() << word << "\n" << chinese.out;
  const std::string seen = visible_text(checked_page(place_.read(run_ + "landscape/landscape.html")));
  for (const char* part : {"loss", "Loss", "direction", "training", "epoch", "eigen", "start", "best", "walk"})
    EXPECT_FALSE(contains(seen, part)) << part << "\n" << seen;
}

TEST_F(Landscape, RefusesWhatCannotBe) {
  train_with_kept();
  refused({"--kind", "rendom"}, 2, "--kind must be line, random, eigen, path or all, not \"rendom\"", "\"random\"");
  refused({"--checkpoint", "99"}, 4, "has kept the weights of 4 epochs, and 99 is none of them",
          "those kept are 0, 2, 4, 6");
  refused({"--from", "bets"}, 2, "a checkpoint is start, best, last or the number of an epoch, not \"bets\"",
          "\"best\"");
  refused({"--rows", "100000"}, 2, "100000 rows were asked for");
  refused({"--rows", "0"}, 2, "--rows must be a whole number");
  refused({"--grid", "3"}, 2, "--grid must be a whole number");
  refused({"--grid", "1001"}, 2, "--grid must be a whole number");
  refused({"--grid", "10"}, 2, "--grid must be an odd number");
  refused({"--seed", "x"}, 2, "--seed must be a whole number");
  refused({"--kind", "line", "--from", "4", "--to", "4"}, 4, "are the same weights");
  // A full disk is told of, and leaves what was there.
  RunOptions small_disk;
  small_disk.largest_file = 2000;
  const Outcome full = place_.run({"landscape", "latest", "--grid", "5"}, small_disk);
  EXPECT_EQ(full.code, 7) << full.err;
  EXPECT_TRUE(contains(full.err, "cannot write runs/0001-prices/landscape/landscape.html")) << full.err;
  EXPECT_FALSE(place_.has(run_ + "landscape/landscape.html"));
  for (const std::string& name : place_.content()) EXPECT_FALSE(contains(name, ".partial")) << name;
  // A weight that is not a number is told by the name of its parameter.
  const std::string file = run_ + "checkpoints/epoch-0004.safetensors";
  std::string bytes = place_.read(file);
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  const Json tensors = Json::parse(bytes.substr(sizeof header, header));
  const float bad = std::nanf("");
  const auto at = tensors["hidden1.weight"]["data_offsets"][0].get<std::size_t>();
  std::memcpy(bytes.data() + sizeof header + header + at, &bad, sizeof bad);
  place_.write(file, bytes);
  refused({"--kind", "path"}, 4, "epoch-0004.safetensors has a weight that is not finite, in hidden1.weight");
  place_.write("prices.csv", price_table(401));
  refused({}, 4, "is not the data that run");
}

}  // namespace
}  // namespace fathom
