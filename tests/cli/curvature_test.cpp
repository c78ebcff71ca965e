// fathom curvature as a user meets it: a verdict with its numbers, the same in text, JSON, tables and page.
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

class Curvature : public testing::Test {
 protected:
  void train(const std::vector<std::string>& more = {}) {
    place_.write("prices.csv", price_table(400));
    std::vector<std::string> words{"train", "prices.csv", "--target", "price", "--epochs", "3"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = place_.run(words);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  std::string folder() const { return "runs/" + name() + "/curvature/"; }
  std::string name() const {
    for (const std::string& path : place_.content())
      if (path.rfind("runs/", 0) == 0 && path.find("/run.json") != std::string::npos)
        return path.substr(5, path.find('/', 5) - 5);
    return {};
  }
  Json look(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"curvature", "latest", "--json"});
    const Outcome outcome = place_.run(more);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.code == 0 ? Json::parse(outcome.out) : Json();
  }

  // Writes the first number of a tensor of f32 in a file of weights.
  void set_first(const std::string& file, const std::string& tensor, float value) const {
    std::string bytes = place_.read(file);
    std::uint64_t header = 0;
    std::memcpy(&header, bytes.data(), sizeof header);
    const Json tensors = Json::parse(bytes.substr(sizeof header, header));
    const auto at = tensors[tensor]["data_offsets"][0].get<std::size_t>();
    std::memcpy(bytes.data() + sizeof header + header + at, &value, sizeof value);
    place_.write(file, bytes);
  }

  Workplace place_;
};

// A small network: all of its eigenvalues, in f64.
TEST_F(Curvature, OfASmallNetworkIsWhole) {
  train({"--set", "model.hidden=[6]"});
  const Json found = look({"--rows", "all"});
  EXPECT_EQ(found["event"], "curvature");
  EXPECT_EQ(found["precision"], "f64");
  EXPECT_EQ(found["counts"]["known"], found["weights"]);
  const Json counts = found["counts"];
  EXPECT_EQ(counts["negative"].get<int>() + counts["zero"].get<int>() + counts["positive"].get<int>() +
                counts["undecided"].get<int>(),
            found["weights"].get<int>());
  EXPECT_FALSE(found.contains("witness"));  // of all rows there is nothing left to prove
  EXPECT_EQ(found["none_below"]["confidence"], 1);
  EXPECT_EQ(found["trace"]["low"], found["trace"]["high"]);
  // The tables have what the JSON has: the trace is the sum of all eigenvalues, and the density's integral is 1.
  std::istringstream eigenvalues(place_.read(folder() + "best-eigenvalues.csv"));
  std::string line;
  std::getline(eigenvalues, line);
  EXPECT_EQ(line, "value,bound");
  double sum = 0, before = -INFINITY;
  int rows = 0;
  for (; std::getline(eigenvalues, line); ++rows) {
    const double value = std::stod(line);
    EXPECT_GE(value, before);
    before = value;
    sum += value;
  }
  EXPECT_EQ(rows, found["weights"].get<int>());
  EXPECT_NEAR(sum, found["trace"]["value"].get<double>(), 1e-6 * std::abs(before) * rows);
  EXPECT_EQ(Json::parse(place_.read(folder() + "best.json")), found);
  // The loss is that of training data, as the network has it without dropout.
  EXPECT_GT(found["loss"].get<double>(), 0);
  // The same bits again, and for another number of threads.
  EXPECT_EQ(look({"--rows", "all", "--threads", "2"}), found);
}

