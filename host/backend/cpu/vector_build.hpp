// Include this before hwy/foreach_target.h: which instruction sets Highway compiles a source for. Further ones would
// take compile time and give the loops here nothing.
#pragma once

#define HWY_DISABLED_TARGETS (~(HWY_SCALAR | HWY_EMU128 | HWY_AVX2 | HWY_AVX3 | HWY_NEON))
