// A kernel that writes where nothing is: the device's context is gone with it, for the whole process.
namespace plimsoll::testing_gpu {
namespace {

__global__ void write_nowhere(int* at) { *at = 1; }

}  // namespace

/// Queues it. Whoever uses the device next is told.
void access_illegally() {
  constexpr unsigned long long nowhere = 64;
  write_nowhere<<<1, 1>>>(reinterpret_cast<int*>(nowhere));
}

}  // namespace plimsoll::testing_gpu
