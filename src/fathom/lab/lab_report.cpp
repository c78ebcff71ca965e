#include "fathom/lab/lab_report.hpp"

#include <cmath>

#include "fathom/chart/scale.hpp"
#include "fathom/chart/terminal.hpp"
#include "fathom/lab/report_sections.hpp"

namespace fathom {

namespace {

constexpr std::size_t summary_lines = 10;
constexpr int trace_width = 12;

void add(chart::Page& page, const Exhibit& exhibit) {
  if (const auto* table = std::get_if<chart::PageTable>(&exhibit.what)) {
    page.table(*table);
    if (!exhibit.caption.empty()) page.note(exhibit.caption);
  } else if (const auto* chart = std::get_if<chart::Chart>(&exhibit.what)) {
    page.picture(chart::svg(*chart), exhibit.caption);
  } else {
    page.picture(chart::svg(std::get<chart::ContourChart>(exhibit.what)), exhibit.caption);
  }
}

// A field of CSV.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}
std::string field(double value) { return std::isnan(value) ? std::string() : fmt::format("{}", value); }

class Numbers {
 public:
  void row(const std::string& exhibit, const std::string& series, double x, double y, double low, double high) {
    text_ +=
        fmt::format("{},{},{},{},{},{},\n", field(exhibit), field(series), field(x), field(y), field(low), field(high));
  }
  void cell(const std::string& exhibit, const std::string& column, std::size_t number, const std::string& text) {
    text_ += fmt::format("{},{},{},,,,{}\n", field(exhibit), field(column), number, field(text));
  }
  void add(const std::string& name, const chart::Chart& chart) {
    for (const chart::Panel& panel : chart.panels)
      for (const chart::Series& series : panel.series) {
        const std::string title = series.name.empty() ? panel.y.label : panel.y.label + ": " + series.name;
        for (std::size_t i = 0; i < series.x.size(); ++i) {
          const auto at = [&](const std::vector<double>& values) {
            return i < values.size() ? values[i] : std::numeric_limits<double>::quiet_NaN();
          };
          row(name, title, series.x[i], at(series.y), at(series.low), at(series.high));
        }
      }
  }
  void add(const std::string& name, const chart::ContourChart& chart) {
    const chart::Grid& grid = chart.grid;
    const auto step = [](double low, double high, std::size_t count, std::size_t i) {
      return count < 2 ? low : low + (high - low) * static_cast<double>(i) / static_cast<double>(count - 1);
    };
    for (std::size_t r = 0; r < grid.rows; ++r)
      for (std::size_t c = 0; c < grid.columns; ++c)
        row(name, chart.value_label, step(grid.x_low, grid.x_high, grid.columns, c),
            step(grid.y_low, grid.y_high, grid.rows, r), grid.at(r, c), grid.at(r, c));
    for (const chart::Series& path : chart.paths)
      for (std::size_t i = 0; i < path.x.size(); ++i)
        row(name, path.name, path.x[i], path.y[i], std::numeric_limits<double>::quiet_NaN(),
            std::numeric_limits<double>::quiet_NaN());
  }
  void add(const std::string& name, const chart::PageTable& table) {
    for (std::size_t r = 0; r < table.rows.size(); ++r)
      for (std::size_t c = 0; c < table.rows[r].size(); ++c)
        cell(name, c < table.header.size() ? table.header[c] : std::string(), r + 1, table.rows[r][c]);
  }
  std::string text() && { return "exhibit,series,x,y,low,high,text\n" + std::move(text_); }

