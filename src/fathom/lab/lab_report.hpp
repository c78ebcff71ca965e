// What an experiment has found: sections with pictures, findings that were computed, and what they mean for the
// training. One value becomes the page, the table of every number, JSON and the summary of the terminal.
//
// 1. Every number that is drawn or said is in the table (numbers.csv) or among the findings.
// 2. A finding has a name that does not change with the language, and the values that its sentence was made from.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "fathom/chart/chart.hpp"
#include "fathom/chart/contour.hpp"
#include "fathom/chart/page.hpp"
#include "fathom/lab/laboratory.hpp"

namespace fathom {

// A picture or a table of a section. `name`: in numbers.csv: "update_time".
struct Exhibit {
  std::string name;
  std::variant<chart::Chart, chart::ContourChart, chart::PageTable> what;
  std::string caption = {};
};

struct LabSection {
  std::string heading;
  std::vector<std::string> paragraphs = {};
  std::vector<Exhibit> exhibits = {};
  std::string note = {};  // small: how it was measured
};

struct Finding {
  std::string name;  // "flat_until"
  Message sentence;
  std::vector<std::pair<std::string, double>> values = {};  // {"batch", 64}, {"low", 32}
  std::vector<double> trace = {};  // drawn small beside the sentence in the terminal; empty: nothing
};

struct LabReport {
  Message title;     // "Batch size"
  Message question;  // what the experiment asks, in a sentence
  std::vector<LabSection> sections = {};
  std::vector<Finding> findings = {};  // the most important first; at most nine
  std::vector<Message> advice = {};    // what this means for the training, with the key to change
};

// The page, in the laboratory's language.
std::string lab_page(const LabReport& report, const Laboratory& lab);
// Everything that is drawn: exhibit,series,x,y,low,high (contours: value in place of low), and tables cell by cell.
std::string lab_numbers(const LabReport& report);
Json lab_json(const LabReport& report, const Laboratory& lab);
// Ten lines of at most `width` columns, more only where the advice and the first finding need them.
std::vector<std::string> lab_summary(const LabReport& report, const Laboratory& lab, int width, bool unicode);

}  // namespace fathom
