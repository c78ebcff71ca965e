#include "fathom/inspect/symmetry.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace fathom::curvature {

namespace {

// Where a parameter lies in the vectors. Needs: of rank 1 or 2.
struct Place {
  std::size_t first = 0, rows = 1, columns = 0;
  std::size_t at(std::size_t row, std::size_t column) const { return first + row * columns + column; }
};

class Directions {
 public:
  Directions(const DenseNetwork& network, const Flat& weights, const std::set<std::string>& frozen)
      : network_(network), layout_(weights.layout()) {
    const ParameterVector places(layout_, frozen);
    numbers_ = places.from(weights);
    std::size_t first = 0;
    for (const std::string& name : places.names()) {
      const Shape& shape = layout_.find(name)->type.shape;
      const auto count = static_cast<std::size_t>(shape.count());
      const std::size_t columns = shape.rank() == 0 ? 1 : static_cast<std::size_t>(shape[shape.rank() - 1]);
      learned_[name] = {first, count / columns, columns};
      first += count;
    }
    const auto need = [&](const std::string& name) {
      if (layout_.find(name + ".weight") == nullptr)
        fail(Code::usage, "there is no layer \"{}\" whose symmetries could be found", name);
    };
    for (const DenseLayer& layer : network.layers) need(layer.name);
    for (const std::string& name : network.before_batch_norm) need(name);
  }

  std::size_t width(std::size_t layer) const { return width(network_.layers[layer].name); }

  Symmetry unit_scales() const {
    Symmetry all{SymmetryKind::unit_scale, {}};
    for (std::size_t l = 0; l + 1 < network_.layers.size(); ++l) {
      const DenseLayer& layer = network_.layers[l];
      if (layer.activation != "relu" && layer.activation != "leaky_relu" && layer.activation != "identity") continue;
      for (std::size_t unit = 0; unit < width(l); ++unit) {
        SparseVector direction;
        const bool moves =
            into(layer.norm.empty() ? layer.name : layer.norm, unit, [&](std::size_t k) { add(direction, k, 1); }) &&
            out_of(l, unit, [&](std::size_t k) { add(direction, k, -1); });
        if (moves) keep(all, std::move(direction));
      }
    }
    return all;
  }

  Symmetry dead_units(std::span<const DeadUnits> dead) const {
    Symmetry all{SymmetryKind::dead_unit, {}};
    for (const DeadUnits& group : dead)
      for (const Index unit : group.units) {
        if (group.layer + 1 >= network_.layers.size() || unit < 0 ||
            static_cast<std::size_t>(unit) >= width(group.layer))
          fail(Code::usage, "hidden layer {} has no unit {}", group.layer, unit);
        // Each weight moves alone.
        const auto alone = [&](std::size_t k) { all.directions.push_back({{k, 1.0}}); };
        const DenseLayer& layer = network_.layers[group.layer];
        into(layer.norm.empty() ? layer.name : layer.norm, static_cast<std::size_t>(unit), alone);
        out_of(group.layer, static_cast<std::size_t>(unit), alone);
      }
    return all;
  }

  // The same number added to all that a layer gives, for each of its inputs and for its bias.
  void add_shifts(std::size_t l, Symmetry& all) const {
    for (const std::string end : {".weight", ".bias"}) {
      const auto it = learned_.find(network_.layers[l].name + end);
      if (it == learned_.end()) continue;
      for (std::size_t row = 0; row < it->second.rows; ++row) {
        SparseVector direction;
        for (std::size_t column = 0; column < it->second.columns; ++column)
          direction.emplace_back(it->second.at(row, column), 1.0);
        keep(all, std::move(direction));
      }
    }
  }

  // All weights of a layer before a layer norm; those of each unit before a batch norm.
  Symmetry norm_scales() const {
    Symmetry all{SymmetryKind::norm_scale, {}};
    const auto grows = [&](const std::string& name, std::size_t first, std::size_t end) {
      SparseVector direction;
      bool moves = true;
      for (std::size_t unit = first; moves && unit < end; ++unit)
        moves = into(name, unit, [&](std::size_t k) { add(direction, k, 1); });
      if (moves) keep(all, std::move(direction));
    };
    for (const DenseLayer& layer : network_.layers)
      if (!layer.norm.empty()) grows(layer.name, 0, width(layer.name));
    for (const std::string& name : network_.before_batch_norm)
      for (std::size_t unit = 0; unit < width(name); ++unit) grows(name, unit, unit + 1);
    return all;
  }

  // The bias of each unit before a batch norm.
  void add_batch_shifts(Symmetry& all) const {
    for (const std::string& name : network_.before_batch_norm)
      if (const auto it = learned_.find(name + ".bias"); it != learned_.end())
        for (std::size_t unit = 0; unit < it->second.columns; ++unit)
          all.directions.push_back({{it->second.at(0, unit), 1.0}});
  }

