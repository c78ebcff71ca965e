#include "fathom/train/initial_weights.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "fathom/base/atomic_file.hpp"
#include "fathom/data/table.hpp"
#include "fathom/train/model_files.hpp"

namespace fathom {

namespace {

constexpr const char* origin_key = "fathom.init_from";
constexpr std::size_t shown_names = 40, shown_closest = 3;

// What the first layer reads, in order: one line for each column.
std::vector<std::string> layout_of(const Pipeline& pipeline, bool reads_pixels) {
  std::vector<std::string> lines;
  for (const NumberEncoder& e : pipeline.numbers)
    lines.push_back(fmt::format("number {} {} {}", e.width(), e.log, e.name));
  for (const DateEncoder& e : pipeline.dates) lines.push_back(fmt::format("date {} {}", e.width(), e.name));
  if (reads_pixels && pipeline.pixels() > 0)
    lines.push_back(
        fmt::format("image {} {} {}", pipeline.image_rows, pipeline.image_columns, pipeline.image_channels));
  for (const CategoryEncoder& e : pipeline.categories) lines.push_back(fmt::format("category {} {}", e.width, e.name));
  for (const TextEncoder& e : pipeline.texts) lines.push_back(fmt::format("text {} {}", e.width, e.name));
  return lines;
}

bool same_levels(const Pipeline& a, const Pipeline& b, const std::string& name) {
  const auto find = [&](const Pipeline& pipeline) {
    return std::find_if(pipeline.categories.begin(), pipeline.categories.end(),
                        [&](const CategoryEncoder& encoder) { return encoder.name == name; });
  };
  const auto x = find(a), y = find(b);
  return x != a.categories.end() && y != b.categories.end() && x->vocabulary == y->vocabulary && x->other == y->other &&
         x->missing == y->missing;
}

bool same_target(const TargetEncoder& a, const TargetEncoder& b) {
  return a.task == b.task && (a.task == Task::regression ? a.name == b.name && a.log == b.log : a.classes == b.classes);
}

// Why numbers of the same name and shape mean something else; empty when they do not.
class Meaning {
 public:
  Meaning(const Pipeline& before, const TableModelOptions& options_before, const Pipeline& now,
          const TableModelOptions& options)
      : before_(before), options_before_(options_before), now_(now), options_(options) {}

  Message other(const std::string& name) const {
    const auto part = [&](const char* layer) { return name.starts_with(std::string(layer) + "."); };
    if (part("category")) {
      const std::string column = name.substr(9, name.rfind('.') - 9);
      if (!same_levels(before_, now_, column)) return "its categories are others";
    }
    if (part("output") && !same_target(before_.target, now_.target)) return "its target is another";
    const std::string first = options_.hidden.empty() ? "output.weight" : "hidden1.weight";
    const bool in_order = options_.encoder.type == "none" || options_.encoder.type == "cnn";
    const bool other_inputs = options_before_.encoder.type != options_.encoder.type ||
                              layout_of(before_, in_order) != layout_of(now_, in_order);
    const bool other_depth = options_before_.hidden.empty() != options_.hidden.empty();
    if ((name == first && other_inputs) || (name == "output.weight" && other_depth)) return "its inputs are others";
    if (name == "encoder.wide.weight" && before_.image_rows != now_.image_rows) return "its images are of another size";
    return {};
  }

