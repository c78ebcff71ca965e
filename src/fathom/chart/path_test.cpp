#include "fathom/chart/path.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fathom/base/rng.hpp"
#include "fathom/chart/text.hpp"

namespace fathom::chart {
namespace {

constexpr double hole = std::numeric_limits<double>::quiet_NaN();
const Box box{10, 20, 110, 70};

TEST(Path, AGapEndsALineAndALonePointIsADot) {
  EXPECT_EQ(line_path({{10, 20}, {20, 30}, {hole, hole}, {30, 40}, {30, hole}, {40, 50}, {50.25, 60}}, box),
            "M10 20L20 30M30 40h0M40 50L50.3 60");
  EXPECT_EQ(line_path({}, box), "");
  EXPECT_EQ(line_path({{hole, 1}}, box), "");
  EXPECT_EQ(line_path({{200, 200}}, box), "");
}

TEST(Path, ALineIsCutAtTheFrame) {
  EXPECT_EQ(line_path({{0, 30}, {120, 30}}, box), "M10 30L110 30");
  EXPECT_EQ(line_path({{50, 0}, {50, 40}, {50, 100}}, box), "M50 20L50 40L50 70");
  EXPECT_EQ(line_path({{0, 0}, {120, 0}}, box), "");
  EXPECT_EQ(line_path({{60, 45}, {200, 45}, {200, 50}, {60, 50}}, box), "M60 45L110 45M110 50L60 50");
}

TEST(Path, AnAreaIsCutAtTheFrame) {
  EXPECT_EQ(area_path({{0, 30}, {200, 30}, {200, 40}, {0, 40}}, box), "M10 30L110 30L110 40L10 40Z");
  EXPECT_EQ(area_path({{0, 0}, {5, 0}, {5, 5}}, box), "");
}

TEST(Path, ThinningKeepsOrderGapsAndExtremes) {
  Random random(5, "thin");
  Points points;
  for (int i = 0; i < 50000; ++i) points.push_back({static_cast<double>(i), random.normal()});
  points[17777].y = 40;
  points[31234].y = -40;
  points[20000] = {hole, hole};
  const Points few = thinned(points);
  EXPECT_LE(few.size(), 1000u);
  EXPECT_EQ(few.front().x, 0);
  EXPECT_EQ(few.back().x, 49999);
  int found = 0;
  double last = -1;
  for (const Point point : few) {
    found += point.y == 40 || point.y == -40 || std::isnan(point.y) ? 1 : 0;
    if (!std::isnan(point.x)) {
      EXPECT_GT(point.x, last);
      last = point.x;
    }
  }
  EXPECT_EQ(found, 3);
  EXPECT_EQ(thinned(Points(1000)).size(), 1000u);
}

TEST(Path, SparsePointsCoverTheSamePlace) {
  Random random(6, "sparse");
  Points points;
  for (int i = 0; i < 30000; ++i) points.push_back({300 * random.uniform(), 200 * random.uniform()});
  points.push_back({-900, 4});
  points.push_back({hole, 4});
  const Points few = sparse(points);
  EXPECT_LE(few.size(), 2000u);
  EXPECT_GE(few.size(), 800u);
  EXPECT_EQ(few.back().x, -900);
}

TEST(Text, IsEscapedAndMeasured) {
  EXPECT_EQ(escaped("a<b> & \"c\" 'd'"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
  EXPECT_EQ(escaped(std::string("\x01\xff", 2)), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(escaped("验证 ✓"), "验证 ✓");
  EXPECT_DOUBLE_EQ(text_width("验证", 12), 24);
  EXPECT_GT(text_width("WWW", 12), text_width("iii", 12) * 3);
  EXPECT_EQ(shortened("short", 12, 100), "short");
  for (const char* text : {"a rather long label of an axis", "一个很长的坐标轴标签，放不下"}) {
    const std::string fits = shortened(text, 12, 80);
    EXPECT_LE(text_width(fits, 12), 80);
    EXPECT_GT(text_width(fits, 12), 50);
    EXPECT_EQ(fits.substr(fits.size() - 3), "…");
  }
  EXPECT_EQ(pixels(-0.04), "0");
  EXPECT_EQ(pixels(-0.26), "-0.3");
  EXPECT_EQ(pixels(12.04), "12");
}

}  // namespace
}  // namespace fathom::chart
