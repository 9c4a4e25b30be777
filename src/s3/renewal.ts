import type { Credentials } from './store-types.ts';

/** A source of credentials. */
export interface CredentialSource {
  /** Returns the current credentials. */
  readonly credentials: () => Credentials | Promise<Credentials>;
  /** Asks the source again, without using a cache. Undefined if the credentials are fixed. */
  readonly renew?: (() => Promise<Credentials>) | undefined;
}

/** The credentials of many requests. They are renewed once if all these requests find that they have expired. */
export class RenewedCredentials {
  readonly #source: CredentialSource;
  #last: Credentials | undefined;
  #renewal: Promise<Credentials> | undefined;

  constructor(source: CredentialSource) {
    this.#source = source;
  }

  /** @throws the error of the source if it has never returned credentials; otherwise the earlier credentials are used, which may still be valid */
  async current(): Promise<Credentials> {
    try {
      this.#last = await this.#source.credentials();
    } catch (error) {
      if (this.#last === undefined) throw error;
    }
    return this.#last;
  }

  /** @returns whether the current credentials differ from the refused ones */
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
