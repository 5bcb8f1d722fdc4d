/* The version of these headers, for C and C++. `plimsoll::version()` and `plimsoll_version()` return the version of the
 * linked library. */
#ifndef PLIMSOLL_VERSION_H
#define PLIMSOLL_VERSION_H

#define PLIMSOLL_VERSION_MAJOR 0
#define PLIMSOLL_VERSION_MINOR 1
#define PLIMSOLL_VERSION_PATCH 0

#endif
