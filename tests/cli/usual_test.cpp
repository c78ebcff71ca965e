// The usual path through the program, as the guide tells it.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "program.hpp"
#include "tables.hpp"

namespace fathom {
namespace {

using Json = nlohmann::json;

// The lines of a text as JSON; the test fails where one is none.
std::vector<Json> documents(const std::string& text) {
  std::vector<Json> list;
  for (const std::string& line : lines_of(text)) {
    list.push_back(Json::parse(line, nullptr, false));
    EXPECT_FALSE(list.back().is_discarded()) << line;
  }
  return list;
}

void expect_done(const Outcome& outcome) {
  EXPECT_EQ(outcome.code, 0) << outcome.err << outcome.signal;
  EXPECT_FALSE(contains(outcome.out + outcome.err, "\x1b")) << outcome.out << outcome.err;
}

double value_of(const std::string& json, const std::string& metric) {
  const Json document = Json::parse(json, nullptr, false);
  EXPECT_TRUE(document.contains("metrics")) << json;
  return document["metrics"][metric]["value"].get<double>();
}

TEST(Usual, ClassesFromTrainingToPredictions) {
  Workplace place;
  place.write("kinds.csv", kind_table(400));
  place.write("new.csv", without_target(kind_table(25)));
  const Outcome train = place.run({"train", "kinds.csv", "--target", "kind", "--epochs", "8"});
  expect_done(train);
  EXPECT_EQ(train.out, "runs/0001-kinds\n");
  for (const char* word : {"Data", "Split", "Model", "Baseline", "Run", "Result", "Next", "seed 42"})
    EXPECT_TRUE(contains(train.err, word)) << word;

  for (const char* file : {"run.json", "config.resolved.toml", "metrics.csv", "log.txt", "model/model.safetensors",
                           "model/pipeline.json", "checkpoints/best.safetensors", "checkpoints/last.safetensors"})
    EXPECT_TRUE(place.has(std::string("runs/latest/") + file)) << file;
  EXPECT_EQ(lines_of(place.read("runs/latest/metrics.csv")).size(), 9u);

  const Outcome eval = place.run({"eval", "latest", "--json"});
  expect_done(eval);
  ASSERT_EQ(lines_of(eval.out).size(), 1u);
  EXPECT_GT(value_of(eval.out, "test/accuracy"), 0.85);
  expect_done(place.run({"eval", "latest", "kinds.csv", "--min", "accuracy=0.5"}));
  EXPECT_EQ(place.run({"eval", "latest", "--min", "accuracy=1.01"}).code, 6);

  const Outcome predict = place.run({"predict", "latest", "new.csv"});
  expect_done(predict);
  const auto lines = lines_of(predict.out);
  ASSERT_EQ(lines.size(), 26u);
  EXPECT_EQ(lines[0], "prediction");
  for (std::size_t i = 1; i < lines.size(); ++i)
    EXPECT_TRUE(lines[i] == "round" || lines[i] == "flat" || lines[i] == "long") << lines[i];

  const Outcome shares = place.run({"predict", "1", "new.csv", "--proba", "-o", "shares.csv"});
  expect_done(shares);
  EXPECT_EQ(shares.out, "");
  EXPECT_EQ(lines_of(place.read("shares.csv")).at(0), "prediction,p(flat),p(long),p(round)");
  EXPECT_EQ(documents(place.run({"predict", "1", "new.csv", "--format", "jsonl"}).out).size(), 25u);
}

TEST(Usual, NumbersAndAResumeOfAFinishedRun) {
  Workplace place;
  place.write("prices.csv", price_table(400));
  expect_done(place.run({"train", "prices.csv", "--target", "price", "--epochs", "6", "--name", "My Prices"}));
  const Outcome eval = place.run({"eval", "my-prices", "--json"});
  EXPECT_GT(value_of(eval.out, "test/r2"), 0.7);
  const Outcome predict = place.run({"predict", "latest", "prices.csv"});
  ASSERT_EQ(lines_of(predict.out).size(), 401u);
  for (const std::string& line : lines_of(predict.out)) {
    if (line == "prediction") continue;
    EXPECT_NO_THROW(static_cast<void>(std::stod(line))) << line;
  }

  const std::string last = place.read("runs/latest/checkpoints/best.safetensors");
  const std::string metrics = place.read("runs/latest/metrics.csv");
  expect_done(place.run({"resume", "latest"}));
  EXPECT_EQ(place.read("runs/latest/checkpoints/best.safetensors"), last);
  EXPECT_EQ(place.read("runs/latest/metrics.csv"), metrics);
  EXPECT_EQ(place.run({"eval", "latest", "--json"}).out, eval.out);
}

TEST(Usual, ChineseNamesAndTexts) {
  Workplace place;
  place.write("评论.csv", chinese_table(300));
  const Outcome train = place.run({"train", "评论.csv", "--target", "情感", "--epochs", "12", "--lang", "zh"});
  expect_done(train);
  EXPECT_EQ(train.out, "runs/0001-评论\n");
  EXPECT_TRUE(contains(train.err, "基准")) << train.err;
  EXPECT_GT(value_of(place.run({"eval", "latest", "--json"}).out, "test/auc"), 0.8);
  place.write("新.csv", without_target(chinese_table(10)));
  const auto lines = lines_of(place.run({"predict", "评论", "新.csv", "--proba"}).out);
  ASSERT_EQ(lines.size(), 11u);
  EXPECT_EQ(lines[0], "prediction,p(好),p(差)");
}

TEST(Usual, FoldersThatWereCopiedAndDataFromAPipe) {
  Workplace place;
  place.write("kinds.csv", kind_table(200));
  place.write("new.csv", without_target(kind_table(25)));
  expect_done(place.run({"train", "kinds.csv", "--target", "kind", "--epochs", "2"}));
  const std::string predictions = place.run({"predict", "1", "new.csv"}).out;
  std::filesystem::copy(place.path("runs/0001-kinds"), place.path("copy"), std::filesystem::copy_options::recursive);
  std::filesystem::copy(place.path("runs/0001-kinds/model"), place.path("model"));
  std::filesystem::remove_all(place.path("runs"));
  for (const char* from : {"copy", "./copy/", "model", "model/"}) {
    const Outcome predict = place.run({"predict", from, "new.csv"});
    expect_done(predict);
    EXPECT_EQ(predict.out, predictions) << from;
    expect_done(place.run({"eval", from, "kinds.csv"}));
  }
  place.write("pipe.sh", std::string("cat new.csv | ") + FATHOM_PROGRAM + " predict model - > out.csv");
  EXPECT_EQ(std::system(("cd " + place.path() + " && sh pipe.sh").c_str()), 0);
  EXPECT_EQ(place.read("out.csv"), predictions);
  EXPECT_EQ(place.run({"train", "-", "--target", "kind"}).code, 2);  // there would be nothing to resume from
}

TEST(Usual, TheSameTrainingFromAConfiguration) {
  Workplace place;
  place.write("data/prices.csv", price_table(200));
  place.write(
      "data/prices.toml",
      "[data]\npath = \"prices.csv\"\n[output]\nname = \"price\"\n[trainer]\nepochs = 3\n[model]\nhidden = [8]\n");
  const Outcome train = place.run({"train", "data/prices.toml", "--set", "trainer.batch-size=16"});
  expect_done(train);
  EXPECT_TRUE(contains(train.err, "batch 16")) << train.err;
  EXPECT_EQ(place.read("runs/latest/config.toml"), place.read("data/prices.toml"));
  const Outcome show = place.run({"config", "show", "data/prices.toml", "--origin"});
  expect_done(show);
  EXPECT_TRUE(contains(show.out, "epochs = 3")) << show.out;
  EXPECT_TRUE(contains(show.out, "data/prices.toml:6")) << show.out;
}

TEST(Usual, NamesThatNeedQuotes) {
  Workplace place;
  std::string table = "\"a \"\"b\"\", c\",\"#d\\e\",\"the \"\"target\"\" = 1\"\n";
  const std::string rows = price_table(200);
  for (const std::string& line : lines_of(rows.substr(rows.find('\n') + 1)))
    table += line.substr(0, line.find(",", line.find(',') + 1)) + line.substr(line.rfind(',')) + "\n";
  place.write("odd \"names\".csv", table);
  place.write("odd.toml",
              "[data]\npath = 'odd \"names\".csv'\n[output]\nname = 'the \"target\" = 1'\n[trainer]\nepochs = 2\n"
              "[[input]]\nname = 'a \"b\", c'\ntype = 'number'\n[[input]]\nname = '#d\\e'\ntype = 'number'\n");
  expect_done(place.run({"train", "odd.toml"}));
  expect_done(place.run({"resume", "latest"}));
  expect_done(place.run({"eval", "latest"}));
  expect_done(place.run({"train", "odd \"names\".csv", "--target", "the \"target\" = 1", "--epochs", "1"}));
  expect_done(place.run({"predict", "latest", "odd \"names\".csv"}));
}

TEST(Usual, EveryCommandSpeaksJson) {
  Workplace place;
  place.write("kinds.csv", kind_table(200));
  const Outcome train = place.run({"train", "kinds.csv", "--target", "kind", "--epochs", "3", "--json"});
  expect_done(train);
  std::vector<std::string> events;
  for (const Json& event : documents(train.out)) {
    EXPECT_EQ(event.value("schema", ""), "fathom/1");
    events.push_back(event.value("event", ""));
  }
  EXPECT_EQ(events, (std::vector<std::string>{"run", "baseline", "epoch", "epoch", "epoch", "result", "end"}));
  const Json run = documents(train.out).front(), end = documents(train.out).back();
  EXPECT_EQ(run["number"], 1);
  EXPECT_EQ(run["path"], "runs/0001-kinds");
  EXPECT_EQ(run["seed"], 42);
  EXPECT_EQ(end["why"], "epochs_done");
  EXPECT_EQ(end["best_epoch"], 3);
  EXPECT_GT(end["seconds"], 0);
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"eval", "latest"}, {"predict", "latest", "kinds.csv"}, {"runs"}, {"version"}, {"doctor"}}) {
    std::vector<std::string> words = command;
    words.push_back("--json");
    const Outcome outcome = place.run(words);
    expect_done(outcome);
    EXPECT_FALSE(documents(outcome.out).empty()) << command[0];
  }
  // These are one document of many lines.
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"runs", "show", "latest", "--json"}, {"config", "show", "--json"}, {"config", "schema"}})
    EXPECT_FALSE(Json::parse(place.run(words).out, nullptr, false).is_discarded()) << words[0];
  const Outcome wrong = place.run({"eval", "nothing", "--json"});
  EXPECT_EQ(wrong.code, 4);
  ASSERT_EQ(documents(wrong.out).size(), 1u);
  EXPECT_EQ(documents(wrong.out)[0].value("exit_code", 0), 4);
}