 private:
  std::string text_;
};

// What was run, in a sentence.
Message setting_of(const Laboratory& lab) {
  const DatasetSource& source = *lab.prepared().source;
  return message("Measured on {}: {} training and {} validation rows; {} seeds for each variant.",
                 lab.settings().name.empty() ? lab.prepared().path : lab.settings().name,
                 chart::count(source.rows(Part::train)), chart::count(source.rows(Part::valid)), lab.seeds().size());
}

// The keys that are not as they are built in.
std::string changed_settings(const Settings& settings) {
  std::string text;
  for (const Key& key : settings_keys())
    if (key.show(settings) != key.show(Settings{})) text += fmt::format("{} = {}\n", key.path, key.show(settings));
  return text;
}

Message cut_note() {
  return "The time limit ended the experiment before all of its trainings were done: what follows is of those that "
         "were. The same command with more time goes on from here.";
}

}  // namespace

std::string lab_page(const LabReport& report, const Laboratory& lab) {
  chart::Page page(lab.words().language, lab.say(report.title));
  page.paragraph(lab.say(report.question));
  page.note(lab.say(setting_of(lab)));
  if (lab.is_cut()) page.warning(lab.say(cut_note()));
  page.heading(lab.say("What was found"));
  for (const Finding& finding : report.findings) page.paragraph(lab.say(finding.sentence));
  for (const LabSection& section : report.sections) {
    page.heading(section.heading);
    for (const std::string& paragraph : section.paragraphs) page.paragraph(paragraph);
    for (const Exhibit& exhibit : section.exhibits) add(page, exhibit);
    if (!section.note.empty()) page.note(section.note);
  }
  page.heading(lab.say("What this means for your training"));
  for (const Message& sentence : report.advice) page.paragraph(lab.say(sentence));
  page.note(lab.say("Each interval is that of one comparison: of many that are compared, one may lead by chance."));
  page.begin_details(lab.say("What was set"));
  page.preformatted(changed_settings(lab.settings()));
  page.end_details();
  return page.html();
}

std::string lab_numbers(const LabReport& report) {
  Numbers numbers;
  for (const LabSection& section : report.sections)
    for (const Exhibit& exhibit : section.exhibits)
      std::visit([&](const auto& what) { numbers.add(exhibit.name, what); }, exhibit.what);
  return std::move(numbers).text();
}

Json lab_json(const LabReport& report, const Laboratory& lab) {
  Json json{{"schema", "fathom/1"}, {"event", "lab"}, {"experiment", lab.experiment()}, {"path", lab.path()}};
  json["complete"] = !lab.is_cut();
  json["findings"] = Json::object();
  for (const Finding& finding : report.findings) {
    Json& entry = json["findings"][finding.name];
    entry["text"] = lab.say(finding.sentence);
    for (const auto& [name, value] : finding.values) entry[name] = std::isfinite(value) ? Json(value) : Json();
  }
  json["advice"] = Json::array();
  for (const Message& sentence : report.advice) json["advice"].push_back(lab.say(sentence));
  return json;
}

std::vector<std::string> lab_summary(const LabReport& report, const Laboratory& lab, int width, bool unicode) {
  const auto wrapped = [&](std::string first, const std::string& text) {
    std::vector<std::string> lines;
    for (std::string& line : chart::wrapped(text, std::max(20, width - trace_width - 2))) {
      lines.push_back(first + line);
      first.assign(trace_width + 2, ' ');
    }
    return lines;
  };
  const auto append = [](std::vector<std::string>& lines, const std::vector<std::string>& more) {
    lines.insert(lines.end(), more.begin(), more.end());
  };
  const std::string blank(trace_width + 2, ' ');
  std::vector<std::string> lines, advice;
  for (const Message& sentence : report.advice)
    append(advice, wrapped(std::string(unicode ? "→" : ">") + std::string(trace_width + 1, ' '), lab.say(sentence)));
  if (lab.is_cut()) append(lines, wrapped(blank, lab.say(cut_note())));
  std::size_t left = report.findings.size();
  for (const Finding& finding : report.findings) {
    std::string trace =
        chart::sparkline(finding.trace, trace_width, unicode ? chart::Characters::unicode : chart::Characters::ascii);
    const auto drawn = static_cast<int>(std::min<std::size_t>(finding.trace.size(), trace_width));
    trace.append(static_cast<std::size_t>(trace_width + 2 - drawn), ' ');
    const std::vector<std::string> said = wrapped(trace, lab.say(finding.sentence));
    // Room for what it means, and for a line that tells of the rest.
    const bool fits = lines.size() + said.size() + advice.size() + (left > 1 ? 1 : 0) <= summary_lines;
    if (!fits && left < report.findings.size()) break;
    append(lines, said);
    --left;
  }
  if (left > 0) append(lines, wrapped(blank, lab.say(message("{} more findings are on the page.", left))));
  append(lines, advice);
  return lines;
}

}  // namespace fathom
