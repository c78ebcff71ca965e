// The laws of shapes and derivatives, over every op of the registry.
#include <cmath>
#include <functional>
#include <limits>

#include "fathom/derive/derive.hpp"
#include "fathom/graph/ops/pool.hpp"
#include "fathom/graph/ops/random.hpp"
#include "tests/laws/sample.hpp"

namespace fathom::laws {
namespace {

Tensor value(Var var, const Feed& feed) { return evaluate(std::vector<Var>{var}, feed).front(); }

// in + step * direction, for the active operands.
Feed moved(const Case& c, const std::vector<Tensor>& directions, double step) {
  Feed feed = c.feed;
  std::size_t k = 0;
  for (int i : c.active()) {
    Tensor& x = feed.at(fmt::format("x{}", i));
    for (Index j = 0; j < x.count(); ++j) x.set(j, x.at(j) + step * directions[k].at(j));
    ++k;
  }
  return feed;
}

// Inputs t0, t1, ... of the types of the active operands, with noise for values.
Vars tangent_inputs(const Case& c, const char* prefix, Feed& feed, Random& random,
                    std::vector<Tensor>* values = nullptr) {
  Vars vars;
  for (int i : c.active()) {
    const Type type = c.in[static_cast<std::size_t>(i)].type();
    const std::string name = fmt::format("{}{}", prefix, i);
    vars.push_back(c.out.graph().input(name, type));
    Tensor tensor = noise(type, random);
    if (values != nullptr) values->push_back(tensor);
    feed.emplace(name, std::move(tensor));
  }
  return vars;
}

Vars active_inputs(const Case& c) {
  Vars vars;
  for (int i : c.active()) vars.push_back(c.in[static_cast<std::size_t>(i)]);
  return vars;
}

// cast to f32 rounds more than a finite difference may.
bool too_coarse(const Case& c) { return c.out.dtype() != Dtype::f64; }

TEST(ShapeLaw, TheRuleIsTheTypeThatTheReferenceFills) {
  for_each_case(Dtype::f64, [](Case& c, Random&) {
    EXPECT_EQ(value(c.out, c.feed).type(), c.out.type());
    verify(c.out.graph());
  });
}

TEST(ShapeLaw, EveryOpSaysWhatItIsAndHasARulePerOperand) {
  for (const Op* op : all_ops()) {
    EXPECT_FALSE(op->about.empty()) << op->name;
    EXPECT_EQ(find_op(op->name), op);
    EXPECT_FALSE(examples_of(*op).empty()) << op->name;
    EXPECT_EQ(static_cast<int>(op->rules.size()), op->arity < 0 ? 1 : op->arity) << op->name;
    for (const OperandRule& rule : op->rules) {
      EXPECT_EQ(static_cast<bool>(rule.pull), rule.role == Role::straight) << op->name;
      EXPECT_EQ(static_cast<bool>(rule.push), rule.role == Role::curved) << op->name;
    }
  }
}

TEST(PushLaw, TheTangentIsTheCentralDifference) {
  for_each_case(Dtype::f64, [](Case& c, Random& random) {
    if (c.active().empty() || too_coarse(c)) return;
    Feed feed = c.feed;
    std::vector<Tensor> directions;
    const Vars tangents = tangent_inputs(c, "t", feed, random, &directions);
    const Tensor tangent = value(jvp({c.out}, active_inputs(c), tangents).front(), feed);
    constexpr double step = 1e-5;
    const Tensor plus = value(c.out, moved(c, directions, step)), minus = value(c.out, moved(c, directions, -step));
    Tensor difference(c.out.type());
    for (Index i = 0; i < difference.count(); ++i) difference.set(i, (plus.at(i) - minus.at(i)) / (2 * step));
    EXPECT_TRUE(near(tangent, difference, 2e-7));
  });
}

TEST(LinearLaw, AnOpIsLinearInItsStraightOperands) {
  for_each_case(Dtype::f64, [](Case& c, Random& random) {
    if (too_coarse(c)) return;
    for (int i : c.active()) {
      if (c.op->rule(i).role != Role::straight) continue;
      // f(..., 2x + 3y, ...) = 2 f(..., x, ...) + 3 f(..., y, ...), the other straight operands zero if linear jointly.
      const std::string name = fmt::format("x{}", i);
      Feed base = c.feed;
      if (c.op->linearity == Linearity::joint)
        for (int k : c.active())
          if (k != i && c.op->rule(k).role == Role::straight)
            base.at(fmt::format("x{}", k)) = Tensor(c.in[static_cast<std::size_t>(k)].type());
      const Tensor x = c.feed.at(name), y = noise(x.type(), random);
      Tensor both = x;
      for (Index j = 0; j < both.count(); ++j) both.set(j, 2 * x.at(j) + 3 * y.at(j));
      const auto at = [&](const Tensor& t) {
        Feed feed = base;
        feed.at(name) = t;
        return value(c.out, feed);
      };
      const Tensor fx = at(x), fy = at(y);
      Tensor expected = fx;
      for (Index j = 0; j < expected.count(); ++j) expected.set(j, 2 * fx.at(j) + 3 * fy.at(j));
      EXPECT_TRUE(near(at(both), expected, 1e-12));
    }
  });
}

TEST(PullLaw, ThePullIsTheTransposeOfThePush) {
  for_each_case(Dtype::f64, [](Case& c, Random& random) {
    if (c.active().empty() || too_coarse(c)) return;
    Feed feed = c.feed;
    const Vars wrt = active_inputs(c), tangents = tangent_inputs(c, "t", feed, random);
    const Var cotangent = c.out.graph().input("c", c.out.type());
    feed.emplace("c", noise(c.out.type(), random));
    const double forward = inner(value(jvp({c.out}, wrt, tangents).front(), feed), feed.at("c"));
    double backward = 0;
    const Vars pulled = vjp({c.out}, wrt, {cotangent});
    for (std::size_t k = 0; k < wrt.size(); ++k) backward += inner(value(pulled[k], feed), value(tangents[k], feed));
    EXPECT_NEAR(forward, backward, 1e-12 * std::max(1.0, std::abs(forward)));
  });
}

TEST(ClosureLaw, TheHessianIsSymmetric) {
  for_each_case(Dtype::f64, [](Case& c, Random& random) {
    if (c.active().empty() || too_coarse(c)) return;
    Feed feed = c.feed;
    const Vars wrt = active_inputs(c), u = tangent_inputs(c, "u", feed, random),
               v = tangent_inputs(c, "v", feed, random);
    // A curved scalar of the output, so that the second derivative is not zero for straight ops.
    const Var loss = sum(mul(sin(c.out), c.out));
    const auto pair = [&](const Vars& a, const Vars& product) {
      double total = 0;
      for (std::size_t k = 0; k < a.size(); ++k) total += inner(value(a[k], feed), value(product[k], feed));
      return total;
    };
    const double uhv = pair(u, hvp(loss, wrt, v)), vhu = pair(v, hvp(loss, wrt, u));
    EXPECT_NEAR(uhv, vhu, 1e-10 * std::max(1.0, std::abs(uhv)));
  });
}

TEST(ClosureLaw, TheHessianIsTheDifferenceOfGradients) {
  for_each_case(Dtype::f64, [](Case& c, Random& random) {
    if (c.active().empty() || too_coarse(c)) return;
    Feed feed = c.feed;
    std::vector<Tensor> directions;
    const Vars wrt = active_inputs(c), v = tangent_inputs(c, "v", feed, random, &directions);
    const Var loss = sum(mul(sin(c.out), c.out));
    const Vars gradient = grad(loss, wrt), product = hvp(loss, wrt, v);
    constexpr double step = 1e-5;
    for (std::size_t k = 0; k < wrt.size(); ++k) {
      const Tensor plus = value(gradient[k], moved(c, directions, step)),
                   minus = value(gradient[k], moved(c, directions, -step));
      Tensor difference(wrt[k].type());
      for (Index i = 0; i < difference.count(); ++i) difference.set(i, (plus.at(i) - minus.at(i)) / (2 * step));
      EXPECT_TRUE(near(value(product[k], feed), difference, 1e-6));
    }
  });
}

TEST(GaussNewton, EqualsTheHessianWhenTheModelIsLinear) {
  Trace trace;
  Random random(5, "ggn");
  Graph& graph = trace.graph();
  const Var x = graph.input("x", {Dtype::f64, {6, 3}}), w = graph.input("w", {Dtype::f64, {3, 4}}),
            v = graph.input("v", w.type());
  const Feed feed{{"x", noise(x.type(), random)}, {"w", noise(w.type(), random)}, {"v", noise(w.type(), random)}};
  const Var z = matmul(x, w), loss = mean(logsumexp(z, 1));
  EXPECT_TRUE(near(value(gauss_newton_product(loss, {z}, {w}, {v}).front(), feed),
                   value(hvp(loss, {w}, {v}).front(), feed), 1e-12));
}

TEST(Grad, ThirdDerivativesFollowFromTheSameRules) {
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f64, {}});
  const Var y = exp(mul(x, x));
  const Var third = grad(grad(grad(y, {x}).front(), {x}).front(), {x}).front();
  const double at = 0.7, e = std::exp(at * at);
  EXPECT_NEAR(value(third, {{"x", Tensor({}, {at})}}).at(0), (8 * at * at * at + 12 * at) * e, 1e-12);
}

