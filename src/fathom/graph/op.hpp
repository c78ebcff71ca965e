// Op: everything that is known about one primitive, in one block.
//
// Every operand of every primitive is exactly one of
//   straight  the op is linear in it; `pull` is the transpose. The push is the op itself.
//   curved    `push` is the derivative, linear in the tangent and written in ops. The pull follows by transposing.
//   constant  nothing flows.
// Shape checks, derivatives to any order, tests, printing and fusion follow from this block.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/tensor.hpp"
#include "fathom/graph/var.hpp"

namespace fathom {

// The static arguments of a node. Each op says what its numbers mean.
struct Attributes {
  std::vector<Index> ints;
  std::vector<double> reals;

  friend bool operator==(const Attributes& a, const Attributes& b);  // bitwise for reals
};

enum class Role { straight, curved, constant };

// How an op depends on its straight operands: linear in each while the others are held (a product),
// or linear in all of them together (a sum).
enum class Linearity { each, joint };

// leaf: no operands. elementwise: out[i] depends on in[i] alone, all of one shape. whole: anything else.
enum class Kind { leaf, elementwise, whole };

// One application of an op, as its rules see it.
struct Applied {
  Var out;      // y = op(in...)
  int operand;  // the operand that the rule is asked about

  Var in(int i) const;
  Var in() const { return in(operand); }
  const Attributes& attributes() const;
};

// c is the cotangent of `out`: for the scalar s = <c, out>, gives ds/d(in(operand)).
using Pull = std::function<Var(const Applied&, Var c)>;
// t is the tangent of in(operand): gives the tangent of `out`, linear in t.
using Push = std::function<Var(const Applied&, Var t)>;

struct OperandRule {
  Role role = Role::constant;
  Pull pull = {};  // straight only
  Push push = {};  // curved only
};

// Needs: the operands' types; gives: the result's type, or throws Error with the reason (without the op's name).
using Infer = std::function<Type(std::span<const Type>, const Attributes&)>;

struct ReferenceCall {
  std::span<const TensorView> in;
  TensorView out;
  const Attributes& attributes;
};
// Plain loops that define the op. Slow, obvious, and the oracle of every kernel.
using Reference = std::function<void(const ReferenceCall&)>;

// Where tests sample an operand: in [low, high], at least `away_from_zero` from 0. `index` operands are i32 whole
// numbers in [low, high].
struct Domain {
  double low = -2, high = 2;
  bool index = false;
  double away_from_zero = 0;
  bool distinct = false;  // no two values closer than 0.05: keeps finite differences off the kinks of max
};

// One way to apply the op in a test: the operands' shapes and the attributes.
struct Example {
  std::vector<Shape> shapes;
  Attributes attributes = {};
  std::vector<Domain> domains = {};  // overrides Op::domains when not empty
};

struct Op {
  std::string_view name;
  Kind kind = Kind::whole;
  int arity = 1;  // -1: one or more, all under rules.front()
  Infer infer;
  Linearity linearity = Linearity::each;
  std::vector<OperandRule> rules = {};
  Reference reference = {};
  std::vector<Domain> domains = {};
  std::vector<Example> examples = {};
  std::string_view about = {};  // one line for the documentation

  const OperandRule& rule(int operand) const { return rules[arity < 0 ? 0 : static_cast<std::size_t>(operand)]; }
};

}  // namespace fathom
