// lab optimizer: the update rules, each at its own best rate, on the user's training and on a bowl.
#include <algorithm>
#include <cmath>
#include <map>

#include "fathom/lab/bowl_section.hpp"
#include "fathom/lab/candidates.hpp"
#include "fathom/lab/experiments.hpp"
#include "fathom/lab/layer_steps.hpp"
#include "fathom/lab/report_sections.hpp"
#include "fathom/lab/variants.hpp"
#include "fathom/train/session_options.hpp"

namespace fathom {

namespace {

// Rates that are searched: half a decade apart, so many at first and at most so many on either side.
constexpr int searched_at_first = 2, searched_at_most = 6;
// After this share of the epochs, so many of each optimizer's rates go on to the end: a high rate is often ahead early.
constexpr double search_share = 0.25;
constexpr std::size_t finalists = 3;
constexpr const char* compared_by = "valid/loss";
constexpr std::size_t drawn_layers = 6;
// Of the highest share that any layer moves: less, as at the end of a rate that falls to 0, is not drawn.
constexpr double lowest_drawn = 1e-4;

struct NamedOptimizer {
  std::string name, title;
};

std::vector<NamedOptimizer> compared_optimizers(const Laboratory& lab) {
  std::vector<NamedOptimizer> all{{"sgd", "SGD"},         {"momentum", "momentum"}, {"adagrad", "Adagrad"},
                                  {"rmsprop", "RMSProp"}, {"adam", "Adam"},         {"adamw", "AdamW"}};
  if (lab.settings().trainer.optimizer == "nesterov") all.push_back({"nesterov", "Nesterov"});
  return all;
}

void set_optimizer(Settings& settings, const std::string& name, double rate) {
  auto& trainer = settings.trainer;
  if (name != "momentum" && name != "nesterov") trainer.momentum = -1;  // RMSProp would take it too
  trainer.optimizer = name;
  trainer.learning_rate = rate;
}

// The rate that an optimizer has by default, times half decades, to two digits.
double searched_rate(const Laboratory& lab, const std::string& name, int place) {
  Settings settings = lab.settings();
  set_optimizer(settings, name, 0);
  return std::stod(fmt::format("{:.1e}", learning_rate(settings) * std::pow(10, 0.5 * place)));
}

// The rates of one optimizer that were tried, with a seed that takes no part in the comparison: what it chose is not
// judged by it.
struct RateSearch {
  Index first_stop = 0;
  std::map<int, Candidate> tried = {};  // by place

  // Scores after the first share of the epochs, by place.
  std::map<int, double> early() const {
    std::map<int, double> scores;
    for (const auto& [place, candidate] : tried)
      scores.emplace(place, lowest_until(candidate.result, compared_by, first_stop));
    return scores;
  }

