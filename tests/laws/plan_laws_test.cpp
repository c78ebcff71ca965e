// What a plan promises about updates, outputs and bits, on requests made to break it.
#include <cmath>

#include "fathom/cpu/executor.hpp"
#include "fathom/derive/derive.hpp"
#include "fathom/graph/ops/random.hpp"
#include "tests/laws/sample.hpp"

namespace fathom::laws {
namespace {

constexpr PlanOptions plain{.simplify = false,
                            .group = false,
                            .defer = false,
                            .carry = false,
                            .rows = false,
                            .sums = false,
                            .in_place = false,
                            .reuse = false};

// The outputs of one replay, then the updated inputs.
std::vector<Tensor> replay(const Request& request, Feed feed, const PlanOptions& options = {}) {
  Pool pool(1);
  Executor executor(make_plan(request, options), pool);
  for (auto& [name, tensor] : feed)
    if (executor.needs(name)) executor.bind(name, tensor.view());
  executor.run();
  std::vector<Tensor> results;
  for (std::size_t i = 0; i < request.outputs.size(); ++i) {
    Tensor tensor(executor.output(i).type);
    std::memcpy(tensor.view().data, executor.output(i).data, tensor.bytes());
    results.push_back(std::move(tensor));
  }
  for (const Update& update : request.updates) results.push_back(feed.at(update.target.node().name));
  return results;
}

// What the reference executor gives for the same: every value is of the inputs from before.
std::vector<Tensor> expected(const Request& request, const Feed& feed) {
  Vars values = request.outputs;
  for (const Update& update : request.updates) values.push_back(update.value);
  return evaluate(values, feed);
}

void expect_old_values(const Request& request, const Feed& feed) {
  const auto wanted = expected(request, feed);
  for (const PlanOptions& options : {PlanOptions{}, plain}) {
    const auto found = replay(request, feed, options);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      EXPECT_TRUE(same_bits(found[i], wanted[i])) << "value " << i << "\n" << make_plan(request, options).explain();
  }
}

struct TwoInputs {
  Trace trace;
  Var p = trace.graph().input("p", {Dtype::f32, {2}}), q = trace.graph().input("q", {Dtype::f32, {2}});
  Feed feed{{"p", Tensor({2}, {1.f, 2.f})}, {"q", Tensor({2}, {3.f, 4.f})}};
};

TEST(Updates, TakeTheValuesFromBeforeTheRun) {
  TwoInputs t;
  expect_old_values({{}, {{t.q, t.p}, {t.p, t.p + 10.0}}}, t.feed);  // keep the last weights
  expect_old_values({{}, {{t.q, t.p}, {t.p, t.q}}}, t.feed);
  expect_old_values({{}, {{t.p, t.q}, {t.q, reshape(t.p, {2})}}}, t.feed);
  expect_old_values({{}, {{t.p, t.p}}}, t.feed);
  expect_old_values({{t.p + t.q}, {{t.p, t.p + t.q}, {t.q, t.p + t.q}}}, t.feed);
}

TEST(Updates, LeaveOutputsWithTheValuesFromBeforeTheRun) {
  TwoInputs t;
  const Var twice = transpose(transpose(reshape(t.p, {2, 1})));
  expect_old_values({{t.p, reshape(t.p, {2, 1}), twice, t.p * 1.0}, {{t.p, t.p + 10.0}}}, t.feed);
  expect_old_values({{t.p, t.q}, {{t.p, t.q}, {t.q, t.p}}}, t.feed);
}

TEST(Updates, OfWholeNumbersToo) {
  Trace trace;
  const Var n = trace.graph().input("n", {Dtype::i32, {2}}), m = trace.graph().input("m", {Dtype::i32, {2}});
  expect_old_values({{n}, {{m, n}, {n, n + m}}}, {{"n", Tensor({2}, {1, 2})}, {"m", Tensor({2}, {5, 6})}});
}

TEST(Updates, AreRefusedWhereNoReplayCouldDoThem) {
  TwoInputs t;
  const Var wide = t.trace.graph().input("wide", {Dtype::f32, {3, 2}});
  EXPECT_THROW(make_plan({{}, {{t.p, t.p + wide}}}), Error);
  EXPECT_THROW(make_plan({{}, {{t.p + 1.0, t.p}}}), Error);
  EXPECT_THROW(make_plan({{}, {{t.p, t.q}, {t.p, t.q + 1.0}}}), Error);
  Trace other;
  EXPECT_THROW(make_plan({{t.p, other.graph().input("p", {Dtype::f32, {2}})}, {}}), Error);
  try {
    make_plan({{}, {{t.p, t.p + wide}}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("the update of \"p\" is f32[3, 2], but must be f32[2]"), std::string::npos)
        << error.what();
  }
}

TEST(PassLaw, UnitsThatWaitForEachOtherStayApart) {
  Trace trace;
  Random random(6, "units");
  const Var x = trace.graph().input("x", {Dtype::f32, {8, 4}}), y = trace.graph().input("y", {Dtype::f32, {4}});
  const Var d = exp(x), total = sum(d, {0}), b = exp(y), e = d * b, a = exp(total);
  const Feed feed{{"x", noise(x.type(), random)}, {"y", noise(y.type(), random)}};
  const Request request{{e, b + a, a + b}, {}};
  const auto on = replay(request, feed), off = replay(request, feed, plain);
  for (std::size_t i = 0; i < on.size(); ++i) EXPECT_TRUE(same_bits(on[i], off[i])) << "value " << i;
}

TEST(PassLaw, AnAxisOfOneChangesNoValue) {
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {3}}), v = exp(x), z = reshape(v, {1, 3}) * 2.0;
  const Feed feed{{"x", Tensor({3}, {0.f, 1.f, -1.f})}};
  const Request request{{z + v}, {}};
  EXPECT_TRUE(same_bits(replay(request, feed)[0], replay(request, feed, plain)[0]));
}

TEST(Updates, ByAProductLeaveWhatItCarriesTheValuesFromBefore) {
  Trace trace;
  Random random(8, "products");
  const auto input = [&](const char* name) { return trace.graph().input(name, {Dtype::f32, {9, 9}}); };
  const Var a = input("a"), b = input("b"), w = input("w"), p = matmul(a, b);
  const Feed feed{{"a", noise(a.type(), random)}, {"b", noise(b.type(), random)}, {"w", noise(w.type(), random)}};
  const Request request{{p - w}, {{w, p}}};
  const auto on = replay(request, feed), off = replay(request, feed, plain);
  for (std::size_t i = 0; i < on.size(); ++i) EXPECT_TRUE(same_bits(on[i], off[i])) << "value " << i;
}

TEST(PassLaw, KeepsTheSignOfZero) {
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {2}});
  const Vars outputs{1.0 / (x + 0.0), 1.0 / (0.0 - x), 1.0 / (x - 0.0), 1.0 / (x * 1.0), 1.0 / (x + -0.0)};
  const Feed feed{{"x", Tensor({2}, {-0.f, 0.f})}};
  const auto wanted = evaluate(outputs, feed), found = replay({outputs, {}}, feed);
  for (std::size_t i = 0; i < outputs.size(); ++i) EXPECT_TRUE(same_bits(found[i], wanted[i])) << "value " << i;
}

TEST(PassLaw, GivesConstantsTheBitsThatReplayGivesThem) {
  Trace trace;
  Random random(4, "constants");
  Vars outputs;
  for (int i = 0; i < 50; ++i) {
    const Var c = constant(trace.graph(), 6 * random.uniform() - 3, Dtype::f32);
    for (const Var& y : {exp(c), tanh(c), sigmoid(c), sin(c), erf(c), c * 0.3 + 1.0, sqrt(abs(c)), 1.0 / c})
      outputs.push_back(broadcast_to(y, {3}) * 1.5);
  }
  const auto on = replay({outputs, {}}, {}), off = replay({outputs, {}}, {}, plain);
  for (std::size_t i = 0; i < outputs.size(); ++i) EXPECT_TRUE(same_bits(on[i], off[i])) << "value " << i;
}

}  // namespace
}  // namespace fathom::laws
