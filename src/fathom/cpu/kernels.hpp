// The lists of kernels, by the file that they are in, and what those files share.
#pragma once

#include "fathom/cpu/kernel.hpp"

namespace fathom {

std::vector<Kernel> shape_kernels(const Op& op);
std::vector<Kernel> product_kernels(const Op& op);
std::vector<Kernel> conv_kernels(const Op& op);
std::vector<Kernel> pool_kernels(const Op& op);
std::vector<Kernel> reduce_kernels(const Op& op);
std::vector<Kernel> row_kernels(const Op& op);
std::vector<Kernel> random_kernels(const Op& op);

inline std::string never_refuse(const Graph&, const Node&) { return {}; }

// visit() for what an op's shape rule has found to be a float type.
template <class F>
void visit_float(Dtype dtype, F&& f) {
  if (dtype == Dtype::f32)
    f(float{});
  else
    f(double{});
}

template <class T>
std::unique_ptr<Job> make_job(const Graph& graph, NodeId id) {
  return std::make_unique<T>(graph, id);
}

}  // namespace fathom