  // The lowest of those scores; nothing where there is none.
  static std::optional<int> lowest(const std::map<int, double>& scores) {
    std::optional<int> place;
    for (const auto& [at, score] : scores)
      if (std::isfinite(score) && (!place || score < scores.at(*place))) place = at;
    return place;
  }
  // Beside the lowest where it lies at an end.
  std::optional<int> next() const {
    const auto place = lowest(early());
    const int first = tried.begin()->first, last = tried.rbegin()->first;
    if (!place) return first > -searched_at_most ? std::optional(first - 1) : std::nullopt;
    if (*place == first && first > -searched_at_most) return first - 1;
    if (*place == last && last < searched_at_most) return last + 1;
    return {};
  }
  // Scores of those that came to their end.
  std::map<int, double> ended() const {
    std::map<int, double> scores;
    for (const auto& [place, candidate] : tried)
      if (candidate.result.status == RunStatus::finished) scores.emplace(place, candidate.score);
    return scores;
  }
  // What the optimizer is given.
  int best() const {
    if (const auto place = lowest(ended())) return *place;
    return lowest(early()).value_or(-searched_at_most);
  }
};

std::string name_at_rate(const std::string& optimizer, double rate) {
  return fmt::format("{} at {:.1e}", optimizer, rate);
}

// Successive halving over rates half a decade apart around the default of each optimizer; where the lowest lies at the
// end of those tried, on beyond it.
std::vector<RateSearch> search_rates(Laboratory& lab, const std::vector<NamedOptimizer>& optimizers, Index first_stop) {
  const std::uint64_t search_seed = lab.settings().seed + 1000;
  std::vector<RateSearch> searches(optimizers.size(), {.first_stop = first_stop});
  std::vector<std::pair<std::size_t, int>> asked;
  for (std::size_t i = 0; i < optimizers.size(); ++i)
    for (int place = -searched_at_first; place <= searched_at_first; ++place) asked.emplace_back(i, place);
  while (!asked.empty() && !lab.is_cut()) {
    std::vector<Candidate*> candidates;
    for (const auto& [i, place] : asked) {
      const std::string& name = optimizers[i].name;
      const double rate = searched_rate(lab, name, place);
      Candidate& candidate = searches[i].tried[place];
      candidate.trial = lab.trial(fmt::format("{}, seed {}", name_at_rate(name, rate), search_seed), search_seed,
                                  [&](Settings& settings) { set_optimizer(settings, name, rate); });
      candidates.push_back(&candidate);
    }
    train_until(lab, candidates, first_stop, compared_by);
    asked.clear();
    for (std::size_t i = 0; i < searches.size(); ++i)
      if (const auto place = searches[i].next()) asked.emplace_back(i, *place);
  }
  std::vector<Candidate*> going;
  for (RateSearch& search : searches) {
    std::vector<Candidate*> order;
    for (auto& [place, candidate] : search.tried)
      if (std::isfinite(candidate.score)) order.push_back(&candidate);
    std::stable_sort(order.begin(), order.end(), is_better);
    going.insert(going.end(), order.begin(), order.begin() + static_cast<long>(std::min(order.size(), finalists)));
  }
  if (!lab.is_cut()) train_until(lab, going, 0, compared_by);
  return searches;
}

chart::Chart search_chart(const Laboratory& lab, const std::vector<NamedOptimizer>& optimizers,
                          const std::vector<RateSearch>& searches, Index first_stop) {
  chart::Chart chart{.title = lab.say("Validation loss by learning rate"),
                     .description = lab.say("A line for each optimizer; its lowest point at the end is the rate it is "
                                            "given."),
                     .x = {.label = lab.say("learning rate"), .log = true},
                     .width = report::page_width};
  for (const bool at_the_end : {false, true}) {
    chart::Panel panel{
        .y = {.label = lab.say(at_the_end ? Message("at the end") : message("after {} epochs", first_stop))},
        .height = 180};
    double low = std::numeric_limits<double>::infinity(), high = 0;
    for (std::size_t i = 0; i < optimizers.size(); ++i) {
      chart::Series line{.name = at_the_end ? std::string() : lab.say(Message(optimizers[i].title)),
                         .color = static_cast<int>(i)};
      for (const auto& [place, loss] : at_the_end ? searches[i].ended() : searches[i].early()) {
        line.x.push_back(searched_rate(lab, optimizers[i].name, place));
        line.y.push_back(loss);
        if (!std::isfinite(loss)) continue;
        low = std::min(low, loss);
        high = std::max(high, loss);
      }
      chart::Series marks = line;
      marks.name.clear();
      marks.mark = chart::Mark::points;
      panel.series.push_back(std::move(line));
      panel.series.push_back(std::move(marks));
    }
    panel.y.log = low > 0 && high > 10 * low;
    if (high > 0) chart.panels.push_back(std::move(panel));
  }
  return chart;
}

chart::Chart optimizer_curves(const Laboratory& lab, const std::vector<VariantResult>& results) {
  chart::Chart chart{.title = lab.say("Loss by epoch, each at its best rate"),
                     .description = lab.say("A line for each optimizer, the mean of its seeds, in a band from the "
                                            "lowest to the highest."),
                     .x = {.label = lab.say("epoch"), .exact = true, .whole = true},
                     .width = report::page_width};
  for (const char* column : {"train/loss", "valid/loss"}) {
    const bool train = column == std::string_view("train/loss");
    chart::Panel panel{.y = {.label = lab.say(train ? "training loss" : "validation loss"), .log = true},
                       .height = 210};
    for (std::size_t i = 0; i < results.size(); ++i)
      add_curve(panel, curve_of(results[i], column), train ? lab.say(results[i].variant.title) : std::string(),
                static_cast<int>(i), i % 2 == 1);
    if (!panel.series.empty()) chart.panels.push_back(std::move(panel));
  }
  return chart;
}

// The steps of the weight matrices alone: biases begin at 0, where no share is defined.
struct MatrixSteps {
  std::vector<std::string> names;
  std::vector<double> steps;
  std::vector<std::vector<double>> ratios;  // [matrix, step]