TEST(Usual, SmallCommandsAndHelp) {
  Workplace place;
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{},
                                                                                     {"help"},
                                                                                     {"--help"},
                                                                                     {"version"},
                                                                                     {"--version"},
                                                                                     {"doctor"},
                                                                                     {"runs"},
                                                                                     {"config", "keys"},
                                                                                     {"config", "schema"},
                                                                                     {"config", "show"}})
    expect_done(place.run(words));
  for (const char* command :
       {"train", "eval", "predict", "runs", "resume", "demo", "doctor", "config", "version", "help"}) {
    const Outcome help = place.run({"help", command});
    expect_done(help);
    EXPECT_TRUE(contains(help.out, std::string("fathom ") + command)) << help.out;
    EXPECT_EQ(place.run({command, "--help"}).out, help.out);
    EXPECT_LT(help.seconds, 1);
  }
  EXPECT_TRUE(place.content().empty());
}

TEST(Usual, DryRunWritesNothing) {
  Workplace place;
  place.write("kinds.csv", kind_table(200));
  const auto before = place.content();
  const Outcome dry = place.run({"train", "kinds.csv", "--target", "kind", "--dry-run"});
  expect_done(dry);
  EXPECT_TRUE(contains(dry.err, "One epoch takes about")) << dry.err;
  EXPECT_EQ(place.content(), before);
}

