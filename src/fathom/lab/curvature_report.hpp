// What a survey of a run's curvature says: in sentences, as a page, as JSON and as tables.
//
// 1. Every sentence has the numbers that it rests on, and claims no more than they do.
// 2. The page is a file of its own: it loads nothing and runs nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fathom/data/json.hpp"
#include "fathom/inspect/survey.hpp"
#include "fathom/lab/report.hpp"

namespace fathom {

// The statistics that batch normalisation took: those it has kept, or those of the rows as one batch.
enum class BatchNormUse { none, kept, batch };

// Of what a survey was made.
struct CurvatureRecord {
  int run = 0;
  std::string run_name;
  std::string checkpoint;    // "best", "last"
  std::string optimizer;     // of the settings
  double learning_rate = 0;  // at its highest
  double edge = 0;           // the largest curvature that the optimizer bears at it (sharpness.hpp)
  bool divides = false;      // the optimizer divides each gradient by a number of its own
  // The largest of the Hessian that is divided so, where known.
  std::optional<curvature::Eigenvalue> preconditioned = {};
  Index all_rows = 0;          // of the training part
  Index updates = 0;           // of each training that tried a way out
  bool whole_batches = false;  // their updates take all rows, so that seeds change nothing
  bool can_go_on = false;      // the training can go on from behind the step
  BatchNormUse batch_norm = BatchNormUse::none;
  std::vector<std::string> kinked = {};  // names of its activations that have a kink, each once
  bool max_pool = false;                 // it has max pools, whose kinks are not counted
  // Of the rows: those that one step of gradient descent at the learning rate takes across a kink; nothing for a
  // network without such activations.
  std::optional<Index> kink_rows = {};
  std::string escaped_file = {};  // that holds the weights behind the step; empty where there is none
  curvature::Survey survey = {};
};

// The verdict first, then what it rests on.
std::vector<Message> curvature_sentences(const CurvatureRecord& record);
// Where a direction lies: "hidden1.weight 64.2 %, ...", the parameters with most of its squared norm.
std::string where_of(const curvature::Direction& direction, const std::vector<std::string>& names);

// HTML.
std::string curvature_page(const CurvatureRecord& record, const ReportWords& words);
Json eigenvalue_json(const curvature::Eigenvalue& one);
// A noise scale: its interval, or "≥ 2048" where these rows tell no more; {"at_least": 2048}.
std::string noise_text(const curvature::NoiseScale& noise);
Json noise_json(const curvature::NoiseScale& noise);
// Without "schema" and "event".
Json curvature_json(const CurvatureRecord& record);
// CSV: value,bound of every eigenvalue that is known, ascending; x,density,low,high.
std::string eigenvalues_csv(const curvature::Survey& survey);
std::string density_csv(const curvature::Survey& survey);

}  // namespace fathom
