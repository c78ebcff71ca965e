// fathom curvature: where a run stands on its loss, by gradient and eigenvalues.
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <limits>
#include <set>

#include "command.hpp"
#include "fathom/base/atomic_file.hpp"
#include "fathom/data/bytes.hpp"
#include "fathom/inspect/kinks.hpp"
#include "fathom/inspect/run_point.hpp"
#include "fathom/inspect/train_on.hpp"
#include "fathom/lab/curvature_path.hpp"
#include "fathom/lab/curvature_report.hpp"
#include "fathom/train/checkpoint.hpp"
#include "fathom/train/run_folder_find.hpp"
#include "fathom/train/safetensors.hpp"
#include "fathom/train/session.hpp"
#include "fathom/train/session_options.hpp"
#include "page_command.hpp"
#include "progress.hpp"

namespace fathom::app {

namespace {

// Rows that a survey takes unless it is told: enough for the spectrum's ends, and a matter of a minute for most.
constexpr Index usual_rows = 2048;
constexpr Index largest_dense = 3000;

constexpr Index most_asked_for = 1'000'000'000;  // of rows and products

// Rows that are not among `taken`, at most as many, spread over the part.
std::vector<Index> others(const std::vector<Index>& taken, Index all) {
  const std::set<Index> used(taken.begin(), taken.end());
  std::vector<Index> left, result;
  for (Index row = 0; row < all; ++row)
    if (!used.contains(row)) left.push_back(row);
  const std::size_t wanted = std::min(left.size(), taken.size());
  for (std::size_t k = 0; k < wanted; ++k) result.push_back(left[k * left.size() / wanted]);
  return result;
}

void print_survey(const Interface& interface, const CurvatureRecord& record, const std::string& page) {
  const curvature::Survey& survey = record.survey;
  fmt::print("{}\n\n",
             interface.say(message("run {}, {} checkpoint: {} weights, {} of {} training rows, {}", record.run,
                                   Message(record.checkpoint), grouped(survey.dimension), grouped(survey.rows),
                                   grouped(record.all_rows), name_of(survey.precision))));
  fmt::print("{}\n", interface.paint(Color::bold, interface.say(Message(name_of(survey.finding.verdict))), false));
  for (const Message& sentence : curvature_sentences(record)) fmt::print("{}\n", interface.say(sentence));
  for (const auto& [title, directions] :
       {std::pair{"Largest eigenvalues", &survey.largest}, std::pair{"Smallest eigenvalues", &survey.smallest}}) {
    fmt::print("\n{}\n", interface.say(Message(title)));
    for (const curvature::Direction& one : *directions)
      fmt::print("{} ± {}{}\n", padded_left(fmt::format("{:.5g}", one.eigenvalue.value), 14),
                 padded(fmt::format("{:.1e}", one.eigenvalue.bound), 10), printable(where_of(one, survey.names)));
  }
  fmt::print("\n{}\n", page);
}

Metadata way_out_metadata(const curvature::RunPoint& point) {
  return model_metadata(model_options(point.settings, point.prepared->pipeline));
}

// Keeps the weights behind the step for a training that goes on. Says whether it can: only where the weights that were
// looked at are the last ones.
bool keep_way_out(const RunInfo& run, const curvature::RunPoint& point, const Flat& behind) {
  const std::string last = run.path + "/checkpoints/last.safetensors";
  if (!std::filesystem::exists(last)) return false;
  const Tensor &here = point.weights.values(), there = point.weights_of("last").values();
  if (std::memcmp(here.view().data, there.view().data, here.bytes()) != 0) return false;
  Metadata metadata = way_out_metadata(point);
  metadata[escaped_step] = read_safetensors(last).metadata().at("step");
  save_weights(run.path + "/" + escaped_checkpoint, behind, metadata);
  return true;
}

int look_along_path(const RunInfo& run, const curvature::RunPoint& point, const curvature::LossRows& rows,
                    const Interface& interface) {
  CurvaturePath path{.run = run.number,
                     .run_name = run.name,
                     .optimizer = point.settings.trainer.optimizer,
                     .divides = curvature::divides(curvature::optimizer_of(point)),
                     .rows = static_cast<Index>(rows.rows.size()),
                     .all_rows = point.prepared->source->rows(Part::train)};
  const std::string base = run.path + "/curvature/path";
  path.points = curvature::sharpness_path(point, rows, {}, [&](const curvature::PathPoint& one) {
    interface.tell(
        interface.say(message("epoch {}: loss {}, largest eigenvalue {}, smallest {}", one.epoch, metric_text(one.loss),
                              metric_text(one.largest.value), metric_text(one.smallest.value))));
  });
  const Json json = page_event("curvature_path", path_json(path), base + ".html");
  if (interface.json) {
    fmt::print("{}\n", write_json(json));
  } else {
    for (const Message& sentence : path_sentences(path)) fmt::print("{}\n", interface.say(sentence));
    fmt::print("\n{}\n", base + ".html");
  }
  write_file(base + ".html", path_page(path, report_words(interface)));
  write_file(base + ".json", write_json(json, 2) + "\n");
  write_file(base + ".csv", path_csv(path));
  return 0;
}

}  // namespace

int run_curvature(const Arguments& arguments, Interface& interface) {
  apply_threads(arguments);
  const std::string name = arguments.get("--checkpoint", "best");
  const bool deep = arguments.has("--deep"), all = deep || arguments.get("--rows") == "all";
  if (deep && arguments.has("--rows") && arguments.get("--rows") != "all")
    throw Error(Code::usage, "--deep takes all rows: it cannot be combined with --rows");
  const Index wanted_rows = all ? 0 : whole_number(arguments, "--rows", 1, most_asked_for, -1);
  const Index products = whole_number(arguments, "--products", 10, most_asked_for, deep ? 800 : 200);
  const Index updates = whole_number(arguments, "--updates", 0, most_asked_for, 200);
  const Index seeds = whole_number(arguments, "--seeds", 3, 1000, 3);
  const RunInfo run = find_run(runs_folder(arguments), arguments.positional[0]);
  const auto point = curvature::load_run_point(
      run, name, arguments.has("--precise") ? std::numeric_limits<Index>::max() : largest_dense);
  const Source& source = *point->prepared->source;
  const Index there = source.rows(Part::train);
  const std::string statistics = arguments.get("--batch-norm", "kept");
  if (statistics != "kept" && statistics != "batch")
    throw Error(Code::usage, message("--batch-norm must be kept or batch, not \"{}\"", statistics));
  if (statistics == "batch" && !point->has_batch_norm())
    throw Error(Code::usage, message("run {} has no batch normalisation that --batch-norm could be about", run.number));
  const Mode mode = statistics == "batch" ? Mode::training : Mode::inference;
  const auto rows = point->rows(
      curvature::spread_rows(source, Part::train, wanted_rows < 0 ? std::min(there, usual_rows) : wanted_rows), mode);
  // Before anything is computed that could not be kept.
  const std::string folder = run.path + "/curvature";
  std::filesystem::create_directories(folder);
  if (arguments.has("--path")) {
    if (mode == Mode::training)
      throw Error(Code::usage, "--path uses the statistics that batch normalisation has kept");
    return look_along_path(run, *point, rows, interface);
  }

  // Fresh rows in at least eight chunks, for an interval that is worth the name.
  auto fresh = point->rows(others(rows.rows, there), mode);
  const auto fresh_count = static_cast<Index>(fresh.rows.size());
  fresh.chunk = std::clamp<Index>(fresh_count / 8, 1, point->chunk);
  // With the statistics of one batch, other chunks are other losses.
  const bool has_fresh = fresh_count >= 8 && mode == Mode::inference;
  const Optimizer optimizer = curvature::optimizer_of(*point);
  CurvatureRecord record{.run = run.number,
                         .run_name = run.name,
                         .checkpoint = name,
                         .optimizer = point->settings.trainer.optimizer,
                         .learning_rate = learning_rate(point->settings),
                         .divides = curvature::divides(optimizer),
                         .all_rows = there,
                         .updates = updates,
                         .whole_batches = batch_size(point->settings, there) >= there,
                         .batch_norm = !point->has_batch_norm() ? BatchNormUse::none
                                       : mode == Mode::training ? BatchNormUse::batch
                                                                : BatchNormUse::kept};
  record.edge = curvature::edge_of_stability(optimizer, record.learning_rate);
  // Losses of all rows are judged as after training, whatever the statistics that curvature is taken with.
  const auto whole = point->rows(curvature::spread_rows(source, Part::train, 0));
  const curvature::WayOut way_out{
      whole,
      curvature::training_of(point->settings, *point->prepared, *point->trained, updates, {.loaded = point->loaded()}),
      {.seeds = static_cast<int>(seeds), .seed = point->settings.seed}};
  curvature::SurveyOptions options{.most_products = products, .dense_up_to = largest_dense};
  // Where most rows are looked at anyway, few are left to try a step on: all of them have the gradient that counts.
  if (has_fresh && 2 * static_cast<Index>(rows.rows.size()) > there) options.gradient_rows = &whole;
  if (deep) {
    options.trace_products = 90;
    options.density_starts = 20;
    options.density_steps = 60;
  }
  const std::vector<curvature::Rectifier> rectifiers = curvature::rectifiers(rows, point->weights);
  options.symmetries = curvature::symmetries_of(*point, rectifiers, mode);
  options.stage = [&](const Message& stage) { interface.tell(interface.say(stage)); };
  record.survey =
      curvature::survey(rows, has_fresh ? &fresh : nullptr, point->weights, options, updates > 0 ? &way_out : nullptr);
  for (const curvature::Rectifier& one : rectifiers)
    if (std::find(record.kinked.begin(), record.kinked.end(), one.function) == record.kinked.end())
      record.kinked.push_back(one.function);
  record.max_pool = curvature::has_max_pool(rows, point->weights);
  if (!rectifiers.empty()) {
    curvature::Vector step = curvature::loss_gradient(rows, point->weights, 1).gradient;
    curvature::scale(step, -record.learning_rate);
    record.kink_rows = curvature::rows_across_a_kink(rows, point->weights, step);
  }
  if (name != "best")
    record.preconditioned = curvature::preconditioned_largest(*point, rows, point->weights, point->file);
  const std::string base = folder + "/" + name;
  std::optional<Flat> behind;
  if (record.survey.escape && record.survey.escape->length != 0) {
    behind = curvature::converted(record.survey.escape->weights, point->trained->parameters());
    record.escaped_file = base + "-escaped.safetensors";
    if (record.survey.escape->outcome == curvature::Outcome::way_out)
      record.can_go_on = keep_way_out(run, *point, *behind);
  }
  // Said first: a disk that is full takes nothing from who looks.
  const Json json = page_event("curvature", curvature_json(record), base + ".html");
  if (interface.json)
    fmt::print("{}\n", write_json(json));
  else
    print_survey(interface, record, base + ".html");
  write_file(base + ".html", curvature_page(record, report_words(interface)));
  write_file(base + ".json", write_json(json, 2) + "\n");
  write_file(base + "-eigenvalues.csv", eigenvalues_csv(record.survey));
  write_file(base + "-density.csv", density_csv(record.survey));
  if (behind) save_weights(record.escaped_file, *behind, way_out_metadata(*point));
  return 0;
}

}  // namespace fathom::app
