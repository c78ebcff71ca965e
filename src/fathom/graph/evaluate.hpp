// The reference executor: runs a graph node by node with each op's reference. Slow and obvious.
#pragma once

#include <map>
#include <string>

#include "fathom/graph/graph.hpp"

namespace fathom {

using Feed = std::map<std::string, Tensor>;

// Gives the values of `outputs`. Throws Error(usage) when an input is missing from the feed or has another type.
std::vector<Tensor> evaluate(std::span<const Var> outputs, const Feed& feed);

}  // namespace fathom
