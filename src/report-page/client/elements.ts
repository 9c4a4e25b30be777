type Properties<T> = Partial<Omit<T, 'style'>>;

/** Makes an element with properties and children. Text never becomes markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties<HTMLElementTagNameMap[K]> = {},
  children: readonly (Node | string)[] = [],
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** The element of the page with this id. @throws Error if there is none */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element #${id}`);
  return found;
}

/** A path or name, with its direction kept to itself. */
export function pathElement(path: string): HTMLElement {
  return element('bdi', { className: 'path', textContent: path });
}
