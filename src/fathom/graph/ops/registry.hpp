// THE table of ops.
#pragma once

#include "fathom/graph/op.hpp"

namespace fathom {

// Every primitive except `input`, in the order of the files.
std::span<const Op* const> all_ops();
// nullptr when there is no such op.
const Op* find_op(std::string_view name);
// The examples of an op; those of an elementwise op without any are made from its arity.
std::vector<Example> examples_of(const Op& op);
// The domain of an operand in an example.
Domain domain_of(const Op& op, const Example& example, int operand);

}  // namespace fathom
