#include "host/io/text_views.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <arrow/type.h>
#include <arrow/util/binary_view_util.h>

namespace plimsoll::io {

namespace {

/// Offsets in a block have 31 bits. Blocks overlap, so that each text is whole in the one in which it begins.
constexpr std::size_t block_stride = std::size_t{1} << 30U;
constexpr std::size_t block_bytes_max = (std::size_t{1} << 31U) - 1;

/// A part of kept characters, and what keeps them.
class kept_buffer final : public arrow::Buffer {
 public:
  kept_buffer(std::shared_ptr<const std::string> owner, std::string_view part)
      : arrow::Buffer(reinterpret_cast<const std::uint8_t*>(part.data()), static_cast<std::int64_t>(part.size())),
        owner_(std::move(owner)) {}

 private:
  std::shared_ptr<const std::string> owner_;
};

}  // namespace

text_views::text_views(const kept_chars& kept) : kept_(kept) {
  for (std::size_t begin = 0; begin < kept.chars.size(); begin += block_stride) {
    blocks_.push_back(std::make_shared<kept_buffer>(kept.owner, kept.chars.substr(begin, block_bytes_max)));
  }
}

arrow::Result<std::shared_ptr<arrow::Array>> text_views::array_of(const column_cells& cells, std::int64_t rows) const {
  using view = arrow::BinaryViewType::c_type;
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<arrow::Buffer> out,
                        arrow::AllocateBuffer(rows * static_cast<std::int64_t>(sizeof(view))));
  view* const to = out->mutable_data_as<view>();
  const auto others = static_cast<std::int32_t>(blocks_.size());
  std::string stored;
  std::unordered_map<const char*, std::int32_t> places;  // Of the texts in `stored`.
  const std::less<> before;
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    const std::string_view text = cells.text[row];
    if (text.size() <= arrow::BinaryViewType::kInlineSize) {
      to[row] = arrow::util::ToInlineBinaryView(text.empty() ? std::string_view("") : text);
    } else if (!before(text.data(), kept_.chars.data()) &&
               before(text.data(), kept_.chars.data() + kept_.chars.size())) {
      const auto at = static_cast<std::size_t>(text.data() - kept_.chars.data());
      to[row] = arrow::util::ToBinaryView(text, static_cast<std::int32_t>(at / block_stride),
                                          static_cast<std::int32_t>(at % block_stride));
    } else {
      const auto [place, added] = places.try_emplace(text.data(), static_cast<std::int32_t>(stored.size()));
      if (added) { stored.append(text); }
      to[row] = arrow::util::ToBinaryView(text, others, place->second);
    }
  }
  arrow::BufferVector buffers{nullptr, std::move(out)};
  buffers.insert(buffers.end(), blocks_.begin(), blocks_.end());
  if (!stored.empty()) { buffers.push_back(arrow::Buffer::FromString(std::move(stored))); }
  return arrow::MakeArray(arrow::ArrayData::Make(arrow::utf8_view(), rows, std::move(buffers), 0));
}

}  // namespace plimsoll::io
