#include "fathom/lab/landscape_report.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fathom/lab/landscape_sentences.hpp"
#include "support/xml.hpp"

namespace fathom {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN(), infinite = std::numeric_limits<double>::infinity();

ReportWords plain_words() {
  return {.say = [](const Message& text) { return text.text; },
          .metric = [](const std::string& name) { return name; },
          .figure = [](double value) { return fmt::format("{}", value); }};
}

LandscapeRecord record_of(const std::vector<double>& losses_on_the_line) {
  LandscapeRecord record{.run = 3, .run_name = "houses", .checkpoint = "best", .weights = 1200};
  record.at_stand.train = {1};
  record.line = {"start", "12", {{-0.5, 0, 0.5, 1, 1.5}, {losses_on_the_line, {}}}};
  return record;
}

std::string said_of_the_line(const std::vector<double>& losses) {
  return line_sentences(record_of(losses)).back().text;
}

TEST(LandscapeSentences, SayWhatLiesBetweenTwoPoints) {
  EXPECT_EQ(line_sentences(record_of({5, 4, 2, 1, 3})).front().text,
            "From start to epoch 12 the training loss goes from 4 to 1.");
  EXPECT_NE(said_of_the_line({5, 4, 2, 1, 3}).find("there is no barrier."), std::string::npos);
  EXPECT_NE(said_of_the_line({5, 4, 3.5, 1, 3}).find("50.0 % of the way it lies 1 above"), std::string::npos);
  EXPECT_NE(said_of_the_line({5, 4, 3.5, 1, 3}).find("falls late"), std::string::npos);
  EXPECT_NE(said_of_the_line({5, 4, 6, 1, 3}).find("climbs by 2."), std::string::npos);
  EXPECT_NE(said_of_the_line({5, 4, infinite, 1, 3}).find("no loss that is a number"), std::string::npos);
  EXPECT_NE(said_of_the_line({5, none, 2, 1, 3}).find("At one of the ends"), std::string::npos);
}

TEST(LandscapeSentences, CountThePlacesThatAreLower) {
  LandscapeRecord record = record_of({1, 1, 1, 1, 1});
  record.random = {7, {{}, {.columns = 3, .rows = 3}, {{2, 3, none, 0.5, 1, 4, 2, 0.25, 9}, {}}}};
  const std::vector<Message> said = random_sentences(record);
  EXPECT_NE(said.front().text.find("it is between 0.25 and 9."), std::string::npos) << said.front().text;
  EXPECT_EQ(said[1].text, "Of the 9 points of the picture 2 are lower, the lowest by 0.75.");
  EXPECT_TRUE(eigen_sentences(record).empty() && walk_sentences(record).empty());
}

TEST(LandscapeReport, LeavesOutWhatIsNotFinite) {
  LandscapeRecord record = record_of({5, 4, infinite, 1, none});
  record.random = {7, {{}, {.columns = 3, .rows = 3}, {{2, 3, none, 0.5, 1, 4, infinite, 0.25, 9}, {}}}};
  record.missing = {"there is no walk"};
  const std::string page = landscape_page(record, plain_words());
  XmlReader::read(page);
  EXPECT_EQ(page.find("nan"), std::string::npos);
  EXPECT_NE(page.find("2 of 5 values are off the scale"), std::string::npos);
  EXPECT_NE(page.find("2 of 9 values are off the scale"), std::string::npos);
  EXPECT_NE(page.find("there is no walk"), std::string::npos);
  const Json json = landscape_json(record);
  EXPECT_TRUE(json["line"]["losses"]["train"][2].is_null());
  EXPECT_TRUE(json["line"]["barrier"]["train"]["height"].is_null());
  EXPECT_TRUE(json["random"]["losses"]["train"][2].is_null());
  EXPECT_EQ(json["random"]["losses"].count("valid"), 0u);
  EXPECT_NE(line_csv(record.line->line).find("\n0.5,inf,\n"), std::string::npos);
  EXPECT_NE(surface_csv(record.random->surface).find("\n1,-1,nan,\n"), std::string::npos);
}

}  // namespace
}  // namespace fathom
