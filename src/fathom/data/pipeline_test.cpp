#include "fathom/data/pipeline.hpp"

#include <cmath>
#include <numeric>

#include "fathom/base/rng.hpp"
#include "fathom/data/dataset.hpp"
#include "support/test_files.hpp"

namespace fathom {
namespace {

std::vector<Index> first(Index count) {
  std::vector<Index> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), Index{0});
  return rows;
}

Table read(const std::string& text) { return read_table(bytes_of(text), "file.csv"); }

// A number with gaps, one with a heavy tail, a category, a date, a Chinese text and a target.
Table mixed(Index rows) {
  Random random(3, "mixed");
  const std::vector<std::string> cities{"北京", "上海", "深圳"};
  std::string text = "面积,income,city,sold,评论,y\n";
  for (Index row = 0; row < rows; ++row)
    text += fmt::format("{},{:.3f},{},2024-{:02}-{:02},\"味道{}，送餐{}次还可以{}\",{}\n",
                        random.below(7) == 0 ? "?" : fmt::format("{:.2f}", 80 + 20 * random.normal()),
                        std::exp(4 + 2.5 * random.normal()), row == 3 ? "拉萨" : cities[random.below(3)],
                        1 + random.below(12), 1 + random.below(28), random.below(50), random.below(9),
                        random.below(1000), random.below(2) == 0 ? "好" : "差");
  return read(text);
}

Pipeline fitted(const Table& table, Index rows, FitOptions options = {}) {
  return fit_pipeline(table, infer_schema(table, {.target = "y"}), first(rows), {}, options);
}

// The batch of the given rows, by input.
std::map<std::string, Tensor> batch_of(const Dataset& data, const Pipeline& pipeline, const std::vector<Index>& rows,
                                       Index size) {
  std::map<std::string, Tensor> batch;
  for (const auto& [name, type] : batch_types(pipeline, size)) batch.emplace(name, Tensor(type));
  fill_batch(data, pipeline, rows, batch);
  return batch;
}

TEST(Pipeline, LearnsFromTrainingRowsOnly) {
  std::string text = "x,c,y\n";
  for (int i = 0; i < 100; ++i) text += fmt::format("{},k{},{}.5\n", i % 10 + 0.25, i % 3, i);
  const Pipeline from_short = fitted(read(text), 100);
  for (int i = 0; i < 100; ++i) text += fmt::format("{},new{},{}.5\n", 1e6 + i, i % 3, -i * 1000);
  const Table table = read(text);
  const Pipeline from_long = fit_pipeline(table, infer_schema(table, {.target = "y"}), first(100), {});
  EXPECT_EQ(to_json(from_long), to_json(from_short));
}

TEST(Pipeline, StandardisesNumbers) {
  const Table table = mixed(500);
  const Pipeline pipeline = fitted(table, 400, {.bins = 0});
  ASSERT_EQ(pipeline.numbers.size(), 2u);
  const NumberEncoder &area = pipeline.numbers[0], &income = pipeline.numbers[1];
  EXPECT_TRUE(area.flag && !area.log);
  EXPECT_TRUE(income.log && !income.flag) << "a heavy tail is read by its logarithm";
  // Naive mean, deviation and median of the training values that are there.
  std::vector<double> there;
  for (Index row = 0; row < 400; ++row)
    if (const float value = table.columns[0].numbers[static_cast<std::size_t>(row)]; !std::isnan(value))
      there.push_back(static_cast<double>(value));
  std::sort(there.begin(), there.end());
  EXPECT_GE(area.fill, there[there.size() / 2 - 1]);
  EXPECT_LE(area.fill, there[there.size() / 2]);
  const Encoded encoded = encode(table, pipeline, Targets::required);
  double sum = 0, squares = 0;
  for (Index row = 0; row < 400; ++row) {
    float to[2];
    area.encode(encoded.data.numbers[0][static_cast<std::size_t>(row)], to);
    const bool missing = std::isnan(table.columns[0].numbers[static_cast<std::size_t>(row)]);
    EXPECT_EQ(to[1], missing ? 1.0f : 0.0f);
    if (missing) continue;
    sum += static_cast<double>(to[0]);
    squares += static_cast<double>(to[0]) * static_cast<double>(to[0]);
  }
  const auto n = static_cast<double>(there.size());
  EXPECT_NEAR(sum / n, 0, 0.01);
  EXPECT_NEAR(squares / n, 1, 0.02);
}

