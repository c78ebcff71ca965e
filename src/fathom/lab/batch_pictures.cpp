#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "fathom/chart/scale.hpp"
#include "fathom/lab/batch_parts.hpp"
#include "fathom/lab/report_sections.hpp"

namespace fathom::batch_lab {

namespace {

constexpr std::size_t most_curves = 6;
constexpr double milliseconds = 1e3;

std::vector<double> times_factor(std::vector<double> values, double factor) {
  for (double& value : values) value *= factor;
  return values;
}

std::vector<double> as_numbers(const std::vector<Index>& sizes) { return {sizes.begin(), sizes.end()}; }

chart::Chart by_size(const Laboratory& lab, const Message& title, const Message& description) {
  return {.title = lab.say(title),
          .description = lab.say(description),
          .x = {.label = lab.say("batch size (rows)"), .log = true, .exact = true},
          .panels = {},
          .width = report::page_width};
}

Exhibit update_time(const Laboratory& lab, const Measured& measured) {
  chart::Chart chart = by_size(lab, "Time of one update by batch size", "A line for each number of threads.");
  chart::Panel time{.y = {.label = lab.say("time of one update (ms)"), .log = true}, .height = 220};
  chart::Panel speed{.y = {.label = lab.say("rows per second"), .log = true}, .height = 130};
  for (std::size_t t = 0; t < measured.updates.size(); ++t) {
    const StepTimes& times = measured.updates[t];
    const std::vector<double> sizes = as_numbers(times.batches);
    const int color = static_cast<int>(t);
    time.series.push_back({.mark = chart::Mark::band,
                           .x = sizes,
                           .low = times_factor(times.low, milliseconds),
                           .high = times_factor(times.high, milliseconds),
                           .color = color});
    time.series.push_back({.name = lab.say(threads_text(times.threads)),
                           .x = sizes,
                           .y = times_factor(times.seconds, milliseconds),
                           .color = color,
                           .dashed = t > 0});
    std::vector<double> speeds;
    for (std::size_t i = 0; i < sizes.size(); ++i) speeds.push_back(sizes[i] / times.seconds[i]);
    speed.series.push_back({.x = sizes, .y = speeds, .color = color, .dashed = t > 0});
  }
  const StepTimes& alone = measured.updates.front();
  time.rules.push_back({chart::Rule::Along::y, 2 * milliseconds * alone.seconds.front(),
                        lab.say(message("twice batch {}", alone.batches.front()))});
  if (const auto growth = linear_growth(alone))
    time.rules.push_back(
        {chart::Rule::Along::x, static_cast<double>(growth->batch), lab.say(message("linear from {}", growth->batch))});
  chart.panels = {std::move(time), std::move(speed)};
  return {
      "update_time", std::move(chart),
      lab.say("Forward, backward and optimizer, the rows in memory: the median of repeated timings that take turns, "
              "and the band of their middle half.")};
}

Exhibit epoch_time(const Laboratory& lab, const Measured& measured) {
  chart::Chart chart = by_size(lab, "Time of one epoch by batch size", "A line for each number of threads.");
  chart::Panel panel{.y = {.label = lab.say("time of one epoch (s)"), .log = true}, .height = 190};
  for (std::size_t t = 0; t < measured.epochs.size(); ++t) {
    const EpochTimes& times = measured.epochs[t];
    const int color = static_cast<int>(t);
    const std::vector<double> sizes = as_numbers(times.batches);
    panel.series.push_back({.name = lab.say(threads_text(times.threads)),
                            .x = sizes,
                            .y = times.seconds,
                            .color = color,
                            .dashed = t > 0});
    panel.series.push_back({.mark = chart::Mark::points, .x = sizes, .y = times.seconds, .color = color});
  }
  panel.rules.push_back({chart::Rule::Along::x, static_cast<double>(measured.own), lab.say("yours")});
  chart.panels.push_back(std::move(panel));
  return {
      "epoch_time", std::move(chart),
      lab.say("The median step of the training loop, rows gathered, times the steps of an epoch; without judging on "
              "validation rows.")};
}

// Losses over what `place` makes of an epoch and a step of a size.
Exhibit curves(const Laboratory& lab, const Measured& measured, const std::string& name, const Message& title,
               const Message& axis, const std::function<SeedCurve(std::size_t place, const std::string& y)>& curve,
               bool log) {
  chart::Chart chart{.title = lab.say(title),
                     .description = lab.say("A line for each batch size, the mean of its seeds."),
                     .x = {.label = lab.say(axis), .log = log, .exact = true},
                     .panels = {},
                     .width = report::page_width};
  chart::Panel train{.y = {.label = lab.say("training loss"), .log = true}, .height = 170};
  chart::Panel valid{.y = {.label = lab.say("validation loss"), .log = true}, .height = 170};
  int color = 0;
  for (const std::size_t i : chosen_places(measured.plan.sizes, measured.own, most_curves)) {
    const Index size = measured.plan.sizes[i];
    const auto add = [&](chart::Panel& panel, const std::string& y, const std::string& label) {
      SeedCurve values = curve(i, y);
      panel.series.push_back({.name = label, .x = values.x, .y = values.mean, .color = color});
      // A training of a few epochs is few points.
      if (values.x.size() == 1)
        panel.series.push_back({.mark = chart::Mark::points, .x = values.x, .y = values.mean, .color = color});
    };
    add(train, "train/loss", fmt::format("{}{}", chart::count(size), size == measured.own ? lab.say(" (yours)") : ""));
    add(valid, "valid/loss", "");
    ++color;
  }
  chart.panels = {std::move(train), std::move(valid)};
  return {name, std::move(chart)};
}

Exhibit final_results(const Laboratory& lab, const Measured& measured) {
  chart::Chart chart =
      by_size(lab, "What the trainings reach by batch size", "Training and validation, with intervals.");
  const auto panel = [&](const std::string& metric, const std::string& label, double height) {
    chart::Panel result{.y = {.label = label}, .height = height};
    for (const auto& [part, title, color] :
         {std::tuple{"train/", Message("training"), 0}, std::tuple{"valid/", Message("validation"), 1}}) {
      chart::Series means{.mark = chart::Mark::points, .color = color};
      for (std::size_t i = 0; i < measured.results.size(); ++i) {
        const Interval mean = measured.results[i].mean(part + metric);
        if (!std::isfinite(mean.value)) continue;
        means.x.push_back(static_cast<double>(measured.plan.sizes[i]));
        means.y.push_back(mean.value);
        means.low.push_back(mean.low);
        means.high.push_back(mean.high);
      }
      chart::Series line{.name = lab.say(title), .x = means.x, .y = means.y, .color = color, .dashed = color == 0};
      result.series.push_back(std::move(line));
      result.series.push_back(std::move(means));
    }
    return result;
  };
  chart.panels.push_back(panel(lab.metric(), lab.words().metric("valid/" + lab.metric()), 200));
  chart.panels.push_back(panel("loss", lab.say("loss"), 150));
  for (chart::Panel& one : chart.panels)
    one.rules.push_back({chart::Rule::Along::x, static_cast<double>(measured.own),
                         &one == &chart.panels.front() ? lab.say("yours") : std::string()});
  return {
      "reached", std::move(chart),
      lab.say("Of the weights that each training kept, those of its best epoch: means over the seeds with their 95 % "
              "intervals.")};
}

Exhibit noise_picture(const Laboratory& lab, const Measured& measured) {
  chart::Chart chart{.title = lab.say("Gradient noise scale"),
                     .description = lab.say("Two estimates with intervals, at the beginning and when trained."),
                     .x = {.label = lab.say("rows"), .log = true},
                     .panels = {},
                     .width = report::page_width};
  chart::Panel panel{.y = {}, .height = 40 + 30 * static_cast<double>(2 * measured.noise.size())};
  // An interval without an end is drawn as far as the picture goes.
  double widest = static_cast<double>(measured.rows);
  for (const NoiseAt& noise : measured.noise)
    for (const NoiseScale* scale : {&noise.scales.gradients, &noise.scales.norms})
      for (const double value : {scale->rows.value, scale->rows.high})
        if (std::isfinite(value)) widest = std::max(widest, 2 * value);
  for (const bool by_norms : {false, true}) {
    chart::Series points{.mark = chart::Mark::points, .color = by_norms ? 1 : 0};
    points.name =
        lab.say(by_norms ? Message("from norms at two batch sizes") : Message("from gradients of many batches"));
    for (std::size_t i = 0; i < measured.noise.size(); ++i) {
      const NoiseScales& scales = measured.noise[i].scales;
      const NoiseScale& scale = by_norms ? scales.norms : scales.gradients;
      points.x.push_back(scale.rows.value);
      points.y.push_back(static_cast<double>(2 * i + (by_norms ? 1 : 0)));
      points.low.push_back(std::max(scale.rows.low, 1e-3));
      points.high.push_back(std::min(scale.rows.high, widest));
    }
    panel.series.push_back(std::move(points));
  }
  for (const NoiseAt& noise : measured.noise) {
    panel.y.names.push_back(lab.say(noise.when));
    panel.y.names.push_back("");
  }
  panel.rules.push_back({chart::Rule::Along::x, static_cast<double>(measured.own), lab.say("your batch")});
  chart.panels.push_back(std::move(panel));
  return {"noise_scale", std::move(chart)};
}

Exhibit noise_table(const Laboratory& lab, const Measured& measured) {
  chart::PageTable table;
  table.header = {"",
                  lab.say("estimate"),
                  lab.say("noise scale (rows)"),
                  lab.say("95 % interval"),
                  lab.say("trace of the covariance"),
                  lab.say("squared gradient")};
  table.numbers = {false, false, true, true, true, true};
  for (const NoiseAt& noise : measured.noise)
    for (const bool by_norms : {false, true}) {
      const NoiseScale& scale = by_norms ? noise.scales.norms : noise.scales.gradients;
      const auto rows = [](double value) { return std::isfinite(value) ? chart::number(value, 3) : std::string("∞"); };
      table.rows.push_back({lab.say(noise.when), lab.say(by_norms ? Message("norms") : Message("gradients")),
                            rows(scale.rows.value), fmt::format("{} – {}", rows(scale.rows.low), rows(scale.rows.high)),
                            chart::number(scale.trace, 3), chart::number(scale.signal, 3)});
    }
  return {"noise_scales", std::move(table)};
}

std::string sizes_text(const std::vector<Index>& sizes) {
  std::vector<std::string> words;
  for (const Index size : sizes) words.push_back(chart::count(size));
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

std::vector<LabSection> sections(const Laboratory& lab, const Measured& measured) {
  std::vector<LabSection> all;
  all.push_back({.heading = lab.say("What an update and an epoch cost"),
                 .paragraphs = {},
                 .exhibits = {update_time(lab, measured), epoch_time(lab, measured)}});
  if (measured.memory_is_short) all.back().note = lab.say("Larger batches than these need more memory than is free.");
  LabSection trainings{.heading = lab.say("What the trainings reach"),
                       .paragraphs = {},
                       .exhibits = {final_results(lab, measured), variant_table(lab, measured.results, "trainings")}};
  if (!measured.plan.left_out.empty())
    trainings.note = lab.say(message("Left out, since the time limit is too short for their trainings: batch {}.",
                                     sizes_text(measured.plan.left_out)));
  all.push_back(std::move(trainings));
  const auto over = [&](const std::string& x, double factor) {
    return [&measured, x, factor](std::size_t place, const std::string& y) {
      SeedCurve curve = curve_of(measured.results[place], y, x);
      curve.x = times_factor(curve.x, factor);
      return curve;
    };
  };
  const auto over_time = [&](std::size_t place, const std::string& y) {
    return over("epoch", measured.epoch_seconds(measured.plan.sizes[place]))(place, y);
  };
  LabSection losses{
      .heading = lab.say("The same loss by updates, by epochs and by time"), .paragraphs = {}, .exhibits = {}};
  losses.exhibits = {curves(lab, measured, "loss_by_updates", "Loss by updates", "updates", over("step", 1), true),
                     curves(lab, measured, "loss_by_epochs", "Loss by epochs", "epochs", over("epoch", 1), false),
                     curves(lab, measured, "loss_by_seconds", "Loss by time", "seconds", over_time, true)};
  losses.note = lab.say(
      message("Time is that of the epochs on {}, measured with the machine to itself; the trainings ran side by side.",
              threads_text(measured.epochs.back().threads)));
  all.push_back(std::move(losses));
  all.push_back(
      {.heading = lab.say("The noise in the gradient"),
       .paragraphs = {lab.say(
           "The noise scale is the number of rows at which the noise of a batch's gradient is as strong as the "
           "gradient itself: the trace of the covariance of single rows' gradients over the squared norm of "
           "the mean gradient. Well below it, twice the batch needs about half the updates; well above it, "
           "about as many (McCandlish et al. 2018).")},
       .exhibits = {noise_picture(lab, measured), noise_table(lab, measured)},
       .note = lab.say("Intervals of 95 % from resampled draws; where one has no end, the draws do not tell the "
                       "mean gradient from zero.")});
  return all;
}

}  // namespace fathom::batch_lab
