// lab momentum: what is gained by going on in the direction of the updates before.
#include <algorithm>
#include <atomic>
#include <cmath>

#include "fathom/inspect/landscape.hpp"
#include "fathom/inspect/row_sample.hpp"
#include "fathom/lab/experiments.hpp"
#include "fathom/lab/report_sections.hpp"
#include "fathom/lab/variants.hpp"
#include "fathom/train/session_options.hpp"

namespace fathom {

namespace {

constexpr Index path_points = 120, plane_rows = 1000;
constexpr std::size_t plane_cells = 33;

Variant momentum_of(std::string name, Message title, const std::string& optimizer, double momentum, double rate) {
  return {std::move(name), std::move(title), [optimizer, momentum, rate](Settings& settings) {
            settings.trainer.optimizer = optimizer;
            settings.trainer.momentum = momentum;
            settings.trainer.learning_rate = rate;
          }};
}

// Whether an optimizer is one of those that are compared here.
bool is_compared(const std::string& optimizer) {
  return optimizer == "sgd" || optimizer == "momentum" || optimizer == "nesterov";
}

// The configuration's; where none is set or it is another kind of optimizer's, what is taken for plain descent.
double rate_of_all(const Laboratory& lab) {
  Settings settings = lab.settings();
  if (!is_compared(settings.trainer.optimizer)) settings.trainer.learning_rate = 0;
  settings.trainer.optimizer = "sgd";
  return learning_rate(settings);
}

// All at one rate: what differs is the memory of the updates before. With momentum m an update that always points the
// same way becomes 1 / (1 - m) times as long.
std::vector<Variant> momenta(double rate) {
  return {momentum_of("sgd", "no momentum", "sgd", -1, rate),
          momentum_of("momentum 0.5", "momentum 0.5", "momentum", 0.5, rate),
          momentum_of("momentum 0.9", "momentum 0.9", "momentum", 0.9, rate),
          momentum_of("momentum 0.99", "momentum 0.99", "momentum", 0.99, rate),
          momentum_of("nesterov 0.9", "Nesterov 0.9", "nesterov", 0.9, rate)};
}
constexpr std::size_t plain = 0, with_momentum = 2;

// Where a training went, on the plane, and the loss of the sampled training rows on its way.
struct Walk {
  std::vector<double> a = {}, b = {}, off = {}, losses = {};
};

struct Walks {
  chart::Grid grid;
  Walk plain, momentum;
};

// The weights of a training at evenly spaced updates, the first and the last among them; none where it diverges.
std::vector<Flat> walk(Laboratory& lab, const Settings& settings) {
  const Laboratory::Network network = lab.network(settings);
  Trainer& trainer = *network.trainer;
  const Index steps = total_steps(network.options, trainer.batches_per_epoch());
  std::vector<Flat> places{trainer.state().weights};
  Index next = 1;
  std::atomic<bool> stop{false};
  trainer.interrupt = &stop;
  trainer.on_step = [&](const StepReport& report) {
    stop = lab.should_stop();
    if (report.step * path_points < next * steps && report.step < steps) return;
    places.push_back(trainer.state().weights);
    next = report.step * path_points / steps + 1;
  };
  if (trainer.run().ending == Ending::diverged) return {};
  return places;
}

Json json_of(const Walk& walk) { return {{"a", walk.a}, {"b", walk.b}, {"off", walk.off}, {"losses", walk.losses}}; }

// The two walks from the same start, on the plane through it and both ends; null where one of them diverges
// or goes nowhere.
Json measure_walks(Laboratory& lab, std::uint64_t seed, const std::vector<Variant>& variants) {
  const auto settings = [&](std::size_t variant) { return lab.trial("path", seed, variants[variant].change).settings; };
  const std::vector<Flat> slow = walk(lab, settings(plain)), fast = walk(lab, settings(with_momentum));
  if (slow.empty() || fast.empty()) return nullptr;
  const std::optional<Plane> plane = plane_through(fast.front(), fast.back(), slow.back());
  if (!plane) return nullptr;
  const Laboratory::Network network = lab.network(settings(plain));
  const RowSample sample(*lab.prepared().source, plane_rows);
  const landscape::Terrain terrain{network.objective, sample};
  const auto on_plane = [&](const std::vector<Flat>& places) {
    Walk walk{.losses = landscape::losses_at(terrain, places)};
    for (const Flat& weights : places) {
      const PlanePoint point = place_on(*plane, weights);
      walk.a.push_back(point.a);
      walk.b.push_back(point.b);
      walk.off.push_back(point.off);
    }
    return walk;
  };
  const Walk of_plain = on_plane(slow), of_momentum = on_plane(fast);
  landscape::PlaneGrid grid{.columns = plane_cells, .rows = plane_cells};
  const auto edges = [](std::initializer_list<const std::vector<double>*> lists) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const auto* list : lists)
      for (const double value : *list) {
        low = std::min(low, value);
        high = std::max(high, value);
      }
    const double more = 0.15 * (high - low) + 1e-6;
    return std::pair(low - more, high + more);
  };
  std::tie(grid.a_low, grid.a_high) = edges({&of_plain.a, &of_momentum.a});
  std::tie(grid.b_low, grid.b_high) = edges({&of_plain.b, &of_momentum.b});
  return {{"x", {grid.a_low, grid.a_high}},
          {"y", {grid.b_low, grid.b_high}},
          {"losses", landscape::losses_on(terrain, *plane, grid)},
          {"plain", json_of(of_plain)},
          {"momentum", json_of(of_momentum)}};
}