// Gorishniy et al. 2022, eq. 1: 0 before the bin, 1 behind it, and the share of it in between.
TEST(Pipeline, BinsAreFilledInOrder) {
  const Table table = mixed(500);
  const Pipeline pipeline = fitted(table, 500, {.bins = 8});
  const NumberEncoder& income = pipeline.numbers[1];
  ASSERT_GE(income.edges.size(), 3u);
  const auto width = static_cast<std::size_t>(income.width()), bins = income.edges.size() - 1;
  ASSERT_EQ(width, 1 + bins);
  for (std::size_t k = 0; k <= bins; ++k) {
    std::vector<float> to(width);
    income.encode(income.edges[k], to.data());
    for (std::size_t bin = 0; bin < bins; ++bin)
      EXPECT_NEAR(static_cast<double>(to[1 + bin]), bin < k ? 1 : 0, 1e-5) << k << " " << bin;
  }
  std::vector<float> low(width), high(width);
  income.encode(-1e9f, low.data());
  income.encode(1e9f, high.data());
  for (std::size_t i = 0; i < width; ++i) EXPECT_TRUE(std::isfinite(low[i]) && std::isfinite(high[i]));
}

TEST(Pipeline, ReadsBackFromJson) {
  const Table table = mixed(300);
  const Pipeline pipeline = fitted(table, 250), again = pipeline_from_json(to_json(pipeline), "pipeline.json");
  EXPECT_EQ(to_json(again), to_json(pipeline));
  const Encoded a = encode(table, pipeline, Targets::required), b = encode(table, again, Targets::required);
  const auto x = batch_of(a.data, pipeline, first(32), 32), y = batch_of(b.data, again, first(32), 32);
  ASSERT_EQ(x.size(), y.size());
  for (const auto& [name, tensor] : x)
    EXPECT_EQ(std::memcmp(tensor.view().data, y.at(name).view().data, tensor.bytes()), 0) << name;
  for (const std::string bad : {"", "{", "[]", "{}", "null", "{\"numbers\": 3}"})
    EXPECT_EQ(error_from([&] { pipeline_from_json(bad, "p.json"); }).code(), Code::data) << bad;
}

TEST(Pipeline, UnseenLevelsAreSilent) {
  const Table table = mixed(300);
  const Pipeline pipeline = fitted(table, 300);
  ASSERT_EQ(pipeline.categories.size(), 1u);
  const CategoryEncoder& city = pipeline.categories[0];
  const Encoded encoded = encode(read("面积,income,city,sold,评论,y\n1,2,东京,2024-01-01,好,好\n1,2,北京,2024-01-01,好,"
                                      "好\n1,2,,2024-01-01,好,差\n"),
                                 pipeline, Targets::required);
  EXPECT_EQ(city.levels(), static_cast<Index>(city.vocabulary.size()));
  EXPECT_EQ(encoded.data.categories[0][0], -1) << "no level was trained for it, and -1 gives zeros";
  EXPECT_EQ(city.vocabulary[static_cast<std::size_t>(encoded.data.categories[0][1])], "北京");
  EXPECT_EQ(encoded.data.categories[0][2], -1) << "training had no missing values";
}

TEST(Pipeline, UnseenLevelsAreTheRareOnesWhereThereAreSome) {
  std::string text = "x,y\n";
  for (int i = 0; i < 60; ++i) text += fmt::format("{},{}.5\n", i == 3 ? "rare" : i % 2 == 0 ? "a" : "b", i);
  const Table table = read(text);
  Schema schema =
      infer_schema(table, {.target = "y", .columns = {{"x", {.kind = ColumnKind::category, .min_count = 2}}}});
  const Pipeline pipeline = fit_pipeline(table, schema, first(60), "");
  const Encoded encoded = encode(read("x\nnew\nrare\na\n"), pipeline, Targets::optional);
  EXPECT_EQ(encoded.data.categories[0], (std::vector<std::int32_t>{2, 2, 0}));
  EXPECT_EQ(pipeline.categories[0].levels(), 3);
}

