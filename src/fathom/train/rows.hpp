// Rows of any file or folder that Fathom reads: a table, and the images of its rows.
#pragma once

#include <optional>

#include "fathom/data/dataset.hpp"
#include "fathom/data/image_files.hpp"
#include "fathom/train/settings.hpp"

namespace fathom {

struct Rows {
  Table table;
  std::optional<ImageBlock> images;  // of the rows, where the file holds them; a table's columns may name others
  bool are_images = false;           // a folder of images or CIFAR: the table says their classes and no more
};

// CSV, TSV and libsvm files, folders of images (with their official training and validation parts) and CIFAR-10.
Rows read_rows(const std::string& path, const ReadOptions& options);
// The same for a model that reads images, and single images; labels are needed or not.
Rows read_rows_for_images(const std::string& path, const ReadOptions& options, const Pipeline& pipeline,
                          Targets targets);
bool is_libsvm(const std::string& path);
// Not a folder, and idx.
bool is_idx(const std::string& path);

// What data.size asks for: rows and columns, or 0.
ImageForm image_form(const Settings& settings);
// Decodes the images of the rows, if they have any, and takes their sizes into a pipeline that is to be fitted.
std::vector<std::uint8_t> take_images(Rows& rows, const Schema& schema, const ImageForm& form, Pipeline& pipeline,
                                      std::size_t& file_bytes);
// The same in the sizes of a fitted pipeline; says how many were brought to them.
std::vector<std::uint8_t> take_images(Rows& rows, const Pipeline& pipeline, std::vector<Message>& notes);

// idx images, and their labels unless they are optional, as a dataset of one image input. `fit`: sizes and classes
// become the pipeline's.
Dataset read_idx(const std::string& images_path, const std::string& labels_path, Pipeline& pipeline, bool fit,
                 Targets targets, const ImageForm& form = {});

}  // namespace fathom
