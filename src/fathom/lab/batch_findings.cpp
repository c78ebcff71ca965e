#include <algorithm>
#include <cmath>

#include "fathom/chart/scale.hpp"
#include "fathom/lab/batch_parts.hpp"

namespace fathom::batch_lab {

namespace {

// A mean that is behind by less than this share, of the value or of what a share lacks to 1, is as good, where the
// seeds do not say otherwise.
constexpr double as_good_value = 0.02, as_good_lack = 0.1;
// Noise and batch are called far apart from this factor on.
constexpr double far_apart = 4;

// As many values are below it as above.
double middle_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::string size_text(const Measured& measured, std::size_t place) { return chart::count(measured.plan.sizes[place]); }

// How far b is behind a by the task's metric, in pairs of seeds: above 0 where a is better.
Interval lead(const Laboratory& lab, const VariantResult& a, const VariantResult& b) {
  const std::string metric = "valid/" + lab.metric();
  return lab.metric_rises() ? difference(a, b, metric) : difference(b, a, metric);
}

// Of one training.
long long updates_of(const VariantResult& result) {
  const SeedCurve curve = curve_of(result, "step");
  return curve.mean.empty() ? 0 : std::llround(curve.mean.back());
}

// What the sizes are compared by.
struct Ranking {
  std::vector<std::size_t> order;  // places in plan.sizes, the best first
  std::size_t own = 0, advised = 0;
  std::size_t best() const { return order.front(); }
};

// Whether the trainings do not show that this size is worse than the best.
bool is_as_good(const Laboratory& lab, const Measured& measured, std::size_t best, std::size_t place) {
  if (place == best) return true;
  const Interval behind = lead(lab, measured.results[best], measured.results[place]);
  const double reached = measured.results[best].mean("valid/" + lab.metric()).value;
  const double tolerance =
      lab.metric_rises() ? as_good_lack * std::max(0.0, 1 - reached) : as_good_value * std::abs(reached);
  return measured.results[place].diverged() == 0 && sure_sign(behind) <= 0 && behind.value <= tolerance;
}

std::optional<Ranking> ranking_of(const Laboratory& lab, const Measured& measured) {
  Ranking ranking;
  ranking.order = ranked(measured.results, "valid/" + lab.metric());
  if (ranking.order.empty()) return std::nullopt;
  for (std::size_t i = 0; i < measured.plan.sizes.size(); ++i)
    if (measured.plan.sizes[i] == measured.own) ranking.own = i;
  ranking.advised = ranking.best();
  for (const std::size_t place : ranking.order)
    if (is_as_good(lab, measured, ranking.best(), place) &&
        measured.epoch_seconds(measured.plan.sizes[place]) <
            measured.epoch_seconds(measured.plan.sizes[ranking.advised]))
      ranking.advised = place;
  return ranking;
}

Finding best_finding(const Laboratory& lab, const Measured& measured, const Ranking& ranking) {
  const Interval reached = measured.results[ranking.best()].mean("valid/" + lab.metric());
  Finding finding{.name = "best",
                  .sentence = message("The best {} on validation rows is that of batch {}: {}.",
                                      Message(lab.words().metric("valid/" + lab.metric())),
                                      size_text(measured, ranking.best()), with_interval(lab, reached)),
                  .values = {{"batch", static_cast<double>(measured.plan.sizes[ranking.best()])},
                             {"value", reached.value},
                             {"low", reached.low},
                             {"high", reached.high}}};
  for (const VariantResult& result : measured.results)
    finding.trace.push_back(result.mean("valid/" + lab.metric()).value);
  return finding;
}

// A size at an end beside the best one, and what it lacks.
Finding end_finding(const Laboratory& lab, const Measured& measured, const Ranking& ranking, std::size_t place,
                    const std::string& name) {
  const VariantResult& best = measured.results[ranking.best()];
  const VariantResult& end = measured.results[place];
  const Interval behind = lead(lab, best, end);
  const Interval loss = difference(end, best, "train/loss");
  const std::string size = size_text(measured, place), by = with_interval(lab, behind);
  const bool surely = sure_sign(behind) > 0, trains_worse = sure_sign(loss) > 0;
  Message sentence;
  if (end.diverged() > 0)
    sentence = message("Batch {} diverged in {} of {} trainings.", size, end.diverged(), end.by_seed.size());
  else if (!std::isfinite(behind.value))
    sentence = message("The trainings of batch {} did not come to their end.", size);
  else if (!std::isfinite(behind.low))
    sentence = message("Batch {} ends {} behind it, by the one seed there is.", size, by);
  else if (!surely)
    sentence = message("Batch {} ends {} behind it, but the seeds do not agree: by them, the two cannot be told apart.",
                       size, by);
  else if (trains_worse && place > ranking.best())
    sentence = message(
        "Batch {} ends {} behind it, and its training loss is {} higher as well: it is optimization that lacks, with "
        "{} "
        "updates in place of {}.",
        size, by, with_interval(lab, loss), chart::count(updates_of(end)), chart::count(updates_of(best)));
  else if (trains_worse)
    sentence = message(
        "Batch {} ends {} behind it, and its training loss is {} higher as well: the noise of so few rows, at this "
        "learning rate, keeps it from going lower.",
        size, by, with_interval(lab, loss));
  else if (sure_sign(loss) < 0)
    sentence = message(
        "Batch {} ends {} behind it, though its training loss is {} lower: what it learns holds less on new rows.",
        size, by, with_interval(lab, {-loss.value, -loss.high, -loss.low}));
  else
    sentence = message("Batch {} ends {} behind it; by their training losses the two cannot be told apart.", size, by);
  Finding finding{.name = name,
                  .sentence = std::move(sentence),
                  .values = {{"batch", static_cast<double>(measured.plan.sizes[place])},
                             {"behind", behind.value},
                             {"low", behind.low},
                             {"high", behind.high},
                             {"sure", surely ? 1.0 : 0.0},
                             {"train_loss_above", loss.value}}};
  finding.trace = curve_of(end, "valid/loss").mean;
  return finding;
}

Finding flat_finding(const StepTimes& times, const std::string& name) {
  const Index until = flat_until(times);
  std::size_t at = 0, sixty_four = times.batches.size();
  for (std::size_t i = 0; i < times.batches.size(); ++i) {
    if (times.batches[i] == until) at = i;
    if (times.batches[i] == 64) sixty_four = i;
  }
  Finding finding{.name = name,
                  .sentence = {},
                  .values = {{"threads", static_cast<double>(times.threads)},
                             {"batch", static_cast<double>(until)},
                             {"seconds", times.seconds[at]},
                             {"seconds_of_one", times.seconds.front()}},
                  .trace = {}};
  if (sixty_four < times.batches.size())
    finding.values.emplace_back("ratio_at_64", times.seconds[sixty_four] / times.seconds.front());
  for (const double seconds : times.seconds) finding.trace.push_back(std::log(seconds));
  const Message threads = threads_text(times.threads), one = time_text(times.seconds.front());
  const bool to_the_end = at + 1 == times.batches.size();
  if (at == 0 && !to_the_end)
    finding.sentence = message("On {}, one update of {} row takes {}, and one of {} already twice as long.", threads,
                               times.batches.front(), one, times.batches[1]);
  else if (to_the_end)
    finding.sentence = message("On {}, no batch costs twice an update of one row ({}): up to all {} rows it takes {}.",
                               threads, one, chart::count(until), time_text(times.seconds[at]));
  else
    finding.sentence = message("On {}, an update stays under twice that of one row ({}) up to batch {} ({}).", threads,
                               one, chart::count(until), time_text(times.seconds[at]));
  return finding;
}

Finding growth_finding(const StepTimes& times) {
  const auto growth = linear_growth(times);
  Finding finding{.name = "linear_growth", .sentence = {}};
  if (growth) {
    finding.sentence = message("From batch {} on, time grows in proportion to the rows (to the power {:.2f}).",
                               chart::count(growth->batch), growth->exponent);
    finding.values = {{"batch", static_cast<double>(growth->batch)}, {"exponent", growth->exponent}};
  } else {
    finding.sentence = "Within the sizes measured, time does not come to grow in proportion to the rows.";
  }
  return finding;
}

Finding epoch_finding(const Measured& measured) {
  const EpochTimes& times = measured.epochs.back();
  const auto fastest =
      static_cast<std::size_t>(std::min_element(times.seconds.begin(), times.seconds.end()) - times.seconds.begin());
  const double slowest = times.seconds.front();
  Finding finding{.name = "epoch_time",
                  .sentence = message("An epoch takes {} in batches of {} and {} in batches of {}, on {}.",
                                      time_text(slowest), times.batches.front(), time_text(times.seconds[fastest]),
                                      chart::count(times.batches[fastest]), threads_text(times.threads)),
                  .values = {{"slowest", slowest},
                             {"fastest", times.seconds[fastest]},
                             {"fastest_batch", static_cast<double>(times.batches[fastest])}},
                  .trace = {}};
  for (const double seconds : times.seconds) finding.trace.push_back(std::log(seconds));
  return finding;
}

std::optional<Finding> reached_finding(const Laboratory& lab, const Measured& measured) {
  const Reached first = reached(measured);
  if (first.places.empty()) return std::nullopt;
  const auto least = [&](const std::vector<double>& values) {
    return static_cast<std::size_t>(std::min_element(values.begin(), values.end()) - values.begin());
  };
  const std::size_t by_time = least(first.seconds), by_updates = least(first.updates), by_epochs = least(first.epochs);
  return Finding{
      .name = "first_to_reach",
      .sentence = message(
          "Half of the sizes reach a validation loss of {}: first by time batch {}, after {}; by updates "
          "batch {}, after {}; by epochs batch {}, after {}.",
          lab.words().figure(first.loss), size_text(measured, first.places[by_time]), time_text(first.seconds[by_time]),
          size_text(measured, first.places[by_updates]), chart::count(std::llround(first.updates[by_updates])),
          size_text(measured, first.places[by_epochs]), chart::count(std::llround(first.epochs[by_epochs]))),
      .values = {{"loss", first.loss},
                 {"by_time", static_cast<double>(measured.plan.sizes[first.places[by_time]])},
                 {"by_updates", static_cast<double>(measured.plan.sizes[first.places[by_updates]])},
                 {"by_epochs", static_cast<double>(measured.plan.sizes[first.places[by_epochs]])}}};
}

// The batch that the noise of the trained weights suggests: the nearest power of two; where the draws give the noise no
// upper end, the lower end, which is all they tell. 0 where there is neither.
struct SuggestedBatch {
  double rows = 0;
  bool is_least = false;
};
SuggestedBatch suggested_batch(const Measured& measured) {
  const Interval& noise = measured.noise.back().scales.gradients.rows;
  const bool is_least = !std::isfinite(noise.value) || !std::isfinite(noise.high);
  const double rows = is_least ? noise.low : noise.value;
  if (!std::isfinite(rows) || (is_least && rows < 1)) return {};
  const double exponent = std::log2(std::max(rows, 1.0));
  const double size = std::exp2(is_least ? std::floor(exponent) : std::round(exponent));
  return {std::min(size, static_cast<double>(measured.rows)), is_least};
}

std::string noise_text(const Laboratory& lab, const NoiseScale& scale) {
  const auto rows = [](double value) { return std::isfinite(value) ? chart::number(value, 3) : std::string("∞"); };
  return lab.say(message("{} (95 %: {} to {})", rows(scale.rows.value), rows(scale.rows.low), rows(scale.rows.high)));
}

Finding noise_finding(const Laboratory& lab, const Measured& measured) {
  const NoiseScales &first = measured.noise.front().scales, &last = measured.noise.back().scales;
  const SuggestedBatch suggested = suggested_batch(measured);
  const bool agree = last.gradients.rows.low <= last.norms.rows.high && last.norms.rows.low <= last.gradients.rows.high;
  Finding finding{.name = "noise_scale",
                  .sentence = {},
                  .values = {{"start", first.gradients.rows.value},
                             {"start_low", first.gradients.rows.low},
                             {"start_high", first.gradients.rows.high},
                             {"start_norms", first.norms.rows.value},
                             {"end", last.gradients.rows.value},
                             {"end_low", last.gradients.rows.low},
                             {"end_high", last.gradients.rows.high},
                             {"end_norms", last.norms.rows.value},
                             {"end_norms_low", last.norms.rows.low},
                             {"end_norms_high", last.norms.rows.high},
                             {"agree", agree ? 1.0 : 0.0},
                             {"suggested", suggested.rows},
                             {"suggested_is_least", suggested.is_least ? 1.0 : 0.0}},
                  .trace = {}};
  const Message agreement = agree ? Message("both estimates agree") : Message("the two estimates do not agree");
  const bool is_trained = measured.noise.size() > 1;
  if (!is_trained)
    finding.sentence = message("The gradient noise scale is {} rows at the beginning ({}).",
                               noise_text(lab, first.gradients), agreement);
  else if (suggested.rows == 0)
    finding.sentence = message(
        "The gradient noise scale is {} rows at the beginning; of the trained weights, these draws do not tell the "
        "gradient from noise ({}).",
        noise_text(lab, first.gradients), agreement);
  else {
    const std::string before = noise_text(lab, first.gradients), after = noise_text(lab, last.gradients),
                      rows = chart::count(std::llround(suggested.rows));
    finding.sentence =
        suggested.is_least
            ? message(
                  "The gradient noise scale is {} rows at the beginning and {} when trained ({}): it bears batches "
                  "of at least {}.",
                  before, after, agreement, rows)
            : message(
                  "The gradient noise scale is {} rows at the beginning and {} when trained ({}): it suggests "
                  "batches of about {}.",
                  before, after, agreement, rows);
  }
  return finding;
}

// `size`: the batch that is advised.
Message noise_advice(const SuggestedBatch& suggested, Index size) {
  const double ratio = static_cast<double>(size) / suggested.rows;
  const std::string rows = chart::count(std::llround(suggested.rows)), batch = chart::count(size);
  if (ratio < 1 / far_apart)
    return suggested.is_least
               ? message(
                     "The gradient noise bears at least {} rows: a larger batch than {} could do with fewer "
                     "updates, if the rate is raised with it.",
                     rows, batch)
               : message(
                     "The gradient noise suggests about {} rows: a larger batch than {} could do with fewer "
                     "updates, if the rate is raised with it.",
                     rows, batch);
  if (suggested.is_least)
    return message("The gradient noise bears at least {} rows: it is no reason for smaller batches than {}.", rows,
                   batch);
  if (ratio > far_apart)
    return message(
        "The gradient noise suggests about {} rows: batches of {} spend more rows on an update than its "
        "gradient needs.",
        rows, batch);
  return message("The gradient noise, which suggests about {} rows, agrees.", rows);
}

}  // namespace

Reached reached(const Measured& measured) {
  std::vector<std::pair<std::size_t, double>> lowest;
  std::vector<double> losses;
  for (std::size_t i = 0; i < measured.results.size(); ++i) {
    const SeedCurve curve = curve_of(measured.results[i], "valid/loss");
    if (curve.mean.empty() || measured.results[i].diverged() > 0) continue;
    losses.push_back(*std::min_element(curve.mean.begin(), curve.mean.end()));
  }
  Reached result;
  if (losses.size() < 2) return result;
  result.loss = middle_of(losses);
  for (std::size_t i = 0; i < measured.results.size(); ++i) {
    const SeedCurve by_epoch = curve_of(measured.results[i], "valid/loss");
    const SeedCurve by_step = curve_of(measured.results[i], "valid/loss", "step");
    if (measured.results[i].diverged() > 0) continue;
    for (std::size_t k = 0; k < by_epoch.mean.size(); ++k) {
      if (by_epoch.mean[k] > result.loss) continue;
      result.places.push_back(i);
      result.updates.push_back(by_step.x[k]);
      result.epochs.push_back(by_epoch.x[k]);
      result.seconds.push_back(by_epoch.x[k] * measured.epoch_seconds(measured.plan.sizes[i]));
      break;
    }
  }
  return result;
}

Message threads_text(int threads) { return threads == 1 ? Message("1 thread") : message("{} threads", threads); }

std::vector<Finding> findings(const Laboratory& lab, const Measured& measured) {
  std::vector<Finding> all;
  if (const auto ranking = ranking_of(lab, measured)) {
    all.push_back(best_finding(lab, measured, *ranking));
    const std::size_t last = measured.plan.sizes.size() - 1;
    if (ranking->best() != last) all.push_back(end_finding(lab, measured, *ranking, last, "largest"));
    if (ranking->best() != 0) all.push_back(end_finding(lab, measured, *ranking, 0, "smallest"));
  }
  all.push_back(flat_finding(measured.updates.front(), "flat_until"));
  all.push_back(growth_finding(measured.updates.front()));
  if (measured.updates.size() > 1) all.push_back(flat_finding(measured.updates.back(), "flat_until_threads"));
  all.push_back(epoch_finding(measured));
  if (auto first = reached_finding(lab, measured)) all.push_back(std::move(*first));
  all.push_back(noise_finding(lab, measured));
  return all;
}

std::vector<Message> advice(const Laboratory& lab, const Measured& measured) {
  const auto ranking = ranking_of(lab, measured);
  if (!ranking) return {no_training_ended()};
  std::vector<Message> all;
  const std::size_t advised = ranking->advised, own = ranking->own;
  const Index size = measured.plan.sizes[advised];
  const double seconds = measured.epoch_seconds(size), own_seconds = measured.epoch_seconds(measured.own);
  const Interval gain = lead(lab, measured.results[advised], measured.results[own]);
  if (std::isnan(measured.results[own].mean("valid/" + lab.metric()).value))
    all.push_back(message(
        "With batches of {} no training came to its end: try a lower trainer.learning_rate first (fathom lab rate).",
        measured.own));
  else if (advised == own)
    all.push_back(
        message("Keep trainer.batch_size = {}: of the sizes that end as well, none has a shorter epoch.", size));
  else if (sure_sign(gain) > 0)
    all.push_back(
        message("Set trainer.batch_size = {}: it ends {} better than your {}, and an epoch takes {} in place of {}.",
                size, with_interval(lab, gain), measured.own, time_text(seconds), time_text(own_seconds)));
  else if (!is_as_good(lab, measured, ranking->best(), own))
    all.push_back(message(
        "Try trainer.batch_size = {}: on average it ends {} better than your {}, though these seeds do not make it "
        "sure; an epoch takes {} in place of {}.",
        size, with_interval(lab, gain), measured.own, time_text(seconds), time_text(own_seconds)));
  else
    all.push_back(message(
        "Set trainer.batch_size = {}: by these seeds it ends as well as the best, and an epoch takes {} in place of {} "
        "with your {}.",
        size, time_text(seconds), time_text(own_seconds), measured.own));
  if (advised != own && measured.scale != "none")
    all.push_back(message("With it goes trainer.learning_rate = {}, as --scale {} makes it.",
                          chart::number(
                              [&] {
                                Settings settings = lab.settings();
                                set_batch(settings, size, measured.own, measured.scale);
                                return settings.trainer.learning_rate;
                              }(),
                              3),
                          measured.scale));
  if (lab.seeds().size() == 1) all.push_back(one_seed_shows_little());
  const std::size_t last = measured.plan.sizes.size() - 1;
  const VariantResult &best = measured.results[ranking->best()], &largest = measured.results[last];
  if (ranking->best() != last && sure_sign(lead(lab, best, largest)) > 0 &&
      sure_sign(difference(largest, best, "train/loss")) > 0) {
    if (measured.scale == "none")
      all.push_back(
          message("If batches of {} are wanted for speed, they need more from each update: see whether a higher rate "
                  "makes up for "
                  "it (--scale linear with SGD, --scale sqrt with Adam), or raise trainer.epochs.",
                  chart::count(measured.plan.sizes[last])));
    else
      all.push_back(
          message("A higher rate (--scale {}) does not make up for the few updates of batches of {}: they need "
                  "more trainer.epochs.",
                  measured.scale, chart::count(measured.plan.sizes[last])));
  }
  if (const SuggestedBatch suggested = suggested_batch(measured); suggested.rows > 0 && measured.noise.size() > 1)
    all.push_back(noise_advice(suggested, size));
  return all;
}

}  // namespace fathom::batch_lab
