#include "fathom/train/served_model.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "fathom/data/dataset.hpp"
#include "fathom/data/json.hpp"

namespace fathom {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double day = 86400;
constexpr Index date_kinds = 8;  // position; year, week and day as sine and cosine; missing

// The whole part, towards zero. Needs: less than 2^31.
Var truncated(Var x) { return cast(cast(x, Dtype::i32), x.dtype()); }
Var floored(Var x) {
  const Var whole = truncated(x);
  return whole - less(x, whole);
}
// What std::fmod gives, within rounding.
Var remainder(Var x, double divisor) { return x - truncated(x / divisor) * divisor; }
Var clipped(Var x, Operand low, Operand high) { return minimum(maximum(x, low), high); }

template <class List, class F>
std::vector<double> each(const List& list, F&& f) {
  std::vector<double> numbers;
  for (const auto& item : list) numbers.push_back(static_cast<double>(f(item)));
  return numbers;
}

bool any(const std::vector<double>& flags) {
  return std::any_of(flags.begin(), flags.end(), [](double flag) { return flag != 0; });
}

template <class List>
std::string names_json(const List& list) {
  Json names = Json::array();
  for (const auto& item : list) names.push_back(item.name);
  return write_json(names);
}

}  // namespace

ServedModel::ServedModel(const Predictor& predictor) : predictor_(predictor), pipeline_(predictor.pipeline) {
  const auto& numbers = pipeline_.numbers;
  using Number = NumberEncoder;
  keep("numbers.fill", Dtype::f64, each(numbers, [](const Number& e) { return e.fill; }));
  keep("numbers.center", Dtype::f64, each(numbers, [](const Number& e) { return e.center; }));
  keep("numbers.scale", Dtype::f64, each(numbers, [](const Number& e) { return e.scale; }));
  keep("numbers.log", Dtype::f64, each(numbers, [](const Number& e) { return e.log ? 1 : 0; }));
  keep("numbers.furthest", Dtype::f64,
       each(numbers, [](const Number& e) { return e.furthest > 0 ? e.furthest : infinity; }));
  std::vector<double> column, low, width;
  for (std::size_t k = 0; k < numbers.size(); ++k)
    for (std::size_t bin = 0; bin + 1 < numbers[k].edges.size(); ++bin) {
      column.push_back(static_cast<double>(k));
      low.push_back(static_cast<double>(numbers[k].edges[bin]));
      width.push_back(static_cast<double>(numbers[k].edges[bin + 1] - numbers[k].edges[bin]));
    }
  keep("bins.column", Dtype::i32, column, false);
  keep("bins.low", Dtype::f32, low);
  keep("bins.width", Dtype::f32, width);
  keep("dates.first", Dtype::f64, each(pipeline_.dates, [](const DateEncoder& e) { return e.first; }));
  keep("dates.span", Dtype::f64, each(pipeline_.dates, [](const DateEncoder& e) { return e.span; }));
  place_columns();
  std::vector<double> factor, shift;  // by channel
  for (std::size_t channel = 0; channel < pipeline_.image_center.size(); ++channel) {
    factor.push_back(1 / (255 * pipeline_.image_scale[channel]));
    shift.push_back(pipeline_.image_center[channel] / pipeline_.image_scale[channel]);
  }
  keep("image.factor", Dtype::f32, factor, false);
  keep("image.shift", Dtype::f32, shift, false);
}

// As [columns, 1], beside values that lie column by column.
void ServedModel::keep(const std::string& name, Dtype dtype, const std::vector<double>& numbers, bool as_column) {
  if (numbers.empty()) return;
  const auto count = static_cast<Index>(numbers.size());
  Tensor tensor(Type{dtype, as_column ? Shape{count, 1} : Shape{count}});
  for (Index i = 0; i < count; ++i) tensor.set(i, numbers[static_cast<std::size_t>(i)]);
  encoders_.insert_or_assign(name, std::move(tensor));
}

Var ServedModel::constant(Graph& graph, const std::string& name) const {
  return graph.input(name, encoders_.at(name).type());
}

// Where each number that the network reads directly stands among those that are made kind by kind: every column's
// value, then every column's flag, then the bins, then the kinds of the dates.
void ServedModel::place_columns() {
  const auto columns = static_cast<double>(pipeline_.numbers.size()),
             dates = static_cast<double>(pipeline_.dates.size());
  std::vector<double> order;
  double bin = 2 * columns;
  for (std::size_t k = 0; k < pipeline_.numbers.size(); ++k) {
    order.push_back(static_cast<double>(k));
    if (pipeline_.numbers[k].flag) order.push_back(columns + static_cast<double>(k));
    for (std::size_t i = 0; i + 1 < pipeline_.numbers[k].edges.size(); ++i) order.push_back(bin++);
  }
  for (std::size_t k = 0; k < pipeline_.dates.size(); ++k)
    for (Index kind = 0; kind < date_kinds; ++kind)
      if (pipeline_.dates[k].times || (kind != 5 && kind != 6))
        order.push_back(bin + static_cast<double>(kind) * dates + static_cast<double>(k));
  keep("columns.order", Dtype::i32, order, false);
}

