// lab depth: the same weights in few wide layers or in many narrow ones, and layers added at one width.
#include <cmath>

#include "fathom/lab/experiments.hpp"
#include "fathom/lab/report_sections.hpp"
#include "fathom/lab/variants.hpp"

namespace fathom {

namespace {

constexpr Index most_layers = 6;
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

Index weights_of(const Laboratory& lab, const Settings& settings) {
  const Pipeline& pipeline = lab.prepared().pipeline;
  return TableModel(pipeline, model_options(settings, pipeline)).parameters().learned();
}

Settings with_hidden(Settings settings, Index layers, Index width) {
  settings.model.hidden = std::vector<Index>(static_cast<std::size_t>(layers), width);
  return settings;
}

// The width at which so many layers have about as many weights as are wanted.
Index width_for(const Laboratory& lab, Index layers, Index wanted) {
  Index low = 1, high = 1;
  while (weights_of(lab, with_hidden(lab.settings(), layers, high)) < wanted && high < 65536) high *= 2;
  while (low + 1 < high) {
    const Index middle = (low + high) / 2;
    (weights_of(lab, with_hidden(lab.settings(), layers, middle)) < wanted ? low : high) = middle;
  }
  const auto off = [&](Index width) {
    return std::abs(weights_of(lab, with_hidden(lab.settings(), layers, width)) - wanted);
  };
  return off(low) < off(high) ? low : high;
}

struct Depths {
  std::vector<Variant> variants;
  std::vector<Index> widths;
};

Depths depths(const std::function<Index(Index layers)>& width) {
  Depths depths;
  for (Index layers = 1; layers <= most_layers; ++layers) {
    const Index units = width(layers);
    depths.widths.push_back(units);
    depths.variants.push_back(
        {fmt::format("{} layers of {}", layers, units), message("{} x {}", layers, units),
         [layers, units](Settings& settings) { settings = with_hidden(settings, layers, units); }});
  }
  return depths;
}

chart::Series with_intervals(const std::vector<VariantResult>& results, const std::string& name, int color,
                             const std::function<Interval(const VariantResult&)>& value) {
  chart::Series points{.name = name, .mark = chart::Mark::points, .color = color};
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Interval at = value(results[i]);
    if (!std::isfinite(at.value)) continue;
    points.x.push_back(static_cast<double>(i + 1));
    points.y.push_back(at.value);
    points.low.push_back(at.low);
    points.high.push_back(at.high);
  }
  return points;
}

chart::Chart losses(const Laboratory& lab, const std::vector<VariantResult>& results, const std::string& title) {
  chart::Panel panel{.y = {.label = lab.say("loss"), .log = true}, .height = 200};
  panel.series = {
      with_intervals(results, lab.say("training, last epoch"), 0,
                     [](const VariantResult& result) { return mean_of_finite(result.ended("train/loss")); }),
      with_intervals(results, lab.say("validation, best epoch"), 1,
                     [](const VariantResult& result) { return result.mean("valid/loss"); })};
  return {.title = title,
          .description = lab.say("Means over the seeds with their 95 % intervals."),
          .x = {.label = lab.say("hidden layers"), .whole = true},
          .panels = {panel},
          .width = report::page_width};
}

// How much better the accuracy is on the rows that were trained on, which bounds what the validation rows show.
chart::Chart gaps(const Laboratory& lab, const std::vector<VariantResult>& results, double margin) {
  chart::Panel panel{.y = {.label = lab.say("accuracy")}, .height = 200};
  panel.series = {with_intervals(results, lab.say("training"), 0,
                                 [](const VariantResult& result) {
                                   return Interval{result.mean("train/accuracy").value, unknown, unknown};
                                 }),
                  with_intervals(results, lab.say("validation"), 1, [&](const VariantResult& result) {
                    const double value = result.mean("valid/accuracy").value;
                    return Interval{value, std::max(0.0, value - margin), std::min(1.0, value + margin)};
                  })};
  return {.title = lab.say("Accuracy on rows that were trained on, and on others"),
          .description = lab.say("The distance of the two is the generalization gap."),
          .x = {.label = lab.say("hidden layers"), .whole = true},
          .panels = {panel},
          .width = report::page_width};
}

}  // namespace

