// Settings: everything that a configuration file or a flag can say about a run. One table describes every key: it reads
// files, checks values, prints resolved configurations, and writes help and the JSON schema.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fathom/data/augment.hpp"
#include "fathom/data/schema.hpp"
#include "fathom/data/split.hpp"

namespace fathom {

// model.encoder: what turns images into features.
struct EncoderSettings {
  std::string type = "auto";  // auto none cnn lenet resnet20 resnet18
  // Of a cnn.
  std::optional<std::vector<Index>> channels = {};
  Index convolutions = 1, kernel = 3, stride = 1, groups = 1, pool_size = 2;
  std::string padding = "same", norm = "none", pool = "max";

  bool operator==(const EncoderSettings&) const = default;
};

// What `fathom tune` may change, and between which values.
struct SearchKey {
  enum class Kind : std::uint8_t { log, range, choice };  // log: evenly in the logarithm

  std::string key;  // "trainer.learning_rate"
  Kind kind = Kind::range;
  double low = 0, high = 0;               // log and range; both may be drawn
  bool whole = false;                     // what is drawn between them is rounded
  std::vector<std::string> choices = {};  // as TOML

  bool operator==(const SearchKey&) const = default;
};

struct Settings {
  std::string name;
  std::uint64_t seed = 42;

  struct {
    std::string path, labels, test_path, test_labels;
    std::string encoding = "auto", delimiter = "auto", header = "auto", trim_labels;
    std::vector<std::string> missing = ReadOptions{}.missing;
    std::vector<Index> size;      // of images: rows and columns, or one number for both; empty: as they are
    std::string images = "auto";  // in files: memory stream auto
  } data;

  Augmentation augment;  // of training images

  struct {
    std::string by = "auto";  // auto: stratified for classes, else random
    std::string key;
    double train = 0.8, valid = 0.1, test = 0.1;
    double use = 1;   // share of the training part that is trained on
    Index seed = -1;  // -1: the seed of all
  } split;

  std::map<std::string, ColumnOptions> inputs;

  struct {
    std::string name;
    std::string task = "auto";  // auto regression binary multiclass
    std::string loss = "auto";  // auto mse mae huber cross_entropy
    double label_smoothing = 0, huber_delta = 1;
    std::string row_weight;  // a column
  } output;

  struct {
    std::optional<std::vector<Index>> hidden;  // none: auto
    std::string activation = "relu", norm = "none", init = "he_normal";
    double dropout = 0.1, input_noise = 0;
    Index bins = 16;        // of the piecewise linear encoding of numbers
    std::string init_from;  // a run
    EncoderSettings encoder;
  } model;

  struct {
    Index epochs = 20;
    Index max_steps = 0;       // 0: no limit
    double time_limit = 0;     // seconds; 0: no limit
    Index batch_size = 0;      // 0: auto
    double learning_rate = 0;  // 0: auto
    std::string optimizer = "adamw";
    double momentum = -1;  // -1: auto
    double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, alpha = 0.99;
    double weight_decay = -1;  // -1: auto
    double l1 = 0, l2 = 0;
    double clip_norm = 0, clip_value = 0;
    Index keep_checkpoints = 0;  // epochs between them; 0: none
    bool recompute = false;
    std::vector<std::string> freeze;
    double loaded_learning_rate_factor = 1;
    std::string on_plateau = "none";  // none curvature
    Index plateau_patience = 5;       // epochs
  } trainer;

  struct {
    std::string type = "cosine";
    std::string warmup = "3%";  // of the steps, or a number of steps
    std::string warmup_shape = "linear";
    double factor = 0.5, final = 0;
    Index every = 1000, patience = 3;
  } schedule;

  struct {
    bool enabled = true;
    std::string monitor = "valid/loss";
    Index patience = 8;
    double min_delta = 0;
  } early_stopping;

  struct {
    double every = 1;  // seconds between steps that are logged
  } log;

  struct {
    Index trials = 30;
    std::string method = "random";  // random asha
    std::vector<SearchKey> keys;    // none: what is chosen for the configuration
  } tune;
};

// What a key may hold.
enum class KeyType : std::uint8_t { text, whole, number, flag, wholes, texts, duration };
using KeyValue =
    std::variant<std::string, std::int64_t, double, bool, std::vector<std::int64_t>, std::vector<std::string>>;

struct Key {
  std::string path;  // "trainer.epochs"
  KeyType type = KeyType::text;
  std::string help, help_zh;
  double low = -1e300, high = 1e300;      // numbers; `low` itself is allowed
  bool above_low = false;                 // not even `low`
  bool or_whole = false;                  // texts: a whole number stands for its digits; wholes: for a list of it
  std::vector<std::string> choices = {};  // texts
  std::string automatic = {};             // the word that stands for "choose for me", if any
  std::function<void(Settings&, const KeyValue&)> set;
  std::function<std::string(const Settings&)> show;  // as TOML
};

// Every key outside of [[input]], in the order of the file.
const std::vector<Key>& settings_keys();
// Whether `fathom tune` may change a key: trials that are compared have the same rows and are equally long.
bool is_searchable(const std::string& path);
// The keys of one [[input]] table.
struct InputKey {
  std::string name;
  KeyType type;
  std::string help, help_zh;
  std::vector<std::string> choices = {};
  std::function<void(ColumnOptions&, const KeyValue&)> set;
  double low = -1e300, high = 1e300;  // numbers
};
const std::vector<InputKey>& input_keys();

// Where a value came from, by key: "fathom.toml:12", "--set", "--epochs"; absent: built in.
using Origins = std::map<std::string, std::string>;

// Reads TOML into settings. All mistakes are found together and thrown as one Error(config) whose text is ready to
// print: each with file:line:column, the line and a caret, and a suggestion.
void read_settings(const std::string& toml, const std::string& file, Settings& settings, Origins& origins);
// "trainer.epochs=5", as --set takes it. Throws Error(config).
void set_setting(const std::string& assignment, const std::string& origin, Settings& settings, Origins& origins);
// What keys taken alone cannot show: shares that do not add up, names that do not fit together, values that nothing
// reads.
struct Conflict {
  std::vector<std::string> keys;  // any of them can be the mistake
  Message what, help;
};
std::vector<Conflict> conflicts(const Settings& settings);
// Throws all conflicts as one Error(config), each with where it came from; those of a file, whose text is given, with
// the line and a caret.
void check_settings(const Settings& settings, const Origins& origins = {}, const std::string& file = {},
                    const std::string& text = {});

// TOML that reads back to the same settings, each line with its origin as a comment.
std::string resolved_settings(const Settings& settings, const Origins& origins);
// A text as a TOML string, in quotes.
std::string toml_string(const std::string& text);
// As TOML reads it back to the same value, and as a number that is not whole by type: "3.0".
std::string toml_number(double value);
// A JSON Schema (draft 7) of the configuration file.
std::string settings_schema();

// "10m", "1h30m", "45s", "90" (seconds).
std::optional<double> parse_duration(const std::string& text);
std::string show_duration(double seconds);

}  // namespace fathom
