#include "fathom/lab/search.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "fathom/base/rng.hpp"

namespace fathom {
namespace {

const SearchKey rate_key{.key = "trainer.learning_rate", .kind = SearchKey::Kind::log, .low = 1e-4, .high = 1};
const SearchKey dropout_key{.key = "model.dropout", .kind = SearchKey::Kind::range, .low = 0, .high = 0.5};
const SearchKey batch_key{
    .key = "trainer.batch_size", .kind = SearchKey::Kind::range, .low = 8, .high = 11, .whole = true};
const SearchKey hidden_key{.key = "model.hidden", .kind = SearchKey::Kind::choice, .choices = {"[8]", "[16, 8]", "[]"}};

TEST(Search, DrawsEvenlyAndTheSameAgain) {
  const std::vector<SearchKey> space{rate_key, dropout_key, batch_key, hidden_key};
  int below = 0;
  std::set<std::string> batches, networks;
  for (std::size_t trial = 1; trial <= 1000; ++trial) {
    const std::vector<Drawn> drawn = draw(space, 5, trial);
    ASSERT_EQ(drawn.size(), 4u);
    EXPECT_GE(drawn[0].place, 1e-4);
    EXPECT_LE(drawn[0].place, 1);
    below += drawn[0].place < 1e-2 ? 1 : 0;
    EXPECT_TRUE(drawn[1].place >= 0 && drawn[1].place <= 0.5);
    batches.insert(drawn[2].value);
    networks.insert(drawn[3].value);
    const std::vector<Drawn> again = draw(space, 5, trial);
    for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(drawn[k].value, again[k].value);
    Settings settings;
    set_drawn(drawn, settings);
    EXPECT_EQ(settings.trainer.learning_rate, drawn[0].place);
    EXPECT_EQ(static_cast<double>(settings.trainer.batch_size), drawn[2].place);
    EXPECT_EQ(settings.model.hidden->size(), drawn[3].value == "[]" ? 0u : drawn[3].value == "[8]" ? 1u : 2u);
  }
  EXPECT_NEAR(below, 500, 64);  // four standard errors: half of the decades
  EXPECT_EQ(batches, (std::set<std::string>{"8", "9", "10", "11"}));
  EXPECT_EQ(networks.size(), 3u);
  // A key is drawn the same whatever else is searched.
  EXPECT_EQ(draw({dropout_key}, 5, 7)[0].value, draw(space, 5, 7)[1].value);
  EXPECT_NE(draw({dropout_key}, 6, 7)[0].value, draw(space, 5, 7)[1].value);
}

TEST(Search, HalvesByThirds) {
  EXPECT_EQ(rungs(90), (std::vector<Index>{10, 30, 90}));
  EXPECT_EQ(rungs(4), (std::vector<Index>{1, 4}));
  EXPECT_EQ(rungs(1), (std::vector<Index>{1}));
  EXPECT_EQ(promoted(30), 10u);
  EXPECT_EQ(promoted(2), 1u);
}

TEST(Search, SaysWhatAKeyExplains) {
  Random random(3);
  std::vector<double> rates, drawn, scores, choices;
  for (std::size_t trial = 1; trial <= 200; ++trial) {
    rates.push_back(draw({rate_key}, 1, trial)[0].place);
    drawn.push_back(draw({dropout_key}, 1, trial)[0].place);
    choices.push_back(draw({hidden_key}, 1, trial)[0].place);
    const double at = std::log(rates.back()) - std::log(1e-2);
    scores.push_back(at * at + 0.1 * random.normal());
  }
  EXPECT_GT(explained(rate_key, rates, scores), 0.99);
  EXPECT_LT(explained(dropout_key, drawn, scores), 0.05);
  EXPECT_LT(explained(hidden_key, choices, scores), 0.05);
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = (choices[i] == 1 ? 5 : 0) + 0.01 * random.normal();
  EXPECT_GT(explained(hidden_key, choices, scores), 0.99);
  scores[0] = std::nan("");
  EXPECT_GT(explained(hidden_key, choices, scores), 0.99);
  EXPECT_TRUE(std::isnan(explained(rate_key, {1, 2, 3}, {1, 2, 3})));
  EXPECT_EQ(explained(hidden_key, {0, 1, 2, 0, 1, 2, 0}, std::vector<double>(7, 0.1)), 0);
}

TEST(Search, StaysBetweenTheEnds) {
  const SearchKey beta{.key = "trainer.beta2", .kind = SearchKey::Kind::range, .low = 0.999, .high = 0.9999};
  for (std::size_t trial = 1; trial <= 200; ++trial) {
    const Drawn drawn = draw({beta}, 9, trial)[0];
    EXPECT_TRUE(drawn.place >= beta.low && drawn.place <= beta.high) << drawn.value;
    EXPECT_EQ(std::stod(drawn.value), drawn.place);
  }
}

}  // namespace
}  // namespace fathom