Walk walk_of(const Json& json) {
  return {numbers_of(json.at("a")), numbers_of(json.at("b")), numbers_of(json.at("off")),
          numbers_of(json.at("losses"))};
}

Walks walks_of(const Json& json) {
  Walks walks;
  walks.grid = {.x_low = json.at("x")[0],
                .x_high = json.at("x")[1],
                .y_low = json.at("y")[0],
                .y_high = json.at("y")[1],
                .columns = plane_cells,
                .rows = plane_cells,
                .values = numbers_of(json.at("losses"))};
  walks.plain = walk_of(json.at("plain"));
  walks.momentum = walk_of(json.at("momentum"));
  return walks;
}

// The highest climb from a place that had been the lowest so far, of those that a lower place followed later: a bump
// that was crossed. One that nothing lower follows is no bump but the wrong way.
double highest_bump(const std::vector<double>& losses) {
  double lowest = std::numeric_limits<double>::infinity(), climb = 0, highest = 0;
  for (const double loss : losses) {
    if (loss < lowest) {
      highest = std::max(highest, climb);
      lowest = loss;
      climb = 0;
    } else if (std::isfinite(loss)) {
      climb = std::max(climb, loss - lowest);
    }
  }
  return highest;
}

// The first epoch whose training loss is at most `loss`, by the mean of the seeds; NaN where there is none.
double epoch_of(const VariantResult& result, double loss) {
  const SeedCurve curve = curve_of(result, "train/loss");
  for (std::size_t i = 0; i < curve.x.size(); ++i)
    if (curve.mean[i] <= loss) return curve.x[i];
  return std::numeric_limits<double>::quiet_NaN();
}