  // Of the matrix that moves the most by the one that moves the least; each by its geometric mean.
  double spread() const {
    double low = std::numeric_limits<double>::infinity(), high = 0;
    for (const auto& ratio : ratios) {
      double sum = 0, count = 0;
      for (const double value : ratio)
        if (value > 0 && std::isfinite(value)) {
          sum += std::log(value);
          ++count;
        }
      if (count == 0) continue;
      low = std::min(low, std::exp(sum / count));
      high = std::max(high, std::exp(sum / count));
    }
    return high > 0 ? high / low : std::nan("");
  }
};

// Nothing where time is lacking for it.
std::optional<MatrixSteps> matrix_steps(Laboratory& lab, const std::string& name, double rate) {
  const Settings settings =
      lab.trial(name, lab.settings().seed, [&](Settings& changed) { set_optimizer(changed, name, rate); }).settings;
  const auto json = lab.measure_in_time(fmt::format("layer steps, {}", name), [&] {
    const Laboratory::Network network = lab.network(settings);
    const Index steps = total_steps(network.options, network.trainer->batches_per_epoch());
    const Parameters& parameters = network.model->parameters();
    const LayerSteps measured = measure_layer_steps(network.objective, parameters, *lab.prepared().source,
                                                    network.options, steps, 40, [&] { return lab.should_stop(); });
    Json result{{"steps", measured.steps}, {"names", Json::array()}, {"ratios", Json::array()}};
    for (std::size_t k = 0; k < measured.names.size(); ++k) {
      if (parameters.find(measured.names[k])->type.shape.rank() < 2) continue;
      result["names"].push_back(measured.names[k]);
      result["ratios"].push_back(measured.ratios[k]);
    }
    return result;
  });
  if (!json) return std::nullopt;
  MatrixSteps steps{
      json->at("names").get<std::vector<std::string>>(), json->at("steps").get<std::vector<double>>(), {}};
  for (const Json& ratios : json->at("ratios")) steps.ratios.push_back(numbers_of(ratios));
  return steps;
}

chart::Chart layer_chart(const Laboratory& lab, const std::vector<VariantResult>& results,
                         const std::vector<MatrixSteps>& all) {
  chart::Chart chart{.title = lab.say("How far each layer moves in one update, as a share of its weights"),
                     .description = lab.say("A panel for each optimizer, a line for each matrix of weights."),
                     .x = {.label = lab.say("update"), .log = true, .exact = true},
                     .width = report::page_width};
  double high = 0;
  for (const MatrixSteps& steps : all)
    for (const auto& ratios : steps.ratios)
      for (const double ratio : ratios)
        if (std::isfinite(ratio)) high = std::max(high, ratio);
  for (std::size_t i = 0; i < all.size(); ++i) {
    chart::Panel panel{
        .y = {.label = lab.say(results[i].variant.title), .log = true, .low = lowest_drawn * high, .high = high},
        .height = 90};
    const std::size_t count = all[i].names.size(), drawn = std::min(count, drawn_layers);
    for (std::size_t k = 0; k < drawn; ++k) {
      const std::size_t place = drawn < 2 ? 0 : k * (count - 1) / (drawn - 1);
      chart::Series line{.name = i == 0 ? all[i].names[place] : std::string(),
                         .x = all[i].steps,
                         .y = all[i].ratios[place],
                         .color = static_cast<int>(k)};
      for (double& ratio : line.y)
        if (!(ratio >= lowest_drawn * high)) ratio = std::nan("");
      panel.series.push_back(std::move(line));
    }
    chart.panels.push_back(std::move(panel));
  }
  return chart;
}

// The first epoch after which the mean validation loss is at most `loss`; 0 where it never is.
Index epochs_until(const VariantResult& result, double loss) {
  const SeedCurve curve = curve_of(result, "valid/loss");
  for (std::size_t i = 0; i < curve.mean.size(); ++i)
    if (curve.mean[i] <= loss) return static_cast<Index>(curve.x[i]);
  return 0;
}

}  // namespace

LabReport lab_optimizer(Laboratory& lab) {
  const auto& figure = lab.words().figure;
  const std::vector<NamedOptimizer> optimizers = compared_optimizers(lab);
  const Index epochs = lab.settings().trainer.epochs;
  const Index first_stop = std::max<Index>(1, std::lround(search_share * static_cast<double>(epochs)));
  const std::vector<RateSearch> searches = search_rates(lab, optimizers, first_stop);

  LabReport report{.title = "The optimizer",
                   .question =
                       "Which update rule trains this network best, when each has the learning rate that suits "
                       "it?"};
  std::vector<double> rates;
  std::vector<Variant> variants;
  for (std::size_t i = 0; i < optimizers.size(); ++i) {
    const std::string& name = optimizers[i].name;
    const double rate = searched_rate(lab, name, searches[i].best());
    rates.push_back(rate);
    variants.push_back({name_at_rate(name, rate), optimizers[i].title,
                        [name, rate](Settings& settings) { set_optimizer(settings, name, rate); }});
  }
  const std::vector<VariantResult> results = train_variants(lab, variants);
  std::vector<MatrixSteps> steps;
  for (std::size_t i = 0; i < optimizers.size() && !lab.is_cut(); ++i)
    if (auto measured = matrix_steps(lab, optimizers[i].name, rates[i])) steps.push_back(std::move(*measured));
  if (steps.size() < optimizers.size()) steps.clear();
  const Bowl bowl;
  std::vector<std::pair<std::string, std::string>> walkers;
  for (const NamedOptimizer& optimizer : optimizers)
    if (optimizer.name != "adamw") walkers.emplace_back(optimizer.name, lab.say(Message(optimizer.title)));
  const std::vector<BowlWalk> walks = walk_bowl(bowl, walkers);

  report.sections.push_back(
      {.heading = lab.say("Each at its own best rate"),
       .exhibits = {
           {"search", search_chart(lab, optimizers, searches, first_stop),
            lab.say(message(
                "One training of each, with a seed of its own, at rates half a decade apart around the default of "
                "the optimizer; where the best lay at an end, on beyond it. After {} of {} epochs the "
                "best {} went on to the end.",
                first_stop, epochs, finalists))},
           {"curves", optimizer_curves(lab, results)},
           variant_table(lab, results, "optimizers")}});
  if (!steps.empty())
    report.sections.push_back(
        {.heading = lab.say("How far each layer moves"),
         .exhibits = {
             {"layer_steps", layer_chart(lab, results, steps),
              lab.say(message("|after - before| / |before| of one training each, at updates evenly spaced on a "
                              "logarithmic axis. Less than 1/{:g} of the highest is not drawn.",
                              1 / lowest_drawn))}}});
  report.sections.push_back(bowl_section(lab, bowl, walks));

  const std::vector<std::size_t> order = ranked(results, "valid/loss");
  if (order.empty()) {
    report.findings.push_back(bowl_finding(bowl, walks));
    add_diverged(lab, report, results);
    report.advice.push_back("No optimizer came to its end with every number finite: look at the data first.");
    return report;
  }
  const std::size_t best = order.front();
  report.findings.push_back(
      {.name = "best",
       .sentence = message("Lowest validation loss: {} at rate {:.2g}, {}.", lab.say(results[best].variant.title),
                           rates[best], with_interval(lab, results[best].mean("valid/loss"))),
       .values = {{"place", static_cast<double>(best)}, {"loss", results[best].mean("valid/loss").value}},
       .trace = curve_of(results[best], "valid/loss").mean});
  Finding found_rates{.name = "rates", .sentence = {}};
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < optimizers.size(); ++i) {
    found_rates.values.emplace_back(optimizers[i].name, rates[i]);
    parts.push_back(fmt::format("{} {:.2g}", lab.say(Message(optimizers[i].title)), rates[i]));
  }
  found_rates.sentence = message("Best rates: {}.", fmt::format("{}", fmt::join(parts, ", ")));
  report.findings.push_back(std::move(found_rates));
  constexpr std::size_t sgd = 0, adam = 4;
  if (const double ends = results[sgd].mean("valid/loss").value; best != sgd && std::isfinite(ends))
    if (const Index until = epochs_until(results[best], ends); until > 0)
      report.findings.push_back({.name = "sooner",
                                 .sentence = message("{} is as low as SGD ever gets after {} of {} epochs.",
                                                     lab.say(results[best].variant.title), until, epochs),
                                 .values = {{"epochs", static_cast<double>(until)}}});
  if (!steps.empty()) {
    Finding layers{.name = "layer_steps", .sentence = {}};
    for (std::size_t i = 0; i < steps.size(); ++i) layers.values.emplace_back(optimizers[i].name, steps[i].spread());
    if (std::isfinite(steps[sgd].spread()) && std::isfinite(steps[adam].spread())) {
      layers.sentence = message(
          "In one update, SGD moves one layer {:.2g} times as far as another, as a share of its "
          "weights; Adam {:.2g} times.",
          steps[sgd].spread(), steps[adam].spread());
      report.findings.push_back(std::move(layers));
    }
  }
  report.findings.push_back(bowl_finding(bowl, walks));
  add_diverged(lab, report, results);

