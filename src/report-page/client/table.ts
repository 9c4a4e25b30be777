import { byId, element, pathElement } from './elements.ts';
import { number, size } from './formats.ts';
import { type Column, columnsFor, type Row, selectRows } from './rows.ts';

/** Height of a row in pixels, as the style sheet has it. */
const ROW = 30;
/** Rows above and below the visible ones. */
const SPARE = 10;
/** Rows on paper. */
const PRINTED = 100;

/** The table of files: searched, sorted, and with only the visible rows in the document. */
export class FileTable {
  readonly #all: readonly Row[];
  readonly #columns: readonly Column[];
  readonly #search = element('input', {
    type: 'search',
    placeholder: 'Search in path, code and reason',
    ariaLabel: 'Search',
  });
  readonly #fate = element('select', { ariaLabel: 'Fate' });
  readonly #count = element('span', { role: 'status' } as object);
  readonly #scroller = element('div', { className: 'scroller' });
  readonly #table = element('table');
  readonly #body = element('tbody');
  readonly #dialog = element('dialog');
  readonly #heads: readonly HTMLTableCellElement[];
  #shown: readonly Row[] = [];
  #column: Column | undefined;
  #isDescending = false;
  /** Index of the row that has the focus, or would get it. */
  #active = 0;
  #isPrinting = false;

  constructor(place: HTMLElement, rows: readonly Row[]) {
    this.#all = rows;
    this.#columns = columnsFor(rows);
    this.#heads = this.#columns.map((column) => this.#head(column));
    const fates = [...new Set(rows.map(([, fate]) => fate))].sort();
    this.#fate.append(element('option', { value: '', textContent: 'all fates' }));
    this.#fate.append(...fates.map((fate) => element('option', { value: fate, textContent: fate })));
    this.#table.append(element('thead', {}, [element('tr', {}, this.#heads)]), this.#body);
    this.#scroller.append(this.#table);
    place.replaceChildren(
      element('div', { className: 'controls' }, [this.#search, this.#fate, this.#count]),
      this.#scroller,
      this.#dialog,
    );
    this.#listen();
    this.#select();
  }

  #listen(): void {
    this.#search.addEventListener('input', () => this.#select());
    this.#fate.addEventListener('change', () => this.#select());
    this.#scroller.addEventListener('scroll', () => this.#draw(), { passive: true });
    new ResizeObserver(() => this.#draw()).observe(this.#scroller);
    this.#body.addEventListener('keydown', (event) => this.#onKey(event));
    this.#body.addEventListener('click', (event) => {
      const row = (event.target as HTMLElement).closest<HTMLElement>('tr[data-index]');
      if (row) this.#open(Number(row.dataset.index));
    });
    addEventListener('beforeprint', () => this.#print(true));
    addEventListener('afterprint', () => this.#print(false));
  }

  #head(column: Column): HTMLTableCellElement {
    const button = element('button', { type: 'button', textContent: column.title });
    button.addEventListener('click', () => {
      this.#isDescending = this.#column === column ? !this.#isDescending : column.isNumber;
      this.#column = column;
      this.#select();
    });
    return element('th', { scope: 'col', className: column.isNumber ? 'number' : '' }, [button]);
  }

  #select(): void {
    const [text, fate] = [this.#search.value.trim(), this.#fate.value];
    this.#shown = selectRows(this.#all, {
      text,
      fate,
      column: this.#column,
      isDescending: this.#isDescending,
    });
    for (const [at, head] of this.#heads.entries()) {
      if (this.#columns[at] === this.#column) head.ariaSort = this.#isDescending ? 'descending' : 'ascending';
      else head.removeAttribute('aria-sort');
    }
    this.#count.textContent = `${number(this.#shown.length)} of ${number(this.#all.length)}`;
    this.#table.setAttribute('aria-rowcount', String(this.#shown.length + 1));
    this.#active = 0;
    this.#scroller.scrollTop = 0;
    this.#draw();
  }

  #draw(): void {
    const [first, end] = this.#range();
    const focused = this.#body.contains(document.activeElement);
    const rows = this.#shown.slice(first, end).map((row, at) => this.#row(row, first + at));
    this.#body.replaceChildren(
      spacer(first),
      ...rows,
      spacer(this.#isPrinting ? 0 : this.#shown.length - end),
    );
    if (focused) this.#activeRow?.focus({ preventScroll: true });
  }

  #range(): readonly [number, number] {
    if (this.#isPrinting) return [0, Math.min(PRINTED, this.#shown.length)];
    const { scrollTop, clientHeight } = this.#scroller;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - SPARE);
    return [first, Math.min(this.#shown.length, Math.ceil((scrollTop + clientHeight) / ROW) + SPARE)];
  }

  #row(row: Row, index: number): HTMLTableRowElement {
    const cells = this.#columns.map((column, at) => {
      const text = column.text(row);
      const content = at === 0 ? pathElement(text) : text;
      return element(
        'td',
        { className: column.isNumber ? 'number' : at === 1 ? `fate ${text}` : '', title: text },
        [content],
      );
    });
    const made = element('tr', { tabIndex: index === this.#active ? 0 : -1 }, cells);
    made.dataset.index = String(index);
    made.setAttribute('aria-rowindex', String(index + 2));
    return made;
  }

  get #activeRow(): HTMLElement | null {
    return this.#body.querySelector(`tr[data-index="${this.#active}"]`);
  }

  #onKey(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.#scroller.clientHeight / ROW) - 2);
    const last = this.#shown.length - 1;
    const moves: Record<string, number> = {
      ArrowUp: this.#active - 1,
      ArrowDown: this.#active + 1,
      PageUp: this.#active - page,
      PageDown: this.#active + page,
      Home: 0,
      End: last,
    };
    const to = moves[event.key];
    if (event.key === 'Enter') this.#open(this.#active);
    else if (to === undefined) return;
    else this.#goTo(Math.max(0, Math.min(last, to)));
    event.preventDefault();
  }

  #goTo(index: number): void {
    this.#active = index;
    const { clientHeight, scrollTop } = this.#scroller;
    // One row is the head of the table, which stays.
    const bottom = (index + 2) * ROW - clientHeight;
    this.#scroller.scrollTop = Math.min(index * ROW, Math.max(scrollTop, bottom));
    this.#draw();
    this.#activeRow?.focus({ preventScroll: true });
  }

  /** Shows all that is known of a file. */
  #open(index: number): void {
    const row = this.#shown[index];
    if (row === undefined) return;
    const [path, fate, code, bytes, seconds, attempts, proof, resumed, reason] = row;
    const facts: [string, string][] = [
      ['Path', path],
      ['Fate', fate],
      ['Code', code ?? ''],
      ['Reason', reason ?? ''],
      ['Size', bytes === null ? '' : `${size(bytes)} (${number(bytes)} bytes)`],
      ['Seconds', seconds === null ? '' : String(seconds)],
      ['Attempts', number(attempts)],
      ['Resumed', resumed > 0 ? size(resumed) : ''],
      ['Proof', proof ?? ''],
    ];
    const list = facts
      .filter(([, value]) => value !== '')
      .map(([name, value]) =>
        element('div', {}, [element('dt', { textContent: name }), element('dd', {}, [pathElement(value)])]),
      );
    const close = element('button', { type: 'button', textContent: 'Close' });
    close.addEventListener('click', () => this.#dialog.close());
    this.#dialog.replaceChildren(element('dl', {}, list), close);
    this.#active = index;
    this.#dialog.showModal();
  }

  #print(isPrinting: boolean): void {
    this.#isPrinting = isPrinting;
    this.#draw();
  }
}

function spacer(rows: number): HTMLTableRowElement {
  const made = element('tr', { ariaHidden: 'true' });
  made.style.height = `${rows * ROW}px`;
  return made;
}

/** Fills the place of the table. */
export function showTable(rows: readonly Row[]): void {
  new FileTable(byId('table'), rows);
}
