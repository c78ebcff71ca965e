// Judging outputs: the metrics of a task, each with its 95 % interval.
#pragma once

#include "fathom/train/prepare.hpp"
#include "fathom/train/run_folder_info.hpp"

namespace fathom {

// The metrics of outputs for the rows of a part, the most important first. Names are as shown: "test/auc".
//   regression   rmse mae r2, in the target's own unit
//   binary       auc log_loss accuracy f1
//   classes      accuracy log_loss macro_f1, and top_5 from ten classes on
std::vector<ResultMetric> judge(const DatasetSource& source, const Evaluation& evaluation);

// The name of the first metric of a task, without its part: "auc".
std::string first_metric(Task task);

// Probabilities of the classes [rows, classes] (for binary: of the second), or predicted numbers in the target's unit.
std::vector<double> probabilities(const Pipeline& pipeline, const Tensor& outputs);
std::vector<double> predicted_numbers(const Pipeline& pipeline, const Tensor& outputs);

// Outputs that do not look at the row: the weighted mean (in the target's own unit), or the shares of the classes, of
// the training part; (count + 1/2) / (rows + classes/2) for a class, so that none is impossible.
Tensor constant_outputs(const DatasetSource& source, Index rows);

}  // namespace fathom
