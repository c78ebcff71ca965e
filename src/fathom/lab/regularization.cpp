// lab regularization: what narrows the distance between rows that were trained on and others.
#include <cmath>
#include <numeric>

#include "fathom/lab/experiments.hpp"
#include "fathom/lab/report_sections.hpp"
#include "fathom/lab/variants.hpp"
#include "fathom/train/ensemble.hpp"

namespace fathom {

namespace {

constexpr std::size_t ensemble_size = 5;

// Smoothed labels change the loss itself: variants are compared by what does not depend on how they were trained.
std::string score_of(const Laboratory& lab) {
  return lab.prepared().schema.task == Task::regression ? "rmse" : "log_loss";
}

void without_any(Settings& settings) {
  settings.model.dropout = settings.model.input_noise = 0;
  settings.trainer.weight_decay = settings.trainer.l1 = settings.trainer.l2 = 0;
  settings.output.label_smoothing = 0;
  settings.augment = {};
}

struct Method {
  Variant variant;
  std::string key;  // that sets it
};

std::vector<Method> methods(const Laboratory& lab) {
  const Pipeline& pipeline = lab.prepared().pipeline;
  std::vector<Method> methods;
  const auto add = [&](std::string name, Message title, std::string key, const std::function<void(Settings&)>& change) {
    methods.push_back({{std::move(name), std::move(title),
                        [change](Settings& settings) {
                          without_any(settings);
                          change(settings);
                        }},
                       std::move(key)});
  };
  add("none", "none", "", [](Settings&) {});
  // Decoupled from the gradient for AdamW, and as a penalty of the loss.
  add("weight decay", "weight decay", "trainer.weight_decay = 0.1",
      [](Settings& settings) { settings.trainer.weight_decay = 0.1; });
  add("l2", "L2 penalty", "trainer.l2 = 0.001", [](Settings& settings) { settings.trainer.l2 = 0.001; });
  if (!model_options(lab.settings(), pipeline).hidden.empty())
    add("dropout", "dropout", "model.dropout = 0.3", [](Settings& settings) { settings.model.dropout = 0.3; });
  if (pipeline.pixels() > 0)
    add("augmentation", "augmentation", "augment = { flip = true, shift = 2 }", [](Settings& settings) {
      settings.augment.flip = true;
      settings.augment.shift = 2;
    });
  else if (pipeline.dense_width() > 0)
    add("input noise", "input noise", "model.input_noise = 0.1",
        [](Settings& settings) { settings.model.input_noise = 0.1; });
  if (lab.prepared().schema.task != Task::regression)
    add("label smoothing", "label smoothing", "output.label_smoothing = 0.1",
        [](Settings& settings) { settings.output.label_smoothing = 0.1; });
  return methods;
}

// The network that a trial kept, on the validation rows.
Tensor valid_outputs(const Laboratory& lab, const TrialResult& trial, const Settings& settings) {
  const auto predictor = load_predictor(lab.run_path(trial));
  return Evaluator(make_objective(*predictor->model, predictor->pipeline, settings), *lab.prepared().source,
                   Evaluator::good_batch(*lab.prepared().source))
      .run(predictor->weights, Part::valid, *lab.prepared().source)
      .outputs;
}

// What each row costs: -log of the probability of its class, or its squared error in the target's unit.
std::vector<double> row_costs(const Laboratory& lab, const Tensor& outputs) {
  const DatasetSource& source = *lab.prepared().source;
  const Pipeline& pipeline = source.pipeline();
  const std::vector<Index>& rows = source.rows_of(Part::valid);
  std::vector<double> costs;
  if (pipeline.target.task == Task::regression) {
    const std::vector<double> predicted = predicted_numbers(pipeline, outputs);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double error =
          predicted[i] - static_cast<double>(source.data().target_numbers[static_cast<std::size_t>(rows[i])]);
      costs.push_back(error * error);
    }
    return costs;
  }
  const std::vector<double> shares = probabilities(pipeline, outputs);
  const std::size_t width =
      pipeline.target.task == Task::binary ? 1 : shares.size() / std::max<std::size_t>(1, rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t actual = source.data().class_of(rows[i]);
    const double share = width == 1 ? (actual == 1 ? shares[i] : 1 - shares[i]) : shares[i * width + actual];
    costs.push_back(-std::log(std::max(share, 1e-15)));
  }
  return costs;
}

struct Ensemble {
  double score = std::numeric_limits<double>::quiet_NaN();
  Interval gain{};  // beside one of its members
};

// How much lower the mean of the networks scores than one of them: row by row, so that what is hard for all cancels
// out.
Ensemble ensemble_of(const Laboratory& lab, const std::vector<TrialResult>& members, const Settings& settings) {
  std::vector<Member> together;
  std::vector<double> single;
  for (const TrialResult& trial : members) {
    if (trial.status != RunStatus::finished) return {};
    Tensor outputs = valid_outputs(lab, trial, settings);
    const std::vector<double> costs = row_costs(lab, outputs);
    single.resize(costs.size());
    for (std::size_t i = 0; i < costs.size(); ++i) single[i] += costs[i] / static_cast<double>(members.size());
    together.push_back({trial.name, &lab.prepared().pipeline, std::move(outputs)});
  }
  const std::vector<double> mean = row_costs(lab, mean_outputs(together));
  Ensemble ensemble{.gain = paired_interval(single, mean)};
  ensemble.score = std::accumulate(mean.begin(), mean.end(), 0.0) / static_cast<double>(mean.size());
  if (lab.prepared().schema.task == Task::regression) {
    // From squares to their root: a difference of d is one of about d / (2 rmse).
    const double root = std::sqrt(ensemble.score), one = std::sqrt(ensemble.score + ensemble.gain.value);
    const double scale = 1 / (root + one);
    ensemble = {root, {ensemble.gain.value * scale, ensemble.gain.low * scale, ensemble.gain.high * scale}};
  }
  return ensemble;
}

struct Gain {
  std::string name, key;
  Message title;
  Interval gain;
};

chart::Chart gains_chart(const Laboratory& lab, const std::vector<Gain>& gains, const std::string& title) {
  chart::Panel panel{.rules = {{chart::Rule::Along::x, 0, ""}},
                     .height = 26.0 * static_cast<double>(gains.size()) + 20};
  chart::Series series{.mark = chart::Mark::points};
  for (auto it = gains.rbegin(); it != gains.rend(); ++it) {
    series.x.push_back(it->gain.value);
    series.y.push_back(static_cast<double>(panel.y.names.size()));
    series.low.push_back(it->gain.low);
    series.high.push_back(it->gain.high);
    panel.y.names.push_back(lab.say(it->title));
  }
  panel.series = {series};
  return {.title = title,
          .description = lab.say("Right of zero is better."),
          .x = {.label = title},
          .panels = {panel},
          .width = report::page_width};
}

chart::Chart curves_chart(const Laboratory& lab, const std::vector<VariantResult>& results, const std::string& score) {
  chart::Panel train{.y = {.label = lab.say("training loss"), .log = true}, .height = 190};
  chart::Panel valid{
      .y = {.label = lab.say(message("{}, {}", Message(lab.words().metric("valid/" + score)), Message("validation"))),
            .log = true},
      .height = 190};
  for (std::size_t i = 0; i < results.size(); ++i) {
    add_curve(train, curve_of(results[i], "train/loss"), lab.say(results[i].variant.title), static_cast<int>(i));
    add_curve(valid, curve_of(results[i], "valid/" + score), "", static_cast<int>(i));
  }
  return {.title = lab.say("Loss by epoch"),
          .description = lab.say("A line for each method, the mean of its seeds."),
          .x = {.label = lab.say("epoch"), .exact = true, .whole = true},
          .panels = {train, valid},
          .width = report::page_width};
}

constexpr double shares[] = {0.1, 0.3, 1};

}  // namespace

