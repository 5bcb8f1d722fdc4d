// The book's columns made resident on the machine.
#include "bench/digests.hpp"
#include "bench/stage.hpp"

namespace plimsoll::bench {
namespace {

result<sample> run(subject& on) {
  PLIMSOLL_TRY(on.machine.load(on.source));
  return measured(on.machine, {"load"});
}

std::uint64_t digest(const subject& on) { return digest_of_book(on.source); }

}  // namespace

const stage upload_stage{"upload", "the book's columns to the backend", 5, prepare_nothing, run, digest};

}  // namespace plimsoll::bench
