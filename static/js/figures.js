// Draws a chart over each table that asks for one, from the very numbers that stand in it, and renews them all.
const SOON = 6_000;
const AGAIN = 10_000;
// Ages, what is due and who is on call move by the clock alone.
const IDLE = 60_000;
const DASH = [6, 4];
// Minutes, and how an axis of times names them.
const TIMES = [[1 / 60, "1 s"], [1 / 6, "10 s"], [1, "1 min"], [5, "5 min"], [15, "15 min"], [60, "1 h"], [240, "4 h"], [1440, "1 d"], [10_080, "7 d"], [43_200, "30 d"]];

const charts = [];
const opened = new Map();

const colour = (name) => {
  const probe = document.createElement("span");
  probe.className = `ink-${name}`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
};

// What the cell says, or nothing where it says a dash.
function number(cell) {
  const text = cell.dataset.value ?? cell.textContent;
  return text.trim() === "" ? null : Number(text);
}

function read(panel) {
  const table = panel.querySelector("table");
  const rows = [...table.tBodies[0].rows];
  const series = [...table.tHead.rows[0].cells].flatMap((head, column) =>
    head.dataset.series ? [{ name: head.textContent, ink: head.dataset.series, column }] : []);
  return {
    labels: rows.map((row) => row.cells[0].textContent.trim()),
    links: rows.map((row) => row.cells[0].querySelector("a")?.href),
    changes: rows.flatMap((row, at) => (row.dataset.change ? [{ at, what: row.dataset.change }] : [])),
    series: series.map((one) => ({
      ...one,
      links: rows.map((row) => row.cells[one.column].querySelector("a")?.href),
      values: rows.map((row) => number(row.cells[one.column])),
      texts: rows.map((row) => row.cells[one.column].textContent),
    })),
  };
}

// A line where the policy or a version changed: numbers before and after it are not alike.
const markers = (changes, ink) => ({
  id: "markers",
  afterDatasetsDraw({ ctx, chartArea, scales }) {
    ctx.save();
    ctx.strokeStyle = ink;
    ctx.setLineDash(DASH);
    for (const { at } of changes) {
      const x = scales.x.getPixelForValue(at);
      ctx.beginPath();
      ctx.moveTo(x, chartArea.top);
      ctx.lineTo(x, chartArea.bottom);
      ctx.stroke();
    }
    ctx.restore();
  },
});

function datasets(found, panel) {
  const sets = found.series.map(({ name, ink, values, texts, links }) => ({
    label: name, data: values, texts, links, borderColor: colour(ink), backgroundColor: colour(ink), borderWidth: 2, pointRadius: 3,
    pointHitRadius: 12, maxBarThickness: 28, spanGaps: false, tension: 0,
  }));
  if (panel.dataset.line) {
    const ink = colour("soft");
    sets.push({
      label: "Target", data: found.labels.map(() => Number(panel.dataset.line)), borderColor: ink, backgroundColor: ink,
      borderWidth: 1.5, borderDash: DASH, pointRadius: 0, type: "line",
    });
  }
  return sets;
}

// From a second to a month a straight axis would show the longest alone.
const ofTimes = (axis) => ({
  ...axis,
  type: "logarithmic",
  afterBuildTicks: (scale) => { scale.ticks = TIMES.filter(([n]) => n >= scale.min && n <= scale.max).map(([value]) => ({ value })); },
  ticks: { ...axis.ticks, autoSkip: false, callback: (value) => TIMES.find(([n]) => n === value)?.[1] ?? "" },
});

const ofNumbers = (axis, panel, unit) => ({
  ...axis,
  beginAtZero: true,
  max: panel.dataset.top ? Number(panel.dataset.top) : undefined,
  ticks: { ...axis.ticks, precision: unit ? undefined : 0, callback: (value) => `${value}${unit}` },
});

// To what this very bar or point counts; beside them, and where a share is no list, to everything of its time.
function follow(chart, event, near, links) {
  const [hit] = chart.getElementsAtEventForMode(event, "nearest", { intersect: true }, false);
  const { index } = hit ?? near[0] ?? {};
  const link = (hit && chart.data.datasets[hit.datasetIndex].links?.[index]) ?? links[index];
  if (link) location.assign(link);
}

function draw(panel) {
  const found = read(panel);
  const plot = panel.querySelector(".plot");
  const [ink, line] = [colour("soft"), colour("line")];
  const stacked = "stacked" in panel.dataset;
  const unit = panel.dataset.unit ? ` ${panel.dataset.unit}` : "";
  plot.hidden = false;
  const axis = { stacked, ticks: { color: ink, maxRotation: 0, autoSkipPadding: 12 }, grid: { color: line } };
  charts.push(new window.Chart(plot.querySelector("canvas"), {
    type: panel.dataset.chart,
    data: { labels: found.labels, datasets: datasets(found, panel) },
    plugins: [markers(found.changes, ink)],
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      onClick: (event, near, chart) => follow(chart, event, near, found.links),
      plugins: {
        legend: { labels: { color: ink, boxWidth: 12 } },
        tooltip: {
          callbacks: {
            label: ({ dataset, dataIndex }) => `${dataset.label}${dataset.texts ? `: ${dataset.texts[dataIndex]}` : ""}`,
            footer: (items) => found.changes.filter(({ at }) => at === items[0].dataIndex).map(({ what }) => what),
          },
        },
      },
      scales: {
        x: { ...axis, grid: { display: false } },
        y: "times" in panel.dataset ? ofTimes(axis) : ofNumbers(axis, panel, unit),
      },
    },
  }));
}

// With the charts there, the tables fold away; whoever opened one finds it open after news.
function fold() {
  for (const behind of document.querySelectorAll("details.behind")) {
    behind.open = opened.get(behind.id) ?? false;
    behind.addEventListener("toggle", () => opened.set(behind.id, behind.open));
  }
}

function drawAll() {
  while (charts.length) charts.pop().destroy();
  for (const panel of document.querySelectorAll("[data-chart]")) draw(panel);
  fold();
}

// Numbers are counted some seconds after what they count. Nothing is renewed under a hand that is in it.
function renewOnNews() {
  let waiting = false;
  let last = 0;
  const renew = () => {
    const figures = document.getElementById("figures");
    if (figures?.contains(document.activeElement) || document.hidden) {
      setTimeout(renew, AGAIN);
      return;
    }
    waiting = false;
    last = performance.now();
    document.body.dispatchEvent(new CustomEvent("figures"));
  };
  const soon = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(renew, Math.max(SOON, last + AGAIN - performance.now()));
  };
  document.addEventListener("told", soon);
  // Without a socket the page looks by itself (live.js).
  document.body.addEventListener("news", soon);
  setInterval(() => { if (!document.hidden) soon(); }, IDLE);
}

drawAll();
renewOnNews();
document.addEventListener("htmx:after:swap", (event) => { if (document.getElementById("figures")) drawAll(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
new MutationObserver(drawAll).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
