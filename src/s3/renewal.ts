import type { Credentials } from './store-types.ts';

/** Where credentials come from. */
export interface CredentialSource {
  /** Those of now. */
  readonly credentials: () => Credentials | Promise<Credentials>;
  /** Asks the source anew, whatever is remembered. Undefined where they are given once and for all. */
  readonly renew?: (() => Promise<Credentials>) | undefined;
}

/** The credentials of many requests, which are renewed once where all of them find that they have expired. */
export class RenewedCredentials {
  readonly #source: CredentialSource;
  #last: Credentials | undefined;
  #renewal: Promise<Credentials> | undefined;

  constructor(source: CredentialSource) {
    this.#source = source;
  }

  /** @throws what the source throws, where it never gave any: else those of before may still be good */
  async current(): Promise<Credentials> {
    try {
      this.#last = await this.#source.credentials();
    } catch (error) {
      if (this.#last === undefined) throw error;
    }
    return this.#last;
  }

  /** @returns whether there are others now than those that were refused */
  async replace(refused: Credentials): Promise<boolean> {
    const { renew } = this.#source;
    if (renew === undefined) return false;
    if (!isSame(await this.current(), refused)) return true;
    this.#renewal ??= renew().finally(() => {
      this.#renewal = undefined;
    });
    try {
      return !isSame(await this.#renewal, refused);
    } catch {
      return false;
    }
  }
}

function isSame(a: Credentials, b: Credentials): boolean {
  return (['accessKeyId', 'secretAccessKey', 'sessionToken'] as const).every((name) => a[name] === b[name]);
}
