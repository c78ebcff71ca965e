#include "fathom/lab/curvature_report.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace fathom {
namespace {

using curvature::Survey;
using curvature::Verdict;

// All eigenvalues of two weights, judged.
CurvatureRecord seen(const std::vector<double>& spectrum, double loss = 1) {
  CurvatureRecord record{
      .run = 3, .run_name = "houses", .checkpoint = "best", .optimizer = "sgd", .learning_rate = 0.1};
  record.edge = 20;
  record.all_rows = 100;
  record.updates = 200;
  Survey& survey = record.survey;
  survey.dimension = static_cast<Index>(spectrum.size());
  survey.rows = survey.gradient_rows = 100;
  survey.names = {"w"};
  survey.loss = survey.tried_loss = survey.reached_loss = loss;
  survey.gradient_norm = 1e-3;
  survey.spectrum = spectrum;
  survey.converged = true;
  for (const double value : spectrum) survey.evidence.eigenvalues.push_back({value, 1e-12});
  survey.evidence.whole = true;
  survey.evidence.zero_band = 1e-9;
  survey.evidence.loss = loss;
  survey.evidence.loss_floor = 1e-12;
  survey.evidence.realised_decrease = 0;
  survey.smallest = {{{spectrum.front(), 1e-12}, {1.0}, 0}};
  survey.largest = {{{spectrum.back(), 1e-12}, {1.0}, 0}};
  survey.density = {.width = 0.1, .x = {-1, 0, 1}, .y = {{0.1, 0.1, 0.1}, {0.8, 0.8, 0.8}, {0.1, 0.1, 0.1}}};
  survey.finding = curvature::judge(survey.evidence);
  return record;
}
// What is said of it once its evidence is complete.
std::vector<std::string> said(CurvatureRecord record) {
  record.survey.finding = curvature::judge(record.survey.evidence);
  std::vector<std::string> texts;
  for (const Message& one : curvature_sentences(record)) texts.push_back(one.text);
  return texts;
}
bool any_has(const std::vector<std::string>& texts, const std::string& part) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return text.find(part) != std::string::npos; });
}
void add_escape(CurvatureRecord& record, curvature::Outcome outcome) {
  curvature::Escape escape;
  escape.length = 0.5;
  escape.line = {{0, 1}, {0.5, 0.9}};
  escape.loss_before = 1;
  escape.loss_after = 0.9;
  escape.twins = {{1, 0.9, 0.1}, {2, 0.9, 0.1}, {3, 0.9, 0.1}};
  escape.gain = {0.8, 0.8 - 1e-17, 0.8};
  escape.outcome = outcome;
  record.survey.escape = std::move(escape);
  record.survey.evidence.way_out = outcome;
}

// One for each verdict, by its own sentence.
TEST(CurvatureSentences, SayEachVerdict) {
  const auto first = [](const CurvatureRecord& record) { return said(record).front(); };
  EXPECT_EQ(first(seen({1, 2})), "All 2 eigenvalues are above 0: a local minimum of the loss of these rows.");
  EXPECT_EQ(first(seen({-2, -1})), "No direction goes up: a local maximum. The least negative eigenvalue is -1.");
  EXPECT_EQ(first(seen({-1, 2})),
            "The loss bends down along 1 of its 2 directions, most with curvature -1: a saddle. A way out was not "
            "tried, and trained networks keep directions that lead nowhere.");
  CurvatureRecord tried = seen({-1, 2});
  add_escape(tried, curvature::Outcome::undecided);
  EXPECT_NE(first(tried).find("a saddle. Whether it leads out is open"), std::string::npos);
  add_escape(tried, curvature::Outcome::way_out);
  EXPECT_NE(first(tried).find("and that one leads out"), std::string::npos);
  add_escape(tried, curvature::Outcome::leads_nowhere);
  EXPECT_NE(first(tried).find("a plateau, as trained networks have them"), std::string::npos);
  EXPECT_EQ(first(seen({0, 4})),
            "1 of 2 directions are flat and none bends down: a degenerate point. Curvature does not say whether the "
            "loss falls further along the flat ones.");
  CurvatureRecord still = seen({0, 4});
  still.survey.gradient_norm = 1e-17;
  EXPECT_NE(first(still).find("and the gradient is 0: a degenerate point, which no training leaves"),
            std::string::npos);
  EXPECT_EQ(first(seen({0, 4}, 0)),
            "1 of 2 directions are flat and none bends down, and the loss is 0, its lowest: a degenerate minimum, "
            "one of many side by side.");

  CurvatureRecord slope = seen({1, 2});
  slope.survey.evidence.predicted_decrease = 0.5;
  slope.survey.evidence.realised_decrease = 0.4;
  slope.survey.tried_loss = 1.2;
  slope.survey.reached_loss = 0.8;
  EXPECT_EQ(first(slope),
            "A step that follows the gradient lowers the loss from 1.2 to 0.8: this is no critical point.");
  slope.survey.tried_on_fresh = true;
  EXPECT_NE(first(slope).find("lowers the loss of rows that it is not made from, from 1.2 to 0.8"), std::string::npos);
  slope.survey.evidence.realised_decrease = 0.001;
  EXPECT_TRUE(
      any_has(said(slope), "promises 50 % of the loss, and the best that was found gains 0.0833 %: too little"));
  slope.survey.evidence.gradient_p_value = 0.3;
  EXPECT_NE(first(slope).find("Groups of rows do not agree on a gradient (p = 0.3)"), std::string::npos);

  CurvatureRecord chance = seen({-1, 2});
  chance.survey.evidence.witness = curvature::Witness{{0.5, 0.2, 0.8}, 8};
  EXPECT_NE(first(chance).find("other rows do not prove it: more rows would settle it"), std::string::npos);
  add_escape(chance, curvature::Outcome::leads_nowhere);
  EXPECT_FALSE(any_has(said(chance), "plateau")) << "it bends up on other rows";
  CurvatureRecord with_gradient = seen({-1, 2});
  with_gradient.survey.evidence.curvature_after_step = -0.1;
  EXPECT_NE(first(with_gradient).find("only -0.1 is left after a step"), std::string::npos);
  CurvatureRecord blunt = seen({1, 2});
  blunt.survey.evidence.eigenvalues[0] = {-0.1, 0.2};
  EXPECT_NE(first(blunt).find("more products would settle it"), std::string::npos);
}

