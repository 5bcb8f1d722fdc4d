/* The version of these headers, for C and C++. `plimsoll::version()` and `plimsoll_version()` say what was linked. */
#ifndef PLIMSOLL_VERSION_H
#define PLIMSOLL_VERSION_H

#define PLIMSOLL_VERSION_MAJOR 0
#define PLIMSOLL_VERSION_MINOR 1
#define PLIMSOLL_VERSION_PATCH 0

#endif
