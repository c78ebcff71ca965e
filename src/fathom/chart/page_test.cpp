#include "fathom/chart/page.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/chart/chart.hpp"
#include "fathom/chart/terminal.hpp"
#include "fathom/chart/text.hpp"
#include "support/xml.hpp"

namespace fathom::chart {
namespace {

TEST(Page, IsWellFormedAndEscapesWhatItIsGiven) {
  const std::string odd = "<script>alert('1') & \"2\"</script>";
  Page page("zh", odd);
  page.cards({{odd, odd, odd}});
  page.heading(odd);
  page.paragraph(odd);
  page.note(odd);
  page.warning(odd);
  page.table({.header = {odd, "n"}, .rows = {{odd, "1"}, {"b", "2"}}, .numbers = {false, true}});
  page.picture(svg(Chart{.title = odd, .panels = {{}}}), odd);
  page.heading("second");
  page.subheading(odd);
  page.begin_details(odd);
  page.preformatted(odd);
  page.end_details();
  page.thumbnails({{"f", odd, "b"}, {"fo", "c", "b"}, {"foo\xff", "c", "b"}, {"", "c", "b"}});
  page.pictures({svg(Chart{.title = odd}), svg(Chart{.title = odd})});
  const std::string html = page.html();
  EXPECT_EQ(html.find("<script"), std::string::npos);
  const XmlElement root = XmlReader::read(html);
  EXPECT_EQ(root.attribute("lang"), "zh");
  EXPECT_EQ(root.all("h1").at(0)->text, odd);
  EXPECT_EQ(root.all("section").size(), 2u);
  EXPECT_EQ(root.all("svg").size(), 3u);
  EXPECT_EQ(root.all("td").at(0)->text, odd);
  EXPECT_EQ(root.all("td").at(1)->attribute("class"), "n");
  const auto images = root.all("img");
  ASSERT_EQ(images.size(), 4u);
  const char* written[] = {"Zg==", "Zm8=", "Zm9v/w==", ""};  // the first two and the head of the third: RFC 4648
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(images[i]->attribute("src"), std::string("data:image/png;base64,") + written[i]);
  EXPECT_EQ(images[0]->attribute("alt"), odd);
  EXPECT_EQ(root.all("meta").at(0)->attribute("charset"), "utf-8");
}

TEST(Terminal, SparklinesRiseWithTheValues) {
  EXPECT_EQ(sparkline(std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7}, 20), "▁▂▃▄▅▆▇█");
  EXPECT_EQ(sparkline(std::vector<double>{7, NAN, 0}, 20), "█ ▁");
  EXPECT_EQ(sparkline(std::vector<double>{7, NAN, 0}, 20, Characters::ascii), "@ _");
  EXPECT_EQ(sparkline(std::vector<double>{1, 3, 5, 7}, 2), "▁█");
  EXPECT_EQ(sparkline(std::vector<double>{2, 2}, 9), "▅▅");
  EXPECT_EQ(sparkline(std::vector<double>{}, 9), "");
  EXPECT_EQ(sparkline(std::vector<double>{1, 2}, 0), "");
}

TEST(Terminal, ChartsFit) {
  Series falling;
  for (int i = 0; i < 100; ++i) {
    falling.x.push_back(i);
    falling.y.push_back(std::exp(-i / 20.0));
  }
  const auto lines = terminal_chart({falling}, {.label = "epoch"}, {}, 40, 6);
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_EQ(lines[0].substr(lines[0].find('1'), 1), "1");
  EXPECT_NE(lines[0].find("⡀"), std::string::npos) << lines[0];
  EXPECT_NE(lines[6].find("99"), std::string::npos);
  Series other = falling;
  other.name = "flat";
  other.y.assign(100, 0.5);
  const auto two = terminal_chart({falling, other}, {}, {}, 40, 6, Characters::ascii);
  ASSERT_EQ(two.size(), 9u);
  for (const std::string& line : two) {
    EXPECT_LE(line.size(), 40u);
    for (const char c : line) EXPECT_GT(c, 0);
  }
  EXPECT_NE(two[3].find("bbb"), std::string::npos) << two[3];
  EXPECT_EQ(two[8].substr(two[8].size() - 7), "b  flat");
  EXPECT_TRUE(terminal_chart({Series{.x = {1}, .y = {NAN}}}, {}, {}, 40, 6).empty());
}

}  // namespace
}  // namespace fathom::chart