// A larger one: both ends with bounds, on a sample of rows.
TEST_F(Curvature, OfALargerNetworkIsBounded) {
  train({"--set", "model.hidden=[96,48]"});
  const Json found = look({"--rows", "100"});
  EXPECT_EQ(found["precision"], "f32");
  EXPECT_EQ(found["rows"], 100);
  EXPECT_GT(found["weights"].get<int>(), 3000);
  ASSERT_EQ(found["largest"].size(), 5u);
  const double width = found["largest"][0]["value"].get<double>() - found["smallest"][0]["value"].get<double>();
  for (const char* end : {"largest", "smallest"})
    for (const Json& one : found[end]) {
      EXPECT_TRUE(!found["converged"].get<bool>() || one["bound"].get<double>() <= 1.1e-3 * width) << one;
      double share = 0;
      for (const auto& [parameter, part] : one["shares"].items()) share += part.get<double>();
      EXPECT_NEAR(share, 1, 1e-6);
    }
  EXPECT_LE(found["none_below"]["value"].get<double>(), found["smallest"][0]["value"].get<double>());
  EXPECT_LT(found["trace"]["low"].get<double>(), found["trace"]["high"].get<double>());
  // The same products in f64 find the same largest eigenvalue.
  const Json precise = look({"--rows", "100", "--precise"});
  EXPECT_EQ(precise["precision"], "f64");
  EXPECT_NEAR(precise["largest"][0]["value"].get<double>(), found["largest"][0]["value"].get<double>(),
              found["largest"][0]["bound"].get<double>() + precise["largest"][0]["bound"].get<double>());
}

