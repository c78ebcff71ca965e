// `fathom export` from end to end: a network is trained on a table, exported, fed by ONNX Runtime with what the columns
// hold, and must say what `fathom predict` says.
#include <algorithm>
#include <cmath>
#include <sstream>

#include "cli/program.hpp"
#include "fathom/base/atomic_file.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/nn/activations.hpp"
#include "fathom/train/prepare.hpp"
#include "onnx/runtime.hpp"
#include "support/image_bytes.hpp"

namespace fathom {
namespace {

using Inputs = std::vector<std::pair<std::string, Tensor>>;

enum class Target { number, skewed, binary, kinds };

// Columns of every kind, with gaps. `strange`: and with what training never saw.
std::string table_of(int rows, Target target, bool strange) {
  Random random(11, strange ? "strange" : "usual", static_cast<std::uint64_t>(target));
  const char* cities[] = {"Berlin", "Paris", "Lima", "Oslo", "Rome", "Kyoto", "", "Cairo"};
  const char* words[] = {"bright", "quiet", "new", "old", "garden", "noisy", "明亮", "安静的房子"};
  std::string text = "year,income,share,garden,city,remark,sold_at,born,";
  text += target == Target::number || target == Target::skewed ? "price\n" : "label\n";
  const auto pick = [&](auto& list) { return list[static_cast<std::size_t>(random.uniform() * 7.999)]; };
  for (int row = 0; row < rows; ++row) {
    const double year = 1995 + std::floor(random.uniform() * 25), share = random.uniform(),
                 income = std::exp(12 * random.uniform() * random.uniform());
    const bool garden = random.uniform() < 0.5, gap = random.uniform() < 0.15;
    const char* city = strange && row % 5 == 0 ? "Atlantis" : pick(cities);
    const double score = share + (garden ? 1 : 0) + std::log(income) / 6 + (year - 2005) / 20;
    text += fmt::format("{},{},{},{},{},{} {},", year, gap ? "" : fmt::format("{:.3f}", income),
                        strange && row % 7 == 0 ? 1e9 : share, garden ? "yes" : "no", city, pick(words), pick(words));
    text +=
        gap ? ""
            : fmt::format("20{:02}-{:02}-{:02} {:02}:{:02}", row % 23, row % 12 + 1, row % 28 + 1, row % 24, row % 60);
    text += fmt::format(",{}-{:02}-11,", 1950 + row % 55, row % 12 + 1);
    if (target == Target::number) text += fmt::format("{:.4f}\n", 300 * score);
    if (target == Target::skewed) text += fmt::format("{:.4f}\n", std::exp(4 * score));
    if (target == Target::binary) text += score > 1.3 ? "sold\n" : "kept\n";
    if (target == Target::kinds) text += score > 1.7 ? "high\n" : score > 1 ? "middle\n" : "low\n";
  }
  return text;
}

// What the columns of a file hold, as docs/onnx.md says that it is given to the network.
Inputs inputs_of(const Pipeline& pipeline, const Dataset& data) {
  Inputs inputs;
  const Index rows = data.rows;
  const auto columns = [&](const std::string& name, Dtype dtype, const auto& lists) {
    if (lists.empty()) return;
    Tensor tensor(Type{dtype, {rows, static_cast<Index>(lists.size())}});
    for (Index row = 0; row < rows; ++row)
      for (std::size_t k = 0; k < lists.size(); ++k)
        tensor.set(row * static_cast<Index>(lists.size()) + static_cast<Index>(k),
                   static_cast<double>(lists[k][static_cast<std::size_t>(row)]));
    inputs.emplace_back(name, tensor);
  };
  columns("numbers", Dtype::f32, data.numbers);
  columns("dates", Dtype::f64, data.dates);
  for (std::size_t k = 0; k < pipeline.categories.size(); ++k)
    inputs.emplace_back("category/" + pipeline.categories[k].name, Tensor({rows}, data.categories[k]));
  for (std::size_t k = 0; k < pipeline.texts.size(); ++k) {
    const Index length = pipeline.texts[k].length;
    Tensor ids(Type{Dtype::i32, {rows, length}});
    for (std::int32_t& id : ids.span<std::int32_t>()) id = -1;
    const Dataset::Bags& bags = data.texts[k];
    for (Index row = 0; row < rows; ++row)
      for (std::int64_t i = bags.starts[static_cast<std::size_t>(row)];
           i < bags.starts[static_cast<std::size_t>(row) + 1]; ++i)
        ids.set(row * length + i - bags.starts[static_cast<std::size_t>(row)], bags.ids[static_cast<std::size_t>(i)]);
    inputs.emplace_back("text/" + pipeline.texts[k].name, ids);
  }
  if (pipeline.pixels() > 0) {
    Tensor image(Type{Dtype::f32, {rows, pipeline.image_rows, pipeline.image_columns, pipeline.image_channels}});
    for (Index row = 0; row < rows; ++row) {
      const Image its = data.images.image(row);
      for (std::size_t p = 0; p < its.pixels.size(); ++p)
        image.set(row * pipeline.pixels() + static_cast<Index>(p), its.pixels[p]);
    }
    inputs.emplace_back("image", image);
  }
  return inputs;
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::stringstream stream(line);
  for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
  return fields;
}

// A run that was exported, waiting for ONNX Runtime, with what `predict` says.
struct Exported {
  std::string name;
  Pipeline pipeline;
  std::vector<std::string> predicted;  // lines
};

class Exports {
 public:
  const Pipeline& last() const { return all_.back().pipeline; }
  // Trains in `place`, exports, predicts `rows_file`.
  void add(const Workplace& place, const std::string& name, std::vector<std::string> train,
           const std::string& rows_file) {
    SCOPED_TRACE(name);
    train.insert(train.begin(), "train");
    const Outcome trained = place.run(train);
    ASSERT_EQ(trained.code, 0) << trained.err;
    const std::string file = fmt::format("{}.onnx", all_.size());
    const Outcome written = place.run({"export", "latest", "-o", file});
    ASSERT_EQ(written.code, 0) << written.err;
    EXPECT_EQ(written.out, file + "\n");
    const Outcome predicted = place.run({"predict", "latest", rows_file, "--proba"});
    ASSERT_EQ(predicted.code, 0) << predicted.err;
    Exported& one = all_.emplace_back();
    one.name = name;
    const std::string json = place.path("runs/latest/model/pipeline.json");
    one.pipeline = pipeline_from_json(read_file(json), json);
    one.predicted = lines_of(predicted.out);
    const auto data =
        prepare_more(place.path(rows_file), "", one.pipeline, Targets::optional, one.pipeline.reading.options);
    std::vector<std::pair<std::string, Dtype>> outputs{{"prediction", Dtype::f32}};
    if (one.pipeline.target.task != Task::regression)
      outputs = {{"prediction", Dtype::i32}, {"probabilities", Dtype::f32}};
    runtime_.add(place.path(file), inputs_of(one.pipeline, data->data), outputs);
  }

