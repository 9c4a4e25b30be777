import { hierarchy, treemap } from 'd3-hierarchy';
import type { PageFolder } from '../folder-tree.ts';
import { element, pathElement } from './elements.ts';
import { files, size } from './formats.ts';

/** Tiles of one folder; smaller ones are shown as one. */
const MOST_TILES = 150;
const HEIGHT = 360;
/** Smaller tiles have no room for a label. In pixels. */
const SMALLEST_LABEL = { width: 40, height: 34 };

/** A tile: a folder that can be entered, one that cannot, or what is left. */
interface Tile extends PageFolder {
  readonly isRest?: boolean;
}

/** The one level that is laid out: a folder has tiles, and they are the leaves. */
interface Level {
  readonly tile?: Tile;
  readonly tiles?: readonly Tile[];
}

/** Draws the folders by their bytes. A click or Enter goes into one, Escape or the path above it goes up. */
export class Treemap {
  readonly #crumbs = element('nav', { className: 'crumbs', ariaLabel: 'Folder' });
  readonly #map = element('div', { className: 'treemap' });
  /** The folders from the top to the shown one. */
  #way: readonly PageFolder[];

  constructor(place: HTMLElement, root: PageFolder) {
    this.#way = [root];
    place.append(this.#crumbs, this.#map);
    place.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.#way.length > 1) this.#show(this.#way.slice(0, -1), true);
    });
    new ResizeObserver(() => this.#layOut()).observe(this.#map);
    this.#show(this.#way, false);
  }

  #show(way: readonly PageFolder[], takesFocus: boolean): void {
    this.#way = way;
    const crumbs = way.map((folder, depth) => {
      const isHere = depth === way.length - 1;
      const crumb = element('button', { type: 'button' }, [depth === 0 ? 'All' : pathElement(folder.name)]);
      if (isHere) crumb.ariaCurrent = 'true';
      crumb.addEventListener('click', () => this.#show(way.slice(0, depth + 1), true));
      return crumb;
    });
    const here = way.at(-1);
    const what =
      here &&
      `${size(here.bytes)} in ${files(here.files)}${here.failed > 0 ? `, ${here.failed} failed` : ''}`;
    this.#crumbs.replaceChildren(...crumbs, element('span', { textContent: what ?? '' }));
    this.#layOut();
    if (takesFocus) (this.#crumbs.lastElementChild?.previousElementSibling as HTMLElement | null)?.focus();
  }

  #layOut(): void {
    const here = this.#way.at(-1);
    if (here === undefined) return;
    const width = this.#map.clientWidth;
    const root = hierarchy<Level>({ tiles: tilesOf(here) }, ({ tiles }) => tiles?.map((tile) => ({ tile })));
    root.sum(({ tile }) => tile?.bytes ?? 0);
    const laidOut = treemap<Level>().size([width, HEIGHT]).paddingInner(2).round(true)(root);
    this.#map.replaceChildren(
      ...(laidOut.children ?? []).flatMap(({ data, x0, y0, x1, y1 }) =>
        data.tile && x1 > x0 && y1 > y0 ? [this.#tile(data.tile, x0, y0, x1 - x0, y1 - y0)] : [],
      ),
    );
  }

  #tile(tile: Tile, left: number, top: number, width: number, height: number): HTMLElement {
    const { name, bytes, files: count, failed, isRest = false, children } = tile;
    const label = isRest ? 'files and smaller folders here' : name;
    const canEnter = !isRest && children.length > 0;
    const made = element('button', { type: 'button', className: 'tile' });
    made.title = `${label}: ${size(bytes)}, ${files(count)}${failed > 0 ? `, ${failed} failed` : ''}`;
    made.disabled = !canEnter;
    made.classList.toggle('rest', isRest);
    made.classList.toggle('failed', failed > 0);
    Object.assign(made.style, {
      left: `${left}px`,
      top: `${top}px`,
      width: `${width}px`,
      height: `${height}px`,
    });
    if (width >= SMALLEST_LABEL.width && height >= SMALLEST_LABEL.height)
      made.append(pathElement(label), element('small', { textContent: size(bytes) }));
    else made.ariaLabel = made.title;
    if (canEnter) made.addEventListener('click', () => this.#show([...this.#way, tile], true));
    return made;
  }
}

/** The largest folders in one, and a tile for all else. */
function tilesOf(folder: PageFolder): readonly Tile[] {
  const shown = folder.children.slice(0, MOST_TILES);
  const sum = (pick: (child: PageFolder) => number) => shown.reduce((total, child) => total + pick(child), 0);
  const rest = {
    name: '',
    bytes: folder.bytes - sum(({ bytes }) => bytes),
    files: folder.files - sum(({ files: count }) => count),
    failed: folder.failed - sum(({ failed }) => failed),
    children: [],
    isRest: true,
  };
  return rest.bytes > 0 ? [...shown, rest] : shown;
}
