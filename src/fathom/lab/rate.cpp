// lab rate: which learning rates this training bears, by a range test and by full trainings around the rate.
#include <algorithm>
#include <cmath>

#include "fathom/lab/experiments.hpp"
#include "fathom/lab/loss_course.hpp"
#include "fathom/lab/rate_range.hpp"
#include "fathom/lab/report_sections.hpp"
#include "fathom/lab/variants.hpp"
#include "fathom/train/session_options.hpp"

namespace fathom {

namespace {

constexpr double factors[] = {0.1, 1, 10};
constexpr const char* factor_titles[] = {"a tenth of the rate", "the rate", "ten times the rate"};
constexpr const char* factor_names[] = {"tenth", "once", "tenfold"};
// Suggestions of single seeds that differ by more than this factor do not agree.
constexpr double agreement = 3;

// The range test with every seed.
struct RangeTests {
  std::vector<RangeSweep> sweeps;
  std::vector<RangeReading> readings;
  std::vector<double> untrained;  // the loss that no training is needed for

  // Geometric mean over the seeds that have the number; NaN where fewer than half do.
  double mean(const std::function<std::optional<double>(std::size_t)>& number) const {
    double sum = 0, count = 0;
    for (std::size_t k = 0; k < readings.size(); ++k)
      if (const auto value = number(k)) {
        sum += std::log(*value);
        ++count;
      }
    return 2 * count < static_cast<double>(readings.size()) || count == 0 ? std::nan("") : std::exp(sum / count);
  }
  double edge() const {
    return mean([&](std::size_t k) {
      return readings[k].falls ? std::optional(sweeps[k].rates[readings[k].edge]) : std::nullopt;
    });
  }
  double blows_up() const {
    return mean([&](std::size_t k) {
      const auto& place = readings[k].diverges;
      return place ? std::optional(sweeps[k].rates[*place]) : std::nullopt;
    });
  }
  double suggestion() const {
    return mean([&](std::size_t k) { return readings[k].suggestion; });
  }
  // The highest of the seeds' suggestions by the lowest; 1 for fewer than two.
  double spread() const {
    double low = std::numeric_limits<double>::infinity(), high = 0;
    for (const RangeReading& reading : readings)
      if (reading.suggestion) {
        low = std::min(low, *reading.suggestion);
        high = std::max(high, *reading.suggestion);
      }
    return high > 0 ? high / low : 1;
  }
};

RangeTests run_range_tests(Laboratory& lab, const RangeOptions& options) {
  RangeTests tests;
  for (const std::uint64_t seed : lab.seeds()) {
    const auto test = [&]() -> Json {
      const Laboratory::Network network = lab.network(lab.trial("range test", seed).settings);
      const RangeSweep sweep = sweep_rates(network.objective, network.model->parameters(), *lab.prepared().source,
                                           network.options, options, [&] { return lab.should_stop(); });
      // All weights 0: the same is said of every row.
      TrainerState state = network.trainer->state();
      fill(state.weights, 0);
      network.trainer->set_state(std::move(state));
      const double same = network.trainer->evaluate(Part::train).loss;
      return Json{{"same_loss", same}, {"rates", sweep.rates}, {"losses", sweep.losses}};
    };
    // The first is needed in any case.
    const std::string name = fmt::format("range test, seed {}", seed);
    const auto measured =
        tests.sweeps.empty() ? std::optional<Json>(lab.measure(name, test)) : lab.measure_in_time(name, test);
    if (!measured) break;
    const Json& json = *measured;
    RangeSweep sweep{.rates = json.at("rates").get<std::vector<double>>(),
                     .losses = numbers_of(json.at("losses"), std::numeric_limits<double>::infinity())};
    tests.readings.push_back(read_range(sweep, options));
    tests.untrained.push_back(std::min(tests.readings.back().start, json.at("same_loss").get<double>()));
    tests.sweeps.push_back(std::move(sweep));
  }
  return tests;
}

// Above it lie single batches that would press all else down.
double highest_drawn(const RangeTests& tests) {
  double highest = 0;
  for (const RangeReading& reading : tests.readings)
    for (const double loss : reading.smoothed)
      if (std::isfinite(loss)) highest = std::max(highest, loss);
  return 1.5 * highest;
}

chart::Chart range_chart(const Laboratory& lab, const RangeTests& tests, double rate, bool is_configured) {
  chart::Chart chart{.title = lab.say("Range test: the loss while the rate grows"),
                     .description = lab.say("The loss of each batch against the learning rate of the update before it, "
                                            "and its running mean."),
                     .x = {.label = lab.say("learning rate"), .log = true, .exact = true},
                     .width = report::page_width};
  chart::Panel panel{.y = {.label = lab.say("training loss")}, .height = 260};
  double low = std::numeric_limits<double>::infinity(), high = 0;
  const double most = highest_drawn(tests);
  for (std::size_t k = 0; k < tests.sweeps.size(); ++k) {
    chart::Series points{.name = k == 0 ? lab.say("of single batches") : std::string(),
                         .mark = chart::Mark::points,
                         .x = tests.sweeps[k].rates,
                         .y = tests.sweeps[k].losses,
                         .color = 0};
    for (double& loss : points.y) {
      if (!(loss <= most)) loss = std::nan("");
      if (std::isnan(loss)) continue;
      low = std::min(low, loss);
      high = std::max(high, loss);
    }
    panel.series.push_back(std::move(points));
  }
  for (std::size_t k = 0; k < tests.sweeps.size(); ++k)
    panel.series.push_back({.name = k == 0 ? lab.say("running mean, a line for each seed") : std::string(),
                            .x = tests.sweeps[k].rates,
                            .y = tests.readings[k].smoothed,
                            .color = 1});
  panel.y.log = low > 0 && high > 30 * low;
  std::vector<std::pair<double, std::string>> marks;
  const auto mark = [&](double at, const char* label) {
    if (std::isfinite(at)) marks.emplace_back(at, lab.say(label));
  };
  if (is_configured) mark(rate, "yours");
  mark(tests.suggestion(), "suggested");
  mark(tests.blows_up(), "blows up");
  std::sort(marks.begin(), marks.end());
  // Lines that are near each other share a label, at the first of them.
  std::size_t labelled = 0;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    panel.rules.push_back({chart::Rule::Along::x, marks[i].first, {}});
    const bool is_near = i > 0 && marks[i].first < 10 * marks[i - 1].first;
    if (!is_near) labelled = i;
    panel.rules[labelled].label += (is_near ? ", " : "") + marks[i].second;
  }
  chart.panels = {panel};
  return chart;
}

// What became of the trainings at one of the rates.
struct RateOutcome {
  double factor = 1, rate = 0;
  std::vector<LossCourse> courses;  // of the seeds that were trained to their end