  void check() {
    const auto results = runtime_.run();
    ASSERT_EQ(results.size(), all_.size());
    for (std::size_t k = 0; k < all_.size(); ++k) {
      SCOPED_TRACE(all_[k].name);
      ASSERT_EQ(results[k].error, "");
      compare(all_[k], results[k].outputs);
    }
  }

 private:
  static void compare(const Exported& one, const std::vector<Tensor>& outputs) {
    const auto& classes = one.pipeline.target.classes;
    const auto names = fields_of(one.predicted.front());  // those of a folder begin with the image's
    const auto at = static_cast<std::size_t>(std::find(names.begin(), names.end(), "prediction") - names.begin());
    ASSERT_EQ(outputs[0].count(), static_cast<Index>(one.predicted.size()) - 1);
    ASSERT_GT(outputs[0].count(), 20);
    for (Index row = 0; row < outputs[0].count(); ++row) {
      const auto fields = fields_of(one.predicted[static_cast<std::size_t>(row) + 1]);
      SCOPED_TRACE(fmt::format("row {}", row));
      if (classes.empty()) {
        const double expected = std::stod(fields[at]);
        EXPECT_NEAR(outputs[0].at(row), expected, 1e-5 * std::max(1.0, std::abs(expected)));
        continue;
      }
      EXPECT_EQ(classes[static_cast<std::size_t>(outputs[0].at(row))], fields[at]);
      for (std::size_t c = 0; c < classes.size(); ++c)
        EXPECT_NEAR(outputs[1].at(row * static_cast<Index>(classes.size()) + static_cast<Index>(c)),
                    std::stod(fields[at + 1 + c]), 1e-5);
    }
  }

