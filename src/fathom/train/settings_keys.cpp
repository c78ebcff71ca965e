// The table of configuration keys.
#include "fathom/nn/activations.hpp"
#include "fathom/optim/optimizers.hpp"
#include "fathom/optim/schedules.hpp"
#include "fathom/train/settings.hpp"

namespace fathom {

namespace {

std::string shown(const std::string& value) { return toml_string(value); }
std::string shown(bool value) { return value ? "true" : "false"; }
std::string shown(Index value) { return fmt::format("{}", value); }
std::string shown(double value) { return toml_number(value); }
std::string shown(const std::vector<Index>& values) { return fmt::format("[{}]", fmt::join(values, ", ")); }
std::string shown(const std::vector<std::string>& values) {
  std::vector<std::string> parts;
  for (const auto& value : values) parts.push_back(toml_string(value));
  return fmt::format("[{}]", fmt::join(parts, ", "));
}

// A key for one member of Settings, reached by `at`.
template <class At>
Key key(std::string path, KeyType type, At at, std::string help, std::string help_zh) {
  using Member = std::remove_cvref_t<decltype(at(std::declval<Settings&>()))>;
  Key result;
  result.path = std::move(path);
  result.type = type;
  result.help = std::move(help);
  result.help_zh = std::move(help_zh);
  result.set = [at](Settings& settings, const KeyValue& value) {
    Member& member = at(settings);
    if constexpr (std::is_same_v<Member, std::string>)
      member = std::get<std::string>(value);
    else if constexpr (std::is_same_v<Member, bool>)
      member = std::get<bool>(value);
    else if constexpr (std::is_same_v<Member, double>)
      member = std::get<double>(value);
    else if constexpr (std::is_integral_v<Member>)
      member = static_cast<Member>(std::get<std::int64_t>(value));
    else if constexpr (std::is_same_v<Member, std::vector<Index>>)
      member.assign(std::get<std::vector<std::int64_t>>(value).begin(),
                    std::get<std::vector<std::int64_t>>(value).end());
    else
      member = std::get<std::vector<std::string>>(value);
  };
  result.show = [at](const Settings& settings) {
    const Member& member = at(const_cast<Settings&>(settings));
    if constexpr (std::is_same_v<Member, std::uint64_t>)
      return fmt::format("{}", member);
    else
      return shown(member);
  };
  return result;
}

Key at_least(Key key, double low) {
  key.low = low;
  return key;
}
Key above(Key key, double low) {
  key.low = low;
  key.above_low = true;
  return key;
}
Key between(Key key, double low, double high) {
  key.low = low;
  key.high = high;
  return key;
}
Key one_of(Key key, std::vector<std::string> choices) {
  key.choices = std::move(choices);
  return key;
}
Key or_whole(Key key) {
  key.or_whole = true;
  return key;
}
// The word "auto" stands for `internal`, which no user writes.
Key or_auto(Key key, double internal) {
  key.automatic = "auto";
  const auto set = key.set;
  const auto show = key.show;
  const KeyType type = key.type;
  key.set = [set, internal, type](Settings& settings, const KeyValue& value) {
    if (!std::holds_alternative<std::string>(value))
      set(settings, value);
    else if (type == KeyType::whole)
      set(settings, static_cast<std::int64_t>(internal));
    else
      set(settings, internal);
  };
  const std::string marker = type == KeyType::whole ? fmt::format("{}", internal) : shown(internal);
  key.show = [show, marker](const Settings& settings) {
    const std::string text = show(settings);
    return text == marker ? std::string("\"auto\"") : text;
  };
  return key;
}
// Seconds, written as "10m"; 0 is "none".
Key in_seconds(Key key) {
  const auto set = key.set;
  key.set = [set](Settings& settings, const KeyValue& value) { set(settings, std::get<double>(value)); };
  const auto show = key.show;
  key.show = [show](const Settings& settings) { return toml_string(show_duration(std::stod(show(settings)))); };
  return key;
}

// A list, or the word "auto", which is to hold none.
Key list_or_auto(std::string path, std::optional<std::vector<Index>>& (*at)(Settings&), std::string help,
                 std::string help_zh) {
  Key result;
  result.path = std::move(path);
  result.type = KeyType::wholes;
  result.help = std::move(help);
  result.help_zh = std::move(help_zh);
  result.automatic = "auto";
  result.set = [at](Settings& settings, const KeyValue& value) {
    const auto* list = std::get_if<std::vector<std::int64_t>>(&value);
    if (list == nullptr)
      at(settings).reset();
    else
      at(settings).emplace(list->begin(), list->end());
  };
  result.show = [at](const Settings& settings) {
    const auto& list = at(const_cast<Settings&>(settings));
    return list ? shown(*list) : std::string("\"auto\"");
  };
  return result;
}

#define MEMBER(path) \
  [](Settings & s) -> auto& { return s.path; }

std::vector<Key> make_keys() {
  using enum KeyType;
  const std::vector<std::string> inits{"glorot_uniform", "glorot_normal", "he_uniform", "he_normal",
                                       "lecun_uniform",  "lecun_normal",  "zeros",      "constant"};
  return {
      key("name", text, MEMBER(name), "a name for the run; runs are numbered anyway", "运行的名字；运行总会编号"),
      at_least(key("seed", whole, MEMBER(seed), "of every random choice: the same seed gives the same bits",
                   "所有随机选择的种子：种子相同，结果逐位相同"),
               0),
      key("data.path", text, MEMBER(data.path),
          "CSV, TSV, libsvm, idx or CIFAR-10 images (plain or .gz), or a folder of images",
          "数据：CSV、TSV、libsvm、idx 或 CIFAR-10 图像文件（可为 .gz），或图像文件夹"),
      key("data.labels", text, MEMBER(data.labels), "idx labels, beside idx images", "idx 标签文件（与 idx 图像配套）"),
      key("data.test_path", text, MEMBER(data.test_path), "a file of its own for the test part", "单独的测试文件"),
      key("data.test_labels", text, MEMBER(data.test_labels), "idx labels of the test part", "测试部分的 idx 标签"),
      one_of(key("data.encoding", text, MEMBER(data.encoding), "of the text", "文本编码"),
             {"auto", "utf-8", "gb18030", "latin-1"}),
      one_of(key("data.delimiter", text, MEMBER(data.delimiter), "between fields", "字段分隔符"),
             {"auto", ",", ";", "|", "tab"}),
      one_of(
          key("data.header", text, MEMBER(data.header), "whether the first line names the columns", "首行是否为列名"),
          {"auto", "yes", "no"}),
      key("data.missing", texts, MEMBER(data.missing), "what counts as missing", "哪些写法算缺失"),
      key("data.trim_labels", text, MEMBER(data.trim_labels), "characters dropped from both ends of class labels",
          "从类别标签两端去掉的字符"),
      or_whole(between(key("data.size", wholes, MEMBER(data.size),
                           "rows and columns that images are brought to, or one number for both; []: as they are",
                           "图像缩放到的行数和列数，也可只写一个数；[] 为保持原样"),
                       1, 4096)),
      one_of(key("data.images", text, MEMBER(data.images),
                 "image files: decoded once into memory, or for each batch (stream); auto: memory if they take up to "
                 "half of it",
                 "图像文件：一次解码到内存（memory），或逐批解码（stream）；auto：不超过可用内存的一半时为 memory"),
             {"auto", "memory", "stream"}),
      key("augment.flip", flag, MEMBER(augment.flip), "mirror half of the training images, left for right",
          "训练图像一半左右翻转"),
      between(
          key("augment.shift", whole, MEMBER(augment.shift),
              "pixels that training images are moved by, at most, in each direction", "训练图像各方向平移的最大像素数"),
          0, 4096),
      between(key("augment.rotate", number, MEMBER(augment.rotate),
                  "degrees that training images are turned by, at most", "训练图像旋转的最大角度（度）"),
              0, 180),
      between(key("augment.brightness", number, MEMBER(augment.brightness),
                  "share of full brightness that is added to training images or taken from them, at most",
                  "训练图像亮度变化的最大比例"),
              0, 1),
      between(key("augment.contrast", number, MEMBER(augment.contrast),
                  "share by which the contrast of training images grows or shrinks, at most",
                  "训练图像对比度变化的最大比例"),
              0, 1),
      between(key("augment.cutout", whole, MEMBER(augment.cutout),
                  "side, in pixels, of a square of training images that is blanked out; 0: none",
                  "训练图像中抹去的正方形的边长（像素）；0 为不用"),
              0, 4096),
      between(key("augment.mixup", number, MEMBER(augment.mixup),
                  "parameter of the beta distribution by which training images are mixed in pairs; 0: not mixed",
                  "训练图像两两混合所用 beta 分布的参数；0 为不混合"),
              0, 1),
      one_of(key("split.by", text, MEMBER(split.by), "how rows are dealt to the parts", "数据划分方式"),
             {"auto", "random", "stratified", "group", "time", "hash", "column"}),
      key("split.key", text, MEMBER(split.key), "the column that decides, for group, time, hash and column",
          "决定划分的列"),
      between(key("split.train", number, MEMBER(split.train), "share of the training part", "训练部分的比例"), 0, 1),
      between(key("split.valid", number, MEMBER(split.valid), "share of the validation part", "验证部分的比例"), 0, 1),
      between(key("split.test", number, MEMBER(split.test), "share of the test part", "测试部分的比例"), 0, 1),
      above(between(key("split.use", number, MEMBER(split.use),
                        "share of the training part that is trained on; a smaller share is a part of a larger one",
                        "训练部分中实际用于训练的比例；较小的比例包含于较大的之中"),
                    0, 1),
            0),
      or_auto(at_least(key("split.seed", whole, MEMBER(split.seed), "by which rows are dealt; auto: the seed of all",
                           "划分所用的种子；auto 为总种子"),
                       0),
              -1),
      key("output.name", text, MEMBER(output.name), "the column to predict", "要预测的列"),
      one_of(key("output.task", text, MEMBER(output.task), "what is predicted", "任务类型"),
             {"auto", "regression", "binary", "multiclass"}),
      one_of(key("output.loss", text, MEMBER(output.loss), "what training minimises", "损失函数"),
             {"auto", "mse", "mae", "huber", "cross_entropy"}),
      between(key("output.label_smoothing", number, MEMBER(output.label_smoothing),
                  "share of the target spread over all classes", "标签平滑"),
              0, 0.999),
      above(key("output.huber_delta", number, MEMBER(output.huber_delta), "where huber turns from squares to sizes",
                "huber 损失的转折点"),
            0),
      key("output.row_weight", text, MEMBER(output.row_weight), "a column with the weight of each row",
          "每行权重所在的列"),
      between(
          list_or_auto("model.hidden", MEMBER(model.hidden),
                       "units of each hidden layer; [] is a linear model; auto: [128] behind a cnn, [] behind a ready "
                       "network, else [256, 128]",
                       "各隐藏层的单元数；[] 为线性模型；auto：cnn 之后为 [128]，现成网络之后为 []，否则为 [256, 128]"),
          1, Index{1} << 24),
      one_of(key("model.activation", text, MEMBER(model.activation), "between layers", "激活函数"), activation_names()),
      one_of(key("model.norm", text, MEMBER(model.norm), "before each activation", "激活前的归一化"),
             {"none", "layer"}),
      one_of(key("model.init", text, MEMBER(model.init),
                 "of the weights; zeros and constant (0.1) begin at a saddle, to be looked at",
                 "权重初始化；zeros 与 constant（0.1）从鞍点开始，供观察"),
             inits),
      between(key("model.dropout", number, MEMBER(model.dropout),
                  "share of hidden units left out in each training step", "随机失活比例"),
              0, 0.95),
      at_least(key("model.input_noise", number, MEMBER(model.input_noise),
                   "deviation of the noise on encoded numbers in each training step; 0: none",
                   "每个训练步中加在编码后数值上的噪声的标准差；0 为不加"),
               0),
      between(key("model.bins", whole, MEMBER(model.bins), "of the piecewise linear encoding of numbers; 0: none",
                  "数值分段线性编码的段数；0 为不用"),
              0, 256),
      key("model.init_from", text, MEMBER(model.init_from),
          "a run whose weights to begin with, where names and shapes match", "从某次运行加载名称与形状相同的权重"),
      one_of(key("model.encoder.type", text, MEMBER(model.encoder.type),
                 "what reads images; auto: a cnn from 12 x 12 pixels on", "图像编码器；auto：12 x 12 像素起用 cnn"),
             {"auto", "none", "cnn", "lenet", "resnet20", "resnet18"}),
      between(list_or_auto("model.encoder.channels", MEMBER(model.encoder.channels),
                           "of a cnn: the channels that each stage gives; auto: [32, 64], or by the size of the images "
                           "where the type is auto",
                           "cnn 各级输出的通道数；auto：[32, 64]，类型为 auto 时则依图像大小"),
              1, 65536),
      between(key("model.encoder.convolutions", whole, MEMBER(model.encoder.convolutions),
                  "of each stage of a cnn, with norm and activation", "cnn 每级的卷积层数"),
              1, 64),
      between(key("model.encoder.kernel", whole, MEMBER(model.encoder.kernel), "rows and columns of a cnn's kernels",
                  "cnn 卷积核的行数与列数"),
              1, 255),
      between(key("model.encoder.stride", whole, MEMBER(model.encoder.stride),
                  "pixels between the windows of each stage's first convolution", "每级第一个卷积的步幅"),
              1, 255),
      one_of(key("model.encoder.padding", text, MEMBER(model.encoder.padding),
                 "of a cnn's convolutions; same: zeros around the image, so that it keeps its size",
                 "cnn 的填充；same：四周补零以保持大小"),
             {"same", "none"}),
      between(key("model.encoder.groups", whole, MEMBER(model.encoder.groups),
                  "of every convolution of a cnn but the first", "cnn 除第一个外各卷积的分组数"),
              1, 65536),
      one_of(key("model.encoder.norm", text, MEMBER(model.encoder.norm), "behind each convolution of a cnn",
                 "cnn 每个卷积之后的归一化"),
             {"none", "batch"}),
      one_of(key("model.encoder.pool", text, MEMBER(model.encoder.pool), "at the end of each stage of a cnn",
                 "cnn 每级末尾的池化"),
             {"max", "mean", "none"}),
      between(key("model.encoder.pool_size", whole, MEMBER(model.encoder.pool_size),
                  "rows and columns that a pool makes one of", "池化窗口的行数与列数"),
              1, 255),
      at_least(key("trainer.epochs", whole, MEMBER(trainer.epochs), "passes over the training part, at most",
                   "训练轮数上限"),
               1),
      at_least(key("trainer.max_steps", whole, MEMBER(trainer.max_steps), "updates, at most; 0: no limit",
                   "更新步数上限；0 为不限"),
               0),
      in_seconds(at_least(key("trainer.time_limit", KeyType::duration, MEMBER(trainer.time_limit),
                              "such as \"10m\"; \"0s\": no limit", "时间上限，如 \"10m\"；\"0s\" 为不限"),
                          0)),
      or_auto(at_least(key("trainer.batch_size", whole, MEMBER(trainer.batch_size), "rows of one update", "批大小"), 1),
              0),
      or_auto(above(key("trainer.learning_rate", number, MEMBER(trainer.learning_rate), "at its highest",
                        "学习率（最高值）"),
                    0),
              0),
      one_of(key("trainer.optimizer", text, MEMBER(trainer.optimizer), "rule of the update", "优化器"),
             optimizer_names()),
      or_auto(between(key("trainer.momentum", number, MEMBER(trainer.momentum),
                          "of momentum and nesterov (auto: 0.9), and rmsprop (auto: 0)", "动量"),
                      0, 0.9999),
              -1),
      between(key("trainer.beta1", number, MEMBER(trainer.beta1), "of adam and adamw", "adam 的 beta1"), 0, 0.99999),
      between(key("trainer.beta2", number, MEMBER(trainer.beta2), "of adam and adamw", "adam 的 beta2"), 0, 0.999999),
      above(key("trainer.epsilon", number, MEMBER(trainer.epsilon), "of adagrad, rmsprop, adam and adamw",
                "分母中的小量"),
            0),
      between(key("trainer.alpha", number, MEMBER(trainer.alpha), "of rmsprop", "rmsprop 的平滑系数"), 0, 0.99999),
      or_auto(at_least(key("trainer.weight_decay", number, MEMBER(trainer.weight_decay),
                           "of matrices; apart from the gradient with adamw", "权重衰减"),
                       0),
              -1),
      at_least(key("trainer.l1", number, MEMBER(trainer.l1), "times the sum of |w|, added to the loss", "L1 惩罚"), 0),
      at_least(key("trainer.l2", number, MEMBER(trainer.l2), "times half the sum of w^2, added to the loss", "L2 惩罚"),
               0),
      at_least(key("trainer.clip_norm", number, MEMBER(trainer.clip_norm), "longest gradient; 0: no clipping",
                   "梯度范数上限；0 为不裁剪"),
               0),
      at_least(key("trainer.clip_value", number, MEMBER(trainer.clip_value),
                   "largest element of the gradient; 0: no clipping", "梯度分量上限；0 为不裁剪"),
               0),
      at_least(key("trainer.keep_checkpoints", whole, MEMBER(trainer.keep_checkpoints),
                   "epochs between states (weights and optimizer) that are kept beside the best and the last; 0: none",
                   "除最佳与最后外，每隔几轮另存一份状态（权重与优化器）；0 为不另存"),
               0),
      key("trainer.recompute", flag, MEMBER(trainer.recompute),
          "make activations again for the gradient rather than keep them: less memory, more time",
          "求梯度时重新计算激活值而不保留：省内存，费时间"),
      key("trainer.freeze", texts, MEMBER(trainer.freeze),
          "weights that are not trained, as names with * for any part: [\"encoder.*\"]",
          "不训练的权重名，* 代表任意部分，如 [\"encoder.*\"]"),
      between(above(key("trainer.loaded_learning_rate_factor", number, MEMBER(trainer.loaded_learning_rate_factor),
                        "times the learning rate, for weights from model.init_from",
                        "从 model.init_from 加载的权重的学习率倍数"),
                    0),
              0, 1000),
      one_of(key("trainer.on_plateau", text, MEMBER(trainer.on_plateau),
                 "where the training loss stands still; curvature: look whether it is a saddle, and leave it",
                 "训练损失停滞时：curvature 表示查看是否为鞍点并离开"),
             {"none", "curvature"}),
      at_least(key("trainer.plateau_patience", whole, MEMBER(trainer.plateau_patience),
                   "epochs within which the training loss moves by less than 1 % of it: a plateau",
                   "训练损失在多少轮内变化不到 1 % 即为停滞"),
               2),
      one_of(key("trainer.schedule.type", text, MEMBER(schedule.type), "of the learning rate", "学习率计划"),
             decay_names()),
      or_whole(key("trainer.schedule.warmup", text, MEMBER(schedule.warmup),
                   "steps, or a share of all steps such as \"3%\"", "预热：步数或比例，如 \"3%\"")),
      one_of(
          key("trainer.schedule.warmup_shape", text, MEMBER(schedule.warmup_shape), "how the rate rises", "预热曲线"),
          {"linear", "cosine"}),
      between(key("trainer.schedule.factor", number, MEMBER(schedule.factor), "of step, exponential and plateau",
                  "step、exponential、plateau 的倍率"),
              1e-6, 1),
      between(key("trainer.schedule.final", number, MEMBER(schedule.final),
                  "share of the rate that cosine, linear and plateau end at", "终值占比"),
              0, 1),
      at_least(key("trainer.schedule.every", whole, MEMBER(schedule.every),
                   "steps, of step and exponential; half-way of inverse", "间隔步数"),
               1),
      at_least(key("trainer.schedule.patience", whole, MEMBER(schedule.patience), "epochs, of plateau",
                   "plateau 的等待轮数"),
               0),
      key("trainer.early_stopping.enabled", flag, MEMBER(early_stopping.enabled),
          "stop when validation no longer improves", "验证不再改进时停止"),
      one_of(
          key("trainer.early_stopping.monitor", text, MEMBER(early_stopping.monitor), "what must improve", "监控指标"),
          {"valid/loss", "valid/rmse", "valid/mae", "valid/r2", "valid/auc", "valid/log_loss", "valid/accuracy",
           "valid/f1", "valid/macro_f1", "valid/top_5"}),
      at_least(key("trainer.early_stopping.patience", whole, MEMBER(early_stopping.patience),
                   "epochs without improvement", "允许不改进的轮数"),
               1),
      at_least(key("trainer.early_stopping.min_delta", number, MEMBER(early_stopping.min_delta),
                   "what counts as improvement", "最小改进量"),
               0),
      in_seconds(at_least(key("log.every", KeyType::duration, MEMBER(log.every),
                              "time between steps that go into the step log; \"0s\": every step",
                              "步骤日志的时间间隔；\"0s\" 为每一步"),
                          0)),
      between(key("tune.trials", whole, MEMBER(tune.trials), "settings that fathom tune tries",
                  "fathom tune 尝试的设置个数"),
              2, 10000),
      one_of(key("tune.method", text, MEMBER(tune.method),
                 "random: all to the end; asha: only the best third goes on, twice",
                 "random：全部训练到底；asha：两次只留最好的三分之一继续"),
             {"random", "asha"}),
  };
}

#undef MEMBER

}  // namespace

bool is_searchable(const std::string& path) {
  for (const char* other : {"trainer.epochs", "trainer.max_steps", "trainer.time_limit", "trainer.early_stopping",
                            "trainer.keep_checkpoints", "trainer.freeze", "trainer.loaded", "trainer.on_plateau",
                            "trainer.plateau_patience", "model.init_from"})
    if (path.starts_with(other)) return false;
  for (const char* table : {"model.", "trainer.", "augment.", "output.label_smoothing", "output.huber_delta"})
    if (path.starts_with(table)) return true;
  return false;
}

const std::vector<Key>& settings_keys() {
  static const std::vector<Key> keys = make_keys();
  return keys;
}

}  // namespace fathom
