// Dataset: rows ready for a network, kept in the compact form of their columns and spread out batch by batch.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fathom/base/tensor.hpp"
#include "fathom/data/image_store.hpp"
#include "fathom/data/pipeline.hpp"

namespace fathom {

// The names of a batch's inputs.
namespace inputs {
inline constexpr const char* dense = "dense";            // f32 [batch, dense_width]
inline constexpr const char* image = "image";            // f32 [batch, rows * columns * channels]
inline constexpr const char* target = "target";          // f32 [batch], or i32 [batch] for classes
inline constexpr const char* row_weight = "row_weight";  // f32 [batch]
// Where images are mixed in pairs: the target of the other image, as `target` is, and the share of the row's own.
inline constexpr const char* mixed_target = "mixed_target";
inline constexpr const char* own_share = "own_share";                                // f32 [batch], 0.5 to 1
inline std::string category(const std::string& name) { return "category/" + name; }  // i32 [batch]
inline std::string text(const std::string& name) { return "text/" + name; }          // i32 [batch, length]; -1: padding
}  // namespace inputs

struct Dataset {
  Index rows = 0;
  std::vector<std::vector<float>> numbers;            // by number encoder: values as read, NaN for missing
  std::vector<std::vector<double>> dates;             // by date encoder: seconds
  std::vector<std::vector<std::int32_t>> categories;  // by category encoder: levels, or -1
  struct Bags {
    std::vector<std::int64_t> starts;  // rows + 1
    std::vector<std::int32_t> ids;
  };
  std::vector<Bags> texts;            // by text encoder
  ImageStore images;                  // of the rows
  std::vector<float> target_numbers;  // regression: as read, NaN for missing; binary: 0 or 1
  std::vector<std::int32_t> target_classes;
  std::vector<float> weights;  // one a row, or empty for 1 each

  // The class of a row that has one.
  std::size_t class_of(Index row) const {
    const auto i = static_cast<std::size_t>(row);
    return static_cast<std::size_t>(target_classes.empty() ? static_cast<std::int32_t>(target_numbers[i])
                                                           : target_classes[i]);
  }
  // That it holds in memory.
  std::size_t bytes() const;
};

enum class Targets { required, optional };

struct Encoded {
  Dataset data;
  std::vector<Message> warnings;
  std::vector<std::uint8_t> keep;  // 0 for rows without a target
};

// Encodes a table with a fitted pipeline. Throws Error(data) for a column that the pipeline needs and the table lacks,
// and for labels that training never saw (naming the key that trims them, if trimming makes them fit). A column that
// training never saw is passed over with a warning. Where targets are optional, the target's column is not read.
// `weight_column`: empty for none.
Encoded encode(const Table& table, const Pipeline& pipeline, Targets targets, const std::string& weight_column = {});
// The same, moving the numbers out of a table that is no longer needed; of it the lines remain.
Encoded encode(Table&& table, const Pipeline& pipeline, Targets targets, const std::string& weight_column = {});

// Brings the values of images, 0 to 255, to the mean and the scale that the pipeline was fitted to.
class Normaliser {
 public:
  explicit Normaliser(const Pipeline& pipeline);

  // `count` values: whole pixels, the channels of each beside each other.
  template <class T>
  void apply(const T* from, Index count, float* to) const {
    const auto channels = static_cast<Index>(factors_.size());
    if (channels == 1) {
      for (Index p = 0; p < count; ++p) to[p] = static_cast<float>(from[p]) * factors_[0] - shifts_[0];
    } else if (channels == 3) {
      const float f0 = factors_[0], f1 = factors_[1], f2 = factors_[2], s0 = shifts_[0], s1 = shifts_[1],
                  s2 = shifts_[2];
      for (Index p = 0; p < count; p += 3) {
        to[p] = static_cast<float>(from[p]) * f0 - s0;
        to[p + 1] = static_cast<float>(from[p + 1]) * f1 - s1;
        to[p + 2] = static_cast<float>(from[p + 2]) * f2 - s2;
      }
    } else {
      for (Index p = 0; p < count; ++p) {
        const auto c = static_cast<std::size_t>(p % channels);
        to[p] = static_cast<float>(from[p]) * factors_[c] - shifts_[c];
      }
    }
  }

 private:
  std::vector<float> factors_, shifts_;  // by channel
};

// The type of each input for a batch of so many rows.
std::map<std::string, Type> batch_types(const Pipeline& pipeline, Index batch);
// Writes the numbers that a network reads of an image into `to`: of row rows[i], whose pixels are given. Several
// threads may call it at the same time.
using WriteImage = std::function<void(std::size_t i, const std::uint8_t* pixels, float* to)>;
// Writes rows into a batch's tensors; rows beyond them repeat them with weight 0. Images are normalised where
// `write_image` is empty. Throws what ImageStore::each does.
void fill_batch(const Dataset& data, const Pipeline& pipeline, std::span<const Index> rows,
                std::map<std::string, Tensor>& batch, const WriteImage& write_image = {});

}  // namespace fathom
