// lab schedule: the learning rate over the training.
#include <cmath>
#include <numeric>

#include "fathom/lab/experiments.hpp"
#include "fathom/lab/late_burst.hpp"
#include "fathom/lab/report_sections.hpp"
#include "fathom/lab/second_moment.hpp"
#include "fathom/lab/variants.hpp"
#include "fathom/train/session_options.hpp"

namespace fathom {

namespace {

// All from the configuration's highest rate, so that only what becomes of it differs.
std::vector<Variant> schedules(const Laboratory& lab) {
  const TrainerOptions options = trainer_options(lab.settings(), lab.prepared());
  const Index rows = lab.prepared().source->rows(Part::train);
  const Index steps = std::max<Index>(3, total_steps(options, (rows + options.batch - 1) / options.batch));
  const auto schedule = [](std::string type, std::string warmup, double factor = 0.5, Index every = 1000) {
    return [=](Settings& settings) {
      settings.schedule = {.type = type, .warmup = warmup, .factor = factor, .every = every};
    };
  };
  return {{"constant", "constant rate", schedule("constant", "0")},
          {"step", "step", schedule("step", "0", 0.1, std::max<Index>(1, steps / 3))},
          {"inverse", "1/t", schedule("inverse", "0", 0.5, std::max<Index>(1, steps / 10))},
          {"cosine", "cosine", schedule("cosine", "0")},
          {"warm-up and cosine", "warm-up and cosine", schedule("cosine", "10%")},
          {"plateau", "plateau", schedule("plateau", "0", 0.3)}};
}

// Their places in the list.
enum : std::size_t { constant_rate, stepped, inverse_rate, cosine_rate, warmed_up, plateaus };

chart::Chart curves(const Laboratory& lab, const std::vector<VariantResult>& results) {
  chart::Chart chart{.title = lab.say("Loss and learning rate by epoch"),
                     .description = lab.say("A line for each schedule, the mean of its seeds."),
                     .x = {.label = lab.say("epoch"), .exact = true, .whole = true},
                     .width = report::page_width};
  chart::Panel train{.y = {.label = lab.say("training loss"), .log = true}, .height = 190};
  chart::Panel valid{.y = {.label = lab.say("validation loss"), .log = true}, .height = 190};
  chart::Panel rate{.y = {.label = lab.say("learning rate"), .low = 0.0}, .height = 90};
  for (std::size_t i = 0; i < results.size(); ++i) {
    const int color = static_cast<int>(i);
    add_curve(train, curve_of(results[i], "train/loss"), lab.say(results[i].variant.title), color);
    add_curve(valid, curve_of(results[i], "valid/loss"), "", color);
    const SeedCurve rates = curve_of(results[i], "learning_rate");
    rate.series.push_back({.x = rates.x, .y = rates.mean, .color = color});
  }
  chart.panels = {train, valid, rate};
  return chart;
}

// --- why warm-up helps Adam

void add_second_moment(Laboratory& lab, LabReport& report) {
  const Settings settings = lab.trial("second moment", lab.settings().seed).settings;
  const Json json = lab.measure("second moment", [&] {
    const Laboratory::Network network = lab.network(settings);
    const std::vector<double> spread = step_spread(
        network.objective, network.model->parameters(), *lab.prepared().source, network.trainer->state().weights,
        {.batch = network.options.batch, .beta2 = settings.trainer.beta2, .seed = settings.seed});
    return Json{{"spread", spread}};
  });
  const std::vector<double> spread = numbers_of(json.at("spread"));
  std::vector<double> updates(spread.size());
  std::iota(updates.begin(), updates.end(), 1.0);
  if (spread.empty() || !std::isfinite(spread.front())) return;
  const chart::Panel panel{.y = {.label = lab.say("step by step's size: 90 % by 10 %"), .log = true},
                           .series = {{.x = updates, .y = spread, .color = 0}},
                           .rules = {{chart::Rule::Along::y, 2, lab.say("twofold")}},
                           .height = 180};
  report.sections.push_back(
      {.heading = lab.say("Why warm-up helps Adam"),
       .paragraphs = {lab.say(
           "Adam divides each weight's step by the root of a mean of squared gradients. In the first "
           "updates that mean is of a few batches, and so is the size of the step: by which batches "
           "happened to come first. Warm-up keeps the rate low until the mean is one.")},
       .exhibits = {
           {"second_moment",
            chart::Chart{.title = lab.say("How far Adam's steps depend on the batches that came first"),
                         .description = lab.say("The 90 % quantile of the size of a step over sequences of batches "
                                                "by the 10 % quantile; the median over weights."),
                         .x = {.label = lab.say("update"), .log = true, .exact = true},
                         .panels = {panel},
                         .width = report::page_width},
            lab.say("Of this network at its start, with its batches; the weights stay where they are.")}}});
  std::size_t settled = 0;
  while (settled < spread.size() && spread[settled] > 2) ++settled;
  const bool settles = settled < spread.size();
  report.findings.push_back(
      {.name = "second_moment",
       .sentence =
           settles ? message("In its first update Adam's step for a weight differs {:.1f}-fold by which batch came; "
                             "less than twofold from update {} on.",
                             spread.front(), settled + 1)
                   : message("In its first update Adam's step for a weight differs {:.1f}-fold by which batch came, "
                             "and still {:.1f}-fold in update {}.",
                             spread.front(), spread.back(), spread.size()),
       .values = {{"first", spread.front()},
                  {"settled", settles ? static_cast<double>(settled + 1) : std::numeric_limits<double>::quiet_NaN()},
                  {"last", spread.back()}},
       .trace = spread});
}

// --- Adagrad's late bursts

void add_late_bursts(Laboratory& lab, LabReport& report) {
  const Bowl bowl;
  const LateBursts bursts = walk_late_bursts(bowl);
  chart::Panel steep{.y = {.label = lab.say("distance along the steep direction"), .low = 0.0}, .height = 160};
  chart::Panel loss{.y = {.label = lab.say("loss"), .log = true}, .height = 160};
  for (const auto& [title, path, color] : {std::tuple{"with the mean", &bursts.mean, 1},
                                           std::tuple{"with the mean, rate falling like 1/t", &bursts.decayed, 2},
                                           std::tuple{"with the sum", &bursts.sum, 0}}) {
    chart::Series far{.name = lab.say(title), .color = color}, high{.color = color};
    for (std::size_t t = 0; t < path->y.size(); ++t) {
      far.x.push_back(static_cast<double>(t));
      far.y.push_back(std::abs(path->y[t]));
    }
    high.x = far.x;
    high.y = path->losses;
    steep.series.push_back(std::move(far));
    loss.series.push_back(std::move(high));
  }
  report.sections.push_back(
      {.heading = lab.say("Adagrad's late bursts"),
       .paragraphs = {lab.say(
           message("In a bowl of curvatures {:.0f} and {:.0f}, the steep direction is soon at its bottom, and its "
                   "gradient near zero. "
                   "Where steps are divided by the root of the mean of all squared gradients, that divisor fades, "
                   "until a step is "
                   "large all at once. Adagrad's sum does not fade, at the price of steps that only shrink.",
                   bowl.flat, bowl.steep))},
       .exhibits = {{"late_bursts",
                     chart::Chart{.title = lab.say("Adagrad in the bowl"),
                                  .description = lab.say("Three forms of Adagrad from the same start."),
                                  .x = {.label = lab.say("update"), .exact = true},
                                  .panels = {steep, loss},
                                  .width = report::page_width},
                     lab.say(message("Rate {}; 1/t: half of it after {} updates.", burst_rate, burst_half))}}});
  const double removed = 1 - bursts.burst_of_decayed / bursts.burst_of_mean;
  report.findings.push_back(
      {.name = "late_burst",
       .sentence =
           message("Adagrad with the mean leaves the bottom again, by {:.2g} of where it began; a rate that falls like "
                   "1/t removes {:.1f} % of that.",
                   bursts.burst_of_mean, 100 * removed),
       .values = {{"burst", bursts.burst_of_mean},
                  {"with_decay", bursts.burst_of_decayed},
                  {"with_sum", bursts.burst_of_sum},
                  {"removed", removed}}});
}

}  // namespace

LabReport lab_schedule(Laboratory& lab) {
  const std::vector<VariantResult> results = train_variants(lab, schedules(lab));
  const auto& figure = lab.words().figure;
  LabReport report{
      .title = "The learning rate over the training",
      .question =
          "Should the learning rate stay as it is, fall, or rise first? The same network is trained with each "
          "schedule, all from the same highest rate."};
  report.sections.push_back(
      {.heading = lab.say("Six schedules"),
       .exhibits = {{"curves", curves(lab, results),
                     lab.say("Bands: from the lowest to the highest of the seeds. Step: a tenth after each third. 1/t: "
                             "half after a tenth of the training. Warm-up: the first tenth rises from zero. Plateau: "
                             "three tenths of it when the validation loss has not fallen for three epochs.")},
                    variant_table(lab, results, "schedules")}});

  const std::vector<std::size_t> order = ranked(results, "valid/loss");
  if (order.empty()) {
    add_diverged(lab, report, results);
    report.advice.push_back(no_training_ended());
    return report;
  }
  const std::size_t best = order.front();
  const VariantResult& winner = results[best];
  report.findings.push_back(best_finding(lab, results, best));
  const Interval gain = difference(results[constant_rate], winner, "valid/loss");
  const bool differs = best != constant_rate && sure_sign(gain) > 0;
  if (best != constant_rate && std::isfinite(gain.value))
    report.findings.push_back(
        {.name = "against_constant",
         .sentence =
             differs
                 ? message("A constant rate ends {} higher: the schedule is worth having.", with_interval(lab, gain))
             : lab.seeds().size() == 1
                 ? message("A constant rate ends {} higher, by the one seed there is.", with_interval(lab, gain))
                 : message("A constant rate ends {} higher, but the seeds do not agree: by them, the two "
                           "cannot be told apart.",
                           with_interval(lab, gain)),
         .values = {{"difference", gain.value}, {"low", gain.low}, {"high", gain.high}, {"sure", differs ? 1.0 : 0.0}},
         .trace = curve_of(results[constant_rate], "valid/loss").mean});
  const Interval settles =
      difference(results[constant_rate].ended("train/loss"), results[cosine_rate].ended("train/loss"));
  if (std::isfinite(settles.value))
    report.findings.push_back(
        {.name = "settles",
         .sentence = sure_sign(settles) > 0
                         ? message("In the last epoch the training loss of a constant rate is {} above that of the "
                                   "cosine: it keeps jumping over what a falling rate settles in.",
                                   with_interval(lab, settles))
                     : sure_sign(settles) < 0
                         ? message("In the last epoch the training loss of a constant rate is {} below that of the "
                                   "cosine: the falling rate stops it on its way.",
                                   with_interval(lab, {-settles.value, -settles.high, -settles.low}))
                         : message("In the last epoch the training loss of a constant rate is {} above that of the "
                                   "cosine: these seeds do not show that a falling rate settles lower.",
                                   with_interval(lab, settles)),
         .values = {{"difference", settles.value}, {"low", settles.low}, {"high", settles.high}},
         .trace = curve_of(results[constant_rate], "train/loss").mean});
  const Interval warm = difference(results[cosine_rate], results[warmed_up], "valid/loss");
  if (std::isfinite(warm.value))
    report.findings.push_back(
        {.name = "warm_up",
         .sentence = sure_sign(warm) > 0
                         ? message("Warm-up before the cosine lowers the loss by {}.", with_interval(lab, warm))
                     : sure_sign(warm) < 0
                         ? message("Warm-up before the cosine raises the loss by {}.",
                                   with_interval(lab, {-warm.value, -warm.high, -warm.low}))
                         : message("Warm-up before the cosine changes the loss by {}: no effect that these seeds show.",
                                   with_interval(lab, {-warm.value, -warm.high, -warm.low})),
         .values = {{"difference", -warm.value}, {"low", -warm.high}, {"high", -warm.low}}});
  add_diverged(lab, report, results);
  add_second_moment(lab, report);
  add_late_bursts(lab, report);

  static constexpr const char* keys[] = {R"(trainer.schedule = "constant")",
                                         R"(trainer.schedule = {{ type = "step", every = {0} }})",
                                         R"(trainer.schedule = {{ type = "inverse", every = {0} }})",
                                         R"(trainer.schedule = {{ type = "cosine", warmup = "0" }})",
                                         R"(trainer.schedule = {{ type = "cosine", warmup = "10%" }})",
                                         R"(trainer.schedule = {{ type = "plateau", factor = 0.3 }})"};
  Settings changed = lab.settings();
  winner.variant.change(changed);
  const std::string key = fmt::format(fmt::runtime(keys[best]), changed.schedule.every);
  if (differs)
    report.advice.push_back(message("Set {}: it ended {} below a constant rate.", key, figure(gain.value)));
  else if (best != constant_rate && results[constant_rate].diverged() > 0 && winner.diverged() == 0)
    report.advice.push_back(message("Set {}: at a constant rate the training diverges.", key));
  else if (best == constant_rate)
    report.advice.push_back(
        "Nothing is gained by changing the rate in this training: trainer.schedule = \"constant\" is as good as any.");
  else
    report.advice.push_back(
        message("The schedules cannot be told apart by {} seeds. More seeds (--seeds) or longer trainings would tell; "
                "until then "
                "keep what you have.",
                lab.seeds().size()));
  return report;
}

}  // namespace fathom
