#include <algorithm>
#include <cmath>

#include "fathom/base/pool.hpp"
#include "fathom/chart/scale.hpp"
#include "fathom/lab/batch_parts.hpp"
#include "fathom/train/augmented_source.hpp"
#include "fathom/train/checkpoint.hpp"
#include "fathom/train/initial_weights.hpp"
#include "fathom/train/memory.hpp"
#include "fathom/train/run_folder_find.hpp"
#include "fathom/train/session_options.hpp"

namespace fathom::batch_lab {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Of the time limit: what is not planned, for trainings that take longer than they did alone.
constexpr double reserve = 0.2;
// Side by side, and with validation and saving, a training takes so many times what its steps take alone.
constexpr double beside_others = 1.25;
// Beside an update, a training holds another batch, the best weights and what judges.
constexpr double training_memory = 2.5;
// Seconds: for the updates of all sizes, for a pass over the epoch of one size, and for one noise scale.
constexpr double update_seconds = 4, epoch_seconds_each = 0.05, noise_seconds = 20;
constexpr int epoch_passes = 5;
// Seconds: steps that take longer are timed in one pass.
constexpr double long_step = 0.1;

// What a training of the experiment is made of, without a folder.
struct Bench {
  Bench(const Laboratory& lab, const Settings& settings_)
      : settings(settings_), model(lab.prepared().pipeline, model_options(settings, lab.prepared().pipeline)) {
    objective = make_objective(model, lab.prepared().pipeline, settings);
    options = trainer_options(settings, lab.prepared());
    options.frozen = matching_names(settings.trainer.freeze, model.parameters());
    if (settings.augment.any()) augmented.emplace(*lab.prepared().source, settings.augment, settings.seed);
    source = augmented ? static_cast<const Source*>(&*augmented) : lab.prepared().source.get();
  }
  Flat initial(const Laboratory& lab) const {
    Flat weights = model.parameters().initialise(settings.seed);
    if (!settings.model.init_from.empty())
      InitialWeights::from_run(settings.model.init_from, model, model_options(settings, lab.prepared().pipeline),
                               lab.prepared().pipeline)
          .apply(weights);
    return weights;
  }

