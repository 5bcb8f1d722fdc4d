// `doctor`: the hardware and libraries, the backend that would be chosen, and why not the other.
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "host/backend/choose.hpp"
#include "host/cli/grid.hpp"
#include "host/cli/loading.hpp"
#include "host/cli/machine_facts.hpp"
#include "host/venue/read_rulebook.hpp"
#include "plimsoll/config.hpp"

namespace plimsoll::cli {

namespace {

using json = nlohmann::ordered_json;

std::string cuda_version(int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }

/// Facts of the GPU, or the reason why there is none.
json device_json(const linked_devices& devices) {
  if (devices.cuda_facts == nullptr) { return {{"usable", false}, {"why_not", "built without CUDA"}}; }
  const result<device_facts> facts = devices.cuda_facts();
  if (!facts) { return {{"usable", false}, {"why_not", facts.error().message}}; }
  const device_facts& it = facts.value();
  return {{"usable", true},
          {"name", it.name},
          {"compute_capability", fmt::format("{}.{}", it.capability_major, it.capability_minor)},
          {"memory", binary_size(it.memory_total)},
          {"memory_free", binary_size(it.memory_free)},
          {"driver", cuda_version(it.driver_version)},
          {"runtime", cuda_version(it.runtime_version)}};
}

json host_json(const invocation& call, bool device_usable) {
  const machine_facts facts = read_machine_facts();
  const int threads = threads_of(call);
  return {{"processor", facts.processor},
          {"cores", facts.cores},
          {"threads", threads != 0 ? static_cast<unsigned>(threads) : facts.cores},
          {"memory", binary_size(facts.memory_total)},
          {"memory_free", binary_size(facts.memory_free)},
          {"pinned_memory", device_usable ? fmt::format("from the CUDA driver; lock limit {}", facts.memory_lock_limit)
                                          : std::string("none without a CUDA device")}};
}

std::string text_of(const json& value) {
  if (value.is_boolean()) { return value.get<bool>() ? "yes" : "no"; }
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string doctor_text(const json& facts, const terminal& screen) {
  std::string out;
  for (const auto& [section, entries] : facts.items()) {
    out += (out.empty() ? "" : "\n") + screen.paint(accent::strong, section) + "\n";
    grid rows;
    rows.left("").left("");
    for (const auto& [name, value] : entries.items()) {
      std::string label = name;
      for (char& letter : label) {
        if (letter == '_') { letter = ' '; }
      }
      rows.add_row({label, text_of(value)});
      if (value.is_boolean()) { rows.paint_last(1, value.get<bool>() ? accent::good : accent::warning); }
    }
    const std::string body = rows.print(screen);
    out += body.substr(body.find('\n') + 1);
  }
  return out;
}

}  // namespace

int run_doctor(const invocation& call, session& io) {
  const linked_devices devices = devices_linked_here();
  const std::string asked = call.text("backend");
  json facts;
  std::string rulebooks;
  for (const std::string_view name : known_rulebooks()) {
    rulebooks += std::string(rulebooks.empty() ? "" : ", ") + std::string(name);
  }
  facts["plimsoll"] = {{"version", PLIMSOLL_VERSION}, {"rulebooks", rulebooks}};
  facts["cuda"] = device_json(devices);
  facts["host"] = host_json(call, facts["cuda"]["usable"].get<bool>());
  json backend = {{"asked_for", asked}};
  result<backend_choice> chosen = choose_backend(asked, threads_of(call));
  if (chosen) {
    backend["chosen"] = std::string(chosen.value().machine->name());
    backend["device"] = chosen.value().machine->device();
    backend["why"] = chosen.value().why;
  } else {
    backend["chosen"] = "none";
    backend["why"] = chosen.error().message;
  }
  backend["emulated_device"] = devices.make_emulated != nullptr;
  facts["backend"] = std::move(backend);
  json libraries = json::object();
  for (const library_version& one : library_versions()) { libraries[one.name] = one.version; }
  facts["libraries"] = std::move(libraries);
  io.print(call.text("format") == "json" ? facts.dump(2) + "\n" : doctor_text(facts, io.out()));
  return chosen ? exit_code::done : exit_code_of(chosen.error().code);
}

}  // namespace plimsoll::cli