 private:
  std::size_t width(const std::string& layer) const {
    const Shape& shape = layout_.find(layer + ".weight")->type.shape;
    return static_cast<std::size_t>(shape[shape.rank() - 1]);
  }
  void add(SparseVector& direction, std::size_t k, double factor) const {
    direction.emplace_back(k, factor * numbers_[k]);
  }
  // Calls for each weight of column `unit` of a layer or norm; false where one of its parameters is frozen.
  template <class Call>
  bool into(const std::string& name, std::size_t unit, const Call& call) const {
    for (const std::string end : {".weight", ".bias"}) {
      if (layout_.find(name + end) == nullptr) continue;
      const auto it = learned_.find(name + end);
      if (it == learned_.end()) return false;
      for (std::size_t row = 0; row < it->second.rows; ++row) call(it->second.at(row, unit));
    }
    return true;
  }
  // The same for row `unit` of the layer after layer l.
  template <class Call>
  bool out_of(std::size_t l, std::size_t unit, const Call& call) const {
    const auto it = learned_.find(network_.layers[l + 1].name + ".weight");
    if (it == learned_.end()) return false;
    for (std::size_t column = 0; column < it->second.columns; ++column) call(it->second.at(unit, column));
    return true;
  }
  static void keep(Symmetry& all, SparseVector direction) {
    double squares = 0;
    for (const auto& [k, number] : direction) squares += number * number;
    if (!(squares > 0)) return;
    for (auto& [k, number] : direction) number /= std::sqrt(squares);
    all.directions.push_back(std::move(direction));
  }

  const DenseNetwork& network_;
  const Parameters& layout_;
  Vector numbers_;
  std::map<std::string, Place> learned_;
};

}  // namespace

std::string_view name_of(SymmetryKind kind) {
  switch (kind) {
    case SymmetryKind::unit_scale:
      return "scale of a unit";
    case SymmetryKind::dead_unit:
      return "dead unit";
    case SymmetryKind::output_shift:
      return "shift of all outputs";
    case SymmetryKind::norm_shift:
      return "shift before a norm";
    case SymmetryKind::norm_scale:
      break;
  }
  return "scale before a norm";
}

std::vector<Symmetry> symmetries_of(const DenseNetwork& network, const Flat& weights,
                                    const std::set<std::string>& frozen, std::span<const DeadUnits> dead) {
  const Directions directions(network, weights, frozen);
  Symmetry of_outputs{SymmetryKind::output_shift, {}}, of_norms{SymmetryKind::norm_shift, {}};
  if (network.softmax && !network.layers.empty()) directions.add_shifts(network.layers.size() - 1, of_outputs);
  for (std::size_t l = 0; l < network.layers.size(); ++l)
    if (!network.layers[l].norm.empty()) directions.add_shifts(l, of_norms);
  directions.add_batch_shifts(of_norms);
  std::vector<Symmetry> all{directions.unit_scales(), directions.dead_units(dead), std::move(of_outputs),
                            std::move(of_norms), directions.norm_scales()};
  std::erase_if(all, [](const Symmetry& one) { return one.directions.empty(); });
  return all;
}

double share_in(std::span<const Symmetry> symmetries, std::span<const double> v) {
  std::vector<const SparseVector*> columns;
  for (const Symmetry& symmetry : symmetries)
    for (const SparseVector& direction : symmetry.directions) columns.push_back(&direction);
  const auto against = [&](const Vector& x) {  // B'x
    Vector y;
    for (const SparseVector* column : columns) {
      double sum = 0;
      for (const auto& [k, number] : *column) sum += number * x[k];
      y.push_back(sum);
    }
    return y;
  };
  const double total = dot(v, v);
  if (!(total > 0) || columns.empty()) return 0;
  // What of v lies outside of the span.
  Vector outside(v.begin(), v.end()), slope = against(outside), along = slope;
  double squared = dot(slope, slope);
  const double enough = 1e-24 * total;
  for (std::size_t step = 0; step < 4 * columns.size() && squared > enough; ++step) {
    Vector moved(v.size());
    for (std::size_t j = 0; j < columns.size(); ++j)
      for (const auto& [k, number] : *columns[j]) moved[k] += along[j] * number;
    axpy(-squared / dot(moved, moved), moved, outside);
    slope = against(outside);
    const double before = squared;
    squared = dot(slope, slope);
    for (std::size_t j = 0; j < along.size(); ++j) along[j] = slope[j] + squared / before * along[j];
  }
  return std::clamp(1 - dot(outside, outside) / total, 0.0, 1.0);
}

}  // namespace fathom::curvature
