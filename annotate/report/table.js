// A table that shows one page of its rows, sorted and filtered: however many rows there are, few are drawn.

const PAGE_ROWS = 25;

class DataTable {
  // opened(number) returns what is shown below an opened row; null where rows do not open.
  constructor(root, { columns, rows }, { opened = null, changed = () => {}, things }) {
    this.root = root;
    this.columns = columns.map(([name, kind]) => ({ name, kind }));
    this.rows = rows.map((cells, number) => ({
      number, texts: cells.map((cell) => (Array.isArray(cell) ? cell[0] : cell)),
      keys: cells.map((cell) => (Array.isArray(cell) ? cell[1] : cell)),
      words: cells.map((cell) => (Array.isArray(cell) ? cell[0] : cell)).join(" ").toLowerCase(),
    }));
    this.openedRows = new Set();
    Object.assign(this, { opened, changed, things, page: 0, sorted: null, only: null, choices: new Map(), all: false });
    this.build();
    this.apply();
  }

  build() {
    const make = (name, properties = {}, ...children) => {
      const made = Object.assign(document.createElement(name), properties);
      made.append(...children);
      return made;
    };
    this.make = make;
    this.search = make("input", { type: "search", placeholder: "Search", ariaLabel: `Search ${this.things[1]}` });
    this.search.addEventListener("input", () => this.apply());
    const selects = this.columns.flatMap(({ name, kind }, index) => {
      if (kind !== "choice" && kind !== "badges") return [];
      const values = [...new Set(this.rows.flatMap((row) => (kind === "badges" ? row.texts[index].split(", ") : [row.texts[index]])))].sort();
      if (values.length < 2) return [];
      const select = make("select", { ariaLabel: name }, make("option", { value: "", textContent: `${name}: all` }),
        ...values.map((value) => make("option", { value, textContent: value || "not stated" })));
      select.addEventListener("change", () => {
        if (select.selectedIndex) this.choices.set(index, select.value); else this.choices.delete(index);
        this.apply();
      });
      return [select];
    });
    this.clear = make("button", { type: "button", textContent: "Show all again" });
    this.clear.addEventListener("click", () => {
      this.search.value = "";
      for (const select of selects) select.selectedIndex = 0;
      this.choices.clear();
      this.only = null;
      this.apply();
    });
    const turn = (text, title, by) => {
      const button = make("button", { type: "button", textContent: text, title });
      button.addEventListener("click", () => { this.page += by; this.draw(); });
      return button;
    };
    this.back = turn("‹", "Previous page", -1);
    this.forth = turn("›", "Next page", 1);
    this.count = make("span", { className: "count", role: "status" });
    this.heads = this.columns.map(({ name, kind }, index) => {
      const button = make("button", { type: "button", textContent: name });
      button.addEventListener("click", () => this.sort(index));
      return make("th", { scope: "col", className: kind }, button);
    });
    this.body = make("tbody");
    this.root.append(make("div", { className: "controls" }, this.search, ...selects, this.clear, this.count, this.back, this.forth),
      make("table", {}, make("thead", {}, make("tr", {}, ...this.heads)), this.body));
  }

  sort(index) {
    const [same, down] = [this.sorted?.index === index, this.sorted?.down];
    this.sorted = { index, down: same ? !down : false };
    this.heads.forEach((head, i) => (i === index ? head.setAttribute("aria-sort", this.sorted.down ? "descending" : "ascending") : head.removeAttribute("aria-sort")));
    this.apply();
  }

  apply() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.found = this.rows.filter((row) => (!this.only || this.only.has(row.number))
      && words.every((word) => row.words.includes(word))
      && [...this.choices].every(([index, value]) => (this.columns[index].kind === "badges" ? row.texts[index].split(", ").includes(value) : row.texts[index] === value)));
    if (this.sorted) {
      const { index, down } = this.sorted, sign = down ? -1 : 1;
      const compare = (a, b) => (typeof a === "number" ? a - b : a < b ? -1 : a > b ? 1 : 0);
      this.found.sort((a, b) => sign * compare(a.keys[index], b.keys[index]) || a.number - b.number);
    }
    this.page = 0;
    this.draw();
    this.changed(this.found.map((row) => row.number));
  }

  draw() {
    const pages = Math.max(1, Math.ceil(this.found.length / PAGE_ROWS));
    this.page = Math.min(Math.max(this.page, 0), pages - 1);
    const first = this.page * PAGE_ROWS;
    const drawn = this.all ? this.found : this.found.slice(first, first + PAGE_ROWS);
    this.body.replaceChildren(...drawn.flatMap((row) => this.drawRow(row)));
    const [singular, plural] = this.things;
    const filtered = this.found.length < this.rows.length;
    this.clear.hidden = !filtered;
    this.back.hidden = this.forth.hidden = pages === 1;
    this.back.disabled = this.page === 0;
    this.forth.disabled = this.page === pages - 1;
    this.count.textContent = `${this.found.length}${filtered ? ` of ${this.rows.length}` : ""} ${this.rows.length === 1 ? singular : plural}`
      + (pages > 1 ? `, ${first + 1} to ${first + drawn.length}` : "");
  }

  drawRow(row) {
    const { make } = this;
    const open = this.opened && this.openedRows.has(row.number);
    const cells = row.texts.map((text, index) => {
      const { kind } = this.columns[index];
      if (kind !== "badges") return make("td", { className: kind, textContent: text });
      return make("td", {}, ...text.split(", ").map((word) => make("b", { className: `badge ${word.split(" ")[0]}`, textContent: word })));
    });
    if (!this.opened) return [make("tr", {}, ...cells)];
    const button = make("button", { type: "button", className: "open", textContent: open ? "▾" : "▸", ariaExpanded: String(open), ariaLabel: "Details" });
    cells[0].prepend(button);
    const line = make("tr", { className: `entry${open ? " open" : ""}` }, ...cells);
    line.addEventListener("click", () => {
      if (getSelection()?.toString()) return; // somebody is copying
      if (open) this.openedRows.delete(row.number); else this.openedRows.add(row.number);
      this.draw();
      this.body.querySelectorAll("button.open")[this.found.indexOf(row) - this.page * PAGE_ROWS]?.focus({ preventScroll: true });
    });
    if (!open) return [line];
    return [line, make("tr", { className: "detail" }, make("td", { className: "detail", colSpan: this.columns.length }, this.opened(row.number)))];
  }

  // Show the rows chosen on the map or named in the address, and open the first.
  reveal(numbers) {
    this.openedRows.add(numbers[0]);
    if (numbers.length > 1) {
      this.only = new Set(numbers);
      this.apply();
    } else {
      if (!this.found.some((row) => row.number === numbers[0])) { this.clear.click(); }
      this.page = Math.floor(this.found.findIndex((row) => row.number === numbers[0]) / PAGE_ROWS);
      this.draw();
    }
    this.body.querySelector("tr.detail")?.previousSibling.scrollIntoView({ block: "start" });
  }

  // Show all rows that match, for paper; or one page of them again.
  showAll(all) {
    this.all = all;
    this.draw();
  }
}
