#include "fathom/inspect/verdict.hpp"

#include <gtest/gtest.h>

#include "fathom/base/error.hpp"

namespace fathom::curvature {
namespace {

Evidence whole(std::initializer_list<double> values) {
  Evidence evidence;
  for (const double value : values) evidence.eigenvalues.push_back({value, 1e-12});
  evidence.whole = true;
  evidence.zero_band = 1e-9;
  evidence.loss = 1;
  return evidence;
}

TEST(VerdictTest, OfTheSignsOfAllEigenvalues) {
  EXPECT_EQ(judge(whole({1, 2})).verdict, Verdict::local_minimum);
  EXPECT_EQ(judge(whole({-2, -1})).verdict, Verdict::local_maximum);
  const Finding saddle = judge(whole({-2, -1, 0, 2}));
  EXPECT_EQ(saddle.verdict, Verdict::saddle);
  EXPECT_EQ(saddle.negative, 2);
  EXPECT_EQ(saddle.flat, 1);
  EXPECT_EQ(saddle.positive, 1);
  EXPECT_EQ(saddle.most_negative, -2);
  EXPECT_EQ(judge(whole({-2, -1, 0})).verdict, Verdict::saddle);
  EXPECT_EQ(judge(whole({0, 4})).verdict, Verdict::degenerate);
  EXPECT_EQ(judge(whole({0, 0})).verdict, Verdict::degenerate);
  EXPECT_THROW(judge({}), Error);
}

TEST(VerdictTest, OfTheWayOut) {
  Evidence evidence = whole({-2, 2});
  evidence.way_out = Outcome::way_out;
  EXPECT_EQ(judge(evidence).verdict, Verdict::saddle_escapable);
  evidence.way_out = Outcome::leads_nowhere;
  EXPECT_EQ(judge(evidence).verdict, Verdict::plateau);
  evidence.way_out = Outcome::undecided;
  EXPECT_EQ(judge(evidence).verdict, Verdict::saddle);
  // What was tried and won outranks what the curvature after a step makes likely.
  evidence.curvature_after_step = -0.1;
  EXPECT_EQ(judge(evidence).verdict, Verdict::not_enough_evidence);
  evidence.way_out = Outcome::way_out;
  EXPECT_EQ(judge(evidence).verdict, Verdict::saddle_escapable);
}

// A gradient that is lost in noise hides nothing that other rows prove to bend down, or that leads out.
TEST(VerdictTest, OfNoiseAndWhatBendsDown) {
  Evidence evidence = whole({-1, 1});
  evidence.predicted_decrease = 0.5;
  evidence.realised_decrease = 0;
  evidence.gradient_p_value = 0.4;
  evidence.witness = Witness{{-0.5, -1.2, 0.2}, 8};
  EXPECT_EQ(judge(evidence).verdict, Verdict::noise_floor);
  evidence.way_out = Outcome::leads_nowhere;
  EXPECT_EQ(judge(evidence).verdict, Verdict::noise_floor);
  evidence.way_out = Outcome::way_out;
  EXPECT_EQ(judge(evidence).verdict, Verdict::saddle_escapable);
  evidence.witness = Witness{{-0.5, -0.8, -0.2}, 8};
  evidence.way_out = {};
  EXPECT_EQ(judge(evidence).verdict, Verdict::saddle);
  evidence.way_out = Outcome::leads_nowhere;
  EXPECT_EQ(judge(evidence).verdict, Verdict::plateau);
  // Of a slope that falls nothing else is said, but where a way out was tried and won.
  evidence.realised_decrease = 0.4;
  EXPECT_EQ(judge(evidence).verdict, Verdict::still_descending);
  evidence.way_out = Outcome::way_out;
  EXPECT_EQ(judge(evidence).verdict, Verdict::saddle_escapable);
}

// No page says that the loss bends down and that it bends up there.
TEST(VerdictTest, APlateauIsProvenWhereItCanBe) {
  Evidence evidence = whole({-1, 1});
  evidence.way_out = Outcome::leads_nowhere;
  evidence.witness = Witness{{0.5, 0.2, 0.8}, 8};
  EXPECT_EQ(judge(evidence).verdict, Verdict::not_enough_evidence);
  EXPECT_EQ(judge(evidence).would_settle, Missing::more_rows);
  evidence.witness = Witness{{-0.5, -0.8, -0.2}, 8};
  EXPECT_EQ(judge(evidence).verdict, Verdict::plateau);
}

// Nothing lies below a loss of 0: what is flat there is a valley of minima.
TEST(VerdictTest, OfFlatDirectionsAtALossOfZero) {
  Evidence evidence = whole({0, 4});
  evidence.loss = 1e-14;
  evidence.loss_floor = 1e-12;
  EXPECT_EQ(judge(evidence).verdict, Verdict::degenerate_minimum);
  evidence.loss = 1e-3;
  EXPECT_EQ(judge(evidence).verdict, Verdict::degenerate);
  evidence.loss = -1;
  EXPECT_EQ(judge(evidence).verdict, Verdict::degenerate) << "a loss that can be below 0 has no floor there";
}

// Where two layers may grow and shrink against each other, a gradient makes negative curvature that goes with it.
TEST(VerdictTest, OfCurvatureThatGoesWithTheGradient) {
  Evidence evidence = whole({-2, 2});
  evidence.curvature_after_step = -1.5;
  EXPECT_EQ(judge(evidence).verdict, Verdict::saddle);
  evidence.curvature_after_step = -0.1;
  EXPECT_EQ(judge(evidence).verdict, Verdict::not_enough_evidence);
  EXPECT_EQ(judge(evidence).would_settle, Missing::smaller_gradient);
}

// The accuracy that was asked for makes no eigenvalue flat whose own bound tells its sign.
TEST(VerdictTest, OfEachEigenvaluesOwnBound) {
  Evidence evidence = whole({-1e-4, 10});
  evidence.coarse_band = 1e-2;
  EXPECT_EQ(judge(evidence).verdict, Verdict::saddle);
}

// Flat is what does not bend down: where that is open, so is the verdict. The smallest eigenvalue bounds the others.
TEST(VerdictTest, OfAnEigenvalueThatMayBeNegative) {
  Evidence evidence = whole({-1e-4, 10});
  evidence.coarse_band = 1e-2;
  evidence.eigenvalues[0].bound = 1e-3;
  EXPECT_EQ(judge(evidence).verdict, Verdict::not_enough_evidence);
  EXPECT_EQ(judge(evidence).would_settle, Missing::sharper_eigenvalues);
  evidence = whole({0, 1e-3, 1e-3, 10});
  evidence.coarse_band = 1e-2;
  evidence.eigenvalues[1].bound = evidence.eigenvalues[2].bound = 2e-3;
  EXPECT_EQ(judge(evidence).verdict, Verdict::degenerate);
  EXPECT_EQ(judge(evidence).flat, 3);
  evidence.eigenvalues[0].bound = 1e-3;
  EXPECT_EQ(judge(evidence).verdict, Verdict::not_enough_evidence);
}

TEST(VerdictTest, OfTheGradient) {
  Evidence evidence = whole({1, 2});
  evidence.predicted_decrease = 0.5;
  EXPECT_EQ(judge(evidence).would_settle, Missing::line_search);
  evidence.realised_decrease = 0.4;
  EXPECT_EQ(judge(evidence).verdict, Verdict::still_descending);
  evidence.realised_decrease = 0.01;
  EXPECT_EQ(judge(evidence).verdict, Verdict::local_minimum) << "no step gains more than 1 % of the loss";
  evidence.realised_decrease = 0.4;
  evidence.predicted_decrease = 0.005;
  EXPECT_EQ(judge(evidence).verdict, Verdict::still_descending) << "what was found counts, promised or not";
  evidence.predicted_decrease = 0.5;
  evidence.gradient_p_value = 0.4;
  EXPECT_EQ(judge(evidence).verdict, Verdict::still_descending) << "other rows gained what these promised";
  evidence.realised_decrease = 0.005;
  EXPECT_EQ(judge(evidence).verdict, Verdict::noise_floor);
  evidence.gradient_p_value = 0.001;
  EXPECT_EQ(judge(evidence).verdict, Verdict::local_minimum);
  evidence.predicted_decrease = 0.005;
  evidence.realised_decrease = 0.004;
  EXPECT_EQ(judge(evidence).verdict, Verdict::local_minimum);
  // All of a loss that is nothing but rounding is still nothing.
  evidence.loss = evidence.predicted_decrease = evidence.realised_decrease.emplace(1e-25);
  EXPECT_EQ(judge(evidence).verdict, Verdict::still_descending);
  evidence.loss_floor = 1e-24;
  EXPECT_EQ(judge(evidence).verdict, Verdict::local_minimum);
}

TEST(VerdictTest, SaysWhatWouldSettleIt) {
  Evidence evidence = whole({1, 2});
  evidence.eigenvalues[0] = {-0.1, 0.2};
  EXPECT_EQ(judge(evidence).verdict, Verdict::not_enough_evidence);
  EXPECT_EQ(judge(evidence).would_settle, Missing::sharper_eigenvalues);
  evidence.zero_band = 0.15;
  evidence.eigenvalues[0] = {-0.4, 0.15};
  EXPECT_EQ(judge(evidence).verdict, Verdict::saddle);
  evidence.eigenvalues[0] = {-0.29, 0.2};
  EXPECT_EQ(judge(evidence).would_settle, Missing::sharper_eigenvalues);
  evidence.eigenvalues[0] = {0.1, 0.2};
  EXPECT_EQ(judge(evidence).verdict, Verdict::degenerate);
  // Negative on its own rows, and on fresh ones only perhaps.
  evidence = whole({-1, 1});
  evidence.witness = Witness{{-0.5, -1.2, 0.2}, 8};
  EXPECT_EQ(judge(evidence).would_settle, Missing::more_rows);
  evidence.witness = Witness{{-0.5, -0.8, -0.2}, 8};
  EXPECT_EQ(judge(evidence).verdict, Verdict::saddle);
  // A minimum is one within the bound; without any bound it is none.
  evidence = whole({1, 2});
  evidence.whole = false;
  evidence.unseen = spectrum_bound(1, 2, 100'000, 80);
  const Finding bounded = judge(evidence);
  EXPECT_EQ(bounded.verdict, Verdict::local_minimum);
  EXPECT_NEAR(bounded.bound, 1 - 0.006, 0.001);
  EXPECT_EQ(bounded.confidence, 0.99);
  evidence.unseen = spectrum_bound(1, 2, 100'000, 2);
  EXPECT_EQ(judge(evidence).would_settle, Missing::sharper_eigenvalues);
}

}  // namespace
}  // namespace fathom::curvature
