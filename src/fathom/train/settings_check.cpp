// What keys taken alone cannot show.
#include <cmath>

#include "fathom/train/settings_problem.hpp"

namespace fathom {

namespace {

bool is_warmup(const std::string& text) {
  const bool share = !text.empty() && text.back() == '%';
  const auto number = parse_number(share ? text.substr(0, text.size() - 1) : text);
  return number && *number >= 0 && (share ? *number <= 100 : *number <= 1e15);
}

void add_split(const Settings& settings, std::vector<Conflict>& found) {
  const auto& split = settings.split;
  const double total = split.train + split.valid + split.test;
  if (split.train <= 0)
    found.push_back({{"split.train"}, message("split.train is {}: there must be rows to train on", split.train), ""});
  else if (std::abs(total - 1) > 1e-6)
    found.push_back({{"split.train", "split.valid", "split.test"},
                     message("split.train, split.valid and split.test must add up to 1, not {:.4g}", total),
                     "for example 0.8, 0.1 and 0.1"});
  const bool reads_key = split.by == "group" || split.by == "time" || split.by == "hash" || split.by == "column";
  if (reads_key && split.key.empty())
    found.push_back({{"split.by"},
                     message("split.by is \"{}\", but split.key is empty", split.by),
                     "set split.key to the column that decides"});
  if (!reads_key && !split.key.empty())
    found.push_back({{"split.key", "split.by"},
                     message("split.key is \"{}\", but a split.by of \"{}\" reads no key", split.key, split.by),
                     "set split.by to group, time, hash or column, or leave split.key out"});
}

void add_output(const Settings& settings, std::vector<Conflict>& found) {
  const auto& output = settings.output;
  if (output.task == "regression" ? output.loss == "cross_entropy" : output.task != "auto" && output.loss == "huber")
    found.push_back({{"output.loss", "output.task"},
                     message("output.loss \"{}\" does not fit output.task \"{}\"", output.loss, output.task),
                     "leave output.loss at \"auto\""});
  const bool smooths = output.task != "regression" && (output.loss == "auto" || output.loss == "cross_entropy");
  if (output.label_smoothing > 0 && !smooths)
    found.push_back({{"output.label_smoothing", "output.loss", "output.task"},
                     "output.label_smoothing is of cross_entropy, so it is of classes alone",
                     "leave it out"});
  const auto target = settings.inputs.find(output.name);
  if (target == settings.inputs.end() || output.name.empty()) return;
  ColumnOptions rest = target->second;
  const bool ignored = rest.kind == ColumnKind::ignored;
  rest.kind.reset();
  if (ignored || rest != ColumnOptions{})
    found.push_back({{"input." + output.name, "output.name"},
                     ignored ? message("\"{}\" is the target, so it is no input that could be ignored", output.name)
                             : message("\"{}\" is the target, so it is no input with settings of its own", output.name),
                     "output.* describes the target"});
}

void add_model(const Settings& settings, std::vector<Conflict>& found) {
  const EncoderSettings& encoder = settings.model.encoder;
  EncoderSettings plain;
  plain.type = encoder.type;
  if (encoder != plain && encoder.type != "auto" && encoder.type != "cnn") {
    Conflict conflict{{},
                      message("model.encoder.type is \"{}\", which reads no other key of model.encoder", encoder.type),
                      "leave the others out, or set the type to cnn"};
    Settings before = settings;
    before.model.encoder = plain;
    for (const Key& key : settings_keys())
      if (key.path.starts_with("model.encoder.") && key.show(before) != key.show(settings))
        conflict.keys.push_back(key.path);
    conflict.keys.push_back("model.encoder.type");
    found.push_back(conflict);
  }
  if (encoder.channels && encoder.channels->empty())
    found.push_back({{"model.encoder.channels"}, "model.encoder.channels is empty: a cnn has at least one stage", ""});
  if (settings.trainer.loaded_learning_rate_factor != 1 && settings.model.init_from.empty())
    found.push_back({{"trainer.loaded_learning_rate_factor"},
                     "trainer.loaded_learning_rate_factor is of loaded weights, but model.init_from names no run",
                     "set model.init_from, or leave it out"});
}

}  // namespace

std::vector<Conflict> conflicts(const Settings& settings) {
  std::vector<Conflict> found;
  add_split(settings, found);
  add_output(settings, found);
  if (settings.data.size.size() > 2)
    found.push_back(
        {{"data.size"},
         message("data.size has {} numbers; it is [rows, columns], or one number", settings.data.size.size()),
         ""});
  add_model(settings, found);
  const auto& schedule = settings.schedule;
  if (!is_warmup(schedule.warmup))
    found.push_back({{"trainer.schedule.warmup"},
                     message("trainer.schedule.warmup must be a number of steps or a share such as \"3%\", got \"{}\"",
                             schedule.warmup),
                     ""});
  if (schedule.type == "plateau" && schedule.factor >= 1)
    found.push_back(
        {{"trainer.schedule.factor", "trainer.schedule.type"},
         message("trainer.schedule.factor is {}, which a plateau would not cut the rate with", schedule.factor),
         "choose one below 1"});
  return found;
}

void check_settings(const Settings& settings, const Origins& origins, const std::string& file,
                    const std::string& text) {
  const std::vector<Conflict> found = conflicts(settings);
  std::vector<Problem> problems;
  for (const Conflict& conflict : found)
    if (is_in(file, origin_of(conflict, origins))) problems.push_back(problem_of(conflict, origins, text));
  if (found.empty()) return;
  if (problems.size() == found.size()) throw Error(Code::config, render(problems, text, file));
  std::vector<Error> errors;
  for (const Conflict& conflict : found)
    errors.emplace_back(Code::config, conflict.what, origin_of(conflict, origins), conflict.help);
  throw joined(errors, message("{} settings do not fit; nothing was run", errors.size()));
}

}  // namespace fathom