LabReport lab_depth(Laboratory& lab) {
  const TableModelOptions now = model_options(lab.settings(), lab.prepared().pipeline);
  if (now.hidden.empty())
    throw Error(Code::config, "lab depth needs a network with hidden layers, and this one has none", {},
                "set model.hidden, such as model.hidden = [64]");
  const Index width = now.hidden.front(), wanted = weights_of(lab, lab.settings());
  const Depths equal = depths([&](Index layers) { return width_for(lab, layers, wanted); });
  const Depths grown = depths([&](Index) { return width; });
  // In one call, so that all run side by side. What is in both lists is trained once: its runs have the same names.
  std::vector<Variant> both = equal.variants;
  both.insert(both.end(), grown.variants.begin(), grown.variants.end());
  const std::vector<VariantResult> all = train_variants(lab, both);
  const std::vector<VariantResult> same(all.begin(), all.begin() + most_layers),
      deeper(all.begin() + most_layers, all.end());

  LabReport report{.title = "Depth",
                   .question =
                       "Does this training gain by more layers: at the same number of weights, and by layers added "
                       "at one width? Where a deeper network ends with a higher training loss, that is the "
                       "optimization: it could compute what the shallower one does."};
  report.sections.push_back(
      {.heading = lab.say("Layers added at one width"),
       .exhibits = {{"constant_width", losses(lab, deeper, lab.say(message("Loss with hidden layers of {}", width)))},
                    variant_table(lab, deeper, "constant_width_table")}});
  report.sections.push_back(
      {.heading = lab.say("The same number of weights"),
       .paragraphs = {lab.say(message("About {} weights in each network, as in the configuration's.", wanted))},
       .exhibits = {{"equal_weights", losses(lab, same, lab.say("Loss with the same number of weights"))},
                    variant_table(lab, same, "equal_weights_table")}});

  // Does a deeper network reach what the shallowest reaches on the rows it was trained on?
  std::size_t worst = 0;
  Interval excess;
  for (std::size_t i = 1; i < deeper.size(); ++i) {
    const Interval more = difference(deeper[i].ended("train/loss"), deeper[0].ended("train/loss"));
    if (!std::isfinite(more.value) || (worst > 0 && more.value <= excess.value)) continue;
    worst = i;
    excess = more;
  }
  const bool harder = worst > 0 && sure_sign(excess) > 0;
  if (worst > 0)
    report.findings.push_back(
        {.name = "optimization",
         .sentence = harder
                         ? message("With {} layers of {} the training loss ends {} above that of one layer: that is "
                                   "optimization, not capacity.",
                                   worst + 1, width, with_interval(lab, excess))
                         : message("No deeper network ends with a training loss that is surely above that of one layer "
                                   "(the highest, {} layers: {}).",
                                   worst + 1, with_interval(lab, excess)),
         .values = {{"layers", static_cast<double>(worst + 1)},
                    {"difference", excess.value},
                    {"low", excess.low},
                    {"high", excess.high},
                    {"harder", harder ? 1.0 : 0.0}},
         .trace = with_intervals(deeper, "", 0, [](const VariantResult& result) {
                    return mean_of_finite(result.ended("train/loss"));
                  }).y});
  for (const bool at_one_width : {true, false}) {
    const std::vector<VariantResult>& results = at_one_width ? deeper : same;
    const std::vector<std::size_t> order = ranked(results, "valid/loss");
    if (order.empty()) continue;
    const VariantResult& best = results[order.front()];
    const std::string mean = with_interval(lab, best.mean("valid/loss"));
    report.findings.push_back(
        {.name = at_one_width ? "best_constant_width" : "best_equal_weights",
         .sentence =
             at_one_width
                 ? message("At one width, the validation loss is lowest with {}: {}.", best.variant.title, mean)
                 : message("At the same number of weights, it is lowest with {}: {}.", best.variant.title, mean),
         .values = {{"layers", static_cast<double>(order.front() + 1)}, {"loss", best.mean("valid/loss").value}},
         .trace =
             with_intervals(results, "", 0, [](const VariantResult& result) { return result.mean("valid/loss"); }).y});
  }

  const Index valid_rows = lab.prepared().source->rows(Part::valid);
  if (lab.prepared().schema.task != Task::regression && valid_rows > 0) {
    const double margin = hoeffding_margin(static_cast<double>(valid_rows));
    report.sections.push_back(
        {.heading = lab.say("The generalization gap"),
         .exhibits = {{"gap", gaps(lab, deeper, margin)}},
         .note =
             lab.say(message("The bars are Hoeffding's bound for {} validation rows at 95 %: ± {:.3f}, whatever the "
                             "distribution. It does not count that the best epoch was chosen on these rows.",
                             valid_rows, margin))});
    const auto gap = [&](const VariantResult& result) {
      return result.mean("train/accuracy").value - result.mean("valid/accuracy").value;
    };
    // Each of the two is known to the margin.
    const double first = gap(deeper.front()), last = gap(deeper.back());
    if (std::isfinite(first) && std::isfinite(last))
      report.findings.push_back(
          {.name = "gap",
           .sentence =
               last - first > 2 * margin
                   ? message("The gap between training and validation accuracy grows from {:.3f} with one layer to "
                             "{:.3f} with {}, more than the {:.3f} that the validation rows leave open.",
                             first, last, deeper.size(), 2 * margin)
                   : message("The gap between training and validation accuracy is {:.3f} with one layer and {:.3f} "
                             "with {}; the validation rows leave {:.3f} open.",
                             first, last, deeper.size(), 2 * margin),
           .values = {{"one_layer", first}, {"most_layers", last}, {"margin", margin}}});
  }

  add_diverged(lab, report, deeper);
  const std::vector<std::size_t> order = ranked(all, "valid/loss");
  if (order.empty()) {
    report.advice.push_back(no_training_ended());
    return report;
  }
  const std::size_t best = order.front();
  const std::vector<Index> layers(best % most_layers + 1,
                                  best < static_cast<std::size_t>(most_layers)
                                      ? equal.widths[best]
                                      : grown.widths[best - static_cast<std::size_t>(most_layers)]);
  const std::string list = fmt::format("[{}]", fmt::join(layers, ", "));
  const Interval gain = difference(deeper.front(), all[best], "valid/loss");
  if (harder)
    report.advice.push_back(
        "The deep networks are held up by optimization. Before more layers: model.norm = \"layer\", another "
        "trainer.learning_rate, or an optimizer that adapts (fathom lab optimizer).");
  if (sure_sign(gain) > 0)
    report.advice.push_back(
        message("Set model.hidden = {}: {} below one layer of {}.", list, with_interval(lab, gain), width));
  else if (!std::isfinite(gain.value))
    report.advice.push_back(message(
        "Set model.hidden = {}: of the networks that came to their end it has the lowest validation loss.", list));
  else if (lab.seeds().size() == 1)
    report.advice.push_back(one_seed_shows_little());
  else
    report.advice.push_back(message(
        "More layers than one do not surely lower the validation loss here: model.hidden = [{}] is enough, and faster.",
        width));
  return report;
}

}  // namespace fathom
