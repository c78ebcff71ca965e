// fathom landscape: the loss around a run, drawn.
#include <filesystem>
#include <limits>

#include "command.hpp"
#include "fathom/base/atomic_file.hpp"
#include "fathom/data/table.hpp"
#include "fathom/lab/landscape_report.hpp"
#include "fathom/lab/landscape_sentences.hpp"
#include "fathom/train/run_folder_find.hpp"
#include "page_command.hpp"
#include "progress.hpp"

namespace fathom::app {

namespace {

constexpr Index usual_rows_of_losses = 1000;  // a matter of a minute for most networks

std::optional<LandscapeKind> kind_of(const std::string& name) {
  if (name == "all") return std::nullopt;
  const auto* found = std::find(std::begin(landscape_kinds), std::end(landscape_kinds), name);
  if (found != std::end(landscape_kinds)) return static_cast<LandscapeKind>(found - std::begin(landscape_kinds));
  std::vector<std::string> names{"all"};
  names.insert(names.end(), std::begin(landscape_kinds), std::end(landscape_kinds));
  const std::string closest = closest_name(name, names);
  throw Error(Code::usage, message("--kind must be line, random, eigen, path or all, not \"{}\"", name), {},
              closest.empty() ? Message() : message("did you mean \"{}\"?", closest));
}

std::size_t grid_of(const Arguments& arguments) {
  const Index points = whole_number(arguments, "--grid", 5, 201, 25);
  if (points % 2 == 0)
    throw Error(Code::usage,
                message("--grid must be an odd number, so that one point is in the middle, not {}", points));
  return static_cast<std::size_t>(points);
}

// The rows of the training part: as many as are asked for, or all.
Index rows_of(const Arguments& arguments, Index there) {
  if (arguments.get("--rows") == "all") return 0;
  return whole_number(arguments, "--rows", 1, std::numeric_limits<std::int32_t>::max(),
                      std::min(there, usual_rows_of_losses));
}

void print_landscape(const Interface& interface, const LandscapeRecord& record, const std::string& page) {
  fmt::print("{}\n", interface.say(message("run {}, {} checkpoint: {} weights, {} of {} training rows", record.run,
                                           curvature::checkpoint_title(record.checkpoint), grouped(record.weights),
                                           grouped(record.rows[static_cast<int>(Part::train)]),
                                           grouped(record.all_rows[static_cast<int>(Part::train)]))));
  for (const auto& [title, sentences] : {std::pair{"Along a line", line_sentences(record)},
                                         {"On the plane of the walk", walk_sentences(record)},
                                         {"Along the top and the bottom eigenvector", eigen_sentences(record)},
                                         {"In two random directions", random_sentences(record)}}) {
    if (sentences.empty()) continue;
    fmt::print("\n{}\n", interface.paint(Color::bold, interface.say(Message(title)), false));
    for (const Message& sentence : sentences) fmt::print("{}\n", interface.say(sentence));
  }
  for (const Message& why : record.missing) fmt::print("\n{}\n", interface.say(why));
  fmt::print("\n{}\n", page);
}

}  // namespace

int run_landscape(const Arguments& arguments, Interface& interface) {
  apply_threads(arguments);
  LandscapeOptions options{.kind = kind_of(arguments.get("--kind", "all")),
                           .checkpoint = arguments.get("--checkpoint", "best"),
                           .from = arguments.get("--from", "start"),
                           .grid = grid_of(arguments),
                           .seed = static_cast<std::uint64_t>(
                               whole_number(arguments, "--seed", 0, std::numeric_limits<std::int32_t>::max(), 1))};
  options.to = arguments.get("--to", options.checkpoint);
  const RunInfo run = find_run(runs_folder(arguments), arguments.positional[0]);
  const bool is_kept = options.checkpoint == "last" || curvature::is_epoch(options.checkpoint);
  const auto point = curvature::load_run_point(run, is_kept ? options.checkpoint : "best", 0);
  options.rows = rows_of(arguments, point->prepared->source->rows(Part::train));
  MovingLine progress(interface);
  options.on_progress = [&](const Message& what, double share) {
    progress.show(fmt::format("{}  {:.0f} %", interface.say(what), 100 * share));
  };

  // Before anything is computed that could not be kept.
  const std::string folder = run.path + "/landscape/";
  std::filesystem::create_directories(folder);
  const LandscapeRecord record = measure_landscape(*point, options);
  progress.clear();
  const std::string page = folder + "landscape.html";
  const Json json = page_event("landscape", landscape_json(record), page);
  write_file(page, landscape_page(record, report_words(interface)));
  write_file(folder + "landscape.json", write_json(json, 1) + "\n");
  if (record.line) write_file(folder + "line.csv", line_csv(record.line->line));
  if (record.random) write_file(folder + "random.csv", surface_csv(record.random->surface));
  if (record.eigen) write_file(folder + "eigen.csv", surface_csv(record.eigen->surface));
  if (record.walk) {
    write_file(folder + "path.csv", surface_csv(record.walk->surface));
    write_file(folder + "walk.csv", walk_csv(*record.walk));
  }
  if (interface.json)
    fmt::print("{}\n", write_json(json));
  else
    print_landscape(interface, record, page);
  return 0;
}

}  // namespace fathom::app