TEST(Pipeline, ReadsNewFilesAsItReadTheFirst) {
  std::string text = "when;price;y\n";
  for (int i = 0; i < 60; ++i) text += fmt::format("{}/{}/2020;{},250,000;{}.5\n", 1 + i % 28, 1 + i % 12, i, i % 7);
  const Table table = read(text);
  const Schema schema = infer_schema(table, {.target = "y"});
  Pipeline pipeline = fit_pipeline(table, schema, first(60), "");
  pipeline.reading.options.missing = {"-", ""};
  pipeline.reading.row_weight = "w";
  const Pipeline again = pipeline_from_json(to_json(pipeline), "pipeline.json");
  EXPECT_EQ(again.reading.options.missing, pipeline.reading.options.missing);
  EXPECT_EQ(again.reading.row_weight, "w");
  ASSERT_EQ(again.dates.size(), 1u);
  EXPECT_EQ(again.dates[0].order, DateOrder::day_first);
  // A file that shows nothing by itself.
  const Table small = read_table(bytes_of("when;price\n1/2/2020;3,141\n"), "new.csv", again.reading.options);
  const Encoded encoded = encode(small, again, Targets::optional);
  EXPECT_EQ(encoded.data.numbers[0][0], 3141.0f);
  EXPECT_EQ(encoded.data.dates[0][0], parse_date("2020-02-01"));
}

TEST(Pipeline, DoesNotReadOptionalTargets) {
  const Pipeline pipeline = fitted(mixed(200), 200);
  const Encoded encoded =
      encode(read("面积,income,city,sold,评论,y\n1,2,北京,2024-01-01,好,never seen\n"), pipeline, Targets::optional);
  EXPECT_TRUE(encoded.data.target_numbers.empty() && encoded.data.target_classes.empty());
  EXPECT_EQ(encoded.keep, (std::vector<std::uint8_t>{1}));
}

TEST(Pipeline, TextIsABagThatIgnoresOrderOfRows) {
  const Table table = mixed(200);
  const Pipeline pipeline = fitted(table, 200);
  ASSERT_EQ(pipeline.texts.size(), 1u);
  const TextEncoder& text = pipeline.texts[0];
  const Encoded encoded = encode(table, pipeline, Targets::required);
  const auto batch = batch_of(encoded.data, pipeline, {5, 0}, 4), again = batch_of(encoded.data, pipeline, {0, 5}, 4);
  const Tensor &a = batch.at(inputs::text("评论")), &b = again.at(inputs::text("评论"));
  bool any = false;
  for (Index i = 0; i < text.length; ++i) {
    EXPECT_EQ(a.at(i), b.at(text.length + i));
    any = any || a.at(i) >= 0;
    EXPECT_LT(a.at(i), static_cast<double>(text.buckets));
    EXPECT_EQ(a.at(2 * text.length + i), a.at(i)) << "rows beyond the given ones repeat them";
  }
  EXPECT_TRUE(any);
}

TEST(Pipeline, RowsBeyondTheGivenOnesRepeatThemAndWeighNothing) {
  const Table table = mixed(200);
  const Pipeline pipeline = fitted(table, 200);
  const Encoded encoded = encode(table, pipeline, Targets::required);
  const auto batch = batch_of(encoded.data, pipeline, {7, 9}, 3);
  const Tensor& weight = batch.at(inputs::row_weight);
  EXPECT_EQ(weight.at(0), 1);
  EXPECT_EQ(weight.at(1), 1);
  EXPECT_EQ(weight.at(2), 0);
  for (const auto& [name, tensor] : batch) {
    if (name == inputs::row_weight) continue;
    const Index width = tensor.count() / 3;
    for (Index i = 0; i < width; ++i) EXPECT_EQ(tensor.at(2 * width + i), tensor.at(i)) << name;
  }
}

