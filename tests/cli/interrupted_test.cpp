// Trainings that end before their end, in every way there is: going on gives the bits of the one that was left alone.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <random>

#include "program.hpp"
#include "tables.hpp"

namespace fathom {
namespace {

// What a run leaves, without the times in it.
struct Remains {
  std::string best, model, metrics, tensors;
  nlohmann::json state;
  bool operator==(const Remains&) const = default;
};

// Of a training, the moments at which it is killed, and a limit of time within which it makes some steps: a checked
// build is slow.
#ifdef NDEBUG
constexpr int epochs = 15, moments = 20;
constexpr const char* short_time = "0.05s";
#else
constexpr int epochs = 4, moments = 5;
constexpr const char* short_time = "0.3s";
#endif

class Interrupted : public testing::Test {
 protected:
  Interrupted() { place.write("prices.csv", price_table(3000)); }

  std::vector<std::string> training(const std::string& runs, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"train",
                                   "prices.csv",
                                   "--target",
                                   "price",
                                   "--epochs",
                                   std::to_string(epochs),
                                   "--batch-size",
                                   "32",
                                   "--seed",
                                   "9",
                                   "--no-early-stop",
                                   "--runs-dir",
                                   runs};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  Outcome resume(const std::string& runs, const RunOptions& options = {}, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"resume", "latest", "--runs-dir", runs});
    return place.run(more, options);
  }

  Remains remains(const std::string& runs) const {
    const std::string run = runs + "/0001-prices/";
    Remains result{place.read(run + "checkpoints/best.safetensors"),
                   place.read(run + "model/model.safetensors"),
                   place.read(run + "metrics.csv"),
                   {},
                   {}};
    const std::string last = place.read(run + "checkpoints/last.safetensors");
    std::uint64_t header = 0;
    if (last.size() >= sizeof header) std::memcpy(&header, last.data(), sizeof header);
    EXPECT_LT(8 + header, last.size());
    if (8 + header >= last.size()) return result;
    result.state = nlohmann::json::parse(last.substr(8, header));
    result.state["__metadata__"].erase("seconds");
    result.tensors = last.substr(8 + header);
    return result;
  }

  void expect_same(const std::string& runs, const Remains& reference) const {
    const Remains found = remains(runs);
    EXPECT_EQ(found.metrics, reference.metrics);
    EXPECT_EQ(found.state, reference.state);
    EXPECT_TRUE(found == reference) << runs << ": other bits";
  }

  // Kills the command at a moment, and says whether there is a run to go on with.
  bool kill_at(const std::vector<std::string>& words, const std::string& runs, double seconds) const {
    place.run(words, {.environment = {}, .signal = SIGKILL, .signal_after = seconds});
    return place.has(runs + "/0001-prices/config.resolved.toml");
  }

  Workplace place;
};

TEST_F(Interrupted, KilledAtManyMoments) {
  const Outcome whole = place.run(training("whole"));
  ASSERT_EQ(whole.code, 0) << whole.err;
  const Remains reference = remains("whole");
  std::mt19937 chance(1);
  for (int i = 0; i < moments; ++i) {
    const std::string runs = "killed" + std::to_string(i);
    // One moment in each part of the whole time.
    const double moment = whole.seconds * (i + static_cast<double>(chance() % 1000) / 1000) / moments;
    SCOPED_TRACE("killed after " + std::to_string(moment) + " of " + std::to_string(whole.seconds) + " s");
    if (kill_at(training(runs), runs, moment)) {
      const Outcome rest = resume(runs);
      ASSERT_EQ(rest.code, 0) << rest.err;
      expect_same(runs, reference);
    } else {
      EXPECT_EQ(resume(runs).code, 4);  // it had not begun: there is nothing to go on from, and that is said
    }
  }
}

TEST_F(Interrupted, KilledAgainAndAgain) {
  const Outcome whole = place.run(training("whole"));
  ASSERT_EQ(whole.code, 0) << whole.err;
  std::mt19937 chance(2);
  ASSERT_TRUE(kill_at(training("killed"), "killed", whole.seconds / 3));
  for (int i = 0; i < 8; ++i)
    kill_at({"resume", "latest", "--runs-dir", "killed"}, "killed",
            whole.seconds * static_cast<double>(chance() % 1000) / 3000);
  const Outcome rest = resume("killed");
  ASSERT_EQ(rest.code, 0) << rest.err;
  expect_same("killed", remains("whole"));
  EXPECT_TRUE(contains(place.run({"runs", "--runs-dir", "killed"}).out, "finished"));
}

