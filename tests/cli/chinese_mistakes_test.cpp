// Mistakes under --lang zh: what is wrong and what to do are said in Chinese, and nothing in English.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "english_words.hpp"
#include "program.hpp"
#include "tables.hpp"

namespace fathom {
namespace {

class ChineseMistakes : public ::testing::Test {
 protected:
  // What is wrong and what to do are both said in Chinese.
  void expect_told(std::vector<std::string> words, int code, const RunOptions& options = {}) {
    words.insert(words.begin(), {"--lang", "zh"});
    const Outcome outcome = place_.run(words, options);
    std::string command;
    for (const std::string& word : words) command += word + " ";
    SCOPED_TRACE(command);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    const auto lines = lines_of(outcome.err);
    ASSERT_FALSE(lines.empty());
    EXPECT_TRUE(lines[0].starts_with("错误：") && has_chinese(lines[0].substr(9))) << outcome.err;
    EXPECT_EQ(english_words(outcome.err), "") << outcome.err;
  }
  void expect_refused_config(const std::string& text) {
    SCOPED_TRACE(text);
    place_.write("c.toml", text);
    expect_told({"train", "c.toml"}, 3);
  }

  // A run whose target is price, and how it ended.
  void expect_shown(const std::string& run, const std::string& part) {
    const std::string shown = place_.run({"--lang", "zh", "runs", "show", run}).out;
    EXPECT_TRUE(contains(shown, part)) << shown;
    EXPECT_EQ(english_words(shown), "price ") << shown;
  }