  const std::string& yours = lab.settings().trainer.optimizer;
  const std::size_t own = static_cast<std::size_t>(
      std::find_if(optimizers.begin(), optimizers.end(), [&](const auto& one) { return one.name == yours; }) -
      optimizers.begin());
  const Interval gain = difference(results[own], results[best], "valid/loss");
  if (!std::isfinite(gain.value))
    report.advice.push_back(
        message("Set trainer.optimizer = \"{}\" and trainer.learning_rate = {:.2g}: with {} no "
                "training came to its end.",
                optimizers[best].name, rates[best], yours));
  else if (best != own && sure_sign(gain) > 0)
    report.advice.push_back(
        message("Set trainer.optimizer = \"{}\" and trainer.learning_rate = {:.2g}: it ends {} below "
                "{} at its best rate, {:.2g}.",
                optimizers[best].name, rates[best], with_interval(lab, gain), yours, rates[own]));
  else if (best != own)
    report.advice.push_back(
        lab.seeds().size() == 1
            ? message("{} ends lower than {} by {}, by the one seed there is: --seeds 3 would tell whether that holds.",
                      lab.say(Message(optimizers[best].title)), lab.say(Message(optimizers[own].title)),
                      figure(gain.value))
            : message("{} ends lower than {} by {}, but the seeds do not agree: keep trainer.optimizer = \"{}\", at "
                      "trainer.learning_rate = {:.2g}.",
                      lab.say(Message(optimizers[best].title)), lab.say(Message(optimizers[own].title)),
                      figure(gain.value), yours, rates[own]));
  else
    report.advice.push_back(
        message("Keep trainer.optimizer = \"{}\": no other ends lower. Its best rate is "
                "trainer.learning_rate = {:.2g}.",
                yours, rates[own]));
  const double set = learning_rate(lab.settings());
  if (const double factor = std::max(set / rates[own], rates[own] / set); factor > 2)
    report.advice.push_back(
        set > rates[own] ? message("Your rate, {:.2g}, is {:.2g} times as high as the best that was found for {}.", set,
                                   factor, yours)
                         : message("Your rate, {:.2g}, is {:.2g} times lower than the best that was found for {}.", set,
                                   factor, yours));
  return report;
}

}  // namespace fathom
