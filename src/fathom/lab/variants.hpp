// Variants: ways to train that an experiment compares, each trained with every seed, and what they reach.
#pragma once

#include "fathom/lab/lab_report.hpp"
#include "fathom/lab/statistics.hpp"

namespace fathom {

struct Variant {
  std::string name;  // in the names of its runs, in any language: "cosine"
  Message title;     // in pictures
  std::function<void(Settings&)> change;
  std::shared_ptr<const Prepared> rows = nullptr;  // as of a Trial
};

struct VariantResult {
  Variant variant;
  std::vector<TrialResult> by_seed;

  // What the kept weights reach by a metric with its part ("valid/loss"), a value for each seed; NaN where a training
  // diverged or is not done.
  std::vector<double> reached(const std::string& metric) const;
  // A column of metrics.csv in the last epoch, a value for each seed; NaN likewise.
  std::vector<double> ended(const std::string& column) const;
  // The mean of what was reached, over the seeds that reached anything.
  Interval mean(const std::string& metric) const;
  std::size_t diverged() const;
  bool is_done() const;  // with every seed
};

// Trains every variant with every seed, those of one seed after the other: what a time limit cuts off is seeds.
std::vector<VariantResult> train_variants(Laboratory& lab, const std::vector<Variant>& variants);

// The mean of those that are numbers.
Interval mean_of_finite(std::vector<double> values);

// What a reaches less what b does, in pairs of the same seed; NaN values are left out with their partners.
Interval difference(const VariantResult& a, const VariantResult& b, const std::string& metric);
Interval difference(const std::vector<double>& a, const std::vector<double>& b);

// A column of metrics.csv over another, of all seeds that were trained: mean, lowest and highest.
struct SeedCurve {
  std::vector<double> x, mean, low, high;
};
SeedCurve curve_of(const VariantResult& result, const std::string& y, const std::string& x = "epoch");
// The mean as a line; behind it, with several seeds, a band from the lowest to the highest.
void add_curve(chart::Panel& panel, const SeedCurve& curve, const std::string& name, int color, bool dashed = false);

// A table with a row for each variant: its title, the metric's mean and interval on both parts, the losses, and how
// many trainings diverged.
Exhibit variant_table(const Laboratory& lab, const std::vector<VariantResult>& results, const std::string& name);

// The places of the variants that reached anything: those that diverged in the fewest trainings first, of these the
// best by a metric: the mean of those that are left is no fair one.
std::vector<std::size_t> ranked(const std::vector<VariantResult>& results, const std::string& metric);

// The variant at `best` with its validation loss, by name "best".
Finding best_finding(const Laboratory& lab, const std::vector<VariantResult>& results, std::size_t best);
// "diverged": which variants did, in how many of their trainings; nothing where none did.
void add_diverged(const Laboratory& lab, LabReport& report, const std::vector<VariantResult>& results);
// What is advised where not one training ended.
Message no_training_ended();

// What is added where one seed is all there is.
Message one_seed_shows_little();

// "0.312 (95 %: 0.301 to 0.324)", and in a table "0.312 ± 0.012"; without an interval the value alone, "no result"
// and a dash for one that is no number.
std::string with_interval(const Laboratory& lab, const Interval& interval);
std::string plus_minus(const Laboratory& lab, const Interval& interval);

}  // namespace fathom