LabReport lab_regularization(Laboratory& lab) {
  const std::string score = score_of(lab), valid_score = "valid/" + score;
  const std::vector<Method> all_methods = methods(lab);
  std::vector<Variant> variants;
  for (const Method& method : all_methods) variants.push_back(method.variant);
  for (const double share : shares)
    if (share < 1)
      variants.push_back({fmt::format("none, {:.0f} % of the rows", 100 * share),
                          message("{:.0f} % of the rows", 100 * share), [share](Settings& settings) {
                            without_any(settings);
                            settings.split.use *= share;
                          }});
  const std::vector<VariantResult> results = train_variants(lab, variants);
  const std::vector<VariantResult> of_methods(results.begin(), results.begin() + static_cast<long>(all_methods.size()));
  const VariantResult& none = results.front();

  std::vector<Trial> members;
  for (std::size_t k = 0; k < ensemble_size; ++k) {
    const std::uint64_t seed = lab.settings().seed + k;
    members.push_back(lab.trial(fmt::format("none, seed {}", seed), seed, without_any));
  }
  const Ensemble ensemble = ensemble_of(lab, lab.train(members), members.front().settings);

  std::vector<Gain> gains;
  for (std::size_t i = 1; i < all_methods.size(); ++i)
    gains.push_back({all_methods[i].variant.name, all_methods[i].key, all_methods[i].variant.title,
                     difference(none, results[i], valid_score)});
  // Never below 0, as the rows that choose the epoch judge it: nothing to advise by.
  gains.push_back(
      {"early stopping", "", "early stopping", difference(none.ended(valid_score), none.reached(valid_score))});
  gains.push_back({"ensemble", "", message("ensemble of {}", ensemble_size), ensemble.gain});
  std::erase_if(gains, [](const Gain& gain) { return !std::isfinite(gain.gain.value); });
  std::stable_sort(gains.begin(), gains.end(),
                   [](const Gain& a, const Gain& b) { return a.gain.value > b.gain.value; });

  const std::string title = lab.words().metric(valid_score);
  LabReport report{.title = "Regularization",
                   .question =
                       "What narrows the distance between the rows that were trained on and others? The same "
                       "network is trained without any regularization, and with each kind alone."};
  report.sections.push_back(
      {.heading = lab.say("What each is worth"),
       .exhibits = {
           {"gains", gains_chart(lab, gains, lab.say(message("Lower {} on validation rows, by", Message(title)))),
            lab.say(message("With 95 % intervals. Each beside the network without any, in the epoch in which that "
                            "was best; early stopping beside its last epoch; the ensemble, of {} networks "
                            "without any, beside one of them, row by row.",
                            ensemble_size))},
           {"curves", curves_chart(lab, of_methods, score),
            lab.say("The training losses are those that are minimised: penalties are not in them, smoothed labels "
                    "are.")},
           variant_table(lab, of_methods, "methods")}});

  // What more rows would bring.
  chart::Panel panel{.y = {.label = title, .log = true}, .height = 180};
  chart::Series valid{.name = lab.say("validation"), .mark = chart::Mark::points, .color = 1},
      train{.name = lab.say("training"), .mark = chart::Mark::points, .color = 0};
  const double rows = static_cast<double>(lab.prepared().source->rows(Part::train));
  std::vector<const VariantResult*> by_share;
  for (std::size_t i = all_methods.size(); i < results.size(); ++i) by_share.push_back(&results[i]);
  by_share.push_back(&none);
  for (std::size_t i = 0; i < by_share.size(); ++i)
    for (chart::Series* series : {&valid, &train}) {
      const Interval at = by_share[i]->mean((series == &valid ? "valid/" : "train/") + score);
      series->x.push_back(std::round(rows * shares[i]));
      series->y.push_back(at.value);
      series->low.push_back(at.low);
      series->high.push_back(at.high);
    }
  panel.series = {train, valid};
  report.sections.push_back(
      {.heading = lab.say("More rows"),
       .exhibits = {
           {"learning_curve",
            chart::Chart{.title = lab.say(message("{} by training rows, without regularization", Message(title))),
                         .description = lab.say("Means over the seeds with their 95 % intervals."),
                         .x = {.label = lab.say("training rows"), .log = true},
                         .panels = {panel},
                         .width = report::page_width},
            lab.say("Where both meet, more rows bring nothing; where they are apart, more rows bring them "
                    "together.")}}});

  add_diverged(lab, report, of_methods);
  if (!std::isfinite(none.mean(valid_score).value)) {
    report.advice.push_back(ranked(of_methods, valid_score).empty()
                                ? no_training_ended()
                                : message("Without regularization no training came to its end, so there is nothing to "
                                          "compare with: try a lower trainer.learning_rate first (fathom lab rate)."));
    return report;
  }
  const double apart = none.mean(valid_score).value - none.mean("train/" + score).value;
  report.findings.push_back(
      {.name = "gap",
       .sentence = message("Without regularization: {} {} on rows that were trained on, {} on others.", Message(title),
                           lab.words().figure(none.mean("train/" + score).value),
                           lab.words().figure(none.mean(valid_score).value)),
       .values = {{"train", none.mean("train/" + score).value},
                  {"valid", none.mean(valid_score).value},
                  {"difference", apart}},
       .trace = curve_of(none, valid_score).mean});
  for (const Gain& gain : gains) {
    const int sign = sure_sign(gain.gain);
    std::string name = gain.name;
    std::replace(name.begin(), name.end(), ' ', '_');
    const std::string by = with_interval(lab, gain.gain);
    report.findings.push_back(
        {.name = name,
         .sentence =
             gain.name == "early stopping"
                 ? message("{}: lower by at most {}, as the rows that judge it chose the epoch.", gain.title, by)
             : sign > 0 ? message("{}: lower by {}.", gain.title, by)
             : sign < 0 ? message("{}: a loss, by {}.", gain.title, by)
                        : message("{}: {}, which may be nothing.", gain.title, by),
         .values = {{"gain", gain.gain.value}, {"low", gain.gain.low}, {"high", gain.gain.high}}});
  }
  const Interval more = difference(*by_share[1], none, valid_score);
  if (std::isfinite(more.value))
    report.findings.push_back(
        {.name = "more_rows",
         .sentence = message("{} % of the rows: {} higher than with all.", 30, with_interval(lab, more)),
         .values = {{"difference", more.value}, {"low", more.low}, {"high", more.high}},
         .trace = valid.y});

  const auto best = std::find_if(gains.begin(), gains.end(),
                                 [](const Gain& gain) { return !gain.key.empty() && sure_sign(gain.gain) > 0; });
  if (best != gains.end())
    report.advice.push_back(message("Set {}: of what one key sets, it helps most.", best->key));
  else if (lab.seeds().size() == 1)
    report.advice.push_back(one_seed_shows_little());
  else
    report.advice.push_back(
        "By these seeds no single kind of regularization surely helps this training. More seeds (--seeds) may show a "
        "small gain; a large one lies elsewhere, in the model, the optimization or the data.");
  if (sure_sign(ensemble.gain) > 0)
    report.advice.push_back(
        message("Where accuracy is worth {} times the work, train {} networks by their seeds and give "
                "them all to fathom predict.",
                ensemble_size, ensemble_size));
  if (sure_sign(more) > 0) report.advice.push_back("The learning curve still falls: more rows would help.");
  return report;
}

}  // namespace fathom
