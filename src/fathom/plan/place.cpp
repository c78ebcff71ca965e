#include <algorithm>
#include <map>
#include <numeric>

#include "fathom/base/cache_line.hpp"
#include "fathom/graph/ops/random.hpp"
#include "fathom/plan/passes.hpp"

namespace fathom::passes {

namespace {

// A stretch of arena memory and the steps from its first write to its last read.
struct Buffer {
  std::size_t bytes = 0;
  int first = 0, last = 0;
  std::size_t offset = 0;
};

// An operand that a step's group may write its result over: read element by element, by this step last, of the same
// size. (A product's own operands are read until its last element is made.)
NodeId replaceable(const Plan& plan, const Step& step, int number, NodeId value, const std::map<NodeId, int>& buffer_of,
                   const std::vector<Buffer>& buffers, const std::vector<int>& last_read) {
  if (value == step.node) return -1;
  const std::vector<NodeId> values =
      step.node < 0 ? std::vector<NodeId>{} : values_read(*plan.graph, plan.graph->node(step.node));
  const auto product_reads = [&](NodeId read) { return std::find(values.begin(), values.end(), read) != values.end(); };
  for (const GroupRead& source : step.group.sources) {
    if (source.pattern != GroupRead::Pattern::full || !buffer_of.contains(source.value) ||
        (source.value == step.node ? last_read[index(source.value)] > number
                                   : last_read[index(source.value)] != number) ||
        product_reads(source.value))
      continue;
    const bool strided_too =
        std::any_of(step.group.sources.begin(), step.group.sources.end(), [&](const GroupRead& other) {
          return other.value == source.value && other.pattern != GroupRead::Pattern::full;
        });
    const Buffer& buffer = buffers[index(buffer_of.at(source.value))];
    if (!strided_too && buffer.last == number &&
        plan.graph->node(source.value).type.bytes() == plan.graph->node(value).type.bytes())
      return source.value;
  }
  return -1;
}

// Lowest offset that no buffer alive at the same time covers, largest buffers first.
std::size_t pack(std::vector<Buffer>& buffers) {
  std::vector<std::size_t> by_size(buffers.size());
  std::iota(by_size.begin(), by_size.end(), std::size_t{0});
  std::stable_sort(by_size.begin(), by_size.end(),
                   [&](std::size_t a, std::size_t b) { return buffers[a].bytes > buffers[b].bytes; });
  std::vector<const Buffer*> placed;  // by offset
  std::size_t top = 0;
  for (std::size_t k : by_size) {
    Buffer& buffer = buffers[k];
    for (const Buffer* other : placed)
      if (other->first <= buffer.last && buffer.first <= other->last && other->offset < buffer.offset + buffer.bytes)
        buffer.offset = std::max(buffer.offset, other->offset + other->bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), &buffer,
                                   [](const Buffer* a, const Buffer* b) { return a->offset < b->offset; }),
                  &buffer);
    top = std::max(top, buffer.offset + buffer.bytes);
  }
  return top;
}

}  // namespace

void place(Plan& plan, const Owned& owned, const PlanOptions& options) {
  const Graph& graph = *plan.graph;
  const int steps = static_cast<int>(plan.steps.size());
  plan.places.resize(index(graph.size()));
  for (NodeId id = 0; id < graph.size(); ++id) {
    if (is_input(graph.node(id)))
      plan.places[index(id)] = {.kind = Place::Kind::input, .offset = 0, .input = id};
    else if (graph.node(id).op == &constant_op)
      plan.places[index(id)].kind = Place::Kind::constant;
  }

  std::vector<int> last_read(index(graph.size()), -1);
  for (int number = 0; number < steps; ++number)
    for (NodeId value : plan.steps[index(number)].reads) last_read[index(value)] = number;
  for (const Var& output : owned.request.outputs) last_read[index(home_of(graph, output.id()))] = steps;

  std::vector<Buffer> buffers;
  std::map<NodeId, int> buffer_of;
  for (int number = 0; number < steps; ++number) {
    const Step& step = plan.steps[index(number)];
    for (NodeId value : step.writes) {
      if (plan.places[index(value)].kind == Place::Kind::input) continue;  // lives in an update's target
      const std::size_t bytes = whole_lines(graph.node(value).type.bytes());
      plan.value_bytes += bytes;
      const NodeId over = options.in_place && options.reuse
                              ? replaceable(plan, step, number, value, buffer_of, buffers, last_read)
                              : -1;
      const int last = options.reuse ? std::max(number, last_read[index(value)]) : steps;
      if (over >= 0) {
        buffer_of[value] = buffer_of.at(over);
        buffers[index(buffer_of.at(over))].last =
            last > number ? last : number + 1;  // taken: no second result may use it
      } else {
        buffer_of[value] = static_cast<int>(buffers.size());
        buffers.push_back({bytes, options.reuse ? number : 0, last, 0});
      }
    }
  }
  plan.arena_bytes = pack(buffers);
  for (const auto& [value, buffer] : buffer_of)
    plan.places[index(value)] = {.kind = Place::Kind::arena, .offset = buffers[index(buffer)].offset, .input = -1};
}

}  // namespace fathom::passes
