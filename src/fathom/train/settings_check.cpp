// What keys taken alone cannot show.
#include <cmath>

#include "fathom/train/settings.hpp"

namespace fathom {

void check_settings(const Settings& settings) {
  if (settings.split.train <= 0)
    throw Error(Code::config, fmt::format("split.train is {}: there must be rows to train on", settings.split.train));
  const double total = settings.split.train + settings.split.valid + settings.split.test;
  if (std::abs(total - 1) > 1e-6)
    throw Error(Code::config, fmt::format("split.train + split.valid + split.test must be 1, not {:.4g}", total), {},
                "for example 0.8, 0.1 and 0.1");
  const std::string& by = settings.split.by;
  if ((by == "group" || by == "time" || by == "hash" || by == "column") && settings.split.key.empty())
    throw Error(Code::config, fmt::format("split.by is \"{}\", but split.key is empty", by), {},
                "set split.key to the column that decides");
  const std::string &task = settings.output.task, &loss = settings.output.loss;
  if (task == "regression" ? loss == "cross_entropy" : task != "auto" && loss == "huber")
    throw Error(Code::config, fmt::format("output.loss \"{}\" does not fit output.task \"{}\"", loss, task), {},
                "leave output.loss at \"auto\"");
  const std::string& warmup = settings.schedule.warmup;
  const auto number =
      parse_number(!warmup.empty() && warmup.back() == '%' ? warmup.substr(0, warmup.size() - 1) : warmup);
  if (!number || *number < 0 || (warmup.back() == '%' && *number > 100))
    throw Error(
        Code::config,
        fmt::format("trainer.schedule.warmup must be a number of steps or a share such as \"3%\", got \"{}\"", warmup));
}

}  // namespace fathom
