// A page of headings, sentences, tables and pictures as one HTML file: nothing is loaded, nothing needs a script.
//
// 1. Every text is escaped; pictures are put in as they are.
// 2. It is well-formed XML as well.
// 3. It reads on a phone, in the dark, in print and without colours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fathom::chart {

struct PageTable {
  std::vector<std::string> header = {};
  std::vector<std::vector<std::string>> rows = {};
  std::vector<bool> numbers = {};  // of a column: set to the right, in digits of one width
};

// One of the figures that a page begins with.
struct Card {
  std::string label = {}, value = {}, note = {};
};

// A small picture in the page itself.
struct Thumbnail {
  std::string png = {};  // the bytes of the file
  std::string caption = {}, below = {};
};

class Page {
 public:
  // `language`: "en", "zh".
  Page(std::string language, std::string title);

  void heading(std::string_view text);  // of a section, which lasts until the next
  void subheading(std::string_view text);
  void paragraph(std::string_view text);
  void note(std::string_view text);  // small and pale: how something was computed
  void warning(std::string_view text);
  void cards(const std::vector<Card>& cards);
  void table(const PageTable& table);
  void picture(std::string_view svg, std::string_view caption = {});
  // Side by side where there is room.
  void pictures(const std::vector<std::string>& svgs);
  void thumbnails(const std::vector<Thumbnail>& pictures);
  // What is shown when it is asked for, until end_details().
  void begin_details(std::string_view summary);
  void end_details();
  void preformatted(std::string_view text);

  std::string html() const;

 private:
  std::string language_, title_, body_;
  bool in_section_ = false;
};

}  // namespace fathom::chart
