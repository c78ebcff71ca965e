// lab loss: what is minimised, and what that makes of the way down.
#include <algorithm>
#include <atomic>
#include <cmath>

#include "fathom/base/rng.hpp"
#include "fathom/derive/derive.hpp"
#include "fathom/inspect/landscape.hpp"
#include "fathom/inspect/row_sample.hpp"
#include "fathom/lab/experiments.hpp"
#include "fathom/lab/report_sections.hpp"
#include "fathom/lab/variants.hpp"
#include "fathom/nn/losses.hpp"
#include "fathom/train/program.hpp"
#include "fathom/train/session_options.hpp"

namespace fathom {

namespace {

constexpr std::size_t surface_cells = 33;
constexpr Index surface_rows = 1000;
constexpr double mistake = 1e-4;  // probability of the true class where a prediction is confidently wrong

void cross_entropy(Settings& settings) { settings.output.loss = "cross_entropy"; }
void squared_error(Settings& settings) { settings.output.loss = "mse"; }

std::vector<Variant> class_losses(const Laboratory& lab) {
  const double rate = learning_rate(lab.settings());
  const auto faster = [rate](double factor) {
    return [rate, factor](Settings& settings) {
      squared_error(settings);
      settings.trainer.learning_rate = rate * factor;
    };
  };
  return {{"cross-entropy", "cross-entropy", cross_entropy},
          {"mse", "MSE", squared_error},
          {"mse, rate x3", "MSE, three times the rate", faster(3)},
          {"mse, rate x10", "MSE, ten times the rate", faster(10)}};
}

// --- the gradient at a mistake

struct MistakeGradients {
  std::vector<double> probability, cross_entropy, mse;  // of the true class; norms of the gradient in the logits
};

// Two logits at which the true class has a probability, and the library's own losses and derivatives there.
MistakeGradients gradients_at_mistakes() {
  MistakeGradients result;
  for (double exponent = -8; exponent <= 0; exponent += 0.25) result.probability.push_back(std::pow(10, exponent));
  result.probability.back() = 0.999;
  const auto rows = static_cast<Index>(result.probability.size());
  Tensor logits({rows, 2}, std::vector<double>(static_cast<std::size_t>(2 * rows)));
  for (Index row = 0; row < rows; ++row) {
    const double p = result.probability[static_cast<std::size_t>(row)];
    logits.set(2 * row, std::log(p));
    logits.set(2 * row + 1, std::log(1 - p));
  }
  Tensor classes(Type{Dtype::i32, {rows}});  // the first one
  Program program([&](Trace& trace) {
    const Var z = trace.graph().input("z", logits.type()), target = trace.graph().input("target", classes.type());
    const Var of_cross_entropy = grad(sum(softmax_cross_entropy(z, target), {0}), {z}).front();
    const Var of_mse = grad(sum(mse(softmax(z), one_hot(target, 2, Dtype::f64)), {0}), {z}).front();
    return Request{{of_cross_entropy, of_mse}, {}};
  });
  program.bind("z", logits.view());
  program.bind("target", classes.view());
  program.run();
  for (Index row = 0; row < rows; ++row)
    for (const std::size_t loss : {0, 1}) {
      const auto gradient = program.output(loss).span<double>();
      const auto at = static_cast<std::size_t>(2 * row);
      (loss == 0 ? result.cross_entropy : result.mse).push_back(std::hypot(gradient[at], gradient[at + 1]));
    }
  return result;
}

void add_mistakes(Laboratory& lab, LabReport& report) {
  const MistakeGradients gradients = gradients_at_mistakes();
  chart::Panel panel{.y = {.label = lab.say("norm of the gradient"), .log = true},
                     .series = {{.name = lab.say("cross-entropy"),
                                 .x = gradients.probability,
                                 .y = gradients.cross_entropy,
                                 .color = 0},
                                {.name = lab.say("MSE"), .x = gradients.probability, .y = gradients.mse, .color = 1}},
                     .height = 200};
  report.sections.push_back(
      {.heading = lab.say("Where the prediction is confidently wrong"),
       .paragraphs = {lab.say(
           "What a row says to the weights passes through the gradient of its loss in the logits. For "
           "squared errors of probabilities it goes to zero where the network is sure of the wrong "
           "class: the worse the mistake, the weaker the correction.")},
       .exhibits = {{"mistakes",
                     chart::Chart{.title = lab.say("Gradient in the logits by the probability of the true class"),
                                  .description = lab.say("Computed by derivatives of the two losses, two classes."),
                                  .x = {.label = lab.say("probability of the true class"), .log = true, .exact = true},
                                  .panels = {panel},
                                  .width = report::page_width}}}});
  const auto at = static_cast<std::size_t>(
      std::lower_bound(gradients.probability.begin(), gradients.probability.end(), mistake * 0.999) -
      gradients.probability.begin());
  const double ratio = gradients.cross_entropy[at] / gradients.mse[at];
  report.findings.push_back(
      {.name = "confident_mistake",
       .sentence =
           message("Where the true class is given a probability of {}, the gradient of cross-entropy is {:.3g}, that "
                   "of MSE {:.2g}: {:.0f} times smaller.",
                   mistake, gradients.cross_entropy[at], gradients.mse[at], ratio),
       .values = {{"probability", gradients.probability[at]},
                  {"cross_entropy", gradients.cross_entropy[at]},
                  {"mse", gradients.mse[at]},
                  {"ratio", ratio}},
       .trace = gradients.mse});
}

// --- the surface

// The losses of one network on one plane: through its start, the end of a training by cross-entropy, and across.
struct Surface {
  chart::Grid grids[2];  // cross-entropy, MSE
  double end = 0;        // on the first axis; the start is at 0
};

// Null where that training diverges.
Json measure_surface(Laboratory& lab) {
  const Trial trial = lab.trial("surface", lab.settings().seed, cross_entropy);
  const Laboratory::Network network = lab.network(trial.settings);
  const Flat start = network.trainer->state().weights;
  std::atomic<bool> stop{false};
  network.trainer->interrupt = &stop;
  network.trainer->on_step = [&](const StepReport&) { stop = lab.should_stop(); };
  if (network.trainer->run().ending == Ending::diverged) return nullptr;
  const Flat& end = network.trainer->state().weights;
  const std::optional<Plane> plane = plane_through(start, end, random_like(start, trial.settings.seed));
  if (!plane) return nullptr;
  const double length = place_on(*plane, end).a;
  const RowSample sample(*lab.prepared().source, surface_rows);
  // From the end to as far behind the start.
  const landscape::PlaneGrid grid{.a_low = -1.5 * length,
                                  .a_high = 1.5 * length,
                                  .b_low = -1.5 * length,
                                  .b_high = 1.5 * length,
                                  .columns = surface_cells,
                                  .rows = surface_cells};
  Json json{{"end", length}};
  for (const auto& [name, change] : {std::pair{"cross_entropy", &cross_entropy}, std::pair{"mse", &squared_error}}) {
    Settings settings = trial.settings;
    change(settings);
    const Laboratory::Network same = lab.network(settings);
    json[name] = landscape::losses_on({same.objective, sample}, *plane, grid);
  }
  return json;
}

Surface surface_of(const Json& json) {
  Surface surface;
  surface.end = json.at("end").get<double>();
  std::size_t place = 0;
  for (const char* name : {"cross_entropy", "mse"}) {
    const double edge = 1.5 * surface.end;
    surface.grids[place] = {.x_low = -edge,
                            .x_high = edge,
                            .y_low = -edge,
                            .y_high = edge,
                            .columns = surface_cells,
                            .rows = surface_cells};
    surface.grids[place].values = numbers_of(json.at(name));
    ++place;
  }
  return surface;
}

// How steep a loss is far from its minimum: the mean slope along the outermost ring of the grid toward the next one, as
// a share of the steepest slope of the whole grid.
double slope_at_the_edge(const chart::Grid& grid) {
  const double step = (grid.x_high - grid.x_low) / static_cast<double>(grid.columns - 1);
  double steepest = 0, sum = 0, count = 0;
  for (std::size_t r = 1; r + 1 < grid.rows; ++r)
    for (std::size_t c = 1; c + 1 < grid.columns; ++c) {
      const double slope =
          std::hypot(grid.at(r, c + 1) - grid.at(r, c - 1), grid.at(r + 1, c) - grid.at(r - 1, c)) / (2 * step);
      if (!std::isfinite(slope)) continue;
      steepest = std::max(steepest, slope);
      if (r > 1 && r + 2 < grid.rows && c > 1 && c + 2 < grid.columns) continue;
      sum += slope;
      ++count;
    }
  return sum / count / steepest;
}

void add_surface(Laboratory& lab, LabReport& report) {
  const auto measured = lab.measure_in_time("surface", [&] { return measure_surface(lab); });
  if (!measured || measured->is_null()) return;
  const Surface surface = surface_of(*measured);
  LabSection section{.heading = lab.say("The two surfaces")};
  for (const std::size_t i : {0, 1}) {
    const Message title = i == 0 ? "cross-entropy" : "MSE";
    section.exhibits.push_back(
        {i == 0 ? "surface_cross_entropy" : "surface_mse",
         chart::ContourChart{.title = lab.say(title),
                             .description = lab.say("Training loss around the start of the training."),
                             .x_label = lab.say("from the start to where cross-entropy ended"),
                             .y_label = lab.say("across, by chance"),
                             .value_label = lab.say("training loss"),
                             .grid = surface.grids[i],
                             .paths = {{.x = {0, surface.end}, .y = {0, 0}, .color = 1}},
                             .width = report::page_width,
                             .height = 330}});
  }
  section.note =
      lab.say(message("The same network and rows on the same plane: the start at the ring, where the training by "
                      "cross-entropy ended at the "
                      "dot. {} training rows.",
                      RowSample(*lab.prepared().source, surface_rows).rows(Part::train)));
  report.sections.push_back(std::move(section));
  const double of_cross_entropy = slope_at_the_edge(surface.grids[0]), of_mse = slope_at_the_edge(surface.grids[1]);
  report.findings.push_back(
      {.name = "surface",
       .sentence =
           message("At the edge of that plane cross-entropy is {:.0f} % as steep as anywhere on it, MSE {:.0f} %.",
                   100 * of_cross_entropy, 100 * of_mse),
       .values = {{"cross_entropy", of_cross_entropy}, {"mse", of_mse}}});
}

// --- trainings

chart::Chart loss_curves(const Laboratory& lab, const std::vector<VariantResult>& results, const std::string& metric) {
  chart::Panel panel{
      .y = {.label = lab.say(message("{}, {}", Message(lab.words().metric(metric)), Message("validation")))},
      .height = 230};
  for (std::size_t i = 0; i < results.size(); ++i)
    add_curve(panel, curve_of(results[i], metric), lab.say(results[i].variant.title), static_cast<int>(i));
  return {.title = lab.say("By epoch"),
          .description = lab.say("A line for each loss, the mean of its seeds."),
          .x = {.label = lab.say("epoch"), .exact = true, .whole = true},
          .panels = {panel},
          .width = report::page_width};
}

// `squared`: the place of the best training by squared errors; `gain`: of accuracy, by cross-entropy over it.
Message class_loss_advice(const Laboratory& lab, const std::vector<VariantResult>& results, std::size_t squared,
                          const Interval& gain) {
  Settings changed = lab.settings();
  results[squared].variant.change(changed);
  const double rate = learning_rate(changed);
  if (!std::isfinite(gain.value))
    return std::isfinite(results[0].mean("valid/accuracy").value)
               ? message("Keep output.loss = \"cross_entropy\": by MSE no training came to its end.")
               : message(
                     "By cross-entropy no training came to its end: try a lower trainer.learning_rate first "
                     "(fathom lab rate).");
  if (sure_sign(gain) > 0)
    return message("Keep output.loss = \"cross_entropy\": it is {} more accurate than MSE at its best rate.",
                   with_interval(lab, gain));
  if (sure_sign(gain) < 0)
    return message("Set output.loss = \"mse\", with trainer.learning_rate = {:.2g}: it is {} more accurate.", rate,
                   with_interval(lab, {-gain.value, -gain.high, -gain.low}));
  return message(
      "These seeds do not tell which is more accurate ({}). Keep output.loss = \"cross_entropy\": it needs no "
      "other rate, and its probabilities are what is minimised.",
      with_interval(lab, gain));
}

LabReport of_classes(Laboratory& lab) {
  LabReport report{.title = "The loss of a classifier",
                   .question =
                       "Cross-entropy or squared errors of the probabilities? The same classifier is trained by "
                       "both, by squared errors also at higher rates, as their gradients are smaller."};
  const std::vector<VariantResult> results = train_variants(lab, class_losses(lab));
  const std::string metric = "valid/accuracy";
  report.sections.push_back(
      {.heading = lab.say("Trained by both"),
       .exhibits = {{"curves", loss_curves(lab, results, metric)}, variant_table(lab, results, "losses")},
       .note = lab.say("The losses of the table are those that each minimises, and cannot be compared.")});
  add_mistakes(lab, report);
  add_surface(lab, report);
  add_diverged(lab, report, results);
  const std::vector<std::size_t> order = ranked(results, metric);
  if (order.empty()) {
    report.advice.push_back(no_training_ended());
    return report;
  }
  // The best that squared errors do, at whatever rate.
  std::size_t squared = 1;
  for (const std::size_t i : order)
    if (i != 0) {
      squared = i;
      break;
    }
  const Interval gain = difference(results[0], results[squared], metric),
                 same = difference(results[0], results[1], metric);
  if (std::isfinite(gain.value) && std::isfinite(same.value))
    report.findings.insert(
        report.findings.begin(),
        {.name = "accuracy",
         .sentence = message("Validation accuracy: cross-entropy {}, MSE at the same rate {}, at its best rate {}.",
                             with_interval(lab, results[0].mean(metric)), with_interval(lab, results[1].mean(metric)),
                             with_interval(lab, results[squared].mean(metric))),
         .values = {{"cross_entropy", results[0].mean(metric).value},
                    {"mse", results[1].mean(metric).value},
                    {"mse_best", results[squared].mean(metric).value},
                    {"difference", gain.value},
                    {"low", gain.low},
                    {"high", gain.high},
                    {"low_same_rate", same.low}},
         .trace = curve_of(results[0], metric).mean});
  report.advice.push_back(class_loss_advice(lab, results, squared, gain));
  return report;
}

// --- numbers, with outliers

constexpr double outlier_share = 0.05, outlier_size = 10;

// The configuration's rows with some targets of the training part moved up by many of their deviations.
std::shared_ptr<const Prepared> with_outliers(const Laboratory& lab) {
  Settings settings = lab.settings();
  std::shared_ptr<Prepared> rows = prepare(settings);
  std::vector<Index> train = rows->source->rows_of(Part::train);
  std::vector<float>& targets = rows->data.target_numbers;
  double sum = 0, squares = 0;
  for (const Index row : train) {
    const double target = static_cast<double>(targets[static_cast<std::size_t>(row)]);
    sum += target;
    squares += target * target;
  }
  const double count = static_cast<double>(train.size()), mean = sum / count;
  const double deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
  Random(settings.seed, "outliers").shuffle(train);
  const auto outliers = static_cast<std::size_t>(std::max(1.0, std::round(outlier_share * count)));
  for (std::size_t i = 0; i < std::min(outliers, train.size()); ++i)
    targets[static_cast<std::size_t>(train[i])] += static_cast<float>(outlier_size * deviation);
  rows->hash ^= 0x9e3779b97f4a7c15;
  return rows;
}

LabReport of_numbers(Laboratory& lab) {
  LabReport report{.title = "The loss of a regression",
                   .question =
                       "Squared errors, absolute errors, or Huber's, which is between? The same network is trained by "
                       "each, on the rows as they are and with outliers among them."};
  const std::shared_ptr<const Prepared> outliers = with_outliers(lab);
  std::vector<Variant> variants;
  for (const auto& rows : {std::shared_ptr<const Prepared>(), outliers})
    for (const auto& [loss, title, title_with] :
         {std::tuple{"mse", "MSE", "MSE, with outliers"}, std::tuple{"mae", "MAE", "MAE, with outliers"},
          std::tuple{"huber", "Huber", "Huber, with outliers"}})
      variants.push_back({std::string(loss) + (rows ? ", outliers" : ""), rows ? title_with : title,
                          [loss = std::string(loss)](Settings& settings) { settings.output.loss = loss; }, rows});
  const std::vector<VariantResult> results = train_variants(lab, variants);
  const std::string metric = "valid/mae";
  report.sections.push_back(
      {.heading = lab.say("Trained by each"),
       .exhibits = {{"curves", loss_curves(lab, results, metric)}, variant_table(lab, results, "losses")},
       .note = lab.say(
           message("Outliers: {:.0f} % of the training targets are moved up by {} of their standard deviations. "
                   "The validation rows have none, and are judged by the mean absolute error.",
                   100 * outlier_share, outlier_size))});
  std::vector<Interval> harm;
  for (std::size_t i = 0; i < 3; ++i) harm.push_back(difference(results[i + 3], results[i], metric));
  std::vector<std::string> names{"mse", "mae", "huber"};
  for (std::size_t i = 0; i < 3; ++i) {
    const Interval clean = results[i].mean(metric);
    if (!std::isfinite(clean.value)) continue;
    const Message name = lab.words().metric(metric);
    report.findings.push_back(
        {.name = names[i],
         .sentence = std::isfinite(harm[i].value)
                         ? message("{}: {} {} without outliers; with them {} more.", variants[i].title, name,
                                   with_interval(lab, clean), with_interval(lab, harm[i]))
                         : message("{}: {} {} without outliers; with them no training came to its end.",
                                   variants[i].title, name, with_interval(lab, clean)),
         .values = {{"clean", clean.value}, {"harm", harm[i].value}, {"low", harm[i].low}, {"high", harm[i].high}},
         .trace = curve_of(results[i + 3], metric).mean});
  }
  const Interval saved = difference(results[3], results[5], metric), cost = difference(results[2], results[0], metric);
  if (std::isfinite(saved.value))
    report.findings.push_back(
        {.name = "robust",
         .sentence =
             sure_sign(saved) > 0 ? message("With outliers, Huber's loss ends {} below MSE.", with_interval(lab, saved))
             : sure_sign(saved) < 0
                 ? message("With outliers, MSE ends {} below Huber's loss.",
                           with_interval(lab, {-saved.value, -saved.high, -saved.low}))
                 : message("With outliers, MSE ends {} above Huber's loss: these seeds do not show a difference.",
                           with_interval(lab, saved)),
         .values = {{"difference", saved.value}, {"low", saved.low}, {"high", saved.high}}});
  add_diverged(lab, report, results);
  if (ranked(results, metric).empty())
    report.advice.push_back(no_training_ended());
  else if (sure_sign(saved) > 0)
    report.advice.push_back(message(
        "If your targets have outliers that are mistakes, set output.loss = \"huber\": it costs {} without them.",
        with_interval(lab, cost)));
  else if (results[3].diverged() > 0 && results[5].diverged() == 0)
    report.advice.push_back(
        "If your targets have outliers that are mistakes, set output.loss = \"huber\": with them MSE diverges.");
  else if (std::isfinite(saved.value))
    report.advice.push_back(
        "Keep output.loss as it is: outliers do no harm to this training that Huber's loss would surely lessen.");
  else
    report.advice.push_back("Too few trainings came to their end to compare the losses with outliers.");
  return report;
}

}  // namespace

LabReport lab_loss(Laboratory& lab) {
  return lab.prepared().schema.task == Task::regression ? of_numbers(lab) : of_classes(lab);
}

}  // namespace fathom