  Settings settings;
  TableModel model;
  Objective objective;
  TrainerOptions options;
  std::optional<AugmentedSource> augmented;
  const Source* source = nullptr;
};

std::vector<int> thread_counts() {
  const int all = Pool::shared().threads();
  return all > 1 ? std::vector<int>{1, all} : std::vector<int>{1};
}

Json updates_json(const std::vector<StepTimes>& all) {
  Json json = Json::array();
  for (const StepTimes& times : all)
    json.push_back({{"threads", times.threads},
                    {"batches", times.batches},
                    {"seconds", times.seconds},
                    {"low", times.low},
                    {"high", times.high},
                    {"bytes", times.bytes}});
  return json;
}

std::vector<StepTimes> updates_in(const Json& json) {
  std::vector<StepTimes> all;
  for (const Json& times : json)
    all.push_back({.threads = times.at("threads").get<int>(),
                   .batches = times.at("batches").get<std::vector<Index>>(),
                   .seconds = numbers_of(times.at("seconds"), infinity),
                   .low = numbers_of(times.at("low"), infinity),
                   .high = numbers_of(times.at("high"), infinity),
                   .bytes = numbers_of(times.at("bytes"), infinity)});
  return all;
}

// Times are of a number of threads: with another they are measured anew.
std::string name_with_threads(const char* what) {
  return fmt::format("{}, up to {} threads", what, thread_counts().back());
}

std::vector<StepTimes> measure_updates(Laboratory& lab, const Bench& bench) {
  const std::vector<Index> sizes = batch_sizes(bench.source->rows(Part::train), bench.options.batch, 2);
  return updates_in(lab.measure(name_with_threads("time of an update"), [&] {
    return updates_json(
        time_steps(bench.objective, bench.model.parameters(), *bench.source, bench.options, sizes,
                   {.threads = thread_counts(), .seconds = update_seconds, .interrupt = lab.interrupt()}));
  }));
}

std::vector<EpochTimes> measure_epochs(Laboratory& lab, const Bench& bench, const std::vector<Index>& sizes) {
  const Json json = lab.measure(name_with_threads("time of an epoch"), [&] {
    const std::vector<int> threads = thread_counts();
    const PoolAsBefore as_before;
    // Passes over all sizes, so that what disturbs the machine for a while disturbs one of them.
    std::vector<std::vector<double>> seconds(threads.size() * sizes.size());
    for (int pass = 0; pass < epoch_passes; ++pass)
      for (std::size_t s = 0; s < sizes.size(); ++s) {
        const auto steps = static_cast<double>((bench.source->rows(Part::train) + sizes[s] - 1) / sizes[s]);
        if (pass > 0 && seconds[s].front() / steps > long_step) continue;
        TrainerOptions options = bench.options;
        options.batch = sizes[s];
        options.epochs = 1'000'000;
        options.max_steps = std::numeric_limits<Index>::max();
        options.schedule = {.base = 0};  // a training that diverges has no time of an epoch
        Trainer trainer(bench.objective, bench.model.parameters(), *bench.source, options);
        for (std::size_t t = 0; t < threads.size(); ++t) {
          Pool::resize_shared(threads[t]);
          seconds[t * sizes.size() + s].push_back(time_epoch(trainer, epoch_seconds_each, lab.interrupt()));
        }
      }
    Json all = Json::array();
    for (std::size_t t = 0; t < threads.size(); ++t) {
      Json medians = Json::array();
      for (std::size_t s = 0; s < sizes.size(); ++s) {
        std::vector<double>& passes = seconds[t * sizes.size() + s];
        std::sort(passes.begin(), passes.end());
        medians.push_back(passes[passes.size() / 2]);
      }
      all.push_back({{"threads", threads[t]}, {"batches", sizes}, {"seconds", medians}});
    }
    return all;
  });
  std::vector<EpochTimes> all;
  for (const Json& times : json)
    all.push_back({.threads = times.at("threads").get<int>(),
                   .batches = times.at("batches").get<std::vector<Index>>(),
                   .seconds = numbers_of(times.at("seconds"), infinity)});
  return all;
}

Json scale_json(const NoiseScale& scale) {
  const auto finite = [](double value) { return std::isfinite(value) ? Json(value) : Json(); };
  return {{"rows", finite(scale.rows.value)}, {"low", finite(scale.rows.low)},
          {"high", finite(scale.rows.high)},  {"trace", scale.trace},
          {"signal", scale.signal},           {"draws", scale.draws}};
}

// Only an infinite number is not there.
NoiseScale scale_in(const Json& json) {
  const auto number = [&](const char* name) {
    return json.at(name).is_number() ? json.at(name).get<double>() : infinity;
  };
  return {.rows = {number("rows"), number("low"), number("high")},
          .trace = number("trace"),
          .signal = number("signal"),
          .draws = number("draws")};
}

// Batches that show the noise without taking longer than they may: `row` seconds are those of a row's gradient.
NoiseOptions noise_options(const Bench& bench, double row) {
  NoiseOptions options{
      .small = 128, .big = 1024, .draws = 64, .seed = bench.settings.seed, .frozen = bench.options.frozen};
  const double bytes = 4 * static_cast<double>(bench.model.parameters().total());
  const auto too_much = [&] {
    const double draws = static_cast<double>(options.draws);
    return draws * static_cast<double>(options.small + options.big) * row > noise_seconds ||
           draws * bytes > 0.25 * static_cast<double>(available_memory());
  };
  while (too_much() && options.draws > 16) options.draws /= 2;
  while (too_much() && options.big > 2 * options.small) options.big /= 2;
  return options;
}

NoiseAt measure_noise_at(Laboratory& lab, const Bench& bench, const Message& when, const Flat& weights,
                         const NoiseOptions& options) {
  const Json json = lab.measure(fmt::format("gradient noise {}", when.text), [&]() -> Json {
    const NoiseScales scales =
        measure_noise(bench.objective, bench.model.parameters(), *bench.source, weights, options);
    return {{"small", options.small},
            {"big", options.big},
            {"norms", scale_json(scales.norms)},
            {"gradients", scale_json(scales.gradients)}};
  });
  return {when, {.norms = scale_in(json.at("norms")), .gradients = scale_in(json.at("gradients"))}};
}

// The weights that the first finished training of the configuration's own batch has kept.
std::optional<Flat> trained_weights(const Laboratory& lab, const Bench& bench, const Measured& measured) {
  for (std::size_t i = 0; i < measured.plan.sizes.size(); ++i) {
    if (measured.plan.sizes[i] != measured.own) continue;
    for (const TrialResult& result : measured.results[i].by_seed) {
      if (result.status != RunStatus::finished) continue;
      Flat weights(bench.model.parameters());
      load_weights(lab.run_path(result) + "/model/model.safetensors", weights);
      return weights;
    }
  }
  return std::nullopt;
}

// Seconds of all trainings of a size: epochs on one thread, judged after each, as many side by side as there are
// threads.
std::vector<double> training_costs(const Laboratory& lab, const Bench& bench, const Measured& measured) {
  const EpochTimes& alone = measured.epochs.front();
  const double quickest = *std::min_element(alone.seconds.begin(), alone.seconds.end());
  // Judging runs forward alone, about a third of an update.
  const auto rows = static_cast<double>(bench.source->rows(Part::train)),
             valid = static_cast<double>(bench.source->rows(Part::valid));
  const double judging = quickest * valid / rows / 3;
  std::vector<double> costs;
  for (const double seconds : alone.seconds)
    costs.push_back(beside_others * static_cast<double>(bench.settings.trainer.epochs) * (seconds + judging) *
                    static_cast<double>(lab.seeds().size()) / thread_counts().back());
  return costs;
}

std::size_t place_of(const std::vector<Index>& sizes, Index size) {
  return static_cast<std::size_t>(std::find(sizes.begin(), sizes.end(), size) - sizes.begin());
}

// `cost`: of the trainings with all seeds. What was trained before is worth a report, whatever the time.
void need_time_for_one(const Laboratory& lab, double cost) {
  const double one = cost * thread_counts().back() / static_cast<double>(lab.seeds().size());
  if (lab.time_limit() == 0 || one <= lab.time_limit() || !list_runs(lab.path() + "/runs").empty()) return;
  throw time_is_too_short(one, lab.time_limit());
}

}  // namespace

