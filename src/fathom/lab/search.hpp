// Search: settings drawn by chance from a space, and which of them go on.
#pragma once

#include <string>
#include <vector>

#include "fathom/train/settings.hpp"

namespace fathom {

// A value that was drawn for a key.
struct Drawn {
  std::string key, value;  // as TOML: "0.0031"
  double place = 0;        // of the value: itself, or the number of a choice
};

// The values of trial 1, 2, ...: a pure function of (space, seed, trial). Log and range draw evenly between their ends.
std::vector<Drawn> draw(const std::vector<SearchKey>& space, std::uint64_t seed, std::size_t trial);
void set_drawn(const std::vector<Drawn>& drawn, Settings& settings);

// The epochs after which successive halving compares (Li et al. 2020, "A system for massively parallel hyperparameter
// tuning"): a ninth, a third and all of them, each at least 1 and none twice. All trials of a rung are compared
// together, not as they arrive, so that a search gives the same whatever was quicker.
std::vector<Index> rungs(Index epochs);
// Of so many trials at a rung, how many go on to the next: the best third, at least 1.
std::size_t promoted(std::size_t trials);

// How much of what the scores vary by a key explains: for numbers the R2 of a parabola in the place (of a log key, its
// logarithm), for choices the share between them. Adjusted for what chance alone explains, and 0 where more
// than 1 in 100 deals of the same scores explains as much. NaN for fewer than 6 scores.
double explained(const SearchKey& key, const std::vector<double>& places, const std::vector<double>& scores);

}  // namespace fathom
