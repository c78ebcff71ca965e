#include "fathom/nn/module.hpp"

#include "fathom/graph/trace.hpp"

namespace fathom {

Module::Module(Dtype dtype) : parameters_(std::make_shared<Parameters>(dtype)) {}

Module::Module(Module& parent, std::string_view name) : parameters_(parent.parameters_), path_(parent.path_of(name)) {
  if (name.empty()) fail(Code::usage, "a part of a module needs a name");
}

std::string Module::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

Weight::Weight(Module& owner, std::string_view name, const WeightOptions& options) : name_(owner.path_of(name)) {
  if (name.empty()) fail(Code::usage, "a parameter of the module \"{}\" needs a name", owner.path());
  Parameters& all = *owner.parameters_;
  type_ = all[all.add(name_, options.shape, options.init, options.fans, options.learned)].type;
}

Var Weight::operator()(SourceLocation at) const { return Trace::current().graph().input(name_, type_, at); }

}  // namespace fathom