  std::size_t count(Course course) const {
    return static_cast<std::size_t>(
        std::count_if(courses.begin(), courses.end(), [&](const LossCourse& one) { return one.course == course; }));
  }
  // What the seeds agree on.
  std::optional<Course> course() const {
    if (courses.empty() || count(courses[0].course) < courses.size()) return {};
    return courses[0].course;
  }
  double median(double LossCourse::*share) const {
    std::vector<double> values;
    for (const LossCourse& course : courses) values.push_back(course.*share);
    if (values.empty()) return std::nan("");
    std::sort(values.begin(), values.end());
    return values[(values.size() - 1) / 2];
  }
};

std::vector<RateOutcome> outcomes_of(const std::vector<VariantResult>& results, const RangeTests& tests, double rate) {
  std::vector<RateOutcome> outcomes;
  for (const double factor : factors) outcomes.push_back({factor, factor * rate, {}});
  for (std::size_t seed = 0; seed < tests.readings.size(); ++seed) {
    double lowest = std::numeric_limits<double>::infinity();
    std::vector<std::vector<double>> losses;
    for (const VariantResult& result : results) {
      const TrialResult& trial = result.by_seed[seed];
      losses.push_back(trial.column("train/loss"));
      if (trial.status == RunStatus::finished && !losses.back().empty())
        lowest = std::min(lowest, last_loss(losses.back()));
    }
    for (std::size_t i = 0; i < results.size(); ++i)
      if (const TrialResult& trial = results[i].by_seed[seed]; trial.is_done())
        outcomes[i].courses.push_back(loss_course(losses[i],
                                                  {tests.readings[seed].start, tests.untrained[seed], lowest},
                                                  trial.status == RunStatus::finished));
  }
  return outcomes;
}

std::string counted_courses(const Laboratory& lab, const RateOutcome& outcome) {
  std::vector<std::string> parts;
  for (const Course course :
       {Course::hardly_moves, Course::still_falls, Course::converges, Course::oscillates, Course::diverges})
    if (const std::size_t count = outcome.count(course); count > 0)
      parts.push_back(lab.say(message("{} in {}", Message(name_of(course)), count)));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string share_text(double share) { return std::isfinite(share) ? report::percent(share) : "–"; }

Exhibit course_table(const Laboratory& lab, const std::vector<RateOutcome>& outcomes) {
  chart::PageTable table{.header = {"", lab.say("learning rate"), lab.say("what the loss does (seeds)"),
                                    lab.say("it fell by"), lab.say("it gave back")},
                         .rows = {},
                         .numbers = {false, true, false, true, true}};
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    table.rows.push_back({lab.say(factor_titles[i]), fmt::format("{:.3g}", outcomes[i].rate),
                          counted_courses(lab, outcomes[i]), share_text(outcomes[i].median(&LossCourse::fell)),
                          share_text(outcomes[i].median(&LossCourse::given_back))});
  return {"courses", table,
          lab.say(message(
              "Shares of the fall from the loss before training, or where it is lower that of a network which says the "
              "same of every row, to the lowest that any of the trainings of the same seed reached; the median of the "
              "seeds. Fell: until the last quarter of the epochs, by their median. "
              "Gave back: the highest rise above the lowest loss before it. Hardly moves: fell less than {}. "
              "Converges: fell {} or more; still falling: between them. Oscillates: gave back more than {}. Diverges: "
              "gave that much back, fell less than {}, and ends that much above its lowest or rose above twice the "
              "start; or "
              "the loss is no longer a finite number.",
              report::percent(moved_share), report::percent(arrived_share), report::percent(oscillation_share),
              report::percent(lost_share)))};
}

chart::Chart course_chart(const Laboratory& lab, const std::vector<VariantResult>& results, double rate) {
  chart::Chart chart{.title = lab.say("Loss by epoch at three rates"),
                     .description = lab.say("A line for each rate, the mean of its seeds, in a band from the lowest to "
                                            "the highest."),
                     .x = {.label = lab.say("epoch"), .exact = true, .whole = true},
                     .width = report::page_width};
  for (const char* column : {"train/loss", "valid/loss"}) {
    const bool train = column == std::string_view("train/loss");
    chart::Panel panel{.y = {.label = lab.say(train ? "training loss" : "validation loss")}, .height = 200};
    double low = std::numeric_limits<double>::infinity(), high = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const SeedCurve curve = curve_of(results[i], column);
      add_curve(panel, curve, train ? fmt::format("{:.3g}", factors[i] * rate) : std::string(), static_cast<int>(i),
                i == 0);
      for (const double loss : curve.low) low = std::min(low, loss);
      for (const double loss : curve.high) high = std::max(high, loss);
    }
    panel.y.log = low > 0 && high > 10 * low;
    if (!panel.series.empty()) chart.panels.push_back(panel);
  }
  return chart;
}

void add_range_findings(LabReport& report, const RangeTests& tests, const RangeOptions& options) {
  const double edge = tests.edge(), diverges = tests.blows_up();
  const double suggestion = tests.suggestion();
  const std::size_t fell = static_cast<std::size_t>(std::count_if(
      tests.readings.begin(), tests.readings.end(), [](const RangeReading& reading) { return reading.falls; }));
  Message sentence;
  if (2 * fell < tests.readings.size() || !std::isfinite(edge))
    sentence = std::isfinite(diverges)
                   ? message("Range test: the loss falls at no rate before it blows up at {:.2g}.", diverges)
                   : message("Range test: the loss falls at no rate from {:.2g} to {:.2g}.", options.low, options.high);
  else
    sentence =
        std::isfinite(diverges)
            ? message("Range test: the loss falls and holds up to rate {:.2g}, and blows up at {:.2g}.", edge, diverges)
            : message("Range test: the loss falls and holds up to rate {:.2g}, and does not blow up until {:.2g}.",
                      edge, options.high);
  report.findings.push_back(
      {.name = "range",
       .sentence = sentence,
       .values = {{"edge", edge}, {"blows_up", diverges}, {"fell_in_seeds", static_cast<double>(fell)}},
       .trace = tests.readings[0].smoothed});
  if (!std::isfinite(suggestion)) return;
  const double spread = tests.spread();
  report.findings.push_back(
      {.name = "suggestion",
       .sentence = spread > agreement
                       ? message("It suggests a rate of {:.2g}, but the seeds do not agree: theirs differ by a factor "
                                 "of {:.2g}.",
                                 suggestion, spread)
                       : message("It suggests a rate of {:.2g}, 1/{:g} of that.", suggestion, options.safety),
       .values = {{"rate", suggestion}, {"spread", spread}}});
}

Finding outcome_finding(const Laboratory& lab, const RateOutcome& outcome, const VariantResult& result,
                        std::size_t place) {
  const double fell = outcome.median(&LossCourse::fell), given_back = outcome.median(&LossCourse::given_back);
  Finding finding{.name = factor_names[place], .sentence = {}, .trace = curve_of(result, "train/loss").mean};
  const Message title = factor_titles[place];
  if (const auto course = outcome.course(); !course)
    finding.sentence =
        message("At {:.3g}, {}, the seeds do not agree: {}.", outcome.rate, title, counted_courses(lab, outcome));
  else if (!std::isfinite(fell))
    finding.sentence = message("At {:.3g}, {}, the training {}: its loss is no longer a finite number.", outcome.rate,
                               title, Message(name_of(*course)));
  else
    finding.sentence = message(
        "At {:.3g}, {}, the training {}: the loss fell by {} of what the best did, and rose "
        "again by up to {}.",
        outcome.rate, title, Message(name_of(*course)), report::percent(fell), share_text(given_back));
  finding.values = {{"rate", outcome.rate}, {"fell", fell}, {"gave_back", given_back}};
  for (const auto& [key, course] :
       {std::pair{"hardly_moves", Course::hardly_moves}, std::pair{"still_falls", Course::still_falls},
        std::pair{"converges", Course::converges}, std::pair{"oscillates", Course::oscillates},
        std::pair{"diverges", Course::diverges}})
    finding.values.emplace_back(key, static_cast<double>(outcome.count(course)));
  return finding;
}

// By the validation loss of the weights that were kept: what a user gets. `is_configured`: the rate is the user's.
void add_rate_advice(LabReport& report, const Laboratory& lab, const std::vector<VariantResult>& results,
                     const RangeTests& tests, double rate, bool is_configured) {
  const std::vector<std::size_t> order = ranked(results, "valid/loss");
  const double blows_up = tests.blows_up();
  if (order.empty()) {
    report.advice.push_back(
        message("No training came to its end at any of the three rates: set "
                "trainer.learning_rate = {:.2g}, the suggestion or a hundredth of yours, and run "
                "this again.",
                std::isfinite(tests.suggestion()) ? tests.suggestion() : rate / 100));
    return;
  }
  constexpr std::size_t once = 1;
  const std::size_t best = order.front();
  const double to = factors[best] * rate;
  const Interval gain = difference(results[once], results[best], "valid/loss");
  if (best == once) {
    const Interval lead = order.size() > 1 ? difference(results[order[1]], results[once], "valid/loss") : Interval{};
    const bool is_sure = order.size() > 1 && sure_sign(lead) > 0;
    if (!is_configured)
      report.advice.push_back(
          message("Set trainer.learning_rate = {:.3g}: neither a tenth nor ten times of it ends lower.", rate));
    else if (is_sure)
      report.advice.push_back(
          message("Keep trainer.learning_rate = {:.3g}: the validation loss ends {} lower than at {:.3g}.", rate,
                  with_interval(lab, lead), factors[order[1]] * rate));
    else
      report.advice.push_back(message("Keep trainer.learning_rate = {:.3g}: none of the others ends lower.", rate));
  } else if (results[once].diverged() > results[best].diverged()) {
    report.advice.push_back(message("Set trainer.learning_rate = {:.3g}: at {:.3g} {} of {} trainings diverge.", to,
                                    rate, results[once].diverged(), results[once].by_seed.size()));
  } else if (sure_sign(gain) > 0) {
    report.advice.push_back(
        message("Set trainer.learning_rate = {:.3g}: the validation loss ends {} lower than at {:.3g}.", to,
                with_interval(lab, gain), rate));
  } else if (lab.seeds().size() == 1) {
    report.advice.push_back(
        message("{:.3g} ends {} lower than {:.3g}, by the one seed there is: --seeds 3 would tell "
                "whether that holds.",
                to, with_interval(lab, gain), rate));
  } else {
    report.advice.push_back(
        message("{:.3g} ends {} lower than {:.3g}, but the seeds do not agree: keep "
                "trainer.learning_rate = {:.3g}, or ask more seeds (--seeds).",
                to, with_interval(lab, gain), rate, rate));
  }
  if (!std::isfinite(blows_up)) return;
  report.advice.push_back(
      rate >= blows_up
          ? message("In the range test the loss blows up at {:.2g} already, below {:.3g}: what keeps the training "
                    "is its schedule.",
                    blows_up, rate)
          : message("In the range test the loss blows up at {:.2g}, {:.2g} times as high as {:.3g}.", blows_up,
                    blows_up / rate, rate));
}

}  // namespace