TEST(Usual, LogFileIsACopyOfTheMessages) {
  Workplace place;
  place.write("kinds.csv", kind_table(200));
  const Outcome train = place.run(
      {"train", "kinds.csv", "--target", "kind", "--epochs", "2", "--color", "always", "--log-file", "log.txt"});
  EXPECT_EQ(train.code, 0) << train.err;
  EXPECT_TRUE(contains(train.err, "\x1b["));  // asked for
  const std::string log = place.read("log.txt");
  EXPECT_FALSE(contains(log, "\x1b"));
  EXPECT_TRUE(contains(log, "Data    kinds.csv")) << log;
  EXPECT_EQ(lines_of(log).size(), lines_of(train.err).size());
  const Outcome wrong = place.run({"eval", "7", "--log-file", "log.txt"});
  EXPECT_EQ(place.read("log.txt"), log + wrong.err);
  EXPECT_EQ(place.run({"runs", "--log-file", "no/such/folder/log.txt"}).code, 2);
}

TEST(Usual, WhatATerminalShows) {
  Workplace place;
  place.write("prices.csv", price_table(1500));
  const auto shown = [&](const std::map<std::string, std::string>& environment) {
    const Outcome train = place.run({"train", "prices.csv", "--target", "price", "--epochs", "25", "--no-early-stop"},
                                    {.environment = environment, .terminal = true});
    EXPECT_EQ(train.code, 0) << train.out;
    EXPECT_TRUE(contains(train.out, "Result")) << train.out;
    return train.out;
  };
  const std::string colored = shown({});
  EXPECT_TRUE(contains(colored, "\x1b[32mbest"));
  EXPECT_TRUE(contains(colored, "/25 ") && contains(colored, "\x1b[K"));  // the moving line
  const std::string plain = shown({{"NO_COLOR", "1"}});
  EXPECT_FALSE(contains(plain, "\x1b")) << plain;
  EXPECT_TRUE(contains(plain, "/25 "));
  const std::string dumb = shown({{"TERM", "dumb"}});
  EXPECT_FALSE(contains(dumb, "\x1b")) << dumb;
  for (std::size_t at = dumb.find('\r'); at != std::string::npos; at = dumb.find('\r', at + 1))
    EXPECT_EQ(dumb[at + 1], '\n') << "a line that moves: " << dumb;
  // Whatever moves is cut to a narrow window.
  std::istringstream narrow(shown({{"COLUMNS", "40"}, {"NO_COLOR", "1"}, {"LANG", "C"}}));
  for (std::string piece; std::getline(narrow, piece, '\r');) {
    if (!contains(piece, "/25 ")) continue;
    EXPECT_LT(piece.size(), 40u) << piece;
  }
}