  Workplace place_;
};

TEST_F(ChineseMistakes, InFiles) {
  place_.write("prices.csv", price_table(100));
  place_.write("empty.csv", "");
  place_.write("header.csv", "a,price\n");
  place_.write("ragged.csv", "a,price\n1,2\n1,2,3\n");
  place_.write("nul.csv", std::string("a,price\n1,2\n\0,3\n", 15));
  place_.write("constant.csv", "a,price\n1,2\n2,2\n3,2\n");
  place_.write("missing.csv", "a,price\n1,\n2,\n3,\n");
  place_.write("words.csv", "a,price\n1,2\nmany,3\n3,5\n4,1\n5,2\n6,2\n7,3\n8,3\n9,1\n10,2\n11,4\n12,2\n");
  place_.write("words.toml",
               "[data]\npath=\"words.csv\"\n[output]\nname=\"price\"\n[[input]]\nname=\"a\"\ntype=\"number\"\n");
  place_.write("latin.csv", "a,price\n1,2\nna\xefve,3\n");
  place_.write("quote.csv", "a,price\n\"1,2\n3,4\n");
  place_.write("libsvm.txt", "1 1:0.5 2:1\n0 2:1 1:3\n");
  for (const char* file : {"nothing.csv", "empty.csv", "header.csv", "ragged.csv", "nul.csv", "constant.csv",
                           "missing.csv", "latin.csv", "quote.csv", ".", "prices.csv/x", "libsvm.txt"})
    expect_told({"train", file, "--target", "price"}, 4);
  expect_told({"train", "words.toml"}, 4);
  expect_told({"train", "prices.csv", "--target", "prise"}, 4);
  expect_told({"train", "prices.csv"}, 2);
  // A gzip stream that is cut, and one that is damaged.
  gzFile file = gzopen(place_.path("cut.csv.gz").c_str(), "wb");
  const std::string table = price_table(2000);
  ASSERT_EQ(gzwrite(file, table.data(), static_cast<unsigned>(table.size())), static_cast<int>(table.size()));
  gzclose(file);
  const std::string whole = place_.read("cut.csv.gz");
  place_.write("cut.csv.gz", whole.substr(0, whole.size() / 2));
  expect_told({"train", "cut.csv.gz", "--target", "price"}, 4);
  std::string damaged = whole;
  for (std::size_t at = damaged.size() / 2; at < damaged.size() / 2 + 50; ++at) damaged[at] = '\x55';
  place_.write("damaged.csv.gz", damaged);
  expect_told({"train", "damaged.csv.gz", "--target", "price"}, 4);
  if (::getuid() != 0) {
    place_.write("secret.csv", table);
    std::filesystem::permissions(place_.path("secret.csv"), std::filesystem::perms::none);
    expect_told({"train", "secret.csv", "--target", "price"}, 4);
  }
}

TEST_F(ChineseMistakes, InImages) {
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
  place_.write("images.idx", images);
  place_.write("labels.idx", labels);
  place_.write("cut.idx", images.substr(0, 100));
  place_.write("short.idx", images.substr(0, 10));
  place_.write("long.idx", images + "x");
  place_.write("huge.idx", number(0x803) + number(0x7fffffff) + number(60000) + number(60000));
  place_.write("none.idx", number(0x803) + number(0) + number(2) + number(2));
  place_.write("fewer.idx", number(0x801) + number(59) + labels.substr(8, 59));
  place_.write("wrong.idx", number(0x802) + labels.substr(4));
  place_.write("one.idx", number(0x801) + number(60) + std::string(60, '\0'));
  const auto with = [](const std::string& file, const std::string& labels_file) {
    return std::vector<std::string>{"train", file, "--set", "data.labels=" + labels_file, "--epochs", "1"};
  };
  for (const char* file : {"cut.idx", "short.idx", "long.idx", "huge.idx", "none.idx"}) {
    SCOPED_TRACE(file);
    const Outcome outcome = place_.run({"train", file, "--lang", "zh"});
    expect_told(with(file, "labels.idx"), outcome.code);
  }
  for (const char* file : {"fewer.idx", "wrong.idx", "one.idx", "images.idx"}) expect_told(with("images.idx", file), 4);
  expect_told({"train", "images.idx"}, 3);
  for (const char* setting : {"output.name=digit", "output.task=regression", "output.row_weight=w", "split.by=hash"}) {
    auto words = with("images.idx", "labels.idx");
    words.insert(words.end(), {"--set", setting});
    expect_told(words, 3);
  }
}

TEST_F(ChineseMistakes, InNetworksAndEnsembles) {
  place_.write("images.idx", band_images(60, 12, 3));
  place_.write("labels.idx", band_labels(60, 3));
  place_.write("small.idx", band_images(60, 8, 3));
  place_.write("prices.csv", price_table(80));
  place_.write("kinds.csv", kind_table(80));
  const auto with = [](const std::string& file, const std::vector<std::string>& more) {
    std::vector<std::string> words{"train", file, "--set", "data.labels=labels.idx", "--epochs", "1"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  for (const char* setting :
       {"model.encoder.kernel=13", "model.encoder.pool_size=13", "model.encoder.groups=3", "model.encoder.stride=0",
        "model.encoder=resnet21", "model.encoder.channels=[]", "trainer.loaded_learning_rate_factor=0.5",
        "trainer.freeze=[\"x\"]", "trainer.freeze=[\"*\"]"})
    expect_told(with("images.idx", {"--set", setting}), 3);
  expect_told(with("small.idx", {"--encoder", "lenet"}), 3);
  expect_told(with("images.idx", {"--encoder", "lenet", "--set", "model.encoder.kernel=5"}), 3);
  expect_told({"train", "prices.csv", "--target", "price", "--encoder", "cnn"}, 3);
  const auto train = [&](const std::string& file, const std::string& target, const std::vector<std::string>& more) {
    std::vector<std::string> words{"train", file, "--target", target, "--epochs", "1", "--lang", "zh"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = place_.run(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.err;
  };
  train("kinds.csv", "kind", {"--set", "model.hidden=[8]"});
  train("prices.csv", "price", {"--set", "model.hidden=[9]"});
  train("kinds.csv", "kind", {"--set", "model.hidden=[8]", "--seed", "7"});
  expect_told({"eval", "1", "2"}, 3);
  expect_told({"eval", "1", "3"}, 4);
  expect_told({"predict", "1", "3", "-"}, 2);
  expect_told({"train", "prices.csv", "--target", "price", "--set", "model.hidden=[7]", "--init-from", "1"}, 3);
  const std::string tuned =
      train("kinds.csv", "kind",
            {"--set", "model.hidden=[8,4]", "--init-from", "1", "--set", "trainer.freeze=[\"hidden1.*\"]"});
  EXPECT_TRUE(contains(tuned, "加载") && contains(tuned, "冻结")) << tuned;
  EXPECT_EQ(english_words(tuned), "kind length width ") << tuned;
  const std::string mean = place_.run({"--lang", "zh", "eval", "1", "3", "kinds.csv"}).out;
  EXPECT_EQ(english_words(mean), "") << mean;
  EXPECT_TRUE(contains(place_.run({"--lang", "zh", "runs", "show", "4"}).out, "初始权重"));
}

TEST_F(ChineseMistakes, OnTheCommandLine) {
  place_.write("prices.csv", price_table(100));
  place_.write("key.toml", "[trainer]\nepoch = 3\n");
  ASSERT_EQ(::mkfifo(place_.path("pipe.csv").c_str(), 0600), 0);
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"trian"},
                                             {"nonsense"},
                                             {"--quiet"},
                                             {"train"},
                                             {"train", "--epoch", "3"},
                                             {"train", "prices.csv", "--target"},
                                             {"train", "--quiet=3"},
                                             {"train", "prices.csv", "b.csv"},
                                             {"train", "pipe.csv"},
                                             {"eval"},
                                             {"runs", "--color", "blue"},
                                             {"runs", "--sort", "name"},
                                             {"runs", "show"},
                                             {"runs", "-C", "no/where"},
                                             {"runs", "--log-file", "no/log"},
                                             {"config", "list"},
                                             {"help", "trian"},
                                             {"demo", "--rows", "-5"},
                                             {"train", "--threads", "two"}})
    expect_told(words, 2);
  expect_told({"train", "key.toml"}, 3);
  expect_told({"train", "nothing.toml"}, 4);
  for (const std::vector<std::string>& flags : std::vector<std::vector<std::string>>{
           {"--batch-size", "-4"},
           {"--batch-size", "0"},
           {"--learning-rate", "0"},
           {"--learning-rate", "nan"},
           {"--epochs", "many"},
           {"--time-limit", "soon"},
           {"--seed", "-1"},
           {"--no-early-stop", "--set", "trainer.early_stopping.enabled=maybe"},
           {"--set", "trainer.epoch=3"},
           {"--set", "nothing=3"},
           {"--set", "trainer.optimizer=adamm"},
           {"--set", "model.hidden=[64,0]"},
           {"--set", "model.dropout=2"},
           {"--set", "data.missing=3"},
           {"--set", "trainer.schedule.warmup=[1]"},
           {"--set", "split.train=0"},
           {"--set", "split.train=0.5"},
           {"--set", "split.by=group"},
           {"--set", "split.key=color"},
           {"--set", "output.label_smoothing=0.1"},
           {"--set", "output.task=regression", "--set", "output.loss=cross_entropy"},
           {"--set", "output.task=binary", "--set", "output.loss=huber"},
           {"--set", "trainer.schedule.warmup=often"},
           {"--set", "trainer.schedule.type=plateau", "--set", "trainer.schedule.factor=1"},
           {"--ignore", "price"},
           {"--monitor", "valid/nothing"},
           {"--monitor", "valid/mae", "--set", "split.valid=0", "--set", "split.test=0.2"},
           // Several at once.
           {"--set", "model.hiden=[8]", "--epochs", "0", "--set", "trainer.epsilon=-1"},
           {"--set", "split.train=0.5", "--ignore", "price"}}) {
    std::vector<std::string> words{"train", "prices.csv", "--target", "price"};
    words.insert(words.end(), flags.begin(), flags.end());
    expect_told(words, 3);
  }
  expect_told({"train", "prices.csv", "--target", "price", "--set", "trainer.epochs"}, 2);
  expect_told({"train", "prices.csv", "--target", "color", "--set", "output.task=regression"}, 4);
  expect_told({"train", "prices.csv", "--target", "color", "--set", "output.task=binary"}, 4);
}

TEST_F(ChineseMistakes, InConfigurations) {
  place_.write("prices.csv", price_table(50));
  expect_refused_config(
      "sed = 3\n[data]\npath = \"prices.csv\"\n[output]\nname = \"price\"\n[trainer]\nlearning-rate = 0.1\n"
      "epochs = \"50\"\nbatch_size = -3\nlearning_rate = nan\nweight_decay = true\ntime_limit = [3]\n");
  for (const char* text : {"[trainer]\noptimizer = adam\n",
                           "[trainer\nepochs = 3\n",
                           "epochs = 3\n",
                           "[trainer]\nlr = 3\n",
                           "[trainer]\nepochs = 1979-05-27\n",
                           "[trainer]\nepochs = { a = 1 }\n",
                           "[trainer]\nepochs = 1.5\n",
                           "[[input]]\ntype = \"number\"\n",
                           "[[input]]\nname = \"a\"\ntype = \"numbr\"\n",
                           "[[input]]\nname = \"a\"\nkind = \"number\"\n",
                           "[[input]]\nname = \"a\"\n[[input]]\nname = \"a\"\n",
                           "input = 3\n",
                           "trainer = 3\n",
                           "[trainer]\nepochs = 3\nepochs = 4\n",
                           "[modell]\nhidden = [1]\n",
                           "[data]\npath = \"C:\\data\\a.csv\"\n",
                           "[data]\npath = \"a\n",
                           "[trainer]\nepochs = 007\n",
                           "= 3\n",
                           "[trainer]\nepochs =\n",
                           "[model]\nhidden = [1, 2\n",
                           "[model]\nhidden = [1 2]\n",
                           "\xff\xfe[",
                           "[data]\npath = 'a' 'b'\n",
                           "[trainer]\nepochs = 5_\n",
                           "[data]\n[data]\n"})
    expect_refused_config(text);
  expect_refused_config(std::string("[data]\npath = \"a\0b\"\n", 19));
  expect_refused_config(
      "[data]\npath = \"prices.csv\"\n[split]\ntrain = 0.9\nvalid = 0.3\n[output]\nname = \"price\"\ntask = "
      "\"regression\"\nloss = \"cross_entropy\"\n[trainer]\nschedule = { type = \"cosine\", warmup = \"abc\" }\n");
}

TEST_F(ChineseMistakes, InRuns) {
  place_.write("prices.csv", price_table(200));
  expect_told({"eval", "latest"}, 4);
  ASSERT_EQ(place_.run({"train", "prices.csv", "--target", "price", "--epochs", "2"}).code, 0);
  const std::string run = "runs/0001-prices/";
  place_.write("other.csv", "a,b\n1,2\n");
  expect_told({"predict", "7", "prices.csv"}, 4);
  expect_told({"predict", "1", "other.csv"}, 4);
  expect_told({"predict", "1", "prices.csv", "--format", "xml"}, 2);
  expect_told({"predict", "1", "prices.csv", "--set", "trainer.epochs=3"}, 3);
  expect_told({"predict", "1", "prices.csv", "-o", "nowhere/out.csv"}, 4);
  expect_told({"predict", "1", "prices.csv", "-o", "/dev/full"}, 7);
  expect_told({"predict", "prices.csv", "prices.csv"}, 4);
  expect_told({"runs", "show", "nothing"}, 4);
  expect_told({"eval", "1", "--min", "mae"}, 2);
  expect_told({"eval", "1", "--min", "f1=1"}, 2);
  expect_told({"eval", "1", "--min", "mae=0"}, 6);
  expect_told({"eval", "1", "--min", "r2=2"}, 6);
  expect_told({"resume", "1", "--set", "model.hidden=[3]"}, 3);
  // The disk is full in the middle of a training.
  RunOptions small;
  small.largest_file = 20000;
  expect_told({"train", "prices.csv", "--target", "price", "--quiet"}, 7, small);
  expect_shown("2", "失败");
  // Files of the run are damaged, one at a time.
  const auto damaged = [&](const std::string& name, const std::string& content, const std::vector<std::string>& words) {
    SCOPED_TRACE(name);
    const std::string before = place_.read(run + name);
    place_.write(run + name, content);
    const Outcome outcome = place_.run(words);
    EXPECT_NE(outcome.code, 0);
    expect_told(words, outcome.code);
    place_.write(run + name, before);
  };
  const std::string last = "checkpoints/last.safetensors", model = "model/model.safetensors";
  const std::string state = place_.read(run + last), weights = place_.read(run + model);
  const std::vector<std::string> resume{"resume", "1", "--epochs", "3"}, predict{"predict", "1", "prices.csv"};
  damaged(last, "", resume);
  damaged(last, "nonsense nonsense", resume);
  damaged(last, state.substr(0, state.size() / 2), resume);
  damaged(last, state.substr(0, 20), resume);
  damaged(last, state + "x", resume);
  damaged(last, weights, resume);
  std::string other = state;
  other.replace(other.find("F32"), 3, "X32");
  damaged(last, other, resume);
  damaged(model, weights.substr(0, 100), predict);
  damaged("model/pipeline.json", "{", predict);
  damaged("model/pipeline.json", "{}", predict);
  damaged("config.resolved.toml", "[", predict);
  damaged("run.json", "{", resume);
  damaged("run.json", "{\"schema\": \"fathom/1\"}", resume);
  damaged("run.json", "{\"schema\": \"fathom/9\"}", resume);
  damaged("split.u8", "x", resume);
  std::filesystem::remove(place_.path(run + "config.resolved.toml"));
  expect_told({"resume", "1"}, 4);
  place_.write("prices.csv", price_table(100));
  expect_told({"eval", "2"}, 4);
}

TEST_F(ChineseMistakes, OfALossThatIsNotANumber) {
  place_.write("prices.csv", price_table(200));
  expect_told({"train", "prices.csv", "--target", "price", "--learning-rate", "1e30", "--epochs", "3", "--set",
               "trainer.optimizer=sgd", "--quiet"},
              5);
  expect_shown("1", "损失在第");
}

TEST_F(ChineseMistakes, OfARunThatIsBeingWritten) {
  place_.write("prices.csv", price_table(2000));
  const pid_t writer =
      place_.start({"train", "prices.csv", "--target", "price", "--epochs", "100000", "--no-early-stop"});
  for (int i = 0; i < 2000 && !place_.has("runs/0001-prices/metrics.csv"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  expect_told({"resume", "1"}, 75);
  EXPECT_TRUE(contains(place_.run({"--lang", "zh", "runs"}).out, "运行中"));
  ::kill(writer, SIGKILL);
  ::waitpid(writer, nullptr, 0);
}

}  // namespace
}  // namespace fathom
