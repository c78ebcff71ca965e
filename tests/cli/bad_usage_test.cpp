// Command lines and configurations that are refused.
#include <gtest/gtest.h>

#include <algorithm>

#include "program.hpp"
#include "tables.hpp"

namespace fathom {
namespace {

void expect_refused(const Workplace& place, const std::vector<std::string>& arguments, int code,
                    const std::vector<std::string>& parts) {
  const auto before = place.content();
  const Outcome outcome = place.run(arguments);
  EXPECT_EQ(outcome.code, code) << outcome.err << "signal " << outcome.signal;
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(outcome.err.starts_with("error: ")) << outcome.err;
  for (const std::string& part : parts) EXPECT_TRUE(contains(outcome.err, part)) << part << "\n" << outcome.err;
  EXPECT_EQ(place.content(), before);
}

TEST(BadUsage, CommandsAndFlags) {
  Workplace place;
  place.write("prices.csv", price_table(50));
  expect_refused(place, {"trian", "prices.csv"}, 2, {"no command \"trian\"", "did you mean \"train\"?"});
  expect_refused(place, {"train", "prices.csv", "--epoch", "3"}, 2, {"unknown flag --epoch", "did you mean --epochs?"});
  expect_refused(place, {"train", "prices.csv", "--target"}, 2, {"--target needs a value"});
  expect_refused(place, {"train", "prices.csv", "other.csv"}, 2, {"other.csv"});
  expect_refused(place, {"train", "--quiet=3"}, 2, {"--quiet takes no value"});
  expect_refused(place, {"train"}, 2, {"no fathom.toml here"});
  expect_refused(place, {"--quiet"}, 2, {"no command"});
  expect_refused(place, {"help", "trian"}, 2, {"no command \"trian\""});
  expect_refused(place, {"eval"}, 2, {"help:"});
  expect_refused(place, {"predict", "latest"}, 2, {"help:"});
  expect_refused(place, {"eval", "latest"}, 4, {"there are no runs"});
  expect_refused(place, {"runs", "-C", "nowhere"}, 2, {"nowhere"});
  expect_refused(place, {"runs", "--color", "blue"}, 2, {"--color"});
  expect_refused(place, {"runs", "--lang", "fr"}, 2, {"--lang"});
  for (const char* threads : {"0", "-1", "two", "1.5", "99999"})
    expect_refused(place, {"train", "prices.csv", "--target", "price", "--threads", threads}, 2,
                   {"--threads", threads});
  expect_refused(place, {"demo", "--rows", "-5"}, 2, {"--rows"});
}

TEST(BadUsage, ValuesOnTheCommandLine) {
  Workplace place;
  place.write("prices.csv", price_table(50));
  const auto refused = [&](const std::vector<std::string>& more, int code, const std::vector<std::string>& parts) {
    std::vector<std::string> words{"train", "prices.csv", "--target", "price"};
    words.insert(words.end(), more.begin(), more.end());
    expect_refused(place, words, code, parts);
  };
  refused({"--batch-size", "-4"}, 3, {"trainer.batch_size must be a whole number >= 1", "got \"-4\""});
  refused({"--batch-size", "0"}, 3, {"trainer.batch_size"});
  refused({"--learning-rate", "0"}, 3, {"trainer.learning_rate must be a number > 0", "got \"0\""});
  refused({"--learning-rate", "nan"}, 3, {"trainer.learning_rate"});
  refused({"--learning-rate=-inf"}, 3, {"trainer.learning_rate"});
  refused({"--epochs", "many"}, 3, {"trainer.epochs must be a whole number"});
  refused({"--epochs", "99999999999999999999"}, 3, {"trainer.epochs"});
  refused({"--time-limit", "soon"}, 3, {"trainer.time_limit must be a time such as \"10m\""});
  refused({"--seed", "-1"}, 3, {"seed"});
  refused({"--set", "trainer.epoch=3"}, 3, {"no key \"trainer.epoch\"", "did you mean trainer.epochs?"});
  refused({"--set", "trainer.epochs"}, 2, {"KEY=VALUE"});
  refused({"--set", "trainer.optimizer=adamm"}, 3, {"trainer.optimizer", "did you mean \"adam"});
  refused({"--set", "split.train=0"}, 3, {"split.train"});
  refused({"--set", "split.train=0.5"}, 3, {"must add up to 1"});
  refused({"--set", "model.hidden=[64,0]"}, 3, {"model.hidden"});
  refused({"--set", "model.hiden=[8]", "--epochs", "0", "--set", "trainer.epsilon=-1"}, 3,
          {"did you mean model.hidden?", "error: trainer.epochs", "error: trainer.epsilon", "3 errors on the command"});
  const Outcome hint = place.run({"train", "prices.csv", "--target", "price", "--batch-size", "-4"});
  EXPECT_FALSE(contains(hint.err, "quotes")) << hint.err;  // there are none
}

TEST(BadUsage, AllMistakesOfAConfigurationAtOnce) {
  Workplace place;
  place.write("prices.csv", price_table(50));
  place.write("wrong.toml", R"(sed = 3
[data]
path = "prices.csv"
[output]
name = "price"
[trainer]
learning-rate = 0.1
epochs = "50"
batch_size = -3
learning_rate = nan
weight_decay = true
)");
  expect_refused(place, {"train", "wrong.toml"}, 3,
                 {"wrong.toml:1:1", "did you mean \"seed\"?", "wrong.toml:7:1", "did you mean \"learning_rate\"?",
                  "wrong.toml:8:10", "got the string \"50\"", "remove the quotes", "wrong.toml:9:14",
                  "trainer.batch_size must be", "wrong.toml:10:17", "trainer.learning_rate must be", "wrong.toml:11:16",
                  "6 errors in wrong.toml; nothing was run"});
}

TEST(BadUsage, ConfigurationsThatAreNone) {
  Workplace place;
  place.write("prices.csv", price_table(50));
  const auto refused = [&](const std::string& text, const std::vector<std::string>& parts) {
    SCOPED_TRACE(text);
    place.write("c.toml", text);
    expect_refused(place, {"train", "c.toml"}, 3, parts);
  };
  refused("[trainer]\noptimizer = adam\n", {"text needs quotes: optimizer = \"adam\"", "c.toml:2:13"});
  refused("[trainer\nepochs = 3\n", {"c.toml:1"});
  refused("epochs = 3\n", {"unknown key \"epochs\"", "trainer.epochs"});
  refused("[trainer]\nlr = 3\n", {"unknown key \"lr\"", "trainer.learning_rate"});
  refused("[[input]]\ntype = \"number\"\n", {"needs the name of its column"});
  refused("[[input]]\nname = \"a\"\ntype = \"numbr\"\n", {"did you mean \"number\"?"});
  refused("input = 3\n", {"[[input]]"});
  refused("trainer = 3\n", {"trainer is a table"});
  refused("[trainer]\nepochs = 3\nepochs = 4\n", {"c.toml:3"});
  refused(std::string("[data]\npath = \"a\0b\"\n", 19), {"NUL"});
  refused("\xff\xfe[\0", {"c.toml"});
  refused("[data]\npath = \"prices.csv\"\n[output]\nname = \"price\"\n[trainer.schedule]\nwarmup = \"often\"\n",
          {"warmup"});
  expect_refused(place, {"train", "nothing.toml"}, 4, {"there is no file nothing.toml"});
  place.write("c.toml", "[data]\npath = \"nothing.csv\"\n[output]\nname = \"price\"\n");
  expect_refused(place, {"train", "c.toml"}, 4, {"nothing.csv"});
  place.write("c.toml", "");
  expect_refused(place, {"train", "c.toml"}, 2, {"there is no data", "data.path"});
}

// Every cut of a good file, and every byte of it changed, is trained from or refused; none ends the program otherwise.
TEST(BadUsage, MutatedConfigurations) {
  Workplace place;
  place.write("prices.csv", price_table(40));
  const std::string good =
      "seed = 1\n[data]\npath = \"prices.csv\"\n[output]\nname = \"price\"\n[trainer]\nepochs = 1\nschedule = "
      "\"cosine\"\n"
      "[[input]]\nname = \"a\"\ntype = \"number\"\n";
  unsigned chance = 1;
  for (int i = 0; i < 100; ++i) {
    chance = chance * 1664525u + 1013904223u;
    std::string text = good;
    const std::size_t at = (chance >> 8) % text.size();
    if (i % 2 == 0)
      text.resize(at);
    else
      text[at] = static_cast<char>(chance >> 24);
    place.write("c.toml", text);
    const Outcome outcome = place.run({"train", "c.toml", "--dry-run"});
    EXPECT_TRUE(outcome.code == 0 || outcome.code == 2 || outcome.code == 3 || outcome.code == 4)
        << text << "\n"
        << outcome.code << " " << outcome.signal << "\n"
        << outcome.err;
  }
}

// Settings that would change nothing are mistakes of whoever wrote them.
TEST(BadUsage, SettingsThatNothingReads) {
  Workplace place;
  place.write("prices.csv", price_table(200));
  const auto refused = [&](const std::vector<std::string>& more, const std::vector<std::string>& parts) {
    std::vector<std::string> words{"train", "prices.csv", "--target", "price"};
    words.insert(words.end(), more.begin(), more.end());
    expect_refused(place, words, 3, parts);
  };
  refused({"--ignore", "price"}, {"price", "target"});
  refused({"--set", "split.key=color"}, {"split.key", "split.by"});
  refused({"--set", "split.key=color", "--set", "split.by=random"}, {"split.key", "random"});
  refused({"--set", "output.label_smoothing=0.1"}, {"label_smoothing", "classes"});
  refused({"--set", "trainer.schedule.type=plateau", "--set", "trainer.schedule.factor=1"}, {"factor"});
  refused({"--monitor", "valid/mae", "--set", "split.valid=0", "--set", "split.test=0.2"},
          {"valid/mae", "split.valid"});
  place.write("c.toml",
              "[data]\npath = \"prices.csv\"\n[output]\nname = \"price\"\n[[input]]\nname = \"price\"\nscale = "
              "\"none\"\n");
  expect_refused(place, {"train", "c.toml"}, 3, {"price", "target"});
  place.write("c.toml",
              "[data]\npath = \"prices.csv\"\n[output]\nname = \"price\"\n[[input]]\nname = \"a\"\n[[input]]\nname "
              "= \"a\"\n");
  expect_refused(place, {"train", "c.toml"}, 3, {"c.toml:7", "\"a\"", "twice"});
}

TEST(BadUsage, SettingsOfTablesForImages) {
  Workplace place;
  const auto number = [](std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
    return bytes;
  };
  std::string images = number(0x803) + number(60) + number(2) + number(2), labels = number(0x801) + number(60);
  for (int i = 0; i < 60; ++i) {
    images += std::string(4, static_cast<char>(i % 3 * 80));
    labels += static_cast<char>(i % 3);
  }
  place.write("images", images);
  place.write("labels", labels);
  const auto words = [](const std::vector<std::string>& more) {
    std::vector<std::string> all{"train", "images", "--set", "data.labels=labels", "--epochs", "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  for (const char* wrong : {"output.name=digit", "output.task=regression", "output.row_weight=w"})
    expect_refused(place, words({"--set", wrong}), 3,
                   {std::string(wrong).substr(0, std::string(wrong).find('=')), "images"});
  expect_refused(place, words({"--ignore", "a"}), 3, {"images"});
  EXPECT_EQ(place.run(words({"--target", "label"})).code, 0);
}

TEST(BadUsage, NetworksThatNoMachineHolds) {
  Workplace place;
  place.write("prices.csv", price_table(50));
  const auto with = [](const std::string& hidden) {
    return std::vector<std::string>{"train", "prices.csv", "--target", "price", "--set", "model.hidden=" + hidden};
  };
  expect_refused(place, with("[4000000000000000000, 4000000000000000000]"), 3, {"model.hidden", "16777216"});
  expect_refused(place, with("[16777216, 16777216]"), 7, {"GB"});
}

TEST(BadUsage, WhatDoesNotFitTogetherIsShownWhereItIs) {
  Workplace place;
  place.write("prices.csv", price_table(50));
  place.write("wrong.toml", R"([data]
path = "prices.csv"
[split]
train = 0.9
valid = 0.3
[output]
name = "price"
task = "regression"
loss = "cross_entropy"
[trainer]
schedule = { type = "cosine", warmup = "abc" }
)");
  expect_refused(place, {"train", "wrong.toml"}, 3,
                 {"wrong.toml:4:9", "must add up to 1", "wrong.toml:9:8", "cross_entropy", "wrong.toml:11:40", "warmup",
                  "3 errors in wrong.toml; nothing was run"});
  place.write("right.toml",
              "[data]\npath = \"prices.csv\"\n[output]\nname = \"price\"\n[trainer]\nepochs = 1\nschedule = { warmup "
              "= 100 }\n");
  EXPECT_EQ(place.run({"train", "right.toml", "-n"}).code, 0);
}

}  // namespace
}  // namespace fathom
