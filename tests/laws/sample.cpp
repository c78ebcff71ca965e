#include "tests/laws/sample.hpp"

#include <cmath>
#include <cstring>
#include <numeric>
#include <set>

namespace fathom::laws {

Tensor sample(const Type& type, const Domain& domain, Random& random) {
  Tensor tensor(type);
  const Index n = tensor.count();
  const bool whole = domain.index || type.dtype == Dtype::i32;
  std::vector<Index> order;
  if (domain.distinct) {
    order.resize(static_cast<std::size_t>(whole ? std::max(n, static_cast<Index>(domain.high - domain.low) + 1) : n));
    std::iota(order.begin(), order.end(), 0);
    random.shuffle(order);
  }
  for (Index i = 0; i < n; ++i) {
    double value = domain.low + (domain.high - domain.low) * random.uniform();
    if (domain.distinct)
      value = domain.low + (domain.high - domain.low) *
                               (static_cast<double>(order[static_cast<std::size_t>(i)]) + 0.5) / static_cast<double>(n);
    if (whole) value = domain.low + std::floor((domain.high - domain.low + 1) * random.uniform());
    if (whole && domain.distinct) value = domain.low + static_cast<double>(order[static_cast<std::size_t>(i)]);
    if (std::abs(value) < domain.away_from_zero)
      value = value < 0 ? value - domain.away_from_zero : value + domain.away_from_zero;
    tensor.set(i, value);
  }
  return tensor;
}

Tensor noise(const Type& type, Random& random) { return sample(type, {.low = -1, .high = 1}, random); }

std::vector<int> Case::active() const {
  std::vector<int> result;
  if (!is_float(out.dtype())) return result;
  for (int i = 0; i < static_cast<int>(in.size()); ++i)
    if (op->rule(i).role != Role::constant && is_float(in[static_cast<std::size_t>(i)].dtype())) result.push_back(i);
  return result;
}

std::string Case::text() const {
  std::vector<std::string> types;
  for (const Var& var : in) types.push_back(to_string(var.type()));
  return fmt::format("{}({}) {{{}}} -> {}", op->name, fmt::join(types, ", "), fmt::join(example.attributes.ints, " "),
                     to_string(out.type()));
}

namespace {

std::vector<Type> types_of(const Op& op, const Example& example, Dtype dtype) {
  std::vector<Type> types;
  for (const Shape& shape : example.shapes)
    types.push_back({domain_of(op, example, static_cast<int>(types.size())).index ? Dtype::i32 : dtype, shape});
  return types;
}

// The elements of the largest operand or of the result, whichever has more; 0 when the example does not fit the op.
Index size_of_work(const Op& op, const Example& example, Dtype dtype) {
  if (!accepts(op, example, dtype)) return 0;
  const std::vector<Type> types = types_of(op, example, dtype);
  Index most = op.infer(types, example.attributes).shape.count();
  for (const Type& type : types) most = std::max(most, type.shape.count());
  return most;
}

// The example with `length` replaced wherever it stands for a length.
Example with_length(Example example, Index length, Index longer) {
  for (Shape& shape : example.shapes)
    for (int axis = 0; axis < shape.rank(); ++axis)
      if (shape[axis] == length) shape[axis] = longer;
  // Smaller whole numbers among the attributes are axes, flags and element types.
  for (Index& number : example.attributes.ints)
    if (number == length && length > 2) number = longer;
  for (Domain& domain : example.domains)
    if (domain.index && domain.high == static_cast<double>(length)) domain.high = static_cast<double>(longer);
  return example;
}

}  // namespace

bool accepts(const Op& op, const Example& example, Dtype dtype) {
  try {
    op.infer(types_of(op, example, dtype), example.attributes);
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::vector<Example> scaled(const Op& op, const Example& example, Index elements, Dtype dtype) {
  std::set<Index> lengths;
  for (const Shape& shape : example.shapes) lengths.insert(shape.begin(), shape.end());
  for (Index number : example.attributes.ints)
    if (number > 2) lengths.insert(number);
  lengths.erase(0);
  std::vector<Example> result;
  for (Index length : lengths) {
    Index longer = length, size = size_of_work(op, example, dtype), before = 0;
    Example candidate = example;
    while (size > before && size < elements) {
      longer *= 2;
      before = size;
      candidate = with_length(example, length, longer);
      size = size_of_work(op, candidate, dtype);
    }
    if (size >= elements) result.push_back(std::move(candidate));
  }
  return result;
}

Case make_case(const Op& op, const Example& example, Dtype dtype, Random& random) {
  Case c{.op = &op, .example = example, .in = {}, .out = {}, .feed = {}};
  Graph& graph = Trace::current().graph();
  for (const Type& type : types_of(op, example, dtype)) {
    const std::string name = fmt::format("x{}", c.in.size());
    const Domain domain = domain_of(op, example, static_cast<int>(c.in.size()));
    c.in.push_back(graph.input(name, type));
    c.feed.emplace(name, sample(type, domain, random));
  }
  c.out = graph.apply(op, c.in, example.attributes);
  return c;
}

::testing::AssertionResult near(const Tensor& actual, const Tensor& expected, double tolerance) {
  if (actual.type() != expected.type())
    return ::testing::AssertionFailure() << to_string(actual.type()) << " is not " << to_string(expected.type());
  for (Index i = 0; i < actual.count(); ++i) {
    const double a = actual.at(i), e = expected.at(i);
    if (a == e || (std::isnan(a) && std::isnan(e))) continue;
    if (!(std::abs(a - e) <= tolerance * std::max(1.0, std::abs(e))))
      return ::testing::AssertionFailure() << "element " << i << ": " << a << " instead of " << e;
  }
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult same_bits(const Tensor& a, const Tensor& b) {
  if (a.type() != b.type())
    return ::testing::AssertionFailure() << to_string(a.type()) << " is not " << to_string(b.type());
  if (a.bytes() == 0 || std::memcmp(a.view().data, b.view().data, a.bytes()) == 0) return ::testing::AssertionSuccess();
  for (Index i = 0; i < a.count(); ++i) {
    const std::size_t size = size_of(a.dtype());
    const auto* x = static_cast<const std::byte*>(a.view().data) + static_cast<std::size_t>(i) * size;
    const auto* y = static_cast<const std::byte*>(b.view().data) + static_cast<std::size_t>(i) * size;
    if (std::memcmp(x, y, size) != 0)
      return ::testing::AssertionFailure() << "element " << i << ": " << a.at(i) << " and " << b.at(i);
  }
  return ::testing::AssertionSuccess();
}

double inner(const Tensor& a, const Tensor& b) {
  double total = 0;
  for (Index i = 0; i < a.count(); ++i) total += a.at(i) * b.at(i);
  return total;
}

}  // namespace fathom::laws