double Measured::epoch_seconds(Index batch) const {
  return epochs.back().seconds[place_of(epochs.back().batches, batch)];
}

void set_batch(Settings& settings, Index batch, Index own, const std::string& scale) {
  const double ratio = static_cast<double>(batch) / static_cast<double>(own);
  const double factor = scale == "linear" ? ratio : scale == "sqrt" ? std::sqrt(ratio) : 1;
  settings.trainer.learning_rate = learning_rate(settings) * factor;
  settings.trainer.batch_size = batch;
  settings.trainer.max_steps = 0;
  // What is counted in steps keeps its place in the training.
  const auto steps = [&](double count) { return std::max<Index>(1, static_cast<Index>(std::llround(count / ratio))); };
  settings.schedule.every = steps(static_cast<double>(settings.schedule.every));
  std::string& warmup = settings.schedule.warmup;
  if (warmup.back() != '%' && warmup != "0") warmup = fmt::format("{}", steps(std::stod(warmup)));
}

Measured measure(Laboratory& lab) {
  const Bench bench(lab, lab.trial("batch", lab.settings().seed).settings);
  Measured measured{
      .rows = bench.source->rows(Part::train), .own = bench.options.batch, .scale = lab.option("scale", "none")};
  measured.updates = measure_updates(lab, bench);
  const StepTimes& updates = measured.updates.front();
  // As many trainings as there are threads are in memory at once.
  const double memory = static_cast<double>(available_memory());
  Index largest = measured.own;
  for (std::size_t i = 0; i < updates.batches.size(); ++i)
    if (training_memory * updates.bytes[i] * thread_counts().back() < memory)
      largest = std::max(largest, updates.batches[i]);
  measured.epochs = measure_epochs(lab, bench, batch_sizes(largest, measured.own, 4));
  const std::vector<Index>& sizes = measured.epochs.front().batches;
  measured.memory_is_short = sizes.back() < measured.rows;
  const std::vector<double> costs = training_costs(lab, bench, measured);
  const double limit = lab.time_limit();
  need_time_for_one(lab, costs[place_of(sizes, measured.own)]);
  measured.plan = plan_batches(sizes, costs, measured.own, limit > 0 ? (1 - reserve) * limit : infinity);
  std::vector<Variant> variants;
  for (const Index size : measured.plan.sizes)
    variants.push_back(
        {fmt::format("batch {}", size), message("batch {}", chart::count(size)),
         [=, &measured](Settings& settings) { set_batch(settings, size, measured.own, measured.scale); }});
  measured.results = train_variants(lab, variants);
  const double row = *std::min_element(measured.epochs.back().seconds.begin(), measured.epochs.back().seconds.end()) /
                     static_cast<double>(measured.rows);
  const NoiseOptions options = noise_options(bench, row);
  measured.noise.push_back(measure_noise_at(lab, bench, "at the beginning", bench.initial(lab), options));
  if (const auto weights = trained_weights(lab, bench, measured))
    measured.noise.push_back(measure_noise_at(lab, bench, "when trained", *weights, options));
  return measured;
}

}  // namespace fathom::batch_lab
