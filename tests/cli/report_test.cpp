// The page of a run: whole, self-contained, in both languages, and with the figures that the program gives elsewhere.
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "english_words.hpp"
#include "pages.hpp"
#include "program.hpp"
#include "tables.hpp"

namespace fathom {
namespace {

using Json = nlohmann::json;

// length,width,kind of two kinds.
std::string two_kinds(int rows) {
  std::string table;
  for (const std::string& line : lines_of(kind_table(rows)))
    if (line.find("round") == std::string::npos) table += line + "\n";
  return table;
}

std::set<std::string> cells(const XmlElement& root) {
  std::set<std::string> all;
  for (const XmlElement* cell : root.all("td")) all.insert(cell->text);
  return all;
}

std::string all_text(const XmlElement& element) {
  if (element.name == "style" || element.name == "pre") return {};
  std::string text = element.text + "\n";
  for (const XmlElement& child : element.children) text += all_text(child);
  return text;
}

// English that should be Chinese, but for the names of the data and what has no other name.
std::string foreign_words(const std::string& text, std::set<std::string> names) {
  names.insert({"data", "Fathom", "UTC", "dropout"});
  std::istringstream words(english_words(text));
  std::string left;
  for (std::string word; words >> word;)
    if (!names.contains(word)) left += word + " ";
  return left;
}

// As the program shows a metric.
std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, std::abs(value) >= 100 ? "%.1f" : std::abs(value) >= 10 ? "%.2f" : "%.4f", value);
  return text;
}

class Report : public testing::Test {
 protected:
  void train(const std::string& table, const std::string& target, const std::string& epochs = "6") {
    place_.write("data.csv", table);
    const Outcome outcome = place_.run({"train", "data.csv", "--target", target, "--epochs", epochs, "--json"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    for (const std::string& line : lines_of(outcome.out)) {
      const Json event = Json::parse(line);
      if (event["event"] == "end") best_epoch_ = event["best_epoch"];
    }
  }
  std::string page(const std::string& language = "en") {
    const Outcome outcome = place_.run({"report", "latest", "-o", "page.html", "--lang", language});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "page.html\n");
    return place_.read("page.html");
  }
  Json metrics() { return Json::parse(place_.run({"eval", "latest", "--json"}).out)["metrics"]; }

  // Of every task: both languages, the figures of eval, the same bytes again.
  XmlElement usual(const std::set<std::string>& names) {
    const std::string html = page();
    const XmlElement root = checked_page(html);
    EXPECT_EQ(html, page());
    EXPECT_EQ(root.attribute("lang"), "en");
    const Json figures = metrics();
    EXPECT_GE(figures.size(), 3u);
    const std::set<std::string> all = cells(root);
    for (const auto& [name, metric] : figures.items())
      EXPECT_TRUE(all.contains(shown(metric["value"].get<double>()))) << name << " " << metric["value"];
    EXPECT_GE(root.all("svg").size(), 3u);
    EXPECT_EQ(Json::parse(place_.run({"report", "latest", "--json"}).out)["best_epoch"], best_epoch_);

    const XmlElement chinese = checked_page(page("zh"));
    EXPECT_EQ(chinese.attribute("lang"), "zh");
    EXPECT_TRUE(cells(chinese).contains(shown(figures.begin().value()["value"].get<double>())));
    EXPECT_EQ(chinese.all("svg").size(), root.all("svg").size());
    EXPECT_EQ(foreign_words(all_text(chinese), names), "");
    return root;
  }

  Workplace place_;
  int best_epoch_ = -1;
};

TEST_F(Report, OfNumbers) {
  train(price_table(400), "price");
  const XmlElement root = usual({"price", "color", "red", "green", "blue"});
  const std::string text = all_text(root);
  for (const char* part :
       {"Predicted and actual", "Half of the 40 test rows", "linear model", "The worst rows", "best: epoch"})
    EXPECT_TRUE(contains(text, part)) << part;
  EXPECT_FALSE(contains(text, "Calibration"));
}

TEST_F(Report, OfTwoClasses) {
  train(two_kinds(600), "kind");
  const std::string text = all_text(usual({"kind", "length", "width", "flat", "long"}));
  for (const char* part : {"Confusion matrix", "Calibration", "share of rows that are \"long\"", "AUC", "recall"})
    EXPECT_TRUE(contains(text, part)) << part;
}

TEST_F(Report, OfSeveralClasses) {
  train(kind_table(400), "kind");
  const XmlElement root = usual({"kind", "length", "width", "flat", "long", "round"});
  const std::string text = all_text(root);
  const double accuracy = metrics()["test/accuracy"]["value"];
  const std::string wrong = std::to_string(std::lround(40 * (1 - accuracy))) + " of 40 test rows are predicted wrongly";
  EXPECT_TRUE(contains(text, wrong)) << wrong << text;
  EXPECT_TRUE(contains(text, "probability of the predicted class"));
}

TEST_F(Report, OfChineseDataKeepsItsNames) {
  train(chinese_table(300), "情感", "2");
  const std::string text = all_text(checked_page(page("zh")));
  for (const char* part : {"情感", "评论", "混淆矩阵"}) EXPECT_TRUE(contains(text, part)) << part;
  EXPECT_TRUE(contains(text, "“好”的预测概率") || contains(text, "“差”的预测概率")) << text;
}

TEST_F(Report, OfARunThatWasStopped) {
  place_.write("data.csv", price_table(3000));
  RunOptions interrupt;
  interrupt.signal = SIGINT;
  interrupt.signal_after = 0.2;
  interrupt.signal_file = "runs/0001-data/metrics.csv";
  const Outcome stopped =
      place_.run({"train", "data.csv", "--target", "price", "--epochs", "100000", "--no-early-stop"}, interrupt);
  ASSERT_EQ(stopped.code, 130) << stopped.err;
  const XmlElement root = checked_page(page());
  const std::string text = all_text(root);
  EXPECT_TRUE(contains(text, "This run was stopped after ")) << text;
  EXPECT_TRUE(contains(text, "of 100000 epochs; fathom resume 1 goes on."));
  EXPECT_TRUE(contains(text, "The test part has not been looked at"));
  EXPECT_TRUE(contains(text, "Validation RMSE"));
  EXPECT_EQ(foreign_words(all_text(checked_page(page("zh"))), {"price", "color"}), "");
}

TEST_F(Report, GoesWhereItIsAsked) {
  train(price_table(200), "price", "1");
  const Outcome usual = place_.run({"report", "latest"});
  EXPECT_EQ(usual.out, "runs/0001-data/report.html\n");
  const std::string page = place_.read("runs/0001-data/report.html");
  EXPECT_EQ(place_.run({"report", "1", "-o", "-"}).out, page);
  const Outcome both = place_.run({"report", "1", "-o", "-", "--json"});
  EXPECT_EQ(both.code, 2) << both.err;
  const Json event = Json::parse(place_.run({"report", "1", "--json"}).out);
  EXPECT_EQ(event["event"], "report");
  EXPECT_EQ(event["bytes"], page.size());
  EXPECT_EQ(place_.run({"report", "7"}).code, 4);
  // A full disk leaves the page that was there.
  RunOptions small_disk;
  small_disk.largest_file = 4096;
  const Outcome full = place_.run({"report", "1"}, small_disk);
  EXPECT_EQ(full.code, 7) << full.err;
  EXPECT_EQ(place_.read("runs/0001-data/report.html"), page);
}

TEST_F(Report, DamagedFilesAreNamed) {
  train(kind_table(200), "kind", "1");
  place_.write("runs/0001-data/eval/confusion.csv", "truth,a\nb,1,2\n");
  const Outcome outcome = place_.run({"report", "1"});
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "confusion.csv is damaged")) << outcome.err;
}

