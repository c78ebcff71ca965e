// Plan: what a backend replays. A graph goes in; steps, in order, with a place for every value, come out.
//
// 1. Passes are pure: prune, simplify, recompute, group, defer, carry, rows, sums, order, join, place. What they do to
// save time or memory can be switched off without changing a bit of the result.
// 2. A step reads values that earlier steps wrote, inputs or constants; a value's place is not reused while it is
// needed.
// 3. Outputs and updates are of the values from before the run. An update writes the new value over its target's
// buffer: directly when every other reader has run, else by a copy at the end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fathom/graph/graph.hpp"

namespace fathom {

// After a run, the input `target` holds `value`.
struct Update {
  Var target;
  Var value;
};

struct Request {
  Vars outputs = {};
  std::vector<Update> updates = {};
  // Where the derivatives begin: the loss. Behind it, values from before it may be made again rather than kept.
  Var turn = {};
};

struct PlanOptions {
  bool simplify = true;
  bool group = true;       // fuse elementwise chains
  bool defer = true;       // make what only a later chain reads in that chain
  bool carry = true;       // let products run the chain that reads their result
  bool rows = true;        // let chains reduce their rows and go on with what that gives
  bool sums = true;        // let chains sum their results as they make them
  bool join = true;        // let updates that follow one another be one step, over all parameters
  bool in_place = true;    // write results over operands that are needed no more
  bool reuse = true;       // share arena memory between values that do not live at the same time
  bool recompute = false;  // behind the request's turn, make values again rather than keep them: slower, less memory
};

// What each op of a group works on at a time. Rows that a group sums or reduces are no longer.
constexpr std::size_t tile_bytes = 2048;

// How a group reads a value from memory, for the flat position i of the group's result.
struct GroupRead {
  enum class Pattern { full, row, scalar, strided };
  NodeId value;     // where the numbers are
  Pattern pattern;  // full: element i; row: the element of the row that i lies in; scalar: element 0; strided: the
                    // index of i in `shape`, times `strides`
  Shape shape;
  Shape strides;

  friend bool operator==(const GroupRead&, const GroupRead&) = default;
};

// One op inside of a group.
struct Instruction {
  struct Argument {
    bool from_memory;
    int index;  // of a source, or of an earlier instruction: one that gives a value a row is read as spread over its
                // row
  };
  // elementwise, or a row from its number; elementwise on a value a row; from a row, one value
  enum class Over { elements, rows, reduces };
  NodeId node;
  std::vector<Argument> arguments;
  Over over = Over::elements;
};

struct Store {
  int instruction;
  NodeId value;
};

// The sum, over the rows of a matrix of the group's elements, of what an instruction gives.
struct GroupSum {
  int instruction;
  NodeId value;  // of as many elements as a row
};

struct Group {
  Dtype dtype = Dtype::f32;
  Index count = 0;
  Index columns = 0;  // of a row; 0: no instruction knows rows
  std::vector<GroupRead> sources;
  std::vector<Instruction> instructions;
  std::vector<Store> stores;
  std::vector<GroupSum> sums;  // all of rows of one length
};

struct Step {
  enum class Kind { op, group, copy };
  Kind kind = Kind::op;
  NodeId node = -1;    // op: the node. copy: the value to copy
  NodeId target = -1;  // copy: the input to write
  Group group;         // group, and op: what reads the op's result element by element, if it has instructions
  std::vector<Group> beside = {};  // group: further ones, in any order; none reads or overwrites what another writes
  std::vector<NodeId> reads;       // values, resolved to where they live
  std::vector<NodeId> writes;
};

// Where a value lives while the plan is replayed.
struct Place {
  enum class Kind { none, input, constant, arena };
  Kind kind = Kind::none;
  std::size_t offset = 0;  // arena
  NodeId input = -1;       // input: whose buffer (an updated value lives in its target's)
};

struct Plan {
  std::shared_ptr<Graph> graph;  // the plan's own, simplified
  std::vector<Step> steps;
  std::vector<NodeId> homes;  // for each node, the value that holds its numbers (a reshape holds none of its own)
  std::vector<Place> places;  // for each node
  std::vector<NodeId> outputs;
  std::vector<NodeId> again;  // nodes that repeat others, so that those need not be kept
  std::size_t arena_bytes = 0;
  std::size_t value_bytes = 0;  // what the arena would be without reuse

  // One line a step: what it does, what it reads and writes, where it comes from.
  std::string explain() const;
};

// Throws Error(usage) for an update of something that is no input, of another type than its target, or of one target
// twice.
Plan make_plan(const Request& request, const PlanOptions& options = {});

}  // namespace fathom
