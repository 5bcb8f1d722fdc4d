// Arrow's own thread pool, which the whole process shares, including an embedding program.
#pragma once

namespace plimsoll::io {

/// Sets the number of threads during its lifetime, and then restores the previous number. 0: no change.
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
