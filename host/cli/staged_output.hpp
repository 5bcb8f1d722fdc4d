// The folder that a command writes: completely or not at all, also after a signal.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "host/cli/arguments.hpp"
#include "host/io/output_folder.hpp"
#include "plimsoll/result.hpp"

namespace plimsoll::cli {

/// An output_folder that a signal removes until it is committed. At most one at a time.
class staged_output {
 public:
  /// As output_folder::make. A target that is `book` or contains it is an error of code usage.
  [[nodiscard]] static result<staged_output> make(const std::filesystem::path& target, bool force,
                                                  const std::filesystem::path& book = {});
  staged_output(staged_output&& other) noexcept = default;
  staged_output& operator=(staged_output&&) = delete;
  ~staged_output();

  [[nodiscard]] const std::filesystem::path& path() const { return folder_->path(); }
  [[nodiscard]] status write_text(std::string_view name, std::string_view bytes) const {
    return folder_->write_text(name, bytes);
  }
  [[nodiscard]] status commit();

 private:
  explicit staged_output(output_folder folder) : folder_(std::move(folder)) {}
  std::optional<output_folder> folder_;
};

/// The folder of `--out`; nothing if it was not given. Errors as staged_output::make; the book is the first operand.
[[nodiscard]] result<std::optional<staged_output>> staged_in(const invocation& call);

}  // namespace plimsoll::cli
