// The loss around a run, in Chinese.
#include "chinese/tables.hpp"

namespace fathom::app {

std::span<const Translation> chinese_landscape() {
  static constexpr Translation table[] = {
      {"--kind must be line, random, eigen, path or all, not \"{}\"",
       "--kind 必须是 line、random、eigen、path 或 all，而不是“{}”"},
      {"--grid must be an odd number, so that one point is in the middle, not {}",
       "--grid 必须是奇数，使正中有一个点，而不是 {}"},
      {"a checkpoint is start, best, last or the number of an epoch, not \"{}\"",
       "检查点应为 start、best、last 或某一轮的编号，而不是“{}”"},
      {"run {} has kept {} checkpoints of its walk, and a plane needs 3",
       "运行 {} 一路上只保留了 {} 个检查点，而平面需要 3 个"},
      {"run {} has not moved between its checkpoints", "运行 {} 在各检查点之间没有移动"},
      {"{} and {} of run {} are the same weights: there is no line between them",
       "{0}与{1}（运行 {2}）是相同的权重：两者之间没有直线"},
      {"a plane needs at least 2 weights that are learned", "平面至少需要 2 个可学习的权重"},
      {"a walk has a principal plane from 3 points on, not {}", "路径至少有 3 个点才有主平面，而不是 {} 个"},
      {"a line needs at least 1 step, not {}", "直线至少需要 1 步，而不是 {}"},
      {"the {} part has no rows to compute a loss of", "{} 部分没有可计算损失的行"},
      {"start", "起点"},
      {"epoch {}", "第 {} 轮"},
      {"line", "直线"},
      {"random directions", "随机方向"},
      {"eigenvectors of the Hessian", "海森矩阵的特征向量"},
      {"plane of the eigenvectors", "特征向量所在平面"},
      {"plane of the walk", "路径所在平面"},
      {"run {}, {} checkpoint: {} weights, {} of {} training rows",
       "运行 {}，{}检查点：{} 个权重，训练部分 {} 行（共 {} 行）"},
      {"The loss around run {}: {}", "运行 {} 周围的损失：{}"},
      {"Training loss", "训练损失"},
      {"Validation loss", "验证损失"},
      {"Above the straight line", "高出直线最多"},
      {"{} to {}", "{}至{}"},
      {"Walk in its plane", "路径在平面内的部分"},
      {"{} checkpoints", "{} 个检查点"},
      {"Along a line", "沿一条直线"},
      {"On the plane of the walk", "在路径所在的平面上"},
      {"Along the top and the bottom eigenvector", "沿最大与最小特征值的特征向量"},
      {"In two random directions", "沿两个随机方向"},
      {"From {} to {} the {} loss goes from {} to {}.", "从{0}到{1}，{2}损失由 {3} 变为 {4}。"},
      {"At one of the ends the network gives no loss that is a number.", "在一端，网络给不出有限的损失。"},
      {"Between them lies a place, {} of the way, where the network gives no loss that is a number.",
       "两者之间，在路程的 {} 处，网络给不出有限的损失。"},
      {"Nowhere between them is it above the straight line from one to the other: there is no barrier.",
       "两者之间损失处处不高于两端连成的直线：没有壁垒。"},
      {"There is no barrier that it climbs on the way down, but it falls late: {} of the way it lies {} above the "
       "straight line from one to the other.",
       "下降途中没有需要爬升的壁垒，但下降得晚：在路程的 {} 处，比两端连成的直线高 {}。"},
      {"Between them is a barrier: {} of the way it lies {} above the straight line from one to the other, and on the "
       "way down it climbs by {}.",
       "两者之间有壁垒：在路程的 {} 处，比两端连成的直线高 {}，下降途中要爬升 {}。"},
      {"None of the {} points of the picture is lower.", "图中 {} 个点都不比它低。"},
      {"Of the {} points of the picture {} are lower, the lowest by {}.", "图中 {} 个点里有 {} 个更低，最低者低 {}。"},
      {"At a distance of {} along the top one the loss is {} on one side and {} on the other; its curvature alone "
       "would "
       "make it {} on both.",
       "沿最大者走出 {}，损失在一侧为 {}，另一侧为 {}；若只有曲率，两侧都应为 {}。"},
      {"At the same distance along the bottom one it is {} and {}; its curvature alone would make it {}.",
       "沿最小者走出同样的距离，损失为 {} 与 {}；若只有曲率，应为 {}。"},
      {"Where the run stands the training loss is {}; at the edge of the picture, where each unit's weights have moved "
       "by their own length in one of two random directions, it is between {} and {}.",
       "在该运行所在处，训练损失为 "
       "{}；在图的边缘，每个单元的权重沿两个随机方向之一移动了与自身等长的距离，损失在 {} 与 {} 之间。"},
      {"Two directions of {} say little about the others: what is a bowl along these may fall along one that was not "
       "drawn.",
       "{} 个方向中的两个说明不了其余的方向：沿这两个方向像碗，沿没有画出的方向仍可能下降。"},
      {"Along the top eigenvector of the Hessian the training loss has curvature {} ± {}, along the bottom one {} ± "
       "{}.",
       "训练损失沿海森矩阵最大特征值的特征向量的曲率为 {} ± {}，沿最小者为 {} ± {}。"},
      {"It bends up along both, {} times as much along the top one.", "沿两者都向上弯曲，沿最大者是沿最小者的 {} 倍。"},
      {"Along the bottom one it bends down: where the run stands is no minimum of the loss of these rows.",
       "沿最小者向下弯曲：该运行所在处不是这些行上损失的极小值。"},
      {"The sign of the bottom one is within its bound of 0: along it the loss is flat as far as this can tell.",
       "最小者与 0 之差在误差界以内：就此所能判断，沿它损失是平坦的。"},
      {"Of the squared distances of {} checkpoints from the last, this plane holds {}: {} along its first direction, "
       "{} "
       "along its second.",
       "{} 个检查点到最后一个的距离平方中，这个平面占 {}：沿第一方向 {}，沿第二方向 {}。"},
      {"The walk begins {} from its end.", "路径的起点距终点 {}。"},
      {"Farthest from the plane, by {}, is {}: its own training loss is {}, that of the plane there {}.",
       "离平面最远的是{1}，相距 {0}：它自己的训练损失为 {2}，平面上该处为 {3}。"},
      {"Loss along the line", "沿直线的损失"},
      {"The loss between the weights of two checkpoints, and beyond them.", "两个检查点的权重之间及其外侧的损失。"},
      {"share of the way", "路程的比例"},
      {"walk", "路径"},
      {"first direction", "第一方向"},
      {"second direction", "第二方向"},
      {"The walk in numbers", "路径的数值"},
      {"checkpoint", "检查点"},
      {"beside the plane", "离平面"},
      {"on the plane", "平面上"},
      {"top eigenvector", "最大特征值的特征向量"},
      {"bottom eigenvector", "最小特征值的特征向量"},
      {"first random direction", "第一随机方向"},
      {"second random direction", "第二随机方向"},
      {"The directions are drawn with seed {}, and each unit's part has the length of its weights (Li et al. 2018); "
       "biases and norms stay. 1 is that length.",
       "方向以种子 {} 随机产生，每个单元的部分与其权重等长（Li 等 2018）；偏置与归一化不动。1 即该长度。"},
      {"The loss on the plane as filled contours, with the same levels for both parts.",
       "平面上的损失，以填色等高线表示，两个部分用相同的等级。"},
      {"Training loss as a surface", "训练损失曲面"},
      {"The same losses as heights, seen from above one corner.", "同样的损失画作高度，从一角的上方看。"},
      {"training loss, logarithmic", "训练损失（对数）"},
      {"{} of {} values are off the scale (not finite) and left blank.",
       "{1} 个值中有 {0} 个超出刻度（不是有限数），留作空白。"},
      {"Losses are of {} of {} training rows and {} of {} validation rows.",
       "损失取自训练部分的 {} 行（共 {} 行）与验证部分的 {} 行（共 {} 行）。"},
      {"Dropout is off and batch normalisation uses what it has kept; on a line its statistics go along with the "
       "weights, "
       "on a plane they stay.",
       "丢弃已关闭，批归一化使用所保存的统计量；在直线上统计量随权重移动，在平面上不动。"},
      {"The penalty that was trained with is in none of the losses.", "训练时所加的惩罚项不计入这些损失。"},
  };
  return table;
}

}  // namespace fathom::app
