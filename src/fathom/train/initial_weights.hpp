// InitialWeights: what a run takes over from another one to begin with (model.init_from).
//
// 1. A weight is taken over when its name and shape match and its numbers mean the same in both: a category's rows only
//    where the vocabularies are equal, the layer that reads the inputs only where the inputs are the same in order and
//    width, the output only where the target is. Running statistics of norms are weights here. What a layer has beside
//    its weight, one number for each of its columns (a bias, the numbers of the norm that follows), is taken over with
//    that weight or not at all.
// 2. Encoders are fitted on the new run's training part all the same: numbers and pixels come to the loaded weights
//    with the mean and the spread that these have learned from.
// 3. A run keeps what it took over in its folder, so that it goes on without the other run.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fathom/train/table_model.hpp"

namespace fathom {

class InitialWeights {
 public:
  InitialWeights() = default;
  // Of a trained run, or of a copy of its model folder. Throws Error(data) when it has no weights, and Error(config)
  // naming the closest ones when none fits.
  static InitialWeights from_run(const std::string& folder, const TableModel& model, const TableModelOptions& options,
                                 const Pipeline& pipeline);
  // What a run saved; of weights that were not taken over it says nothing.
  static InitialWeights from_file(const std::string& path);
  void save(const std::string& path) const;

  // Writes them over the beginning values.
  void apply(Flat& weights) const;

  struct Fresh {
    std::string name;
    Message why;
  };
  const std::string& origin() const { return origin_; }
  std::set<std::string> names() const;
  Index numbers() const;                                          // that were taken over
  const std::vector<Fresh>& fresh() const { return fresh_; }      // weights of the model that the run could not give
  const std::vector<std::string>& left() const { return left_; }  // weights of the run that the model did not take

 private:
  std::string origin_;
  std::vector<std::pair<std::string, Tensor>> loaded_;
  std::vector<Fresh> fresh_;
  std::vector<std::string> left_;
};

// The parameters that any of the patterns matches, * standing for any part of a name and ? for any character.
// Throws Error(config) with the names there are for a pattern that matches none.
std::set<std::string> matching_names(const std::vector<std::string>& patterns, const Parameters& parameters);

}  // namespace fathom
