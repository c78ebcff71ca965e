// Data, models and machines that are not as they should be: one sentence, the right exit code, nothing half-written.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <zlib.h>

#include <fstream>

#include "program.hpp"
#include "tables.hpp"

namespace fathom {
namespace {

// One error that says each of `parts`, in one sentence (and a place and a hint on lines of their own).
void expect_error(const Outcome& outcome, int code, const std::vector<std::string>& parts) {
  EXPECT_EQ(outcome.code, code) << outcome.err << "signal " << outcome.signal;
  EXPECT_EQ(outcome.out, "");
  int sentences = 0;
  for (const std::string& line : lines_of(outcome.err)) {
    if (line.starts_with("error: "))
      ++sentences;
    else
      EXPECT_TRUE(line.starts_with("  --> ") || line.starts_with("help: ")) << line;
    EXPECT_LT(line.size(), 400u) << line;
  }
  EXPECT_EQ(sentences, 1) << outcome.err;
  for (const std::string& part : parts) EXPECT_TRUE(contains(outcome.err, part)) << part << "\n" << outcome.err;
}

// Trains with what must be refused before anything is written.
void expect_refused_data(const Workplace& place, const std::vector<std::string>& arguments, int code,
                         const std::vector<std::string>& parts) {
  const auto before = place.content();
  expect_error(place.run(arguments), code, parts);
  EXPECT_EQ(place.content(), before);
}

// A table of 100 rows with `line` as its line number 6.
std::string with_line(const std::string& line) {
  const auto lines = lines_of(price_table(100));
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) text += (i == 5 ? line : lines[i]) + "\n";
  return text;
}

std::string with_column(int column, const std::string& value) {
  std::string text;
  for (const std::string& line : lines_of(price_table(100))) {
    std::size_t start = 0;
    for (int i = 0; i < column; ++i) start = line.find(',', start) + 1;
    const std::size_t end = std::min(line.find(',', start), line.size());
    text += (text.empty() ? line : line.substr(0, start) + value + line.substr(end)) + "\n";
  }
  return text;
}

TEST(BadData, FilesThatAreNoTables) {
  Workplace place;
  const auto refused = [&](const std::string& file, const std::vector<std::string>& parts) {
    SCOPED_TRACE(file);
    expect_refused_data(place, {"train", file, "--target", "price"}, 4, parts);
  };
  refused("nothing.csv", {"nothing.csv", "help:"});
  place.write("empty.csv", "");
  refused("empty.csv", {"empty.csv is empty"});
  place.write("header.csv", "a,b,price\n");
  refused("header.csv", {"no rows"});
  refused(".", {"is a folder"});
  place.write("long.csv", with_line("1,2,red,3,4,5"));
  refused("long.csv", {"long.csv line 6 has 6 fields, but line 1 has 4", "--> long.csv:6"});
  place.write("short.csv", with_line("1,2"));
  refused("short.csv", {"short.csv line 6 has 2 fields"});
  place.write("nul.csv", with_line(std::string("1,2,r\0d,4", 9)));
  refused("nul.csv", {"nul.csv line 6", "NUL byte"});
  place.write("quote.csv", with_line("1,2,\"red,4"));
  refused("quote.csv", {"quote.csv", "line 6"});
}

TEST(BadData, LineOfAHundredMegabytes) {
  Workplace place;
  {
    std::ofstream file(place.path("wide.csv"), std::ios::binary);
    const std::string part(1 << 20, 'x');
    for (int i = 0; i < 100; ++i) file << part;
  }
  expect_refused_data(place, {"train", "wide.csv", "--target", "price"}, 4, {"wide.csv line 1 is longer than"});
}

TEST(BadData, CutAndForeignBinaryFiles) {
  Workplace place;
  const std::string table = price_table(2000);
  const gzFile zipped = gzopen(place.path("whole.csv.gz").c_str(), "wb");
  gzwrite(zipped, table.data(), static_cast<unsigned>(table.size()));
  gzclose(zipped);
  const std::string whole = place.read("whole.csv.gz");
  place.write("cut.csv.gz", whole.substr(0, whole.size() / 2));
  expect_refused_data(place, {"train", "cut.csv.gz", "--target", "price"}, 4, {"cut.csv.gz is cut off"});
  std::string damaged = whole;
  for (std::size_t i = whole.size() / 2; i < whole.size() / 2 + 50; ++i) damaged[i] = static_cast<char>(~damaged[i]);
  place.write("damaged.csv.gz", damaged);
  expect_refused_data(place, {"train", "damaged.csv.gz", "--target", "price"}, 4, {"damaged.csv.gz"});

  const std::string header("\0\0\x08\x03\0\0\0\x0a\0\0\0\x1c\0\0\0\x1c", 16);
  place.write("images-idx3-ubyte", header + "cut");
  place.write("labels-idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\x0a", 8) + std::string(10, '\1'));
  const std::vector<std::string> images{"train", "images-idx3-ubyte", "--set", "data.labels=labels-idx1-ubyte"};
  expect_refused_data(place, images, 4, {"images-idx3-ubyte is cut off"});
  place.write("images-idx3-ubyte", std::string("\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16));
  expect_refused_data(place, images, 4, {"images-idx3-ubyte"});
  place.write("images-idx3-ubyte", header + std::string(7840, 'p'));
  place.write("labels-idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\x09", 8) + std::string(9, '\1'));
  expect_refused_data(place, images, 4, {"10", "9"});
}

TEST(BadData, ColumnsThatCannotBeUsed) {
  Workplace place;
  place.write("prices.csv", price_table(100));
  expect_refused_data(place, {"train", "prices.csv", "--target", "prise"}, 4,
                      {"has no column \"prise\"", "did you mean --target \"price\"?"});
  expect_refused_data(place, {"train", "prices.csv"}, 2, {"which column", "a, b, color, price"});
  place.write("constant.csv", with_column(3, "5"));
  expect_refused_data(place, {"train", "constant.csv", "--target", "price"}, 4, {"\"price\" has one value, \"5\""});
  place.write("missing.csv", with_column(3, ""));
  expect_refused_data(place, {"train", "missing.csv", "--target", "price"}, 4,
                      {"every value of the target", "missing"});
  place.write("words.csv", with_line("many,2,red,3"));
  place.write("words.toml",
              "[data]\npath = \"words.csv\"\n[output]\nname = \"price\"\n[[input]]\nname = \"a\"\ntype = \"number\"\n");
  expect_refused_data(place, {"train", "words.toml"}, 4,
                      {"column \"a\" is set to number, but 1 of 100 values", "words.csv:6 \"many\""});
  place.write("void.csv", "a,price\n,1\n,2\n,3\n,4\n,1\n,2\n,3\n,4\n,5\n,6\n");
  expect_refused_data(place, {"train", "void.csv", "--target", "price"}, 4, {"void.csv"});

  // One column without values among others is left out, and that is said.
  place.write("hollow.csv", with_column(1, ""));
  const Outcome hollow = place.run({"train", "hollow.csv", "--target", "price", "--epochs", "1"});
  EXPECT_EQ(hollow.code, 0) << hollow.err;
  EXPECT_TRUE(contains(hollow.err, "every value is missing")) << hollow.err;
}

TEST(BadData, PredictionFromOtherColumns) {
  Workplace place;
  place.write("prices.csv", price_table(200));
  ASSERT_EQ(place.run({"train", "prices.csv", "--target", "price", "--epochs", "2"}).code, 0);
  place.write("fewer.csv", "a,color\n1,red\n2,blue\n");
  expect_refused_data(place, {"predict", "latest", "fewer.csv", "-o", "out.csv"}, 4, {"fewer.csv", "\"b\""});
  place.write("more.csv", "a,b,extra,color\n1,2,x,red\n2,1,y,violet\n");
  const Outcome more = place.run({"predict", "latest", "more.csv"});
  EXPECT_EQ(more.code, 0) << more.err;
  EXPECT_EQ(lines_of(more.out).size(), 3u);
  EXPECT_TRUE(contains(more.err, "extra")) << more.err;
  expect_refused_data(place, {"eval", "latest", "more.csv"}, 4, {"more.csv", "price"});
  expect_refused_data(place, {"predict", "latest", "prices.csv", "--format", "xml"}, 2, {"--format must be"});
  expect_refused_data(place, {"predict", "latest", "prices.csv", "-o", "no/folder.csv"}, 4, {"no/folder.csv"});
  // Other data than the run was trained on has no test part.
  place.write("prices.csv", price_table(201));
  expect_refused_data(place, {"eval", "latest"}, 4, {"is not the data"});
}

TEST(BadData, DamagedAndForeignCheckpoints) {
  Workplace place;
  place.write("prices.csv", price_table(200));
  ASSERT_EQ(place.run({"train", "prices.csv", "--target", "price", "--epochs", "3", "--set", "model.hidden=[8]"}).code,
            0);
  const std::string last = "runs/0001-prices/checkpoints/last.safetensors";
  const std::string model = "runs/0001-prices/model/model.safetensors";
  const std::string good = place.read(last), weights = place.read(model);
  for (const std::string& bad : {good.substr(0, good.size() / 2), good.substr(0, 5), std::string(), weights,
                                 std::string("\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10), "PK" + good.substr(2)}) {
    place.write(last, bad);
    const Outcome resume = place.run({"resume", "1"});
    EXPECT_EQ(resume.code, 4) << resume.err;
    EXPECT_TRUE(contains(resume.err, "error: ")) << resume.err;
    EXPECT_TRUE(contains(resume.err, "last.safetensors")) << resume.err;
    EXPECT_EQ(place.read(last), bad);
  }
  place.write(last, good);
  for (const std::string& bad : {weights.substr(0, weights.size() / 2), good, std::string("\0", 1)}) {
    place.write(model, bad);
    expect_error(place.run({"predict", "1", "prices.csv"}), 4, {"model.safetensors"});
    expect_error(place.run({"eval", "1"}), 4, {"model.safetensors"});
  }
  place.write(model, weights);
  EXPECT_EQ(place.run({"resume", "1"}).code, 0);

  // The checkpoint of another network.
  ASSERT_EQ(place.run({"train", "prices.csv", "--target", "price", "--epochs", "3", "--set", "model.hidden=[9]"}).code,
            0);
  place.write("runs/0002-prices/checkpoints/last.safetensors", good);
  const Outcome other = place.run({"resume", "2"});
  EXPECT_EQ(other.code, 4) << other.err;
  EXPECT_TRUE(contains(other.err, "last.safetensors")) << other.err;
  place.write("runs/0002-prices/model/pipeline.json", "{\"inputs\": 3");
  expect_error(place.run({"predict", "2", "prices.csv"}), 4, {"pipeline.json"});
}

TEST(BadData, FileSizeLimitWhileSaving) {
  Workplace place;
  place.write("prices.csv", price_table(200));
  const Outcome train = place.run({"train", "prices.csv", "--target", "price", "--epochs", "3"},
                                  {.environment = {}, .largest_file = 60000});
  EXPECT_EQ(train.code, 7) << train.err << train.signal;
  EXPECT_TRUE(contains(train.err, "error: cannot write runs/0001-prices/checkpoints/")) << train.err;
  for (const std::string& name : place.content()) EXPECT_FALSE(contains(name, ".partial")) << name;
  // With room again, it goes on.
  EXPECT_EQ(place.run({"resume", "1"}).code, 0);
}

TEST(BadData, FullDiskWhileSaving) {
  Workplace place;
  place.write("prices.csv", price_table(200));
  place.write("disk/.keep", "");
  if (::mount("tmpfs", place.path("disk").c_str(), "tmpfs", 0, "size=128k") != 0)
    GTEST_SKIP() << "only root can mount a small disk";
  const Outcome train =
      place.run({"train", "prices.csv", "--target", "price", "--epochs", "3", "--runs-dir", "disk/runs"});
  EXPECT_EQ(train.code, 7) << train.err << train.signal;
  EXPECT_TRUE(contains(train.err, "the disk is full")) << train.err;
  EXPECT_EQ(place.run({"runs", "--runs-dir", "disk/runs"}).code, 0);
  ::umount(place.path("disk").c_str());
}

TEST(BadData, AnswersThatCannotBeWritten) {
  Workplace place;
  place.write("prices.csv", price_table(200));
  ASSERT_EQ(place.run({"train", "prices.csv", "--target", "price", "--epochs", "3"}).code, 0);
  expect_error(place.run({"predict", "1", "prices.csv", "-o", "/dev/full"}), 7, {"/dev/full"});
  for (const char* command : {"predict 1 prices.csv", "eval 1", "runs", "version", "config schema"}) {
    place.write("full.sh", std::string(FATHOM_PROGRAM) + " " + command + " > /dev/full 2> err.txt; echo $? > code.txt");
    EXPECT_EQ(std::system(("cd " + place.path() + " && sh full.sh").c_str()), 0);
    EXPECT_EQ(place.read("code.txt"), "7\n") << place.read("err.txt");
    EXPECT_TRUE(contains(place.read("err.txt"), "error: cannot write ")) << place.read("err.txt");
  }
}

}  // namespace
}  // namespace fathom