TEST_F(Interrupted, AskedToStop) {
  ASSERT_EQ(place.run(training("whole")).code, 0);
  const Remains reference = remains("whole");
  for (const auto& [signal, times, code] : {std::tuple{SIGINT, 1, 130}, {SIGINT, 2, 130}, {SIGTERM, 1, 143}}) {
    const std::string runs = "stopped" + std::to_string(signal) + std::to_string(times);
    SCOPED_TRACE(runs);
    const Outcome stopped =
        place.run(training(runs), {.environment = {},
                                   .signal = signal,
                                   .signal_after = 0,
                                   .signal_file = runs + "/0001-prices/checkpoints/best.safetensors",
                                   .signal_times = times});
    EXPECT_EQ(stopped.code, code) << stopped.err;
    if (times == 1) {
      EXPECT_TRUE(contains(stopped.err, "fathom resume 1")) << stopped.err;
      EXPECT_TRUE(contains(place.run({"runs", "--runs-dir", runs}).out, "interrupted"));
    }
    EXPECT_EQ(place.run({"predict", "latest", "prices.csv", "--runs-dir", runs}).code, 0);
    const Outcome rest = resume(runs);
    ASSERT_EQ(rest.code, 0) << rest.err;
    expect_same(runs, reference);
  }
}

TEST_F(Interrupted, StepAndTimeLimits) {
  // Of a schedule that does not depend on how many steps there are to be.
  const std::vector<std::string> constant{"--set", "trainer.schedule.type=constant", "--set",
                                          "trainer.schedule.warmup=0"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), constant.begin(), constant.end());
    return more;
  };
  ASSERT_EQ(place.run(training("whole", constant)).code, 0);
  const Remains reference = remains("whole");

  const Outcome steps = place.run(training("steps", with({"--max-steps", "200"})));
  EXPECT_EQ(steps.code, 0) << steps.err;
  EXPECT_TRUE(contains(steps.err, "trainer.max_steps is reached")) << steps.err;
  EXPECT_EQ(remains("steps").state["__metadata__"]["step"], "200");
  EXPECT_EQ(place.run({"predict", "latest", "prices.csv", "--runs-dir", "steps"}).code, 0);
  ASSERT_EQ(resume("steps", {}, {"--set", "trainer.max_steps=0"}).code, 0);
  expect_same("steps", reference);

  const Outcome time = place.run(training("time", with({"--time-limit", short_time})));
  EXPECT_EQ(time.code, 0) << time.err;
  EXPECT_LT(time.seconds, 10);
  EXPECT_TRUE(contains(time.err, "time limit is reached")) << time.err;
  // The limit is of one session: every resume goes on for as long again.
  const auto step = [&] { return std::stol(remains("time").state["__metadata__"]["step"].get<std::string>()); };
  const long before = step();
  EXPECT_EQ(resume("time").code, 0);
  EXPECT_GT(step(), before);
  ASSERT_EQ(resume("time", {}, {"--time-limit", "0s"}).code, 0);
  expect_same("time", reference);
}

TEST_F(Interrupted, EarlyStoppingStaysStopped) {
  std::vector<std::string> words{"train", "prices.csv", "--target", "price",           "--epochs",
                                 "40",    "--patience", "1",        "--learning-rate", "0.05"};
  const Outcome train = place.run(words);
  ASSERT_EQ(train.code, 0) << train.err;
  ASSERT_TRUE(contains(train.err, "has not improved for 1 epochs")) << train.err;
  const Remains before = remains("runs");
  const Outcome again = resume("runs");
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_TRUE(contains(again.err, "has not improved for 1 epochs")) << again.err;
  expect_same("runs", before);
}

