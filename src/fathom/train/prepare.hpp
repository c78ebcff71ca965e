// From settings to rows that can be trained on: read, infer, split, fit, encode.
#pragma once

#include <memory>
#include <optional>

#include "fathom/data/dataset.hpp"
#include "fathom/train/settings.hpp"
#include "fathom/train/trainer.hpp"

namespace fathom {

// The parts of a dataset as a trainer draws from them.
class DatasetSource final : public Source {
 public:
  // Keeps references. `rows[part]`: the dataset's rows of each part.
  DatasetSource(const Dataset& data, const Pipeline& pipeline, std::vector<Index> train, std::vector<Index> valid,
                std::vector<Index> test);

  std::map<std::string, Type> inputs(Index batch) const override { return batch_types(pipeline_, batch); }
  Index rows(Part part) const override { return static_cast<Index>(rows_of(part).size()); }
  void fill(Part part, std::span<const Index> rows, BatchTensors& batch) const override { fill(part, rows, batch, {}); }
  // With images as `write_image` makes them: see fill_batch.
  void fill(Part part, std::span<const Index> rows, BatchTensors& batch, const WriteImage& write_image) const;

  const std::vector<Index>& rows_of(Part part) const { return rows_[static_cast<std::size_t>(part)]; }
  const Dataset& data() const { return data_; }
  const Pipeline& pipeline() const { return pipeline_; }

 private:
  const Dataset& data_;
  const Pipeline& pipeline_;
  std::vector<Index> rows_[3];
};

struct Prepared {
  std::string path;
  Index file_rows = 0, file_columns = 0;
  std::size_t file_bytes = 0;
  bool are_images = false;  // a folder of images or CIFAR: the table says their classes and no more
  double seconds = 0;       // to read
  Schema schema;
  std::vector<Message> notes;
  Index dropped = 0;                // rows without a target
  std::vector<std::string> images;  // to predict: the file of each row, where a folder was read
  Message split_words;              // "stratified, seed 42"
  Pipeline pipeline;
  Dataset data, test_data;  // test_data: from a file of its own
  std::unique_ptr<DatasetSource> source;
  std::unique_ptr<DatasetSource> test_source;  // the one whose test part counts: `source`'s if there is no test file
  std::uint64_t hash = 0;                      // of all that was read

  const DatasetSource& test() const { return test_source ? *test_source : *source; }
};

std::unique_ptr<Prepared> prepare(const Settings& settings);

// Fills in what the names of files say. A folder of images may have its test part in test, CIFAR-10 in test_batch.bin.
// For idx, a folder has train-images-idx3-ubyte, train-labels-idx1-ubyte and the same with t10k- for the test part
// (each plain or .gz); images have their labels beside them. What is set stays.
void complete_paths(Settings& settings);

// Rows of a file for a fitted pipeline, all in the test part. Of a folder with a test part: those of that part. Without
// targets, images need no labels. In a libsvm file what is not written is 0, whether or not it was in training.
// `images_where`: see place_images.
std::unique_ptr<Prepared> prepare_more(const std::string& path, const std::string& labels, const Pipeline& pipeline,
                                       Targets targets, const ReadOptions& options, const std::string& row_weight = {},
                                       const std::string& images_where = "auto");

ReadOptions read_options(const Settings& settings);
// The settings that say how the training file was read, as they are kept with the model.
void read_as_trained(const Pipeline& pipeline, Settings& settings);

}  // namespace fathom