// See NumberEncoder::encode.
void ServedModel::add_numbers(Graph& graph, Index batch, Vars& rows) const {
  const auto columns = static_cast<Index>(pipeline_.numbers.size());
  const Var x = transpose(cast(graph.input("numbers", {Dtype::f32, {batch, columns}}), Dtype::f64));
  const Var missing = not_equal(x, x), value = select(missing, constant(graph, "numbers.fill"), x);
  Var scaled = value;
  if (any(each(pipeline_.numbers, [](const NumberEncoder& e) { return e.log ? 1 : 0; })))
    scaled = select(constant(graph, "numbers.log"), sign(value) * log(abs(value) + 1.0), value);
  scaled = (scaled - constant(graph, "numbers.center")) / constant(graph, "numbers.scale");
  const Var furthest = constant(graph, "numbers.furthest");
  rows.push_back(cast(clipped(scaled, neg(furthest), furthest), Dtype::f32));
  rows.push_back(cast(missing, Dtype::f32));
  if (!encoders_.contains("bins.low")) return;
  const Var in_bins = gather(cast(value, Dtype::f32), constant(graph, "bins.column"));
  rows.push_back(clipped((in_bins - constant(graph, "bins.low")) / constant(graph, "bins.width"), 0.0, 1.0));
}

// See DateEncoder::encode.
void ServedModel::add_dates(Graph& graph, Index batch, Vars& rows) const {
  const auto columns = static_cast<Index>(pipeline_.dates.size());
  const Var x = transpose(graph.input("dates", {Dtype::f64, {batch, columns}}));
  const Var missing = not_equal(x, x), seconds = select(missing, 0.0, x), days = floored(seconds / day);
  const Var position = (seconds - constant(graph, "dates.first")) / constant(graph, "dates.span") * 2.0 - 1.0;
  Vars kinds{cast(clipped(position, -DateEncoder::furthest, DateEncoder::furthest), Dtype::f32)};
  for (const Var& part :
       {remainder(days, 365.2425) / 365.2425, remainder(days + 4.0, 7) / 7.0, (seconds - days * day) / day}) {
    const Var angle = cast(part * (2 * std::numbers::pi), Dtype::f32);
    kinds.push_back(sin(angle));
    kinds.push_back(cos(angle));
  }
  const Var flag = cast(missing, Dtype::f32);
  for (const Var& kind : kinds) rows.push_back(select(flag, 0.0, kind));
  rows.push_back(flag);
}

Var ServedModel::dense(Graph& graph, Index batch) const {
  Vars rows;
  if (!pipeline_.numbers.empty()) add_numbers(graph, batch, rows);
  if (!pipeline_.dates.empty()) add_dates(graph, batch, rows);
  return transpose(gather(concat(rows, 0), constant(graph, "columns.order")));
}

std::vector<std::pair<std::string, Var>> ServedModel::operator()(Graph& graph, Index batch) const {
  const auto types = batch_types(pipeline_, batch);
  std::map<std::string, Var> encoded;
  if (pipeline_.dense_width() > 0) encoded[inputs::dense] = dense(graph, batch);
  if (pipeline_.pixels() > 0) {
    const Shape shape{batch, pipeline_.image_rows, pipeline_.image_columns, pipeline_.image_channels};
    const Var image = graph.input(inputs::image, {Dtype::f32, shape});
    encoded[inputs::image] =
        reshape(image * constant(graph, "image.factor") - constant(graph, "image.shift"), {batch, pipeline_.pixels()});
  }
  const Var out = (*predictor_.model)(Batch(graph, types, encoded));
  const TargetEncoder& target = pipeline_.target;
  if (target.task == Task::regression) {
    const Var number = cast(out, Dtype::f64) * target.scale + target.center;
    return {{"prediction", cast(target.log ? expm1(number) : number, Dtype::f32)}};
  }
  const Var probabilities = target.task == Task::multiclass
                                ? softmax(out)
                                : concat({reshape(sigmoid(-out), {batch, 1}), reshape(sigmoid(out), {batch, 1})}, 1);
  return {{"prediction", argmax(probabilities, 1)}, {"probabilities", probabilities}};
}

std::map<std::string, TensorView> ServedModel::constants() const {
  std::map<std::string, TensorView> views;
  for (const auto& [name, tensor] : encoders_) views[name] = tensor.view();
  const Flat& weights = predictor_.weights;
  for (std::size_t k = 0; k < weights.layout().size(); ++k) views[weights.layout()[k].name] = weights.view(k);
  return views;
}

std::vector<std::pair<std::string, std::string>> ServedModel::description() const {
  const TargetEncoder& target = pipeline_.target;
  std::vector<std::pair<std::string, std::string>> entries{{"fathom.target", target.name},
                                                           {"fathom.task", std::string(name_of(target.task))}};
  if (target.task != Task::regression) entries.emplace_back("fathom.classes", write_json(Json(target.classes)));
  if (!pipeline_.numbers.empty()) entries.emplace_back("fathom.numbers", names_json(pipeline_.numbers));
  if (!pipeline_.dates.empty()) entries.emplace_back("fathom.dates", names_json(pipeline_.dates));
  entries.emplace_back("fathom.pipeline", to_json(pipeline_));
  return entries;
}

}  // namespace fathom
