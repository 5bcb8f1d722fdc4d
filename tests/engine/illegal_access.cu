// A kernel that writes to an unmapped address. The device's context is lost by it, for the whole process.
namespace plimsoll::testing_gpu {
namespace {

__global__ void write_nowhere(int* at) { *at = 1; }

}  // namespace

/// Queues it. The next call to the device reports the error.
void access_illegally() {
  constexpr unsigned long long nowhere = 64;
  write_nowhere<<<1, 1>>>(reinterpret_cast<int*>(nowhere));
}

}  // namespace plimsoll::testing_gpu
