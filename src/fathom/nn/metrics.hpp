// Metrics: how good predictions are, each with a 95 % interval for what it would be on endless data of the same kind.
//
// 1. Weights are one a row, or empty for 1 each; a row of weight 0 is as if it were not there.
// 2. What the data does not define (AUC with one class, R2 of a constant) is NaN, value and interval.
// 3. Proportions have Wilson's interval, the others their asymptotic variance: DeLong's for AUC, the delta method else.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fathom/base/shape.hpp"

namespace fathom::metrics {

struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};

// Numbers in f32 or f64, read as f64.
class Numbers {
 public:
  Numbers() = default;
  Numbers(std::span<const float> values) : singles_(values.data()), size_(values.size()) {}
  Numbers(std::span<const double> values) : doubles_(values.data()), size_(values.size()) {}
  Numbers(const std::vector<float>& values) : Numbers(std::span<const float>(values)) {}
  Numbers(const std::vector<double>& values) : Numbers(std::span<const double>(values)) {}

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  double operator[](std::size_t i) const {
    return doubles_ != nullptr ? doubles_[i] : static_cast<double>(singles_[i]);
  }

 private:
  const float* singles_ = nullptr;
  const double* doubles_ = nullptr;
  std::size_t size_ = 0;
};

using Classes = std::span<const std::int32_t>;

// --- classification ---

Estimate accuracy(Classes predicted, Classes actual, Numbers weights = {});
// Whether the actual class is among the k highest of a row of `scores` [rows, classes]; equals do not push it out of
// the k.
Estimate top_k(Numbers scores, Index classes, Index k, Classes actual, Numbers weights = {});

struct ConfusionMatrix {
  Index classes = 0;
  std::vector<double> weight;          // [actual, predicted]: the sum of the rows' weights
  std::vector<double> squared_weight;  // [actual, predicted]: the sum of their squares

  double at(Index actual, Index predicted) const {
    return weight[static_cast<std::size_t>(actual * classes + predicted)];
  }
};
// Needs: classes in [0, classes).
ConfusionMatrix confusion_matrix(Classes predicted, Classes actual, Index classes, Numbers weights = {});

// Of one class against the others. Precision without a prediction, and recall without a row, are NaN; F1 without
// either, too.
Estimate precision(const ConfusionMatrix& matrix, Index positive = 1);
Estimate recall(const ConfusionMatrix& matrix, Index positive = 1);
Estimate f1(const ConfusionMatrix& matrix, Index positive = 1);
// The mean over classes; what a class does not define counts as 0, and a class with neither rows nor predictions is
// left out.
Estimate macro_precision(const ConfusionMatrix& matrix);
Estimate macro_recall(const ConfusionMatrix& matrix);
Estimate macro_f1(const ConfusionMatrix& matrix);

// Area under the ROC curve: the share of (positive, negative) pairs in which the positive has the higher score; ties
// count 1/2. Classes are 0 and 1. Variance: DeLong, DeLong and Clarke-Pearson 1988.
Estimate auc(Numbers scores, Classes actual, Numbers weights = {});

// The mean of -log probability of the actual class; probabilities are held in [1e-15, 1 - 1e-15].
Estimate log_loss(Numbers probabilities, Classes actual, Numbers weights = {});                 // of class 1: [rows]
Estimate log_loss(Numbers probabilities, Index classes, Classes actual, Numbers weights = {});  // [rows, classes]

// --- regression ---

Estimate mae(Numbers predicted, Numbers actual, Numbers weights = {});
Estimate rmse(Numbers predicted, Numbers actual, Numbers weights = {});
Estimate r2(Numbers predicted, Numbers actual, Numbers weights = {});

// --- the intervals themselves ---

// Wilson 1927: for a proportion of `rows` independent rows.
Estimate proportion(double value, double rows);
// The mean of a row's number, with Student's t.
Estimate mean_of(Numbers values, Numbers weights = {});

}  // namespace fathom::metrics
