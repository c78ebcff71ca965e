// A strict reader of XML elements, for what is said to be well-formed: it knows no more than tests need, and shares
// nothing with the code that writes.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace fathom {

struct XmlElement {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;  // of the element itself, unescaped
  std::vector<XmlElement> children;

  // Every element of a name in it, in the order of the file.
  void find(std::string_view wanted, std::vector<const XmlElement*>& found) const {
    if (name == wanted) found.push_back(this);
    for (const XmlElement& child : children) child.find(wanted, found);
  }
  std::vector<const XmlElement*> all(std::string_view wanted) const {
    std::vector<const XmlElement*> found;
    find(wanted, found);
    return found;
  }
  std::string attribute(const std::string& key) const {
    const auto it = attributes.find(key);
    return it == attributes.end() ? std::string() : it->second;
  }
  // Of it and of all that is in it.
  std::string all_text() const {
    std::string all = text;
    for (const XmlElement& child : children) all += " " + child.all_text();
    return all;
  }
};

class XmlReader {
 public:
  // The one element of a file, after an optional <!DOCTYPE>. Throws std::runtime_error with the place of a mistake.
  static XmlElement read(std::string_view text) {
    XmlReader reader(text);
    reader.skip_spaces();
    if (reader.rest().substr(0, 9) == "<!DOCTYPE") reader.at_ = text.find('>') + 1;
    reader.skip_spaces();
    XmlElement root = reader.element();
    reader.skip_spaces();
    if (reader.at_ != text.size()) reader.fail("something after the end");
    return root;
  }

 private:
  explicit XmlReader(std::string_view text) : text_(text) {}

  std::string_view rest() const { return text_.substr(at_); }
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(what + " at byte " + std::to_string(at_) + ": " + std::string(rest().substr(0, 60)));
  }
  char next() {
    if (at_ >= text_.size()) fail("the end is missing");
    return text_[at_];
  }
  void skip_spaces() {
    while (at_ < text_.size() && std::string_view(" \n\t").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  void take(std::string_view wanted) {
    if (rest().substr(0, wanted.size()) != wanted) fail("no " + std::string(wanted));
    at_ += wanted.size();
  }
  std::string name() {
    const std::size_t begin = at_;
    while (std::isalnum(static_cast<unsigned char>(next())) != 0 || text_[at_] == '-' || text_[at_] == ':') ++at_;
    if (at_ == begin) fail("no name");
    return std::string(text_.substr(begin, at_ - begin));
  }
  char entity() {
    static const std::map<std::string_view, char> known{
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
    for (const auto& [written, meant] : known)
      if (rest().substr(0, written.size()) == written) {
        at_ += written.size();
        return meant;
      }
    fail("a bare &");
  }
  std::string text_until(std::string_view ends) {
    std::string text;
    while (ends.find(next()) == std::string_view::npos) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '<') fail("a bare <");
      if (c < 0x20 && c != '\n' && c != '\t') fail("a control character");
      if (c == '&')
        text += entity();
      else
        text += text_[at_++];
    }
    return text;
  }
  XmlElement element() {
    XmlElement result;
    take("<");
    result.name = name();
    for (skip_spaces(); next() != '>' && text_[at_] != '/'; skip_spaces()) {
      const std::string key = name();
      take("=");
      const char quote = next();
      if (quote != '"' && quote != '\'') fail("no quote");
      ++at_;
      const std::string value = text_until(std::string(1, quote));
      ++at_;
      if (!result.attributes.emplace(key, value).second) fail("twice: " + key);
    }
    if (text_[at_] == '/') {
      take("/>");
      return result;
    }
    take(">");
    for (;;) {
      result.text += text_until("<");
      if (rest().substr(0, 2) == "</") break;
      result.children.push_back(element());
    }
    take("</");
    if (name() != result.name) fail("not the end of " + result.name);
    take(">");
    return result;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace fathom
