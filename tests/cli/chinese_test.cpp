// The program as a Chinese reader meets it: the table of translations, and mistakes under --lang zh.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "program.hpp"
#include "tables.hpp"
#include "translation.hpp"

namespace fathom {
namespace {

using app::Translation;

// Every source of the library and the program, with literals that stand side by side joined.
std::string sources() {
  std::string all;
  for (const char* folder : {"/src", "/apps"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(FATHOM_SOURCES) + folder)) {
      const auto extension = entry.path().extension();
      if ((extension != ".cpp" && extension != ".hpp") || entry.path().filename() == "chinese.cpp") continue;
      std::ifstream file(entry.path());
      all.append(std::istreambuf_iterator<char>(file), {});
    }
  std::string joined;
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (all[at] == '"' && (at == 0 || all[at - 1] != '\\')) {
      std::size_t next = all.find_first_not_of(" \n", at + 1);
      if (next != std::string::npos && next > at + 1 && all[next] == '"' &&
          all.substr(at, next - at).find('\n') != std::string::npos) {
        at = next;
        continue;
      }
    }
    joined += all[at];
  }
  return joined;
}

std::string literal(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? "\\\"" : c == '\n' ? "\\n" : std::string(1, c);
  return result + "\"";
}

TEST(Chinese, EachSentenceTakesTheArgumentsOfItsEnglishOne) {
  for (const Translation& translation : app::chinese_table()) {
    const auto english = app::taken(translation.english), chinese = app::taken(translation.chinese);
    EXPECT_EQ(std::set<std::size_t>(chinese.begin(), chinese.end()),
              std::set<std::size_t>(english.begin(), english.end()))
        << translation.english;
    EXPECT_EQ(app::chinese_pattern(translation.english), translation.chinese) << "twice: " << translation.english;
  }
  EXPECT_EQ(app::chinese_pattern("nobody says this"), "");
  EXPECT_EQ(app::filled("{1} {{x}} {0}{:.1f}", {"a", "b", "c"}), "b {x} ac");
}

TEST(Chinese, EachEnglishSentenceIsStillSaid) {
  const std::string all = sources();
  for (const Translation& translation : app::chinese_table())
    EXPECT_NE(all.find(literal(translation.english)), std::string::npos) << translation.english;
}

bool has_chinese(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0xE4 && byte <= 0xE9;
  });
}

// The usual mistakes: what is wrong and what to do are both said in Chinese.
TEST(Chinese, MistakesAreTold) {
  Workplace place;
  place.write("prices.csv", price_table(100));
  place.write("empty.csv", "");
  place.write("header.csv", "a,price\n");
  place.write("ragged.csv", "a,price\n1,2\n1,2,3\n");
  place.write("nul.csv", std::string("a,price\n1,2\n\0,3\n", 15));
  place.write("constant.csv", "a,price\n1,2\n2,2\n3,2\n");
  place.write("missing.csv", "a,price\n1,\n2,\n3,\n");
  place.write("words.csv", "a,price\n1,2\nmany,3\n3,5\n4,1\n5,2\n6,2\n7,3\n8,3\n9,1\n10,2\n11,4\n12,2\n");
  place.write("words.toml",
              "[data]\npath=\"words.csv\"\n[output]\nname=\"price\"\n[[input]]\nname=\"a\"\ntype=\"number\"\n");
  place.write("key.toml", "[trainer]\nepoch = 3\n");
  ASSERT_EQ(place.run({"train", "prices.csv", "--target", "price", "--epochs", "1"}).code, 0);
  const std::vector<std::vector<std::string>> mistakes{
      {"train", "nothing.csv", "--target", "price"},
      {"train", "empty.csv", "--target", "price"},
      {"train", "header.csv", "--target", "price"},
      {"train", "ragged.csv", "--target", "price"},
      {"train", "nul.csv", "--target", "price"},
      {"train", "constant.csv", "--target", "price"},
      {"train", "missing.csv", "--target", "price"},
      {"train", "prices.csv", "--target", "prise"},
      {"train", "prices.csv"},
      {"train", "words.toml"},
      {"train", "key.toml"},
      {"train", "prices.csv", "--target", "price", "--set", "trainer.epoch=3"},
      {"train", "prices.csv", "--target", "price", "--set", "trainer.epochs=0"},
      {"trian"},
      {"train", "--epoch", "3"},
      {"predict", "7", "prices.csv"},
      {"predict", "1", "constant.csv"},
      {"runs", "show", "nothing"},
  };
  for (auto words : mistakes) {
    words.insert(words.begin(), {"--lang", "zh"});
    const Outcome outcome = place.run(words);
    EXPECT_NE(outcome.code, 0) << words[3];
    const auto lines = lines_of(outcome.err);
    ASSERT_FALSE(lines.empty());
    EXPECT_TRUE(lines[0].starts_with("错误：") && has_chinese(lines[0].substr(9))) << outcome.err;
    for (const std::string& line : lines) {
      EXPECT_FALSE(line.starts_with("error:") || line.starts_with("help:")) << outcome.err;
      EXPECT_TRUE(!line.starts_with("建议：") || has_chinese(line.substr(9))) << outcome.err;
    }
  }
}

TEST(Chinese, TheReportOfATrainingIsTold) {
  Workplace place;
  place.write("prices.csv", price_table(300));
  const Outcome outcome = place.run({"--lang", "zh", "train", "prices.csv", "--target", "price", "--epochs", "1"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* part : {"数值", "类别", "个不同的值", "目标", "随机，种子 42"})
    EXPECT_TRUE(contains(outcome.err, part)) << part << "\n" << outcome.err;
  for (const char* part : {" values", "number ", "random"}) EXPECT_FALSE(contains(outcome.err, part)) << outcome.err;
  EXPECT_TRUE(contains(place.run({"--lang", "zh", "runs"}).out, "已完成"));
}

}  // namespace
}  // namespace fathom