LabSection walk_section(const Laboratory& lab, const Walks& walks, const std::vector<Variant>& variants,
                        std::uint64_t seed) {
  const double length = walks.momentum.a.back();
  const double off = *std::max_element(walks.momentum.off.begin(), walks.momentum.off.end());
  chart::ContourChart contours{
      .title = lab.say("The way of the weights"),
      .description = lab.say("Training loss on the plane through the start and both ends."),
      .x_label = lab.say("from the start to the end with momentum 0.9"),
      .y_label = lab.say("across, through the end without"),
      .value_label = lab.say("training loss"),
      .grid = walks.grid,
      .paths =
          {{.name = lab.say(variants[plain].title), .x = walks.plain.a, .y = walks.plain.b, .color = 1},
           {.name = lab.say(variants[with_momentum].title), .x = walks.momentum.a, .y = walks.momentum.b, .color = 2}},
      .width = report::page_width};
  chart::Panel heights{.y = {.label = lab.say("training loss"), .log = true}, .height = 170};
  for (const auto& [of, i] : {std::pair{&walks.plain, plain}, std::pair{&walks.momentum, with_momentum}}) {
    chart::Series line{.name = lab.say(variants[i].title), .y = of->losses, .color = i == plain ? 1 : 2};
    for (std::size_t k = 0; k < of->losses.size(); ++k)
      line.x.push_back(static_cast<double>(k) / static_cast<double>(of->losses.size() - 1));
    heights.series.push_back(std::move(line));
  }
  return {
      .heading = lab.say("The way down"),
      .exhibits =
          {{"plane", contours,
            lab.say(message("Both walks begin at the ring. The end with momentum is {} from the start; on its way "
                            "it was at most {} beside the plane, where the loss is another.",
                            lab.words().figure(length), lab.words().figure(off)))},
           {"heights", chart::Chart{.title = lab.say("Height on the way"),
                                    .description = lab.say("Training loss of the same rows at each place of the walk."),
                                    .x = {.label = lab.say("share of the training"), .exact = true},
                                    .panels = {heights},
                                    .width = report::page_width}}},
      .note = lab.say(message("With seed {}; losses are of {} training rows at {} places of each walk.", seed,
                              RowSample(*lab.prepared().source, plane_rows).rows(Part::train),
                              walks.momentum.losses.size()))};
}

// How many epochs with momentum are as good as all of them without.
std::optional<Finding> speed_finding(const Laboratory& lab, const std::vector<VariantResult>& results) {
  const Interval ended = mean_of_finite(results[plain].ended("train/loss"));
  const SeedCurve slow = curve_of(results[plain], "train/loss");
  const SeedCurve fast = curve_of(results[with_momentum], "train/loss");
  if (!std::isfinite(ended.value) || fast.x.empty()) return std::nullopt;
  const double epochs = slow.x.back(), reached = epoch_of(results[with_momentum], ended.value);
  return Finding{.name = "speed",
                 .sentence = std::isfinite(reached) ? message("Momentum 0.9 has the training loss that {} epochs end "
                                                              "with without it, {}, after {}.",
                                                              epochs, lab.words().figure(ended.value), reached)
                                                    : message("Momentum 0.9 does not reach the training loss that {} "
                                                              "epochs end with without it, {}.",
                                                              epochs, lab.words().figure(ended.value)),
                 .values = {{"epochs_without", epochs}, {"epochs_with", reached}},
                 .trace = fast.mean};
}

// Bumps of each seed whose walks could be measured.
std::optional<Finding> bumps_finding(const Laboratory& lab, const std::vector<double>& of_plain,
                                     const std::vector<double>& of_momentum) {
  if (of_plain.empty()) return std::nullopt;
  const double with = mean_of_finite(of_momentum).value, without = mean_of_finite(of_plain).value;
  const Interval higher = difference(of_momentum, of_plain);
  return Finding{
      .name = "bumps",
      .sentence =
          sure_sign(higher) > 0
              ? message("On its way momentum 0.9 crosses bumps of up to {}, and the walk without of up to {}: it "
                        "comes over what would stop it.",
                        lab.words().figure(with), lab.words().figure(without))
              : message("On its way momentum 0.9 crosses bumps of up to {}, and the walk without of up to {}: these "
                        "seeds do not show that it comes over more.",
                        lab.words().figure(with), lab.words().figure(without)),
      .values = {{"momentum", with}, {"plain", without}, {"low", higher.low}, {"high", higher.high}}};
}