TEST_F(Interrupted, OtherSettingsOfAResumeLast) {
  ASSERT_EQ(place.run(training("runs")).code, 0);
  ASSERT_EQ(resume("runs", {}, {"--epochs", std::to_string(epochs + 2)}).code, 0);
  EXPECT_EQ(lines_of(remains("runs").metrics).size(), epochs + 3u);
  const std::string config = place.read("runs/0001-prices/config.resolved.toml");
  EXPECT_TRUE(contains(config, "epochs = " + std::to_string(epochs + 2))) << config;
  EXPECT_FALSE(contains(config, "config.resolved.toml")) << config;  // an origin is where a value first came from
}

TEST_F(Interrupted, RunThatAnotherProcessWrites) {
  const pid_t other = place.start(training("runs", {"--epochs", "100000"}));
  // What an epoch leaves last.
  for (int i = 0; i < 30000 && !place.has("runs/0001-prices/checkpoints/last.safetensors"); ++i) ::usleep(1000);
  const Outcome second = resume("runs");
  EXPECT_EQ(second.code, 75) << second.err;
  EXPECT_TRUE(second.err.starts_with("error: run 1 is still running (process " + std::to_string(other))) << second.err;
  EXPECT_TRUE(contains(place.run({"runs", "--runs-dir", "runs"}).out, "running"));
  const Outcome reader = place.run({"eval", "latest", "--runs-dir", "runs"});
  EXPECT_EQ(reader.code, 0) << reader.err;  // reading is allowed
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
  EXPECT_TRUE(contains(place.run({"runs", "--runs-dir", "runs"}).out, "stopped"));
}

TEST_F(Interrupted, DivergedAndGoneOnWithASmallerRate) {
  const Outcome bad = place.run(training("runs", {"--set", "trainer.optimizer=sgd", "--learning-rate", "30"}));
  EXPECT_EQ(bad.code, 5) << bad.err;
  EXPECT_TRUE(contains(bad.err, "error: the loss became NaN or infinite at step")) << bad.err;
  EXPECT_TRUE(contains(bad.err, "help: fathom resume 1 --learning-rate")) << bad.err;
  EXPECT_TRUE(contains(place.run({"runs", "--runs-dir", "runs"}).out, "diverged"));
  const Outcome rest = resume("runs", {}, {"--learning-rate", "0.01"});
  EXPECT_EQ(rest.code, 0) << rest.err;
  EXPECT_EQ(lines_of(remains("runs").metrics).size(), epochs + 1u);
}

TEST_F(Interrupted, WhatAResumeMayNotChange) {
  ASSERT_EQ(place.run(training("runs")).code, 0);
  const std::string run = "runs/0001-prices/", record = place.read(run + "run.json");
  const std::string more = std::to_string(epochs + 1);
  for (const char* change :
       {"seed=7", "split.train=0.7", "split.by=hash", "data.missing=[]", "output.loss=mae", "model.hidden=[8]",
        "trainer.optimizer=sgd", "trainer.batch_size=64", "trainer.early_stopping.monitor=valid/mae"}) {
    const std::string key = std::string(change).substr(0, std::string(change).find('='));
    const Outcome refused = resume("runs", {}, {"--set", change, "--epochs", more});
    EXPECT_EQ(refused.code, 3) << change << refused.err;
    EXPECT_TRUE(contains(refused.err, key) && contains(refused.err, "new run")) << refused.err;
    EXPECT_EQ(place.read(run + "run.json"), record) << change;
  }
  // Nor may the rows and the encoders be others, for whatever reason.
  for (const char* file : {"split.u8", "model/pipeline.json"}) {
    const std::string before = place.read(run + file);
    place.write(run + file, before.substr(0, before.size() - 1));
    const Outcome refused = resume("runs");
    EXPECT_EQ(refused.code, 3) << refused.err;
    EXPECT_TRUE(contains(refused.err, "new run")) << refused.err;
    EXPECT_EQ(place.read(run + "run.json"), record) << file;
    place.write(run + file, before);
  }
  const std::string data = place.read("prices.csv");
  place.write("prices.csv", price_table(2999));
  EXPECT_EQ(resume("runs").code, 4);
  EXPECT_EQ(place.read(run + "run.json"), record);
  place.write("prices.csv", data);
  EXPECT_EQ(resume("runs", {}, {"--epochs", more}).code, 0);
}