TEST(Usual, SameSeedSameBitsForAnyNumberOfThreads) {
  Workplace place;
  place.write("prices.csv", price_table(600));
  const auto weights = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words{"train", "prices.csv", "--target", "price", "--epochs", "4", "--batch-size", "256"};
    words.insert(words.end(), more.begin(), more.end());
    expect_done(place.run(words));
    return place.read("runs/latest/checkpoints/best.safetensors") + place.read("runs/latest/model/model.safetensors") +
           place.read("runs/latest/metrics.csv");
  };
  const std::string first = weights({"--seed", "3", "--threads", "1"});
  EXPECT_EQ(weights({"--seed", "3", "--threads", "1"}), first);
  EXPECT_EQ(weights({"--seed", "3", "--threads", "2"}), first);
  EXPECT_EQ(weights({"--seed", "3", "--threads", "5"}), first);
  EXPECT_NE(weights({"--seed", "4", "--threads", "2"}), first);
}

// x decides y without an exception.
std::string clear_table(int rows) {
  std::string text = "x,z,y\n";
  for (int row = 0; row < rows; ++row)
    text += std::to_string(row % 7 + (row % 2) * 100) + "," + std::to_string(row % 13) +
            (row % 2 == 0 ? ",no\n" : ",yes\n");
  return text;
}

TEST(Usual, APerfectAucIsOneAndCanBeWatched) {
  Workplace place;
  place.write("clear.csv", clear_table(400));
  const Outcome train =
      place.run({"train", "clear.csv", "-t", "y", "--epochs", "30", "--monitor", "valid/auc", "--patience", "3"});
  expect_done(train);
  EXPECT_TRUE(contains(train.err, "test AUC 1.0000")) << train.err;
  EXPECT_TRUE(contains(train.err, "valid/auc has not improved for 3 epochs")) << train.err;
  EXPECT_EQ(value_of(place.run({"eval", "latest", "--json"}).out, "test/auc"), 1);
  expect_done(place.run({"eval", "latest", "--min", "auc=1"}));
  // What is not defined is not good enough.
  place.write("one.csv", "x,z,y\n1,1,no\n2,2,no\n");
  EXPECT_EQ(place.run({"eval", "latest", "one.csv", "--min", "auc=0.5"}).code, 6);
  place.write("none.csv", "x,z,y\n1,1,\n2,2,\n");
  EXPECT_EQ(place.run({"eval", "latest", "none.csv"}).code, 4);
  // Only how the file is read is for eval and predict to say.
  expect_done(place.run({"eval", "latest", "clear.csv", "--set", "data.delimiter=,"}));
  for (const char* other : {"seed=3", "split.train=0.5", "model.hidden=[3]", "data.path=clear.csv"}) {
    EXPECT_EQ(place.run({"eval", "latest", "clear.csv", "--set", other}).code, 3) << other;
    EXPECT_EQ(place.run({"eval", "latest", "--set", other}).code, 3) << other;
    EXPECT_EQ(place.run({"predict", "latest", "clear.csv", "--set", other}).code, 3) << other;
  }
}

