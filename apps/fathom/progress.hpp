// What a training looks like: a table that stays, and one line at the bottom that moves.
//
// 1. On a terminal the last line is redrawn at most ten times a second and cut to the window; the table stays above it.
// 2. Elsewhere there is the table, and a line every 30 seconds; no control codes.
// 3. With --json there is one JSON object a line on stdout instead.
#pragma once

#include <optional>
#include <vector>

#include "fathom/base/clock.hpp"
#include "fathom/train/session.hpp"
#include "interface.hpp"

namespace fathom::app {

class Progress {
 public:
  Progress(const Interface& interface, Index epochs, RunFolder* folder);

  // A line of the report: to stderr, and to the folder's log.
  void line(const std::string& text);
  // One event as JSON, if --json.
  void event(const std::string& json);
  void step(const StepReport& report, Index batch);
  void epoch(const EpochReport& report, const std::vector<ResultMetric>& valid);
  // Removes the moving line.
  void clear();

 private:
  std::string sparkline() const;

  const Interface& interface_;
  Index epochs_;
  RunFolder* folder_;
  Stopwatch since_draw_, epoch_time_, since_heartbeat_;
  bool drawn_ = false, headed_ = false;
  std::vector<double> recent_;  // losses, for the sparkline
  double smooth_loss_ = 0;
  Index steps_in_epoch_ = 0, current_epoch_ = 0;
};

// One line at the bottom that moves on a terminal, and one every 30 seconds elsewhere; nothing with --quiet and --json.
class MovingLine {
 public:
  explicit MovingLine(const Interface& interface) : interface_(interface) {}
  ~MovingLine() { clear(); }
  MovingLine(const MovingLine&) = delete;
  MovingLine& operator=(const MovingLine&) = delete;

  void show(const std::string& text);
  void clear();

 private:
  const Interface& interface_;
  Stopwatch since_;
  bool told_ = false, drawn_ = false;
};

// "0.5120", "388.1", "52,310", "3.2e-05", "1e+38"
std::string metric_text(double value);
// "MAE 271 (95% 259-284)"
std::string metric_with_interval(const Interface& interface, const ResultMetric& metric);
// "valid/log_loss" -> "log loss"
std::string metric_title(const Interface& interface, const std::string& name);

}  // namespace fathom::app
