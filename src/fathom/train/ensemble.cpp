#include "fathom/train/ensemble.hpp"

#include <algorithm>
#include <cmath>

#include "fathom/train/judge.hpp"

namespace fathom {

namespace {

constexpr std::size_t shown_classes = 12;

// A probability is kept away from 0 by as much as its logarithm needs to stay a number.
double log_of(double p) { return std::log(std::max(p, 1e-300)); }

std::string class_list(const TargetEncoder& target) { return listed(target.classes, shown_classes); }

}  // namespace

void check_same_question(const std::vector<Member>& members) {
  const Member& first = members.front();
  const TargetEncoder& a = first.pipeline->target;
  for (const Member& member : members) {
    const TargetEncoder& b = member.pipeline->target;
    const char* hint = "an ensemble is of runs with the same target";
    if (a.name != b.name)
      throw Error(Code::config,
                  message("run {} predicts \"{}\", but run {} \"{}\"", first.name, a.name, member.name, b.name), {},
                  hint);
    if (a.task != b.task)
      throw Error(Code::config,
                  message("of \"{}\", run {} makes a {}, but run {} a {}", a.name, first.name, Message(name_of(a.task)),
                          member.name, Message(name_of(b.task))),
                  {}, hint);
    if (a.classes != b.classes)
      throw Error(
          Code::config,
          message("run {} knows the classes {}, but run {} {}", first.name, class_list(a), member.name, class_list(b)),
          {}, hint);
    if (member.outputs.shape() != first.outputs.shape())
      throw Error(Code::data,
                  message("run {} reads {} rows of the data, but run {} {}", first.name, first.outputs.shape()[0],
                          member.name, member.outputs.shape()[0]),
                  {}, "they were trained with other data.* settings");
  }
}

Tensor mean_outputs(const std::vector<Member>& members) {
  const TargetEncoder& target = members.front().pipeline->target;
  const bool is_number = target.task == Task::regression;
  std::vector<double> total;
  for (const Member& member : members) {
    const std::vector<double> values = is_number ? predicted_numbers(*member.pipeline, member.outputs)
                                                 : probabilities(*member.pipeline, member.outputs);
    total.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) total[i] += values[i];
  }
  Tensor outputs(members.front().outputs.type());
  for (Index i = 0; i < outputs.count(); ++i) {
    const double mean = total[static_cast<std::size_t>(i)] / static_cast<double>(members.size());
    outputs.set(i, is_number                     ? target.encode(mean)
                   : target.task == Task::binary ? log_of(mean) - log_of(1 - mean)
                                                 : log_of(mean));
  }
  return outputs;
}

}  // namespace fathom
