// The program as a Chinese reader meets it: the table of translations, and what is said of a training.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>

#include "english_words.hpp"
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
      if ((extension != ".cpp" && extension != ".hpp") || entry.path().parent_path().filename() == "chinese") continue;
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

std::vector<Translation> translations() {
  std::vector<Translation> all;
  for (const auto& table : app::chinese_tables()) all.insert(all.end(), table.begin(), table.end());
  return all;
}

TEST(Chinese, EachSentenceTakesTheArgumentsOfItsEnglishOne) {
  for (const Translation& translation : translations()) {
    const auto english = app::taken(translation.english), chinese = app::taken(translation.chinese);
    EXPECT_EQ(std::set<std::size_t>(chinese.begin(), chinese.end()),
              std::set<std::size_t>(english.begin(), english.end()))
        << translation.english;
    EXPECT_EQ(app::chinese_pattern(translation.english), translation.chinese) << "twice: " << translation.english;
  }
  EXPECT_EQ(app::chinese_pattern("nobody says this"), "");
  EXPECT_EQ(app::filled("{1} {{x}} {0}{:.1f}", {"a", "b", "c"}), "b {x} ac");
  EXPECT_EQ(app::filled("a } {0} {", {"b"}), "a } b {");  // from a damaged file
}

TEST(Chinese, EachEnglishSentenceIsStillSaid) {
  const std::string all = sources();
  std::set<std::string> of_the_system;
  for (int error = 1; error < 140; ++error) of_the_system.insert(std::generic_category().message(error));
  for (const Translation& translation : translations()) {
    if (of_the_system.contains(std::string(translation.english))) continue;
    EXPECT_NE(all.find(literal(translation.english)), std::string::npos) << translation.english;
  }
}

TEST(Chinese, EnglishWordsAreFound) {
  EXPECT_EQ(english_words("错误：没有文件 a/b.csv\n建议：fathom runs show latest\n"), "");
  EXPECT_EQ(english_words("错误：trainer.epochs 必须是整数（不小于 1），而不是“many words”\n"), "");
  EXPECT_EQ(english_words("3 | epochs = many\n  |          ^^^^ 应为 trainer.epochs\n"), "");
  EXPECT_EQ(english_words("错误：无法读取 a.csv：Permission denied"), "Permission denied ");
  EXPECT_EQ(english_words("必须是 a whole number，not 3"), "whole number not ");
}

TEST(Chinese, TheReportOfATrainingIsTold) {
  Workplace place;
  place.write("prices.csv", price_table(300));
  const Outcome outcome = place.run({"--lang", "zh", "train", "prices.csv", "--target", "price", "--epochs", "1"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* part : {"数值", "类别", "个不同的值", "目标", "随机，种子 42", "学习率", "批大小"})
    EXPECT_TRUE(contains(outcome.err, part)) << part << "\n" << outcome.err;
  EXPECT_EQ(english_words(outcome.err), "price color ") << outcome.err;
  const Outcome runs = place.run({"--lang", "zh", "runs"});
  EXPECT_TRUE(contains(runs.out, "已完成")) << runs.out;
  EXPECT_EQ(english_words(runs.out), "prices ") << runs.out;
  place.write("kinds.csv", kind_table(300));
  const Outcome kinds = place.run({"--lang", "zh", "train", "kinds.csv", "--target", "kind", "--epochs", "1"});
  EXPECT_EQ(english_words(kinds.err), "kind length width ") << kinds.err;
  EXPECT_EQ(english_words(place.run({"--lang", "zh", "train", "kinds.csv", "--target", "kind", "-n"}).err),
            "kind length width ");
}

// What is asked for most has no English in it either, but for the names of flags, keys and what they take.
TEST(Chinese, HelpIsTold) {
  Workplace place;
  for (const char* command : {"train", "eval", "predict", "export", "report", "curvature", "landscape", "lab", "runs",
                              "resume", "demo", "doctor", "config", "version"}) {
    const std::string help = place.run({"--lang", "zh", "help", command}).out;
    for (const char* part : {"Usage", "Flags", "Examples"}) EXPECT_FALSE(contains(help, part)) << help;
    for (const std::string& line : lines_of(help))
      EXPECT_TRUE(line.find("  ") != 0 || line.find("fathom") == 2 || has_chinese(line)) << line;
  }
  for (const std::string& line : lines_of(place.run({"--lang", "zh", "config", "keys"}).out))
    EXPECT_TRUE(has_chinese(line)) << line;
  const std::string origins = place.run({"--lang", "zh", "config", "show", "--origin"}).out;
  EXPECT_TRUE(contains(origins, "# 内置") && !contains(origins, "built in")) << origins;
}

}  // namespace
}  // namespace fathom
