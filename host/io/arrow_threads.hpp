// Arrow's own threads, which are the whole process's: an embedder's too.
#pragma once

namespace plimsoll::io {

/// As many as wanted for as long as it lives, then as many as before. 0: as they are.
class arrow_threads {
 public:
  explicit arrow_threads(int wanted);
  ~arrow_threads();
  arrow_threads(const arrow_threads&) = delete;
  arrow_threads& operator=(const arrow_threads&) = delete;
  [[nodiscard]] bool set() const { return set_; }

 private:
  int before_;
  bool set_;
};

}  // namespace plimsoll::io
