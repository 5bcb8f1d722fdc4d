// Lets tables be sorted, searched and saved; draws every chart of the page from the JSON beside it, in the colours of the screen's theme; on paper always the light one.
"use strict";
(function () {
  // Tables: a click on a title sorts, the field shows rows that hold a text, the button saves what is shown as CSV.
  const value_of = cell => cell.textContent.trim();
  const number_of = text => text.endsWith("inf") ? (text[0] === "-" ? -Infinity : Infinity) : parseFloat(text.replace(/[\u202f\s]/g, ""));

  function sort_by(table, place, number) {
    const head = table.tHead.rows[0].cells[place];
    const down = head.getAttribute("aria-sort") === "descending" ? false : head.getAttribute("aria-sort") === "ascending" || number;
    for (const other of table.tHead.rows[0].cells) { other.removeAttribute("aria-sort"); }
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = Array.from(table.tBodies[0].rows, (row, at) => ({ row, at, text: value_of(row.cells[place]) }));
    const blank = one => one.text === "" ? 1 : 0;  // Whatever the order, at the end.
    rows.sort((a, b) => blank(a) - blank(b) || (down ? -1 : 1) * (number ? number_of(a.text) - number_of(b.text) : a.text.localeCompare(b.text)) || a.at - b.at);
    for (const one of rows) { table.tBodies[0].appendChild(one.row); }
  }

  function csv_of(table) {
    const field = (cell, number) => {
      const text = number ? value_of(cell).replace(/[\u202f\s]/g, "") : value_of(cell);
      return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
    };
    const rows = [table.tHead.rows[0], ...Array.from(table.tBodies[0].rows).filter(row => !row.hidden)];
    return rows.map((row, at) => Array.from(row.cells, cell => field(cell, at > 0 && cell.classList.contains("n"))).join(",") + "\n").join("");
  }

  for (const figure of document.querySelectorAll("figure.table")) {
    const table = figure.querySelector("table");
    if (!table) { continue; }
    Array.from(table.tHead.rows[0].cells).forEach((head, place) => {
      head.classList.add("sorts");
      head.addEventListener("click", () => sort_by(table, place, head.classList.contains("n")));
    });
    const tools = document.createElement("div");
    tools.className = "tools";
    if (table.tBodies[0].rows.length > 8) {
      const field = document.createElement("input");
      field.type = "search";
      field.placeholder = "Rows with this account or text";
      field.addEventListener("input", () => {
        for (const row of table.tBodies[0].rows) { row.hidden = !row.textContent.toLowerCase().includes(field.value.toLowerCase()); }
      });
      tools.appendChild(field);
    }
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "CSV";
    button.title = "Save the rows shown";
    button.addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([csv_of(table)], { type: "text/csv" }));
      link.download = figure.id + ".csv";
      link.click();
      URL.revokeObjectURL(link.href);
    });
    tools.appendChild(button);
    figure.insertBefore(tools, figure.querySelector(".scroll"));
  }

  const charts = Array.from(document.querySelectorAll("figure.chart"), figure => ({
    figure,
    box: figure.querySelector(".plot"),
    height: parseInt(figure.querySelector(".plot").style.height, 10),
    spec: JSON.parse(figure.querySelector("script").textContent),
  }));
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const light_colours = { text: "#17202b", muted: "#46515f", grid: "#e0e4e9", rule: "#aab3bd", panel: "#ffffff", veil: "rgba(255,255,255,0.65)" };
  const dark_colours = { text: "#e4e9ef", muted: "#9aa7b5", grid: "#27303a", rule: "#4a5663", panel: "#1a2027", veil: "rgba(18,22,27,0.65)" };
  const config = {
    responsive: true, displaylogo: false, plotlyServerURL: "",  // Nothing leaves the page.
    modeBarButtons: [["toImage"], ["zoom2d", "pan2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"]],
    toImageButtonOptions: { format: "svg" },
  };
  const font = getComputedStyle(document.body).fontFamily;

  function axis_of(axis, colours) {
    const title = axis.title ? { title: Object.assign({ font: { size: 12.5, color: colours.muted }, standoff: 8 }, axis.title) } : {};
    return Object.assign({
      gridcolor: colours.grid, linecolor: colours.rule, zerolinecolor: colours.rule, tickcolor: colours.rule,
      ticks: "outside", ticklen: 4, automargin: true, zeroline: false, separatethousands: true,
    }, axis, title);
  }

  function layout_of(spec, colours) {
    const own = JSON.parse(JSON.stringify(spec.layout));
    const layout = Object.assign({
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", separators: ".\u202f",
      modebar: { bgcolor: "rgba(0,0,0,0)", color: colours.rule, activecolor: colours.text },
      margin: { l: 60, r: 18, t: 34, b: 44 }, bargap: 0.25,
      hoverlabel: { bgcolor: colours.panel, bordercolor: colours.rule, font: { color: colours.text, family: font, size: 12.5 }, align: "left" },
    }, own);
    layout.font = Object.assign({ family: font, size: 12.5, color: colours.text }, own.font);
    layout.legend = Object.assign({ orientation: "h", x: 0, y: 1.02, xanchor: "left", yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" }, own.legend);
    for (const key of ["xaxis", "yaxis"]) { layout[key] = layout[key] || {}; }
    for (const key of Object.keys(layout)) {
      if (/^[xy]axis[0-9]*$/.test(key)) { layout[key] = axis_of(layout[key], colours); }
    }
    for (const note of layout.annotations || []) {
      note.bgcolor = colours.veil;
      note.font = Object.assign({ color: colours.muted, size: 11.5 }, note.font);
    }
    for (const menu of layout.updatemenus || []) {
      Object.assign(menu, { bgcolor: colours.panel, bordercolor: colours.rule, font: { color: colours.text, size: 12.5 } });
    }
    return layout;
  }

  // `width`: of the paper; nothing for the screen, where the chart follows its box.
  function draw(chart, colours, width) {
    const layout = layout_of(chart.spec, colours);
    chart.box.style.height = (width ? Math.round(chart.height * 0.84) : chart.height) + "px";
    layout.height = parseInt(chart.box.style.height, 10);
    if (width) { layout.width = width; }
    return Plotly.react(chart.box, JSON.parse(JSON.stringify(chart.spec.data)), layout, width ? Object.assign({}, config, { responsive: false }) : config);
  }

  // Charts of several assets in one section: a menu shows those of one.
  for (const section of document.querySelectorAll("section")) {
    const own = charts.filter(chart => section.contains(chart.figure) && chart.figure.dataset.choice);
    const choices = Array.from(new Set(own.map(chart => chart.figure.dataset.choice)));
    if (choices.length < 2) { continue; }
    const menu = document.createElement("select");
    menu.title = "Asset of the charts";
    for (const choice of choices) { menu.add(new Option(choice, choice)); }
    const show = () => { for (const chart of own) { chart.figure.hidden = chart.figure.dataset.choice !== menu.value; } };
    menu.addEventListener("change", () => { show(); draw_all(); });
    const tools = document.createElement("div");
    tools.className = "tools";
    tools.appendChild(menu);
    section.insertBefore(tools, section.querySelector(".charts"));
    show();
  }

  function draw_all() {
    for (const chart of charts.filter(one => !one.figure.hidden)) { draw(chart, dark.matches ? dark_colours : light_colours); }
  }

  // A4 landscape within its margins, in CSS pixels, less a figure's padding.
  const paper_width = 1036;
  window.addEventListener("beforeprint", () => {
    for (const chart of charts.filter(one => !one.figure.hidden)) { draw(chart, light_colours, chart.figure.classList.contains("wide") ? paper_width - 28 : (paper_width - 14) / 2 - 28); }
  });
  window.addEventListener("afterprint", draw_all);
  dark.addEventListener("change", draw_all);
  for (const chart of charts) { chart.box.textContent = ""; }
  draw_all();
})();