TEST(Push, TangentsOfOneValueAddUp) {
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f64, {}}), t = trace.graph().input("t", {Dtype::f64, {}});
  EXPECT_EQ(
      value(jvp({x * 3.0}, {x, x}, {t, t * 2.0}).front(), {{"x", Tensor({}, {5.})}, {"t", Tensor({}, {1.})}}).at(0), 9);
}

TEST(Grad, EqualsShareThatOfALargestInEveryWindowOfAPool) {
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f64, {1, 1, 4, 1}});
  const Var y = trace.graph().apply(pool_max_op, {x}, {{1, 3, 1, 1, 0, 0}, {}});
  // The windows are {1, 3, 3} and {3, 3, 3}.
  EXPECT_TRUE(near(value(grad(sum(y), {x}).front(), {{"x", Tensor({1, 1, 4, 1}, {1., 3., 3., 3.})}}),
                   Tensor({1, 1, 4, 1}, {0., 5 / 6., 5 / 6., 1 / 3.}), 1e-15));
}

TEST(Grad, ALineThatIsMaskedOutHasNoGradient) {
  Trace trace;
  const double inf = std::numeric_limits<double>::infinity();
  const Var x = trace.graph().input("x", {Dtype::f64, {2, 2}});
  const Tensor at({2, 2}, {-inf, -inf, 0., -inf});
  const Vars gradient = grad(sum(slice(logsumexp(x, 1), 0, {.start = 1, .length = 1})), {x});
  EXPECT_TRUE(same_bits(value(gradient.front(), {{"x", at}}), Tensor({2, 2}, {0., 0., 1., 0.})));
}

