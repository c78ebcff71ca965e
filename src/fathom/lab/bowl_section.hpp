// The bowl in a report: the path of each optimizer at its own best rate, and the steps that it needed.
#pragma once

#include "fathom/lab/bowl.hpp"
#include "fathom/lab/lab_report.hpp"

namespace fathom {

struct BowlWalk {
  std::string optimizer;  // "adam"
  std::string title;      // "Adam"
  std::optional<BowlBest> held, falling;

  // The shorter of the two; nullptr where neither came near.
  const BowlBest* best() const;
};

inline constexpr double bowl_tolerance = 1e-3;  // of the loss at the start
inline constexpr Index bowl_limit = 400;

// `titles`: of each optimizer by its name, in order.
std::vector<BowlWalk> walk_bowl(const Bowl& bowl, const std::vector<std::pair<std::string, std::string>>& titles);

LabSection bowl_section(const Laboratory& lab, const Bowl& bowl, const std::vector<BowlWalk>& walks);
// "bowl", with the steps of each optimizer under its name. Needs: sgd and adam, which both came near.
Finding bowl_finding(const Bowl& bowl, const std::vector<BowlWalk>& walks);

}  // namespace fathom