TEST(Pipeline, ColumnsMustBeThere) {
  const Pipeline pipeline = fitted(mixed(200), 200);
  const Error absent = error_from(
      [&] { encode(read("面积,income,city,sold,y\n1,2,北京,2024-01-01,好\n"), pipeline, Targets::required); });
  EXPECT_EQ(absent.code(), Code::data);
  EXPECT_NE(std::string(absent.what()).find("评论"), std::string::npos) << absent.what();
  const Encoded more =
      encode(read("面积,income,city,sold,评论,y,颜色\n1,2,北京,2024-01-01,好,好,红\n"), pipeline, Targets::required);
  ASSERT_EQ(more.warnings.size(), 1u);
  EXPECT_NE(more.warnings[0].text.find("颜色"), std::string::npos) << more.warnings[0].text;
  const Error label = error_from(
      [&] { encode(read("面积,income,city,sold,评论,y\n1,2,北京,2024-01-01,好,好.\n"), pipeline, Targets::required); });
  EXPECT_NE(std::string(label.what()).find("\"好.\" was not seen in training"), std::string::npos) << label.what();
  EXPECT_NE(label.hint().find("trim_labels = \".\""), std::string::npos) << label.hint();
  EXPECT_EQ(encode(read("面积,income,city,sold,评论\n1,2,北京,2024-01-01,好\n"), pipeline, Targets::optional).data.rows,
            1);
}

TEST(Pipeline, TargetsReadBackInTheirUnit) {
  for (const bool log : {false, true}) {
    TargetEncoder target{
        .name = "y", .task = Task::regression, .classes = {}, .trim = {}, .log = log, .center = 3, .scale = 2};
    for (const double y : {0.0, 1.0, 12.5, 1e6}) EXPECT_NEAR(target.decode(target.encode(y)), y, 1e-9 * (1 + y));
  }
}

// Two images of two pixels in three channels, and one that training does not see.
TEST(Pipeline, StandardisesEachChannelByTrainingImages) {
  Pipeline pipeline;
  pipeline.image_rows = 1;
  pipeline.image_columns = 2;
  pipeline.image_channels = 3;
  pipeline.target.name = "label";
  const ImageStore images(
      ImageBlock{{1, 2, 3}, {0, 10, 200, 100, 30, 200, 0, 10, 200, 100, 30, 200, 255, 255, 255, 255, 255, 255}});
  fit_images(pipeline, images, {0, 1});
  for (const auto& [c, mean, deviation] : {std::tuple{0u, 50.0, 50.0}, {1u, 20.0, 10.0}, {2u, 200.0, 0.0}}) {
    EXPECT_NEAR(pipeline.image_center[c], mean / 255, 1e-12);
    EXPECT_NEAR(pipeline.image_scale[c], std::max(1e-6, deviation / 255), 1e-9);
  }
  Dataset data;
  data.rows = 3;
  data.images = images;
  const auto batch = batch_of(data, pipeline, {1}, 2);
  const float expected[] = {-1, -1, 0, 1, 1, 0};
  EXPECT_EQ(batch.at(inputs::image).shape(), (Shape{2, 6}));
  for (Index p = 0; p < 12; ++p) EXPECT_NEAR(batch.at(inputs::image).at(p), static_cast<double>(expected[p % 6]), 1e-3);
}

TEST(Pipeline, ReadsImagesOfTheFormatBefore) {
  Pipeline pipeline;
  pipeline.image_rows = pipeline.image_columns = 28;
  pipeline.image_channels = 1;
  pipeline.image_center = {0.25};
  pipeline.image_scale = {0.5};
  const std::string now = to_json(pipeline);
  std::string before = now;
  const auto replace = [&](const std::string& from, const std::string& to) {
    ASSERT_NE(before.find(from), std::string::npos) << from;
    before.replace(before.find(from), from.size(), to);
  };
  replace("pipeline/3", "pipeline/2");
  replace(" \"image_center\": [\n  0.25\n ],", " \"image_center\": 0.25,");
  replace(" \"image_scale\": [\n  0.5\n ],", " \"image_scale\": 0.5,");
  replace(" \"image_channels\": 1,\n", "");
  replace(" \"image_column\": \"\",\n", "");
  replace(" \"image_resized\": false,\n", "");
  EXPECT_EQ(to_json(pipeline_from_json(before, "before")), now);
  replace("\"image_rows\": 28", "\"image_rows\": -1");
  EXPECT_EQ(error_from([&] { pipeline_from_json(before, "before"); }).code(), Code::data);
}

}  // namespace
}  // namespace fathom