 private:
  const Pipeline& before_;
  const TableModelOptions& options_before_;
  const Pipeline& now_;
  const TableModelOptions& options_;
};

// "hidden1.weight [30, 8] here, [20, 8] there", for the weights that are nearest to fitting.
std::string closest_words(const Parameters& parameters, const Safetensors& file) {
  std::vector<std::string> there, words;
  for (const auto& entry : file.entries()) there.push_back(entry.name);
  for (const Parameter& parameter : parameters) {
    const std::string name = file.has(parameter.name) ? parameter.name : closest_name(parameter.name, there);
    if (name.empty() || words.size() == shown_closest) continue;
    words.push_back(fmt::format("{} {}: {} {}", parameter.name, to_string(parameter.type.shape), name,
                                to_string(file.find(name)->shape)));
  }
  if (words.empty())
    for (std::size_t i = 0; i < std::min(there.size(), shown_closest); ++i) words.push_back(there[i]);
  return fmt::format("{}", fmt::join(words, "; "));
}

}  // namespace

InitialWeights InitialWeights::from_run(const std::string& folder, const TableModel& model,
                                        const TableModelOptions& options, const Pipeline& pipeline) {
  const ModelFiles files = model_files(folder);
  const Safetensors file = read_safetensors(files.weights);
  const Pipeline before = pipeline_from_json(read_file(files.pipeline), files.pipeline);
  const TableModelOptions options_before = model_options(file.metadata(), files.weights);
  const Meaning meaning(before, options_before, pipeline, options);
  InitialWeights initial;
  initial.origin_ = folder;
  bool took_weight = false;  // of the layer: biases, and a norm's numbers, come behind it
  for (const Parameter& parameter : model.parameters()) {
    const bool alone = parameter.type.shape.rank() > 1;
    const auto* entry = file.find(parameter.name);
    Message why;
    if (entry == nullptr)
      why = "the run has none of this name";
    else if (entry->stored != stored_as(parameter.type.dtype) || entry->shape != parameter.type.shape)
      why = message("of the shape {} in the run, {} here", to_string(entry->shape), to_string(parameter.type.shape));
    else
      why = meaning.other(parameter.name);
    if (alone)
      took_weight = why.empty();
    else if (why.empty() && !took_weight)
      why = "the weight of its layer is new";
    if (why.empty())
      initial.loaded_.emplace_back(parameter.name, file.tensor(parameter.name));
    else
      initial.fresh_.push_back({parameter.name, why});
  }
  if (initial.loaded_.empty())
    throw Error(Code::config, message("no weight of {} fits this model", folder), {},
                message("closest, here and there: {}", closest_words(model.parameters(), file)));
  const std::set<std::string> taken = initial.names();
  for (const auto& entry : file.entries())
    if (!taken.contains(entry.name)) initial.left_.push_back(entry.name);
  return initial;
}

InitialWeights InitialWeights::from_file(const std::string& path) {
  const Safetensors file = read_safetensors(path);
  InitialWeights initial;
  initial.origin_ = file.metadata(origin_key);
  for (const auto& entry : file.entries()) initial.loaded_.emplace_back(entry.name, file.tensor(entry.name));
  return initial;
}

void InitialWeights::save(const std::string& path) const {
  std::vector<StoredView> tensors;
  for (const auto& [name, tensor] : loaded_) tensors.push_back(stored_view(name, tensor));
  write_safetensors(path, tensors, {{origin_key, origin_}});
}

void InitialWeights::apply(Flat& weights) const {
  for (const auto& [name, tensor] : loaded_) {
    const TensorView to = weights.view(name);
    if (to.type != tensor.type())
      fail(Code::data, "\"{}\" was begun with as {}, but is {}", name, to_string(tensor.type()), to_string(to.type));
    std::memcpy(to.data, tensor.view().data, tensor.bytes());
  }
}

std::set<std::string> InitialWeights::names() const {
  std::set<std::string> names;
  for (const auto& [name, tensor] : loaded_) names.insert(name);
  return names;
}

Index InitialWeights::numbers() const {
  Index total = 0;
  for (const auto& [name, tensor] : loaded_) total += tensor.count();
  return total;
}

std::set<std::string> matching_names(const std::vector<std::string>& patterns, const Parameters& parameters) {
  std::set<std::string> found;
  for (const std::string& pattern : patterns) {
    bool matched = false;
    for (const Parameter& parameter : parameters)
      if (::fnmatch(pattern.c_str(), parameter.name.c_str(), 0) == 0) {
        found.insert(parameter.name);
        matched = true;
      }
    if (matched) continue;
    std::vector<std::string> names;
    for (const Parameter& parameter : parameters) names.push_back(parameter.name);
    throw Error(Code::config, message("trainer.freeze has \"{}\", which fits the name of no weight", pattern), {},
                message("the weights: {}", listed(names, shown_names)));
  }
  return found;
}

}  // namespace fathom