// The last step of an epoch makes weights that no later step would have looked at.
TEST_F(Interrupted, WeightsThatAreNotFiniteAreNeverKept) {
  const std::vector<std::string> wild{"--batch-size",          "3000",  "--set",
                                      "trainer.optimizer=sgd", "--set", "trainer.schedule.warmup=0"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), wild.begin(), wild.end());
    return more;
  };
  const Outcome bad = place.run(training("runs", with({"--learning-rate", "1e18"})));
  EXPECT_EQ(bad.code, 5) << bad.err;
  EXPECT_TRUE(contains(bad.err, "first bad value: ")) << bad.err;
  EXPECT_FALSE(contains(bad.err, "first bad value: the input")) << bad.err;
  const Outcome rest = resume("runs", {}, {"--learning-rate", "0.01"});
  EXPECT_EQ(rest.code, 0) << rest.err;
  const Outcome one = place.run(training("one", with({"--learning-rate", "1e39", "--max-steps", "1"})));
  EXPECT_EQ(one.code, 5) << one.err;
  EXPECT_TRUE(contains(one.err, "first bad value: the update of \"")) << one.err;
  EXPECT_FALSE(place.has("one/0001-prices/model/model.safetensors"));
}

TEST_F(Interrupted, StoppedAsSoonAsThereIsARun) {
  for (const auto& [signal, code] : {std::pair{SIGINT, 130}, {SIGTERM, 143}}) {
    const std::string runs = "runs" + std::to_string(code);
    const Outcome stopped = place.run(training(runs), {.environment = {},
                                                       .signal = signal,
                                                       .signal_after = 0,
                                                       .signal_file = runs + "/0001-prices/config.resolved.toml"});
    EXPECT_EQ(stopped.code, code) << stopped.err;
    const auto record = nlohmann::json::parse(place.read(runs + "/0001-prices/run.json"));
    EXPECT_EQ(record["status"], "interrupted");
    EXPECT_EQ(record["exit_code"], code);
    EXPECT_EQ(resume(runs).code, 0);
  }
}

// The steps after the last whole epoch count: they are judged, and are the model if they are the best.
TEST_F(Interrupted, AnEpochThatIsCutIsJudged) {
  const Outcome cut = place.run(training("runs", {"--max-steps", "140"}));  // an epoch has 75
  ASSERT_EQ(cut.code, 0) << cut.err;
  const auto rows = lines_of(remains("runs").metrics);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_TRUE(rows[2].starts_with("2,140,")) << rows[2];
  const Remains before = remains("runs");
  ASSERT_EQ(resume("runs").code, 0);
  expect_same("runs", before);
  EXPECT_EQ(before.best.substr(before.best.size() / 2), before.model.substr(before.model.size() / 2));
}

TEST_F(Interrupted, TrainGoesOnWithTheRunOfItsConfiguration) {
  ASSERT_EQ(place.run(training("whole")).code, 0);
  // There is none yet: a new run.
  const Outcome stopped = place.run(
      training("runs", {"--resume", "auto"}),
      {.environment = {}, .signal = SIGTERM, .signal_after = 0, .signal_file = "runs/0001-prices/metrics.csv"});
  EXPECT_EQ(stopped.code, 143) << stopped.err;
  // Of other settings: a new run.
  ASSERT_EQ(place.run(training("runs", {"--resume", "auto", "--lr", "0.01", "--epochs", "1"})).code, 0);
  EXPECT_TRUE(place.has("runs/0002-prices"));
  ASSERT_EQ(place.run(training("runs", {"--resume"})).code, 0);
  EXPECT_FALSE(place.has("runs/0003-prices"));
  expect_same("runs", remains("whole"));
  EXPECT_EQ(place.run({"train", "--resume", "2", "--runs-dir", "runs", "--epochs", "2"}).code, 0);
  EXPECT_EQ(lines_of(place.read("runs/0002-prices/metrics.csv")).size(), 3u);
  EXPECT_EQ(place.run({"train", "--resume", "9", "--runs-dir", "runs"}).code, 4);
  EXPECT_EQ(place.run(training("runs", {"--resume", "2", "--set", "model.hidden=[8]"})).code, 3);
  // All is done: a new run.
  ASSERT_EQ(place.run(training("runs", {"--resume", "auto", "--epochs", "1"})).code, 0);
  EXPECT_TRUE(place.has("runs/0003-prices"));
}

}  // namespace
}  // namespace fathom
