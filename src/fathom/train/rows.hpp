// Rows of any file or folder that Fathom reads: a table, and the images of its rows.
#pragma once

#include <optional>

#include "fathom/data/dataset.hpp"
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
ImageForm wanted_form(const Settings& settings);
// Takes the images of the rows, if they have any, and their form into a pipeline that is to be fitted.
ImageStore take_images(Rows& rows, const Schema& schema, const ImageForm& wanted, Pipeline& pipeline);
// The same in the form of a fitted pipeline; says how many were brought to it.
ImageStore take_images(Rows& rows, const Pipeline& pipeline, std::vector<Message>& notes);
// Decodes the images that lie in files, or leaves them to be decoded for each batch, as `where`, data.images, asks:
// "memory", "stream", or "auto", which decodes them if they take no more than half of the `available` bytes, and says
// so where they stay. Throws what ImageStore::load() does, and Error(resource) for "memory" when they take more than
// all of them.
void place_images(ImageStore& images, const std::string& where, std::size_t available, std::vector<Message>& notes);

// idx images, and their labels unless they are optional, as a dataset of one image input. `fit`: sizes and classes
// become the pipeline's.
Dataset read_idx(const std::string& images_path, const std::string& labels_path, Pipeline& pipeline, bool fit,
                 Targets targets, const ImageForm& form = {});

}  // namespace fathom
