// Predictions as text for people and programs: one line a row, and what a judged part shows.
#pragma once

#include "fathom/train/ensemble.hpp"
#include "fathom/train/prepare.hpp"

namespace fathom {

enum class PredictionFormat { csv, json_lines };

// One line for each row of `outputs`: prediction; binary: and the probability of the second class. With `all_classes`
// the probability of each class, p(NAME). Of an ensemble, each member's own prediction follows, run(NAME). CSV begins
// with these names. `images`: the file of each row, before all that.
std::string predictions_text(const Pipeline& pipeline, const Tensor& outputs, bool all_classes, PredictionFormat format,
                             const std::vector<std::string>& images = {}, const std::vector<Member>& members = {});

// What the test part shows, as the files of a run's eval folder. Rows are numbered from 1 as in the file, without its
// header.
//   predictions  row, truth, prediction, probability, loss
//   worst        the same for the 100 rows with the highest loss, or the largest error
//   confusion    truth by prediction, in rows; empty for regression
struct TestTables {
  std::string predictions, worst, confusion;
};
TestTables test_tables(const DatasetSource& source, const Evaluation& evaluation);

}  // namespace fathom
