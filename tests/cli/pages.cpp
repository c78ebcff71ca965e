#include "pages.hpp"

#include <gtest/gtest.h>

namespace fathom {

XmlElement checked_page(const std::string& html) {
  const XmlElement root = XmlReader::read(html);
  EXPECT_EQ(root.name, "html");
  std::string rest = html;
  const std::string allowed = "xmlns=\"http://www.w3.org/2000/svg\"";
  for (std::size_t at = 0; (at = rest.find(allowed, at)) != std::string::npos;) rest.erase(at, allowed.size());
  const std::string data = " src=\"data:image/png;base64,";
  for (std::size_t at = 0; (at = rest.find(data, at)) != std::string::npos;)
    rest.erase(at, rest.find('"', at + data.size()) - at);
  for (const char* part :
       {"http:", "https:", "//", "url(", "@import", "<script", "<link", "<iframe", " src=", " href=", "nan"})
    EXPECT_EQ(rest.find(part), std::string::npos) << part << ": " << rest.substr(rest.find(part), 80);
  for (const XmlElement* svg : root.all("svg")) {
    EXPECT_FALSE(svg->children.empty() || svg->children[0].name != "title" || svg->children[0].text.empty());
    EXPECT_FALSE(svg->children.size() < 2 || svg->children[1].name != "desc" || svg->children[1].text.empty());
  }
  return root;
}

std::string visible_text(const XmlElement& element) {
  if (element.name == "style") return {};
  std::string all = element.text;
  for (const XmlElement& child : element.children) all += " " + visible_text(child);
  return all;
}

}  // namespace fathom
