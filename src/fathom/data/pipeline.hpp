// Pipeline: from columns to numbers that a network reads. Fitted on the training rows alone; saved with the model.
//
// 1. Encoding a row with a saved pipeline gives the same bits as when it was fitted.
// 2. A category that training never saw is the level of its rare ones, or no level at all: what nothing taught must not
//    speak. A missing value is a level, or a median with a flag.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fathom/data/image_store.hpp"
#include "fathom/data/schema.hpp"

namespace fathom {

// A number x becomes, in this order: (f(x) - center) / scale, clipped; 1 if it was missing (where training had missing
// values); and how far x has come through each bin, 0 to 1 (piecewise linear encoding: Gorishniy et al. 2022, eq. 1).
struct NumberEncoder {
  std::string name;
  bool log = false;  // f(x) = sign(x) log(1 + |x|)
  double center = 0, scale = 1;
  double fill = 0;      // for a missing value, before f
  double furthest = 0;  // clipped to this from 0; 0: not clipped
  bool flag = false;
  std::vector<float> edges;  // of the bins, ascending: one more than there are bins; empty: none

  Index width() const { return 1 + (flag ? 1 : 0) + (edges.empty() ? 0 : static_cast<Index>(edges.size()) - 1); }
  void encode(float x, float* to) const;
};

// A level's number: its place in the vocabulary; then "other", if training had levels too rare for one of their own;
// then "missing", if training had missing values. What has no level is -1, which an embedding turns into zeros.
struct CategoryEncoder {
  std::string name;
  std::vector<std::string> vocabulary;
  bool other = false, missing = false;
  Index width = 0;  // of the embedding

  Index levels() const { return static_cast<Index>(vocabulary.size()) + (other ? 1 : 0) + (missing ? 1 : 0); }
  std::int32_t other_level() const { return other ? static_cast<std::int32_t>(vocabulary.size()) : -1; }
  std::int32_t missing_level() const { return missing ? static_cast<std::int32_t>(levels()) - 1 : other_level(); }
};

struct TextEncoder {
  std::string name;
  Index buckets = 0, length = 0, width = 0;
};

// A date becomes numbers: days since the first of training (scaled), and where it is in the year, the week and the day,
// each as sine and cosine (the day only where training had times).
struct DateEncoder {
  static constexpr double furthest = 8;  // from 0 that the days are clipped to

  std::string name;
  double first = 0, span = 1;  // seconds
  bool times = false;
  DateOrder order = DateOrder::month_first;

  Index width() const { return times ? 8 : 6; }
  // NaN: zeros, and a flag.
  void encode(double seconds, float* to) const;
};

struct TargetEncoder {
  std::string name;
  Task task = Task::regression;
  std::vector<std::string> classes;  // binary: {negative, positive}
  std::string trim;
  bool log = false;  // regression: the network predicts log(1 + y), scaled
  double center = 0, scale = 1;

  double encode(double y) const;
  double decode(double prediction) const;
};

// How the training file was read; files for the model are read in the same way.
struct Reading {
  ReadOptions options;
  std::string row_weight;
};

struct Pipeline {
  Reading reading;
  std::vector<NumberEncoder> numbers;
  std::vector<DateEncoder> dates;
  std::vector<CategoryEncoder> categories;
  std::vector<TextEncoder> texts;
  TargetEncoder target;
  std::vector<std::string> ignored;  // columns that training saw and did not read
  // Images, [rows, columns, channels] with the channels of a pixel beside each other. A value v of channel c is read as
  // (v / 255 - image_center[c]) / image_scale[c].
  Index image_rows = 0, image_columns = 0, image_channels = 0;
  std::vector<double> image_center, image_scale;
  bool image_resized = false;  // a size was asked for: files of any size are brought to it
  std::string image_column;    // of a table: the one that names image files; empty where the images are the data

  // Numbers of a row that the network reads directly.
  Index dense_width() const;
  // Values of an image.
  Index pixels() const { return image_rows * image_columns * image_channels; }
};

// Fits the encoders of a schema on some rows. `bins`: of the piecewise linear encoding; 0: none.
struct FitOptions {
  Index bins = 16;
};
Pipeline fit_pipeline(const Table& table, const Schema& schema, const std::vector<Index>& train_rows,
                      const std::string& trim_labels, const FitOptions& options = {});

// Sets the mean and the standard deviation of each channel over some rows. Needs: images of the pipeline's size, and at
// least one row. Throws what ImageStore::each does.
void fit_images(Pipeline& pipeline, const ImageStore& images, const std::vector<Index>& rows);

std::string to_json(const Pipeline& pipeline);
// `source` names the text in errors. Throws Error(data) when it is not a pipeline.
Pipeline pipeline_from_json(std::string_view text, const std::string& source);

}  // namespace fathom
