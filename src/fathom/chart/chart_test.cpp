#include "fathom/chart/chart.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fathom/base/rng.hpp"
#include "fathom/chart/heat_table.hpp"
#include "fathom/chart/path.hpp"
#include "fathom/chart/text.hpp"
#include "support/xml.hpp"

namespace fathom::chart {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN(),
                 infinite = std::numeric_limits<double>::infinity();

// Every place of a path that is made of M, L, H, V, h, v and Z; absolute.
Points places_of(const std::string& path) {
  Points places;
  Point at;
  for (std::size_t i = 0; i < path.size();) {
    const char command = path[i++];
    if (command == 'Z') continue;
    char* end = nullptr;
    const auto take = [&] {
      const double value = std::strtod(path.c_str() + i, &end);
      EXPECT_NE(end, path.c_str() + i) << path.substr(i, 20);
      i = static_cast<std::size_t>(end - path.c_str());
      return value;
    };
    switch (command) {
      case 'M':
      case 'L':
        at.x = take();
        at.y = take();
        break;
      case 'H':
        at.x = take();
        break;
      case 'V':
        at.y = take();
        break;
      case 'h':
        at.x += take();
        break;
      case 'v':
        at.y += take();
        break;
      default:
        ADD_FAILURE() << command;
        return places;
    }
    places.push_back(at);
  }
  return places;
}

double width_of(const XmlElement& svg) { return std::stod(svg.attribute("width")); }

// The laws of every chart: well-formed, named, nothing outside of it, no number that is none.
XmlElement checked(const std::string& text) {
  const XmlElement root = XmlReader::read(text);
  EXPECT_EQ(root.name, "svg");
  EXPECT_EQ(root.all("title").size() >= 1, true);
  EXPECT_EQ(text.find("nan"), std::string::npos);
  EXPECT_EQ(text.find("inf"), std::string::npos);
  const double width = width_of(root), height = std::stod(root.attribute("height"));
  for (const XmlElement* path : root.all("path"))
    for (const Point place : places_of(path->attribute("d")))
      EXPECT_TRUE(place.x >= 0 && place.x <= width && place.y >= 0 && place.y <= height) << place.x << " " << place.y;
  for (const XmlElement* words : root.all("text")) {
    if (words->attributes.contains("transform")) continue;
    const double size = text_width(words->text, words->attribute("class") == "title" ? 15 : 12);
    const double x = std::stod(words->attribute("x"));
    const std::string anchor = words->attribute("text-anchor");
    const double left = anchor == "end" ? x - size : anchor == "middle" ? x - size / 2 : x;
    EXPECT_GE(left, -0.1) << words->text;
    EXPECT_LE(left + size, width + 0.1) << words->text;
  }
  return root;
}

std::vector<const XmlElement*> of_class(const XmlElement& root, const std::string& name) {
  std::vector<const XmlElement*> found;
  for (const XmlElement* path : root.all("path"))
    if (path->attribute("class").substr(0, name.size()) == name) found.push_back(path);
  return found;
}

Series line(std::vector<double> x, std::vector<double> y) { return {.x = std::move(x), .y = std::move(y)}; }

TEST(Chart, HoldsItsLawsForAnyData) {
  Random random(11, "charts");
  const auto value = [&](double scale) {
    const double u = random.uniform();
    return u < 0.05   ? not_a_number
           : u < 0.08 ? infinite
           : u < 0.1  ? -1e305
           : u < 0.15 ? 0
                      : (random.uniform() - 0.3) * scale;
  };
  const std::string odd[] = {
      "", "a & b <c> \"d\"", "一个非常非常长的名字，它在任何图里都放不下，所以必须截短", "x",
      "a very long name that does not fit into any legend of any chart that is this narrow, and so is cut"};
  for (int round = 0; round < 300; ++round) {
    const double scale = std::pow(10.0, random.uniform() * 16 - 8);
    Chart chart{.title = odd[round % 5],
                .x = {.label = odd[(round + 1) % 5], .log = round % 3 == 0, .exact = round % 2 == 0}};
    chart.width = round % 7 == 0 ? 220 : 640;
    chart.standalone = round % 4 == 0;
    for (int p = 0; p <= round % 3; ++p) {
      Panel panel{.y = {.label = odd[(round + p) % 5], .log = (round + p) % 4 == 0, .exact = p == 1},
                  .diagonal = p == 0};
      if (round % 11 == 0) panel.y.names = {"one", odd[4], "三"};
      if (round % 5 == 0) panel.y.high = scale;
      for (int s = 0; s < round % 6; ++s) {
        Series series{.name = odd[(round + s) % 5], .mark = static_cast<Mark>((round + s) % 4), .dashed = s == 1};
        for (int i = 0; i < round; ++i) {
          series.x.push_back(value(scale));
          series.y.push_back(value(scale));
          series.low.push_back(value(scale));
          series.high.push_back(value(scale));
        }
        panel.series.push_back(series);
      }
      panel.rules = {{Rule::Along::y, value(scale), odd[round % 5]},
                     {Rule::Along::x, value(scale), odd[4]},
                     {Rule::Along::y, value(scale), "second"}};
      chart.panels.push_back(panel);
    }
    const std::string text = svg(chart);
    checked(text);
    EXPECT_EQ(text, svg(chart));
    if (HasFailure()) FAIL() << "round " << round << "\n" << text.substr(0, 3000);
  }
}

TEST(Chart, ANotANumberIsAGap) {
  Chart chart{.title = "t", .panels = {{.series = {line({1, 2, 3, 4, 5}, {1, 2, not_a_number, 4, 5})}}}};
  const XmlElement root = checked(svg(chart));
  const auto lines = of_class(root, "line");
  ASSERT_EQ(lines.size(), 1u);
  const std::string path = lines[0]->attribute("d");
  EXPECT_EQ(std::count(path.begin(), path.end(), 'M'), 2);
  EXPECT_EQ(places_of(path).size(), 4u);
  chart.panels[0].series[0].y.assign(5, not_a_number);
  EXPECT_TRUE(of_class(checked(svg(chart)), "line").empty());
}

TEST(Chart, PlacesAreThoseOfTheScale) {
  // Doubling on a logarithmic axis is the same step everywhere; what is not above 0 is left out.
  Chart chart{.title = "t", .panels = {{.y = {.log = true}, .series = {line({0, 1, 2, 3, 4}, {1, 2, 4, 0, -1})}}}};
  const Points places = places_of(of_class(checked(svg(chart)), "line").at(0)->attribute("d"));
  ASSERT_EQ(places.size(), 3u);
  EXPECT_NEAR(places[0].y - places[1].y, places[1].y - places[2].y, 0.11);
  EXPECT_GT(places[0].y - places[1].y, 20);
  EXPECT_NEAR(places[1].x - places[0].x, places[2].x - places[1].x, 0.11);
}

TEST(Chart, BarsBeginAtZeroAndStandSideBySide) {
  Chart chart{.title = "t", .x = {.names = {"a", "b"}}};
  Series first{.mark = Mark::bars, .x = {0, 1}, .y = {4, 2}}, second{.mark = Mark::bars, .x = {0, 1}, .y = {-1, 2}};
  chart.panels = {{.series = {first, second}}};
  const XmlElement root = checked(svg(chart));
  const auto bars = of_class(root, "fill");
  ASSERT_EQ(bars.size(), 2u);
  const Points a = places_of(bars[0]->attribute("d")), b = places_of(bars[1]->attribute("d"));
  const auto bottom = [](const Points& points, std::size_t bar) {
    double y = 0;
    for (std::size_t i = 4 * bar; i < 4 * bar + 4; ++i) y = std::max(y, points[i].y);
    return y;
  };
  EXPECT_EQ(bottom(a, 0), bottom(a, 1));
  EXPECT_EQ(bottom(a, 0), bottom(b, 1));
  EXPECT_GT(bottom(b, 0), bottom(b, 1));  // below zero
  EXPECT_NEAR(std::max({a[0].x, a[1].x, a[2].x}), std::min({b[0].x, b[1].x, b[2].x}), 0.11);
}

TEST(Chart, ManyPointsStaySmall) {
  Series many, cloud{.mark = Mark::points};
  Random random(1, "many");
  for (int i = 0; i < 200000; ++i) {
    many.x.push_back(i);
    many.y.push_back(random.normal());
    cloud.x.push_back(i);
    cloud.y.push_back(random.normal());
  }
  EXPECT_LT(svg({.title = "t", .panels = {{.series = {many, cloud}}}}).size(), 60000u);
}

TEST(Chart, AnEmptyChartIsAFrame) {
  checked(svg(Chart{.title = "nothing"}));
  checked(svg(Chart{.title = "nothing", .panels = {{}}}));
}

TEST(HeatTable, ShowsEveryNumber) {
  HeatTable table{.title = "t<",
                  .row_label = "actual",
                  .column_label = "predicted",
                  .rows = {"a", "很长很长很长很长很长很长很长的类别"}};
  table.columns = table.rows;
  table.values = {1200, 3, 0, 45};
  table.shades = {1, 0.1, not_a_number, 0.9};
  const XmlElement root = checked(svg(table));
  const std::string text = root.all_text();
  for (const char* number : {"1,200", " 3", " 0", " 45"}) EXPECT_NE(text.find(number), std::string::npos) << number;
  EXPECT_EQ(of_class(root, "fill").size(), 4u);
  // So many classes that no number fits: each is there when it is pointed at.
  HeatTable wide{.title = "t"};
  for (int i = 0; i < 90; ++i) wide.rows.push_back("class " + std::to_string(i));
  wide.columns = wide.rows;
  wide.values.assign(8100, 7);
  wide.shades.assign(8100, 0.5);
  const XmlElement many = checked(svg(wide));
  EXPECT_EQ(many.all("title").size(), 8101u);
  EXPECT_LE(width_of(many), 700);
}

}  // namespace
}  // namespace fathom::chart
