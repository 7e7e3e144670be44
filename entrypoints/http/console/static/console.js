// What the pages do by themselves beside htmx: mark what changed and say so, tell when the server is silent, keys.
"use strict";
(() => {
  const MARKED = 6000; // ms that a changed figure stays marked
  const MOST_SAID = 4; // changes that are read out; of more only their number

  const figures = new Map();
  const label = (cell) => {
    const row = cell.closest("[data-title]");
    const name = cell.dataset.label || "";
    return row ? `${row.dataset.title}: ${name}` : name || cell.dataset.figure;
  };
  const cells = () => document.querySelectorAll("#live [data-figure]");
  const remember = () => {
    figures.clear();
    for (const cell of cells()) figures.set(cell.dataset.figure, cell.textContent.trim());
  };

  const markChanges = () => {
    const said = [];
    for (const cell of cells()) {
      const before = figures.get(cell.dataset.figure);
      const now = cell.textContent.trim();
      if (before === now) continue;
      cell.classList.add("changed");
      setTimeout(() => cell.classList.remove("changed"), MARKED);
      said.push(before === undefined ? `${label(cell)} ${now}, new` : `${label(cell)} ${now}, was ${before}`);
    }
    remember();
    if (!said.length) return;
    const told = document.getElementById("told");
    told.textContent = said.length > MOST_SAID ? `${said.length} figures changed` : said.join(". ");
  };

  // -- live ----------------------------------------------------------------------------------------------------------

  document.addEventListener("htmx:beforeRequest", (event) => {
    // A page that nobody sees asks nothing.
    if (document.hidden) event.preventDefault();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target && event.detail.target.id === "live") markChanges();
  });

  let silent = false;
  const stale = (now) => {
    if (now === silent) return;
    silent = now;
    document.body.classList.toggle("stale", now);
    const status = document.getElementById("status");
    const note = document.createElement("p");
    note.className = "stale-note";
    const since = new Date().toISOString().slice(11, 19);
    note.textContent = `The server does not answer. What you see is as it was at ${since} UTC.`;
    if (now) {
      status.replaceChildren(note);
      document.getElementById("told").textContent = note.textContent;
    } else {
      document.getElementById("told").textContent = "The server answers again.";
    }
  };
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, () => stale(true));
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) stale(false);
  });

  // -- keys ----------------------------------------------------------------------------------------------------------

  const dialog = document.getElementById("shortcuts");
  const switched = document.getElementById("shortcuts-on");
  const STORED = "entrepot.shortcuts";
  switched.checked = localStorage.getItem(STORED) !== "off";
  switched.addEventListener("change", () => localStorage.setItem(STORED, switched.checked ? "on" : "off"));
  document.getElementById("open-shortcuts").addEventListener("click", () => dialog.showModal());

  let going = 0;
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || dialog.open || !switched.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    const now = Date.now();
    if (event.key === "/") {
      const first = document.querySelector("[data-first]");
      if (first) {
        event.preventDefault();
        first.focus();
        first.select();
      }
    } else if (event.key === "?") {
      dialog.showModal();
    } else if (event.key === "g") {
      going = now;
      return;
    } else if (now - going < 1500) {
      for (const link of document.querySelectorAll("[data-key]")) if (link.dataset.key === event.key) link.click();
    }
    going = 0;
  });

  remember();
})();