// The values of the worst rows, unless the data is another one by now.
TEST_F(Report, TheWorstRowsAreShownWithTheirValues) {
  const std::string table = price_table(300);
  train(table, "price", "2");
  const std::string worst = lines_of(place_.read("runs/0001-data/eval/worst.csv")).at(1);
  const int row = std::stoi(worst);
  const std::string line = lines_of(table).at(static_cast<std::size_t>(row));
  const std::string color = line.substr(0, line.rfind(',')).substr(line.substr(0, line.rfind(',')).rfind(',') + 1);
  const auto table_of_rows = [&]() -> XmlElement {
    const XmlElement root = checked_page(page());
    for (const XmlElement* found : root.all("table"))
      if (contains(all_text(*found), "actual")) return *found;
    ADD_FAILURE() << "no table of rows";
    return {};
  };
  const XmlElement shown_rows = table_of_rows();
  const auto first = shown_rows.all("tbody").at(0)->children.at(0).children;
  ASSERT_EQ(first.size(), 7u);  // row, actual, predicted, error; a, b, color
  EXPECT_EQ(first[0].text, std::to_string(row));
  EXPECT_EQ(first[6].text, color) << line;
  place_.write("data.csv", "a,b,color,price\n1,2,red,3\n4,5,blue,6\n");
  EXPECT_EQ(table_of_rows().all("tbody").at(0)->children.at(0).children.size(), 4u);
}

TEST_F(Report, OfImagesShowsTheWorst) {
  place_.write("train-images-idx3-ubyte", band_images(200, 12, 3));
  place_.write("train-labels-idx1-ubyte", band_labels(200, 3));
  ASSERT_EQ(place_.run({"train", "train-images-idx3-ubyte", "--epochs", "2"}).code, 0);
  const XmlElement root = checked_page(page());
  EXPECT_EQ(root.all("img").size(), 20u);
  EXPECT_TRUE(contains(all_text(root), "Confusion matrix"));
  for (const XmlElement* image : root.all("img"))
    for (const char* band : {"0", "1", "2"}) EXPECT_NE(image->attribute("alt"), std::string(band) + ", not " + band);
  for (const XmlElement* image : root.all("img"))
    EXPECT_EQ(image->attribute("src").substr(0, 33), "data:image/png;base64,iVBORw0KGgo");  // a PNG's first bytes
  // Other labels by now: what would be shown is not what was judged.
  place_.write("train-labels-idx1-ubyte", band_labels(200, 2));
  EXPECT_TRUE(checked_page(page()).all("img").empty());
}

TEST_F(Report, NamesAreEscaped) {
  std::string table = "a,<b>&\"x\",kind\n";
  for (int i = 0; i < 200; ++i)
    table += std::to_string(i % 7) + "," + std::to_string(i % 3) + (i % 3 == 0 ? ",<i>&amp;\n" : ",'no'\n");
  train(table, "kind", "2");
  const XmlElement root = checked_page(page());
  EXPECT_TRUE(cells(root).contains("<b>&\"x\"") || cells(root).contains("<b>&x")) << all_text(root);
  EXPECT_TRUE(contains(all_text(root), "<i>&amp;"));
}

}  // namespace
}  // namespace fathom
