// Lets tables be sorted, searched and saved; shows the charts and tables of one asset at a time; draws every chart of the page from the JSON beside it, in the colours of the screen's theme; on paper always the light one.
"use strict";
(function () {
  // Tables: a click on a title sorts, the field filters rows by a text, the button saves the shown rows as CSV.
  const value_of = cell => cell.textContent.trim();
  const number_of = text => text.endsWith("inf") ? (text[0] === "-" ? -Infinity : Infinity) : parseFloat(text.replace(/[\u202f\s]/g, ""));

  function sort_by(table, place, number) {
    const head = table.tHead.rows[0].cells[place];
    const down = head.getAttribute("aria-sort") === "descending" ? false : head.getAttribute("aria-sort") === "ascending" || number;
    for (const other of table.tHead.rows[0].cells) { other.removeAttribute("aria-sort"); }
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = Array.from(table.tBodies[0].rows, (row, at) => ({ row, at, text: value_of(row.cells[place]) }));
    const blank = one => one.text === "" ? 1 : 0;  // At the end in either order.
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

  const has_text = (row, text) => row.textContent.toLowerCase().includes(text);
  const tables = Array.from(document.querySelectorAll("figure.table"), figure => ({ figure, table: figure.querySelector("table"), field: null })).filter(one => one.table);
  const names_accounts = one => Array.from(one.table.tHead.rows[0].cells).some(head => /^(account|loser|winner)$/.test(value_of(head)));
  const everywhere = document.createElement("input");  // A text that is searched in every table.

  /// Rows that are shown.
  function sift(one) {
    const texts = [everywhere.value, one.field ? one.field.value : ""].map(text => text.trim().toLowerCase());
    let left = 0;
    for (const row of one.table.tBodies[0].rows) {
      row.hidden = !texts.every(text => has_text(row, text));
      left += row.hidden ? 0 : 1;
    }
    return left;
  }

  for (const one of tables) {
    const { figure, table } = one;
    Array.from(table.tHead.rows[0].cells).forEach((head, place) => {
      const sort = () => sort_by(table, place, head.classList.contains("n"));
      head.classList.add("sorts");
      head.title = "Sort";
      head.tabIndex = 0;
      head.addEventListener("click", sort);
      head.addEventListener("keydown", event => { if (event.key === "Enter") { sort(); } });
    });
    if (table.tBodies[0].rows.length < 20) { figure.classList.add("short"); }
    const tools = document.createElement("div");
    tools.className = "tools";
    if (table.tBodies[0].rows.length > 8) {
      one.field = document.createElement("input");
      one.field.type = "search";
      one.field.placeholder = names_accounts(one) ? "Rows with this account or text" : "Rows with this text";
      one.field.addEventListener("input", () => sift(one));
      tools.appendChild(one.field);
    }
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "CSV";
    button.title = "Save the rows shown as CSV";
    button.addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([csv_of(table)], { type: "text/csv" }));
      link.download = figure.id + ".csv";
      link.click();
      URL.revokeObjectURL(link.href);
    });
    tools.appendChild(button);
    const more = document.createElement("span");
    more.className = "more";
    more.textContent = "scroll sideways for more columns";
    tools.appendChild(more);
    const box = figure.querySelector(".scroll");
    figure.insertBefore(tools, box);
    const measure = () => {
      const wide = box.scrollWidth > box.clientWidth + 1;
      figure.classList.toggle("scrolls", wide);
      if (wide) { box.tabIndex = 0; } else { box.removeAttribute("tabindex"); }  // So that keys can scroll it.
    };
    new ResizeObserver(measure).observe(box);
    measure();
  }

  if (tables.length > 0) {
    const label = document.createElement("label");
    const found = document.createElement("span");
    label.className = "find";
    everywhere.type = "search";
    everywhere.placeholder = tables.some(names_accounts) ? "Find an account in every table" : "Find a text in every table";
    everywhere.addEventListener("input", () => {
      const left = tables.map(sift);
      const rows = left.reduce((sum, count) => sum + count, 0);
      found.textContent = everywhere.value.trim() === "" ? "" : rows + (rows === 1 ? " row in " : " rows in ") + left.filter(count => count > 0).length + " of " + tables.length + " tables; only rows on this page are searched";
    });
    label.append(everywhere, found);
    document.querySelector("nav").after(label);
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
    responsive: true, displaylogo: false, plotlyServerURL: "",  // No data leaves the page.
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

  // `bar`: plotly's buttons need space above the chart.
  function layout_of(spec, colours, bar) {
    const own = JSON.parse(JSON.stringify(spec.layout));
    const legend = own.showlegend !== false && (spec.data.some(trace => trace.showlegend === true) || spec.data.filter(trace => trace.showlegend !== false).length > 1);
    const layout = Object.assign({
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", separators: ".\u202f",
      modebar: { bgcolor: "rgba(0,0,0,0)", color: colours.rule, activecolor: colours.text },
      margin: { l: 60, r: 18, t: legend ? 34 : bar ? 30 : 12, b: 44 }, bargap: 0.25,
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
    return layout;
  }

  // Labels of the x axis that fit side by side in `room` pixels: first those at a line, then from the left. Axes of
  // names keep all labels.
  function thin_labels(layout, room) {
    const axis = layout.xaxis;
    if (!axis.tickvals || !axis.range || axis.type === "category") { return; }
    const place = value => axis.type === "log" ? Math.log10(value) : value;
    const lines = (layout.shapes || []).filter(shape => shape.x0 === shape.x1).map(shape => shape.x0);
    const labels = axis.tickvals.map((value, at) => ({
      at, first: lines.includes(value), half: (String(axis.ticktext[at]).length * 7.2 + 10) / 2, x: (place(value) - axis.range[0]) / (axis.range[1] - axis.range[0]) * room,
    }));
    const kept = [];
    for (const one of [...labels.filter(label => label.first), ...labels.filter(label => !label.first)]) {
      if (kept.every(other => Math.abs(one.x - other.x) >= one.half + other.half)) { kept.push(one); }
    }
    kept.sort((a, b) => a.at - b.at);
    axis.tickvals = kept.map(one => axis.tickvals[one.at]);
    axis.ticktext = kept.map(one => axis.ticktext[one.at]);
    axis.tickangle = 0;
  }

  // `width`: of the paper; absent for the screen, where the chart follows its box.
  function draw(chart, colours, width) {
    const bar = !width && chart.box.clientWidth >= 480;
    const layout = layout_of(chart.spec, colours, bar);
    chart.box.style.height = (width ? Math.round(chart.height * 0.72) : chart.height) + "px";
    layout.height = parseInt(chart.box.style.height, 10);
    if (width) { layout.width = width; }
    thin_labels(layout, (width || chart.box.clientWidth) - 100);
    return Plotly.react(chart.box, JSON.parse(JSON.stringify(chart.spec.data)), layout, Object.assign({}, config, { responsive: !width, displayModeBar: bar }));
  }

  // Charts and tables of several assets: a menu in each section selects one asset for the whole page.
  const menus = [];
  function choose(choice) {
    for (const one of menus) {
      if (one.choices.includes(choice)) { one.menu.value = choice; }
      for (const figure of one.figures) { figure.hidden = figure.dataset.choice !== one.menu.value; }
    }
    draw_all();
  }
  for (const section of document.querySelectorAll("section")) {
    const figures = Array.from(section.querySelectorAll("figure[data-choice]"));
    const choices = Array.from(new Set(figures.map(figure => figure.dataset.choice)));
    if (choices.length < 2) { continue; }
    const menu = document.createElement("select");
    for (const choice of choices) { menu.add(new Option(choice, choice)); }
    menu.addEventListener("change", () => choose(menu.value));
    const label = document.createElement("label");
    label.append("Asset ", menu);
    const tools = document.createElement("div");
    tools.className = "tools assets";
    tools.appendChild(label);
    section.insertBefore(tools, section.querySelector(".charts, figure"));
    menus.push({ menu, choices, figures });
  }

  function draw_all() {
    for (const chart of charts.filter(one => !one.figure.hidden)) { draw(chart, dark.matches ? dark_colours : light_colours); }
  }

  // A4 landscape within its margins, in CSS pixels, less a figure's padding.
  const paper_width = 1036;
  let printing = false;
  window.addEventListener("beforeprint", () => {
    printing = true;
    for (const chart of charts.filter(one => !one.figure.hidden)) { draw(chart, light_colours, chart.figure.classList.contains("wide") ? paper_width - 28 : (paper_width - 14) / 2 - 28); }
  });
  window.addEventListener("afterprint", () => { printing = false; draw_all(); });
  let width = window.innerWidth, resized = 0;
  window.addEventListener("resize", () => {  // Another width has space for other labels.
    if (printing || width === window.innerWidth) { return; }
    width = window.innerWidth;
    clearTimeout(resized);
    resized = setTimeout(draw_all, 150);
  });
  dark.addEventListener("change", draw_all);
  for (const chart of charts) { chart.box.textContent = ""; }
  for (const one of menus) { for (const figure of one.figures) { figure.hidden = figure.dataset.choice !== one.menu.value; } }
  draw_all();
})();