  OnnxRuntime runtime_;
  std::vector<Exported> all_;
};

TEST(OnnxExport, SaysWhatPredictSays) {
  NEEDS_ONNX_RUNTIME();
  const Workplace place;
  Exports exports;
  for (const auto& [name, target] : std::map<std::string, Target>{{"number", Target::number},
                                                                  {"skewed", Target::skewed},
                                                                  {"binary", Target::binary},
                                                                  {"kinds", Target::kinds}}) {
    place.write(name + ".csv", table_of(300, target, false));
    place.write(name + "_new.csv", table_of(40, target, true));
    const std::string column = target == Target::number || target == Target::skewed ? "price" : "label";
    exports.add(place, name, {name + ".csv", "--target", column, "--epochs", "2"}, name + "_new.csv");
    exports.add(place, name + ", linear",
                {name + ".csv", "--target", column, "--epochs", "1", "--set", "model.hidden=[]"}, name + "_new.csv");
  }
  for (const std::string& activation : activation_names())
    exports.add(place, activation,
                {"kinds.csv", "--target", "label", "--epochs", "1", "--set", "model.hidden=[12,8]", "--set",
                 "model.norm=layer", "--set", "model.dropout=0.2", "--set", "model.activation=" + activation},
                "kinds_new.csv");
  exports.check();
}

std::string big_endian(std::uint32_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8), static_cast<char>(n)};
}

TEST(OnnxExport, SaysWhatPredictSaysOfImages) {
  NEEDS_ONNX_RUNTIME();
  const Workplace place;
  const std::uint32_t rows = 12, columns = 12;
  const auto write = [&](const std::string& name, std::uint32_t count) {
    std::string pixels, labels;
    Random random(5, "images", 0);
    for (std::uint32_t image = 0; image < count; ++image) {
      labels += static_cast<char>(image % 3);
      for (std::uint32_t pixel = 0; pixel < rows * columns; ++pixel)
        pixels += static_cast<char>(image % 3 * 60 + static_cast<std::uint32_t>(random.uniform() * 100));
    }
    place.write(name, big_endian(2051) + big_endian(count) + big_endian(rows) + big_endian(columns) + pixels);
    place.write("train-labels-idx1-ubyte", big_endian(2049) + big_endian(count) + labels);
  };
  write("few", 30);
  write("train-images-idx3-ubyte", 120);
  Exports exports;
  const std::vector<std::vector<std::string>> encoders{
      {"none"},
      {"cnn", "model.encoder.channels=[4,8]", "model.encoder.norm=batch"},
      {"cnn", "model.encoder.channels=[4,6]", "model.encoder.kernel=2", "model.encoder.convolutions=2",
       "model.encoder.groups=2", "model.encoder.pool=mean", "model.encoder.padding=none"},
      {"lenet"},
      {"resnet20"},
      {"resnet18", "data.size=4", "trainer.optimizer=sgd", "trainer.max_steps=1"}};
  for (const std::vector<std::string>& encoder : encoders) {
    std::vector<std::string> train{
        "train-images-idx3-ubyte", "--epochs", "2", "--set", "model.hidden=[16]", "--encoder", encoder.front()};
    for (std::size_t k = 1; k < encoder.size(); ++k) train.insert(train.end(), {"--set", encoder[k]});
    exports.add(place, encoder.front(), train, "few");
  }
  exports.check();
}

// A picture in colour of the kind k, by its number.
std::string picture(std::uint32_t kind, std::uint32_t number) {
  Random random(6, "pictures", number);
  std::vector<std::uint8_t> pixels;
  for (std::uint32_t value = 0; value < 12 * 10 * 3; ++value)
    pixels.push_back(static_cast<std::uint8_t>((value % 3 == kind ? 120 : 20) + random.below(100)));
  return png_bytes(12, 10, PNG_FORMAT_RGB, pixels.data());
}

TEST(OnnxExport, SaysWhatPredictSaysOfPicturesInColour) {
  NEEDS_ONNX_RUNTIME();
  const Workplace place;
  Exports exports;
  std::string homes = "photo,area,city,price\n";
  for (std::uint32_t number = 0; number < 60; ++number) {
    const std::uint32_t kind = number % 3;
    const std::string name = fmt::format("kinds/{}/{}.png", kind, number);
    place.write(name, picture(kind, number));
    homes += fmt::format("{},{}.5,{},{}.25\n", name, number * 37 % 50, number % 2 == 0 ? "Oslo" : "Lima",
                         300 + kind * 100 + number * 37 % 50);
  }
  place.write("homes.csv", homes);
  exports.add(place, "folder", {"kinds", "--epochs", "2", "--encoder", "cnn"}, "kinds");
  ASSERT_EQ(exports.last().image_channels, 3);
  exports.add(place, "beside a number and a category",
              {"homes.csv", "--target", "price", "--epochs", "2", "--encoder", "cnn"}, "homes.csv");
  ASSERT_EQ(exports.last().numbers.size(), 1u);
  ASSERT_EQ(exports.last().categories.size(), 1u);
  ASSERT_GT(exports.last().pixels(), 0);
  exports.check();
}

}  // namespace
}  // namespace fathom
