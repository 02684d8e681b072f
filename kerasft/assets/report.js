"use strict";
(() => {
  const behind = JSON.parse(document.getElementById("behind").textContent);
  const panel = document.getElementById("cell");

  // --- tables: click a heading to sort; a second click turns the order round
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent.trim();
  };
  const compare = (a, b) => typeof a === "number" && typeof b === "number"
    ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });

  const sort = (button) => {
    const heading = button.closest("th");
    const body = heading.closest("table").tBodies[0];
    const rows = [...body.rows];
    const column = heading.cellIndex;
    const numbers = rows.length > 0 && "value" in rows[0].cells[column].dataset;
    const before = heading.getAttribute("aria-sort");
    const ascending = before === "none" ? !numbers : before === "descending";
    for (const other of heading.parentElement.querySelectorAll("[aria-sort]")) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const keyed = rows.map((row) => [keyOf(row, column), row]);
    keyed.sort((a, b) => (ascending ? 1 : -1) * compare(a[0], b[0]));
    body.append(...keyed.map((pair) => pair[1]));
  };

  // --- the confusion matrix: a cell shows its examples. Texts are set as text, never as HTML.
  const element = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };

  const card = (example) => {
    const figure = element("figure");
    if (example.src) {
      const image = element("img");
      image.src = example.src;
      image.alt = example.id;
      figure.append(image);
    } else {
      figure.append(element("q", example.text));
      if (example.pair !== undefined) figure.append(element("q", example.pair));
    }
    const caption = element("figcaption", (100 * example.p).toFixed(1) + " % ");
    caption.append(element("span", example.id, "id"));
    figure.append(caption);
    return figure;
  };

  const describe = (cell) => {
    const [row, column] = cell.split(",").map(Number);
    const count = behind.cells[cell] ? behind.cells[cell][0] : 0;
    return `true ${behind.names[row]}, answer ${behind.names[column]}: ${count}`;
  };

  const open = (cell) => {
    const [count, places] = behind.cells[cell] || [0, []];
    const cards = panel.querySelector(".cards");
    panel.querySelector("h3").textContent = describe(cell);
    cards.replaceChildren(...places.map((place) => card(behind.examples[place])));
    cards.classList.toggle("texts", places.length > 0 && !behind.examples[places[0]].src);
    const [row, column] = cell.split(",");
    const order = row === column ? "the least certain first" : "the most confident first";
    let note = `${places.length} of ${count} shown, ${order}; the number is the probability of the answer.`;
    if (count > 0 && places.length === 0) note = "This page has no room for these: a cell with more examples went first.";
    if (count === 0) note = "No test example is here.";
    panel.querySelector(".note").textContent = note;
    panel.hidden = false;
    for (const each of document.querySelectorAll(".matrix [data-cell]")) {
      each.setAttribute("aria-pressed", String(each.dataset.cell === cell));
    }
    panel.scrollIntoView({ block: "nearest" });
    // from elsewhere in the page, the keyboard goes along; in the matrix it stays, to look at the next cell
    if (!document.activeElement.closest(".matrix")) panel.focus({ preventScroll: true });
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if ("sort" in button.dataset) sort(button);
    else if (button.dataset.cell) open(button.dataset.cell);
  });

  // --- the arrow keys move in the matrix; Tab passes it in one step
  const matrix = document.querySelector(".matrix");
  if (matrix) {
    const buttons = [...matrix.querySelectorAll("[data-cell]")];
    const enter = (button) => {
      for (const each of buttons) each.tabIndex = each === button ? 0 : -1;
    };
    if (buttons.length) enter(buttons[0]);
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    matrix.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      if (!step || !event.target.dataset.cell) return;
      event.preventDefault();
      let [row, column] = event.target.dataset.cell.split(",").map(Number);
      const size = behind.names.length;
      for (;;) { // empty cells are passed over
        row += step[0];
        column += step[1];
        if (row < 0 || column < 0 || row >= size || column >= size) return;
        const next = matrix.querySelector(`[data-cell="${row},${column}"]`);
        if (next) {
          enter(next);
          next.focus();
          return;
        }
      }
    });
    matrix.addEventListener("focusin", (event) => { if (event.target.dataset.cell) enter(event.target); });
  }

  // --- many classes: the picture of the matrix is read with the pointer; the list of pairs serves the keyboard
  const overview = document.getElementById("overview");
  if (overview) {
    const caption = document.getElementById("under-pointer");
    const under = (event) => {
      const box = overview.getBoundingClientRect();
      const size = behind.names.length;
      const at = (share) => Math.min(size - 1, Math.max(0, Math.floor(share * size)));
      return `${at((event.clientY - box.top) / box.height)},${at((event.clientX - box.left) / box.width)}`;
    };
    overview.addEventListener("pointermove", (event) => { caption.textContent = describe(under(event)); });
    overview.addEventListener("click", (event) => open(under(event)));
  }
})();
