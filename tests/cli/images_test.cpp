// Images as a user has them: folders, tables that name files, CIFAR-10; and those that cannot be read.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "english_words.hpp"
#include "program.hpp"
#include "support/image_bytes.hpp"
#include "tables.hpp"

namespace fathom {
namespace {

// An image whose class is told by which channel is bright, with some texture.
std::string picture(int kind, int number, unsigned rows = 8, unsigned columns = 8) {
  std::vector<std::uint8_t> pixels;
  for (unsigned p = 0; p < rows * columns; ++p)
    for (int c = 0; c < 3; ++c)
      pixels.push_back(static_cast<std::uint8_t>((c == kind ? 150 : 40) + (number * 7 + static_cast<int>(p) * 5) % 60));
  return number % 2 == 0 ? png_bytes(rows, columns, PNG_FORMAT_RGB, pixels.data())
                         : jpeg_bytes(static_cast<int>(rows), static_cast<int>(columns), TJPF_RGB, pixels.data());
}

const std::vector<std::string> kinds{"red", "绿色", "blue"};

std::string name_of(int number) { return std::to_string(number) + (number % 2 == 0 ? ".png" : ".jpg"); }

void write_classes(const Workplace& place, const std::string& folder, int first, int count) {
  for (int kind = 0; kind < 3; ++kind)
    for (int number = first; number < first + count; ++number)
      place.write(folder + "/" + kinds[static_cast<std::size_t>(kind)] + "/" + name_of(number), picture(kind, number));
}

std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST(Images, AreTrainedOnAndPredictedByFolder) {
  Workplace place;
  write_classes(place, "pictures", 0, 24);
  const Outcome trained = place.run({"train", "pictures", "--epochs", "6", "--seed", "3"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  for (const char* part : {"pictures  72 images", "8 x 8 pixels, in colour, target, 3 classes", "accuracy 1.0000"})
    EXPECT_TRUE(contains(trained.err, part)) << part << "\n" << trained.err;
  EXPECT_EQ(place.run({"eval", "1"}).code, 0);
  const Outcome eval = place.run({"eval", "1", "pictures"});
  EXPECT_TRUE(contains(eval.out, "test/accuracy")) << eval.out << eval.err;

  // A folder without classes, in the order of its names; a single file; a table of names, with a column of another
  // name.
  write_classes(place, "new", 30, 2);
  const Outcome all = place.run({"predict", "1", "new"});
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_EQ(lines_of(all.out),
            (std::vector<std::string>{"image,prediction", "blue/30.png,blue", "blue/31.jpg,blue", "red/30.png,red",
                                      "red/31.jpg,red", "绿色/30.png,绿色", "绿色/31.jpg,绿色"}));
  EXPECT_EQ(place.run({"predict", "1", "new/绿色/30.png"}).out, "image,prediction\n30.png,绿色\n");
  place.write("list.csv", "photo,note\nnew/绿色/31.jpg,a\nnew/red/30.png,b\n");
  EXPECT_EQ(place.run({"predict", "1", "list.csv"}).out, "prediction\n绿色\nred\n");
  // The model folder alone is enough.
  std::filesystem::copy(place.path("runs/0001-pictures/model"), place.path("model"));
  EXPECT_EQ(place.run({"predict", "model", "new"}).out, all.out);
  // Another size is brought to the size that the model reads, and that is said.
  place.write("large.png", picture(2, 2, 40, 30));
  const Outcome large = place.run({"predict", "1", "large.png"});
  EXPECT_EQ(large.out, "image,prediction\nlarge.png,blue\n");
  EXPECT_TRUE(contains(large.err, "1 images had another size and were brought to 8 x 8")) << large.err;
}

TEST(Images, KeepOfficialParts) {
  Workplace place;
  write_classes(place, "set/train", 0, 12);
  write_classes(place, "set/valid", 12, 4);
  write_classes(place, "set/test", 16, 5);
  const Outcome trained = place.run({"train", "set", "--epochs", "3"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_TRUE(contains(trained.err, "36 / 12 / 15")) << trained.err;
  EXPECT_EQ(place.run({"eval", "1"}).out, place.run({"eval", "1", "set"}).out);
  EXPECT_EQ(lines_of(place.run({"predict", "1", "set"}).out).size(), 16u);
  // A configuration with a folder of its own, set to another one, which has its own official parts.
  place.write("fathom.toml", "[data]\npath = \"elsewhere\"\n");
  const Outcome set = place.run({"train", "fathom.toml", "--set", "data.path=set", "--dry-run"});
  EXPECT_TRUE(contains(set.err, "36 / 12 / 15")) << set.err;
  std::filesystem::remove_all(place.path("set/valid"));
  const Outcome dealt = place.run({"train", "set", "--dry-run"});
  EXPECT_TRUE(contains(dealt.err, "/ 15 ")) << dealt.err;
  place.write("set/test/violet/1.png", picture(0, 0));
  const Outcome foreign = place.run({"train", "set"});
  EXPECT_EQ(foreign.code, 4);
  EXPECT_TRUE(contains(foreign.err, "the class \"violet\" was not seen in training")) << foreign.err;
}

TEST(Images, AreAnInputBesideNumbers) {
  Workplace place;
  std::string text = "photo,area,price\n";
  for (int row = 0; row < 120; ++row) {
    const int kind = row % 3;
    place.write("photos/" + name_of(row), picture(kind, row));
    text += "photos/" + name_of(row) + "," + std::to_string(row * 37 % 50) + "." + std::to_string(row % 10) + "," +
            std::to_string(kind * 100 + row * 37 % 50) + ".5\n";
  }
  place.write("homes.csv", text);
  const Outcome trained = place.run({"train", "homes.csv", "--target", "price", "--epochs", "40"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  for (const char* part : {"photo     image", "120 files", "8 x 8 pixels", "area"})
    EXPECT_TRUE(contains(trained.err, part)) << part << "\n" << trained.err;
  EXPECT_EQ(place.run({"eval", "1", "--min", "r2=0.5"}).code, 0) << trained.err;
  const Outcome predict = place.run({"predict", "1", "homes.csv"});
  EXPECT_EQ(lines_of(predict.out).size(), 121u) << predict.err;
}

TEST(Images, OfCifarAreReadAsTheyAreDistributed) {
  Workplace place;
  std::string text;
  for (int row = 0; row < 60; ++row) {
    text += static_cast<char>(row % 3 * 3);
    for (int p = 0; p < 3072; ++p) text += static_cast<char>((p / 1024 == row % 3 ? 180 : 40) + (p + row) % 30);
  }
  place.write("cifar/data_batch_1.bin", text);
  place.write("cifar/test_batch.bin", text.substr(0, 3073 * 12));
  const Outcome trained = place.run({"train", "cifar", "--epochs", "3", "--set", "data.size=8"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_TRUE(contains(trained.err, "8 x 8 pixels, in colour")) << trained.err;
  EXPECT_TRUE(contains(trained.err, "/ 12 ")) << trained.err;
  EXPECT_EQ(lines_of(place.run({"predict", "1", "cifar/test_batch.bin"}).out)[1], "airplane");
  EXPECT_EQ(place.run({"eval", "1", "cifar/test_batch.bin"}).code, 0);
}

TEST(Images, AreAugmentedToTheSameBitsOnAnyNumberOfThreads) {
  Workplace place;
  write_classes(place, "pictures", 0, 20);
  place.write(
      "a.toml",
      "[data]\npath = \"pictures\"\nsize = [10, 9]\n[trainer]\nepochs = 3\n[augment]\nflip = true\nshift = 2\nrotate = "
      "10\nbrightness = 0.2\ncontrast = 0.2\ncutout = 3\nmixup = 0.2\n");
  ASSERT_EQ(place.run({"train", "a.toml", "--threads", "1"}).code, 0);
  const Outcome two = place.run({"train", "a.toml", "--threads", "2"});
  EXPECT_TRUE(contains(two.err, "10 x 9 pixels")) << two.err;
  const std::string weights = "/checkpoints/best.safetensors";
  EXPECT_EQ(place.read("runs/0001-a" + weights), place.read("runs/0002-a" + weights));
  EXPECT_NE(place.read("runs/0001-a" + weights), "");
  ASSERT_EQ(place.run({"train", "a.toml", "--set", "augment.flip=false"}).code, 0);
  EXPECT_NE(place.read("runs/0001-a" + weights), place.read("runs/0003-a" + weights));
}

// Classes with official parts, whose files have both formats and two sizes.
class StreamedImages : public testing::Test {
 protected:
  StreamedImages() {
    write_classes(place_, "set/train", 0, 20);
    write_classes(place_, "set/valid", 20, 5);
    write_classes(place_, "set/test", 25, 5);
    place_.write("set/train/red/large.png", picture(0, 0, 30, 20));
    place_.write("a.toml",
                 "[data]\npath = \"set\"\nsize = [10, 9]\n[trainer]\nepochs = 60\nbatch_size = 16\n"
                 "early_stopping.enabled = false\n[augment]\nflip = true\nrotate = 10\nmixup = 0.2\n");
  }

  std::vector<std::string> training(const std::string& runs, const std::string& where) const {
    return {"train", "a.toml", "--runs-dir", runs, "--set", "data.images=" + where};
  }
  Outcome resume(const std::string& runs) const { return place_.run({"resume", "1", "--runs-dir", runs}); }
  // Every number that a run leaves.
  void expect_same(const std::string& runs, const std::string& reference) const {
    for (const char* file :
         {"checkpoints/best.safetensors", "model/model.safetensors", "model/pipeline.json", "metrics.csv", "split.u8",
          "eval/predictions.csv", "eval/test.json", "eval/baselines.json"}) {
      const std::string name = std::string("/0001-a/") + file;
      EXPECT_NE(place_.read(reference + name), "") << name;
      EXPECT_TRUE(place_.read(runs + name) == place_.read(reference + name)) << runs << name << ": other bits";
    }
  }
  // Trains, and meanwhile, once an epoch is done, does something to the files.
  Outcome train_and_then(const std::string& runs, const std::function<void()>& spoil) const {
    std::atomic<bool> ended{false};
    std::thread other([&] {
      while (!ended && !place_.has(runs + "/0001-a/checkpoints/last.safetensors"))
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      spoil();
    });
    const Outcome outcome = place_.run(training(runs, "stream"));
    ended = true;
    other.join();
    return outcome;
  }

  Workplace place_;
};

// Pictures that take longer to decode than to train on.
TEST(Images, ThatTheTrainingWaitsForAreToldOfOnTheProgressLine) {
  Workplace place;
  for (int kind = 0; kind < 2; ++kind)
    for (int number = 0; number < 20; ++number)
      place.write(fmt::format("large/{}/{}", kind, name_of(number)), picture(kind, number, 300, 400));
  const auto shown = [&](const std::vector<std::string>& more) {
    const Outcome trained =
        place.run(with({"train", "large", "--epochs", "16", "--no-early-stop", "--set", "data.size=8", "--set",
                        "data.images=stream", "--set", "trainer.batch_size=4"},
                       more),
                  {.environment = {{"LANG", "C.UTF-8"}}, .terminal = true});
    EXPECT_EQ(trained.code, 0) << trained.out;
    return trained.out;
  };
  const std::string english = shown({}), chinese = shown({"--lang", "zh"});
  EXPECT_TRUE(contains(english, "  waits for data ")) << english;
  EXPECT_TRUE(contains(chinese, "  等待数据 ")) << chinese;
}

// What is judged is not looked at before: not for the mean and the deviation of the channels either.
TEST(Images, AreNormalisedByTheTrainingPartAlone) {
  Workplace place;
  write_classes(place, "set/train", 0, 12);
  const auto trained = [&](std::uint8_t brightness) {
    const std::vector<std::uint8_t> pixels(64 * 3, brightness);
    for (const char* part : {"valid", "test"})
      for (const std::string& kind : kinds)
        for (const char* name : {"1.png", "2.png"})
          place.write(fmt::format("set/{}/{}/{}", part, kind, name), png_bytes(8, 8, PNG_FORMAT_RGB, pixels.data()));
    const std::string runs = fmt::format("runs{}", brightness);
    EXPECT_EQ(place.run({"train", "set", "--epochs", "1", "--runs-dir", runs}).code, 0);
    return runs + "/0001-set/";
  };
  const std::string dark = trained(0), bright = trained(255), file = "model/pipeline.json";
  EXPECT_TRUE(contains(place.read(dark + file), "image_center")) << place.read(dark + file);
  EXPECT_EQ(place.read(dark + file), place.read(bright + file));
  EXPECT_NE(place.read(dark + "metrics.csv"), place.read(bright + "metrics.csv"));
}

// A table of 5,421 photos, in its own parts, unpacked as it is distributed.
TEST(Images, OfTheGroceryStoreAreReadAsTheExampleSays) {
  NEEDS_REAL_DATA("ecom_grocery_store/images64.tar.gz");
  Workplace place;
  const std::string from = real_data() + "/ecom_grocery_store/", to = place.path("grocery");
  std::filesystem::create_directories(to);
  const std::string unpack = fmt::format(
      "tar -xzf '{}images64.tar.gz' -C '{}' && gzip -dc '{}images.csv.gz' > '{}/images.csv'", from, to, from, to);
  ASSERT_EQ(std::system(unpack.c_str()), 0);
  const Outcome photos = place.run({"train", std::string(FATHOM_SOURCES) + "/examples/grocery.toml", "--dry-run",
                                    "--set", "data.path=" + to + "/images.csv"});
  EXPECT_EQ(photos.code, 0) << photos.err;
  for (const char* part : {"5421 files", "64 x 64 pixels, in colour", "43 classes", "2,640 / 296 / 2,485"})
    EXPECT_TRUE(contains(photos.err, part)) << part << "\n" << photos.err;
  // Without the table, iconic, test, train and val are no classes.
  const Outcome folder = place.run({"train", "grocery"});
  EXPECT_EQ(folder.code, 4);
  EXPECT_TRUE(contains(folder.err, "grocery/train holds no folders of classes")) << folder.err;
}

TEST_F(StreamedImages, GiveTheBitsOfThoseInMemory) {
  ASSERT_EQ(place_.run(with(training("memory", "memory"), {"--threads", "1"})).code, 0);
  for (const char* threads : {"1", "2"}) {
    const std::string runs = std::string("stream") + threads;
    const Outcome streamed = place_.run(with(training(runs, "stream"), {"--threads", threads}));
    ASSERT_EQ(streamed.code, 0) << streamed.err;
    expect_same(runs, "memory");
  }
  for (const char* data : {"set/test", "set/train/red/large.png"})
    EXPECT_EQ(place_.run({"predict", "1", data, "--runs-dir", "stream2"}).out,
              place_.run({"predict", "1", data, "--runs-dir", "memory"}).out);
  // A run can go on with the other, and is judged from either.
  EXPECT_EQ(place_.run({"eval", "1", "--runs-dir", "stream1"}).out,
            place_.run({"eval", "1", "--runs-dir", "memory"}).out);
  const Outcome more =
      place_.run({"resume", "1", "--runs-dir", "stream1", "--epochs", "62", "--set", "data.images=memory"});
  EXPECT_EQ(more.code, 0) << more.err;
}

TEST_F(StreamedImages, AreResumedToTheSameBits) {
  ASSERT_EQ(place_.run(training("whole", "memory")).code, 0);
  const Outcome killed =
      place_.run(training("killed", "stream"), {.environment = {},
                                                .signal = SIGKILL,
                                                .signal_after = 0,
                                                .signal_file = "killed/0001-a/checkpoints/last.safetensors"});
  EXPECT_EQ(killed.signal, SIGKILL);
  EXPECT_EQ(resume("killed").code, 0);
  expect_same("killed", "whole");
}

TEST_F(StreamedImages, ThatVanishAreNamedAndTheRunGoesOnWhenTheyAreBack) {
  ASSERT_EQ(place_.run(training("whole", "memory")).code, 0);
  const std::string gone = "set/train/blue/3.jpg", kept = place_.read(gone);
  const Outcome failed = train_and_then("gone", [&] { std::filesystem::remove(place_.path(gone)); });
  EXPECT_EQ(failed.code, 4) << failed.err;
  EXPECT_TRUE(contains(failed.err, "error: there is no file ")) << failed.err;
  EXPECT_TRUE(contains(failed.err, gone)) << failed.err;
  EXPECT_TRUE(contains(place_.run({"runs", "--runs-dir", "gone"}).out, "failed"));
  // Without it, or with another in its place, it is not the data that was trained on.
  EXPECT_TRUE(contains(resume("gone").err, "is not the data that run 1 was trained on"));
  place_.write(gone, picture(2, 5));
  EXPECT_TRUE(contains(resume("gone").err, "is not the data that run 1 was trained on"));
  place_.write(gone, kept);
  const Outcome rest = resume("gone");
  EXPECT_EQ(rest.code, 0) << rest.err;
  expect_same("gone", "whole");
}

TEST_F(StreamedImages, ThatChangeAreRefusedWhereTheyAreMet) {
  const std::string name = "set/train/blue/3.jpg", kept = place_.read(name);
  for (const auto& [content, words] :
       {std::pair{kept.substr(0, kept.size() / 2), "3.jpg is a damaged or truncated JPEG"},
        {picture(2, 5), "3.jpg is no longer the image that it was at the start"}}) {
    SCOPED_TRACE(words);
    const std::string runs = std::to_string(content.size());
    const Outcome failed = train_and_then(runs, [&, &content = content] {
      place_.write("new", content);
      std::filesystem::rename(place_.path("new"), place_.path(name));
    });
    EXPECT_EQ(failed.code, 4) << failed.err;
    EXPECT_TRUE(contains(failed.err, words)) << failed.err;
    place_.write(name, kept);
    EXPECT_EQ(resume(runs).code, 0);
  }
}

// The pixels of the test part are first looked at when all is trained.
TEST_F(StreamedImages, OfTheTestPartThatAreDamagedLeaveTheTraining) {
  const std::string name = "set/test/red/26.png", kept = place_.read(name);
  place_.write(name, kept.substr(0, kept.size() - 30));
  const Outcome failed = place_.run(training("runs", "stream"));
  EXPECT_EQ(failed.code, 4);
  EXPECT_TRUE(contains(failed.err, "26.png is a damaged or truncated PNG")) << failed.err;
  EXPECT_TRUE(contains(place_.run({"runs"}).out, "failed"));
  place_.write(name, kept);
  EXPECT_TRUE(contains(resume("runs").err, "is not the data that run 1 was trained on"));
}

// What each must be told: in one sentence, and in Chinese.
class BadImages : public testing::Test {
 protected:
  BadImages() { write_classes(place_, "p", 0, 4); }

  void expect_refused(const std::vector<std::string>& arguments, int code, const std::string& words) const {
    const auto before = place_.content();
    const Outcome outcome = place_.run(arguments);
    EXPECT_EQ(outcome.code, code) << outcome.err << outcome.signal;
    EXPECT_TRUE(contains(outcome.err, words)) << words << "\n" << outcome.err;
    int sentences = 0;
    for (const std::string& line : lines_of(outcome.err)) sentences += line.starts_with("error: ") ? 1 : 0;
    EXPECT_EQ(sentences, 1) << outcome.err;
    EXPECT_EQ(place_.content(), before);
    const Outcome chinese = place_.run(with(arguments, {"--lang", "zh"}));
    EXPECT_EQ(chinese.code, code);
    EXPECT_TRUE(has_chinese(chinese.err)) << chinese.err;
    EXPECT_FALSE(contains(chinese.err, "error: ")) << chinese.err;
  }
  // A file in the place of a good one.
  void expect_bad_file(const std::string& name, const std::string& content, const std::string& words) const {
    SCOPED_TRACE(name);
    place_.write("p/red/" + name, content);
    for (const char* where : {"memory", "stream"})
      expect_refused({"train", "p", "--set", std::string("data.images=") + where}, 4, words);
    std::filesystem::remove(place_.path("p/red/" + name));
  }

  Workplace place_;
};

TEST_F(BadImages, ThatAreDamaged) {
  const std::string png = picture(0, 0), jpeg = picture(0, 1);
  expect_bad_file("note.jpg", "Dear diary, today I was renamed.", "note.jpg is neither a PNG nor a JPEG");
  expect_bad_file("empty.png", "", "empty.png is empty");
  expect_bad_file("cut.png", png.substr(0, png.size() / 2), "cut.png is a damaged or truncated PNG");
  expect_bad_file("cut.jpg", jpeg.substr(0, jpeg.size() - 40), "cut.jpg is a damaged or truncated JPEG");
  std::string bomb = png;
  for (const std::size_t at : {16u, 20u}) bomb.replace(at, 4, std::string("\0\1\x86\xA0", 4));  // 100,000
  const uLong sum = crc32(0, reinterpret_cast<const Bytef*>(bomb.data() + 12), 17);
  for (int i = 0; i < 4; ++i) bomb[29 + static_cast<std::size_t>(i)] = static_cast<char>(sum >> (24 - 8 * i));
  expect_bad_file("bomb.png", bomb, "bomb.png says that it has 100000 x 100000 pixels; an image may have 16384 a side");
  std::string jpeg_bomb = jpeg;
  jpeg_bomb.replace(jpeg.find("\xFF\xC0") + 5, 4,
                    "\xFD\xE8\xFD\xE8");  // rows and columns in the frame's header: 65,000
  expect_bad_file("bomb.jpg", jpeg_bomb,
                  "bomb.jpg says that it has 65000 x 65000 pixels; an image may have 16384 a side");
  expect_bad_file("large.png", picture(0, 0, 9, 8), "0.png has 8 x 8 pixels, but ");
  EXPECT_TRUE(contains(place_.run({"train", "p", "--epochs", "1", "--set", "data.size=[8,8]"}).err, "Result"));
}

TEST_F(BadImages, ThatAreOfOtherKindsAreConverted) {
  const std::vector<std::uint8_t> grey(64, 90);
  const std::vector<std::uint16_t> deep(64 * 3, 30000);
  std::vector<std::uint8_t> inks;
  for (int p = 0; p < 64; ++p) inks.insert(inks.end(), {250, 10, 10, 255});
  const std::vector<std::uint8_t> alpha(64 * 4, 128);
  place_.write("p/red/grey.png", png_bytes(8, 8, PNG_FORMAT_GRAY, grey.data()));
  place_.write("p/red/grey.jpg", jpeg_bytes(8, 8, TJPF_GRAY, grey.data()));
  place_.write("p/red/deep.png", png_bytes(8, 8, PNG_FORMAT_LINEAR_RGB, deep.data()));
  place_.write("p/red/inks.jpg", jpeg_bytes(8, 8, TJPF_CMYK, inks.data()));
  place_.write("p/red/glass.png", png_bytes(8, 8, PNG_FORMAT_RGBA, alpha.data()));
  const Outcome trained = place_.run({"train", "p", "--epochs", "1"});
  EXPECT_EQ(trained.code, 0) << trained.err;
  EXPECT_TRUE(contains(trained.err, "17 images")) << trained.err;
  const Outcome inks_are = place_.run({"predict", "1", "p/red/inks.jpg"});
  EXPECT_EQ(inks_are.code, 0) << inks_are.err;
}

TEST_F(BadImages, ThatAreNoClasses) {
  std::filesystem::create_directories(place_.path("p/yellow"));
  expect_refused({"train", "p"}, 4, "the class folder p/yellow holds no images");
  for (const char* folder : {"p/yellow", "p/blue", "p/绿色"}) std::filesystem::remove_all(place_.path(folder));
  expect_refused({"train", "p"}, 4, "p holds one class only, \"red\"");
  std::filesystem::create_directories(place_.path("none"));
  expect_refused({"train", "none"}, 4, "none is a folder without images");
  place_.write("loose/1.png", picture(0, 0));
  expect_refused({"train", "loose"}, 4, "loose has no folders of images");
  for (const char* name : {"flat/iconic/1.png", "flat/train/2.png", "flat/val/3.png", "flat/test/4.png"})
    place_.write(name, picture(0, 0));
  expect_refused({"train", "flat"}, 4, "flat/train holds no folders of classes");
}

TEST_F(BadImages, ThatATableNamesAndAreNotThere) {
  std::string text = "photo,y\n";
  for (int row = 0; row < 20; ++row)
    text += (row < 15 ? "gone" + std::to_string(row) + ".jpg" : "p/red/0.png") + "," + std::to_string(row) + ".5\n";
  place_.write("t.csv", text);
  for (const char* where : {"auto", "stream"})
    expect_refused({"train", "t.csv", "--target", "y", "--set", std::string("data.images=") + where}, 4,
                   "15 of 16 image files are not there: gone0.jpg, gone1.jpg, gone2.jpg, ...");
}

TEST_F(BadImages, WhoseSettingsDoNotFit) {
  place_.write("prices.csv", price_table(100));
  expect_refused({"train", "prices.csv", "--target", "price", "--set", "augment.flip=true"}, 3,
                 "augment.* changes images");
  expect_refused({"train", "p", "--set", "augment.shift=8"}, 3, "augment.shift is 8, but the images have 8 x 8 pixels");
  expect_refused({"train", "p", "--set", "data.size=[1,2,3]"}, 3, "data.size has 3 numbers");
  expect_refused({"train", "p", "--set", "data.size=0"}, 3,
                 "data.size must be one or two whole numbers from 1 to 4096");
  expect_refused({"train", "p", "--set", "data.images=disk"}, 3, "data.images");
  ASSERT_EQ(place_.run({"train", "p", "--epochs", "1"}).code, 0);
  expect_refused({"predict", "1", "prices.csv"}, 4, "prices.csv has no column that names image files");
}

}  // namespace
}  // namespace fathom
