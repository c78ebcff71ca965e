#include "fathom/cpu/executor.hpp"

#include <algorithm>

#include "fathom/base/cache_line.hpp"
#include "fathom/graph/ops/random.hpp"

namespace fathom {

namespace {

std::size_t index(NodeId id) { return static_cast<std::size_t>(id); }

class CopyJob final : public Job {
 public:
  CopyJob(NodeId from, NodeId to, std::size_t bytes) : from_(from), to_(to), bytes_(bytes) {}
  void run(const Replay& replay) const noexcept override {
    std::memcpy(replay.values[to_], replay.values[from_], bytes_);
  }

 private:
  NodeId from_, to_;
  std::size_t bytes_;
};

}  // namespace

Executor::Executor(Plan plan, Pool& pool) : plan_(std::move(plan)), pool_(pool) {
  const Graph& graph = *plan_.graph;
  for (const Step& step : plan_.steps) {
    if (step.kind == Step::Kind::group) {
      jobs_.push_back(make_group_job(plan_, step));
      notes_.emplace_back();
    } else if (step.kind == Step::Kind::copy) {
      jobs_.push_back(std::make_unique<CopyJob>(step.node, step.target, graph.node(step.node).type.bytes()));
      notes_.emplace_back();
    } else {
      Choice choice = choose_kernel(graph, graph.node(step.node));
      jobs_.push_back(choice.kernel.make(graph, step.node));
      if (!step.group.instructions.empty())
        jobs_.back() = make_carrying_job(std::move(jobs_.back()), plan_, step.group);
      notes_.push_back(fmt::format("{}{}", choice.kernel.name, choice.refusals));
    }
    scratch_bytes_ = std::max(scratch_bytes_, jobs_.back()->scratch_bytes);
    worker_bytes_ = std::max(worker_bytes_, jobs_.back()->worker_bytes);
  }
  worker_bytes_ = whole_lines(worker_bytes_);  // from one worker's memory to the next one's
  arena_ = aligned_bytes(plan_.arena_bytes);
  scratch_ = aligned_bytes(scratch_bytes_);
  need_workers();
  constants_ = aligned_bytes(8 * index(graph.size()));
  values_.assign(index(graph.size()), nullptr);
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    if (is_input(node)) inputs_.emplace(node.name, id);
    const NodeId home = plan_.homes[index(id)];
    const Place& place = plan_.places[index(home)];
    if (place.kind == Place::Kind::input) living_in_[place.input].push_back(id);
    if (place.kind == Place::Kind::arena) values_[index(id)] = arena_.get() + place.offset;
    if (place.kind == Place::Kind::constant) values_[index(id)] = constants_.get() + 8 * index(home);
    if (node.op == &constant_op)
      node.op->reference({{}, {node.type, constants_.get() + 8 * index(id)}, node.attributes});
  }
}

void Executor::need_workers() {
  const auto workers = static_cast<std::size_t>(pool_.threads());
  if (workers <= workers_ || worker_bytes_ == 0) return;
  worker_memory_ = aligned_bytes(workers * worker_bytes_);
  workers_ = workers;
}

void Executor::bind(const std::string& name, TensorView view) {
  const auto it = inputs_.find(name);
  if (it == inputs_.end()) fail(Code::usage, "the program has no input \"{}\"", name);
  const Type& type = plan_.graph->node(it->second).type;
  if (view.type != type)
    fail(Code::usage, "the input \"{}\" is {}, but {} was bound", name, to_string(type), to_string(view.type));
  for (NodeId id : living_in_[it->second]) values_[index(id)] = view.data;
}

std::vector<std::string> Executor::unbound() const {
  std::vector<std::string> names;
  for (const auto& [name, id] : inputs_)
    if (values_[index(id)] == nullptr && plan_.graph->node(id).type.bytes() > 0) names.push_back(name);
  return names;
}

void Executor::run() noexcept {
  need_workers();
  const Replay replay{pool_, values_.data(), scratch_.get(), worker_memory_.get(), worker_bytes_};
  for (const auto& job : jobs_) job->run(replay);
}

TensorView Executor::output(std::size_t i) const {
  const NodeId id = plan_.outputs[i];
  return {plan_.graph->node(id).type, values_[index(id)]};
}

std::string Executor::explain() const {
  const std::string steps = plan_.explain();
  std::string text;
  std::size_t line = 0, start = 0;
  while (start < steps.size()) {
    const std::size_t end = steps.find('\n', start);
    text += steps.substr(start, end - start);
    if (line > 0 && !notes_[line - 1].empty()) text += "  [" + notes_[line - 1] + "]";
    text += '\n';
    ++line;
    start = end + 1;
  }
  return text;
}

}  // namespace fathom
