#include "fathom/lab/batch_plan.hpp"

#include <algorithm>
#include <set>

namespace fathom {

std::vector<Index> batch_sizes(Index largest, Index own, Index factor) {
  std::set<Index> sizes{own, largest};
  for (Index size = 1; 3 * size <= 2 * largest; size *= factor) sizes.insert(size);
  return {sizes.begin(), sizes.end()};
}

BatchPlan plan_batches(std::span<const Index> sizes, std::span<const double> cost, Index own, double budget) {
  std::vector<std::size_t> by_cost(sizes.size());
  BatchPlan plan;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    by_cost[i] = i;
    plan.seconds += cost[i];
  }
  std::stable_sort(by_cost.begin(), by_cost.end(), [&](std::size_t a, std::size_t b) { return cost[a] > cost[b]; });
  std::set<std::size_t> dropped;
  for (const std::size_t i : by_cost) {
    if (plan.seconds <= budget) break;
    if (sizes[i] == own) continue;
    dropped.insert(i);
    plan.seconds -= cost[i];
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) (dropped.contains(i) ? plan.left_out : plan.sizes).push_back(sizes[i]);
  return plan;
}

std::vector<std::size_t> chosen_places(std::span<const Index> sizes, Index own, std::size_t most) {
  std::set<std::size_t> places;
  if (sizes.empty()) return {};
  const auto at = static_cast<std::size_t>(std::find(sizes.begin(), sizes.end(), own) - sizes.begin());
  if (at < sizes.size()) places.insert(at);
  places.insert({0, sizes.size() - 1});
  // The place that is farthest from all that were chosen, until there are enough.
  while (places.size() < std::min(most, sizes.size())) {
    std::size_t best = 0, distance = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      std::size_t nearest = sizes.size();
      for (const std::size_t place : places) nearest = std::min(nearest, place > i ? place - i : i - place);
      if (nearest > distance) {
        distance = nearest;
        best = i;
      }
    }
    places.insert(best);
  }
  return {places.begin(), places.end()};
}

}  // namespace fathom
