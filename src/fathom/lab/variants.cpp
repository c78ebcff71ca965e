#include "fathom/lab/variants.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace fathom {

namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

std::vector<double> VariantResult::reached(const std::string& metric) const {
  std::vector<double> values;
  for (const TrialResult& result : by_seed)
    values.push_back(result.status == RunStatus::finished ? result.result(metric) : nothing);
  return values;
}

std::vector<double> VariantResult::ended(const std::string& column) const {
  std::vector<double> values;
  for (const TrialResult& result : by_seed) {
    const std::vector<double> all = result.column(column);
    values.push_back(result.status == RunStatus::finished && !all.empty() ? all.back() : nothing);
  }
  return values;
}

Interval VariantResult::mean(const std::string& metric) const { return mean_of_finite(reached(metric)); }

Interval mean_of_finite(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  return mean_interval(values);
}

std::size_t VariantResult::diverged() const {
  return static_cast<std::size_t>(std::count_if(
      by_seed.begin(), by_seed.end(), [](const TrialResult& result) { return result.status == RunStatus::diverged; }));
}

bool VariantResult::is_done() const {
  return std::all_of(by_seed.begin(), by_seed.end(), [](const TrialResult& result) { return result.is_done(); });
}

std::vector<VariantResult> train_variants(Laboratory& lab, const std::vector<Variant>& variants) {
  std::vector<Trial> trials;
  for (const std::uint64_t seed : lab.seeds())
    for (const Variant& variant : variants) {
      trials.push_back(lab.trial(fmt::format("{}, seed {}", variant.name, seed), seed, variant.change));
      trials.back().rows = variant.rows;
    }
  std::vector<VariantResult> results;
  for (const Variant& variant : variants) results.push_back({variant, {}});
  std::size_t place = 0;
  for (TrialResult& result : lab.train(trials)) results[place++ % variants.size()].by_seed.push_back(std::move(result));
  return results;
}

Interval difference(const VariantResult& a, const VariantResult& b, const std::string& metric) {
  return difference(a.reached(metric), b.reached(metric));
}

Interval difference(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> left, right;
  for (std::size_t k = 0; k < std::min(a.size(), b.size()); ++k) {
    if (std::isnan(a[k]) || std::isnan(b[k])) continue;
    left.push_back(a[k]);
    right.push_back(b[k]);
  }
  return paired_interval(left, right);
}

SeedCurve curve_of(const VariantResult& result, const std::string& y, const std::string& x) {
  std::map<double, std::vector<double>> at;
  for (const TrialResult& trial : result.by_seed) {
    const std::vector<double> xs = trial.column(x), ys = trial.column(y);
    for (std::size_t i = 0; i < std::min(xs.size(), ys.size()); ++i)
      if (std::isfinite(ys[i])) at[xs[i]].push_back(ys[i]);
  }
  SeedCurve curve;
  for (const auto& [place, values] : at) {
    curve.x.push_back(place);
    curve.mean.push_back(std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()));
    curve.low.push_back(*std::min_element(values.begin(), values.end()));
    curve.high.push_back(*std::max_element(values.begin(), values.end()));
  }
  return curve;
}

void add_curve(chart::Panel& panel, const SeedCurve& curve, const std::string& name, int color, bool dashed) {
  if (curve.x.empty()) return;
  if (curve.low != curve.high)
    panel.series.push_back(
        {.mark = chart::Mark::band, .x = curve.x, .low = curve.low, .high = curve.high, .color = color, .faint = true});
  panel.series.push_back({.name = name, .x = curve.x, .y = curve.mean, .color = color, .dashed = dashed});
}

std::vector<std::size_t> ranked(const std::vector<VariantResult>& results, const std::string& metric) {
  std::vector<std::size_t> order;
  std::vector<double> means;
  for (std::size_t i = 0; i < results.size(); ++i) {
    means.push_back(results[i].mean(metric).value);
    if (std::isfinite(means[i])) order.push_back(i);
  }
  const bool rises = higher_is_better(std::string_view(metric).substr(metric.find('/') + 1));
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const std::size_t lost = results[a].diverged(), other = results[b].diverged();
    return lost != other ? lost < other : rises ? means[a] > means[b] : means[a] < means[b];
  });
  return order;
}