LabReport lab_rate(Laboratory& lab) {
  const RangeOptions options;
  const RangeTests tests = run_range_tests(lab, options);
  const bool is_configured = lab.settings().trainer.learning_rate > 0;
  const double suggestion = tests.suggestion();
  const double rate = is_configured || !std::isfinite(suggestion) ? learning_rate(lab.settings()) : suggestion;
  std::vector<Variant> variants;
  for (std::size_t i = 0; i < std::size(factors); ++i)
    variants.push_back({factor_names[i], factor_titles[i],
                        [to = factors[i] * rate](Settings& settings) { settings.trainer.learning_rate = to; }});
  const std::vector<VariantResult> results = train_variants(lab, variants);
  const std::vector<RateOutcome> outcomes = outcomes_of(results, tests, rate);

  LabReport report{.title = "The learning rate",
                   .question =
                       "Which learning rates does this training bear, and what happens a factor of ten below "
                       "and above?"};
  add_range_findings(report, tests, options);
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    if (!outcomes[i].courses.empty()) report.findings.push_back(outcome_finding(lab, outcomes[i], results[i], i));
  report.sections.push_back(
      {.heading = lab.say("Which rates it bears"),
       .exhibits = {{"range_test", range_chart(lab, tests, rate, is_configured),
                     lab.say(
                         message("Single batches above {} are left out.", lab.words().figure(highest_drawn(tests))))}},
       .note = lab.say(message(
           "One training of at most {} updates for each seed, whose rate grows from {:.2g} to {:.2g} by the same "
           "factor with each. The running mean reaches back over {:.0f} updates. It blows up where the loss is no "
           "longer a finite number, or where the mean has given back half of what it had gained and has risen by 8 "
           "times its standard error. It bears the rates up to the last one after which the mean "
           "was within 2 standard errors of its lowest; suggested is 1/{:g} of that. Over the seeds, geometric means.",
           options.updates, options.low, options.high, options.smoothing * static_cast<double>(options.updates),
           options.safety))});
  report.sections.push_back(
      {.heading = lab.say("A tenth, once, ten times"),
       .paragraphs = {lab.say(is_configured ? message("Full trainings around your rate, {:.3g}.", rate)
                              : std::isfinite(suggestion)
                                  ? message("Full trainings around the suggested rate, {:.3g}.", rate)
                                  : message("Full trainings around the rate that is taken where "
                                            "none is set, {:.3g}.",
                                            rate))},
       .exhibits = {{"courses_by_epoch", course_chart(lab, results, rate)},
                    course_table(lab, outcomes),
                    variant_table(lab, results, "reached")}});
  add_rate_advice(report, lab, results, tests, rate, is_configured);
  return report;
}

}  // namespace fathom
