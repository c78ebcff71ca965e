// fathom curvature: where a run stands on its loss, by gradient and eigenvalues.
#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>

#include "command.hpp"
#include "fathom/base/atomic_file.hpp"
#include "fathom/data/bytes.hpp"
#include "fathom/inspect/run_point.hpp"
#include "fathom/lab/curvature_report.hpp"
#include "fathom/train/run_folder_find.hpp"
#include "fathom/train/session_options.hpp"
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

}  // namespace

int run_curvature(const Arguments& arguments, Interface& interface) {
  apply_threads(arguments);
  const std::string name = arguments.get("--checkpoint", "best");
  if (name != "best" && name != "last")
    throw Error(Code::usage, message("--checkpoint must be best or last, not \"{}\"", name));
  const bool all = arguments.get("--rows") == "all";
  const Index wanted_rows = all ? 0 : whole_number(arguments, "--rows", 1, most_asked_for, -1);
  const Index products = whole_number(arguments, "--products", 10, most_asked_for, 200);
  const RunInfo run = find_run(runs_folder(arguments), arguments.positional[0]);
  const auto point =
      curvature::load_run_point(run, name == "best" ? curvature::Checkpoint::best : curvature::Checkpoint::last,
                                arguments.has("--precise") ? std::numeric_limits<Index>::max() : largest_dense);
  const Source& source = *point->prepared->source;
  const Index there = source.rows(Part::train);
  const auto rows = point->rows(
      curvature::spread_rows(source, Part::train, wanted_rows < 0 ? std::min(there, usual_rows) : wanted_rows));
  // Fresh rows in at least eight chunks, for an interval that is worth the name.
  auto fresh = point->rows(others(rows.rows, there));
  const auto fresh_count = static_cast<Index>(fresh.rows.size());
  fresh.chunk = std::clamp<Index>(fresh_count / 8, 1, 256);

  // Before anything is computed that could not be kept.
  const std::string folder = run.path + "/curvature";
  std::filesystem::create_directories(folder);
  CurvatureRecord record{.run = run.number,
                         .run_name = run.name,
                         .checkpoint = name,
                         .optimizer = point->settings.trainer.optimizer,
                         .learning_rate = learning_rate(point->settings),
                         .all_rows = there};
  record.survey = curvature::survey(rows, fresh_count >= 8 ? &fresh : nullptr, point->weights,
                                    {.most_products = products, .dense_up_to = largest_dense});
  const std::string base = folder + "/" + name;
  const std::string page = curvature_page(record, {.language = interface.language == Language::chinese ? "zh" : "en",
                                                   .say = [&](const Message& text) { return interface.say(text); },
                                                   .metric = [&](const std::string& one) { return one; },
                                                   .figure = metric_text});
  Json json{{"schema", "fathom/1"}, {"event", "curvature"}};
  json.update(curvature_json(record));
  json["page"] = base + ".html";
  write_file(base + ".html", page);
  write_file(base + ".json", write_json(json, 2) + "\n");
  write_file(base + "-eigenvalues.csv", eigenvalues_csv(record.survey));
  write_file(base + "-density.csv", density_csv(record.survey));
  if (interface.json)
    fmt::print("{}\n", write_json(json));
  else
    print_survey(interface, record, base + ".html");
  return 0;
}

}  // namespace fathom::app
