// `Executor` and `Gateway`: include/plimsoll/executor.hpp, and callbacks from it into Python.
#include <exception>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "host/text/decimal.hpp"
#include "python/bindings.hpp"

namespace plimsoll::python {

namespace {

/// Sends and cancels by calling methods of the Python object that owns it. An exception of these is stored until the
/// end of the run.
class python_gateway final : public order_gateway {
 public:
  explicit python_gateway(std::size_t inbox_max) : order_gateway(inbox_max) {}

  void send(const market_order& order) override {
    call("_send", [&] {
      return nb::make_tuple(order.id.plan, order.id.part, order.instrument, order.lots.raw, order.limit.raw);
    });
  }
  void cancel(order_id order) override {
    call("_cancel", [&] { return nb::make_tuple(order.plan, order.part); });
  }

  /// The object whose `_send` and `_cancel` are called; it outlives the run. Needs the GIL.
  void set_owner(nb::handle owner) { owner_ = owner; }
  /// Throws the exception of a callback. Needs the GIL.
  void rethrow() {
    if (thrown_) { std::rethrow_exception(std::exchange(thrown_, nullptr)); }
  }

 private:
  template <class Arguments>
  void call(const char* method, const Arguments& arguments) {
    const nb::gil_scoped_acquire held;
    if (thrown_) { return; }
    try {
      (void)owner_.attr(method)(*arguments());
    } catch (...) { thrown_ = std::current_exception(); }
  }

  nb::handle owner_;
  std::exception_ptr thrown_;
};

struct executor_handle {
  std::shared_ptr<scanner_handle> of;
  nb::object gateway = nb::none();  ///< A python_gateway, or None; it outlives the engine.
  std::optional<executor> engine{};
  execution done{};  ///< Its memory is reused from run to run; use it only while holding the lock.

  ~executor_handle() {
    of->alone([this] { engine.reset(); });
  }
};

std::shared_ptr<executor_handle> make_executor(const std::shared_ptr<scanner_handle>& of, const std::string& rulebook,
                                               const std::string& rulebook_toml, const nb::object& gateway,
                                               std::int64_t order_timeout_ns, int passes_max) {
  executor_options options{rulebook, rulebook_toml, nullptr, order_timeout_ns, passes_max};
  if (!gateway.is_none()) { options.gateway = nb::cast<python_gateway*>(gateway); }
  auto out = std::make_shared<executor_handle>(of, gateway);
  out->engine.emplace(of->call([&] { return executor::make(of->scan, options); }));
  return out;
}

/// The result of a run, whose tables are made when they are requested, as those of a tick.
struct run_rows {
  execution done;
};

nb::dict dict_of(const std::shared_ptr<run_rows>& rows) {
  const execution& done = rows->done;
  nb::dict out;
  out["plans"] = done.plans.size();
  out["legs"] = done.legs.size();
  out["liquidated"] = done.liquidated;
  out["bankrupt"] = done.bankrupt;
  out["deleveraged"] = done.deleveraged;
  out["orders_sent"] = done.orders_sent;
  out["passes"] = done.passes;
  out["notes"] = done.notes;
  out["seconds"] = done.seconds;
  out["rows"] = rows;
  return out;
}

nb::tuple run(executor_handle& handle, std::int64_t tick, const nb::object& table,
              const std::optional<column<std::uint32_t>>& ids, const std::optional<column<std::int64_t>>& ticks,
              const std::optional<column<std::int64_t>>& times, std::optional<std::int64_t> now_ns) {
  const marks_in given{table, ids, ticks, times};
  given.check();
  ArrowArrayStream* stream = table.is_none() ? nullptr : stream_in(table);
  scanner_handle& of = *handle.of;
  tick_facts found;
  const auto did = std::make_shared<run_rows>();
  of.call(
      [&]() -> status {
        const auto marks = given.read(of.scan, stream);
        if (!marks) { return marks.error(); }
        PLIMSOLL_TRY(handle.engine->run(tick, marks.value(), of.found, handle.done, now_ns));
        PLIMSOLL_TRY(found.take(of));
        std::swap(did->done, handle.done);
        return ok();
      },
      stream != nullptr);
  if (!handle.gateway.is_none()) { nb::cast<python_gateway*>(handle.gateway)->rethrow(); }
  return nb::make_tuple(found.dict(), dict_of(did));
}

std::string balance(const executor_handle& handle, const std::string& account, const std::string& asset) {
  scanner_handle& of = *handle.of;
  return of.call([&]() -> result<std::string> {
    const std::uint32_t id = of.scan.asset(asset);
    if (id == no_id) { return error{error_code::usage, "the book has no asset " + asset}; }
    const result<money_sum> held = handle.engine->balance(account, id);
    if (!held) { return held.error(); }
    return money(of.scan, id, held.value().raw);
  });
}

bool answer(python_gateway& gateway, std::uint64_t plan, std::uint32_t part, std::uint32_t sequence,
            const std::string& kind, std::int64_t lots, std::int64_t price_ticks) {
  market_answer one{{plan, part}, sequence, answer_kind::accepted, {lots}, {price_ticks}};
  if (kind == "fill") {
    one.kind = answer_kind::fill;
  } else if (kind == "rejected") {
    one.kind = answer_kind::rejected;
  } else if (kind == "done") {
    one.kind = answer_kind::done;
  } else if (kind != "accepted") {
    fail({error_code::usage, "an answer is accepted, fill, rejected or done, not " + kind});
  }
  const nb::gil_scoped_release others_may_run;
  return gateway.answer(one);
}

}  // namespace

void bind_executor(nb::module_& in) {
  nb::class_<python_gateway>(in, "Gateway")
      .def(nb::init<std::size_t>(), nb::arg("inbox_max"))
      .def("set_owner", &python_gateway::set_owner)
      .def("answer", &answer);
  nb::class_<run_rows>(in, "RunRows")
      .def("events",
           [](const run_rows& of) {
             return table_now([&](auto& out) { return executor::export_events(of.done, out); });
           })
      .def("flows", [](const run_rows& of) {
        return table_now([&](auto& out) { return executor::export_flows(of.done, out); });
      });
  nb::class_<executor_handle>(in, "Executor")
      .def("run", &run, nb::arg("tick"), nb::arg("table").none(), nb::arg("ids").none(), nb::arg("ticks").none(),
           nb::arg("times").none(), nb::arg("now_ns").none())
      .def("balance", &balance, nb::arg("account"), nb::arg("asset"))
      .def("conserved", [](const executor_handle& handle) {
        return handle.of->call([&]() -> result<bool> { return handle.engine->conserved(); });
      });
  in.def("make_executor", &make_executor, nb::arg("scanner"), nb::arg("rulebook"), nb::arg("rulebook_toml"),
         nb::arg("gateway").none(), nb::arg("order_timeout_ns"), nb::arg("passes_max"));
}

}  // namespace plimsoll::python
