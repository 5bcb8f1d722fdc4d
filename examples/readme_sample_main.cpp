// Runs the README's C++ sample on the book in the folder `venue`, which the README's first scan makes.
#include <iostream>

#include "plimsoll/scanner.hpp"

plimsoll::status serve(plimsoll::scanner& scan);  // The README's.

int main() {
  auto made = plimsoll::scanner::make({.backend = "cpu"});
  if (!made) { return 1; }
  const plimsoll::status served = serve(made.value());
  if (!served) {
    std::cerr << served.error().message << '\n';
    return 1;
  }
  return 0;
}