TEST(Grad, RefusesALossThatIsNotAScalarAndGivesZeroForWhatItDoesNotDependOn) {
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f64, {2}}), y = trace.graph().input("y", {Dtype::f64, {3}});
  EXPECT_THROW(grad(x, {x}), Error);
  EXPECT_TRUE(near(value(grad(sum(x), {y}).front(), {{"y", Tensor({3}, {1., 2., 3.})}}), Tensor({3}, {0., 0., 0.}), 0));
}

TEST(Messages, NameTheOpTheShapesAndTheLineOfTheUser) {
  Trace trace;
  const Var a = trace.graph().input("a", {Dtype::f32, {3, 784}}), b = trace.graph().input("b", {Dtype::f32, {128, 10}});
  constexpr int line = __LINE__ + 2;
  try {
    matmul(a, b);
    FAIL() << "the shapes do not fit";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              fmt::format("matmul: left has 784 columns but right has 128 rows (derive_laws_test.cpp:{})", line));
  }
}

TEST(Messages, TellWhatCannotBeTracedInsteadOfCrashing) {
  Trace trace, other;
  Graph& graph = trace.graph();
  const Var x = graph.input("x", {Dtype::f32, {6}}), foreign = other.graph().input("x", {Dtype::f32, {6}});
  const Var rows = graph.input("rows", {Dtype::i32, {2}});
  const std::vector<std::function<void()>> mistakes{
      [&] { sum(1.0); },
      [&] { matmul(x, 2.0); },
      [&] { reshape(3.0, {1}); },
      [&] {
        reshape(x, {-2, -3});
      },
      [&] { broadcast_to(x, {-1}); },
      [&] { one_hot(rows, -1, Dtype::f32); },
      [&] {
        graph.input("negative", {Dtype::f32, {-3}});
      },
      [&] {
        full(graph, {Dtype::f32, {Index{1} << 33, Index{1} << 31, 4}}, 0);
      },
      [&] {
        graph.apply(exp_op, {x, x});
      },
      [&] { add(x, foreign); },
      [&] { grad(sum(x), {foreign}); },
      [&] { vjp({x}, {x}, {}); },
      [&] {
        hvp(sum(x * x), {x, x}, {x});
      },
      [&] {
        evaluate(std::vector<Var>{x, foreign}, {{"x", Tensor({6}, std::vector<float>(6))}});
      },
      [&] {
        evaluate(std::vector<Var>{exp(x)}, {{"x", Tensor{}}});
      },
      [&] {
        Tensor({Dtype::f32, {-1}});
      },
      [&] {
        Tensor({Dtype::f64, {2}}).span<float>();
      }};
  for (std::size_t i = 0; i < mistakes.size(); ++i) EXPECT_THROW(mistakes[i](), Error) << "mistake " << i;
  for (const auto& mistake :
       std::vector<std::function<void()>>{[&] { sum(x, {5}); }, [&] { select(x, rows, 0.0); }, [&] { slice(x, 3, {}); },
                                          [&] {
                                            concat({x, x}, 2);
                                          },
                                          [&] { expand(x, 4); }, [&] { cumsum(x, 1); }})
    try {
      mistake();
      ADD_FAILURE() << "is no mistake";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("(derive_laws_test.cpp:"), std::string::npos) << error.what();
    }
}

TEST(Graph, ATraceThatEndsOutOfOrderLeavesTheOthersCurrent) {
  auto first = std::make_unique<Trace>(), second = std::make_unique<Trace>(), third = std::make_unique<Trace>();
  second.reset();
  EXPECT_EQ(&Trace::current(), third.get());
  third.reset();
  EXPECT_EQ(&Trace::current(), first.get());
  first.reset();
  EXPECT_THROW(Trace::current(), Error);
}

TEST(Graph, EqualNodesExistOnceAndEqualTracesHaveEqualHashes) {
  Trace first;
  const Var x = first.graph().input("x", {Dtype::f32, {4}});
  EXPECT_EQ(exp(x), exp(x));
  EXPECT_NE(exp(x).id(), log(x).id());
  const auto hash = [](Trace& trace, double number) {
    const Var in = trace.graph().input("x", {Dtype::f32, {4}});
    const Vars out{sum(mul(exp(in), number))};
    return structural_hash(trace.graph(), out);
  };
  Trace a, b, c;
  EXPECT_EQ(hash(a, 2), hash(b, 2));
  EXPECT_NE(hash(a, 2), hash(c, 3));
}

}  // namespace
}  // namespace fathom::laws
