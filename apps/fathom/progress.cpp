#include "progress.hpp"

#include <algorithm>
#include <cmath>

#include "fathom/train/json_lines.hpp"

namespace fathom::app {

namespace {

constexpr double redraw_seconds = 0.1, heartbeat_seconds = 30;

}  // namespace

std::string metric_text(double value) {
  if (!std::isfinite(value)) return "-";
  const double size = std::abs(value);
  if (size >= 1e15 || (size < 1e-3 && size != 0)) return fmt::format("{:.4g}", value);
  if (size >= 10000) return grouped(std::lround(value));
  if (size >= 100) return fmt::format("{:.1f}", value);
  return size >= 10 ? fmt::format("{:.2f}", value) : fmt::format("{:.4f}", value);
}

std::string metric_title(const Interface& interface, const std::string& name) {
  std::string title = interface.say(Message(name.substr(name.find('/') == std::string::npos ? 0 : name.find('/') + 1)));
  std::replace(title.begin(), title.end(), '_', ' ');
  if (title == "auc" || title == "rmse" || title == "mae" || title == "r2" || title == "f1")
    std::transform(title.begin(), title.end(), title.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return title;
}

std::string metric_with_interval(const Interface& interface, const ResultMetric& metric) {
  const std::string text = fmt::format("{} {}", metric_title(interface, metric.name), metric_text(metric.value));
  return std::isfinite(metric.low) && std::isfinite(metric.high)
             ? fmt::format("{} (95% {}-{})", text, metric_text(metric.low), metric_text(metric.high))
             : text;
}

Progress::Progress(const Interface& interface, Index epochs, RunFolder* folder)
    : interface_(interface), epochs_(epochs), folder_(folder) {}

void Progress::clear() {
  if (drawn_) fmt::print(stderr, "\r{}", interface_.color_err ? "\x1b[K" : padded("", terminal_width(80) - 1) + "\r");
  drawn_ = false;
}

void Progress::line(const std::string& text) {
  clear();
  interface_.tell(text);
  if (folder_ != nullptr) folder_->log(text);
}

void Progress::event(const std::string& json) {
  if (!interface_.json) return;
  fmt::print("{}\n", json);
  std::fflush(stdout);
}

std::string Progress::sparkline() const {
  if (recent_.size() < 2) return {};
  static constexpr std::string_view blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr std::string_view plain[] = {"_", ".", "-", "=", "+", "*", "#", "@"};
  const auto [low, high] = std::minmax_element(recent_.begin(), recent_.end());
  std::string text;
  for (double value : recent_) {
    const int level = *high > *low ? static_cast<int>((value - *low) / (*high - *low) * 7.999) : 3;
    text += interface_.unicode ? blocks[level] : plain[level];
  }
  return text;
}

void Progress::step(const StepReport& report, Index batch) {
  if (current_epoch_ != report.epoch) {  // the clock starts at the end of the first step, which is not counted
    current_epoch_ = report.epoch;
    steps_in_epoch_ = 0;
    epoch_time_ = Stopwatch();
  } else {
    ++steps_in_epoch_;
  }
  smooth_loss_ = report.step == 1 ? report.loss : 0.98 * smooth_loss_ + 0.02 * report.loss;
  if (interface_.json || interface_.quiet || steps_in_epoch_ == 0) return;
  const bool terminal = interface_.err_is_terminal;
  if (terminal ? since_draw_.seconds() < redraw_seconds : since_heartbeat_.seconds() < heartbeat_seconds) return;
  since_draw_ = Stopwatch();
  since_heartbeat_ = Stopwatch();
  const double share = static_cast<double>(report.batch) / static_cast<double>(report.batches),
               elapsed = epoch_time_.seconds();
  const double rate = static_cast<double>(steps_in_epoch_ * batch) / std::max(elapsed, 1e-9),
               eta =
                   elapsed / static_cast<double>(steps_in_epoch_) * static_cast<double>(report.batches - report.batch);
  const std::string_view loss_word = interface_.say("loss", "损失"), rate_word = interface_.say("rows/s", "行/秒");
  const std::string wait =
      report.data_wait < 0.01
          ? ""
          : fmt::format("  {} {:.0f}%", interface_.say("waits for data", "等待数据"), 100 * report.data_wait);
  if (!terminal) {
    interface_.tell(fmt::format("  {}/{}  {:.0f}%  {} {}  {:.1f}k {}{}", report.epoch, epochs_, 100 * share, loss_word,
                                metric_text(smooth_loss_), rate / 1e3, rate_word, wait));
    return;
  }
  recent_.push_back(smooth_loss_);
  if (recent_.size() > 8) recent_.erase(recent_.begin());
  const std::string left = fmt::format("{:>5}/{} ", report.epoch, epochs_);
  const std::string right = fmt::format(" {:3.0f}%  {}/{}  {} {}  {:.1f}k {}{}  {} {}  {}", 100 * share, report.batch,
                                        report.batches, loss_word, metric_text(smooth_loss_), rate / 1e3, rate_word,
                                        wait, interface_.say("eta", "剩余"), short_time(eta), sparkline());
  const int room = terminal_width(80) - 1, bar = std::clamp(room - width_of(left) - width_of(right), 6, 22),
            full = static_cast<int>(share * bar);
  std::string text = left;
  for (int i = 0; i < bar; ++i)
    text += interface_.unicode ? (i < full ? "━" : i == full ? "╸" : "─") : (i < full ? "=" : i == full ? ">" : "-");
  text += right;
  fmt::print(stderr, "\r{}", interface_.color_err ? cut(text, room) + "\x1b[K" : padded(cut(text, room), room));
  std::fflush(stderr);
  drawn_ = true;
}

namespace {

struct Column {
  std::string title, value;
  int width;
  bool matters_least = false;
};

// Drops the one that matters least, then columns from the right, until the row fits.
std::string row_of(std::vector<Column> columns, int room, bool titles) {
  const auto total = [&] {
    int width = 8;  // room for the word "best"
    for (const Column& column : columns) width += column.width;
    return width;
  };
  if (total() > room) std::erase_if(columns, [](const Column& column) { return column.matters_least; });
  while (columns.size() > 2 && total() > room) columns.pop_back();
  std::string text;
  for (const Column& column : columns) text += padded_left(titles ? column.title : column.value, column.width);
  return text;
}

}  // namespace

void Progress::epoch(const EpochReport& report, const std::vector<ResultMetric>& valid) {
  event(epoch_json(report, valid));
  const auto say = [&](std::string_view english, std::string_view chinese) {
    return std::string(interface_.say(english, chinese));
  };
  const std::string metric_name = valid.empty() ? "" : metric_title(interface_, valid.front().name);
  const std::vector<Column> columns{
      {say("epoch", "轮次"), fmt::format("{}", report.epoch), 6},
      {say("train loss", "训练损失"), metric_text(report.train_loss), 13},
      {say("valid loss", "验证损失"), metric_text(report.valid->loss), 13},
      {say("valid ", "验证 ") + metric_name, valid.empty() ? "" : metric_text(valid.front().value), 16},
      {say("lr", "学习率"), fmt::format("{:.1e}", report.learning_rate), 10},
      {say("|grad|", "|梯度|"), fmt::format("{:.3g}", report.gradient_norm), 9, true},
      {say("rows/s", "行/秒"), grouped(std::lround(report.rows_per_second)), 11},
      {say("time", "用时"), short_time(report.seconds), 9}};
  const int room = interface_.err_is_terminal ? terminal_width(80) : 120;
  if (!headed_) line(row_of(columns, room, true));
  headed_ = true;
  line(row_of(columns, room, false) +
       (report.best ? "  " + interface_.paint(Color::green, say("best", "最佳"), true) : ""));
}

void MovingLine::show(const std::string& text) {
  if (interface_.quiet || interface_.json) return;
  const bool terminal = interface_.err_is_terminal;
  if (told_ && since_.seconds() < (terminal ? redraw_seconds : heartbeat_seconds)) return;
  since_ = Stopwatch();
  told_ = true;
  if (!terminal) {
    interface_.tell("  " + text);
    return;
  }
  const int room = terminal_width(80) - 1;
  fmt::print(stderr, "\r{}", interface_.color_err ? cut(text, room) + "\x1b[K" : padded(cut(text, room), room));
  std::fflush(stderr);
  drawn_ = true;
}

void MovingLine::clear() {
  if (!drawn_) return;
  const int room = terminal_width(80) - 1;
  fmt::print(stderr, "\r{}\r", interface_.color_err ? "\x1b[K" : padded("", room));
  drawn_ = false;
}

}  // namespace fathom::app