std::string with_interval(const Laboratory& lab, const Interval& interval) {
  const auto& figure = lab.words().figure;
  if (!std::isfinite(interval.value)) return lab.say("no result");
  if (!std::isfinite(interval.low) || !std::isfinite(interval.high)) return figure(interval.value);
  return lab.say(message("{} (95 %: {} to {})", figure(interval.value), figure(interval.low), figure(interval.high)));
}

std::string plus_minus(const Laboratory& lab, const Interval& interval) {
  const auto& figure = lab.words().figure;
  if (!std::isfinite(interval.value)) return "–";
  const double half = (interval.high - interval.low) / 2;
  if (!std::isfinite(half)) return figure(interval.value);
  // What rounding leaves of seeds that say the same.
  return fmt::format("{} ± {}", figure(interval.value), half > 1e-9 * std::abs(interval.value) ? figure(half) : "0");
}

Finding best_finding(const Laboratory& lab, const std::vector<VariantResult>& results, std::size_t best) {
  const Interval loss = results[best].mean("valid/loss");
  return {.name = "best",
          .sentence = message("Lowest validation loss: {}, {}.", results[best].variant.title, with_interval(lab, loss)),
          .values = {{"place", static_cast<double>(best)}, {"loss", loss.value}},
          .trace = curve_of(results[best], "valid/loss").mean};
}

void add_diverged(const Laboratory& lab, LabReport& report, const std::vector<VariantResult>& results) {
  Finding finding{.name = "diverged", .sentence = {}};
  std::vector<std::string> parts;
  for (const VariantResult& result : results)
    if (const std::size_t diverged = result.diverged(); diverged > 0) {
      finding.values.emplace_back(result.variant.name, static_cast<double>(diverged));
      parts.push_back(lab.say(message("{} in {} of {}", result.variant.title, diverged, result.by_seed.size())));
    }
  if (parts.empty()) return;
  finding.sentence = message("Trainings that diverged: {}.", fmt::format("{}", fmt::join(parts, "; ")));
  report.findings.push_back(std::move(finding));
}

Message no_training_ended() {
  return "Not one of the trainings came to its end with a loss that is a number: try a lower trainer.learning_rate "
         "first (fathom lab rate).";
}

Message one_seed_shows_little() {
  return "One seed shows no more than a tendency: --seeds 3 would tell how far its results can be trusted.";
}

Exhibit variant_table(const Laboratory& lab, const std::vector<VariantResult>& results, const std::string& name) {
  chart::PageTable table;
  table.header = {"", lab.say("training loss"), lab.say("validation loss")};
  table.numbers = {false, true, true};
  const std::string title = lab.words().metric("valid/" + lab.metric());
  for (const char* part : {"training", "validation"}) {
    table.header.push_back(lab.say(message("{}, {}", Message(title), Message(part))));
    table.numbers.push_back(true);
  }
  const bool any_diverged =
      std::any_of(results.begin(), results.end(), [](const VariantResult& result) { return result.diverged() > 0; });
  if (any_diverged) {
    table.header.push_back(lab.say("diverged"));
    table.numbers.push_back(true);
  }
  for (const VariantResult& result : results) {
    std::vector<std::string> row{lab.say(result.variant.title)};
    for (const std::string& metric :
         {std::string("train/loss"), std::string("valid/loss"), "train/" + lab.metric(), "valid/" + lab.metric()}) {
      row.push_back(plus_minus(lab, result.mean(metric)));
    }
    if (any_diverged) row.push_back(fmt::format("{}/{}", result.diverged(), result.by_seed.size()));
    table.rows.push_back(std::move(row));
  }
  return {name, table,
          lab.say("Of the weights that each training kept: the mean over the seeds ± half of its 95 % interval.")};
}

}  // namespace fathom