// Batch normalisation by its kept statistics and by those of the rows: two losses, and both say which they are of.
TEST_F(Curvature, SaysWhichStatisticsBatchNormalisationTook) {
  place_.write("images.idx", band_images(120, 12, 3));
  place_.write("labels.idx", band_labels(120, 3));
  const Outcome trained =
      place_.run({"train", "images.idx", "--set", "data.labels=labels.idx", "--epochs", "2", "--set",
                  "model.encoder.norm=batch", "--set", "model.encoder.channels=[3]", "--set", "model.hidden=[4]"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  const std::vector<std::string> few{"--rows", "60", "--updates", "0"};
  const auto with = [&](const std::string& mode) {
    std::vector<std::string> more = few;
    more.insert(more.end(), {"--batch-norm", mode});
    return more;
  };
  const Json kept = look(with("kept")), batch = look(with("batch"));
  EXPECT_EQ(kept["batch_norm"], "kept");
  EXPECT_EQ(batch["batch_norm"], "batch");
  EXPECT_NE(kept["loss"], batch["loss"]);
  EXPECT_NE(kept["largest"][0]["value"], batch["largest"][0]["value"]);
  EXPECT_EQ(look(few)["loss"], kept["loss"]);
  EXPECT_EQ(kept["max_pool"], true);
  // Where the rows are the batch, the convolution before it has scales that change nothing.
  EXPECT_FALSE(kept["flatness"]["kinds"].contains("scale before a norm"));
  EXPECT_TRUE(batch["flatness"]["kinds"].contains("scale before a norm")) << batch["flatness"];
  const auto said = [&](const std::string& mode) {
    std::vector<std::string> words = with(mode);
    words.insert(words.begin(), {"curvature", "latest"});
    return place_.run(words).out;
  };
  EXPECT_TRUE(contains(said("kept"), "uses the statistics that it has kept"));
  EXPECT_TRUE(contains(said("batch"), "takes the statistics of these rows as one batch"));
  EXPECT_TRUE(contains(said("kept"), "Max pooling has kinks too"));
}

// A unit that is 0 on all rows makes flat directions, and they are told to be its.
TEST_F(Curvature, ExplainsTheDirectionsOfADeadUnit) {
  train({"--set", "model.hidden=[6]"});
  const std::string file = "runs/" + name() + "/checkpoints/last.safetensors";
  set_first(file, "hidden1.bias", -100);
  const Json found = look({"--checkpoint", "last", "--rows", "all", "--updates", "0"});
  ASSERT_TRUE(found.contains("flatness")) << found;
  EXPECT_GT(found["flatness"]["directions"].get<int>(), 1);
  EXPECT_GT(found["flatness"]["kinds"]["dead unit"].get<double>(), 0.2);
  EXPECT_GE(found["flatness"]["explained"].get<double>(), found["flatness"]["kinds"]["dead unit"].get<double>());
  EXPECT_TRUE(contains(place_.run({"curvature", "latest", "--checkpoint", "last", "--rows", "all"}).out, "dead unit"));
  EXPECT_EQ(found["kinked"], Json::array({"relu"}));
}

// Text and page, in both languages.
TEST_F(Curvature, IsToldInBothLanguages) {
  train({"--set", "model.hidden=[4]"});
  const Outcome english = place_.run({"curvature", "latest", "--checkpoint", "last"});
  EXPECT_EQ(english.code, 0) << english.err;
  for (const char* part : {"Largest eigenvalues", "gradient", "±", "hidden1.weight", "last.html"})
    EXPECT_TRUE(contains(english.out, part)) << part << "\n" << english.out;
  const XmlElement page = checked_page(place_.read(folder() + "last.html"));
  EXPECT_EQ(page.all("svg").size(), 1u);
  EXPECT_GE(page.all("tr").size(), 10u);
  const Outcome chinese = place_.run({"--lang", "zh", "curvature", "latest"});
  EXPECT_EQ(chinese.code, 0) << chinese.err;
  std::istringstream words(english_words(chinese.out));
  for (std::string word; words >> word;)
    EXPECT_TRUE(word == "adamw" || word == "hidden" || word == "output" || word == "weight" || word == "bias" ||
                word == "category" || word == "color" || word == "relu" || word == "checkpoint" || word == "last")
        << word << "\n"
        << chinese.out;
  const std::string html = place_.read(folder() + "best.html");
  for (const char* part : {"Verdict", "eigenvalue", "gradient", "density"}) EXPECT_FALSE(contains(html, part)) << part;
}

// Nothing is learned: there is no curvature to speak of.
TEST_F(Curvature, OfNothingThatIsLearned) {
  train({"--set", "model.hidden=[4]"});
  const std::string config = "runs/" + name() + "/config.resolved.toml";
  std::string text = place_.read(config);
  const std::size_t at = text.find("freeze = []");
  ASSERT_NE(at, std::string::npos) << text;
  place_.write(config, text.replace(at, 11, "freeze = [\"*\"]"));
  const Outcome refused = place_.run({"curvature", "latest"});
  EXPECT_EQ(refused.code, 3) << refused.err;
  EXPECT_TRUE(contains(refused.err, "the model has no parameters that are learned")) << refused.err;
}

TEST_F(Curvature, RefusesWhatCannotBe) {
  train({"--set", "model.hidden=[4]"});
  const auto refused = [&](const std::vector<std::string>& more, int code, const std::string& part,
                           const std::string& help = {}) {
    std::vector<std::string> words{"curvature", "latest"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = place_.run(words);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, part)) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, help)) << outcome.err;
    words.insert(words.begin(), {"--lang", "zh"});
    EXPECT_FALSE(contains(place_.run(words).err, part)) << part;
  };
  refused({"--rows", "100000"}, 2, "100000 rows were asked for", "--rows all takes all");
  refused({"--rows", "0"}, 2, "--rows must be a whole number");
  refused({"--products", "many"}, 2, "--products must be a whole number");
  refused({"--checkpoint", "99"}, 4, "has kept no weights of epoch 99", "trainer.keep_checkpoints=1");
  refused({"--checkpoint", "first"}, 2, "--checkpoint must be best, last or the number of an epoch");
  refused({"--batch-norm", "none"}, 2, "--batch-norm must be kept or batch");
  refused({"--batch-norm", "batch"}, 2, "has no batch normalisation");
  refused({"--deep", "--rows", "100"}, 2, "--deep takes all rows");
  refused({"--path"}, 4, "has kept no weights of its epochs");
  // A weight that is not a number is told by the name of its parameter.
  set_first("runs/" + name() + "/checkpoints/last.safetensors", "hidden1.weight", std::nanf(""));
  refused({"--checkpoint", "last"}, 4, "has a weight that is not finite, in hidden1.weight", "use --checkpoint best");
  place_.write("prices.csv", price_table(401));
  refused({}, 4, "is not the data that run", "put the old file back");
  std::filesystem::remove(place_.path("prices.csv"));
  const Outcome moved = place_.run({"curvature", "latest"});
  EXPECT_EQ(moved.code, 4) << moved.err;
  EXPECT_TRUE(contains(moved.err, "prices.csv")) << moved.err;
  EXPECT_TRUE(contains(moved.err, "help: ")) << moved.err;
}

}  // namespace
}  // namespace fathom
