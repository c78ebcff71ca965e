#include "fathom/train/predictions.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "fathom/train/judge.hpp"

namespace fathom {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// A pipeline that knows only its target, and rows with these classes.
struct Judged {
  Pipeline pipeline;
  Dataset data;
  std::vector<Index> rows;
  DatasetSource source() const { return DatasetSource(data, pipeline, {}, {}, rows); }
};

Judged classes(std::vector<std::string> names, std::vector<std::int32_t> truth) {
  Judged it;
  it.pipeline.target.name = "kind";
  it.pipeline.target.task = names.size() == 2 ? Task::binary : Task::multiclass;
  it.pipeline.target.classes = std::move(names);
  it.data.rows = static_cast<Index>(truth.size());
  for (std::size_t i = 0; i < truth.size(); ++i) it.rows.push_back(static_cast<Index>(i));
  if (it.pipeline.target.task == Task::binary)
    for (std::int32_t label : truth) it.data.target_numbers.push_back(static_cast<float>(label));
  else
    it.data.target_classes = std::move(truth);
  return it;
}

TEST(Predictions, OfTwoClassesGiveTheProbabilityOfTheSecond) {
  const Judged it = classes({"no", "yes, \"sure\""}, {0, 1, 1});
  const Tensor outputs(Shape{3}, {-2.0f, 0.0f, 3.0f});
  const auto lines = lines_of(predictions_text(it.pipeline, outputs, false, PredictionFormat::csv));
  EXPECT_EQ(lines, (std::vector<std::string>{"prediction,probability", "no,0.119202922", "no,0.5",
                                             "\"yes, \"\"sure\"\"\",0.952574127"}));
  const auto all = lines_of(predictions_text(it.pipeline, outputs, true, PredictionFormat::csv));
  EXPECT_EQ(all[0], "prediction,p(no),\"p(yes, \"\"sure\"\")\"");
  EXPECT_EQ(all[1], "no,0.880797078,0.119202922");
  const auto json =
      nlohmann::json::parse(lines_of(predictions_text(it.pipeline, outputs, false, PredictionFormat::json_lines))[2]);
  EXPECT_EQ(json["prediction"], "yes, \"sure\"");
  EXPECT_NEAR(json["probability"].get<double>(), 1 / (1 + std::exp(-3.0)), 1e-7);
}

TEST(Predictions, OfManyClassesAreTheLikeliest) {
  const Judged it = classes({"圆", "平", "长"}, {2, 0});
  const Tensor outputs(Shape{2, 3}, {0.0f, 1.0f, 2.0f, 5.0f, 5.0f, 1.0f});
  EXPECT_EQ(predictions_text(it.pipeline, outputs, false, PredictionFormat::csv), "prediction\n长\n圆\n");
  const auto all = lines_of(predictions_text(it.pipeline, outputs, true, PredictionFormat::csv));
  EXPECT_EQ(all[0], "prediction,p(圆),p(平),p(长)");
  double sum = 0;
  std::istringstream fields(all[1].substr(all[1].find(',') + 1));
  for (std::string field; std::getline(fields, field, ',');) sum += std::stod(field);
  EXPECT_NEAR(sum, 1, 1e-8);
}

TEST(Predictions, TablesOfTheTestPartAgreeWithItsMetrics) {
  const Judged it = classes({"a", "b", "c"}, {0, 1, 2, 2, 1, 0});
  const Tensor outputs(Shape{6, 3}, {9.0f, 0.0f, 0.0f, 0.0f, 2.0f, 1.0f, 3.0f, 0.0f, 1.0f, 0.0f, 0.0f, 4.0f, 0.0f, 0.0f,
                                     0.5f, 1.0f, 0.0f, 0.0f});
  const DatasetSource source = it.source();
  const Evaluation evaluation{.part = Part::test, .loss = 0, .outputs = outputs};
  const TestTables tables = test_tables(source, evaluation);
  EXPECT_EQ(tables.confusion, "truth,a,b,c\na,2,0,0\nb,0,1,1\nc,1,0,1\n");
  const auto lines = lines_of(tables.predictions), worst = lines_of(tables.worst);
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_EQ(lines[0], "row,truth,prediction,probability,loss");
  EXPECT_EQ(lines[3].substr(0, 6), "3,c,a,");
  double loss = 0, last = 1e300;
  for (std::size_t i = 1; i < lines.size(); ++i) loss += std::stod(lines[i].substr(lines[i].rfind(',') + 1)) / 6;
  for (std::size_t i = 1; i < worst.size(); ++i) {
    const double now = std::stod(worst[i].substr(worst[i].rfind(',') + 1));
    EXPECT_LE(now, last);
    last = now;
  }
  EXPECT_EQ(worst[1].substr(0, 2), "3,");
  const auto metrics = judge(source, evaluation);
  EXPECT_EQ(metrics[0].name, "test/accuracy");
  EXPECT_NEAR(metrics[0].value, 4.0 / 6, 1e-12);
  EXPECT_EQ(metrics[1].name, "test/log_loss");
  EXPECT_NEAR(metrics[1].value, loss, 1e-5);
}

TEST(Predictions, OfNumbersAreInTheirOwnUnit) {
  Judged it;
  it.pipeline.target.name = "price";
  it.pipeline.target.task = Task::regression;
  it.pipeline.target.log = true;
  it.pipeline.target.center = 5;
  it.pipeline.target.scale = 2;
  it.data.rows = 2;
  it.rows = {1, 0};
  it.data.target_numbers = {111.05f, 1000.0f};
  const Tensor outputs(Shape{2}, {static_cast<float>(it.pipeline.target.encode(1000)), 0.0f});
  EXPECT_NEAR(it.pipeline.target.decode(it.pipeline.target.encode(1234.5)), 1234.5, 1e-9);
  const auto lines =
      lines_of(test_tables(it.source(), {.part = Part::test, .loss = 0, .outputs = outputs}).predictions);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "row,truth,prediction,error");
  EXPECT_EQ(lines[1].substr(0, 2), "2,");
  EXPECT_NEAR(std::stod(lines[1].substr(2)), 1000, 0.01);
  EXPECT_LT(std::stod(lines[1].substr(lines[1].rfind(',') + 1)), 1e-3);
  EXPECT_TRUE(lines[2].starts_with("1,111.05,")) << "as it was read: " << lines[2];
  EXPECT_NEAR(std::stod(predictions_text(it.pipeline, outputs, false, PredictionFormat::csv).substr(11)), 1000, 0.01);
}

}  // namespace
}  // namespace fathom
