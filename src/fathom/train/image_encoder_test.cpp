#include "fathom/train/image_encoder.hpp"

#include <gtest/gtest.h>

#include "fathom/data/dataset.hpp"
#include "fathom/train/table_model.hpp"

namespace fathom {
namespace {

Pipeline images(Index rows, Index columns, Index channels = 1) {
  Pipeline pipeline;
  pipeline.image_rows = rows;
  pipeline.image_columns = columns;
  pipeline.image_channels = channels;
  pipeline.target.task = Task::multiclass;
  pipeline.target.classes = {"a", "b", "c"};
  return pipeline;
}

Settings with_encoder(const std::string& type) {
  Settings settings;
  settings.model.encoder.type = type;
  return settings;
}

std::string refusal(const Settings& settings, const Pipeline& pipeline) {
  try {
    check_encoder(settings, pipeline, "data.csv");
    const TableModel model(pipeline, model_options(settings, pipeline));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::config);
    return error.what();
  }
  return "none";
}

TEST(ImageEncoder, AutoIsACnnWhereImagesAreLargeEnough) {
  EXPECT_EQ(resolved_encoder({}, images(28, 28)).type, "cnn");
  EXPECT_EQ(resolved_encoder({}, images(12, 12)).type, "cnn");
  EXPECT_EQ(resolved_encoder({}, images(11, 40)).type, "none");
  EXPECT_EQ(resolved_encoder({}, Pipeline()).type, "none");
  Settings linear;
  linear.model.hidden.emplace();
  EXPECT_EQ(resolved_encoder(linear, images(28, 28)).type, "none");
  EXPECT_EQ(resolved_encoder({}, images(28, 28)).channels, (std::vector<Index>{16, 32}));
  EXPECT_EQ(resolved_encoder({}, images(224, 160)).channels, (std::vector<Index>{16, 32, 32, 32, 32}));  // to 7 x 5
  EXPECT_EQ(resolved_encoder({}, images(12, 900)).channels, (std::vector<Index>{16, 32, 32}));           // to 1 x 112
  EXPECT_EQ(refusal({}, images(12, 900)), "none");
  Settings normed;
  normed.model.encoder.norm = "batch";
  EXPECT_EQ(resolved_encoder(normed, images(28, 28)).channels, (std::vector<Index>{16, 32}));
  Settings own;
  // The channels of a named cnn are its own where they are asked for.
  for (const std::vector<Index>& asked : {std::vector<Index>{8}, std::vector<Index>{32, 64}}) {
    own.model.encoder.channels = asked;
    EXPECT_EQ(resolved_encoder(own, images(224, 160)).channels, asked);
  }
  EXPECT_EQ(resolved_encoder(with_encoder("lenet"), images(28, 28)).type, "lenet");
}

TEST(ImageEncoder, AutoHiddenLayersDependOnTheEncoder) {
  const auto hidden = [](const std::string& type) { return model_options(with_encoder(type), images(28, 28)).hidden; };
  EXPECT_EQ(hidden("none"), (std::vector<Index>{256, 128}));
  EXPECT_EQ(hidden("cnn"), (std::vector<Index>{128}));
  EXPECT_EQ(hidden("lenet"), std::vector<Index>{});
  EXPECT_EQ(hidden("resnet18"), std::vector<Index>{});
}

TEST(ImageEncoder, MetadataReadsBack) {
  for (const char* type : {"none", "cnn", "lenet", "resnet20", "resnet18"}) {
    EncoderSettings encoder;
    encoder.type = type;
    if (encoder.type == "cnn") {
      encoder.channels = std::vector<Index>{3, 6, 9};
      encoder.convolutions = 2;
      encoder.kernel = 5;
      encoder.stride = 3;
      encoder.groups = 4;
      encoder.pool_size = 7;
      encoder.padding = "none";
      encoder.norm = "batch";
      encoder.pool = "mean";
    }
    Metadata metadata;
    add_metadata(encoder, metadata);
    EXPECT_EQ(encoder_settings(metadata, "file"), encoder) << type;
    for (auto& [key, value] : metadata) {
      const std::string good = value;
      for (const char* bad : {"", "auto", "x", "-1", "3 4x", "99999999999999999999"}) {
        value = bad;
        if (key == "model.encoder.channels" && value.empty()) continue;
        try {
          encoder_settings(metadata, "file");
          ADD_FAILURE() << key << " was taken as " << bad;
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), Code::data);
          EXPECT_EQ(std::string(error.what()), fmt::format("file is damaged: {} is \"{}\"", key, bad));
        }
      }
      value = good;
    }
  }
  EXPECT_EQ(encoder_settings({}, "a file that says nothing").type, "none");
}

TEST(ImageEncoder, RefusesWhatDoesNotFitTheData) {
  EXPECT_EQ(refusal(with_encoder("cnn"), Pipeline()), "model.encoder is of images, and data.csv has none");
  Pipeline table;
  table.numbers.emplace_back().name = "area";
  EXPECT_EQ(refusal(with_encoder("none"), table), "none");
  EXPECT_EQ(refusal(with_encoder("lenet"), images(8, 30)),
            "lenet reads images of at least 12 x 12, and these are 8 x 30");
  Settings wide = with_encoder("cnn");
  wide.model.encoder.kernel = 9;
  EXPECT_EQ(refusal(wide, images(16, 16)), "stage 2 of the cnn has a kernel of 9 x 9, but what it reads is only 8 x 8");
  wide.model.encoder.type = "auto";
  EXPECT_EQ(refusal(wide, Pipeline()), "model.encoder is of images, and data.csv has none");
}

// Every encoder makes features that the other columns of a table join, and scores for each class.
TEST(ImageEncoder, JoinsTheOtherColumns) {
  for (const char* type : {"none", "cnn", "lenet", "resnet20", "resnet18"}) {
    Pipeline pipeline = images(12, 14, 3);
    pipeline.numbers.emplace_back().name = "area";
    pipeline.categories.push_back({.name = "city", .vocabulary = {"x", "y"}, .width = 4});
    const TableModelOptions options = model_options(with_encoder(type), pipeline);
    const TableModel model(pipeline, options);
    const auto types = batch_types(pipeline, 5);
    Trace trace;
    EXPECT_EQ(model(Batch(trace.graph(), types)).shape(), (Shape{5, 3})) << type;
    const Parameter* first = model.parameters().find(options.hidden.empty() ? "output.weight" : "hidden1.weight");
    ASSERT_NE(first, nullptr);
    const std::map<std::string, Index> widths{
        {"none", 12 * 14 * 3}, {"cnn", 3 * 3 * 64}, {"lenet", 84}, {"resnet20", 64}, {"resnet18", 512}};
    EXPECT_EQ(first->type.shape[0], widths.at(type) + 1 + 4) << type;
  }
}

}  // namespace
}  // namespace fathom
