#include "fathom/chart/page.hpp"

#include <fmt/format.h>

#include "fathom/chart/palette.hpp"
#include "fathom/chart/text.hpp"

namespace fathom::chart {

namespace {

constexpr std::string_view page_style = R"(
:root{color-scheme:light dark}
body{margin:0 auto;padding:28px 20px 60px;max-width:720px;color:#16191d;background:#fff;font:15px/1.6 system-ui,"Segoe UI","Helvetica Neue","Noto Sans","PingFang SC","Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Micro Hei",sans-serif}
h1{font-size:26px;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:19px;line-height:1.3;margin:0 0 10px;padding-top:22px;border-top:1px solid #e4e7eb}
h3{font-size:15px;margin:20px 0 6px}
section{margin-top:30px}
p{margin:0 0 10px;overflow-wrap:anywhere}
.note{color:#5b6068;font-size:13px}
.warning{border-left:4px solid #d55e00;padding:6px 12px;background:#fdf1e8}
.cards{display:flex;flex-wrap:wrap;gap:10px;margin:18px 0}
.card{flex:1 1 130px;border:1px solid #e4e7eb;border-radius:8px;padding:10px 14px}
.card b{display:block;font-size:22px;line-height:1.3;font-variant-numeric:tabular-nums}
.card span{color:#5b6068;font-size:13px;display:block}
.wide{overflow-x:auto;margin:10px 0 14px}
table{border-collapse:collapse;font-size:13.5px;line-height:1.4}
th,td{text-align:left;padding:5px 18px 5px 0;border-bottom:1px solid #e4e7eb;vertical-align:top}
th{color:#5b6068;font-weight:500;white-space:nowrap}
th.n,td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
figure{margin:14px 0 18px}
figcaption{color:#5b6068;font-size:13px;margin-top:4px}
.chart{max-width:100%;height:auto;display:block}
.thumbs{display:flex;flex-wrap:wrap;gap:14px;margin:14px 0}
.thumbs figure{margin:0;width:96px}
.thumbs img{height:64px;max-width:96px;image-rendering:pixelated;border-radius:4px;display:block}
.thumbs figcaption{font-size:12.5px;line-height:1.35;overflow-wrap:anywhere}
.row{display:flex;flex-wrap:wrap;gap:20px;margin:14px 0 18px}
summary{cursor:pointer;color:#0072b2;margin:8px 0}
pre{font:12.5px/1.5 ui-monospace,"DejaVu Sans Mono",Consolas,monospace;background:#f6f7f9;padding:12px;border-radius:6px;overflow-x:auto;margin:8px 0 14px}
@media (prefers-color-scheme:dark){
body{color:#eceef0;background:#15181c}
h2,th,td,.card{border-color:#2e343b}
.note,.card span,th,figcaption{color:#a9b0b8}
.warning{background:#33231a;border-color:#f2894a}
summary{color:#4da6dd}
pre{background:#1e2228}
}
@media print{body{max-width:none;padding:0}section,figure{break-inside:avoid}}
)";

// RFC 4648, section 4.
std::string base64(std::string_view bytes) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    unsigned group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i) text += at + i <= bytes.size() ? digits[group >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

}  // namespace

Page::Page(std::string language, std::string title) : language_(std::move(language)), title_(std::move(title)) {}

void Page::heading(std::string_view text) {
  if (in_section_) body_ += "</section>\n";
  body_ += fmt::format("<section>\n<h2>{}</h2>\n", escaped(text));
  in_section_ = true;
}
void Page::subheading(std::string_view text) { body_ += fmt::format("<h3>{}</h3>\n", escaped(text)); }
void Page::paragraph(std::string_view text) { body_ += fmt::format("<p>{}</p>\n", escaped(text)); }
void Page::note(std::string_view text) { body_ += fmt::format("<p class=\"note\">{}</p>\n", escaped(text)); }
void Page::warning(std::string_view text) { body_ += fmt::format("<p class=\"warning\">{}</p>\n", escaped(text)); }

void Page::cards(const std::vector<Card>& cards) {
  body_ += "<div class=\"cards\">\n";
  for (const Card& card : cards)
    body_ += fmt::format("<div class=\"card\"><span>{}</span><b>{}</b><span>{}</span></div>\n", escaped(card.label),
                         escaped(card.value), escaped(card.note));
  body_ += "</div>\n";
}

void Page::table(const PageTable& table) {
  const auto line = [&](const std::vector<std::string>& cells, const char* tag) {
    std::string text = "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i)
      text += fmt::format("<{}{}>{}</{}>", tag, i < table.numbers.size() && table.numbers[i] ? " class=\"n\"" : "",
                          escaped(cells[i]), tag);
    return text + "</tr>\n";
  };
  body_ += "<div class=\"wide\"><table>\n";
  if (!table.header.empty()) body_ += "<thead>" + line(table.header, "th") + "</thead>\n";
  body_ += "<tbody>\n";
  for (const auto& row : table.rows) body_ += line(row, "td");
  body_ += "</tbody></table></div>\n";
}

void Page::picture(std::string_view svg, std::string_view caption) {
  body_ += fmt::format("<figure>\n{}", svg);
  if (!caption.empty()) body_ += fmt::format("<figcaption>{}</figcaption>", escaped(caption));
  body_ += "</figure>\n";
}

void Page::pictures(const std::vector<std::string>& svgs) {
  body_ += "<div class=\"row\">\n";
  for (const std::string& svg : svgs) body_ += svg;
  body_ += "</div>\n";
}

void Page::thumbnails(const std::vector<Thumbnail>& pictures) {
  body_ += "<div class=\"thumbs\">\n";
  for (const Thumbnail& picture : pictures)
    body_ += fmt::format(
        "<figure><img alt=\"{0}\" src=\"data:image/png;base64,{1}\"/><figcaption>{0}<br/>{2}</figcaption></figure>\n",
        escaped(picture.caption), base64(picture.png), escaped(picture.below));
  body_ += "</div>\n";
}

void Page::begin_details(std::string_view summary) {
  body_ += fmt::format("<details>\n<summary>{}</summary>\n", escaped(summary));
}
void Page::end_details() { body_ += "</details>\n"; }
void Page::preformatted(std::string_view text) { body_ += fmt::format("<pre>{}</pre>\n", escaped(text)); }

std::string Page::html() const {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{}</title>\n"
      "<style>{}{}</style>\n</head>\n<body>\n<h1>{}</h1>\n{}{}</body>\n</html>\n",
      escaped(language_), escaped(title_), page_style, chart_style(), escaped(title_), body_,
      in_section_ ? "</section>\n" : "");
}

}  // namespace fathom::chart