// Where only both ends are known, what is said of the rest are shares, and a bound with what it rests on.
TEST(CurvatureSentences, CountNothingThatWasNotComputed) {
  CurvatureRecord record = seen({-1, 3});
  Survey& survey = record.survey;
  survey.dimension = 5000;
  survey.spectrum.clear();
  survey.evidence.whole = false;
  survey.evidence.unseen = {-1.5, 3.1, 0.99, 0.1};
  survey.bound_products = 60;
  survey.sides = curvature::Sides{0.03, {0.2, 0.1, 0.3}, {0.4, 0.35, 0.45}};
  survey.trace = {10, 9, 11};
  survey.frobenius = {4, 3, 5};
  const std::vector<std::string> texts = said(record);
  EXPECT_EQ(texts.front().find("The loss bends down, most with curvature -1: a saddle."), 0u) << texts.front();
  EXPECT_FALSE(any_has(texts, "directions that were computed"));
  EXPECT_TRUE(
      any_has(texts, "Of all eigenvalues 20 % are below -0.03 (95 %: 10 to 30) and 40 % above 0.03 (95 %: 35 to 45)"));
  EXPECT_TRUE(any_has(texts, "With 99 % confidence (60 products, 100 rows) no eigenvalue is below -1.5 or above 3.1"));
  EXPECT_TRUE(any_has(texts, "by more than 12.5 % of their width"));
  EXPECT_TRUE(any_has(texts, "their squares to 16 (95 %: 9 to 25)"));
  record.survey.finding = curvature::judge(survey.evidence);
  const Json json = curvature_json(record);
  EXPECT_EQ(json["shares"]["below"]["high"], 0.3);
  EXPECT_EQ(json["none_below"]["products"], 60);
  EXPECT_EQ(json["none_below"]["rows"], 100);
  EXPECT_EQ(json["none_below"]["share_of_width"], 0.125);
  EXPECT_EQ(json["none_above"]["value"], 3.1);
}

TEST(CurvatureSentences, NameWhatHasKinks) {
  CurvatureRecord record = seen({1, 2});
  EXPECT_FALSE(any_has(said(record), "kink"));
  record.kinked = {"leaky_relu", "relu"};
  record.kink_rows = 7;
  EXPECT_TRUE(any_has(said(record), "The slope of leaky_relu, relu jumps at 0"));
  EXPECT_TRUE(any_has(said(record), "takes 7 of 100 rows across such a kink"));
  EXPECT_FALSE(any_has(said(record), "Max pooling"));
  record.max_pool = true;
  EXPECT_TRUE(any_has(said(record), "Max pooling has kinks too"));
}

// Of a scale above the rows, or without an upper end, the low end alone is told.
TEST(CurvatureSentences, NoiseScalesStayWithinTheRows) {
  EXPECT_EQ(noise_text({{50, 40, 70}, 100}), "50 (40 – 70)");
  EXPECT_EQ(noise_text({{150, 40, 700}, 100}), "≥ 40");
  EXPECT_EQ(noise_text({{400, 150, INFINITY}, 100}), "≥ 100");
  EXPECT_EQ(noise_json({{150, 40, 700}, 100}), (Json{{"at_least", 40.0}}));
  EXPECT_EQ(noise_json({{50, 40, 70}, 100})["high"], 70);
  CurvatureRecord record = seen({1, 2});
  record.survey.groups = 16;
  record.survey.gradient.noise = 1;
  record.survey.gradient.squared_norm = {4, 3, 5};
  EXPECT_TRUE(any_has(said(record), "The noise scale is 24 rows (95 %: 19.2 to 32)"));
  record.survey.gradient.squared_norm = {4, -3, 11};
  EXPECT_TRUE(any_has(said(record), "The noise scale is at least 8.7"));
}

// With one batch of all rows every pair of trainings is the same but for rounding.
TEST(CurvatureSentences, SeedsThatChangeNothingAreTold) {
  CurvatureRecord record = seen({-1, 2});
  add_escape(record, curvature::Outcome::way_out);
  EXPECT_FALSE(any_has(said(record), "The seeds change nothing"));
  record.whole_batches = true;
  EXPECT_TRUE(any_has(said(record), "The seeds change nothing"));
  record.escaped_file = "here-escaped.safetensors";
  const Json json = curvature_json(record);
  EXPECT_EQ(json["way_out"]["line"][1]["loss"], 0.9);
  EXPECT_EQ(json["way_out"]["weights"], "here-escaped.safetensors");
}

}  // namespace
}  // namespace fathom
