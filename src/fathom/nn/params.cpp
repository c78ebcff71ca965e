#include "fathom/nn/params.hpp"

#include "fathom/graph/trace.hpp"
#include "fathom/nn/flat.hpp"

namespace fathom {

Parameters::Parameters(Dtype dtype) : dtype_(dtype) {
  if (!is_float(dtype)) fail(Code::usage, "parameters are f32 or f64, not {}", name_of(dtype));
}

std::size_t Parameters::add(const std::string& name, const Shape& shape, const Init& init, Fans fans, bool learned) {
  if (name.empty()) fail(Code::usage, "a parameter needs a name");
  for (Index length : shape)
    if (length < 1)
      fail(Code::usage, "the parameter \"{}\" has the shape {}, which holds nothing", name, to_string(shape));
  if (!by_name_.emplace(name, all_.size()).second) fail(Code::usage, "two parameters are named \"{}\"", name);
  all_.push_back(
      {.name = name, .type = {dtype_, shape}, .init = init, .fans = fans, .learned = learned, .offset = total_});
  total_ += (shape.count() + alignment - 1) / alignment * alignment;
  return all_.size() - 1;
}

const Parameter* Parameters::find(const std::string& name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : &all_[it->second];
}

Index Parameters::learned() const {
  Index n = 0;
  for (const Parameter& parameter : all_)
    if (parameter.learned) n += parameter.type.shape.count();
  return n;
}

Vars Parameters::vars() const {
  Vars result;
  for (const Parameter& parameter : all_)
    if (parameter.learned) result.push_back(Trace::current().graph().input(parameter.name, parameter.type));
  return result;
}

Flat Parameters::initialise(std::uint64_t seed) const {
  Flat flat(*this);
  for (std::size_t i = 0; i < size(); ++i)
    fathom::initialise(flat.view(i), all_[i].init, all_[i].fans, seed, all_[i].name);
  return flat;
}

}  // namespace fathom