TEST(Usual, EveryNameThatIsShownCanBeWatched) {
  Workplace place;
  place.write("clear.csv", clear_table(200));
  place.write("prices.csv", price_table(200));
  place.write("kinds.csv", kind_table(200));
  for (const auto& [file, target] : {std::pair{"clear.csv", "y"}, {"prices.csv", "price"}, {"kinds.csv", "kind"}}) {
    expect_done(place.run({"train", file, "-t", target, "--epochs", "1"}));
    std::string header = lines_of(place.read("runs/latest/metrics.csv")).at(0);
    std::istringstream names(header);
    for (std::string name; std::getline(names, name, ',');)
      if (name.starts_with("valid/"))
        expect_done(place.run({"train", file, "-t", target, "--epochs", "1", "--monitor", name}));
  }
  // What is refused names what is accepted.
  const Outcome refused = place.run({"train", "prices.csv", "-t", "price", "--monitor", "valid/auc"});
  EXPECT_EQ(refused.code, 3);
  EXPECT_TRUE(contains(refused.err, "valid/loss, valid/rmse, valid/mae, valid/r2")) << refused.err;
}

TEST(Usual, LabelsAreTrimmedAsTheyWereInTraining) {
  Workplace place;
  std::string table = clear_table(200), dotted;
  for (const std::string& line : lines_of(table)) dotted += line + (dotted.empty() ? "\n" : ".\n");
  place.write("clear.csv", table);
  place.write("dotted.csv", dotted);
  expect_done(place.run({"train", "clear.csv", "-t", "y", "--epochs", "2", "--set", "data.trim_labels=."}));
  for (const char* from : {"latest", "runs/latest/model"}) {
    const Outcome eval = place.run({"eval", from, "dotted.csv"});
    expect_done(eval);
    EXPECT_EQ(eval.out, place.run({"eval", from, "clear.csv"}).out);
  }
}

TEST(Usual, TheRunOfTheDemoIsLikeAnyOther) {
  Workplace place;
  expect_done(place.run({"demo", "--rows", "2000"}));
  const Outcome eval = place.run({"eval", "latest"});
  expect_done(eval);
  expect_done(place.run({"resume", "latest"}));
  EXPECT_EQ(place.run({"eval", "latest"}).out, eval.out);
}

TEST(Usual, ADryRunIsOneDocument) {
  Workplace place;
  place.write("kinds.csv", kind_table(200));
  const Outcome dry = place.run({"train", "kinds.csv", "--target", "kind", "-n", "--json"});
  expect_done(dry);
  ASSERT_EQ(documents(dry.out).size(), 1u) << dry.out;
  const Json document = documents(dry.out)[0];
  EXPECT_EQ(document.value("schema", ""), "fathom/1");
  EXPECT_EQ(document["rows"], 200);
  EXPECT_EQ(document["split"]["train"], 160);
  EXPECT_GT(document["weights"], 0);
  EXPECT_GT(document["training_bytes"], 0);
  EXPECT_EQ(document["recompute"], false);
  EXPECT_EQ(document["training_bytes"], document["training_bytes_kept"]);
  EXPECT_GT(document["seconds_per_epoch"], 0);
}

TEST(Usual, RecomputeSavesMemoryAndChangesNothingElse) {
  Workplace place;
  place.write("kinds.csv", kind_table(600));
  const std::vector<std::string> deep{"--set", "model.hidden=[32,32,32,32,32,32,32,32,32,32]",
                                      "--set", "trainer.batch_size=256",
                                      "--set", "trainer.epochs=2"};
  const auto run = [&](std::vector<std::string> arguments, const std::string& recompute) {
    arguments.insert(arguments.begin(), {"train", "kinds.csv", "--target", "kind"});
    arguments.insert(arguments.end(), deep.begin(), deep.end());
    arguments.insert(arguments.end(), {"--set", "trainer.recompute=" + recompute});
    const Outcome outcome = place.run(arguments);
    expect_done(outcome);
    return outcome;
  };
  const Json kept = documents(run({"-n", "--json"}, "false").out)[0];
  const Json recomputed = documents(run({"-n", "--json"}, "true").out)[0];
  EXPECT_LT(recomputed["training_bytes"], kept["training_bytes"]);
  EXPECT_EQ(recomputed["training_bytes"], kept["training_bytes_recomputed"]);
  EXPECT_EQ(recomputed["training_bytes_kept"], kept["training_bytes"]);
  const Outcome dry = run({"-n", "-v"}, "true");
  EXPECT_NE((dry.out + dry.err).find("with trainer.recompute = true about"), std::string::npos) << dry.out << dry.err;
  EXPECT_NE((dry.out + dry.err).find("values computed again"), std::string::npos);
  run({}, "false");
  run({}, "true");
  EXPECT_EQ(place.run({"eval", "1"}).out, place.run({"eval", "2"}).out);
}

}  // namespace
}  // namespace fathom
