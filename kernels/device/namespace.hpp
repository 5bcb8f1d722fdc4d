// The namespace of all code that is compiled for a device: `cuda` under nvcc, `emulated` under g++.
//
// Both builds of one source end up in one test program, so their symbols must differ. A source opens
// `namespace plimsoll::PLIMSOLL_DEVICE_NS`.
#pragma once

#if defined(__CUDACC__)
#define PLIMSOLL_DEVICE_NS cuda
#elif defined(PLIMSOLL_EMULATED)
#define PLIMSOLL_DEVICE_NS emulated
#else
#error "Device code is compiled by nvcc, or by g++ with PLIMSOLL_EMULATED=1."
#endif
