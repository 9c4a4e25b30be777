import { OWN_FOLDER } from '../../src/core/reserved-names.ts';
import type { Answer } from '../speed/sink/answers.ts';
import { listAnswer, type Page, type Wanted } from '../speed/sink/list.ts';
import type { Request } from '../speed/sink/request.ts';
import { type Body, Service } from '../speed/sink/service.ts';
import type { GeneratedTree } from './generated-tree.ts';

const ETAG = '0'.repeat(32);

/**
 * Answers as the sink does, but lists the files of a generated tree as if they had all been stored when it began. What is stored is
 * listed only below the program's own folder.
 */
export class GeneratedService extends Service {
  readonly #tree: GeneratedTree;
  readonly #modifiedAt = Date.now();

  constructor(tree: GeneratedTree) {
    super();
    this.#tree = tree;
  }

  override answer(request: Request, body: Body): Answer | undefined {
    // The sink counts every request.
    const answer = super.answer(request, body);
    const { method, key, query } = request;
    const isListing = method === 'GET' && key === '' && query.get('list-type') === '2';
    if (!isListing || query.get('prefix')?.startsWith(OWN_FOLDER)) return answer;
    return listAnswer((wanted) => this.#page(wanted), request);
  }

  #page({ prefix, delimiter, after, limit }: Wanted): Page {
    if (delimiter !== '') throw new Error('generated listings have no common prefixes');
    const tree = this.#tree;
    let index = tree.indexOf(after < prefix ? prefix : after);
    if (index < tree.files && tree.keyAt(index) === after) index += 1;
    const entries: Page['entries'][number][] = [];
    for (; index < tree.files && entries.length < limit; index += 1) {
      const key = tree.keyAt(index);
      if (!key.startsWith(prefix)) return { entries, prefixes: [], last: undefined };
      entries.push([key, this.#objectOf(tree.sizeAt(index))]);
    }
    return { entries, prefixes: [], last: index < tree.files ? entries.at(-1)?.[0] : undefined };
  }

  #objectOf(size: number) {
    return { size, etag: ETAG, modifiedAt: this.#modifiedAt, metadata: '', content: [] };
  }
}