std::vector<Message> momentum_advice(const Laboratory& lab, const std::vector<VariantResult>& results, std::size_t best,
                                     double rate) {
  const Interval gain = difference(results[plain], results[best], "valid/loss");
  Settings changed = lab.settings();
  results[best].variant.change(changed);
  std::vector<Message> advice;
  if (best == plain)
    advice.push_back(
        "At this rate momentum brings nothing: the rate is high enough by itself, or too high with it (fathom lab "
        "rate).");
  else if (sure_sign(gain) > 0)
    advice.push_back(message(
        "Of these, trainer.optimizer = \"{}\" with trainer.momentum = {} at trainer.learning_rate = {:.3g} is best: {} "
        "below no momentum.",
        changed.trainer.optimizer, changed.trainer.momentum, rate, with_interval(lab, gain)));
  else if (results[plain].diverged() > 0 && results[best].diverged() == 0)
    advice.push_back(
        message("Set trainer.optimizer = \"{}\" and trainer.momentum = {}: without momentum the training diverges.",
                changed.trainer.optimizer, changed.trainer.momentum));
  else
    advice.push_back(message(
        "By {} seeds the momenta cannot be told apart in what they reach. More seeds (--seeds) or longer trainings "
        "would tell.",
        lab.seeds().size()));
  const std::string& yours = lab.settings().trainer.optimizer;
  if (!is_compared(yours))
    advice.push_back(message(
        "Your own optimizer, {}, is not among them: fathom lab optimizer compares it with momentum, each at its "
        "best rate.",
        yours));
  return advice;
}

}  // namespace

LabReport lab_momentum(Laboratory& lab) {
  const double rate = rate_of_all(lab);
  const std::vector<Variant> variants = momenta(rate);
  const std::vector<VariantResult> results = train_variants(lab, variants);
  LabReport report{.title = "Momentum",
                   .question =
                       "Does it help to go on in the direction of the updates before? The same network at the same "
                       "learning rate, with more and more momentum."};

  chart::Panel train{.y = {.label = lab.say("training loss"), .log = true}, .height = 200};
  chart::Panel valid{.y = {.label = lab.say("validation loss"), .log = true}, .height = 200};
  for (std::size_t i = 0; i < results.size(); ++i) {
    add_curve(train, curve_of(results[i], "train/loss"), lab.say(variants[i].title), static_cast<int>(i));
    add_curve(valid, curve_of(results[i], "valid/loss"), "", static_cast<int>(i));
  }
  report.sections.push_back(
      {.heading = lab.say("Five ways down"),
       .exhibits = {{"curves", chart::Chart{.title = lab.say("Loss by epoch"),
                                            .description = lab.say("A line for each momentum, the mean of its seeds."),
                                            .x = {.label = lab.say("epoch"), .exact = true, .whole = true},
                                            .panels = {train, valid},
                                            .width = report::page_width}},
                    variant_table(lab, results, "momenta")},
       .note = lab.say(message("All at a learning rate of {:.3g}.", rate))});

  std::vector<double> bumps_plain, bumps_momentum;
  for (std::size_t k = 0; k < lab.seeds().size(); ++k) {
    // A walk is a training: it ends as the one in the results did.
    if (results[plain].by_seed[k].status == RunStatus::diverged ||
        results[with_momentum].by_seed[k].status == RunStatus::diverged)
      continue;
    const std::uint64_t seed = lab.seeds()[k];
    const auto measured =
        lab.measure_in_time(fmt::format("paths, seed {}", seed), [&] { return measure_walks(lab, seed, variants); });
    if (!measured || measured->is_null()) continue;
    const Walks walks = walks_of(*measured);
    if (bumps_plain.empty()) report.sections.push_back(walk_section(lab, walks, variants, seed));
    bumps_plain.push_back(highest_bump(walks.plain.losses));
    bumps_momentum.push_back(highest_bump(walks.momentum.losses));
  }

  add_diverged(lab, report, results);
  const std::vector<std::size_t> order = ranked(results, "valid/loss");
  if (order.empty()) {
    report.advice.push_back(no_training_ended());
    return report;
  }
  std::vector<Finding> findings{best_finding(lab, results, order.front())};
  if (auto speed = speed_finding(lab, results)) findings.push_back(std::move(*speed));
  if (auto bumps = bumps_finding(lab, bumps_plain, bumps_momentum)) findings.push_back(std::move(*bumps));
  report.findings.insert(report.findings.begin(), findings.begin(), findings.end());
  report.advice = momentum_advice(lab, results, order.front(), rate);
  return report;
}

}  // namespace fathom
